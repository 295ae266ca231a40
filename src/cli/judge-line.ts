import { z } from 'zod';
import type { AgentAdapter } from '../core/agent.ts';
import type { Effect } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { Decision, Finding, Mode, Score, Severity } from '../core/verdict.ts';
import type { Decider, Ruling } from '../decide/decide.ts';
import { bind } from '../decide/modes.ts';
import { type Judging, type OwnRules, openJudging } from '../judging.ts';
import { agents } from '../plugs.ts';
import { scoreOf } from '../score/score.ts';
import { findPii } from '../understand/pii.ts';
import { offsetsIn } from './json-offsets.ts';
import { freshSession, hear, type JudgedCall, judgeCall, type Running, type Stages } from './judge-call.ts';

/** Sessions remembered at once; the one unused for longest is forgotten first. */
const sessionsKept = 2000;

/** Where a call stands when its line says nothing. */
const defaultCwd = '/home/dev/project';
const defaultHome = '/home/dev';

const lineShape = z.looseObject({
  /** Given back as it came, whatever it is. */
  id: z.unknown(),
  tool: z.string(),
  input: z.unknown(),
  cwd: z.string().optional(),
  home: z.string().optional(),
  session: z.union([z.string(), z.number()]).optional(),
  agent: z.string().optional(),
  /** The person's words that led to the call. */
  prompt: z.string().optional().catch(undefined),
  /** When it was made, ISO 8601. */
  ts: z.string().optional().catch(undefined),
});
type Line = z.infer<typeof lineShape>;

const sequenceShape = z.array(z.looseObject({ tool: z.string(), args: z.unknown() }));
const resultShape = z.looseObject({ untrusted_text: z.string().optional(), text: z.string().optional() });
const idShape = z.looseObject({ id: z.unknown() });

export interface JudgeOptions {
  readonly agent: string;
  readonly mode: Mode;
  readonly decider: Decider;
  /** MCP servers known before the first line; null: nothing is known, so none counts as new. */
  readonly knownMcp: ReadonlySet<string> | null;
  /** Of a home; absent: the shipped ones. */
  readonly rules?: OwnRules;
  /** Adds rules, reasons, weights and evidence. */
  readonly explain: boolean;
}

/** What a line comes to: one call, or the steps of a sequence, null for a step that is no call. */
interface JudgedLine {
  readonly score: Score;
  readonly ruling: Ruling;
  readonly effects: readonly Effect[];
  readonly unparsed: boolean;
  readonly steps?: readonly (JudgedCall | null)[];
}

/** One line in, one answer out, sessions carried along. Never throws: what cannot be read or judged is an answer with `error`. */
export function createLineJudge(options: JudgeOptions): (text: string, lineNumber: number) => unknown {
  const judging = openJudging(options.rules);
  const stages = { ...judging, decider: options.decider };
  const adapters = new Map(agents.map((adapter) => [adapter.id, adapter]));
  const sessions = new Map<string, Running>();

  const running = (line: Line): Running => {
    if (line.session === undefined || line.session === '') return freshSession(options.knownMcp);
    const key = `${line.agent ?? options.agent}|${line.session}`;
    const session = sessions.get(key) ?? freshSession(options.knownMcp);
    sessions.delete(key);
    sessions.set(key, session);
    if (sessions.size > sessionsKept) sessions.delete(sessions.keys().next().value ?? key);
    return session;
  };

  return (text, lineNumber) => {
    const read = readLine(text);
    if (typeof read === 'string') return { ...idOf(text), line: lineNumber, error: read };
    const adapter = adapters.get(read.agent ?? options.agent);
    if (adapter === undefined) {
      const error = `no agent is called ${JSON.stringify(read.agent)}; known: ${[...adapters.keys()].join(', ')}`;
      return { id: read.id ?? null, line: lineNumber, error };
    }
    try {
      return answer(read, judgeLine(read, adapter, stages, running(read), options), options, judging.findSecrets);
    } catch (cause) {
      // A fault of ours on one line must not end the stream; the message may quote the input, so only its kind is told.
      const error = `could not be judged (${cause instanceof Error ? cause.name : 'unknown error'})`;
      return { id: read.id ?? null, line: lineNumber, error };
    }
  };
}

function judgeLine(
  line: Line,
  adapter: AgentAdapter,
  stages: Stages,
  session: Running,
  { mode }: JudgeOptions,
): JudgedLine {
  const world = { place: placeOf(line), agent: adapter.id, mode, at: line.ts };
  const one = (call: ToolCall): JudgedCall => judgeCall(stages, call, world, session);
  if (line.prompt !== undefined) hear(session, 'person', line.prompt);
  const steps = line.tool === 'sequence' ? sequenceShape.safeParse(line.input) : null;
  if (steps?.success) {
    return together(
      steps.data.map(({ tool, args }) => {
        if (tool !== '<tool_result>') return one(stepOf(tool, args, adapter));
        const { untrusted_text, text } = resultShape.catch({}).parse(args);
        if (untrusted_text !== undefined) hear(session, 'untrusted', untrusted_text);
        if (text !== undefined) hear(session, 'trusted', text);
        return null;
      }),
    );
  }
  const judged = one(callOf(line.tool, line.input, adapter));
  if (typeof line.input === 'string' && line.tool === 'Prompt') hear(session, 'person', line.input);
  if (typeof line.input === 'string' && line.tool === 'Text') hear(session, 'untrusted', line.input);
  const { meaning, score, ruling } = judged;
  return { score, ruling, effects: meaning.effects, unparsed: meaning.unparsed };
}

/** The tools that are no agent's: a text, a prompt, a SQL statement. */
function callOf(tool: string, input: unknown, adapter: AgentAdapter): ToolCall {
  if (typeof input !== 'string') return adapter.call(tool, input, '');
  switch (tool) {
    case 'Text':
    case 'Prompt':
      return {
        toolUseId: '',
        tool,
        input: { text: input },
        action: { kind: 'text', text: input, role: tool === 'Prompt' ? 'prompt' : 'content' },
        fields: { text: 'text' },
      };
    case 'Sql':
      // SQL is understood as what a database client is told.
      return adapter.call('Bash', { command: `psql -c ${quoted(input)}` }, '');
    default:
      return adapter.call(tool, input, '');
  }
}

/** A step of a sequence is a tool of the agent, or of the program the sequence was recorded from. */
function stepOf(tool: string, args: unknown, adapter: AgentAdapter): ToolCall {
  const call = callOf(tool, args, adapter);
  return call.action.kind === 'unknown' ? { ...call, action: { kind: 'mcp', server: 'sequence', tool } } : call;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A sequence answers as its highest-scoring call, with the findings and effects of all. */
function together(steps: readonly (JudgedCall | null)[]): JudgedLine {
  const calls = steps.filter((step) => step !== null);
  const [worst] = calls.toSorted((a, b) => b.score.score - a.score.score);
  const [strictest] = calls.toSorted((a, b) => strictness[b.ruling.decision] - strictness[a.ruling.decision]);
  if (worst === undefined || strictest === undefined) {
    const ruling: Ruling = { decision: 'allow', rules: [], why: 'Nothing to judge.' };
    return { score: scoreOf([]), ruling, effects: [], unparsed: false, steps };
  }
  const findings = calls.flatMap((step) => step.score.findings).sort((a, b) => b.weight - a.weight);
  return {
    score: { ...worst.score, findings },
    ruling: strictest.ruling,
    effects: calls.flatMap((step) => step.meaning.effects),
    unparsed: calls.some((step) => step.meaning.unparsed),
    steps,
  };
}

const strictness: Readonly<Record<Decision, number>> = { allow: 0, ask: 1, deny: 2 };

type ShownFinding = Pick<Finding, 'detector' | 'severity' | 'why'> | Finding;

/** The answer's shape, as `warder judge` publishes it. Offsets: into a plain string, else into the JSON text of `input`. */
interface Answer {
  readonly id: unknown;
  readonly score: number;
  readonly severity: Severity;
  readonly decision: Decision;
  readonly findings: readonly ShownFinding[];
  readonly effects: readonly Effect[];
  readonly unparsed: boolean;
  readonly secrets: readonly { readonly rule: string; readonly start: number; readonly end: number }[];
  readonly pii: readonly { readonly type: string; readonly start: number; readonly end: number }[];
  /** One for each entry of a sequence; an entry that is no call scores 0. */
  readonly steps?: readonly { readonly score: number; readonly findings: readonly ShownFinding[] }[];
}

function answer(
  line: Line,
  judged: JudgedLine,
  { explain, mode }: JudgeOptions,
  findSecrets: Judging['findSecrets'],
): Answer {
  const shown = (findings: readonly Finding[]): readonly ShownFinding[] =>
    explain ? findings : findings.map(({ detector, severity, why }) => ({ detector, severity, why }));
  const { score, ruling, effects, unparsed, steps } = judged;
  return {
    id: line.id ?? null,
    score: score.score,
    severity: score.severity,
    decision: ruling.decision,
    findings: shown(score.findings),
    effects,
    unparsed,
    ...scanned(line.input, findSecrets),
    ...(steps === undefined
      ? {}
      : {
          steps: steps.map((step) => ({ score: step?.score.score ?? 0, findings: shown(step?.score.findings ?? []) })),
        }),
    ...(explain ? { ...bind(ruling, mode) } : {}),
  };
}

/** Secrets and personal data of an input, wherever they stand in it. */
function scanned(input: unknown, findSecrets: Judging['findSecrets']): Pick<Answer, 'secrets' | 'pii'> {
  const strings = typeof input === 'string' ? [{ field: '', text: input }] : stringsOf(input, '');
  const secrets = strings.flatMap(({ field, text }) => findSecrets(text, field));
  const pii = strings.flatMap(({ field, text }) => findPii(text, field));
  const placed = (spans: readonly { field: string; start: number; end: number }[]) =>
    typeof input === 'string' ? spans : offsetsIn(input, spans);
  const secretPlaces = placed(secrets.map(({ span }) => span));
  const piiPlaces = placed(pii.map(({ span }) => span));
  return {
    secrets: secrets.flatMap(({ rule }, index) => within(secretPlaces[index], { rule })),
    pii: pii.flatMap(({ type }, index) => within(piiPlaces[index], { type })),
  };
}

const within = <T extends object>(place: { start: number; end: number } | null | undefined, what: T) =>
  place ? [{ ...what, start: place.start, end: place.end }] : [];

function stringsOf(value: unknown, field: string): { field: string; text: string }[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => stringsOf(member, field === '' ? key : `${field}/${key}`));
}

/** The home is the one the working directory lies in, unless the line says so itself. */
function placeOf(line: Line): Place {
  const cwd = line.cwd ?? defaultCwd;
  const home = line.home ?? /^(?:\/(?:home|Users)\/[^/]+|\/root)(?=\/|$)/.exec(cwd)?.[0] ?? defaultHome;
  return { cwd, home };
}

function readLine(text: string): Line | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const line = lineShape.safeParse(value);
  if (line.success) return line.data;
  const field = line.error.issues[0]?.path.join('.') ?? '';
  if (field === '') return 'not a JSON object with "id", "tool" and "input"';
  if (field === 'tool') return '"tool" must be a string, the name of a tool';
  return !Object.hasOwn(Object(value), field) ? `"${field}" is missing` : `"${field}" has the wrong type`;
}

/** The id of a line whose other parts cannot be used. */
function idOf(text: string): { id: unknown } {
  try {
    const read = idShape.safeParse(JSON.parse(text));
    return { id: read.success ? (read.data.id ?? null) : null };
  } catch {
    return { id: null };
  }
}

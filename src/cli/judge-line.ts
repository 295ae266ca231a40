import { z } from 'zod';
import type { Effect } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import type { AgentAdapter, DetectorInput } from '../core/ports.ts';
import {
  type Decision,
  emptyMemory,
  type Finding,
  type Mode,
  type Score,
  type SessionMemory,
  type Severity,
} from '../core/verdict.ts';
import type { Decider, Ruling } from '../decide/decide.ts';
import { bind } from '../decide/modes.ts';
import { agents, detectors, families } from '../plugs.ts';
import { remember } from '../score/memory.ts';
import { createScore, scoreOf } from '../score/score.ts';
import { createUnderstand } from '../understand/understand.ts';

/** Sessions remembered at once; the one unused for longest is forgotten first. */
const sessionsKept = 2000;

/** Where a call stands when its line says nothing. */
const defaultCwd = '/home/dev/project';
const defaultHome = '/home/dev';

const lineShape = z.looseObject({
  id: z.union([z.string(), z.number()]).optional().catch(undefined),
  tool: z.string(),
  input: z.unknown(),
  cwd: z.string().optional(),
  home: z.string().optional(),
  session: z.union([z.string(), z.number()]).optional(),
  agent: z.string().optional(),
});
type Line = z.infer<typeof lineShape>;

const sequenceShape = z.array(z.looseObject({ tool: z.string(), args: z.unknown() }));
const idShape = z.looseObject({ id: z.union([z.string(), z.number()]) });

export interface JudgeOptions {
  readonly agent: string;
  readonly mode: Mode;
  readonly decider: Decider;
  /** MCP servers known before the first line; null: nothing is known, so none counts as new. */
  readonly knownMcp: ReadonlySet<string> | null;
  /** Adds rules, reasons, weights and evidence. */
  readonly explain: boolean;
}

interface Judged {
  readonly score: Score;
  readonly ruling: Ruling;
  readonly effects: readonly Effect[];
  readonly unparsed: boolean;
}

/** What one session carries from line to line. */
interface Running {
  memory: SessionMemory;
  readonly known: Set<string> | null;
  calls: number;
}

/** One line in, one answer out, sessions carried along. Never throws: what cannot be read or judged is an answer with `error`. */
export function createLineJudge(options: JudgeOptions): (text: string, lineNumber: number) => unknown {
  const stages = { understand: createUnderstand(families), score: createScore(detectors), decider: options.decider };
  const adapters = new Map(agents.map((adapter) => [adapter.id, adapter]));
  const sessions = new Map<string, Running>();
  const fresh = (): Running => ({
    memory: emptyMemory,
    known: options.knownMcp && new Set(options.knownMcp),
    calls: 0,
  });

  const running = (line: Line): Running => {
    if (line.session === undefined || line.session === '') return fresh();
    const key = `${line.agent ?? options.agent}|${line.session}`;
    const session = sessions.get(key) ?? fresh();
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
      return answer(read, judgeLine(read, adapter, stages, running(read), options), options);
    } catch (cause) {
      // A fault of ours on one line must not end the stream; the message may quote the input, so only its kind is told.
      const error = `could not be judged (${cause instanceof Error ? cause.name : 'unknown error'})`;
      return { id: read.id ?? null, line: lineNumber, error };
    }
  };
}

interface Stages {
  readonly understand: ReturnType<typeof createUnderstand>;
  readonly score: (input: DetectorInput) => Score;
  readonly decider: Decider;
}

function judgeLine(line: Line, adapter: AgentAdapter, stages: Stages, session: Running, options: JudgeOptions): Judged {
  const place = placeOf(line);
  const one = (call: ToolCall): Judged => judgeCall(call, place, adapter.id, stages, session, options);
  if (line.tool !== 'sequence') return one(callOf(line.tool, line.input, adapter));
  const steps = sequenceShape.safeParse(line.input);
  if (!steps.success) return one(adapter.call(line.tool, line.input, ''));
  return together(
    steps.data.flatMap(({ tool, args }) => {
      if (tool !== '<tool_result>') return [one(stepOf(tool, args, adapter))];
      const untrusted = { ...session.memory.untrusted, [`r${session.calls}`]: 'got untrusted content in a result' };
      session.memory = { ...session.memory, untrusted };
      return [];
    }),
  );
}

function judgeCall(
  call: ToolCall,
  place: Place,
  agent: string,
  stages: Stages,
  session: Running,
  options: JudgeOptions,
): Judged {
  session.calls += 1;
  // A letter first: keys that look like numbers would not stay in the order they were added.
  const callId = `c${session.calls}`;
  const meaning = stages.understand(call, place);
  const { action, tool } = call;
  const score = stages.score({
    action,
    tool,
    meaning,
    place,
    session: session.memory,
    callId,
    knownMcpServers: session.known,
  });
  const { mode } = options;
  const ruling = stages.decider.decide({
    person: 'local',
    agent,
    tool,
    action,
    meaning,
    score,
    session: session.memory,
    callId,
    mode,
  });
  // What is denied does not run, so it leaves no trace in the session.
  if (bind(ruling, mode).effective !== 'deny') session.memory = remember(session.memory, callId, meaning, action);
  if (action.kind === 'mcp') session.known?.add(action.server);
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
function together(steps: readonly Judged[]): Judged {
  const [worst] = [...steps].sort((a, b) => b.score.score - a.score.score);
  if (worst === undefined) {
    return {
      score: scoreOf([]),
      ruling: { decision: 'allow', rules: [], why: 'Nothing to judge.' },
      effects: [],
      unparsed: false,
    };
  }
  const findings = steps.flatMap((step) => step.score.findings).sort((a, b) => b.weight - a.weight);
  const strictest =
    [...steps].sort((a, b) => strictness[b.ruling.decision] - strictness[a.ruling.decision])[0] ?? worst;
  return {
    score: { ...worst.score, findings },
    ruling: strictest.ruling,
    effects: steps.flatMap((step) => step.effects),
    unparsed: steps.some((step) => step.unparsed),
  };
}

const strictness: Readonly<Record<Decision, number>> = { allow: 0, ask: 1, deny: 2 };

/** The answer's shape, as `warder judge` publishes it. */
interface Answer {
  readonly id: string | number | null;
  readonly score: number;
  readonly severity: Severity;
  readonly decision: Decision;
  readonly findings: readonly (Pick<Finding, 'detector' | 'severity' | 'why'> | Finding)[];
  readonly effects: readonly Effect[];
  readonly unparsed: boolean;
}

function answer(line: Line, { score, ruling, effects, unparsed }: Judged, { explain, mode }: JudgeOptions): Answer {
  const found = explain
    ? score.findings
    : score.findings.map(({ detector, severity, why }) => ({ detector, severity, why }));
  return {
    id: line.id ?? null,
    score: score.score,
    severity: score.severity,
    decision: ruling.decision,
    findings: found,
    effects,
    unparsed,
    ...(explain ? { ...bind(ruling, mode) } : {}),
  };
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
function idOf(text: string): { id: string | number | null } {
  try {
    const read = idShape.safeParse(JSON.parse(text));
    return { id: read.success ? read.data.id : null };
  } catch {
    return { id: null };
  }
}

import { createHash } from 'node:crypto';
import { canonicalJson } from '../core/canonical.ts';
import type { Effect, Meaning } from '../core/effect.ts';
import type { Action, AgentEvent, Place, ToolAbout, ToolCall, ToolFact } from '../core/event.ts';
import type { DetectorInput, ToolStanding } from '../core/ports.ts';
import type { ReceiptDraft } from '../core/store.ts';
import type { CallRecord, Finding, Mode, Phase, Score, SessionMemory, Verdict } from '../core/verdict.ts';
import type { Decider, Ruling } from '../decide/decide.ts';
import type { SessionFacts } from '../score/reconcile.ts';
import type { SuppressedCall } from '../score/suppress.ts';
import { maskedName } from './heard.ts';
import type { Remembering } from './memory.ts';

/** The three thinking stages, as `plugs.ts` wires them. All pure. */
export interface Stages extends Remembering {
  understand(call: ToolCall, place: Place): Meaning;
  score(input: DetectorInput): Score;
  /** What is odd in what a server says of a tool; absent: nobody looks. */
  checkTool?(tool: ToolAbout & { readonly server: string; readonly name: string }): readonly ToolFact[];
  /** Takes out what the configuration suppresses; it stays in sight. */
  settle(score: Score, call: SuppressedCall, at: string): Score;
  combine(findings: readonly Finding[]): Score;
  decider(): Decider;
  bind(ruling: Ruling, mode: Mode): Verdict;
  reconcile(call: CallRecord, facts: SessionFacts): readonly Finding[];
}

export type CallEvent = Extract<AgentEvent, { readonly call: ToolCall }>;

export interface Judged {
  readonly meaning: Meaning;
  readonly score: Score;
  readonly verdict: Verdict;
}

/** The same call has the same id whoever reports it: agent, session and the provider's id of the call. */
export function callIdOf(event: { agent: string; session: string }, toolUseId: string): string {
  return `c_${createHash('sha256').update(`${event.agent}\0${event.session}\0${toolUseId}`).digest('base64url').slice(0, 22)}`;
}

/** Text that is the same for the same value; a value RFC 8785 refuses (a lone surrogate) still gets a stable text. The value is not nested deeper than `heard` lets through. */
export function stableText(value: unknown): string {
  try {
    return canonicalJson(value ?? null);
  } catch (error) {
    if (error instanceof TypeError) return `not-canonical:${JSON.stringify(value)}`;
    throw error;
  }
}

/** The mode as it binds this event: a call that the agent has already can only be watched. */
export const modeFor = (event: AgentEvent, mode: Mode): Mode =>
  event.kind === 'call-asked' && event.late === true ? 'observe' : mode;

/** understand → score → decide for one call. Pure but for the policy's memo. */
export function judge(
  stages: Stages,
  event: CallEvent,
  context: {
    callId: string;
    place: Place;
    memory: SessionMemory;
    knownMcpServers: ReadonlySet<string> | null;
    standing?: ToolStanding | undefined;
    mode: Mode;
  },
): Judged {
  const { call } = event;
  const { callId, place, memory, knownMcpServers, standing, mode } = context;
  const meaning = stages.understand(call, place);
  const scored = stages.score({
    action: call.action,
    tool: call.tool,
    meaning,
    place,
    session: memory,
    callId,
    knownMcpServers,
    at: event.at,
    ...(standing === undefined ? {} : { standing }),
  });
  const { person } = event.identity;
  const score = stages.settle(scored, { action: call.action, meaning, person, agent: event.agent }, event.at);
  const ruling = stages.decider().decide({
    person,
    agent: event.agent,
    tool: call.tool,
    action: call.action,
    meaning,
    score,
    session: memory,
    callId,
    mode,
  });
  return { meaning, score, verdict: stages.bind(ruling, modeFor(event, mode)) };
}

/** The call as it is stored: only masked content, in every field that an agent can fill. */
export function recordOf(
  event: CallEvent,
  id: string,
  judged: Judged,
  before: CallRecord | undefined,
  mask: (text: string) => string,
): CallRecord {
  const { meaning, score, verdict } = judged;
  const cwd = event.cwd ?? before?.cwd;
  return {
    id,
    at: before?.at ?? event.at,
    session: event.session,
    subagent: event.subagent ?? before?.subagent,
    toolUseId: event.call.toolUseId,
    person: event.identity.person,
    device: event.identity.device,
    agent: event.agent,
    tool: maskedName(event.call.tool, mask),
    ...(cwd === undefined ? {} : { cwd: mask(cwd) }),
    action: maskedAction(event.call, meaning.masked, mask),
    input: meaning.masked,
    effects: meaning.effects.map((effect) => maskedEffect(effect, mask)),
    unparsed: meaning.unparsed,
    opaque: meaning.opaque.map(mask),
    score: score.score,
    severity: score.severity,
    findings: score.findings,
    decision: verdict.decision,
    enforced: verdict.enforced,
    effective: verdict.effective,
    rules: verdict.rules,
    why: verdict.why,
    phases: [],
    receipt: null,
  };
}

function maskedEffect(effect: Effect, mask: (text: string) => string): Effect {
  const [name, by] = [mask(effect.resource.name), maskedName(effect.by, mask)];
  if (name === effect.resource.name && by === effect.by) return effect;
  return { ...effect, by, resource: { ...effect.resource, name } };
}

/** What is said of a call, to the agent and in the log, without the secrets that its names and paths may hold. */
export function saidSafely(judged: Judged, mask: (text: string) => string): Judged {
  const { meaning, score, verdict } = judged;
  const findings = score.findings.map((finding) => ({ ...finding, why: mask(finding.why) }));
  return { meaning, score: { ...score, findings }, verdict: { ...verdict, why: mask(verdict.why) } };
}

/** Short strings of an action, which may be put together from several of the input's. */
const names = new Set('path cwd command query url pattern'.split(' '));

/** The action with each string taken from the masked input; a content we cannot trace back is left out. */
function maskedAction(call: ToolCall, masked: unknown, mask: (text: string) => string): Action {
  const entries = Object.entries(call.action).map(([name, value]) => {
    const field = call.fields[name];
    if (name === 'kind' || typeof value !== 'string') return [name, value];
    if (field === undefined) {
      const short = names.has(name) || ['mcp', 'harmless', 'unknown'].includes(call.action.kind);
      return [name, short ? mask(value) : ''];
    }
    return [name, at(masked, field) ?? ''];
  });
  return Object.fromEntries(entries) as Action;
}

/** Value at a path such as `edits/0/new_string`. */
function at(value: unknown, field: string): unknown {
  return field.split('/').reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** What the receipt of one phase says; the writer adds number, time, previous hash and signature. */
export function receiptOf(
  event: AgentEvent,
  record: CallRecord,
  phase: Phase,
  policy: { digest: string; engine: string },
  bound: { inputHash: string; verdict?: Verdict; outcome?: { status: string } },
): ReceiptDraft {
  return {
    kind: bound.verdict ? 'decision' : 'outcome',
    call: record.id,
    principal: { person: event.identity.person, device: event.identity.device, via: event.identity.via },
    agent: { kind: event.agent, session: event.session, subagent: event.subagent, version: event.agentVersion },
    action: {
      tool: record.tool,
      verbs: [...new Set(record.effects.map((effect) => effect.verb))].sort(),
      zones: [...new Set(record.effects.map((effect) => effect.zone))].sort(),
    },
    point: event.source,
    phase,
    input_hash: bound.inputHash,
    risk: {
      score: record.score,
      severity: record.severity,
      detectors: [...new Set(record.findings.map((finding) => finding.detector))].sort(),
    },
    decision: bound.verdict,
    outcome: bound.outcome,
    policy,
  };
}

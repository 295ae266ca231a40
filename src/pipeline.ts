import { createHash, randomUUID } from 'node:crypto';
import type { SecretHit } from './core/effect.ts';
import type { AgentEvent, Outcome, Place } from './core/event.ts';
import type { Decided, Pipeline, ReceiptDraft, SessionTouch, Store, StoredEvent } from './core/ports.ts';
import type {
  Alert,
  AlertDraft,
  CallRecord,
  Finding,
  Mode,
  Phase,
  PhaseRecord,
  Receipt,
  Verdict,
} from './core/verdict.ts';
import {
  type CallEvent,
  callIdOf,
  type Judged,
  judge,
  receiptOf,
  recordOf,
  type Stages,
  stableText,
} from './pipeline/judge.ts';
import { type Known, type OpenCall, type OpenSession, openKnown } from './pipeline/known.ts';
import type { Seen } from './score/memory.ts';

type OutcomeEvent = Extract<AgentEvent, { readonly kind: 'call-after' | 'call-result' }>;
type Deciding = Extract<AgentEvent, { readonly kind: 'call-asked' | 'call-before' }>;

export interface PipelineDeps {
  readonly store: Store;
  readonly stages: Stages;
  /** Keyed hash, hex: receipts hold no content. */
  hmac(text: string): string;
  mask(text: string): { readonly text: string; readonly hits: readonly SecretHit[] };
  mode(): Mode;
  placeOf(event: AgentEvent): Place;
  alertsFor(call: CallRecord): readonly AlertDraft[];
  publish(
    news:
      | { readonly type: 'call'; readonly call: CallRecord }
      | { readonly type: 'alert'; readonly alert: Alert }
      | { readonly type: 'session'; readonly session: string },
  ): void;
  now(): string;
  /** Trouble a person must see: code and one sentence, without content. */
  onTrouble(code: string, detail: string, cause: unknown): void;
}

/** Counters that health shows; `unrecorded` is since the start. */
export interface PipelineHealth {
  readonly decided: number;
  readonly noted: number;
  readonly unrecorded: number;
  readonly failed: number;
}

const excerptLimit = 2048;
const eventTextLimit = 16_384;

/** capture → normalise → **understand → score → decide → record → tell**. The receipt is durable before the verdict leaves; alerts never delay it. */
export async function createPipeline(
  deps: PipelineDeps,
): Promise<Pipeline & { health(): PipelineHealth; system(note: string): Promise<void> }> {
  const known = await openKnown(deps.store);
  const counts = { decided: 0, noted: 0, unrecorded: 0, failed: 0 };
  const gap = { count: 0, from: '', to: '' };

  /** Commits, and once the store answers again, says in a receipt of its own how much went unrecorded before. */
  const commit: Store['commit'] = async (entry) => {
    const committed = await deps.store.commit(entry);
    if (gap.count > 0) {
      const note = `unrecorded: ${gap.count} from ${gap.from} to ${gap.to}`;
      gap.count = 0;
      await deps.store.commit({ receipt: systemReceipt(deps, note) });
    }
    return committed;
  };
  const missed = (what: string, error: unknown): void => {
    counts.unrecorded += 1;
    const at = deps.now();
    if (gap.count === 0) gap.from = at;
    gap.to = at;
    gap.count += 1;
    deps.onTrouble('store-unavailable', what, error);
  };
  const context = { deps, known, commit };

  return {
    async decide(event) {
      counts.decided += 1;
      const callId = callIdOf(event, event.call.toolUseId || randomUUID());
      let judged: Judged;
      let session: OpenSession;
      try {
        session = await known.session(event);
        judged = judgeNow(context, event, callId, session);
      } catch (error) {
        counts.failed += 1;
        deps.onTrouble('judge-failed', 'a tool call could not be judged', error);
        return failMode(deps.mode(), callId, 'judge-failed', 'Warder could not judge this call (an internal error).');
      }
      try {
        return await known.inTurn(callId, () => recordDecision(context, event, callId, judged, session));
      } catch (error) {
        missed('a verdict could not be recorded', error);
        return failMode(
          deps.mode(),
          callId,
          'store-unavailable',
          'Warder could not record this call: its store is not available.',
          judged,
        );
      }
    },
    async note(event) {
      counts.noted += 1;
      try {
        await noteOne(context, event);
      } catch (error) {
        missed(`an event (${event.kind}) could not be recorded`, error);
      }
    },
    async system(note) {
      await commit({ receipt: systemReceipt(deps, note) });
    },
    health: () => ({ ...counts }),
  };
}

interface Context {
  readonly deps: PipelineDeps;
  readonly known: Known;
  readonly commit: Store['commit'];
}

function judgeNow({ deps, known }: Context, event: CallEvent, callId: string, session: OpenSession): Judged {
  return judge(deps.stages, event, {
    callId,
    place: deps.placeOf(event),
    memory: session.memory,
    knownMcpServers: known.serversBefore(callId),
    mode: deps.mode(),
  });
}

/** Nothing recorded or judged: enforce refuses, observe lets go; either way it says so. */
function failMode(mode: Mode, call: string, degraded: string, why: string, judged?: Judged): Decided {
  const enforced = mode === 'enforce';
  const verdict: Verdict = {
    decision: 'deny',
    enforced,
    effective: enforced ? 'deny' : 'allow',
    rules: [`warder-${degraded}`],
    why,
    degraded,
  };
  return { verdict, score: judged?.score ?? { score: 0, severity: 'low', findings: [] }, call, receipt: null };
}

async function recordDecision(
  { deps, known, commit }: Context,
  event: Deciding,
  callId: string,
  judged: Judged,
  session: OpenSession,
): Promise<Decided> {
  const phase: Phase = event.kind === 'call-asked' ? 'asked' : 'before';
  const open = known.openCall(callId);
  const inputHash = deps.hmac(stableText(event.call.input));
  const record = recordOf(event, callId, judged, open?.record);
  const { verdict } = judged;
  const memory =
    verdict.effective === 'deny'
      ? session.memory
      : deps.stages.remember(session.memory, callId, judged.meaning, event.call.action);
  const memoryChanged = memory !== session.memory;
  session.memory = memory;
  const phaseRecord: PhaseRecord = { phase, at: event.at, source: event.source, verdict };
  const { receipt, alerts } = await commit({
    call: record,
    phase: phaseRecord,
    session: touchOf(event, memoryChanged ? session : undefined),
    receipt: receiptOf(event, record, phase, policyOf(deps), { inputHash, verdict }),
    alerts: deps.alertsFor(record),
  });
  if (event.call.action.kind === 'mcp') known.usesServer(event.call.action.server, callId);
  keepAndPublish(deps, known, { record, phases: [...(open?.phases ?? []), phaseRecord], inputHash }, receipt, alerts);
  return { verdict, score: judged.score, call: callId, receipt };
}

function keepAndPublish(
  deps: PipelineDeps,
  known: Known,
  call: OpenCall,
  receipt: Receipt | null,
  alerts: readonly Alert[],
): void {
  const phases = call.phases.map((phase, index) =>
    index === call.phases.length - 1 && receipt ? { ...phase, receipt: receipt.seq } : phase,
  );
  const record: CallRecord = {
    ...call.record,
    phases,
    receipt: phases.at(-1)?.verdict && receipt ? receipt.seq : call.record.receipt,
  };
  known.keep({ ...call, record, phases });
  deps.publish({ type: 'call', call: record });
  for (const alert of alerts) deps.publish({ type: 'alert', alert });
}

const policyOf = (deps: PipelineDeps): { digest: string; engine: string } => {
  const { digest, engine } = deps.stages.decider();
  return { digest, engine };
};

function touchOf(event: AgentEvent, changed?: OpenSession): SessionTouch {
  return {
    id: event.session,
    agent: event.agent,
    agentVersion: event.agentVersion,
    person: event.identity.person,
    device: event.identity.device,
    at: event.at,
    cwd: event.cwd,
    ...(changed ? { memory: changed.memory } : {}),
    ...(event.kind === 'session-end' ? { ended: event.at } : {}),
  };
}

async function noteOne(context: Context, event: AgentEvent): Promise<void> {
  const session = await context.known.session(event);
  switch (event.kind) {
    case 'call-after': {
      const callId = callIdOf(event, event.call.toolUseId);
      return context.known.inTurn(callId, () => noteOutcome(context, event, callId, session, 'after', event.outcome));
    }
    case 'call-result': {
      const callId = callIdOf(event, event.toolUseId);
      return context.known.inTurn(callId, () => noteOutcome(context, event, callId, session, 'result', event.outcome));
    }
    case 'tools-declared': {
      const digest = createHash('sha256')
        .update(event.tools.map((tool) => `${tool.name}\0${tool.digest ?? ''}`).join('\n'))
        .digest('hex');
      if (digest === session.declared || event.tools.length === 0) return;
      session.declared = digest;
      await context.commit({ session: touchOf(event), tools: event.tools });
      return;
    }
    case 'prompt': {
      // Hook and gateway both report a prompt, and every retry repeats it.
      if (event.text === session.lastPrompt || (event.source === 'gateway' && session.hooks)) return;
      session.lastPrompt = event.text;
      return noteText(context, event);
    }
    default:
      return noteText(context, event);
  }
}

async function noteText({ deps, commit }: Context, event: AgentEvent): Promise<void> {
  const stored: StoredEvent = {
    at: event.at,
    session: event.session,
    agent: event.agent,
    kind: event.kind,
    source: event.source,
    subagent: event.subagent,
    text: deps.mask(textOf(event)).text.slice(0, eventTextLimit),
  };
  await commit({ session: touchOf(event), event: stored });
  deps.publish({ type: 'session', session: event.session });
}

/** What the timeline shows of an event that is not a call. */
function textOf(event: AgentEvent): string {
  switch (event.kind) {
    case 'session-start':
    case 'session-end':
      return event.how;
    case 'prompt':
    case 'answer':
      return event.text;
    case 'subagent-start':
    case 'subagent-end':
      return event.subagentType;
    case 'config-change':
      return [event.what, event.path].filter(Boolean).join(' ');
    case 'notice':
      return `${event.what}: ${event.text}`;
    case 'unparsed':
      return `${event.why}\n${event.raw}`;
    case 'permission-asked':
      return event.call.tool;
    case 'tools-declared':
      return event.tools.map((tool) => tool.name).join(' ');
    case 'call-asked':
    case 'call-before':
    case 'call-after':
    case 'call-result':
      return '';
    default:
      return event satisfies never;
  }
}

async function noteOutcome(
  context: Context,
  event: OutcomeEvent,
  callId: string,
  session: OpenSession,
  phase: Phase,
  outcome: Outcome,
): Promise<void> {
  const { deps, known } = context;
  const open = (await known.findCall(callId)) ?? firstSeenAfter(context, event, callId, session);
  if (!open) return noteText(context, unknownCallNotice(event));
  if (open.phases.some((seen) => seen.phase === phase)) return; // a retried request repeats its results
  const masked = deps.mask(outcome.text);
  const phaseRecord: PhaseRecord = {
    phase,
    at: event.at,
    source: event.source,
    outcome: {
      status: outcome.status,
      durationMs: outcome.durationMs,
      excerpt: masked.text.slice(0, excerptLimit),
      secrets: masked.hits.length,
    },
  };
  const phases = [...open.phases, phaseRecord];
  const record = withReconciled(deps, { ...open.record, phases }, session);
  const memory = rememberOutcome(deps, record, session, { status: outcome.status, secrets: masked.hits.length });
  const { receipt, alerts } = await context.commit({
    call: record,
    phase: phaseRecord,
    session: touchOf(event, memory ? session : undefined),
    receipt: receiptOf(event, record, phase, policyOf(deps), {
      inputHash: deps.hmac(outcome.text),
      outcome: { status: outcome.status },
    }),
    alerts: record.findings === open.record.findings ? [] : deps.alertsFor(record),
  });
  keepAndPublish(deps, known, { record, phases, inputHash: open.inputHash }, receipt, alerts);
}

/** A result in a request for a call that Warder did not see asked: it started in the middle of a session, or was gone around. */
function unknownCallNotice(event: OutcomeEvent): AgentEvent {
  const { at, source, agent, agentVersion, session, subagent, identity, cwd } = event;
  const toolUseId = event.kind === 'call-result' ? event.toolUseId : event.call.toolUseId;
  return {
    at,
    source,
    agent,
    agentVersion,
    session,
    subagent,
    identity,
    cwd,
    kind: 'notice',
    what: 'result of a call Warder never saw',
    text: toolUseId,
  };
}

/** A hook that reports a call only afterwards: it is judged all the same, and nothing can be bound any more. */
function firstSeenAfter(
  context: Context,
  event: AgentEvent,
  callId: string,
  session: OpenSession,
): OpenCall | undefined {
  if (event.kind !== 'call-after') return undefined;
  const judged = judgeNow(context, event, callId, session);
  const verdict: Verdict = { ...judged.verdict, enforced: false, effective: 'allow' };
  const record = recordOf(event, callId, { ...judged, verdict }, undefined);
  return { record, phases: [], inputHash: context.deps.hmac(stableText(event.call.input)) };
}

/** Adds what the phases together tell: a hook that did not fire, a call that ran after a deny. */
function withReconciled(deps: PipelineDeps, record: CallRecord, session: OpenSession): CallRecord {
  const have = new Set(record.findings.map((finding) => finding.detector));
  const added: Finding[] = deps.stages
    .reconcile(record, { hooksExpected: session.hooks, gatewayExpected: session.gateway })
    .filter((finding) => !have.has(finding.detector));
  if (added.length === 0) return record;
  const { score, severity, findings } = deps.stages.combine([...record.findings, ...added]);
  return { ...record, score, severity, findings };
}

function rememberOutcome(deps: PipelineDeps, record: CallRecord, session: OpenSession, outcome: Seen): boolean {
  const meaning = {
    effects: record.effects,
    unparsed: record.unparsed,
    opaque: record.opaque,
    programs: [],
    secrets: [],
    masked: record.input,
  };
  const memory = deps.stages.remember(session.memory, record.id, meaning, record.action, outcome);
  const changed = memory !== session.memory;
  session.memory = memory;
  return changed;
}

/** A receipt about Warder itself: start, mode, policy, a gap in the record. */
function systemReceipt(deps: PipelineDeps, note: string): ReceiptDraft {
  return {
    kind: 'system',
    call: '',
    principal: { person: 'warder', device: '', via: 'local' },
    agent: { kind: 'warder', session: '' },
    action: { tool: '', verbs: [], zones: [] },
    point: 'gateway',
    phase: 'system',
    input_hash: deps.hmac(note),
    risk: { score: 0, severity: 'low', detectors: [] },
    note,
    policy: policyOf(deps),
  };
}

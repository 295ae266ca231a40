import { randomUUID } from 'node:crypto';
import type { Settled } from './core/approval.ts';
import type { AgentEvent } from './core/event.ts';
import type { Decided, Pipeline } from './core/ports.ts';
import type { Store } from './core/store.ts';
import type { CallRecord, Mode, PhaseRecord, Verdict } from './core/verdict.ts';
import { recordApproval } from './pipeline/approval.ts';
import { createChannels } from './pipeline/channels.ts';
import {
  type Context,
  judgeNow,
  keepAndPublish,
  newAlerts,
  type PipelineDeps,
  policyOf,
  resting,
  safeText,
  systemReceipt,
  touchOf,
} from './pipeline/context.ts';
import { heard, safeName } from './pipeline/heard.ts';
import { createInventory } from './pipeline/inventory.ts';
import { createJoins } from './pipeline/joins.ts';
import { callIdOf, type Judged, modeFor, receiptOf, recordOf, stableText } from './pipeline/judge.ts';
import { type OpenSession, openKnown } from './pipeline/known.ts';
import { memoryOfCall, worthKeeping } from './pipeline/memory.ts';
import { note } from './pipeline/note.ts';
import { approvedBefore, askedOtherwise, withReconciled } from './pipeline/outcome.ts';
import { createPairs } from './pipeline/pairs.ts';
import { createToldNames } from './pipeline/told-names.ts';

export type { PipelineDeps, PipelineNews } from './pipeline/context.ts';

type Deciding = Extract<AgentEvent, { readonly kind: 'call-asked' | 'call-before' }>;

/** Counters that health shows, since the start. */
interface PipelineHealth {
  readonly decided: number;
  readonly noted: number;
  /** Verdicts and events that could not be made durable. */
  readonly unrecorded: number;
  /** Calls that could not be judged. */
  readonly failed: number;
}

export interface LivePipeline extends Pipeline {
  health(): PipelineHealth;
  /** Writes a receipt about Warder itself. Rejects when it cannot be recorded. */
  system(note: string): Promise<void>;
  /** Records what became of a call that waited for a person, with a receipt. Rejects when it cannot be recorded. */
  approval(event: Deciding, callId: string, settled: Settled): Promise<void>;
  /** Records what a device sends of the time it was alone. `repeated`: it is in the log already. Rejects when it cannot be recorded. */
  deliver(event: AgentEvent & { readonly delivery: string }): Promise<'recorded' | 'repeated'>;
  /** The call's record. Rejects when the store cannot be read. */
  recordOf(callId: string): Promise<CallRecord | undefined>;
  /** True when a hook of this session was seen since the start, so that a person can still be asked there. */
  hooksSeen(session: string): boolean;
  /** An MCP server that somebody entrusted with its use here, so that it is none that was never seen. */
  knowsServer(server: string): void;
  /** What is recorded of a call; undefined when nothing is. Rejects when the store cannot be read. */
  recorded(
    of: { readonly agent: string; readonly session: string },
    toolUseId: string,
  ): Promise<CallRecord | undefined>;
}

/**
 * capture → normalise → **understand → score → decide → record → tell**. The receipt is durable before the verdict
 * leaves; alerts never delay it. When judging or recording fails, the fail mode answers: refused in enforce, let go and
 * marked `degraded` in observe.
 */
export async function createPipeline(deps: PipelineDeps): Promise<LivePipeline> {
  const known = await openKnown(deps.store);
  const inventory = deps.inventory ?? createInventory();
  inventory.load((await deps.store.mcpServers()).items);
  const counts = { decided: 0, noted: 0, failed: 0 };
  const { commit, missed, unrecorded } = committing(deps);
  const channels = await createChannels(deps);
  const context: Context = { deps, known, commit, inventory, channels };
  const joins = createJoins();
  const pairs = createPairs();
  const marks = { mask: (text: string) => deps.mask(text).text, hmac: deps.hmac };
  const told = createToldNames({ store: deps.store, known, mask: safeText(deps) });
  /** What happens now is noted in the order in which it comes; what is told afterwards may have to be looked up. */
  const noteNamed = (given: AgentEvent): Promise<void> => {
    const event = told.named(joins.renamed(pairs.named(heard(given, marks))));
    return event instanceof Promise ? event.then((found) => note(context, found)) : note(context, event);
  };

  const pipeline: LivePipeline = {
    async decide(given) {
      counts.decided += 1;
      let event: Deciding;
      let callId = '';
      let judged: Judged;
      let session: OpenSession;
      let personAsked = false;
      try {
        event = pairs.named(heard(given, marks));
        const offered = event.source === 'mcp' ? undefined : joins.offer(event);
        if (event.source === 'mcp') ({ event, personAsked } = joins.take(event));
        callId = callIdOf(event, event.call.toolUseId || randomUUID());
        session = await known.session(event);
        channels.seen(event);
        judged = judgeNow(context, event, callId, session);
        offered?.(judged.verdict);
      } catch (error) {
        counts.failed += 1;
        deps.onTrouble('judge-failed', 'a tool call could not be judged', error);
        return failMode(
          modeFor(given, deps.mode()),
          callId,
          'judge-failed',
          'Warder could not judge this call (an internal error).',
        );
      }
      try {
        const decided = await known.inTurn(callId, () => recordDecision(context, event, callId, judged, session));
        return personAsked ? { ...decided, personAsked } : decided;
      } catch (error) {
        if (isRepeated(error)) return { verdict: judged.verdict, score: judged.score, call: callId, receipt: null };
        missed('a verdict could not be recorded', error);
        const why = 'Warder could not record this call: its store is not available.';
        return failMode(modeFor(given, deps.mode()), callId, 'store-unavailable', why, judged);
      }
    },
    async note(given) {
      counts.noted += 1;
      try {
        await noteNamed(given);
      } catch (error) {
        if (!isRepeated(error)) missed(`an event (${given.kind}) could not be recorded`, error);
      }
    },
    async deliver(given) {
      if (await deps.store.delivered(given.delivery)) return 'repeated';
      if (given.kind === 'call-before') {
        const { verdict } = await pipeline.decide(given);
        if (verdict.degraded === 'store-unavailable') throw new Error(verdict.why);
        // Another try would fail as this one did.
        if (verdict.degraded === 'judge-failed') await note(context, unjudged(given));
        return 'recorded';
      }
      counts.noted += 1;
      try {
        await noteNamed(given);
        return 'recorded';
      } catch (error) {
        if (isRepeated(error)) return 'repeated';
        throw error;
      }
    },
    async approval(given, callId, settled) {
      const event = pairs.named(heard(given, marks));
      await recordApproval(context, event, callId, settled);
      joins.settled(event, settled.allowed);
    },
    async system(text) {
      await commit({ receipt: systemReceipt(deps, text) });
    },
    knowsServer: (server) => known.usesServer(server, ''),
    async recorded({ agent, session }, toolUseId) {
      const of = { agent, session: pairs.sessionOf(safeName(session, marks)) };
      return (await known.findCall(callIdOf(of, safeName(toolUseId, marks))))?.record;
    },
    recordOf: async (callId) => (await known.findCall(callId))?.record,
    hooksSeen: (session) => known.peek(pairs.sessionOf(safeName(session, marks)))?.hooks ?? false,
    health: () => ({ ...counts, unrecorded: unrecorded() }),
  };
  return pipeline;
}

const isRepeated = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'repeated-delivery';

/** A delivered call that broke its judge: that there was one stays in the log. */
const unjudged = ({ call, ...head }: Extract<AgentEvent, { readonly kind: 'call-before' }>): AgentEvent => ({
  ...head,
  kind: 'notice',
  what: 'a delivered call could not be judged',
  text: call.tool,
});

/** Commits that count what they miss; once the store answers again, a receipt of its own says how much went unrecorded. */
function committing(deps: PipelineDeps) {
  const gap = { count: 0, from: '', to: '', total: 0 };
  const commit: Store['commit'] = async (entry) => {
    const committed = await deps.store.commit(entry);
    if (gap.count > 0) {
      const text = `unrecorded: ${gap.count} from ${gap.from} to ${gap.to}`;
      gap.count = 0;
      await deps.store.commit({ receipt: systemReceipt(deps, text) });
    }
    return committed;
  };
  const missed = (what: string, error: unknown): void => {
    gap.to = deps.now();
    if (gap.count === 0) gap.from = gap.to;
    gap.count += 1;
    gap.total += 1;
    deps.onTrouble('store-unavailable', what, error);
  };
  return { commit, missed, unrecorded: () => gap.total };
}

/** Nothing recorded or judged: enforce refuses, observe lets go; either way the verdict says so. */
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

/** Phases of one call that stay at hand: a real call has four, a hook that is sent again and again adds no end of them. */
const mostPhases = 32;

function lately(phases: readonly PhaseRecord[]): readonly PhaseRecord[] {
  if (phases.length < mostPhases) return phases;
  const half = mostPhases / 2;
  return [...phases.slice(0, half), ...phases.slice(1 - half)];
}

async function recordDecision(
  context: Context,
  event: Deciding,
  callId: string,
  given: Judged,
  session: OpenSession,
): Promise<Decided> {
  const { deps, known, commit } = context;
  const phase = event.kind === 'call-asked' ? 'asked' : 'before';
  // In memory in nearly every case; after a restart the other channel's report of this call is in the store.
  const open = known.openCall(callId) ?? (session.past ? await known.findCall(callId) : undefined);
  const judged = phase === 'before' ? approvedBefore(context, event, given, open) : given;
  const { verdict, meaning, score } = judged;
  const inputHash = deps.hmac(stableText(event.call.input));
  // What is denied never runs, so it leaves no mark on the session.
  const memory =
    verdict.effective === 'deny'
      ? session.memory
      : memoryOfCall(
          deps.stages,
          session.memory,
          { callId, tool: event.call.tool, meaning, at: event.at },
          event.call.action,
        );
  const memoryChanged = worthKeeping(session.memory, memory);
  session.memory = memory;
  // A server is known once a call to it may run; one that somebody has still to approve, when it ran.
  if (event.call.action.kind === 'mcp' && verdict.effective === 'allow')
    known.usesServer(event.call.action.server, callId);
  const late = event.kind === 'call-asked' ? event.late : undefined;
  const phaseRecord: PhaseRecord = { phase, at: event.at, source: event.source, verdict, ...(late ? { late } : {}) };
  const phases = [...lately(open?.phases ?? []), phaseRecord];
  const now = recordOf(event, callId, resting(deps, judged), open?.record, safeText(deps));
  // A hook that comes again after the outcome must not make what the outcome told unsaid.
  const over = phases.some(({ outcome }) => outcome !== undefined);
  const changed = phase === 'before' ? askedOtherwise(open, now, judged) : [];
  const record = over || changed.length > 0 ? withReconciled(deps, { ...now, phases }, session, changed) : now;
  const { receipt, alerts } = await commit({
    call: record,
    phase: phaseRecord,
    session: touchOf(deps, event, memoryChanged ? session : undefined),
    receipt: receiptOf(event, record, phase, policyOf(deps), { inputHash, verdict }),
    delivery: event.delivery,
    alerts: newAlerts(deps, record, open?.record),
  });
  const kept = { record, phases, inputHash: phase === 'before' ? inputHash : (open?.inputHash ?? '') };
  keepAndPublish(context, kept, receipt, alerts);
  return { verdict, score, call: callId, receipt };
}

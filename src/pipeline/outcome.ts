import type { AgentEvent, Outcome } from '../core/event.ts';
import {
  type CallRecord,
  type Decision,
  type Finding,
  type PhaseRecord,
  severityOf,
  type Verdict,
} from '../core/verdict.ts';
import { personalInResult } from '../score/personal.ts';
import { differsFromAsked, resultDiffers } from '../score/reconcile.ts';
import {
  atRest,
  type Context,
  judgeNow,
  keepAndPublish,
  newAlerts,
  type PipelineDeps,
  policyOf,
  resting,
  safeText,
  touchOf,
} from './context.ts';
import { type CallEvent, type Judged, receiptOf, recordOf, stableText } from './judge.ts';
import type { OpenCall, OpenSession } from './known.ts';
import { memoryOfOutcome, worthKeeping } from './memory.ts';
import { personalIn } from './personal.ts';
import { sideOf } from './sides.ts';

export type OutcomeEvent = Extract<AgentEvent, { readonly kind: 'call-after' | 'call-result' }>;

/** UTF-16 units of a result that are kept, masked. */
const excerptLimit = 2048;

/** Joins what came of a call to what was decided about it. False when Warder never saw the call asked. Rejects when it could not be stored. */
export async function noteOutcome(
  context: Context,
  event: OutcomeEvent,
  callId: string,
  session: OpenSession,
): Promise<boolean> {
  const { deps, known } = context;
  const { outcome } = event;
  const phase = event.kind === 'call-after' ? 'after' : 'result';
  const open = (await known.findCall(callId)) ?? firstSeenAfter(context, event, callId, session);
  if (!open) return false;
  // A retried request repeats its results; the server's own answer, the agent's word of it and its own record are several.
  const mine = sideOf(event.source);
  if (open.phases.some((seen) => seen.phase === phase && sideOf(seen.source) === mine)) return true;
  const masked = deps.mask(outcome.text);
  const personal = personalIn(outcome.text);
  const phaseRecord: PhaseRecord = {
    phase,
    at: event.at,
    source: event.source,
    outcome: {
      status: outcome.status,
      durationMs: outcome.durationMs,
      excerpt: atRest(deps, masked.text.slice(0, excerptLimit)),
      secrets: masked.hits.length,
      ...(Object.keys(personal).length === 0 ? {} : { personal }),
    },
  };
  const phases = [...open.phases, phaseRecord];
  const received = outcome.status === 'refused' ? null : personalInResult(personal);
  const changed = [
    ...ranOtherInput(context, event, open, callId, session),
    ...(mine === 'hook' ? otherResult(open, phase, outcome.status, masked.text) : []),
    ...(received === null ? [] : [received]),
  ];
  const record = withReconciled(deps, { ...open.record, phases }, session, changed);
  const seen = { status: outcome.status, secrets: masked.hits.length, personal };
  const memory = memoryOfOutcome(deps.stages, session.memory, ranAs(record), seen, masked.text);
  const memoryChanged = worthKeeping(session.memory, memory);
  session.memory = memory;
  const lacking = outcome.status === 'ok' ? await context.channels.ended(record, event, session) : [];
  const { receipt, alerts } = await context.commit({
    call: record,
    phase: phaseRecord,
    session: touchOf(deps, event, memoryChanged ? session : undefined),
    receipt: outcomeReceipt(deps, event, record, phase, outcome),
    delivery: event.delivery,
    alerts: [...(record.findings === open.record.findings ? [] : newAlerts(deps, record, open.record)), ...lacking],
  });
  if (record.action.kind === 'mcp' && outcome.status === 'ok') known.usesServer(record.action.server, callId);
  keepAndPublish(context, { record, phases, inputHash: open.inputHash }, receipt, alerts);
  return true;
}

/** What the hook saw come back and what the agent gave the model have to be the same. */
function otherResult(
  { record, phases }: OpenCall,
  phase: 'after' | 'result',
  status: Outcome['status'],
  text: string,
): readonly Finding[] {
  if (status !== 'ok') return [];
  const other = phases.find(
    (seen) => seen.phase === (phase === 'after' ? 'result' : 'after') && sideOf(seen.source) === 'hook',
  );
  if (other?.outcome?.status !== 'ok' || !resultDiffers(record.action, other.outcome.excerpt, text)) return [];
  const why = `The result of ${record.tool} that went to the model is not what the hook saw come back: it was changed or made up on the way.`;
  return [{ detector: 'result-differs', weight: 75, severity: severityOf(75), why, alert: true }];
}

function outcomeReceipt(
  deps: PipelineDeps,
  event: OutcomeEvent,
  record: CallRecord,
  phase: 'after' | 'result',
  outcome: Outcome,
) {
  return receiptOf(event, record, phase, policyOf(deps), {
    inputHash: deps.hmac(outcome.text),
    outcome: { status: outcome.status },
  });
}

/** A result in a request for a call that Warder did not see asked: it started in the middle of a session, or was gone around. */
export function unknownCallNotice(event: OutcomeEvent): AgentEvent {
  const { at, source, agent, agentVersion, session, subagent, identity, cwd, delivery } = event;
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
    delivery,
    kind: 'notice',
    what: 'result of a call Warder never saw',
    text: toolUseId,
  };
}

/** A hook that reports a call only afterwards: it is judged all the same, and nothing can be bound any more. */
function firstSeenAfter(
  context: Context,
  event: OutcomeEvent,
  callId: string,
  session: OpenSession,
): OpenCall | undefined {
  if (event.kind !== 'call-after') return undefined;
  const judged = judgeNow(context, event, callId, session);
  const verdict: Verdict = { ...judged.verdict, enforced: false, effective: 'allow' };
  const record = recordOf(
    event,
    callId,
    resting(context.deps, { ...judged, verdict }),
    undefined,
    safeText(context.deps),
  );
  return { record, phases: [], inputHash: '' };
}

const severer: Readonly<Record<Decision, number>> = { allow: 0, ask: 1, deny: 2 };

/** Another hook may rewrite a call's input after it was judged here: what ran is then judged as well. */
function ranOtherInput(
  context: Context,
  event: OutcomeEvent,
  open: OpenCall,
  callId: string,
  session: OpenSession,
): readonly Finding[] {
  if (event.kind !== 'call-after' || open.inputHash === '' || event.outcome.status === 'refused') return [];
  // Telemetry puts an input in a form of its own.
  if (sideOf(event.source) !== 'hook') return [];
  if (context.deps.hmac(stableText(event.call.input)) === open.inputHash) return [];
  const { score, verdict } = judgeNow(context, event, callId, session);
  const worse = severer[verdict.decision] > severer[open.record.decision] || score.score > open.record.score;
  const weight = worse ? Math.max(75, score.score) : 10;
  const what = worse
    ? `what ran scores ${score.score}: ${score.findings[0]?.why ?? verdict.why}`
    : 'no worse than that.';
  const why = `${open.record.tool} ran with another input than the one judged before it: ${what}`;
  return [
    { detector: 'ran-other-input', weight, severity: severityOf(weight), why, ...(worse ? { alert: true } : {}) },
  ];
}

/** A person's yes at the gateway holds at the hook, for the same call with the same input. */
export function approvedBefore(
  { deps }: Context,
  event: CallEvent,
  judged: Judged,
  open: OpenCall | undefined,
): Judged {
  if (open === undefined || judged.verdict.effective !== 'ask') return judged;
  const { verdict: said } = open.phases.findLast(({ verdict }) => verdict?.approval !== undefined) ?? {};
  if (said?.approval?.how !== 'approved' || said.effective !== 'allow') return judged;
  const now = recordOf(event, open.record.id, resting(deps, judged), open.record, safeText(deps));
  if (differsFromAsked(open.record, now)) return judged;
  return { ...judged, verdict: { ...judged.verdict, effective: 'allow', why: said.why, approval: said.approval } };
}

/** What the model asked for at the gateway and what the agent is about to run have to be the same. */
export function askedOtherwise(
  open: OpenCall | undefined,
  now: CallRecord,
  { score, verdict }: Judged,
): readonly Finding[] {
  const asked = open?.phases.find(({ phase, verdict }) => phase === 'asked' && verdict !== undefined);
  if (open === undefined || asked === undefined || open.phases.some(({ phase }) => phase === 'before')) return [];
  if (!differsFromAsked(open.record, now)) return [];
  const worse =
    severer[verdict.decision] > severer[open.record.decision] || score.score >= Math.max(40, open.record.score + 10);
  const weight = worse ? Math.max(75, score.score) : 10;
  const what = worse ? `that one scores ${score.score}, the model's ${open.record.score}` : 'no worse than that';
  const why = `${now.tool} is about to run with another input than the model asked for: ${what}.`;
  return [
    { detector: 'asked-other-input', weight, severity: severityOf(weight), why, ...(worse ? { alert: true } : {}) },
  ];
}

/** The record with what its phases together tell: a hook that did not fire, a call that ran after a deny. */
export function withReconciled(
  deps: PipelineDeps,
  record: CallRecord,
  session: OpenSession,
  more: readonly Finding[] = [],
): CallRecord {
  const have = new Set(record.findings.map((finding) => finding.detector));
  const facts = { hooksExpected: session.hooks, gatewayExpected: session.gateway };
  const added = [...deps.stages.reconcile(record, facts), ...more].filter((finding) => !have.has(finding.detector));
  if (added.length === 0) return record;
  const { score, severity, findings } = deps.stages.combine(
    [...record.findings, ...added].sort((a, b) => b.weight - a.weight),
  );
  return { ...record, score, severity, findings };
}

/** A stored call as memory wants to see it. */
function ranAs({ id, effects, unparsed, opaque, input: masked, action }: CallRecord) {
  return { callId: id, meaning: { effects, unparsed, opaque, programs: [], secrets: [], masked }, action };
}

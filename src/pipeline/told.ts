import type { AgentEvent } from '../core/event.ts';
import type { CallRecord, PhaseRecord } from '../core/verdict.ts';
import { type Context, judgeNow, keepAndPublish, newAlerts, policyOf, resting, safeText, touchOf } from './context.ts';
import { receiptOf, recordOf, stableText } from './judge.ts';
import type { OpenCall, OpenSession } from './known.ts';
import { memoryOfCall, worthKeeping } from './memory.ts';
import { withReconciled } from './outcome.ts';
import { sideOf } from './sides.ts';

type AskedEvent = Extract<AgentEvent, { readonly kind: 'call-asked' | 'call-before' }>;

/**
 * A call that is told after the fact, by the agent's own record of it or by its telemetry: judged as a live one and
 * bound to nothing. One that is recorded already keeps all that was decided about it and gets one phase more. Rejects
 * when it could not be stored.
 */
export async function noteTold(
  context: Context,
  event: AskedEvent,
  callId: string,
  session: OpenSession,
): Promise<void> {
  const open = await context.known.findCall(callId);
  if (open === undefined) return tellNew(context, event, callId, session);
  const mine = sideOf(event.source);
  if (open.phases.some(({ phase, source }) => phase === 'asked' && sideOf(source) === mine)) return;
  return tellAgain(context, event, open, session);
}

async function tellNew(context: Context, event: AskedEvent, callId: string, session: OpenSession): Promise<void> {
  const { deps, known } = context;
  // `late`: no mode binds what has happened.
  const judged = judgeNow(context, event, callId, session);
  const { verdict, meaning } = judged;
  const running = { callId, tool: event.call.tool, meaning, at: event.at };
  const memory = memoryOfCall(deps.stages, session.memory, running, event.call.action);
  const memoryChanged = worthKeeping(session.memory, memory);
  session.memory = memory;
  const record = recordOf(event, callId, resting(deps, judged), undefined, safeText(deps));
  const phase: PhaseRecord = { phase: 'asked', at: event.at, source: event.source, verdict, late: true };
  const { receipt, alerts } = await context.commit({
    call: record,
    phase,
    session: touchOf(deps, event, memoryChanged ? session : undefined),
    receipt: receiptOf(event, record, 'asked', policyOf(deps), { inputHash: inputHash(context, event), verdict }),
    delivery: event.delivery,
    alerts: newAlerts(deps, record, undefined),
  });
  if (event.call.action.kind === 'mcp') known.usesServer(event.call.action.server, callId);
  keepAndPublish(context, { record, phases: [phase], inputHash: '' }, receipt, alerts);
}

async function tellAgain(context: Context, event: AskedEvent, open: OpenCall, session: OpenSession): Promise<void> {
  const { deps } = context;
  const phase: PhaseRecord = { phase: 'asked', at: event.at, source: event.source, late: true };
  const phases = [...open.phases, phase];
  const record: CallRecord = withReconciled(deps, { ...open.record, phases }, session);
  const told = { inputHash: inputHash(context, event), outcome: { status: 'told' } };
  const { receipt, alerts } = await context.commit({
    call: record,
    phase,
    session: touchOf(deps, event),
    receipt: receiptOf(event, record, 'asked', policyOf(deps), told),
    delivery: event.delivery,
    alerts: record.findings === open.record.findings ? [] : newAlerts(deps, record, open.record),
  });
  keepAndPublish(context, { ...open, record, phases }, receipt, alerts);
}

const inputHash = ({ deps }: Context, { call }: AskedEvent): string => deps.hmac(stableText(call.input));

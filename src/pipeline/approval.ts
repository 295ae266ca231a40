import type { Settled } from '../core/approval.ts';
import type { AgentEvent } from '../core/event.ts';
import type { CallRecord, PhaseRecord, Verdict } from '../core/verdict.ts';
import { type Context, keepAndPublish, policyOf, safeText, touchOf } from './context.ts';
import { receiptOf, stableText } from './judge.ts';

type Asked = Extract<AgentEvent, { readonly kind: 'call-asked' | 'call-before' }>;

/** Records what became of a call that waited for a person: a phase of its own, with a receipt that says who decided. Rejects when it cannot be stored. */
export function recordApproval(context: Context, event: Asked, callId: string, settled: Settled): Promise<void> {
  const { deps, known, commit } = context;
  return known.inTurn(callId, async () => {
    const open = await known.findCall(callId);
    if (!open) throw new Error('the call that waited is not recorded');
    const verdict = verdictOf(open.record, settled, safeText(deps));
    const { effective, why } = verdict;
    const phase: PhaseRecord = { phase: 'asked', at: deps.now(), source: event.source, verdict };
    const record: CallRecord = { ...open.record, effective, why };
    const { receipt, alerts } = await commit({
      call: record,
      phase,
      session: touchOf(deps, event),
      receipt: receiptOf(event, record, 'asked', policyOf(deps), {
        inputHash: deps.hmac(stableText(event.call.input)),
        verdict,
      }),
    });
    keepAndPublish(context, { ...open, record, phases: [...open.phases, phase] }, receipt, alerts);
  });
}

function verdictOf(record: CallRecord, { how, by, note, allowed }: Settled, safe: (text: string) => string): Verdict {
  const said = note === '' ? '' : `: ${safe(note)}`;
  const words = {
    approved: `Approved by ${by}${said}`,
    denied: by === '' ? `Denied${said}` : `Denied by ${by}${said}`,
    expired: allowed ? `Let go by the fallback${said}` : `Denied by the fallback${said}`,
    cancelled: `Denied${said}`,
  };
  return {
    decision: 'ask',
    enforced: true,
    effective: allowed ? 'allow' : 'deny',
    rules: record.rules,
    why: words[how],
    approval: { how, by, ...(note === '' ? {} : { note: safe(note) }) },
  };
}

import type { AccessGuard } from '../core/access.ts';
import { changed } from './aperture-changes.ts';
import { CannotJudge, type Guardrail, type GuardrailDeps, type GuardrailMemory } from './aperture-deps.ts';
import { type Exchange, modelOf, providerOf } from './aperture-exchange.ts';
import { type Joined, joinResults } from './aperture-results.ts';
import { blocked } from './aperture-told.ts';

/** Judges one request before it is sent on. Throws `CannotJudge` when it cannot be judged, for reasons of Warder's own or of the request's. */
export async function judgeRequest(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  exchange: Exchange,
): Promise<{ readonly verdict: Guardrail; readonly joined: Joined }> {
  const { call, dialect, parts, problem } = exchange;
  const enforced = deps.mode() === 'enforce';
  const free: Joined = { block: null, fromHistory: 0, results: 0 };
  const refusal = refusedBy(deps.guard, exchange);
  if (refusal) return { verdict: refusal, joined: free };
  if (problem !== '' || !dialect || !parts) {
    const nothingToJudge = exchange.quiet || (call.request === '' && !dialect);
    if (nothingToJudge) return { verdict: { action: 'allow' }, joined: free };
    throw new CannotJudge(problem || 'the request itself was not sent: the hook has to ask for request_body');
  }
  const ambiguity = enforced ? dialect.ambiguity(call.request) : null;
  if (ambiguity) {
    const message = `[Warder] The request ${ambiguity}; two readers could see different requests.`;
    return { verdict: await blocked(deps, memory, exchange, message, 400), joined: free };
  }
  const joined = await joinResults(deps, memory, exchange, parts);
  if (joined.block !== null) return { verdict: await blocked(deps, memory, exchange, joined.block, 403), joined };
  return { verdict: await changed(deps, memory, exchange, parts), joined };
}

/** Access rules have a mode of their own, and write down themselves what they refuse. */
function refusedBy(guard: AccessGuard | undefined, exchange: Exchange): Guardrail | null {
  if (!guard?.active()) return null;
  const { identity, agent } = exchange.head;
  // Without a body it asks for no answer of a model's; one that names no model gets one that nobody here knows of.
  const model = modelOf(exchange) || (exchange.call.request === '' ? '' : null);
  const admission = guard.admit({ identity, agent, provider: providerOf(exchange), model });
  // Nobody says when an answer through Aperture is over, so nothing is kept for it meanwhile.
  if (admission.ok) admission.settle();
  return admission.ok ? null : { action: 'block', status: admission.status, message: `[Warder] ${admission.message}` };
}

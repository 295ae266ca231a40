import type { AgentEvent, EventHead } from '../core/event.ts';
import type { Guardrail, GuardrailDeps, GuardrailMemory } from './aperture-deps.ts';
import { type Exchange, sha256 } from './aperture-exchange.ts';

/** A name that came from outside, for a line of text. */
export const shown = (text: string): string => text.replace(/[^\x21-\x7e]/g, '?').slice(0, 100) || '(without a name)';
/** The text with a full stop. */
export const sentence = (why: string): string => (/[.!?]$/.test(why) ? why : `${why}.`);

/** Answers that a request may not go on: a block while enforcing, a note of what would have been while watching. */
export async function blocked(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  { head, call }: Exchange,
  message: string,
  status: number,
): Promise<Guardrail> {
  const { requestId } = call.metadata;
  if (deps.mode() === 'observe') {
    await tell(deps, memory, head, `would have blocked a request: ${message}`, requestId);
    return { action: 'allow' };
  }
  const first = await tell(deps, memory, head, `blocked a request: ${message}`, requestId);
  if (first) deps.onBlocked(head, deps.mask(message).text);
  return { action: 'block', status, message };
}

/** Once for each session and text: a line in the session and a receipt, durable before the answer leaves. False when it was told before. */
export async function tell(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  head: Omit<EventHead, 'at'>,
  text: string,
  requestId: string,
): Promise<boolean> {
  const name = `${head.session}\0${sha256(text)}`;
  if (memory.told.get(name)) return false;
  const event: AgentEvent = { ...head, at: deps.now(), kind: 'notice', what: 'Aperture guardrail', text };
  void deps.pipeline.note(event);
  const masked = deps.mask(text).text;
  await deps.pipeline.system(
    `aperture: ${masked} (request ${shown(requestId)}, session ${shown(deps.mask(head.session).text)})`,
  );
  memory.told.keep(name, true);
  return true;
}

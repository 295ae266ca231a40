import type { Verdict } from '../../core/verdict.ts';

const defaultInstead =
  'Allowed instead: the same goal by a step that does not do this; another spelling is judged the same. Ask the person if it is needed.';

/**
 * What, by which rule, what is allowed instead: one text for the model and the person, never empty. The verdict says
 * most of it.
 */
export function reasonFor(verdict: Verdict): string {
  const lead = verdict.effective === 'ask' ? 'Warder asks first' : 'Denied by Warder';
  const why = verdict.why.replace(/^(?:Denied|Needs your approval): /u, '').trim() || 'policy says no';
  const ended = /[.!?]$/u.test(why) ? why : `${why}.`;
  const unnamed = verdict.rules.filter((rule) => !why.includes(rule));
  const rule = unnamed.length === 0 ? '' : ` Rule ${unnamed.join(', ')}.`;
  const instead = why.includes('Allowed instead:') ? '' : ` ${defaultInstead}`;
  return `${lead}: ${ended}${rule}${instead}`;
}

/** Why nothing was judged, for the model and the person. `why`: one sentence. */
export const refusalFor = (why: string): string => `Blocked: Warder could not judge this. ${why}`;

/** Said beside a call that passed without a full check. `why`: one sentence. */
export const passedFor = (why: string): string => `Warder let this pass without a full check: ${why}`;

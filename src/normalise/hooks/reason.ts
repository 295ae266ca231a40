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

/** The same for an agent whose hooks cannot put a question: what asks is denied, and says so. */
export const reasonUnasked = (verdict: Verdict): string =>
  verdict.effective === 'ask'
    ? reasonFor(verdict).replace(
        /^Warder asks first: /u,
        'Denied by Warder, since its hooks cannot ask a person here: ',
      )
    : reasonFor(verdict);

/** Why nothing was judged, for the model and the person. `why`: one sentence. */
export const refusalFor = (why: string): string => `Blocked: Warder could not judge this. ${why}`;

/** Said beside a call that passed without a full check. `why`: one sentence. */
export const passedFor = (why: string): string => `Warder let this pass without a full check: ${why}`;

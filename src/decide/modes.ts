import type { Mode, Verdict } from '../core/verdict.ts';
import type { Ruling } from './decide.ts';

/** What the policy says × the mode → what happens: observe lets everything run and keeps what would have happened. */
export function bind(ruling: Ruling, mode: Mode): Verdict {
  const enforced = mode === 'enforce';
  return { ...ruling, enforced, effective: enforced ? ruling.decision : 'allow' };
}

import type { PersonalCounts } from '../core/verdict.ts';
import { personalCounts } from '../score/personal.ts';
import { findPii, maskPii } from '../understand/pii.ts';

/** UTF-16 units of a result or a prompt that are searched for personal data: a list of people shows long before. */
const searched = 262_144;

/** Personal data in a text that was heard, by kind, each value once. */
export function personalIn(text: string): PersonalCounts {
  const part = text.slice(0, searched);
  return personalCounts(findPii(part, ''), part);
}

/** Any JSON with the personal data in its strings masked, lengths kept; the same object when there is none. */
export function withoutPersonal(value: unknown): unknown {
  if (typeof value === 'string') return maskPii(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutPersonal);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutPersonal(item)]));
}

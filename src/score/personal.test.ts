import { expect, it } from 'vitest';
import type { PiiHit } from '../core/effect.ts';
import { isPeopleInBulk, personalCounts, personalInResult, personalWords } from './personal.ts';

const hits = (type: PiiHit['type'], count: number): PiiHit[] =>
  Array.from({ length: count }, (_, i) => ({ type, span: { field: '', start: i * 4, end: i * 4 + 3 } }));

it('counts each value once, and network addresses not at all', () => {
  const text = 'aaa bbb AAA ccc';
  expect(personalCounts([...hits('email', 4), ...hits('ip', 2)], text)).toEqual({ email: 3 });
  expect(personalCounts(hits('email', 4))).toEqual({ email: 4 });
});

it('says kinds and numbers, never values', () => {
  expect(personalWords({ email: 12, card: 1 })).toBe('12 e-mail addresses, a card number');
});

it('weighs a result by how much it holds, and stays below a review', () => {
  const weight = (counts: object) => personalInResult(counts)?.weight ?? 0;
  expect(weight({ email: 9, phone: 0 })).toBe(0);
  expect(weight({ email: 10 })).toBeLessThan(weight({ card: 1 }));
  expect(weight({ card: 1 })).toBeLessThan(weight({ email: 200 }));
  expect(weight({ iban: 5_000 })).toBeLessThan(40);
  expect([{ email: 99 }, { email: 100 }, { card: 10 }].map(isPeopleInBulk)).toEqual([false, true, true]);
});

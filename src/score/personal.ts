import type { PiiHit } from '../core/effect.ts';
import type { Finding, PersonalCounts } from '../core/verdict.ts';
import { finding } from './findings.ts';

/** What one person's identity or money hangs on. */
export const grave: ReadonlySet<PiiHit['type']> = new Set(['card', 'national-id', 'iban', 'passport']);

/** Addresses and names stand in every source tree; only many of them are a list of people. */
export const many = 10;
/** A list that no one wrote by hand. */
export const bulk = 100;

const names: Readonly<Record<PiiHit['type'], readonly [one: string, many: string]>> = {
  email: ['an e-mail address', 'e-mail addresses'],
  phone: ['a phone number', 'phone numbers'],
  card: ['a card number', 'card numbers'],
  'national-id': ['a personal id number', 'personal id numbers'],
  iban: ['a bank account', 'bank accounts'],
  ip: ['a network address', 'network addresses'],
  name: ['a name', 'names'],
  'birth-date': ['a date of birth', 'dates of birth'],
  passport: ['a passport number', 'passport numbers'],
};

/** How often each kind occurs, the same value once where `text` is given; network addresses are no one's. Never the values. */
export function personalCounts(hits: readonly PiiHit[], text?: string): PersonalCounts {
  const counts: { [kind in PiiHit['type']]?: number } = {};
  const seen = new Set<string>();
  for (const { type, span } of hits) {
    if (type === 'ip') continue;
    if (text !== undefined) {
      const value = `${type} ${text.slice(span.start, span.end).toLowerCase()}`;
      if (seen.has(value)) continue;
      seen.add(value);
    }
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

const entries = (counts: PersonalCounts) => Object.entries(counts) as [PiiHit['type'], number][];

/** «12 e-mail addresses, a card number». */
export function personalWords(counts: PersonalCounts): string {
  return entries(counts)
    .map(([type, count]) => (count === 1 ? names[type][0] : `${count} ${names[type][1]}`))
    .join(', ');
}

/** How many values there are, and how many of them are grave. */
export function personalSums(counts: PersonalCounts): { readonly all: number; readonly grave: number } {
  let all = 0;
  let graves = 0;
  for (const [type, count] of entries(counts)) {
    all += count;
    if (grave.has(type)) graves += count;
  }
  return { all, grave: graves };
}

/** A list of people or numbers their money hangs on, in bulk: what is sent afterwards may be it. */
export function isPeopleInBulk(counts: PersonalCounts): boolean {
  const { all, grave: graves } = personalSums(counts);
  return graves >= many || all >= bulk;
}

/**
 * What came back holds personal data, which the model and its provider now have: told by kind and number, more weight
 * for more of it, none for a few addresses. It stays below a review alone; sending it on is another finding.
 */
export function personalInResult(counts: PersonalCounts): Finding | null {
  const { all, grave: graves } = personalSums(counts);
  if (graves === 0 && all < many) return null;
  const weight = isPeopleInBulk(counts) ? 30 : graves > 0 ? 15 : 10;
  return finding('personal-data-received', {
    weight,
    why: `What came back holds ${personalWords(counts)}.`,
    factor: 'data',
  });
}

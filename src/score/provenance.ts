import type { Effect, Meaning, Verb } from '../core/effect.ts';
import type { Action } from '../core/event.ts';
import type { SessionMemory, TextMemory } from '../core/verdict.ts';
import { type SeenSign, signsOf } from './injection-signs.ts';
import { wordsThatOrder } from './order-words.ts';
import { toldMarks } from './orders.ts';
import { fingerprint, isCommon, isDistinctive, tokenMarks, wordMarks, wordsOf } from './text-marks.ts';

/** A text that reached the session, and who can have written it. Secrets in it are masked by the caller. */
export interface HeardText {
  readonly from: 'person' | 'trusted' | 'untrusted';
  readonly text: string;
}

/** Fingerprints kept of each sort; the oldest fall out. */
const kept = { person: 500, trusted: 300, untrusted: 500, told: 800, addressed: 600 };

/** UTF-16 units read at each end of a trusted result: they only excuse, and every result is read. */
const trustedEnd = 512;

const nothingHeard: TextMemory = { person: '', trusted: '', untrusted: '', told: '', orders: [], signs: [] };

/**
 * What a session knows after a text: a prompt of the person, or the result of a call. Only fingerprints stay. Pure and
 * bounded; the same object when nothing changed.
 */
export function rememberText(memory: SessionMemory, { from, text }: HeardText): SessionMemory {
  if (text.trim() === '') return memory;
  const before = memory.texts ?? nothingHeard;
  if (from === 'person')
    return withTexts(memory, before, { person: grown(before.person, wordMarks(text), kept.person) });
  if (from === 'trusted') {
    // Only the last few hundred tokens are kept, so the ends of a long result say enough.
    const ends = text.length <= 2 * trustedEnd ? text : `${text.slice(0, trustedEnd)}\n${text.slice(-trustedEnd)}`;
    return withTexts(memory, before, { trusted: grown(before.trusted, marksOfTrusted(ends), kept.trusted) });
  }
  const { seen, told, addressed, orders, tokens } = heardFromOthers(text);
  const spoken = grown(before.addressed ?? '', addressed, kept.addressed);
  return withTexts(memory, before, {
    untrusted: grown(before.untrusted, tokens, kept.untrusted),
    told: grown(before.told, told, kept.told),
    ...(spoken === '' ? {} : { addressed: spoken }),
    orders: union(before.orders, orders),
    signs: union(before.signs, telling(seen)),
  });
}

/** What was read lately: sessions hear the same files and pages again and again. The oldest fall out. */
function lately<V>(most: number, read: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = read(text);
    if (known.size >= most) known.delete(known.keys().next().value ?? '');
    known.set(text, made);
    return made;
  };
}

/** A text here has at most twice `trustedEnd`. */
const marksOfTrusted = lately(2_000, tokenMarks);

const heardFromOthers = lately(100, (text) => {
  const seen = signsOf(text);
  return { seen, ...toldMarks(text, seen), tokens: tokenMarks(text) };
});

/** Ids of the signs a text carries, talk about such signs left out. */
export const signsIn = (text: string): string[] => telling(signsOf(text));

const telling = (signs: readonly SeenSign[]): string[] =>
  signs.filter(({ weight }) => weight >= 30).map(({ id }) => id);

function withTexts(memory: SessionMemory, before: TextMemory, change: Partial<TextMemory>): SessionMemory {
  const same = Object.entries(change).every(([name, value]) => before[name as keyof TextMemory] === value);
  return same ? memory : { ...memory, texts: { ...before, ...change } };
}

const width = 6;

function grown(marks: string, added: readonly string[], most: number): string {
  if (added.length === 0) return marks;
  const known = setOf(marks);
  const fresh = added.filter((mark) => !known.has(mark)).slice(-most);
  if (fresh.length === 0) return marks;
  const all = marks + fresh.join('');
  const kept = all.slice(-most * width);
  // The set of what is known now is the one before with little changed: cheaper than to make it anew at the next text.
  const set = new Set(known);
  for (let at = 0; at < all.length - kept.length; at += width) set.delete(all.slice(at, at + width));
  for (const mark of fresh) set.add(mark);
  // Two marks that are the same by chance would make it another set.
  if (set.size * width === kept.length) keepSet(kept, set);
  return kept;
}

const union = (before: readonly string[], added: readonly string[]): readonly string[] =>
  added.every((each) => before.includes(each)) ? before : [...new Set([...before, ...added])];

/** Sets made last, by their marks: most of a memory stays as it was from one call to the next. */
const made = new Map<string, ReadonlySet<string>>();
const mostMade = 24;

function setOf(marks: string): ReadonlySet<string> {
  const known = made.get(marks);
  if (known !== undefined) return known;
  const set = new Set<string>();
  for (let i = 0; i + width <= marks.length; i += width) set.add(marks.slice(i, i + width));
  keepSet(marks, set);
  return set;
}

function keepSet(marks: string, set: ReadonlySet<string>): void {
  if (made.size >= mostMade) made.delete(made.keys().next().value ?? '');
  made.set(marks, set);
}

/** The sets behind a memory, made once for each. */
export type KnownTexts = Readonly<
  Record<'person' | 'trusted' | 'untrusted' | 'told' | 'addressed', ReadonlySet<string>>
>;

const opened = new WeakMap<TextMemory, KnownTexts>();

export function knownTexts(texts: TextMemory): KnownTexts {
  const known = opened.get(texts);
  if (known !== undefined) return known;
  const { person, trusted, untrusted, told, addressed = '' } = texts;
  const sets = {
    person: setOf(person),
    trusted: setOf(trusted),
    untrusted: setOf(untrusted),
    told: setOf(told),
    addressed: setOf(addressed),
  };
  opened.set(texts, sets);
  return sets;
}

/** Programs whose output is what anyone could write: forges, trackers, mail. */
const othersWrite = new Set([
  'gh',
  'glab',
  'jira',
  'linear',
  'curl',
  'wget',
  'lynx',
  'w3m',
  'http',
  'https',
  'xh',
  'mail',
  'mutt',
]);

/** Whether what a call brought back can have been written by others: pages, mails, issues, MCP results, downloads. */
export function trustOf(action: Action, meaning: Meaning, memory: SessionMemory): 'trusted' | 'untrusted' {
  if (action.kind === 'web-fetch' || action.kind === 'web-search' || action.kind === 'mcp') return 'untrusted';
  const outside = ({ verb, zone, by, resource }: Effect): boolean =>
    (verb === 'receive' && zone === 'other-host' && othersWrite.has(by)) ||
    (verb === 'read' &&
      (Object.hasOwn(memory.downloaded, resource.name) || /\/node_modules\/|\/Downloads\//.test(resource.name)));
  return meaning.effects.some(outside) || meaning.programs.some((program) => program === 'gh' || program === 'glab')
    ? 'untrusted'
    : 'trusted';
}

/** The person's own words name this: each part of it that is not a common word. */
export function personNamed(session: SessionMemory, name: string): boolean {
  if (session.texts === undefined || session.texts.person === '' || name === '') return false;
  const { person } = knownTexts(session.texts);
  const last =
    name
      .split('/')
      .filter((part) => part !== '')
      .at(-1) ?? '';
  return [name, last].some((each) => {
    const words = wordsOf(each);
    return (
      words.length > 0 &&
      words.every((word) => isCommon(word) || person.has(fingerprint(word))) &&
      words.some((word) => !isCommon(word) && (isDistinctive(word) || word.length >= 3))
    );
  });
}

/** Untrusted text told its reader to do this sort of thing. */
export const wasTold = (session: SessionMemory, verb: Verb): boolean => session.texts?.orders.includes(verb) === true;

/** The person's words order this sort of thing, in some form. */
export function personOrdered(session: SessionMemory, verb: Verb): boolean {
  if (session.texts === undefined || session.texts.person === '') return false;
  const { person } = knownTexts(session.texts);
  return wordsThatOrder(verb).some((word) => person.has(fingerprint(word)));
}

import type { Effect, Meaning, Verb } from '../core/effect.ts';
import type { Action } from '../core/event.ts';
import type { DetectorInput } from '../core/ports.ts';
import type { SessionMemory, TextMemory } from '../core/verdict.ts';
import { signsOf } from './injection-signs.ts';
import {
  fingerprint,
  isCommon,
  isDistinctive,
  tokenMarks,
  tokensOf,
  toldMark,
  toldMarks,
  wordMarks,
  wordsOf,
} from './text-marks.ts';

/** A text that reached the session, and who can have written it. Secrets in it are masked by the caller. */
export interface HeardText {
  readonly from: 'person' | 'trusted' | 'untrusted';
  readonly text: string;
}

/** Fingerprints kept of each sort; the oldest fall out. */
const kept = { person: 500, trusted: 300, untrusted: 500, told: 800 };

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
    return withTexts(memory, before, { trusted: grown(before.trusted, tokenMarks(ends), kept.trusted) });
  }
  const { told, orders } = toldMarks(text);
  return withTexts(memory, before, {
    untrusted: grown(before.untrusted, tokenMarks(text), kept.untrusted),
    told: grown(before.told, told, kept.told),
    orders: union(before.orders, orders),
    signs: union(before.signs, signsIn(text)),
  });
}

/** Ids of the signs a text carries, talk about such signs left out. */
export const signsIn = (text: string): string[] =>
  signsOf(text)
    .filter(({ weight }) => weight >= 30)
    .map(({ id }) => id);

function withTexts(memory: SessionMemory, before: TextMemory, change: Partial<TextMemory>): SessionMemory {
  const same = Object.entries(change).every(([name, value]) => before[name as keyof TextMemory] === value);
  return same ? memory : { ...memory, texts: { ...before, ...change } };
}

const width = 6;

function grown(marks: string, added: readonly string[], most: number): string {
  if (added.length === 0) return marks;
  const known = setOf(marks);
  const fresh = added.filter((mark) => !known.has(mark)).slice(-most);
  return fresh.length === 0 ? marks : (marks + fresh.join('')).slice(-most * width);
}

const union = (before: readonly string[], added: readonly string[]): readonly string[] =>
  added.every((each) => before.includes(each)) ? before : [...new Set([...before, ...added])];

function setOf(marks: string): Set<string> {
  const set = new Set<string>();
  for (let i = 0; i + width <= marks.length; i += width) set.add(marks.slice(i, i + width));
  return set;
}

/** The sets behind a memory, made once for each. */
const opened = new WeakMap<TextMemory, Record<'person' | 'trusted' | 'untrusted' | 'told', Set<string>>>();

function open(texts: TextMemory) {
  const known = opened.get(texts);
  if (known !== undefined) return known;
  const { person, trusted, untrusted, told } = texts;
  const sets = { person: setOf(person), trusted: setOf(trusted), untrusted: setOf(untrusted), told: setOf(told) };
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

/** What a call took from untrusted text: `followed` = out of a sentence that told it to; `copied` = a token that stood in it. */
export interface Taint {
  readonly how: 'followed' | 'copied';
  /** Key of the argument, `command` for a shell. */
  readonly argument: string;
}

/** Strings and numbers of the input, a few levels deep, at most 64. */
function* argumentsOf(value: unknown, key = '', depth = 0): Generator<readonly [key: string, text: string]> {
  if (typeof value === 'string') yield [key, value];
  else if (typeof value === 'number') yield [key, String(value)];
  else if (typeof value === 'object' && value !== null && depth < 4) {
    for (const [name, inner] of Object.entries(value))
      yield* argumentsOf(inner, Array.isArray(value) ? key : name, depth + 1);
  }
}

const mostArguments = 64;
const longestArgument = 8_192;

/** The gravest thing a call's arguments took from untrusted text that neither the person nor a trusted result said; null: nothing. */
export function taintOf({ meaning, session }: DetectorInput): Taint | null {
  const { texts } = session;
  if (texts === undefined || (texts.untrusted === '' && texts.told === '')) return null;
  const known = open(texts);
  const unsaid = (word: string): boolean => {
    const mark = fingerprint(word);
    return !known.person.has(mark) && !known.trusted.has(mark);
  };
  let copied: Taint | null = null;
  let weak = 0;
  let seen = 0;
  for (const [argument, whole] of argumentsOf(meaning.masked)) {
    if (++seen > mostArguments) break;
    const text = whole.slice(0, longestArgument);
    const words = wordsOf(text);
    const fresh = words.filter((word) => !isCommon(word) && unsaid(word));
    if (fresh.length === 0) continue;
    if (fresh.some((word) => known.told.has(toldMark('strong', word))) || phraseTold(words, known.told))
      return { how: 'followed', argument };
    const tokens = tokensOf(text);
    if (tokens.some((token) => known.told.has(toldMark('strong', token)) && unsaid(token)))
      return { how: 'followed', argument };
    if (words.length <= 3) {
      if (fresh.some((word) => known.told.has(toldMark('name', word)))) return { how: 'followed', argument };
      if (fresh.some((word) => known.told.has(toldMark('weak', word)))) weak += 1;
    }
    if (copied === null && tokens.some((token) => known.untrusted.has(fingerprint(token)) && unsaid(token)))
      copied = { how: 'copied', argument };
  }
  return weak >= 2 ? { how: 'followed', argument: '' } : copied;
}

/** Words of an argument in which a name is looked for. */
const mostWords = 200;

/** A name of several words inside a longer argument. */
function nameTold(words: readonly string[], told: ReadonlySet<string>): boolean {
  for (let i = 0; i < Math.min(words.length, mostWords); i++)
    for (let length = 2; length <= 4 && i + length <= words.length; length++)
      if (told.has(toldMark('strong', words.slice(i, i + length).join(' ')))) return true;
  return false;
}

/** Two or three words that were told as they stand, most of a longer text, or a name in it. */
function phraseTold(words: readonly string[], told: ReadonlySet<string>): boolean {
  if (words.length < 2 || words.every(isCommon)) return false;
  if (nameTold(words, told)) return true;
  if (words.length <= 3) return told.has(toldMark('phrase', words.join(' ')));
  let hits = 0;
  for (let i = 0; i + 3 <= words.length; i++)
    if (told.has(toldMark('phrase', words.slice(i, i + 3).join(' ')))) hits += 1;
  return hits >= 3 && hits * 2 >= words.length - 2;
}

/** The person's own words name this: each part of it that is not a common word. */
export function personNamed(session: SessionMemory, name: string): boolean {
  if (session.texts === undefined || session.texts.person === '' || name === '') return false;
  const { person } = open(session.texts);
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

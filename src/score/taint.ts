import type { Verb } from '../core/effect.ts';
import type { DetectorInput } from '../core/ports.ts';
import { toldMark } from './orders.ts';
import { type KnownTexts, knownTexts, personOrdered } from './provenance.ts';
import { fingerprint, isCommon, tokensOf, wordsOf } from './text-marks.ts';

/**
 * What a call took from untrusted text. `obeyed`: out of a sentence that told an agent to, or hid; `followed`: out of one
 * that told its reader to; `copied`: a token that stood somewhere in it.
 */
export interface Taint {
  readonly how: 'obeyed' | 'followed' | 'copied';
  /** Key of the argument, `command` for a shell; empty: the call as a whole. */
  readonly argument: string;
}

/** Strings and numbers of the input, a few levels deep. */
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

/** Arguments that are text for people: they may well tell what another text said. */
const prose =
  /^(?:body|text|content|contents|message|msg|comment|description|summary|notes?|details|subject|title|reason|markdown|html|answer|reply|query|question|prompt)$/i;

/** What one argument says, and which of it is new to the session. */
interface Argument {
  readonly key: string;
  readonly words: readonly string[];
  readonly tokens: readonly string[];
  /** Words that carry a name and that neither the person nor a trusted result said. */
  readonly fresh: readonly string[];
  readonly free: boolean;
}

/** The gravest thing a call took from untrusted text that neither the person nor a trusted result said; null: nothing. */
export function taintOf({ meaning, session, tool, action }: DetectorInput): Taint | null {
  const { texts } = session;
  if (texts === undefined || (texts.untrusted === '' && texts.told === '')) return null;
  const known = knownTexts(texts);
  const unsaid = (word: string): boolean => {
    const mark = fingerprint(word);
    return !known.person.has(mark) && !known.trusted.has(mark);
  };
  let best: Taint | null = null;
  let weak = 0;
  let seen = 0;
  for (const [key, whole] of argumentsOf(meaning.masked)) {
    if (++seen > mostArguments) break;
    const argument = argumentOf(key, whole.slice(0, longestArgument), unsaid);
    if (argument.fresh.length === 0) continue;
    if (known.addressed.size > 0 && tookFrom(argument, known.addressed, unsaid, true))
      return { how: 'obeyed', argument: key };
    if (best?.how === 'followed') continue;
    if (tookFrom(argument, known.told, unsaid, false)) best = { how: 'followed', argument: key };
    else if (
      !prose.test(key) &&
      argument.words.length <= 3 &&
      argument.fresh.some((word) => known.told.has(toldMark('weak', word)))
    )
      weak += 1;
    if (best === null && argument.tokens.some((token) => known.untrusted.has(fingerprint(token)) && unsaid(token)))
      best = { how: 'copied', argument: key };
  }
  if (action.kind === 'mcp' && known.addressed.size > 0 && calledFor(action.tool ?? tool, known, unsaid))
    return { how: 'obeyed', argument: '' };
  return weak >= 2 && best?.how !== 'followed' ? { how: 'followed', argument: '' } : best;
}

function argumentOf(key: string, text: string, unsaid: (word: string) => boolean): Argument {
  const words = wordsOf(text);
  const fresh = words.filter((word) => !isCommon(word) && unsaid(word));
  const free = prose.test(key) && words.length >= 2;
  return { key, words, tokens: fresh.length === 0 ? [] : tokensOf(text), fresh, free };
}

/** Ends of hosts that are hardly ever the end of a file or of a member of an object. */
const topLevel =
  /^[^/\s]*\.(?:com|net|org|io|co|app|dev|ai|info|biz|me|xyz|top|site|online|shop|store|tech|link|click|example|test|eu|de|fr|es|it|nl|pl|uk|ch|at|se|no|dk|tr|ru|cn|jp|kr|in|br|mx|us|ca|au)(?:[:/?#]|$)/;

/** An address, an account, a link: where something goes. */
const isTarget = (token: string): boolean =>
  /[^@\s]+@[^@\s]+\.\p{L}{2,}/u.test(token) ||
  topLevel.test(token) ||
  /^[a-z]{2}\d{2}[a-z0-9]{10,30}$/.test(token) ||
  /^0x[0-9a-f]{8,}$/.test(token) ||
  /^\+?\d{8,}$/.test(token);

/** Whether an argument holds what sentences told, in words nobody else said. `spoken`: the sentences were for an agent. */
function tookFrom(
  { words, tokens, fresh, free }: Argument,
  told: ReadonlySet<string>,
  unsaid: (word: string) => boolean,
  spoken: boolean,
): boolean {
  // A summary of a text repeats its orders, the verb included; doing what it says does not.
  if (free && retells(words, told)) return false;
  const strong = (word: string): boolean => (!free || isTarget(word)) && told.has(toldMark('strong', word));
  if (fresh.some(strong) || tokens.some((token) => strong(token) && unsaid(token))) return true;
  if (nameTold(words, told, unsaid)) return true;
  if (words.length > 3) return phraseTold(words, told, unsaid) || (spoken && !free && pairTold(words, told, unsaid));
  if (words.length > 1 && fresh.length > 0 && told.has(toldMark('phrase', words.join(' ')))) return true;
  if (spoken) return words.every((word) => isCommon(word) || told.has(toldMark('weak', word)));
  return fresh.some((word) => told.has(toldMark('name', word)));
}

/** Words of an argument in which a name or a beginning is looked for. */
const mostWords = 200;

function retells(words: readonly string[], told: ReadonlySet<string>): boolean {
  for (let i = 0; i + 1 < Math.min(words.length, mostWords); i++)
    if (told.has(toldMark('head', `${words[i]} ${words[i + 1]}`))) return true;
  return false;
}

const carriesNew = (words: readonly string[], unsaid: (word: string) => boolean): boolean =>
  words.some((word) => !isCommon(word) && unsaid(word));

/** A name of several words, at least one of them new. */
function nameTold(words: readonly string[], told: ReadonlySet<string>, unsaid: (word: string) => boolean): boolean {
  for (let i = 0; i < Math.min(words.length, mostWords); i++)
    for (let length = 2; length <= 4 && i + length <= words.length; length++) {
      const name = words.slice(i, i + length);
      if (told.has(toldMark('strong', name.join(' '))) && carriesNew(name, unsaid)) return true;
    }
  return false;
}

/** Most of a longer text, as it was told. */
function phraseTold(words: readonly string[], told: ReadonlySet<string>, unsaid: (word: string) => boolean): boolean {
  let hits = 0;
  for (let i = 0; i + 3 <= words.length; i++) {
    const phrase = words.slice(i, i + 3);
    if (told.has(toldMark('phrase', phrase.join(' '))) && carriesNew(phrase, unsaid)) hits += 1;
  }
  return hits >= Math.min(3, words.length - 2) && hits * 2 >= words.length - 2;
}

/** Two words side by side, both with a name, one of them new: `npm publish`. */
function pairTold(words: readonly string[], told: ReadonlySet<string>, unsaid: (word: string) => boolean): boolean {
  for (let i = 0; i + 2 <= Math.min(words.length, mostWords); i++) {
    const pair = words.slice(i, i + 2);
    if (
      pair.every((word) => !isCommon(word)) &&
      carriesNew(pair, unsaid) &&
      told.has(toldMark('phrase', pair.join(' ')))
    )
      return true;
  }
  return false;
}

/** The name of the tool itself stands in what an agent was told, and the person did not say it. */
function calledFor(tool: string, known: KnownTexts, unsaid: (word: string) => boolean): boolean {
  const words = tool
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2);
  return (
    words.length >= 2 &&
    words.every((word) => forms(word).some((form) => isCommon(form) || known.addressed.has(toldMark('weak', form)))) &&
    words.filter((word) => !isCommon(word)).length >= 2 &&
    words.some((word) => !isCommon(word) && forms(word).every(unsaid))
  );
}

const forms = (word: string): readonly string[] => [word, `${word}s`, word.replace(/s$/, '')];

const verbsToObey: readonly Verb[] = ['send', 'delete', 'grant'];

/**
 * A text told to do this sort of thing, and the person, whose words are known, was not heard to: an agent was told, or
 * any reader, with what the call is about.
 */
export function toldSort({ session, meaning }: DetectorInput): boolean {
  const { texts } = session;
  if (texts === undefined || texts.person === '' || texts.orders.length === 0) return false;
  const known = knownTexts(texts);
  return verbsToObey.some(
    (verb) =>
      texts.orders.includes(verb) &&
      meaning.effects.some((effect) => effect.verb === verb) &&
      !personOrdered(session, verb) &&
      (known.addressed.has(toldMark('order', verb)) || (verb !== 'send' && about(meaning.masked, known.told))),
  );
}

/** An argument of few words, all of them told. */
function about(masked: unknown, told: ReadonlySet<string>): boolean {
  let seen = 0;
  for (const [key, text] of argumentsOf(masked)) {
    if (++seen > mostArguments) break;
    const words = text.length > 80 || prose.test(key) ? [] : wordsOf(text).filter((word) => !isCommon(word));
    if (words.length > 0 && words.every((word) => told.has(toldMark('weak', word)))) return true;
  }
  return false;
}

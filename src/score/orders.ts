import type { Verb } from '../core/effect.ts';
import { addressedIn, type Stretch } from './addressed.ts';
import { hiddenSentences } from './disguise.ts';
import type { SeenSign } from './injection-signs.ts';
import { imperativeOf, verbOfWord, verbsAnywhere } from './order-words.ts';
import { fingerprint, hostIn, isCommon, isDistinctive, within, wordsOf } from './text-marks.ts';

const mostSentences = 16;
const mostWords = 48;

/** A sentence that tells its reader to do something. */
interface Order {
  readonly words: readonly string[];
  readonly raw: string;
  readonly verbs: readonly Verb[];
  /** Verb and next word, where the order starts with its verb. */
  readonly heads: readonly string[];
}

interface Orders {
  /** To whoever reads. */
  readonly plain: readonly Order[];
  /** To an agent, or hidden from people. */
  readonly addressed: readonly Order[];
}

/** Ends of sentences, with and without the marks that no blank follows. */
const ends = { spaced: /(?<=[.!?;:>])\s+|\n+/, all: /(?<=[.!?;:>；：])\s+|\n+|(?<=[。！？])/ };

function ordersIn(text: string, stretches: readonly Stretch[]): Orders {
  const plain: Order[] = [];
  const addressed: Order[] = [];
  let at = 0;
  for (const sentence of text.split(/[。！？]/.test(text) ? ends.all : ends.spaced)) {
    const start = text.indexOf(sentence, at);
    at = start + sentence.length;
    if (sentence.length < 8 || sentence.length > 2_000) continue;
    const toAgent = stretches.some((each) => start < each.end && at > each.start);
    const into = toAgent ? addressed : plain;
    if (into.length >= mostSentences) continue;
    const clauses = sentence
      .split(/,\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?|\s+then\s+/)
      .map(imperativeOf)
      .filter((each) => each !== null);
    const verbs = toAgent ? verbsAnywhere(sentence) : clauses.map(({ verb }) => verb);
    if (verbs.length === 0) continue;
    into.push({
      words: wordsOf(sentence).slice(0, mostWords),
      raw: sentence,
      verbs,
      heads: clauses.map(({ head }) => wordsOf(head).join(' ')),
    });
  }
  return { plain, addressed };
}

/**
 * Fingerprint of a phrase of a sentence that tells to do something; `strong`: hardly by chance; `name`: hardly by chance
 * where an argument is little more; `head`: how the order begins; `order`: a verb that is asked for.
 */
export const toldMark = (kind: 'strong' | 'name' | 'weak' | 'phrase' | 'head' | 'order', words: string): string =>
  fingerprint(`${kind}:${words}`);

const calendar =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day$|^(?:january|february|march|april|may|june|july|august|september|october|november|december)$/;

/** Marks of the words of an order and of the phrases they make. */
function marksOf({ words, raw, heads }: Order): string[] {
  const marks = heads.map((head) => toldMark('head', head));
  for (const [i, word] of words.entries()) {
    const two = words[i + 1];
    const three = words[i + 2];
    if (!isCommon(word) && (word.length > 2 || /\d/.test(word))) marks.push(toldMark('weak', word));
    if (isDistinctive(word)) marks.push(toldMark('strong', word));
    const host = word.includes('.') ? hostIn(word) : null;
    if (host !== null) marks.push(toldMark('strong', host));
    if (two !== undefined) marks.push(toldMark('phrase', `${word} ${two}`));
    if (three !== undefined) marks.push(toldMark('phrase', `${word} ${two} ${three}`));
  }
  return [...marks, ...namesIn(raw)];
}

/** What stands in quotes, or is a name by its capital inside a sentence, was meant as it is. */
function namesIn(raw: string): string[] {
  const marks: string[] = [];
  for (const match of raw.matchAll(/["“'`]([^"”'`\n]{1,60})["”'`]/g)) {
    const quoted = wordsOf(match[1] ?? '');
    if (quoted.length === 1 && quoted[0] !== undefined && !isCommon(quoted[0])) marks.push(toldMark('name', quoted[0]));
  }
  for (const match of raw.matchAll(/(?<=[\p{L}\p{N},] )\p{Lu}\p{L}{2,30}/gu)) {
    const name = match[0].toLowerCase();
    if (!isCommon(name) && !verbOfWord.has(name) && !calendar.test(name)) marks.push(toldMark('name', name));
  }
  for (const match of raw.matchAll(/\p{Lu}[\p{L}'-]{1,30}(?: (?:of |the |de |la )?\p{Lu}[\p{L}'-]{1,30}){1,3}/gu)) {
    const name = wordsOf(match[0]);
    if (verbOfWord.has(name[0] ?? '')) name.shift();
    if (name.length >= 2) marks.push(toldMark('strong', name.join(' ')));
  }
  return marks;
}

/** What a text tells its reader: marks of what it told everyone, of what it told an agent, and the sorts of things. */
export interface Told {
  readonly told: readonly string[];
  readonly addressed: readonly string[];
  readonly orders: readonly Verb[];
}

/** What a text tells its reader to do, in plain words and in codes (one layer). `signs`: those seen in it. Linear; at most 32 KiB of it is read. */
export function toldMarks(text: string, signs: readonly SeenSign[]): Told {
  const read = within(text);
  const { plain, addressed } = ordersIn(read, addressedIn(read, signs));
  // Nobody writes orders in a code for people to read.
  const hidden = hiddenSentences(read).flatMap((each) => ordersIn(each, [{ start: 0, end: each.length }]).addressed);
  const all = [...addressed, ...hidden];
  const spoken = all.flatMap(marksOf);
  return {
    told: [...new Set([...plain.flatMap(marksOf), ...spoken])],
    addressed: [...new Set([...all.flatMap(({ verbs }) => verbs.map((verb) => toldMark('order', verb))), ...spoken])],
    orders: [...new Set([...plain, ...all].flatMap(({ verbs }) => verbs))],
  };
}

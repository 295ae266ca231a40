import type { Verb } from '../core/effect.ts';

// What is kept of a text is nothing readable: fingerprints (31 bits, six characters of base 36) and a few words of ours.

/** UTF-16 units of a text that are looked at: its head and its tail. */
const headLength = 24_576;
const tailLength = 8_192;

export const within = (text: string): string =>
  text.length <= headLength + tailLength ? text : `${text.slice(0, headLength)}\n${text.slice(-tailLength)}`;

/** FNV-1a over UTF-16 units, folded to 31 bits. Source: RFC 9923; no proof against collisions is needed here. */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 31)) & 0x7fffffff).toString(36).padStart(6, '0');
}

/** Words that carry no name: never a match by themselves. */
const common = new Set(
  'the a an and or but of to in on at by for from with as is are was were be been it its this that these those i you he she we they me my your our their his her him them us if then else not no yes do does did done have has had can could will would should must may might shall about into over under out up down off all any some each every more most other than too very just also only so such here there when where why how what which who whom please now new use used using make get set run true false null none user users file files name message messages email list page link text data value example following'.split(
    ' ',
  ),
);

/** Lower case, without scheme, `www.` and the punctuation around it: the same address is the same token however it is written. */
const normal = (word: string): string =>
  word
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]{1,12}:\/\//, '')
    .replace(/^www\./, '')
    .replace(/^[^\p{L}\p{N}#@~/$]+|[^\p{L}\p{N}]+$/gu, '');

const between = /[\s"'`“”‘’<>()[\]{}|,;]+/;

export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const piece of text.split(between)) {
    const word = piece.length > 300 ? '' : normal(piece);
    if (word !== '') words.push(word);
  }
  return words;
}

/** A word that hardly two texts share by chance: an address, a path, an account, an id, a number of some length. */
export function isDistinctive(word: string): boolean {
  if (word.length < 4) return false;
  if (/[@/\\~]/.test(word)) return word.length >= 6;
  if (/\p{L}\.\p{L}{2,}/u.test(word) || /_/.test(word)) return word.length >= 6;
  const digits = word.replace(/\D/g, '').length;
  if (/^\d{4}-\d\d-\d\d/.test(word)) return false;
  return digits >= 3 && word.length >= (digits === word.length ? 5 : 6);
}

/** Hosts stand for the addresses on them, so a path added to a copied host is still copied. */
function hostIn(word: string): string | null {
  const host = /^(?:[^\s/@]+@)?((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})(?:[:/?#]|$)/u.exec(word)?.[1];
  return host === undefined ||
    /\.(?:md|ts|js|py|txt|json|ya?ml|sh|go|rs|html?|css|csv|pdf|png|jpe?g|toml|lock|log)$/.test(host)
    ? null
    : host;
}

/** Distinctive tokens of a text, normalised, each once. */
export function tokensOf(text: string): string[] {
  const tokens = new Set<string>();
  for (const piece of text.split(between)) {
    // Most words of a text are plain and can be told apart before they are looked at closely.
    if (piece.length < 4 || piece.length > 300 || !/[@/\\~_.\d]/.test(piece)) continue;
    const word = normal(piece);
    if (isDistinctive(word)) tokens.add(word);
    const host = word.includes('.') ? hostIn(word) : null;
    if (host !== null) tokens.add(host);
  }
  for (const match of text.matchAll(/["“'`]([^"”'`\n]{6,120})["”'`]/g)) {
    const quoted = wordsOf(match[1] ?? '');
    if (quoted.length >= 2 && quoted.length <= 12) tokens.add(quoted.join(' '));
  }
  return [...tokens];
}

const imperatives: readonly (readonly [Verb, string])[] = [
  [
    'send',
    'send transfer pay post email mail forward share upload publish reply message submit invite tweet notify tell say wire donate report leak exfiltrate broadcast',
  ],
  [
    'write',
    'change modify update create set add write edit insert replace schedule book reserve make save append put move rename assign buy purchase order enable turn register store include',
  ],
  ['delete', 'delete remove drop cancel erase wipe revoke destroy disable terminate clear uninstall'],
  ['grant', 'grant give allow authorize permit approve promote elevate'],
  [
    'execute',
    'run execute install download clone curl wget open launch start call invoke use apply merge deploy click sudo bash',
  ],
  [
    'read',
    'visit fetch get read browse go check look retrieve list search summarize concatenate collect find navigate access print show reveal',
  ],
];
const verbOfWord = new Map(
  imperatives.flatMap(([verb, words]) => words.split(' ').map((word) => [word, verb] as const)),
);

/** What may stand before an imperative. */
const lead =
  /^(?:(?:please|kindly|now|then|also|first|next|finally|and|important|note|todo|instructions?|system|assistant|claude|hey|hi|ok|so|before that|after that|instead|just|simply|always|immediately|make sure to|be sure to|remember to|you (?:must|should|need to|have to|can|will|are to)|i (?:want|need|would like|'d like) you to|it is (?:important|necessary|essential) to|(?:can|could|would|will) you)[\s:,!-]+){1,4}/;

/** Verb of a clause that tells the reader to do something; null: it does not. */
function imperativeOf(clause: string): Verb | null {
  const start = clause
    .toLowerCase()
    .replace(/^[^\p{L}]+/u, '')
    .replace(lead, '');
  // An order has something to act on: `Order #12`, `Post: …` and `Reply.` are headings.
  return (
    verbOfWord.get(
      /^(\p{L}+)\s+["“'`(@]?[\p{L}$]/u.exec(start)?.[1] ?? /^(\p{L}+)\s+https?:/u.exec(start)?.[1] ?? '',
    ) ?? null
  );
}

const mostSentences = 16;
const mostWords = 48;

/** Sentences that tell the reader to do something, with what they ask for. */
function ordersIn(text: string): { readonly words: string[]; readonly raw: string; readonly verbs: Verb[] }[] {
  const found: { words: string[]; raw: string; verbs: Verb[] }[] = [];
  for (const sentence of text.split(/(?<=[.!?;:>])\s+|\n+/)) {
    if (found.length >= mostSentences) break;
    if (sentence.length < 8 || sentence.length > 2_000) continue;
    const verbs = sentence
      .split(/,\s*(?:and\s+)?(?:then\s+)?|\s+and\s+(?:then\s+)?|\s+then\s+/)
      .map(imperativeOf)
      .filter((verb) => verb !== null);
    if (verbs.length > 0) found.push({ words: wordsOf(sentence).slice(0, mostWords), raw: sentence, verbs });
  }
  return found;
}

/** Fingerprint of a phrase of a sentence that tells to do something; `strong`: hardly by chance; `name`: hardly by chance where an argument is little more. */
export const toldMark = (kind: 'strong' | 'name' | 'weak' | 'phrase', words: string): string =>
  fingerprint(`${kind}:${words}`);

const calendar =
  /^(?:mon|tues|wednes|thurs|fri|satur|sun)day$|^(?:january|february|march|april|may|june|july|august|september|october|november|december)$/;

function phrasesOf(words: readonly string[], raw: string): string[] {
  const marks: string[] = [];
  for (const [i, word] of words.entries()) {
    const two = words[i + 1];
    const three = words[i + 2];
    if (!common.has(word) && word.length > 2) marks.push(toldMark('weak', word));
    if (isDistinctive(word)) marks.push(toldMark('strong', word));
    const host = word.includes('.') ? hostIn(word) : null;
    if (host !== null) marks.push(toldMark('strong', host));
    if (two !== undefined) marks.push(toldMark('phrase', `${word} ${two}`));
    if (three !== undefined) marks.push(toldMark('phrase', `${word} ${two} ${three}`));
  }
  // What stands in quotes, or is a name by its capital inside a sentence, was meant as it is.
  for (const match of raw.matchAll(/["“'`]([^"”'`\n]{1,60})["”'`]/g)) {
    const quoted = wordsOf(match[1] ?? '');
    if (quoted.length === 1 && quoted[0] !== undefined && !common.has(quoted[0]))
      marks.push(toldMark('name', quoted[0]));
  }
  for (const match of raw.matchAll(/(?<=[\p{L}\p{N},] )\p{Lu}\p{L}{2,30}/gu)) {
    const name = match[0].toLowerCase();
    if (!common.has(name) && !verbOfWord.has(name) && !calendar.test(name)) marks.push(toldMark('name', name));
  }
  for (const match of raw.matchAll(/\p{Lu}[\p{L}'-]{1,30}(?: (?:of |the |de |la )?\p{Lu}[\p{L}'-]{1,30}){1,3}/gu)) {
    const name = wordsOf(match[0]);
    if (verbOfWord.has(name[0] ?? '')) name.shift();
    if (name.length >= 2) marks.push(toldMark('strong', name.join(' ')));
  }
  return marks;
}

/** Marks of the words of a text that carry a name. Linear; at most 32 KiB of it is read. */
export const wordMarks = (text: string): string[] =>
  [...new Set(wordsOf(within(text)).filter((word) => !common.has(word)))].map(fingerprint);

/** Marks of the distinctive tokens of a text. Linear; at most 32 KiB of it is read. */
export const tokenMarks = (text: string): string[] => tokensOf(within(text)).map(fingerprint);

/** Marks of what a text tells its reader to do. Linear; at most 32 KiB of it is read. */
export function toldMarks(text: string): { readonly told: readonly string[]; readonly orders: readonly Verb[] } {
  const orders = ordersIn(within(text));
  return {
    told: [...new Set(orders.flatMap(({ words, raw }) => phrasesOf(words, raw)))],
    orders: [...new Set(orders.flatMap(({ verbs }) => verbs))],
  };
}

export const isCommon = (word: string): boolean => common.has(word);

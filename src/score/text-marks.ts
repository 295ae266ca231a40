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

/** Blanks, quotes, brackets; and scripts without blanks, so that an address inside them stands alone. */
const between = /[\s"'`“”‘’„«»<>()[\]{}|,;\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]+/;

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
export function hostIn(word: string): string | null {
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
    // A mailbox is one address; another one at its host is somebody else.
    const host = word.includes('.') && !/^[^/@:]+@[^/@:]+$/.test(word) ? hostIn(word) : null;
    if (host !== null) tokens.add(host);
  }
  for (const match of text.matchAll(/["“'`]([^"”'`\n]{6,120})["”'`]/g)) {
    const quoted = wordsOf(match[1] ?? '');
    if (quoted.length >= 2 && quoted.length <= 12) tokens.add(quoted.join(' '));
  }
  return [...tokens];
}

/** Marks of the words of a text that carry a name. Linear; at most 32 KiB of it is read. */
export const wordMarks = (text: string): string[] =>
  [...new Set(wordsOf(within(text)).filter((word) => !common.has(word)))].map(fingerprint);

/** Marks of the distinctive tokens of a text. Linear; at most 32 KiB of it is read. */
export const tokenMarks = (text: string): string[] => tokensOf(within(text)).map(fingerprint);

export const isCommon = (word: string): boolean => common.has(word);

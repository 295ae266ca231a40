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
function normal(word: string): string {
  let bare = word.toLowerCase();
  if (bare.includes('://')) bare = bare.replace(/^[a-z][a-z0-9+.-]{1,12}:\/\//, '');
  if (bare.startsWith('www.')) bare = bare.slice(4);
  // Without letters beyond ASCII at its ends a word is trimmed by hand: this is done for every word of every result.
  let start = 0;
  let end = bare.length;
  while (start < end && sortAt(bare, start) === sorts.other) start += 1;
  while (end > start && sortAt(bare, end - 1) < sorts.plain) end -= 1;
  const foreign = start < end && (sortAt(bare, start) === sorts.foreign || sortAt(bare, end - 1) === sorts.foreign);
  return foreign ? bare.replace(/^[^\p{L}\p{N}#@~/$]+|[^\p{L}\p{N}]+$/gu, '') : bare.slice(start, end);
}

/** Sorts of UTF-16 units at the ends of a word, by what is cut there: all below `plain` at its end, `other` at its start too. */
const sorts = { other: 0, leads: 1, plain: 2, foreign: 3 } as const;
const sortOf = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  return /[a-zA-Z0-9]/.test(char) ? sorts.plain : /[#@~/$]/.test(char) ? sorts.leads : sorts.other;
});
const sortAt = (text: string, at: number): number => sortOf[text.charCodeAt(at)] ?? sorts.foreign;

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

const separates = 1;
const marks = 2;
/** Each UTF-16 unit: whether it stands between words, and whether a word with it may be more than plain. */
const rolesOf = Uint8Array.from({ length: 65_536 }, (_, code) => {
  const char = String.fromCharCode(code);
  return (between.test(char) ? separates : 0) | (/[@/\\~_.\d]/.test(char) ? marks : 0);
});

/** Pieces of a text that may be more than plain words: most are told apart before they are looked at closely. */
function marked(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  let roles = 0;
  for (let at = 0; at <= text.length; at++) {
    const role = at === text.length ? separates : (rolesOf[text.charCodeAt(at)] as number);
    if ((role & separates) === 0) {
      roles |= role;
      continue;
    }
    const length = at - start;
    if (roles !== 0 && length >= 4 && length <= 300) pieces.push(text.slice(start, at));
    start = at + 1;
    roles = 0;
  }
  return pieces;
}

/** Distinctive tokens of a text, normalised, each once. */
export function tokensOf(text: string): string[] {
  const tokens = new Set<string>();
  for (const piece of marked(text)) {
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

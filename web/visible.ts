/** A stretch of foreign text: as it is, or a character that cannot be seen or is not what it seems. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** Cannot be seen, or moves what is seen. `label`: `U+200B zero-width space`. */
  | { readonly kind: 'hidden'; readonly text: string; readonly code: string; readonly label: string }
  /** Looks like `like` and is not. */
  | { readonly kind: 'lookalike'; readonly text: string; readonly code: string; readonly like: string };

const named: Readonly<Record<number, string>> = {
  0: 'null',
  7: 'bell',
  8: 'backspace',
  27: 'escape',
  127: 'delete',
  160: 'no-break space',
  173: 'soft hyphen',
  847: 'grapheme joiner',
  1564: 'arabic letter mark',
  4447: 'hangul filler',
  4448: 'hangul filler',
  6158: 'mongolian separator',
  8203: 'zero-width space',
  8204: 'zero-width non-joiner',
  8205: 'zero-width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8232: 'line separator',
  8233: 'paragraph separator',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'end of embedding',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first-strong isolate',
  8297: 'end of isolate',
  10240: 'braille blank',
  12288: 'wide space',
  12644: 'hangul filler',
  65279: 'byte order mark',
  65440: 'hangul filler',
};

// Tab and line feed are shown as what they are.
const hiddenRanges: readonly (readonly [number, number, string])[] = [
  [0x00, 0x08, 'control'],
  [0x0b, 0x1f, 'control'],
  [0x7f, 0x9f, 'control'],
  [0xa0, 0xa0, 'space'],
  [0xad, 0xad, 'hidden'],
  [0x34f, 0x34f, 'hidden'],
  [0x61c, 0x61c, 'direction'],
  [0x115f, 0x1160, 'hidden'],
  [0x17b4, 0x17b5, 'hidden'],
  [0x180b, 0x180f, 'hidden'],
  [0x2000, 0x200a, 'space'],
  [0x200b, 0x200f, 'hidden'],
  [0x2028, 0x202f, 'direction'],
  [0x205f, 0x206f, 'hidden'],
  [0x2800, 0x2800, 'space'],
  [0x3000, 0x3000, 'space'],
  [0x3164, 0x3164, 'hidden'],
  [0xd800, 0xdfff, 'lone surrogate'],
  [0xe000, 0xf8ff, 'private use'],
  [0xfe00, 0xfe0f, 'variation selector'],
  [0xfeff, 0xfeff, 'hidden'],
  [0xffa0, 0xffa0, 'hidden'],
  [0xfff0, 0xfffb, 'hidden'],
  [0xe0000, 0xe007f, 'tag'],
  [0xe0100, 0xe01ef, 'variation selector'],
];

// Letters of other scripts that a reader takes for these (a part of Unicode's confusables, UTS #39).
const twins: Readonly<Record<string, string>> = {
  а: 'a',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  і: 'i',
  ј: 'j',
  ӏ: 'l',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  ѕ: 's',
  ѵ: 'v',
  ԝ: 'w',
  х: 'x',
  у: 'y',
  А: 'A',
  В: 'B',
  С: 'C',
  Е: 'E',
  Н: 'H',
  І: 'I',
  Ј: 'J',
  К: 'K',
  М: 'M',
  О: 'O',
  Р: 'P',
  Ѕ: 'S',
  Т: 'T',
  Х: 'X',
  У: 'Y',
  α: 'a',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  υ: 'u',
  χ: 'x',
  γ: 'y',
  Α: 'A',
  Β: 'B',
  Ε: 'E',
  Ζ: 'Z',
  Η: 'H',
  Ι: 'I',
  Κ: 'K',
  Μ: 'M',
  Ν: 'N',
  Ο: 'O',
  Ρ: 'P',
  Τ: 'T',
  Υ: 'Y',
  Χ: 'X',
  օ: 'o',
  ո: 'n',
  ս: 'u',
  ց: 'g',
  հ: 'h',
  ı: 'i',
  ɡ: 'g',
  ɑ: 'a',
  ǀ: 'l',
  ʟ: 'L',
};
const signTwins: Readonly<Record<string, string>> = {
  '⁄': '/',
  '∕': '/',
  '⧸': '/',
  '․': '.',
  '‐': '-',
  '‑': '-',
  '−': '-',
  '﹣': '-',
  ';': ';',
  '։': ':',
  '∶': ':',
  '꞉': ':',
  '‚': ',',
  '＇': "'",
  ʹ: "'",
  '⁓': '~',
  '∼': '~',
  '❘': '|',
  '∣': '|',
  '٪': '%',
};

const codeName = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

function hiddenKind(code: number): string | null {
  for (const [first, last, kind] of hiddenRanges) if (code >= first && code <= last) return kind;
  return null;
}

const isEmoji = (character: string | undefined): boolean =>
  character !== undefined && /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u.test(character);

// Joiners and selectors belong inside emoji; there they hide nothing.
const partOfEmoji = (code: number, before: string | undefined, after: string | undefined): boolean =>
  (code === 0x200d && isEmoji(after)) ||
  (code === 0xfe0f && before !== undefined && (isEmoji(before) || /[0-9#*]/.test(before)));

/** Letters of another script are look-alikes among Latin ones, or where a whole address is made of them. */
const foreignLettersDeceive = (word: string): boolean =>
  /[A-Za-z]/.test(word) ||
  (/[./]/.test(word) && [...word].every((one) => twins[one] !== undefined || !/\p{L}/u.test(one)));

function likeOf(character: string, code: number, lettersDeceive: boolean): string | null {
  if (code >= 0xff01 && code <= 0xff5e) return String.fromCharCode(code - 0xfee0);
  if (code >= 0x1d400 && code <= 0x1d7ff) return character.normalize('NFKC');
  const sign = signTwins[character];
  if (sign !== undefined) return sign;
  return lettersDeceive ? (twins[character] ?? null) : null;
}

const asciiOnly = /^[\t\n\x20-\x7e]*$/;

/** Foreign text → pieces in order; their `text` put together is the text again. Linear in its length. */
export function pieces(text: string): readonly Piece[] {
  if (asciiOnly.test(text)) return text === '' ? [] : [{ kind: 'text', text }];
  const result: Piece[] = [];
  let plain = '';
  const flush = (): void => {
    if (plain !== '') result.push({ kind: 'text', text: plain });
    plain = '';
  };
  for (const word of text.split(/([\s"'`()<>=,;|&]+)/u)) {
    if (asciiOnly.test(word)) {
      plain += word;
      continue;
    }
    const characters = [...word];
    const lettersDeceive = foreignLettersDeceive(word);
    for (const [index, character] of characters.entries()) {
      const code = character.codePointAt(0) ?? 0;
      const kind = code < 0x20 || code > 0x7e ? hiddenKind(code) : null;
      if (kind !== null && !partOfEmoji(code, characters[index - 1], characters[index + 1])) {
        flush();
        result.push({ kind: 'hidden', text: character, code: codeName(code), label: named[code] ?? kind });
        continue;
      }
      const like = code > 0x7e ? likeOf(character, code, lettersDeceive) : null;
      if (like === null) {
        plain += character;
        continue;
      }
      flush();
      result.push({ kind: 'lookalike', text: character, code: codeName(code), like });
    }
  }
  flush();
  return result;
}

/** What is hidden in a text, in words, each once with its count; empty when nothing is. */
export function hiddenIn(text: string): readonly string[] {
  const counts = new Map<string, number>();
  for (const piece of pieces(text)) {
    if (piece.kind === 'text') continue;
    const words =
      piece.kind === 'hidden' ? `${piece.label} (${piece.code})` : `${piece.code}, which looks like “${piece.like}”`;
    counts.set(words, (counts.get(words) ?? 0) + 1);
  }
  return [...counts].map(([words, count]) => (count === 1 ? words : `${count} × ${words}`));
}

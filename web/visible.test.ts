import { expect, test } from 'vitest';
import { hiddenIn, type Piece, pieces } from './visible.ts';

const odd = (text: string): readonly Piece[] => pieces(text).filter((piece) => piece.kind !== 'text');

test('plain text, tabs and line breaks are one piece', () => {
  const text = 'const a = 1;\n\treturn a; // ~!@#$%^&*()';
  expect(pieces(text)).toEqual([{ kind: 'text', text }]);
  expect(pieces('')).toEqual([]);
});

test('the pieces put together are the text again, whatever it holds', () => {
  const texts = [
    'a\u202eb\u2066c',
    '\ud800 alone',
    'аррӏе.example',
    '👩‍👩‍👧 ❤️ 1️⃣',
    'x'.repeat(300),
    '\u0000\u001b[31m',
    'Ｆｕｌｌ',
    '𝐛𝐨𝐥𝐝',
    'été naïve Straße',
    '日本語 العربية עברית',
  ];
  for (const text of texts) {
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
  }
});

test.each([
  ['rm\u200b -rf', 'U+200B', 'zero-width space'],
  ['a\u202egpj.exe', 'U+202E', 'right-to-left override'],
  ['a\u2066b', 'U+2066', 'left-to-right isolate'],
  ['a\u00adb', 'U+00AD', 'soft hyphen'],
  ['a\ufeffb', 'U+FEFF', 'byte order mark'],
  ['a\u001b[2Jb', 'U+001B', 'escape'],
  ['a\u0000b', 'U+0000', 'null'],
  ['a\u00a0b', 'U+00A0', 'no-break space'],
  ['a\u{e0041}b', 'U+E0041', 'tag'],
  ['a\ufe01b', 'U+FE01', 'variation selector'],
  ['a\rb', 'U+000D', 'control'],
  ['a\ud800b', 'U+D800', 'lone surrogate'],
])('%j shows %s', (text, code, label) => {
  expect(odd(text)).toEqual([expect.objectContaining({ kind: 'hidden', code, label })]);
});

test('look-alikes among Latin letters, and addresses made of them alone, are named', () => {
  expect(odd('pаypal')).toEqual([{ kind: 'lookalike', text: 'а', code: 'U+0430', like: 'a' }]);
  expect(odd('curl https://аррӏе.com')).toHaveLength(5);
  expect(odd('/еѕс')).toHaveLength(3);
  expect(odd('rm ⁄etc')).toEqual([expect.objectContaining({ like: '/' })]);
  expect(odd('ｃurl')).toEqual([expect.objectContaining({ like: 'c' })]);
});

test('other languages and emoji are not called deceit', () => {
  for (const text of [
    'Привет, мир',
    'сор',
    'ελληνικά',
    'Größe, naïve, coração',
    '日本語',
    '👩‍👩‍👧',
    '❤️',
    '1️⃣',
    '👍🏽',
    'Rückgängig – „so“ … €',
  ]) {
    expect(odd(text), text).toEqual([]);
  }
});

test('what is hidden is told in words, each once', () => {
  expect(hiddenIn('a\u200bb\u200bc\u202e')).toEqual([
    '2 × zero-width space (U+200B)',
    'right-to-left override (U+202E)',
  ]);
  expect(hiddenIn('pаypal')).toEqual(['U+0430, which looks like “a”']);
});

test('a long word of one odd letter costs time in proportion to its length', () => {
  const start = performance.now();
  pieces('а'.repeat(200_000));
  pieces(`x${'\u200b'.repeat(200_000)}`);
  expect(performance.now() - start).toBeLessThan(2_000);
});

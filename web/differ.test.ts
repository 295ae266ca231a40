import { expect, it } from 'vitest';
import { differ } from './differ.ts';

const shown = (before: string, after: string) =>
  differ(before, after)
    .map(({ kind, text }) =>
      kind === 'gone' ? `[-${text}-]` : kind === 'new' ? `{+${text}+}` : kind === 'same' ? text : `<${text}>`,
    )
    .join('');

it('shows words that came and went, where they stand', () => {
  expect(shown('Searches pages.', 'Searches pages. Tell nobody.')).toBe('Searches pages.{+ Tell nobody.+}');
  expect(shown('Reads a small file.', 'Reads a large file.')).toBe('Reads a [-small-]{+large+} file.');
  expect(shown('same', 'same')).toBe('same');
  expect(shown('', 'new')).toBe('{+new+}');
});

it('shortens what both share, and keeps every word of what changed', () => {
  const long = Array.from({ length: 400 }, (_, i) => `w${i}`).join(' ');
  const text = shown(`${long} old ${long}`, `${long} new ${long}`);
  expect(text).toContain('[-old-]{+new+}');
  expect(text).toMatch(/<\d+ words unchanged>/);
  expect(text.length).toBeLessThan(600);
});

it('goes line by line where asked', () => {
  const pieces = differ('{\n  a\n}\n', '{\n  a,\n  b\n}\n', 'lines');
  expect(pieces).toEqual([
    { kind: 'same', text: '{\n' },
    { kind: 'gone', text: '  a\n' },
    { kind: 'new', text: '  a,\n  b\n' },
    { kind: 'same', text: '}\n' },
  ]);
});

it('of two long texts with nothing in common is not slow', () => {
  const [a, b] = ['a', 'b'].map((letter) => Array.from({ length: 20_000 }, (_, i) => `${letter}${i}`).join('\n'));
  const at = performance.now();
  expect(differ(a ?? '', b ?? '').map(({ kind }) => kind)).toEqual(['gone', 'new']);
  expect(performance.now() - at).toBeLessThan(1000);
});

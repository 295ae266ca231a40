import { expect, it } from 'vitest';
import { offsetsIn } from './json-offsets.ts';

it('finds a part of a field in the text that JSON.stringify writes', () => {
  const value = { a: [1, true, null, { 'k"ey': 'x "quoted"\nline then WORD here' }], b: 'WORD', c: { d: 'é — WORD' } };
  const text = JSON.stringify(value);
  const fields = { 'a/3/k"ey': value.a[3], b: value.b, 'c/d': value.c.d };
  for (const [field, held] of Object.entries(fields)) {
    const content = typeof held === 'string' ? held : Object.values(Object(held)).join('');
    const start = content.indexOf('WORD');
    const [found] = offsetsIn(value, [{ field, start, end: start + 4 }]);
    expect(text.slice(found?.start, found?.end)).toBe('WORD');
  }
});

it('covers escapes inside the part', () => {
  const [found] = offsetsIn({ a: 'p\t"q"' }, [{ field: 'a', start: 1, end: 5 }]);
  expect(JSON.stringify({ a: 'p\t"q"' }).slice(found?.start, found?.end)).toBe('\\t\\"q\\"');
});

it('answers null for a field that is not a string, and takes a plain string as the value itself', () => {
  expect(offsetsIn({ a: 1 }, [{ field: 'a', start: 0, end: 1 }])).toEqual([null]);
  expect(offsetsIn('abc', [{ field: '', start: 1, end: 2 }])).toEqual([{ start: 2, end: 3 }]);
});

import { expect, test } from 'vitest';
import { boundedJson, boundedText } from './cut.ts';

const kib64 = 65_536;
const bytes = (json: string) => Buffer.byteLength(json);

test('what fits is stored as it is', () => {
  const value = { a: [1, 'two', null, true], b: { c: 'x'.repeat(60_000) } };
  expect(JSON.parse(boundedJson(value, kib64))).toEqual(value);
});

test('the bound is of bytes, not of characters', () => {
  const value = { text: '日'.repeat(30_000) };
  expect(JSON.stringify(value).length).toBeLessThan(kib64);
  const json = boundedJson(value, kib64);
  expect(bytes(json)).toBeLessThanOrEqual(kib64);
  expect(JSON.parse(json).text).toMatch(/^日{16384}… \[13616 characters cut\]$/);
});

test.each([
  ['one long text', { content: 'a"\\\n'.repeat(100_000) }],
  ['many long texts', Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'x'.repeat(10_000)]))],
  ['many items', Array.from({ length: 200_000 }, (_, n) => n)],
  ['many members', Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`k${n}`, n]))],
  ['long names', { ['n'.repeat(200_000)]: 1 }],
  ['wide and deep', wide(5)],
  ['a chain of 100,000 lists', chain(100_000)],
])('%s become valid JSON within the bound that says what was cut', (_, value) => {
  const json = boundedJson(value, kib64);
  expect(bytes(json)).toBeLessThanOrEqual(kib64);
  expect(() => JSON.parse(json)).not.toThrow();
  expect(json).toMatch(/ cut|\[cut: /);
});

test('a text is never cut through a surrogate pair', () => {
  const cut = boundedText(`${'x'.repeat(9)}😀yyyy`, 10);
  expect(cut).toBe(`${'x'.repeat(9)}… [6 characters cut]`);
  expect(cut.isWellFormed()).toBe(true);
});

test('a value without JSON form becomes null, not a hole', () => {
  expect(boundedJson(undefined, kib64)).toBe('null');
});

function wide(depth: number): unknown {
  return depth === 0 ? 'x'.repeat(100) : Array.from({ length: 10 }, () => wide(depth - 1));
}

function chain(length: number): unknown {
  let value: unknown = 'end';
  for (let n = 0; n < length; n++) value = [value];
  return value;
}

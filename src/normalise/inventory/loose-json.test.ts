import { describe, expect, it } from 'vitest';
import { looseJson } from './loose-json.ts';

const value = (text: string): unknown => {
  const read = looseJson(text);
  return read.ok ? read.value : `${read.error.code}: ${read.error.detail}`;
};

describe('JSON as people write it', () => {
  it('reads comments, trailing commas, bare names, single quotes, other numbers and a byte order mark', () => {
    expect(value('\uFEFF{"a": 1}')).toEqual({ a: 1 });
    expect(
      value("{ // one\n a: 'it\\'s', /* two */ 'b': [1, 2,], c: {d: null,}, $e: .5, f: 0x1F, g: +1e3, h: true }"),
    ).toEqual({
      a: "it's",
      b: [1, 2],
      c: { d: null },
      $e: 0.5,
      f: 31,
      g: 1000,
      h: true,
    });
    expect(value('{a: "tab\\tand \\u00e9 \\x41"}')).toEqual({ a: 'tab\tand é A' });
    expect(value('  // nothing\n')).toEqual({});
  });

  it('is JSON.parse for JSON', () => {
    for (const text of ['null', '[]', '{"a":{"b":["c",1.5,false]}}', '"\\ud83d\\ude00"', '-0.25e-2'])
      expect(value(text)).toEqual(JSON.parse(text));
  });

  it('names the line of a mistake and never quotes', () => {
    expect(value('{\n"a": 1\n"secret-of-mine": 2}')).toBe('not-json: It is not JSON: no comma in line 3.');
    for (const bad of ['{', '[1', '{a}', '{"a":}', '"open', '{} {}', '{a:1,,}', 'hello world', "{'a\n':1}"])
      expect(value(bad), bad).toMatch(/^not-json: It is not JSON: [a-z ]+ in line \d+\.$/);
    expect(value('['.repeat(5000))).toMatch(/nested too deep/);
  });

  it('keeps a member called __proto__ a member', () => {
    const read = looseJson('{__proto__: {polluted: 1}, // \n}');
    expect(read.ok && Object.hasOwn(read.value as object, '__proto__')).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

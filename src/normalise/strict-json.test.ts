import { describe, expect, it } from 'vitest';
import { afterBlanks, ambiguityOf, elementsOf, membersOf, parsedJson } from './strict-json.ts';

describe('what two JSON readers could see differently', () => {
  it.each([
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '[{"x":{"y":1,"z":[],"y":2}}]',
    '{"__proto__":1}',
    '{"\\u005f_proto__":1}',
    '[1e999]',
    '[-1E+400]',
    '["\\ud800"]',
    '["\\udc00\\ud800"]',
    `["${'\ud800'}"]`,
    `${'['.repeat(201)}${']'.repeat(201)}`,
    `[${'0,'.repeat(200_001)}0]`,
  ])('%.60s is found', (text) => {
    expect(ambiguityOf(text)).not.toBeNull();
  });

  it.each([
    '{}',
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a\\"":1,"a":2}',
    '["\\\\",{"a":1},"\\\\\\"",{"a":1}]',
    '["\\ud83d\\ude00","😀",1e300,0.1,-0,12345678901234567890]',
    '{"a":"__proto__"}',
    `${'['.repeat(200)}${']'.repeat(200)}`,
    '"text"',
    'null',
  ])('%.60s is plain', (text) => {
    expect(JSON.parse(text)).toBeDefined();
    expect(ambiguityOf(text)).toBeNull();
  });

  it.each(['{"\\u0063ommand":"x"}', '{"a":[{"b\\"":1}]}', '{"a\\\\":1}'])(
    '%s has no plain names, which only what an agent runs needs',
    (text) => {
      expect(ambiguityOf(text, true)).toContain('escapes');
      expect(ambiguityOf(text)).toBeNull();
    },
  );

  it('a name with escapes is refused in a call, because a parser that has met its first letters as a name misreads it', () => {
    JSON.parse('{"description":"x","\\\\u0063o":"1"}');
    const call = '{"description":"x","\\u0063ommand":"rm -r build"}';
    // Whether this engine misreads it or not, nothing relies on its reading.
    expect(ambiguityOf(call, true)).not.toBeNull();
    expect(ambiguityOf('{"description":"\\u0063","command":"a\\"b"}', true)).toBeNull();
  });

  it.each([12, 13, 40])('a name said again after %i others is found', (count) => {
    const names = Array.from({ length: count }, (_, n) => `"k${n}":${n}`);
    expect(ambiguityOf(`{${names.join(',')}}`)).toBeNull();
    for (const again of [0, count - 1]) expect(ambiguityOf(`{${names.join(',')},"k${again}":1}`)).not.toBeNull();
  });

  it('a number of many digits is found when no float holds it', () => {
    expect(ambiguityOf(`[${'9'.repeat(299)},${'9'.repeat(308)}]`)).toBeNull();
    expect(ambiguityOf(`[${'9'.repeat(310)}]`)).not.toBeNull();
  });

  it('agrees with a slow reader on made-up documents', () => {
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const keys = ['a', 'b', '\\u0061', 'a\\"', 'c\\\\', 'é'];
    const value = (depth: number): { text: string; twice: boolean } => {
      const kind = depth > 4 ? next(3) : next(5);
      if (kind < 3) return { text: ['1', '"x,{\\"a\\":1"', 'true'][kind] ?? '', twice: false };
      const parts = Array.from({ length: next(4) }, () => ({
        key: keys[next(keys.length)] ?? '',
        inner: value(depth + 1),
      }));
      const inside = parts.some((part) => part.inner.twice);
      if (kind === 3) return { text: `[${parts.map((part) => part.inner.text).join(' , ')}]`, twice: inside };
      const names = parts.map((part) => String(JSON.parse(`"${part.key}"`)));
      return {
        text: `{${parts.map((part) => `"${part.key}" : ${part.inner.text}`).join(',')}}`,
        twice: inside || new Set(names).size < names.length,
      };
    };
    for (let round = 0; round < 3000; round++) {
      const { text, twice } = value(0);
      expect(ambiguityOf(text) !== null, text).toBe(twice);
    }
  });
});

it('finds members and elements where they stand', () => {
  const text = ' { "a" : [ 1 , "x]" , {"b":[2]} ,null ] ,"c\\u0064": "}" , "e":-1.5e3\n}';
  const members = membersOf(text, afterBlanks(text, 0));
  const at = (name: string) => text.slice(members.get(name)?.start, members.get(name)?.end);
  expect([at('a'), at('cd'), at('e')]).toEqual(['[ 1 , "x]" , {"b":[2]} ,null ]', '"}"', '-1.5e3']);
  expect(elementsOf(text, members.get('a')?.start ?? 0).map(({ start, end }) => text.slice(start, end))).toEqual([
    '1',
    '"x]"',
    '{"b":[2]}',
    'null',
  ]);
  expect(elementsOf('[]', 0)).toEqual([]);
  expect(membersOf('[]', 0).size).toBe(0);
});

it('does not parse what would stop everything else', () => {
  expect(parsedJson('{')).toBeNull();
  expect(parsedJson('[1]')).toEqual({ value: [1] });
  expect(parsedJson(`[${'0,'.repeat(600_000)}0]`)).toBeNull();
  expect(parsedJson(`["${'0,'.repeat(600_000)}"]`)).not.toBeNull();
});

import { describe, expect, it } from 'vitest';
import { appendJson, removeJson, setJson } from './json-text.ts';

const file = '{\n    "b": 1.0,\n    "a": {"x": [1,2 , 3], "big": 12345678901234567890},\n    "\\u0068ooks": [ ]\n}\n';

describe('changes in a JSON text', () => {
  it('adds a member in the file’s own indentation and leaves every other byte', () => {
    const text = setJson(file, ['env', 'URL'], 'u');
    expect(text).toBe(file.replace('[ ]\n}', '[ ],\n    "env": {\n        "URL": "u"\n    }\n}'));
  });

  it('replaces only the value that is named', () => {
    expect(setJson(file, ['a', 'x', 1], 'two')).toBe(file.replace('1,2 , 3', '1,"two" , 3'));
  });

  it('finds a member whose name is written with escapes, and fills an empty list', () => {
    expect(appendJson(file, ['hooks'], { n: 1 })).toBe(
      file.replace('[ ]', '[\n        {\n            "n": 1\n        }\n    ]'),
    );
  });

  it('takes out first, middle, last and only items with their comma', () => {
    expect(removeJson('[1, 2, 3]', [0])).toBe('[2, 3]');
    expect(removeJson('[1, 2, 3]', [1])).toBe('[1, 3]');
    expect(removeJson('[1, 2, 3]', [2])).toBe('[1, 2]');
    expect(removeJson('{"a": {"b": 1}}', ['a', 'b'])).toBe('{"a": {}}');
    expect(removeJson('{"a": 1}', ['b'])).toBe('{"a": 1}');
  });

  it('is undone by taking out what was added, byte for byte', () => {
    for (const before of [file, '{"a":1}', '\uFEFF{\r\n\t"a": [\r\n\t]\r\n}\r\n']) {
      expect(removeJson(setJson(before, ['new'], { deep: [1] }), ['new'])).toBe(before);
    }
  });

  it('gives what JSON.parse would give, over many shapes', () => {
    const shapes = [
      '{}',
      ' { } ',
      '{"a":{}}',
      '{"a":[],"b":"}]\\",{"}',
      '{"a":1,"a":{"k":null}}',
      '{"x":[{"y":[[]]}]}',
    ];
    for (const shape of shapes) {
      const want = { ...JSON.parse(shape), new: { list: [true] } };
      expect(JSON.parse(setJson(shape, ['new'], { list: [true] }))).toEqual(want);
    }
  });

  it('counts the last of repeated members, as JSON.parse does', () => {
    expect(setJson('{"a":1,"a":{"k":1}}', ['a', 'k'], 2)).toBe('{"a":1,"a":{"k":2}}');
  });

  it('refuses a text that is not JSON', () => {
    expect(() => setJson('{"a":1,}', ['b'], 1)).toThrow(SyntaxError);
    expect(() => setJson('{"a":1}', ['a', 'b'], 1)).toThrow(SyntaxError);
  });
});

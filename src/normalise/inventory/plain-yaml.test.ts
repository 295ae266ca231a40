import { describe, expect, it } from 'vitest';
import { plainYaml } from './plain-yaml.ts';

const value = (text: string): unknown => {
  const read = plainYaml(text);
  return read.ok ? read.value : read.error.detail;
};

describe('the YAML that configurations are written in', () => {
  it('reads maps, lists, scalars, flow and texts of several lines', () => {
    expect(
      value(`# a comment
---
mode: auto   # trailing
"quoted key": 'it''s'
number: 12
off: false
nothing:
empty: ~
args: [-y, "a, b", {c: d e}]
url: https://host.example:8443/mcp
text: |
  first
  second
folded: >-
  one
  two
servers:
  - name: one
    env:
      TOKEN: abc
  - name: two
    args:
    - run
    - --flag
plain:
- x
- "y"
`),
    ).toEqual({
      mode: 'auto',
      'quoted key': "it's",
      number: 12,
      off: false,
      nothing: null,
      empty: null,
      args: ['-y', 'a, b', { c: 'd e' }],
      url: 'https://host.example:8443/mcp',
      text: 'first\nsecond',
      folded: 'one two',
      servers: [
        { name: 'one', env: { TOKEN: 'abc' } },
        { name: 'two', args: ['run', '--flag'] },
      ],
      plain: ['x', 'y'],
    });
    expect(value('')).toEqual({});
    expect(value('- a\n- b: 1\n  c: 2\n-\n  d: 3\n')).toEqual(['a', { b: 1, c: 2 }, { d: 3 }]);
  });

  it('says which line it does not understand, without quoting it', () => {
    for (const bad of [
      'a: &anchor 1',
      'a: *ref',
      'a: !!tag x',
      'a: 1\n   b: 2',
      '\ta: 1',
      'a: "open',
      'just words',
      'a: [1, 2',
    ])
      expect(value(bad), bad).toMatch(/^It is not YAML that is understood here: see line \d+\.$/);
    expect(value(`${' '.repeat(0)}${Array.from({ length: 80 }, (_, n) => `${' '.repeat(n)}a:`).join('\n')}`)).toMatch(
      /nested too deep|see line/,
    );
  });
});

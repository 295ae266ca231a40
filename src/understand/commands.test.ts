import { describe, expect, it } from 'vitest';
import type { ToolCall } from '../core/event.ts';
import { families } from '../plugs.ts';
import { createUnderstand } from './understand.ts';

const understand = createUnderstand(families);
const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };

function meaning(command: string) {
  const call: ToolCall = {
    toolUseId: '',
    tool: 'Bash',
    input: { command },
    action: { kind: 'shell', command },
    fields: { command: 'command' },
  };
  return understand(call, place);
}

describe.each(families.map((family) => [family.id, family] as const))('the %s commands', (_id, family) => {
  it('has examples', () => expect(family.examples.length).toBeGreaterThan(2));

  it.each(family.examples.map(([command, ...effects]) => ({ command, effects })))(
    '$command',
    ({ command, effects }) => {
      const got = meaning(command);
      expect(got.unparsed).toBe(false);
      expect(got.effects.map(({ verb, resource, zone }) => `${verb} ${resource.kind} ${zone}`)).toEqual(effects);
    },
  );
});

it('names every program in one family only', () => {
  const programs = families.flatMap((family) => family.programs);
  expect(programs.filter((program, i) => programs.indexOf(program) !== i)).toEqual([]);
});

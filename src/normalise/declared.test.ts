import { createHash } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { declaredTools, type ToolOnWire } from './declared.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const tool = (name: string, more: Partial<ToolOnWire> = {}): ToolOnWire => ({
  name: `mcp__notes__${name}`,
  server: 'notes',
  description: `Does ${name}.`,
  schema: { type: 'object' },
  ...more,
});
const read = (tools: readonly ToolOnWire[]) => declaredTools(tools, () => tools, sha256);

it('reads a list once, and another one again', () => {
  const list = [tool('one'), { name: 'Bash', server: undefined, description: 'x' }];
  const reader = vi.fn(() => list);
  const first = declaredTools(list, reader, sha256);
  const again = declaredTools(structuredClone(list), reader, sha256);
  expect(reader).toHaveBeenCalledTimes(1);
  expect(again).toBe(first);
  expect(first.tools[1]).toEqual({ name: 'Bash' });
  expect(read([tool('two')]).digest).not.toBe(first.digest);
});

it('keeps known hints only, and what is no truth value not at all', () => {
  const hints = { readOnlyHint: true, destructiveHint: 'yes', title: 'One', openWorldHint: false };
  expect(read([tool('hints', { annotations: hints })]).tools[0]?.about?.annotations).toEqual({
    readOnlyHint: true,
    openWorldHint: false,
  });
  expect(read([tool('none', { annotations: 'x' })]).tools[0]?.about).not.toHaveProperty('annotations');
});

it('bounds texts, lists and depth, and says what it left out', () => {
  const deep = JSON.parse(`${'['.repeat(3000)}${']'.repeat(3000)}`);
  const list = read([
    tool('long', { description: 'x'.repeat(100_000) }),
    tool('wide', { schema: { enum: Array.from({ length: 20_000 }, (_, i) => `value ${i}`) } }),
    tool('deep', { schema: deep }),
  ]);
  const [long, wide, nested] = list.tools;
  expect(long?.about?.description).toHaveLength(16_384);
  expect(long?.about?.cut).toMatch(/description is longer/);
  expect(JSON.stringify(wide?.about?.schema).length).toBeLessThan(32_768);
  expect(wide?.about?.cut).toMatch(/schema is longer/);
  expect(nested?.about?.cut).toMatch(/nested deeper/);
  const many = read(Array.from({ length: 6000 }, (_, i) => tool(`t${i}`, { description: 'y'.repeat(2000) })));
  expect([many.tools.length, many.left]).toEqual([5000, 1000]);
  expect(many.tools.at(-1)).toMatchObject({
    digest: expect.any(String),
    about: { cut: expect.stringMatching(/more text/) },
  });
});

it('tells two texts apart that differ beyond what is kept', () => {
  const digest = (end: string) => read([tool('same', { description: `${'x'.repeat(50_000)}${end}` })]).tools[0]?.digest;
  expect(digest('a')).not.toBe(digest('b'));
});

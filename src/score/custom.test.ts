import { describe, expect, it } from 'vitest';
import type { Effect } from '../core/effect.ts';
import type { DetectorInput } from '../core/ports.ts';
import { emptyMemory } from '../core/verdict.ts';
import { customDetector, readCustomDetectors } from './custom.ts';

const effect: Effect = {
  verb: 'write',
  resource: { kind: 'file', name: '/p/billing/rates.ts' },
  zone: 'repository',
  flags: ['bulk'],
  by: 'Edit',
};
const input = (command: string, ...effects: Effect[]): DetectorInput => ({
  action: { kind: 'shell', command },
  tool: 'Bash',
  meaning: { effects, unparsed: false, opaque: [], programs: ['sed'], secrets: [], masked: { command } },
  place: { cwd: '/p', home: '' },
  session: emptyMemory,
  callId: 'c1',
  knownMcpServers: null,
});
const billing = {
  id: 'touches-billing',
  title: 'Changes what customers pay',
  runbook: 'Ask the billing team.',
  weight: 55,
  when: { verb: ['write'], resource: ['*/billing/*'] },
};

describe('a detector of your own', () => {
  it('fits one effect in all its parts, and says what it saw', () => {
    const { detect } = customDetector(billing);
    expect(detect(input('x', effect))[0]).toMatchObject({
      detector: 'touches-billing',
      weight: 55,
      severity: 'review',
      why: 'Changes what customers pay: write the file /p/billing/rates.ts.',
    });
    expect(detect(input('x', { ...effect, verb: 'read' }))).toEqual([]);
    expect(detect(input('x', { ...effect, flags: ['dry-run'] }))).toEqual([]);
  });

  it('asks for all flags, and for program and text of the call', () => {
    const of = (when: object) =>
      customDetector({ ...billing, when }).detect(input('sed -i s/1/2/ "Rates"', effect)).length;
    expect(of({ flags: ['bulk'] })).toBe(1);
    expect(of({ flags: ['bulk', 'forced'] })).toBe(0);
    expect(of({ program: ['sed'], text: ['rates"'] })).toBe(1);
    expect(of({ program: ['awk'] })).toBe(0);
  });

  it('is read from data, a single word standing for a list and a severity for a weight', () => {
    const read = readCustomDetectors(
      [{ ...billing, weight: undefined, severity: 'alert', when: { verb: 'write' } }],
      [],
    );
    expect(read).toMatchObject({ ok: true, value: [{ id: 'touches-billing', weight: 80, when: { verb: ['write'] } }] });
  });

  it('names every mistake with its place and the known words', () => {
    const read = readCustomDetectors(
      [{ id: 'A b', weight: 400, when: { verb: 'delet', colour: 'red' } }, { ...billing, id: 'opaque' }, 7],
      ['opaque'],
    );
    expect(read.ok).toBe(false);
    if (read.ok) return;
    for (const part of [
      '[0].id',
      '[0].title',
      '[0].runbook',
      '[0].weight',
      '[0].when.verb: "delet" is unknown; known are read',
      '[0].when.colour',
      '[1].id: "opaque" is taken',
      '[2]: an object',
    ])
      expect(read.error.detail).toContain(part);
  });
});

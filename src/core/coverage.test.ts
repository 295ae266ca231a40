import { describe, expect, it } from 'vitest';
import { type CoverageRow, coverageBy, coverageReport, gapOf, gapWords, witness, witnessesOf } from './coverage.ts';
import type { PhaseRecord } from './verdict.ts';

const verdict = { decision: 'allow', enforced: true, effective: 'allow', rules: [], why: '' } as const;
const phase = (more: Partial<PhaseRecord>): PhaseRecord => ({
  phase: 'before',
  at: '2026-01-01T00:00:00.000Z',
  source: 'hook',
  ...more,
});
const seen = (...phases: PhaseRecord[]): number => phases.reduce((sum, each) => sum | witnessesOf(each), 0);
const row = (more: Partial<CoverageRow>): CoverageRow => ({
  day: '2026-01-01',
  device: 'd1',
  person: 'ada',
  agent: 'codex',
  seen: witness.hook | witness.judged,
  calls: 1,
  ...more,
});

describe('coverage of a call', () => {
  it('is full when a verdict came before it could run', () => {
    expect(gapOf(seen(phase({ verdict }), phase({ phase: 'after' })))).toBeNull();
    expect(gapOf(seen(phase({ phase: 'asked', source: 'gateway', verdict })))).toBeNull();
    expect(gapOf(seen(phase({ phase: 'asked', source: 'aperture', verdict, late: true })))).toBe('gateway-late');
  });

  it('says why a call could not have been stopped', () => {
    expect(gapOf(seen(phase({ phase: 'after' })))).toBe('no-verdict-in-time');
    expect(gapOf(seen(phase({ phase: 'result', source: 'transcript' })))).toBe('transcript-only');
    expect(gapOf(seen(phase({ phase: 'result', source: 'telemetry' })))).toBe('telemetry-only');
    expect(gapOf(seen(phase({ phase: 'result', source: 'mcp' })))).toBe('server-only');
    expect(gapOf(seen(phase({ verdict: { ...verdict, degraded: 'server-unreachable' } })))).toBe('degraded');
  });

  it('tells a gateway that only reported from one that saw results alone, whatever a transcript adds', () => {
    const late = phase({ phase: 'asked', source: 'aperture', verdict, late: true });
    const told = phase({ phase: 'asked', source: 'transcript', verdict, late: true });
    expect(gapOf(seen(told))).toBe('transcript-only');
    expect(gapOf(seen(late, told))).toBe('gateway-late');
    expect(gapOf(seen(phase({ phase: 'result', source: 'gateway' }), told))).toBe('only-result');
  });

  it('grows with each witness: a transcript that comes later takes nothing away', () => {
    const both = seen(phase({ verdict }), phase({ phase: 'result', source: 'transcript' }));
    expect(gapOf(both)).toBeNull();
    expect(both & witness.transcript).not.toBe(0);
  });
});

describe('coverage of a group', () => {
  it('adds up calls, witnesses and reasons, the widest gap first', () => {
    const rows = [
      row({ calls: 8 }),
      row({ calls: 2, seen: witness.transcript }),
      row({ device: 'd2', calls: 3, seen: witness.transcript }),
      row({ device: 'd2', calls: 1, seen: witness.hook | witness.gateway | witness.judged }),
    ];
    expect(coverageBy(rows, ({ device }) => device)).toEqual([
      {
        key: 'd2',
        calls: 4,
        controllable: 1,
        byHook: 1,
        byGateway: 1,
        byBoth: 1,
        gaps: { 'transcript-only': 3 },
      },
      {
        key: 'd1',
        calls: 10,
        controllable: 8,
        byHook: 8,
        byGateway: 0,
        byBoth: 0,
        gaps: { 'transcript-only': 2 },
      },
    ]);
    expect(coverageBy([], () => '')).toEqual([]);
  });
});

describe('a report of coverage', () => {
  const rows = [
    row({ calls: 8 }),
    row({ calls: 2, seen: witness.transcript, person: 'bob' }),
    row({ device: '', agent: 'pi', calls: 3, seen: witness.transcript, person: 'bob' }),
  ];
  const teamOf = (person: string): string => (person === 'bob' ? 'data' : '');

  it('is told apart by team, and narrowed by any other name', () => {
    const byTeam = coverageReport(rows, { since: '2026-01-01', by: 'team' }, teamOf);
    expect(byTeam.items.map(({ key, calls, controllable }) => [key, calls, controllable])).toEqual([
      ['data', 5, 0],
      ['', 8, 8],
    ]);
    expect(byTeam).toMatchObject({ groups: 2, total: { calls: 13, controllable: 8, gaps: { 'transcript-only': 5 } } });
    const inTeam = coverageReport(rows, { since: '2026-01-01', by: 'agent', team: 'data' }, teamOf);
    expect(inTeam.items.map(({ key, calls }) => [key, calls])).toEqual([
      ['pi', 3],
      ['codex', 2],
    ]);
    expect(coverageReport(rows, { since: '2026-01-01', by: 'agent', device: '' }, teamOf).total.calls).toBe(3);
  });

  it('tells people of one name apart by the groups they are in; without any they are in no team', () => {
    const ann = [
      row({ person: 'ann', groups: ['data'], calls: 3 }),
      row({ person: 'ann', groups: ['web'], calls: 2, seen: witness.transcript }),
      row({ person: 'ann', calls: 1 }),
    ];
    const byGroup = (_: string, groups: readonly string[]): string => groups[0] ?? '';
    const { items } = coverageReport(ann, { since: '2026-01-01', by: 'team' }, byGroup);
    expect(items.map(({ key, calls, controllable }) => [key, calls, controllable])).toEqual([
      ['web', 2, 0],
      ['data', 3, 3],
      ['', 1, 1],
    ]);
    const inWeb = coverageReport(ann, { since: '2026-01-01', by: 'person', team: 'web' }, byGroup);
    expect(inWeb.items).toMatchObject([{ key: 'ann', calls: 2, controllable: 0 }]);
  });

  it('of nothing is a total of nothing, and every gap has its words', () => {
    const { items, total } = coverageReport([], { since: '2026-01-01', by: 'device' }, teamOf);
    expect(items).toEqual([]);
    expect(total).toEqual({ key: '', calls: 0, controllable: 0, byHook: 0, byGateway: 0, byBoth: 0, gaps: {} });
    for (const { what, mend } of Object.values(gapWords)) expect(`${what} ${mend}`).toMatch(/\w\. \S.*\.$/);
  });

  it('names a thousand groups at most, and how many there are', () => {
    const many = Array.from({ length: 1500 }, (_, n) => row({ device: `d${n}` }));
    const report = coverageReport(many, { since: '2026-01-01', by: 'device' }, teamOf);
    expect([report.items.length, report.groups, report.total.calls]).toEqual([1000, 1500, 1500]);
  });
});

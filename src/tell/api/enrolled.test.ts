import { describe, expect, it } from 'vitest';
import { witness } from '../../core/coverage.ts';
import type { DeviceRecord } from '../../core/device.ts';
import { type DeviceOrder, deviceOrders } from '../../core/enrolled.ts';
import { enrolledDevices, inOrder, sumsOf } from './enrolled.ts';

const nowMs = Date.parse('2026-03-10T09:00:00.000Z');
const ago = (minutes: number): string => new Date(nowMs - minutes * 60_000).toISOString();

const device = (name: string, change: Partial<DeviceRecord> = {}): DeviceRecord => ({
  id: `dev_${name}`,
  name,
  person: 'ada',
  enrolledAt: ago(1000),
  lastSeen: ago(1),
  version: '0.1.0',
  platform: 'linux',
  agents: [{ agent: 'codex', ok: true }],
  policy: 'now',
  waiting: 0,
  lost: 0,
  tokenId: 'tok_1',
  ...change,
});

const day = '2026-03-01';
const covered = [
  { day, device: 'a', person: 'ada', agent: 'codex', seen: witness.hook | witness.judged, calls: 8 },
  { day, device: 'a', person: 'ada', agent: 'codex', seen: witness.transcript, calls: 2 },
  { day, device: 'b', person: 'bob', agent: 'codex', seen: witness.transcript, calls: 3 },
];
const listed = (...records: DeviceRecord[]) =>
  enrolledDevices(records, { nowMs, policy: 'now', covered, teamOf: (who) => (who === 'bob' ? 'data' : '') });

describe('an enrolled device', () => {
  it.each([
    ['lives', {}, []],
    ['has an agent whose hooks are altered', { agents: [{ agent: 'codex', ok: false }] }, ['hooks']],
    ['has calls that wait', { waiting: 2 }, ['waiting']],
    ['lost some', { lost: 1 }, ['waiting']],
    ['has no agent', { agents: [] }, ['bare']],
    ['would judge by another policy', { policy: 'before' }, ['policy']],
    ['has no policy', { policy: '' }, ['policy']],
    ['was heard four minutes ago', { lastSeen: ago(4) }, []],
    ['was last heard five minutes ago', { lastSeen: ago(5) }, ['silent']],
    ['was never heard', { lastSeen: null, agents: [], policy: '' }, ['silent']],
  ] as const)('that %s', (_, change, needs) => {
    expect(listed(device('a', change))[0]?.needs).toEqual(needs);
  });

  it('comes with team, coverage and its name in the inventory, and without the id of its token', () => {
    const [a, b, c] = listed(device('a'), device('b', { person: 'bob' }), device('C.local'));
    expect(a).toMatchObject({ calls: 10, controllable: 8, team: '', policyState: 'current', online: true });
    expect(b).toMatchObject({ calls: 3, controllable: 0, team: 'data' });
    expect(c).toMatchObject({ calls: 0, controllable: 0, inventory: 'c' });
    expect(JSON.stringify([a, b, c])).not.toContain('tok_1');
  });
});

describe('many of them', () => {
  const many = listed(
    device('c', { waiting: 5, version: '0.10.0', person: 'eve' }),
    device('a', { lastSeen: ago(60), version: '0.9.0' }),
    device('d', { enrolledAt: ago(10) }),
    device('b', { agents: [{ agent: 'codex', ok: false }], lastSeen: null }),
  );
  const orders: Readonly<Record<DeviceOrder, string>> = {
    needs: 'bcad',
    name: 'abcd',
    person: 'abdc',
    seen: 'bacd',
    enrolled: 'dabc',
    waiting: 'cabd',
    coverage: 'bacd',
    version: 'bdac',
  };
  it.each(deviceOrders)('are put in order by %s', (order) => {
    expect(
      inOrder(many, order)
        .map(({ name }) => name)
        .join(''),
    ).toBe(orders[order]);
  });

  it('are summed up', () => {
    expect(sumsOf(many)).toEqual({ devices: 4, hooks: 1, waiting: 1, bare: 0, policy: 0, silent: 2 });
  });
});

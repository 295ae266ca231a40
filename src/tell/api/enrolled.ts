import { type CoverageRow, coverageBy } from '../../core/coverage.ts';
import type { DeviceRecord } from '../../core/device.ts';
import {
  type DeviceNeed,
  type DeviceOrder,
  deviceNeeds,
  type EnrolledDevice,
  type EnrolledDevices,
} from '../../core/enrolled.ts';
import { deviceKey } from '../../core/inventory.ts';

/** A device that sent no heartbeat for so long is not there. It sends one every minute. */
const silentAfterMs = 5 * 60_000;

/** Devices with what a person asks of them. `policy`: digest in force; `covered`: calls of the last 30 days. */
export function enrolledDevices(
  records: readonly DeviceRecord[],
  about: {
    readonly nowMs: number;
    readonly policy: string;
    readonly covered: readonly CoverageRow[];
    teamOf(person: string): string;
  },
): EnrolledDevice[] {
  const covered = new Map(coverageBy(about.covered, ({ device }) => device).map((group) => [group.key, group]));
  return records.map(({ tokenId: _, ...device }) => {
    const { calls = 0, controllable = 0 } = covered.get(device.name) ?? {};
    const online = device.lastSeen !== null && about.nowMs - Date.parse(device.lastSeen) < silentAfterMs;
    const policyState = device.policy === '' ? 'none' : device.policy === about.policy ? 'current' : 'behind';
    const known = { ...device, online, policyState, calls, controllable } as const;
    const needs = deviceNeeds.filter((need) => isNeeded[need](known));
    return { ...known, needs, team: about.teamOf(device.person), inventory: deviceKey(device.name) };
  });
}

type Known = Omit<EnrolledDevice, 'needs' | 'team' | 'inventory'>;

/** What a device that never sent a heartbeat has not told is not held against it. */
const isNeeded: Readonly<Record<DeviceNeed, (device: Known) => boolean>> = {
  hooks: ({ agents }) => agents.some(({ ok }) => !ok),
  waiting: ({ waiting, lost }) => waiting + lost > 0,
  bare: ({ agents, lastSeen }) => lastSeen !== null && agents.length === 0,
  policy: ({ policyState, lastSeen }) => lastSeen !== null && policyState !== 'current',
  silent: ({ online }) => !online,
};

export function sumsOf(devices: readonly EnrolledDevice[]): EnrolledDevices['sums'] {
  const sum = (need: DeviceNeed): number => devices.filter(({ needs }) => needs.includes(need)).length;
  return {
    devices: devices.length,
    hooks: sum('hooks'),
    waiting: sum('waiting'),
    bare: sum('bare'),
    policy: sum('policy'),
    silent: sum('silent'),
  };
}

/** In the order that was asked for; equal ones by name. */
export function inOrder(devices: readonly EnrolledDevice[], order: DeviceOrder): EnrolledDevice[] {
  const by = orders[order];
  return devices.toSorted((a, b) => by(a, b) || compare(a.name, b.name) || compare(a.id, b.id));
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);
/** The gravest need counts; none comes last. */
const gravity = ({ needs: [first] }: EnrolledDevice): number =>
  first === undefined ? deviceNeeds.length : deviceNeeds.indexOf(first);
/** Nothing known of it comes after what is known. */
const share = ({ calls, controllable }: EnrolledDevice): number => (calls === 0 ? 2 : controllable / calls);

const orders: Readonly<Record<DeviceOrder, (a: EnrolledDevice, b: EnrolledDevice) => number>> = {
  needs: (a, b) => compare(gravity(a), gravity(b)),
  name: () => 0,
  person: (a, b) => compare(a.person, b.person),
  seen: (a, b) => compare(a.lastSeen ?? '', b.lastSeen ?? ''),
  enrolled: (a, b) => compare(b.enrolledAt, a.enrolledAt),
  waiting: (a, b) => compare(b.waiting + b.lost, a.waiting + a.lost),
  coverage: (a, b) => compare(share(a), share(b)),
  version: (a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }),
};

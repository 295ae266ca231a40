import type { DeviceRecord } from './device.ts';
import type { Page } from './store.ts';

// Enrolled devices as the console shows them: the contract between `tell/api` and `web`.

/** What a person should look at; the gravest first. */
export const deviceNeeds = ['hooks', 'waiting', 'bare', 'policy', 'silent'] as const;
/**
 * `hooks`: those of an agent are not in order. `waiting`: something waits in its spool, or found no room there. `bare`: no
 * agent is connected. `policy`: it would judge by another one than is in force. `silent`: no heartbeat for five minutes.
 */
export type DeviceNeed = (typeof deviceNeeds)[number];

export const deviceOrders = ['needs', 'name', 'person', 'seen', 'enrolled', 'waiting', 'coverage', 'version'] as const;
/** `seen`: the longest silent first. `enrolled`: the newest first. `coverage`: the least first. */
export type DeviceOrder = (typeof deviceOrders)[number];

/** An enrolled device. Holds no token. */
export interface EnrolledDevice extends Omit<DeviceRecord, 'tokenId'> {
  /** The first team of its person; `''`: none. */
  readonly team: string;
  readonly online: boolean;
  /** Of the policy it would judge by alone. `none`: it told of none. */
  readonly policyState: 'current' | 'behind' | 'none';
  readonly needs: readonly DeviceNeed[];
  /** Calls of the last 30 days from devices of this name, and those that were judged before they could run. */
  readonly calls: number;
  readonly controllable: number;
  /** What the inventory calls it. */
  readonly inventory: string;
}

/** `GET /api/v1/devices`. */
export interface EnrolledDevices extends Page<EnrolledDevice> {
  /** Devices that fit the filters. */
  readonly total: number;
  /** Digest of the policy in force. */
  readonly policy: string;
  /** Over every device, whatever is filtered. */
  readonly sums: Readonly<Record<DeviceNeed | 'devices', number>>;
}

/** A code that was given and not used yet, without the code. */
export interface DeviceInvite {
  readonly id: string;
  readonly person: string;
  /** Name that the device gets; null: its own. */
  readonly device: string | null;
  readonly expiresAt: string;
}

export interface ListedInvite extends DeviceInvite {
  /** The first team of its person; `''`: none. */
  readonly team: string;
}

/** What a new invite is answered with: the one time its code is told. */
export interface GivenInvite extends ListedInvite {
  readonly code: string;
}

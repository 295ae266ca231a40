import type { DeviceInventory } from '../core/inventory.ts';
import type { ExitStatus, Io } from './command.ts';
import type { InventoryFlags } from './inventory.ts';

export async function sendInventory(
  _report: DeviceInventory,
  _flags: InventoryFlags,
  _home: string,
  _io: Io,
): Promise<void> {}
export async function setStanding(
  _what: 'allow' | 'disallow' | 'review',
  _id: string,
  _flags: InventoryFlags,
  _home: string,
  _io: Io,
): Promise<ExitStatus> {
  return 3;
}
export async function showServer(_what: string, _flags: InventoryFlags, _home: string, _io: Io): Promise<ExitStatus> {
  return 3;
}

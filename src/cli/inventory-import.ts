import type { ExitStatus, Io } from './command.ts';
import type { InventoryFlags } from './inventory.ts';

export async function importInventory(
  files: readonly string[],
  flags: InventoryFlags,
  home: string,
  io: Io,
): Promise<ExitStatus> {
  io.stderr.write(`${files.length} ${home} ${flags.from}\n`);
  return 3;
}

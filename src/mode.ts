import path from 'node:path';
import type { Store } from './core/store.ts';
import type { Mode } from './core/verdict.ts';
import { type Home, replaceFile } from './record/home.ts';

const settingName = 'mode';

/** The mode in force, and the way to change it so that a restart keeps it. */
export interface ModeSwitch {
  now(): Mode;
  /** Rejects when the change cannot be made durable; the mode then stays as it was. */
  set(mode: Mode): Promise<void>;
}

/** `fixed` (from the command line or the configuration) wins over the stored mode; without both it is observe. */
export async function createModeSwitch(
  store: Pick<Store, 'setting' | 'setSetting'>,
  fixed: Mode | null,
): Promise<ModeSwitch> {
  const stored = await store.setting(settingName);
  let mode: Mode = fixed ?? (stored === 'enforce' ? 'enforce' : 'observe');
  return {
    now: () => mode,
    async set(wanted) {
      await store.setSetting(settingName, wanted);
      mode = wanted;
    },
  };
}

/** `<home>/mode` tells wrappers how to fail while no server runs, so it stays. */
export function sayMode(home: Home, mode: Mode): void {
  replaceFile(path.join(home.dir, 'mode'), `${mode}\n`, 0o600);
}

import path from 'node:path';
import type { HookConnection, SetupFile } from '../core/agent.ts';
import { type Install, putBack, readIfThere, readInstalls, realFile, restored, type Undone } from './agent-files.ts';
import { deviceClientPath, removeDeviceClient } from './claude-client.ts';
import type { Io } from './command.ts';
import { enrolledDevice } from './device-home.ts';
import { type HookAgent, readText, surroundingsOf } from './hook-agents.ts';
import { managedFiles } from './install-hooks.ts';

interface Flags {
  readonly 'dry-run'?: boolean | undefined;
  readonly managed?: boolean | undefined;
  readonly out?: string | undefined;
}

/**
 * Takes Warder's part out of an agent's files. `alsoRouted`: files that hold model settings of Warder's too, whose note
 * is still needed unless they could be put back whole.
 */
export function undoHooks(
  agent: HookAgent,
  home: string,
  flags: Flags,
  io: Io,
  alsoRouted: ReadonlySet<string>,
): readonly Undone[] {
  const installs = readInstalls(home).filter((install) => install.agent === agent.id);
  // Ours is known by its form, whatever the address and the token were at the install.
  const to: HookConnection = { client: deviceClientPath(home), url: 'http://127.0.0.1:7717', token: 'wrd_' };
  const files = flags.managed
    ? managedFiles(agent, io, to, flags.out)
    : agent.setup.files(surroundingsOf(io.env), to, readText);
  const named = files.map((file) => ({ settings: realFile(file.path), file }));
  const undone = named.map(({ settings, file }) => {
    const known = installs.find((install) => install.settings === settings);
    return { known, undone: undo(settings, file, known) };
  });
  const elsewhere = installs
    .filter((one) => one.hooks && one.managed === (flags.managed === true))
    .filter(({ settings }) => !named.some((file) => file.settings === settings))
    .filter(({ settings }) => flags.out === undefined || inside(settings, path.resolve(flags.out)))
    .map((known) => ({ known, undone: undoElsewhere(known) }));
  for (const { known, undone: one } of flags['dry-run'] ? [] : [...undone, ...elsewhere]) {
    const noteStays = one.how !== 'restored' && alsoRouted.has(one.settings);
    putBack(home, noteStays ? undefined : known, one);
  }
  return [...undone, ...elsewhere].map((each) => each.undone);
}

const inside = (file: string, folder: string): boolean => file.startsWith(`${folder}${path.sep}`);

function undo(settings: string, file: SetupFile, known: Install | undefined): Undone {
  const text = readIfThere(settings);
  const backup = known?.backup ?? null;
  if (text === null) return { settings, how: 'nothing', changes: [], backup: null, text: null };
  const back = restored(known, settings, text);
  if (back) return back;
  const edited = file.without(text);
  if (!edited.ok) {
    const way = backup === null ? 'Correct it and run this again.' : `The file as it was: ${backup}`;
    throw new Error(`${settings} is left as it is. ${edited.error.detail} ${way}`);
  }
  const { changes, text: after } = edited.value;
  return { settings, how: changes.length === 0 ? 'nothing' : 'removed', changes, backup, text: after };
}

/** A file that the agent's files are no longer looked for at: put back when it is as we left it. */
function undoElsewhere(known: Install): Undone {
  const { settings, backup } = known;
  const text = readIfThere(settings);
  const back = text === null ? null : restored(known, settings, text);
  if (back) return back;
  return { settings, how: 'nothing', changes: [], backup, text };
}

/** Takes the device client away once no file calls it any more; an enrolled machine keeps it, for files of an administrator's. */
export function forgetDeviceClient(home: string): void {
  if (enrolledDevice(home) !== null) return;
  const needed = readInstalls(home).some(
    ({ agent, managed, hooks }) => hooks === true || (agent === 'claude-code' && !managed),
  );
  if (!needed) removeDeviceClient(home);
}

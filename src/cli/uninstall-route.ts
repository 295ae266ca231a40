import fs from 'node:fs';
import { homeDir } from '../config.ts';
import {
  type Install,
  noteInstall,
  readIfThere,
  readInstalls,
  realFile,
  wayBack,
  writeKeeping,
} from './agent-files.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import type { RouteAgent, RouteFile } from './route-agents.ts';
import { withoutEntries } from './route-text.ts';

interface Flags {
  readonly 'dry-run'?: boolean | undefined;
  readonly home?: string | undefined;
  readonly json?: boolean | undefined;
}

/** `restored`: as it was, byte for byte. `removed`: only our entries. `nothing`: there was nothing of ours. */
interface Undone {
  readonly settings: string;
  readonly how: 'restored' | 'removed' | 'nothing';
  readonly changes: readonly string[];
  /** Kept copy of the file from before the install. */
  readonly backup: string | null;
  /** Null = the file goes. */
  readonly text: string | null;
}

/** Takes the base URL and the token out of an agent's settings again. */
export async function uninstallRoute(agent: RouteAgent, flags: Flags, io: Io): Promise<ExitStatus> {
  const foreign = Object.keys(flags).find((name) => !['dry-run', 'home', 'json'].includes(name));
  if (foreign !== undefined) throw new UsageError(`--${foreign} is for claude-code.`);
  const home = homeDir(flags.home, io.env);
  // Addresses and tokens are known by their form, whatever they were at the install.
  const installs = readInstalls(home);
  const model = installs.find((install) => install.agent === agent.id)?.model ?? null;
  const files = agent.files(io.env, home, { url: 'http://127.0.0.1', token: 'wrd_', model });
  const all = files.map((file) => {
    const settings = realFile(file.file);
    const known = installs.find((install) => install.settings === settings);
    const undone = undo(settings, file, known);
    if (!flags['dry-run']) apply(home, known, undone);
    return undone;
  });
  tell(agent, all, flags, io);
  return 0;
}

function undo(settings: string, { kind, entries }: RouteFile, known: Install | undefined): Undone {
  const text = readIfThere(settings);
  const backup = known?.backup ?? null;
  if (text === null) return { settings, how: 'nothing', changes: [], backup: null, text: null };
  const { original, whole, untouched } = wayBack(known, text);
  if (untouched) {
    const what = original === null ? 'removed; there was none before' : 'as it was before';
    return { settings, how: 'restored', changes: [what], backup, text: original };
  }
  try {
    const { text: after, changes } = withoutEntries(kind, text, whole ? original : null, entries);
    return { settings, how: changes.length === 0 ? 'nothing' : 'removed', changes, backup, text: after };
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    const way = backup === null ? 'Correct it and run this again.' : `The file as it was: ${backup}`;
    throw new Error(`${settings} is left as it is: ${why} ${way}`, { cause: error });
  }
}

function apply(home: string, known: Install | undefined, { settings, how, text, backup }: Undone): void {
  if (how !== 'nothing') {
    if (text === null) fs.rmSync(settings, { force: true });
    else writeKeeping(settings, text);
  }
  if (known) noteInstall(home, settings, null);
  if (how === 'restored' && backup !== null) fs.rmSync(backup, { force: true });
}

function tell(agent: RouteAgent, all: readonly Undone[], flags: Flags, io: Io): void {
  if (flags.json) {
    const files = all.map(({ settings, how, changes, backup }) => ({
      settings,
      how,
      changes,
      backup: how === 'restored' ? null : backup,
    }));
    io.stdout.write(`${JSON.stringify({ agent: agent.id, dryRun: flags['dry-run'] === true, files })}\n`);
    return;
  }
  const dry = flags['dry-run'] ? 'Would be changed: ' : '';
  for (const { settings, how, changes, backup } of all) {
    if (how === 'nothing') io.stdout.write(`${settings} holds nothing of Warder.\n`);
    else if (how === 'restored') io.stdout.write(`${dry}${settings}: ${changes[0]}.\n`);
    else {
      io.stdout.write(`${dry}${settings} was changed since the install, so only Warder's entries are removed:\n`);
      io.stdout.write(changes.map((change) => `  ${change}\n`).join(''));
      if (backup !== null) io.stdout.write(`The file from before the install is kept: ${backup}\n`);
    }
  }
  if (agent.byShell) io.stdout.write('Take the line that reads it out of your shell’s start file, too.\n');
}

import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { planUninstall } from '../normalise/agents/claude-code.install.ts';
import {
  type Install,
  noteInstall,
  readIfThere,
  readInstalls,
  realFile,
  wayBack,
  writeKeeping,
} from './agent-files.ts';
import { claudeFolder, managedFolder, removeDeviceClient } from './claude-client.ts';
import type { Command, Io } from './command.ts';
import { requireAgent } from './install.ts';
import { routeAgent, routeAgents } from './route-agents.ts';
import { uninstallRoute } from './uninstall-route.ts';

const usage = `warder uninstall: take Warder out of a coding agent's settings.

Usage: warder uninstall ${routeAgents.map(({ id }) => id).join('|')} [--dry-run] [--home DIR] [--json]
       warder uninstall claude-code [--dry-run] [--managed [--out DIR]] [--settings FILE] [--home DIR] [--json]

  --dry-run          show what would change, change nothing
  --managed          the administrator's file instead of the user's
  --out DIR          where the managed file is (default: the managed-settings.d of this platform)
  --settings FILE    another file than ~/.claude/settings.json (CLAUDE_CONFIG_DIR is followed)

A file that nobody changed since the install is put back byte for byte. In one that was changed, only Warder's entries
are removed. Exit status: 0 done, 2 used wrongly, 3 could not.
`;

const options = {
  'dry-run': { type: 'boolean' },
  managed: { type: 'boolean' },
  out: { type: 'string' },
  settings: { type: 'string' },
  home: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `restored`: as it was, byte for byte. `removed`: only our entries. `nothing`: there was nothing of ours. */
interface Undone {
  readonly how: 'restored' | 'removed' | 'nothing';
  readonly changes: readonly string[];
  /** Null = the file goes. */
  readonly text: string | null;
}

export const command: Command = {
  name: 'uninstall',
  summary: 'disconnect a coding agent from Warder',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    requireAgent(positionals, 'uninstall');
    const route = routeAgent(positionals[0]);
    if (route) return uninstallRoute(route, values, io);
    const home = homeDir(values.home, io.env);
    const name = values.managed
      ? path.join(values.out ?? path.join(managedFolder(), 'managed-settings.d'), '50-warder.json')
      : (values.settings ?? path.join(claudeFolder(io.env), 'settings.json'));
    const settings = realFile(name);
    const known = readInstalls(home).find((install) => install.settings === settings);
    const undone = undo(settings, known, values.managed === true);
    if (!values['dry-run']) apply(home, settings, known, undone);
    tell(io, settings, undone, known, values);
    return 0;
  },
};

function undo(settings: string, known: Install | undefined, managed: boolean): Undone {
  const text = readIfThere(settings);
  if (text === null) return { how: 'nothing', changes: [], text: null };
  const { original, whole: originalIsWhole, untouched } = wayBack(known, text);
  if (known && untouched) {
    return {
      how: 'restored',
      changes: [known.before === null ? 'removed; there was none before' : 'as it was before'],
      text: original,
    };
  }
  if (managed) return { how: 'removed', changes: ['removed'], text: null };
  const plan = planUninstall(text, originalIsWhole ? original : null);
  if (!plan.ok) {
    throw new Error(
      `${settings} is left as it is. ${plan.error.detail} ${known?.backup ? `The file as it was: ${known.backup}` : 'Correct it and run this again.'}`,
    );
  }
  const { changes } = plan.value;
  return { how: changes.length === 0 ? 'nothing' : 'removed', changes, text: plan.value.text };
}

/** Copies are kept unless the file is again what the copy holds. */
function apply(home: string, settings: string, known: Install | undefined, undone: Undone): void {
  if (undone.how !== 'nothing') {
    if (undone.text === null) fs.rmSync(settings, { force: true });
    else writeKeeping(settings, undone.text);
  }
  if (known) noteInstall(home, settings, null);
  if (undone.how === 'restored' && known?.backup) fs.rmSync(known.backup, { force: true });
  if (!readInstalls(home).some(({ agent, managed }) => agent === 'claude-code' && !managed)) removeDeviceClient(home);
}

function tell(
  io: Io,
  settings: string,
  undone: Undone,
  known: Install | undefined,
  flags: { json?: boolean; 'dry-run'?: boolean },
): void {
  const backup = undone.how === 'restored' ? null : (known?.backup ?? null);
  if (flags.json) {
    const { how, changes } = undone;
    io.stdout.write(
      `${JSON.stringify({ agent: 'claude-code', settings, how, changes, backup, dryRun: flags['dry-run'] === true })}\n`,
    );
    return;
  }
  const dry = flags['dry-run'] ? 'Would be changed: ' : '';
  if (undone.how === 'nothing') io.stdout.write(`${settings} holds nothing of Warder.\n`);
  else if (undone.how === 'restored') io.stdout.write(`${dry}${settings}: ${undone.changes[0]}.\n`);
  else {
    io.stdout.write(`${dry}${settings} was changed since the install, so only Warder's entries are removed:\n`);
    io.stdout.write(`${undone.changes.map((change) => `  ${change}`).join('\n')}\n`);
    if (backup !== null) io.stdout.write(`The file from before the install is kept: ${backup}\n`);
  }
}

import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { foldersMade, realFile, removeEmpty, type Undone } from './agent-files.ts';
import { requireAgent } from './agent-names.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { foundAgents, table } from './found-agents.ts';
import { hookAgent } from './hook-agents.ts';
import { routeAgent } from './route-agents.ts';
import { undoClaudeCode } from './uninstall-claude-code.ts';
import { forgetDeviceClient, undoHooks } from './uninstall-hooks.ts';
import { undoRoute } from './uninstall-route.ts';

const usage = `warder uninstall: take Warder out of a coding agent's settings.

Usage: warder uninstall AGENT|all [--dry-run] [--managed [--out DIR]] [--home DIR] [--json]
       warder uninstall claude-code [--settings FILE] …

  --dry-run          show what would change, change nothing
  --managed          the administrator's files instead of the user's
  --out DIR          where the managed files were put (default: where the agent looks for them)
  --settings FILE    claude-code: another file than ~/.claude/settings.json (CLAUDE_CONFIG_DIR is followed)

Both the hooks and the model settings go. A file that nobody changed since the install is put back byte for byte. In
one that was changed, only Warder's entries are removed. Exit status: 0 done, 2 used wrongly, 3 could not.
`;

const options = {
  'dry-run': { type: 'boolean' },
  managed: { type: 'boolean' },
  out: { type: 'string' },
  settings: { type: 'string' },
  home: { type: 'string' },
  json: { type: 'boolean' },
} as const;

interface Flags {
  readonly 'dry-run'?: boolean | undefined;
  readonly managed?: boolean | undefined;
  readonly out?: string | undefined;
  readonly settings?: string | undefined;
  readonly json?: boolean | undefined;
}

export const command: Command = {
  name: 'uninstall',
  summary: 'disconnect a coding agent from Warder',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const id = requireAgent(positionals, 'uninstall', ['all']);
    if (id !== 'claude-code' && values.settings !== undefined) throw new UsageError('--settings is for claude-code.');
    const home = homeDir(values.home, io.env);
    if (id === 'all') return uninstallAll(home, values, io);
    const undone = undo(id, home, values, io);
    if (!values['dry-run']) forgetDeviceClient(home);
    tell(io, id, undone, values);
    return 0;
  },
};

/** Everything of one agent, with the folders that were made for it. */
function undo(id: string, home: string, flags: Flags, io: Io): readonly Undone[] {
  const made = foldersMade(home, id);
  const undone = undoFiles(id, home, flags, io);
  if (!flags['dry-run']) removeEmpty(made);
  return undone;
}

/** Its hooks, then its model settings. */
function undoFiles(id: string, home: string, flags: Flags, io: Io): readonly Undone[] {
  if (id === 'claude-code') return [undoClaudeCode(home, flags, io)];
  const [hooks, route] = [hookAgent(id), routeAgent(id)];
  if (flags.managed && hooks === null) throw new UsageError(`Warder has no administrator's files for ${id}.`);
  const nowhere = { url: 'http://127.0.0.1', token: 'wrd_', model: null };
  const routed = flags.managed ? [] : (route?.files(io.env, home, nowhere) ?? []).map(({ file }) => realFile(file));
  const unhooked = hooks ? undoHooks(hooks, home, flags, io, new Set(routed)) : [];
  const whole = new Set(unhooked.filter(({ how }) => how === 'restored').map(({ settings }) => settings));
  const unrouted = route && !flags.managed ? undoRoute(route, home, io.env, flags['dry-run'] === true, whole) : [];
  const named = new Set(unhooked.map(({ settings }) => settings));
  const further = unrouted.filter(({ settings, how }) => !(named.has(settings) && how === 'nothing'));
  return [...unhooked, ...further];
}

async function uninstallAll(home: string, flags: Flags, io: Io): Promise<0 | 3> {
  const found = foundAgents(io.env).filter(({ hooks }) => !flags.managed || !hooks || hooks.setup.managedFiles);
  const outcomes = found.map(({ id }) => {
    try {
      return { agent: id, files: undo(id, home, flags, io), error: null };
    } catch (error) {
      return { agent: id, files: [], error: error instanceof Error ? error.message : String(error) };
    }
  });
  if (!flags['dry-run']) forgetDeviceClient(home);
  if (flags.json) {
    const agents = outcomes.map((one) => ({ ...one, files: one.files.map(shown) }));
    io.stdout.write(`${JSON.stringify({ dryRun: flags['dry-run'] === true, agents })}\n`);
  } else {
    const rows = outcomes.flatMap(({ agent, files, error }) =>
      error === null ? files.map((file) => [agent, wordFor(file), file.settings]) : [[agent, 'left as it is', error]],
    );
    io.stdout.write(table(['agent', flags['dry-run'] ? 'would be' : 'now', 'file'], rows));
  }
  return outcomes.some(({ error }) => error !== null) ? 3 : 0;
}

const wordFor = ({ how }: Undone): string =>
  ({ restored: 'as it was', removed: 'without Warder', nothing: 'not connected' })[how];

const shown = ({ settings, how, changes, backup }: Undone) => ({
  settings,
  how,
  changes,
  backup: how === 'restored' ? null : backup,
});

function tell(io: Io, id: string, undone: readonly Undone[], flags: Flags): void {
  if (flags.json) {
    const files = undone.map(shown);
    const dryRun = flags['dry-run'] === true;
    // Claude Code has one file, whose members stand at the top.
    const told = id === 'claude-code' ? { agent: id, ...files[0], dryRun } : { agent: id, dryRun, files };
    io.stdout.write(`${JSON.stringify(told)}\n`);
    return;
  }
  const dry = flags['dry-run'] ? 'Would be changed: ' : '';
  for (const { settings, how, changes, backup } of undone) {
    if (how === 'nothing') io.stdout.write(`${settings} holds nothing of Warder.\n`);
    else if (how === 'restored') io.stdout.write(`${dry}${settings}: ${changes[0]}.\n`);
    else {
      io.stdout.write(`${dry}${settings} was changed since the install, so only Warder's entries are removed:\n`);
      io.stdout.write(changes.map((change) => `  ${change}\n`).join(''));
      if (backup !== null) io.stdout.write(`The file from before the install is kept: ${backup}\n`);
    }
  }
  if (routeAgent(id)?.byShell && undone.some(({ how, settings }) => how !== 'nothing' && settings.endsWith('.sh')))
    io.stdout.write('Take the line that reads it out of your shell’s start file, too.\n');
}

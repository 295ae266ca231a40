import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { managedSettings, planInstall } from '../normalise/agents/claude-code.install.ts';
import {
  type Connection,
  failsClosed,
  foundHooks,
  hookUrl,
  minimumVersion,
  readSettings,
} from '../normalise/agents/claude-code.settings.ts';
import { answers, readIfThere, realFile, serverFor, writeNoted } from './agent-files.ts';
import { claudeFolder, claudeVersion, deviceClientPath, installDeviceClient, managedFolder } from './claude-client.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { installRoute } from './install-route.ts';
import { routeAgent, routeAgents } from './route-agents.ts';

const others = routeAgents.map(({ id }) => id).join('|');

const usage = `warder install: let a coding agent on this machine report to Warder, and obey it.

Usage: warder install ${others} --gateway [--dry-run] [--model NAME]
                                  [--url URL] [--token TOKEN] [--home DIR] [--json]
       warder install claude-code [--dry-run] [--gateway [--own-login]] [--command-hook] [--managed [--out DIR]]
                                  [--url URL] [--token TOKEN] [--settings FILE] [--home DIR] [--json]

  --dry-run            show what would change, change nothing
  --gateway            send model traffic through Warder as well (env.ANTHROPIC_BASE_URL and its token)
  --own-login          with --gateway: keep the person's own login or key; the server needs
                       "passThroughClientAuth": true in its config.json
  --command-hook       hooks through the device client (sh and curl) instead of http: for clients before ${minimumVersion}
  --allow-fail-open    install on such a client with http hooks: a tool call then runs when Warder is not reachable
  --managed            write the administrator's file, which a developer cannot switch off (50-warder.json)
  --out DIR            where the managed file goes (default: the managed-settings.d of this platform)
  --url, --token       another server than the one that runs in this home
  --settings FILE      another file than ~/.claude/settings.json (CLAUDE_CONFIG_DIR is followed)
  --model NAME         the model the agent asks for (not for claude-code; as it is when absent)

With another agent than claude-code, --gateway writes the base URL and the token into its own settings; there are no hooks.
Nothing else in the file changes, a copy is kept beside it, and \`warder uninstall AGENT\` puts it back.
Exit status: 0 done, 2 used wrongly, 3 could not.
`;

const options = {
  'dry-run': { type: 'boolean' },
  'allow-fail-open': { type: 'boolean' },
  'command-hook': { type: 'boolean' },
  gateway: { type: 'boolean' },
  'own-login': { type: 'boolean' },
  managed: { type: 'boolean' },
  out: { type: 'string' },
  url: { type: 'string' },
  token: { type: 'string' },
  model: { type: 'string' },
  settings: { type: 'string' },
  home: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Flags = ReturnType<typeof parseFlags>['values'];
const parseFlags = (args: readonly string[]) => parseArgs({ args: [...args], options, allowPositionals: true });

/** What happened, for `--json` and for people. */
interface Report {
  readonly settings: string;
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  readonly backup: string | null;
  readonly written: boolean;
}

export const command: Command = {
  name: 'install',
  summary: 'connect a coding agent on this machine',
  usage,
  async run(args, io) {
    const { values, positionals } = parseFlags(args);
    requireAgent(positionals, 'install');
    const route = routeAgent(positionals[0]);
    if (route) return installRoute(route, values, io);
    if (values.model !== undefined) throw new UsageError('--model is for agents other than claude-code.');
    if (values.managed && values['command-hook']) {
      throw new UsageError(
        `--managed requires client ${minimumVersion} or later, whose http hooks fail closed; leave out --command-hook.`,
      );
    }
    if (values['own-login'] && !values.gateway) throw new UsageError('--own-login goes with --gateway.');
    if (values.out !== undefined && !values.managed) throw new UsageError('--out goes with --managed.');
    const home = homeDir(values.home, io.env);
    const to = await connection(home, values, io);
    const report = values.managed ? installManaged(home, to, values) : installUser(home, to, values, io);
    const reachable = await answers(to.url);
    const warnings = reachable
      ? report.warnings
      : [
          ...report.warnings,
          `No Warder answers at ${to.url}: tool calls are blocked until it runs. Start it: warder serve`,
        ];
    tell(io, { ...report, warnings }, values);
    return 0;
  },
};

/** One agent, by its name. */
export function requireAgent(positionals: readonly string[], verb: string): void {
  const [agent, ...more] = positionals;
  const known = ['claude-code', ...routeAgents.map(({ id }) => id)];
  if (agent === undefined) throw new UsageError(`Say which agent: warder ${verb} claude-code`);
  if (!known.includes(agent))
    throw new UsageError(`Warder knows no agent ${JSON.stringify(agent)}. Known: ${known.join(', ')}.`);
  if (more.length > 0) throw new UsageError(`One agent at a time, not also ${more.join(' ')}.`);
}

async function connection(home: string, flags: Flags, io: Io): Promise<Connection> {
  const { url, token } = serverFor(home, flags);
  const version = await claudeVersion(io.env);
  const closed = version === null ? null : failsClosed(version);
  const viaCommand = flags['command-hook'] === true;
  if (closed === false && !viaCommand && !flags['allow-fail-open'] && !flags.managed) {
    throw new Error(
      `Claude Code ${version} lets a tool run when its hook cannot be reached; ${minimumVersion} and later do not. ` +
        'Update it (claude update), or use --command-hook, whose failures block, or accept that with --allow-fail-open.',
    );
  }
  if (version === null) io.stderr.write(`warder: no claude on the PATH; ${minimumVersion} or later is assumed.\n`);
  return {
    url,
    token,
    via: viaCommand ? 'command' : 'http',
    deviceClient: process.platform === 'win32' ? null : deviceClientPath(home),
    gateway: flags['own-login'] ? 'own-login' : flags.gateway ? 'token' : 'no',
    knowsOnFailure: closed !== false,
  };
}

function installUser(home: string, to: Connection, flags: Flags, io: Io): Report {
  const settings = realFile(flags.settings ?? path.join(claudeFolder(io.env), 'settings.json'));
  const before = readIfThere(settings);
  const plan = planInstall(before, to);
  if (!plan.ok) throw new Error(`${settings} is left as it is. ${plan.error.detail} Correct it and run this again.`);
  const { changes, warnings } = plan.value;
  if (flags['dry-run']) return { settings, changes, warnings, backup: null, written: false };
  // The client's hooks start with this file, so it must be whole before the settings name it.
  if (to.deviceClient !== null) installDeviceClient(home, hookUrl(to.url), to.token);
  const writing = { agent: 'claude-code', settings, before, text: plan.value.text, managed: false };
  const backup = writeNoted(home, { ...writing, holdsOurs: holdsOurs(before) });
  return { settings, changes, warnings, backup, written: changes.length > 0 };
}

function installManaged(home: string, to: Connection, flags: Flags): Report {
  const folder = path.resolve(flags.out ?? path.join(managedFolder(), 'managed-settings.d'));
  const settings = realFile(path.join(folder, '50-warder.json'));
  const before = readIfThere(settings);
  const text = managedSettings(to);
  const changes = before === text ? [] : [`${settings}: ${before === null ? 'written' : 'renewed'}`];
  const warnings = [
    'Only managed hooks run from now on (allowManagedHooksOnly); hooks of developers and projects are ignored.',
    `Claude Code before ${minimumVersion} refuses to start (requiredMinimumVersion).`,
  ];
  if (flags['dry-run']) return { settings, changes, warnings, backup: null, written: false };
  if (changes.length > 0 && !fs.existsSync(folder)) fs.mkdirSync(folder, { recursive: true, mode: 0o755 });
  const writing = { agent: 'claude-code', settings, before, text, managed: true };
  const backup = writeNoted(home, { ...writing, holdsOurs: holdsOurs(before) });
  // Every user of the machine runs the client, and it refuses to start with a managed file it cannot read.
  if (changes.length > 0) fs.chmodSync(settings, 0o644);
  return { settings, changes, warnings, backup, written: changes.length > 0 };
}

function holdsOurs(text: string | null): boolean {
  const settings = text === null ? null : readSettings(text);
  return settings?.ok === true && foundHooks(settings.value).size > 0;
}

function tell(io: Io, report: Report, flags: Flags): void {
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ agent: 'claude-code', dryRun: flags['dry-run'] === true, ...report })}\n`);
    return;
  }
  const lines = report.changes.map((change) => `  ${change}`);
  if (report.changes.length === 0)
    io.stdout.write(`Claude Code is connected already: ${report.settings} is as it should be.\n`);
  else if (!report.written) io.stdout.write(`Would change ${report.settings}:\n${lines.join('\n')}\n`);
  else {
    io.stdout.write(`Claude Code is connected. Changed ${report.settings}:\n${lines.join('\n')}\n`);
    if (report.backup !== null) io.stdout.write(`The file as it was: ${report.backup}\n`);
    io.stdout.write(
      'Running sessions take it up when they start again. Check: warder doctor. Undo: warder uninstall claude-code' +
        (flags.managed ? ' --managed' : '') +
        '\n',
    );
  }
  for (const warning of report.warnings) io.stderr.write(`warder: ${warning}\n`);
}

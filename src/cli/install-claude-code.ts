import fs from 'node:fs';
import path from 'node:path';
import { managedSettings, planInstall } from '../normalise/agents/claude-code.install.ts';
import {
  type Connection,
  failsClosed,
  foundHooks,
  hookUrl,
  minimumVersion,
  readSettings,
} from '../normalise/agents/claude-code.settings.ts';
import { readIfThere, realFile, serverFor, writeNoted } from './agent-files.ts';
import { claudeFolder, claudeVersion, deviceClientPath, installDeviceClient, managedFolder } from './claude-client.ts';
import { type Io, UsageError } from './command.ts';

/** The flags of `warder install` that Claude Code takes. */
export interface ClaudeFlags {
  readonly 'dry-run'?: boolean | undefined;
  readonly 'allow-fail-open'?: boolean | undefined;
  readonly 'command-hook'?: boolean | undefined;
  readonly gateway?: boolean | undefined;
  readonly 'own-login'?: boolean | undefined;
  readonly managed?: boolean | undefined;
  readonly out?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly model?: string | undefined;
  readonly settings?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What happened, for `--json` and for people. */
export interface Report {
  readonly settings: string;
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
  readonly backup: string | null;
  readonly written: boolean;
}

/** Connects Claude Code: its hooks, and its model traffic when asked to. Throws UsageError for flags that do not go together. */
export async function installClaudeCode(home: string, flags: ClaudeFlags, io: Io): Promise<Report> {
  if (flags.model !== undefined) throw new UsageError('--model is for agents other than claude-code.');
  if (flags.managed && flags['command-hook']) {
    throw new UsageError(
      `--managed requires client ${minimumVersion} or later, whose http hooks fail closed; leave out --command-hook.`,
    );
  }
  if (flags['own-login'] && !flags.gateway) throw new UsageError('--own-login goes with --gateway.');
  const to = await connection(home, flags, io);
  return flags.managed ? installManaged(home, to, flags) : installUser(home, to, flags, io);
}

async function connection(home: string, flags: ClaudeFlags, io: Io): Promise<Connection> {
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

function installUser(home: string, to: Connection, flags: ClaudeFlags, io: Io): Report {
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

function installManaged(home: string, to: Connection, flags: ClaudeFlags): Report {
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

/** What happened, for people or as JSON. */
export function tellClaudeCode(io: Io, report: Report, flags: ClaudeFlags): void {
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

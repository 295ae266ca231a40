import fs from 'node:fs';
import { homeDir } from '../config.ts';
import { answers, readIfThere, realFile, serverFor, writeNoted } from './agent-files.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import type { Gateway, RouteAgent, RouteFile } from './route-agents.ts';
import { type Edited, isGateway, valuesIn, withEntries } from './route-text.ts';

/** The flags of `warder install` for an agent that is connected by its base URL. */
interface Flags {
  readonly gateway?: boolean | undefined;
  readonly 'dry-run'?: boolean | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly model?: string | undefined;
  readonly home?: string | undefined;
  readonly json?: boolean | undefined;
}

/** One settings file: what changes in it. */
interface FileReport {
  readonly settings: string;
  readonly changes: readonly string[];
  readonly backup: string | null;
  readonly written: boolean;
}

const taken = new Set(['gateway', 'dry-run', 'url', 'token', 'model', 'home', 'json']);

/** Sends an agent's model traffic through Warder: its own settings get the base URL and the token. */
export async function installRoute(agent: RouteAgent, flags: Flags, io: Io): Promise<ExitStatus> {
  const foreign = Object.keys(flags).find((name) => !taken.has(name));
  if (foreign !== undefined)
    throw new UsageError(`--${foreign} is for claude-code; ${agent.title} has no hooks of Warder's.`);
  if (!flags.gateway)
    throw new UsageError(`${agent.title} is connected by its base URL: warder install ${agent.id} --gateway`);
  if (flags.model !== undefined && !/^[\w.:/@-]{1,200}$/.test(flags.model))
    throw new UsageError('--model takes the name of a model, such as gpt-5.5.');
  const home = homeDir(flags.home, io.env);
  const to: Gateway = { ...serverFor(home, flags), model: flags.model ?? null };
  const wanted = agent.files(io.env, home, to);
  // All are read before any is written.
  const plans = wanted.map((file) => planFile(file));
  const files = plans.map((plan) => apply(home, agent, plan, flags));
  const warnings = [...files.flatMap(openToOthers), ...shadowed(agent, io, to), ...agent.limits];
  if (!(await answers(to.url)))
    warnings.unshift(
      `No Warder answers at ${to.url}: ${agent.title} cannot reach a model until it runs. Start it: warder serve`,
    );
  tell(agent, files, { warnings, flags, io });
  return 0;
}

interface FilePlan extends Edited {
  readonly settings: string;
  readonly before: string | null;
  readonly holdsOurs: boolean;
}

function planFile({ file, kind, entries }: RouteFile): FilePlan {
  const settings = realFile(file);
  const before = readIfThere(settings);
  try {
    const edited = withEntries(kind, before ?? '', entries);
    const values = valuesIn(kind, before ?? '');
    const holdsOurs = entries.some(({ path, secret }) => {
      const held = values(path);
      return secret ? typeof held === 'string' && held.startsWith('wrd_') : isGateway(held);
    });
    return { ...edited, settings, before, holdsOurs };
  } catch (error) {
    const why = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    throw new Error(`${settings} is left as it is: ${why} Correct it and run this again.`, { cause: error });
  }
}

function apply(
  home: string,
  agent: RouteAgent,
  { settings, before, text, changes, holdsOurs }: FilePlan,
  flags: Flags,
): FileReport {
  if (flags['dry-run']) return { settings, changes, backup: null, written: false };
  const { model } = flags;
  const writing = { agent: agent.id, settings, before, text, managed: false, holdsOurs, ...(model ? { model } : {}) };
  const backup = changes.length === 0 ? null : writeNoted(home, writing);
  return { settings, changes, backup, written: changes.length > 0 };
}

/** A file keeps its mode, and holds a token now. */
function openToOthers({ settings, written }: FileReport): string[] {
  const readable = written && process.platform !== 'win32' && (fs.statSync(settings).mode & 0o044) !== 0;
  return readable
    ? [
        `${settings} holds the token now, and others on this machine can read it. Close it: chmod 600 ${quoted(settings)}`,
      ]
    : [];
}

/** Variables of this shell that beat what was written. */
function shadowed(agent: RouteAgent, io: Io, to: Gateway): string[] {
  return shadowing(agent, io.env, to).map(
    (name) => `${name} is set in this shell and wins over what was written. Take it out: unset ${name}`,
  );
}

/** Names of variables in `env` that lead the agent elsewhere. */
export function shadowing(agent: RouteAgent, env: Io['env'], to: Pick<Gateway, 'url' | 'token'>): readonly string[] {
  return agent.beaten.filter((name) => {
    const value = env[name];
    return (
      value !== undefined &&
      value !== '' &&
      value !== to.token &&
      !(agent.byShell && ours(value)) &&
      !inside(value, to.url)
    );
  });
}

const ours = (value: string): boolean => value === 'openai' || isGateway(value);
const inside = (value: string, url: string): boolean => value.startsWith(`${url}/`);

function tell(
  agent: RouteAgent,
  files: readonly FileReport[],
  { warnings, flags, io }: { readonly warnings: readonly string[]; readonly flags: Flags; readonly io: Io },
): void {
  const read = agent.byShell ? files.map(({ settings }) => `. ${quoted(settings)}`) : [];
  if (flags.json) {
    const told = { agent: agent.id, dryRun: flags['dry-run'] === true, files, run: read, warnings };
    io.stdout.write(`${JSON.stringify(told)}\n`);
    return;
  }
  const changed = files.filter(({ changes }) => changes.length > 0);
  for (const { settings, changes, backup, written } of changed) {
    io.stdout.write(
      `${written ? 'Changed' : 'Would change'} ${settings}:\n${changes.map((change) => `  ${change}\n`).join('')}`,
    );
    if (backup !== null) io.stdout.write(`The file as it was: ${backup}\n`);
  }
  if (changed.length === 0) io.stdout.write(`${agent.title} is connected already: nothing had to be changed.\n`);
  if (read.length > 0)
    io.stdout.write(
      `${agent.title} reads no such file by itself. Put this into your shell's start file:\n  ${read.join('\n  ')}\n`,
    );
  if (changed.some(({ written }) => written))
    io.stdout.write(`Check: warder doctor ${agent.id}. Undo: warder uninstall ${agent.id}\n`);
  for (const warning of warnings) io.stderr.write(`warder: ${warning}\n`);
}

const quoted = (file: string): string => (/^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);

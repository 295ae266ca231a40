import fs from 'node:fs';
import { readIfThere, readInstalls, realFile, serverFor, writeNoted } from './agent-files.ts';
import { type Io, UsageError } from './command.ts';
import type { Connected, FileReport } from './install-report.ts';
import type { Gateway, RouteAgent, RouteFile } from './route-agent.ts';
import { type Edited, holdsOurs, isGateway, valuesIn, withEntries } from './route-text.ts';

/** The flags of `warder install` that a route takes. */
interface Flags {
  readonly 'dry-run'?: boolean | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly model?: string | undefined;
}

/** Sends an agent's model traffic through Warder: its own settings get the base URL and the token. Throws before anything is written. */
export function installRoute(agent: RouteAgent, home: string, flags: Flags, io: Io): Connected {
  if (flags.model !== undefined && !/^[\w.:/@-]{1,200}$/.test(flags.model))
    throw new UsageError('--model takes the name of a model, such as gpt-5.5.');
  const to: Gateway = { ...serverFor(home, flags), model: flags.model ?? keptModel(agent, home) };
  const wanted = agent.files(io.env, home, to);
  // All are read before any is written.
  const plans = wanted.map((file) => planFile(file));
  const files = plans.map((plan) => apply(home, agent, plan, flags));
  const run = plans.filter(({ kind }) => kind === 'shell').map(({ settings }) => `. ${quoted(settings)}`);
  return { files, run, warnings: [...files.flatMap(openToOthers), ...shadowed(agent, io, to), ...agent.limits] };
}

/** The model that was asked for last, of an agent that has one at a time; null: none was. */
export const keptModel = (agent: RouteAgent, home: string): string | null =>
  (agent.oneModel && readInstalls(home).find(({ agent: id, model }) => id === agent.id && model)?.model) || null;

interface FilePlan extends Edited {
  readonly kind: RouteFile['kind'];
  readonly settings: string;
  readonly before: string | null;
  readonly holdsOurs: boolean;
}

function planFile(wanted: RouteFile): FilePlan {
  const { file, kind, entries } = wanted;
  const settings = realFile(file);
  const before = readIfThere(settings);
  try {
    const edited = withEntries(wanted, before ?? '');
    const values = valuesIn(kind, before ?? '');
    const connected = entries.some((entry) => holdsOurs(entry, values(entry.path)));
    return { ...edited, kind, settings, before, holdsOurs: connected };
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
  const wanted = agent.files(env, '', { ...to, model: null }).filter(({ kind }) => kind === 'shell');
  const ours = new Set(wanted.flatMap(({ entries }) => entries.map(({ value }) => value)));
  return agent.beaten.filter((name) => {
    const value = env[name];
    return (
      value !== undefined &&
      value !== '' &&
      value !== to.token &&
      !(agent.byShell && (ours.has(value) || isGateway(value))) &&
      !inside(value, to.url)
    );
  });
}

const inside = (value: string, url: string): boolean => value.startsWith(`${url}/`);

const quoted = (file: string): string => (/^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);

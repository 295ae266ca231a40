import fs from 'node:fs';
import path from 'node:path';
import type { HookConnection, SetupFile } from '../core/agent.ts';
import { readIfThere, realFile, serverFor, writeNoted } from './agent-files.ts';
import { deviceClientPath, installDeviceClient } from './claude-client.ts';
import { type Io, UsageError } from './command.ts';
import { type HookAgent, readText, surroundingsOf } from './hook-agents.ts';
import type { Connected, FileReport } from './install-report.ts';

/** The flags of `warder install` that hooks take. */
export interface HookFlags {
  readonly 'dry-run'?: boolean | undefined;
  readonly managed?: boolean | undefined;
  readonly out?: string | undefined;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
}

interface FilePlan {
  readonly file: SetupFile;
  readonly settings: string;
  readonly before: string | null;
  readonly text: string | null;
  readonly changes: readonly string[];
  readonly holdsOurs: boolean;
}

/** Connects an agent by its hooks: the files that its adapter names get Warder's part. Throws before anything is written. */
export function installHooks(agent: HookAgent, home: string, flags: HookFlags, io: Io): Connected {
  const at = surroundingsOf(io.env);
  const to: HookConnection = { client: deviceClientPath(home), ...serverFor(home, flags) };
  const files = flags.managed ? managedFiles(agent, io, to, flags.out) : agent.setup.files(at, to, readText);
  // All are read before any is written.
  const plans = files.map((file) => planFile(agent, file));
  // The hooks start with the client, so it must be whole before any file names it.
  if (!flags['dry-run']) installDeviceClient(home, to.url, to.token);
  const reports = plans.map((plan) => apply(home, agent, plan, flags));
  const weak = (agent.setup.weaknesses?.(at, readText) ?? []).map(({ what, mend }) => `${what} ${mend}`);
  const alone = flags.managed && flags.out === undefined ? [onlyFor(to.client)] : [];
  const warnings = [
    ...alone,
    ...reports.flatMap((report) => openToOthers(report, to.token)),
    ...weak,
    ...toldOnce(agent),
  ];
  return { files: reports, run: [], warnings };
}

/** The device client of a home is its owner's; to everybody else it is a hook that fails, so their calls are refused. */
const onlyFor = (client: string): string =>
  `Everybody on this machine gets these hooks, and ${client} is yours alone: calls of others are refused. For a machine of several people, or many machines: warder deploy`;

/** An administrator's files; with `out`, below that folder instead of the root. Throws UsageError when the agent has none. */
export function managedFiles(
  agent: HookAgent,
  io: Io,
  to: HookConnection,
  out: string | undefined,
): readonly SetupFile[] {
  const files = agent.setup.managedFiles?.(surroundingsOf(io.env), to);
  if (files === undefined) {
    throw new UsageError(
      `${agent.title} has no file of an administrator's; without --managed its user's files are used.`,
    );
  }
  const below = (file: string) =>
    out === undefined ? file : path.join(path.resolve(out), file.replace(/^[A-Za-z]:/, ''));
  return files.map((file) => ({ ...file, path: below(file.path), mode: file.mode ?? 0o644 }));
}

function planFile(agent: HookAgent, file: SetupFile): FilePlan {
  const settings = realFile(file.path);
  const before = readIfThere(settings);
  const edited = file.with(before);
  if (!edited.ok)
    throw new Error(
      `${settings} is left as it is. ${edited.error.detail} Correct it and run: warder install ${agent.id}`,
    );
  const held = before === null ? null : file.without(before);
  const holdsOurs = held?.ok === true && held.value.changes.length > 0;
  return { file, settings, before, holdsOurs, text: edited.value.text, changes: edited.value.changes };
}

function apply(home: string, agent: HookAgent, plan: FilePlan, flags: HookFlags): FileReport {
  const { settings, before, text, changes, holdsOurs, file } = plan;
  if (text === null || text === before) return { settings, changes: [], backup: null, written: false };
  const told = changes.length === 0 ? ['renewed'] : changes;
  if (flags['dry-run']) return { settings, changes: told, backup: null, written: false };
  const managed = flags.managed === true;
  const mode = file.mode === undefined ? {} : { mode: file.mode };
  const backup = writeNoted(home, {
    agent: agent.id,
    settings,
    before,
    text,
    managed,
    holdsOurs,
    hooks: true,
    ...mode,
  });
  return { settings, changes: told, backup, written: true };
}

/** A file keeps its mode, and may hold a token now. */
function openToOthers({ settings, written }: FileReport, token: string): string[] {
  if (!written || process.platform === 'win32' || (fs.statSync(settings).mode & 0o044) === 0) return [];
  if (!readIfThere(settings)?.includes(token)) return [];
  return [`${settings} holds the token now, and others on this machine can read it. Close it: chmod 600 '${settings}'`];
}

function toldOnce({ title, capability, setup }: HookAgent): string[] {
  const gone = capability?.whenGone;
  return gone?.calls === 'run'
    ? [`${title} runs its calls when Warder is gone: ${gone.because}`, ...setup.limits]
    : [...setup.limits];
}

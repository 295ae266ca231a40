import type { Io } from './command.ts';

/** One settings file: what changes in it. */
export interface FileReport {
  readonly settings: string;
  readonly changes: readonly string[];
  /** Copy of the file as it was; null: there was none, or nothing changed. */
  readonly backup: string | null;
  readonly written: boolean;
}

/** What connecting an agent did, or would do. */
export interface Connected {
  readonly files: readonly FileReport[];
  /** Lines that a person has to put into the shell's start file. */
  readonly run: readonly string[];
  readonly warnings: readonly string[];
}

interface Told {
  readonly id: string;
  readonly title: string;
}

/** Both, in this order. */
export const joined = (all: readonly Connected[]): Connected => ({
  files: all.flatMap(({ files }) => files),
  run: all.flatMap(({ run }) => run),
  warnings: [...new Set(all.flatMap(({ warnings }) => warnings))],
});

/** What happened to one agent, for people or as JSON. `suffix`: how the uninstall is spelled beyond the agent. */
export function tellInstall(
  io: Io,
  agent: Told,
  { files, run, warnings }: Connected,
  flags: {
    readonly json?: boolean | undefined;
    readonly 'dry-run'?: boolean | undefined;
    readonly managed?: boolean | undefined;
  },
): void {
  if (flags.json) {
    const told = { agent: agent.id, dryRun: flags['dry-run'] === true, files, run, warnings };
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
  if (run.length > 0)
    io.stdout.write(
      `${agent.title} reads no such file by itself. Put this into your shell's start file:\n  ${run.join('\n  ')}\n`,
    );
  const managed = flags.managed ? ' --managed' : '';
  if (changed.some(({ written }) => written))
    io.stdout.write(`Check: warder doctor ${agent.id}. Undo: warder uninstall ${agent.id}${managed}\n`);
  for (const warning of warnings) io.stderr.write(`warder: ${warning}\n`);
}

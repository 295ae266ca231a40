import { type ExitStatus, type Io, UsageError } from './command.ts';
import { connect, type InstallFlags } from './connect-agent.ts';
import { type FoundAgent, foundAgents, table } from './found-agents.ts';
import { installClaudeCode } from './install-claude-code.ts';
import type { Connected } from './install-report.ts';
import { routeAgent } from './route-agents.ts';

interface Outcome extends Connected {
  readonly agent: string;
  readonly title: string;
  /** Program or folder that shows that it is here. */
  readonly found: string;
  /** Why it could not be connected; null: it was. */
  readonly error: string | null;
}

/** Connects every agent that is found here; what goes wrong with one leaves the others alone. */
export async function installAll(home: string, flags: InstallFlags, io: Io): Promise<ExitStatus> {
  if (flags.model !== undefined) throw new UsageError('--model goes with one agent, not with all.');
  const found = foundAgents(io.env).filter(({ hooks }) => !flags.managed || !hooks || hooks.setup.managedFiles);
  if (found.length === 0) throw new Error('No agent that Warder knows was found on this machine.');
  const outcomes: Outcome[] = [];
  for (const agent of found) outcomes.push(await outcomeOf(agent, home, flags, io));
  tell(io, outcomes, flags);
  return outcomes.some(({ error }) => error !== null) ? 3 : 0;
}

async function outcomeOf(agent: FoundAgent, home: string, flags: InstallFlags, io: Io): Promise<Outcome> {
  const { id, title, found } = agent;
  try {
    const done = await connected(agent, home, flags, io);
    return { agent: id, title, found, ...done, error: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { agent: id, title, found, files: [], run: [], warnings: [], error: why };
  }
}

async function connected(agent: FoundAgent, home: string, flags: InstallFlags, io: Io): Promise<Connected> {
  if (agent.hooks === null) {
    const { settings, changes, backup, written, warnings } = await installClaudeCode(home, flags, io);
    return { files: [{ settings, changes, backup, written }], run: [], warnings };
  }
  const route = routeAgent(agent.id);
  const gateway = flags.gateway === true && route !== null && !flags.managed;
  const done = connect(agent.hooks, route, home, { ...flags, hooks: true, gateway }, io);
  const direct =
    flags.gateway && !gateway ? [`The model traffic of ${agent.title} is not sent through Warder by this.`] : [];
  return { ...done, warnings: [...done.warnings, ...direct] };
}

function tell(io: Io, outcomes: readonly Outcome[], flags: InstallFlags): void {
  const dryRun = flags['dry-run'] === true;
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ dryRun, agents: outcomes })}\n`);
    return;
  }
  const rows = outcomes.map((one) => [one.agent, one.found, wordFor(one)]);
  io.stdout.write(table(['agent', 'found', dryRun ? 'would be' : 'now'], rows));
  for (const { files } of outcomes) {
    for (const { settings, changes } of files) {
      if (changes.length === 0) continue;
      io.stdout.write(`\n${settings}\n${changes.map((change) => `  ${change}\n`).join('')}`);
    }
  }
  const run = outcomes.flatMap((one) => one.run);
  if (run.length > 0) io.stdout.write(`\nPut this into your shell's start file:\n  ${run.join('\n  ')}\n`);
  if (!dryRun) io.stdout.write('\nCheck: warder doctor all. Undo: warder uninstall all\n');
  for (const { agent, warnings } of outcomes)
    for (const warning of warnings) io.stderr.write(`warder: ${agent}: ${warning}\n`);
}

function wordFor({ error, files }: Outcome): string {
  if (error !== null) return `not connected: ${error}`;
  const changed = files.filter(({ changes }) => changes.length > 0).length;
  if (changed === 0) return 'connected already';
  return `connected, ${changed} file${changed === 1 ? '' : 's'}`;
}

import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeDir } from '../home-dir.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';

const notStarted: Readonly<Record<string, number>> = { ENOENT: 127, EACCES: 126 };

/** `warder mcp … -- COMMAND …`: runs the server and stands between it and the agent. Ends the process as the server ended. */
export async function wrap(args: readonly string[], io: Io): Promise<ExitStatus> {
  const at = args.indexOf('--');
  const [program, ...rest] = args.slice(at + 1);
  const { values } = parseArgs({
    args: args.slice(0, at),
    options: { name: { type: 'string' }, 'when-gone': { type: 'string' }, home: { type: 'string' } },
  });
  if (program === undefined) throw new UsageError('the command after -- is missing.');
  const whenGone = values['when-gone'] ?? null;
  if (whenGone !== null && whenGone !== 'refuse' && whenGone !== 'pass')
    throw new UsageError('--when-gone takes refuse or pass.');
  const server = values.name ?? nameFrom([program, ...rest]);
  if (server === '' || server.length > 100) throw new UsageError('--name takes 1 to 100 characters.');
  const home = homeDir(values.home, io.env);
  // The server starts first: nothing of ours is on its way.
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'], windowsHide: true });
  const ended = endOf(child, program, io);
  passSignals(child);
  // Loaded while the server starts.
  const { between } = await import('./mcp-between.ts');
  const say = (line: string) => io.stderr.write(`warder mcp (${server}): ${line}\n`);
  const { passed, judge } = between(child, io, { server, home, whenGone, say });
  const end = await ended;
  // What the server said last is still on its way; a child of its own may hold the stream open for ever.
  await Promise.race([passed, new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
  await judge.close(1000);
  return leave(end);
}

interface End {
  readonly status: number;
  readonly signal: NodeJS.Signals | null;
}

function endOf(child: ChildProcess, program: string, io: Io): Promise<End> {
  return new Promise((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      io.stderr.write(`warder mcp: ${program} cannot be started (${error.code ?? error.message}).\n`);
      resolve({ status: notStarted[error.code ?? ''] ?? 127, signal: null });
    });
    child.once('exit', (code, signal) => resolve({ status: code ?? 1, signal }));
  });
}

/** As the server ended, so do we: same status, same signal. */
function leave({ status, signal }: End): Promise<never> {
  if (signal === null) process.exit(status);
  for (const each of passedSignals) process.removeAllListeners(each);
  process.kill(process.pid, signal);
  // For a signal that does not end a process, a shell's form of it.
  return new Promise(() => setTimeout(() => process.exit(128 + os.constants.signals[signal]), 200));
}

const passedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

function passSignals(child: ChildProcess): void {
  for (const signal of passedSignals) process.on(signal, () => child.kill(signal));
  // Whatever ends this process takes the server along.
  process.once('exit', () => {
    if (child.exitCode === null && child.signalCode === null) child.kill();
  });
}

/** `npx -y @scope/server-github` → `server-github`: the first word that names something. */
function nameFrom(words: readonly string[]): string {
  const runners = /^(?:npx|bunx|uvx|pnpm|yarn|dlx|exec|run|node|bun|deno|python3?|docker|uv|sh|bash|env)$/;
  const word = words.find((each) => !each.startsWith('-') && !runners.test(path.basename(each))) ?? words[0] ?? '';
  const name = path.basename(word).replace(/@[\d.]+$|\.[cm]?[jt]sx?$|\.py$/g, '');
  return name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100) || 'server';
}

import { isUtf8 } from 'node:buffer';
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { McpPassage, McpTalk } from '../core/mcp.ts';
import { homeDir } from '../home-dir.ts';
import { openTalk } from '../normalise/mcp/talk.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import { type Line, LineReader } from './mcp-line.ts';
import { openRemoteJudge, type RemoteJudge } from './mcp-remote.ts';

/** A line of this length or more is not read: 64 MiB. */
const longestLine = 64 * 1024 * 1024;
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
  const home = homeDir(values.home, io.env);
  // The server starts first: nothing of ours is on its way.
  const child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'], windowsHide: true });
  const ended = endOf(child, program, io);
  passSignals(child);
  const say = (line: string) => io.stderr.write(`warder mcp (${server}): ${line}\n`);
  let talk: McpTalk | undefined;
  const judge = openRemoteJudge({
    home,
    server,
    session: `mcp_${randomUUID()}`,
    cwd: process.cwd(),
    whenGone,
    verdictMs: { observe: 3000, enforce: 11_000 },
    client: () => talk?.client() ?? { name: '', version: '' },
    say,
  });
  talk = openTalk({
    server,
    judge,
    freshId: randomUUID,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    nowMs: () => performance.now(),
    after: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
  });
  const passed = connect(io, child, talk, judge, say);
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

/** Two streams of lines, each in its own order. Resolves when the server's output is over. */
function connect(
  io: Io,
  child: ChildProcess,
  talk: McpTalk,
  judge: RemoteJudge,
  say: (line: string) => void,
): Promise<void> {
  const { stdin: toServer, stdout: fromServer } = child;
  if (!toServer || !fromServer) return Promise.resolve();
  const server = sideOf(toServer);
  const client = sideOf(io.stdout);
  const unread = (who: string) => unreadable(judge, who, say);
  const give = (passage: McpPassage, line: Buffer | null, on: Side, back: Side) => {
    for (const message of passage.back) back.write(`${message}\n`);
    if (passage.forward !== null) on.write(line ?? `${passage.forward}\n`);
  };
  const flow = (from: NodeJS.ReadableStream, on: Side, back: Side, who: 'client' | 'server') => {
    const { inTurn, settled } = turns();
    const read = lines(from, on, (line) => {
      const text = textOf(line);
      const gives = (passage: McpPassage) => give(passage, passage.forward === text ? line.bytes : null, on, back);
      if (text === null) return inTurn(unread(who)(line), (bytes) => bytes && on.write(bytes));
      if (text.trim() === '') return inTurn(line.bytes, (bytes) => on.write(bytes));
      return inTurn(who === 'client' ? talk.fromClient(text) : talk.fromServer(text), (passage) => {
        gives(passage);
        // A person is asked; what comes next does not wait for that.
        void passage.later?.then(gives);
      });
    });
    return read.then(settled);
  };
  void flow(io.stdin, server, client, 'client').then(() => server.end());
  return flow(fromServer, client, server, 'server');
}

/** Null for what is not read: too long, or no UTF-8. */
function textOf({ bytes, piece }: Line): string | null {
  return piece === undefined && isUtf8(bytes) ? bytes.toString('utf8') : null;
}

/** What nobody can read passes while observing and is dropped while enforcing; either way it is recorded. */
function unreadable(judge: RemoteJudge, who: string, say: (line: string) => void): (line: Line) => Buffer | null {
  return ({ bytes, piece }) => {
    const enforced = judge.mode() === 'enforce';
    if (piece !== 'next' && piece !== 'last') {
      const why = `a message of the ${who} ${piece === undefined ? 'is not valid UTF-8' : `is longer than ${longestLine} bytes`}`;
      judge.note({ kind: 'unparsed', why: `MCP: ${why}`, raw: bytes.subarray(0, 16_384).toString('latin1') });
      if (enforced) say(`${why}; it was dropped`);
    }
    return enforced ? null : bytes;
  };
}

/** How long a message may hold up those behind it. */
const patienceMs = 500;

/** Messages leave in the order they came, but for one whose verdict takes long: the others go past it. */
function turns() {
  let before: Promise<void> | null = null;
  const all = new Set<Promise<void>>();
  const inTurn = <T>(value: T | Promise<T>, give: (value: T) => void): void | Promise<void> => {
    if (before === null && !(value instanceof Promise)) return give(value);
    const last = before;
    const given = (async () => {
      const ready = await value;
      await last;
      give(ready);
    })().finally(() => {
      all.delete(given);
      if (all.size === 0) before = null;
    });
    all.add(given);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, patienceMs);
    });
    before = Promise.race([given, late]).finally(() => clearTimeout(timer));
    // A flood is taken in no faster than it is judged.
    return all.size > 100 ? before : undefined;
  };
  /** Resolves when everything was given. */
  const settled = async () => {
    await Promise.all(all);
  };
  return { inTurn, settled };
}

interface Side {
  write(bytes: Buffer | string): void;
  end(): void;
  /** Resolves when more may be written. */
  free(): Promise<void>;
}

function sideOf(stream: NodeJS.WritableStream): Side {
  let full = false;
  let gone = false;
  let free = Promise.withResolvers<void>();
  const open = () => {
    full = false;
    free.resolve();
    free = Promise.withResolvers<void>();
  };
  stream.on('drain', open);
  // A side that is gone takes nothing more, and nobody waits for it.
  const over = () => {
    gone = true;
    open();
  };
  stream.on('error', over);
  stream.on('close', over);
  return {
    write(bytes) {
      if (!gone && !stream.write(bytes)) full = true;
    },
    end: () => {
      if (!gone) stream.end();
    },
    free: () => (full && !gone ? free.promise : Promise.resolve()),
  };
}

/** Lines of a stream, one after the other; a slow reader slows the writer down. */
async function lines(from: NodeJS.ReadableStream, on: Side, take: (line: Line) => void | Promise<void>): Promise<void> {
  const reader = new LineReader(longestLine);
  for await (const chunk of from) {
    for (const line of reader.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk))) {
      const done = take(line);
      if (done) await done;
    }
    await on.free();
  }
  const rest = reader.rest();
  // A last message without a line end.
  if (rest.length > 0) await take({ bytes: rest });
}

/** `npx -y @scope/server-github` → `server-github`: the first word that names something. */
function nameFrom(words: readonly string[]): string {
  const runners = /^(?:npx|bunx|uvx|pnpm|yarn|dlx|exec|run|node|bun|deno|python3?|docker|uv|sh|bash|env)$/;
  const word = words.find((each) => !each.startsWith('-') && !runners.test(path.basename(each))) ?? words[0] ?? '';
  const name = path.basename(word).replace(/@[\d.]+$|\.[cm]?[jt]sx?$|\.py$/g, '');
  return name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, 100) || 'server';
}

import { isUtf8 } from 'node:buffer';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import type { McpPassage, McpTalk } from '../core/mcp.ts';
import { openTalk } from '../normalise/mcp/talk.ts';
import type { Io } from './command.ts';
import { type Line, LineReader } from './mcp-line.ts';
import { openRemoteJudge, type RemoteJudge, type RemoteOptions } from './mcp-remote.ts';

/** A line of this length or more is not read: 64 MiB. */
const longestLine = 64 * 1024 * 1024;

/** Stands between the agent and a server that was started. `passed` resolves when the server's output is over. */
export function between(
  child: ChildProcess,
  io: Io,
  options: Pick<RemoteOptions, 'server' | 'home' | 'whenGone' | 'say'>,
): { readonly passed: Promise<void>; readonly judge: RemoteJudge } {
  const { server, say } = options;
  let talk: McpTalk | undefined;
  const judge = openRemoteJudge({
    ...options,
    session: `mcp_${randomUUID()}`,
    cwd: process.cwd(),
    verdictMs: { observe: 3000, enforce: 11_000 },
    client: () => talk?.client() ?? { name: '', version: '' },
  });
  talk = openTalk({
    server,
    judge,
    freshId: randomUUID,
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
    nowMs: () => performance.now(),
    after: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
  });
  return { passed: connect(io, child, talk, judge, say), judge };
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

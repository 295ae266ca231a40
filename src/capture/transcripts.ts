import { closeSync, constants, lstatSync, openSync, readdirSync, readSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A transcript on this machine. */
export interface TranscriptFile {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** Files with the same group are one session: the main file and those of its sub-agents. */
  readonly group: string;
}

/** A path that was there and could not be used, with a short reason. */
export interface Unreadable {
  readonly path: string;
  readonly why: string;
}

export interface Found {
  /** Directories that were looked at, whether they exist or not. */
  readonly directories: readonly { readonly path: string; readonly exists: boolean }[];
  /** Grouped by session, newest group first. */
  readonly files: readonly TranscriptFile[];
  readonly unreadable: readonly Unreadable[];
  /** Files left out because nothing was written to them since `sinceMs`. */
  readonly older: number;
}

/** Where Claude Code keeps its files. Source: `CLAUDE_CONFIG_DIR` relocates the whole directory. */
export function claudeConfigDirectory(env: Readonly<Record<string, string | undefined>>, home: string): string {
  const moved = env.CLAUDE_CONFIG_DIR;
  return moved === undefined || moved === '' ? join(home, '.claude') : moved;
}

/** Why of a link: left out on purpose, no failure. */
export const notFollowed = 'a symbolic link, not followed';

const deepest = 8;

/**
 * Every `*.jsonl` below `directories`, regular files only. The directories themselves may be links; below them no link
 * is followed, so nothing outside the tree is read. `sinceMs` is epoch milliseconds, compared with the file's mtime.
 */
export function findTranscripts(directories: readonly string[], sinceMs: number): Found {
  const files: TranscriptFile[] = [];
  const unreadable: Unreadable[] = [];
  const looked: { path: string; exists: boolean }[] = [];
  let older = 0;
  const walk = (directory: string, depth: number): void => {
    for (const entry of list(directory, unreadable)) {
      const path = join(directory, entry.name);
      if (entry.isSymbolicLink()) {
        if (!entry.name.includes('.') || entry.name.endsWith('.jsonl')) {
          unreadable.push({ path, why: notFollowed });
        }
      } else if (entry.isDirectory()) {
        if (depth < deepest) walk(path, depth + 1);
      } else if (entry.isFile() && entry.name.endsWith('.jsonl')) {
        const stat = statOrReason(path, unreadable);
        if (stat === null) continue;
        if (stat.mtimeMs < sinceMs) older += 1;
        else files.push({ path, bytes: stat.size, mtimeMs: stat.mtimeMs, group: groupOf(path) });
      }
    }
  };
  for (const path of directories) {
    const root = realOrNull(path);
    looked.push({ path, exists: root !== null });
    if (root !== null) walk(root, 0);
  }
  return { directories: looked, files: sessionsTogether(files), unreadable, older };
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // absent: said in `directories`
  }
}

function list(directory: string, unreadable: Unreadable[]) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    unreadable.push({ path: directory, why: reason(error) });
    return [];
  }
}

function statOrReason(path: string, unreadable: Unreadable[]) {
  try {
    return lstatSync(path);
  } catch (error) {
    unreadable.push({ path, why: reason(error) });
    return null;
  }
}

/** `EACCES` → words. */
function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ENOENT') return 'gone before it was read';
  if (code === 'ENOTDIR') return 'not a directory';
  if (code === 'ELOOP') return notFollowed;
  return code === '' ? 'could not be read' : `could not be read (${code})`;
}

/** `<project>/<session>.jsonl` and `<project>/<session>/subagents/agent-<id>.jsonl` are one session. */
function groupOf(path: string): string {
  const name = basename(path, '.jsonl');
  if (!name.startsWith('agent-')) return join(dirname(path), name);
  const directory = dirname(path);
  if (basename(directory) === 'subagents') return dirname(directory);
  return join(directory, sessionInside(path) ?? name);
}

/** Older versions put sub-agents' files beside the main one; only the first line says whose they are. */
function sessionInside(path: string): string | null {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const start = Buffer.alloc(4096);
    const length = readSync(fd, start, 0, start.length, 0);
    return /"sessionId":"([\w-]{1,100})"/.exec(start.toString('utf8', 0, length))?.[1] ?? null;
  } catch {
    return null; // its own group; the reader will name the file
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function sessionsTogether(files: readonly TranscriptFile[]): TranscriptFile[] {
  const newest = new Map<string, number>();
  for (const file of files) newest.set(file.group, Math.max(newest.get(file.group) ?? 0, file.mtimeMs));
  return [...files].sort(
    (a, b) =>
      (newest.get(b.group) ?? 0) - (newest.get(a.group) ?? 0) ||
      (a.group < b.group ? -1 : a.group > b.group ? 1 : a.path.length - b.path.length || (a.path < b.path ? -1 : 1)),
  );
}

/** A line as it stands in the file, or why it is not given. `number` counts from 1, empty lines included. */
export type RawLine =
  | { readonly number: number; readonly text: string; readonly ended: boolean }
  | { readonly number: number; readonly damaged: string };

const chunkBytes = 256 * 1024;
/** A longer line is not kept in memory: it is counted as damaged. */
const longestLineBytes = 64 * 1024 * 1024;

/**
 * The lines of a file, UTF-8 (bytes that are not become U+FFFD), without the empty ones. Reads what the file held when it was
 * opened, in chunks, and holds one line at a time. `ended` is false for a last line without its newline. Throws Unreadable's
 * reason as an Error when the file cannot be opened or read.
 */
export function* readLines(
  path: string,
  onBytes: (bytes: number) => void,
  longest: number = longestLineBytes,
): Generator<RawLine> {
  const fd = open(path);
  try {
    yield* linesOf(fd, onBytes, longest);
  } finally {
    closeSync(fd);
  }
}

function open(path: string): number {
  try {
    // O_NONBLOCK: a FIFO put there meanwhile must not hang the scan. O_NOFOLLOW: nor may a link lead out of the tree.
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  }
}

function read(fd: number, into: Buffer, at: number): number {
  try {
    return readSync(fd, into, at, into.length - at, null);
  } catch (error) {
    throw new Error(reason(error), { cause: error });
  }
}

interface Held {
  buffer: Buffer;
  /** Bytes at the front that belong to a line not yet ended. */
  filled: number;
  number: number;
  /** True while the rest of a line that is too long goes by. */
  dropping: boolean;
}

function* linesOf(fd: number, onBytes: (bytes: number) => void, longest: number): Generator<RawLine> {
  const held: Held = {
    buffer: Buffer.allocUnsafe(Math.min(chunkBytes, longest)),
    filled: 0,
    number: 0,
    dropping: false,
  };
  for (let got = read(fd, held.buffer, 0); got > 0; got = read(fd, held.buffer, held.filled)) {
    onBytes(got);
    yield* endedLines(held, held.filled + got, longest);
    makeRoom(held, longest);
  }
  held.number += 1;
  if (held.dropping) yield { number: held.number, damaged: tooLong(longest) };
  else if (held.filled > 0) {
    yield { number: held.number, text: held.buffer.toString('utf8', 0, held.filled), ended: false };
  }
}

/** Gives the lines that end before `end` and moves what is left to the front. */
function* endedLines(held: Held, end: number, longest: number): Generator<RawLine> {
  const { buffer } = held;
  let start = 0;
  let newline = buffer.indexOf(10, held.filled);
  // Beyond `end` the buffer still holds bytes of an earlier chunk.
  while (newline !== -1 && newline < end) {
    held.number += 1;
    if (held.dropping) {
      held.dropping = false;
      yield { number: held.number, damaged: tooLong(longest) };
    } else if (newline > start) {
      yield { number: held.number, text: buffer.toString('utf8', start, newline), ended: true };
    }
    start = newline + 1;
    newline = buffer.indexOf(10, start);
  }
  if (held.dropping) {
    held.filled = 0;
    return;
  }
  buffer.copyWithin(0, start, end);
  held.filled = end - start;
}

function makeRoom(held: Held, longest: number): void {
  if (held.filled < held.buffer.length) return;
  if (held.buffer.length >= longest) {
    held.dropping = true;
    held.filled = 0;
    return;
  }
  const larger = Buffer.allocUnsafe(Math.min(longest, held.buffer.length * 2));
  held.buffer.copy(larger, 0, 0, held.filled);
  held.buffer = larger;
}

const tooLong = (longest: number): string => `longer than ${Math.round(longest / (1024 * 1024))} MiB`;

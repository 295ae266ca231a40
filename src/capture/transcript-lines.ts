import { closeSync, constants, openSync, readSync } from 'node:fs';
import { whyUnreadable } from './transcripts.ts';

/** A line as it stands in the file, or why it is not given. `number` counts from 1, empty lines included. */
export type RawLine =
  | { readonly number: number; readonly text: string; readonly ended: boolean }
  | { readonly number: number; readonly damaged: string };

const chunkBytes = 256 * 1024;
/** A longer line is not kept in memory: it is counted as damaged. */
export const longestLineBytes = 64 * 1024 * 1024;

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
    throw new Error(whyUnreadable(error), { cause: error });
  }
}

function readInto(fd: number, into: Buffer, at: number): number {
  try {
    return readSync(fd, into, at, into.length - at, null);
  } catch (error) {
    throw new Error(whyUnreadable(error), { cause: error });
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
  for (let got = readInto(fd, held.buffer, 0); got > 0; got = readInto(fd, held.buffer, held.filled)) {
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

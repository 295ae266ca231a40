import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { Delivery } from '../core/device.ts';

/** What waits on the disk for the server, in the order it happened. */
export interface Spool {
  /** Resolves when it would survive a power cut; `full` when there is no room. Rejects when the disk cannot be written. */
  add(delivery: Delivery): Promise<'kept' | 'full'>;
  /** How many wait, those included that are on their way to the disk; of one lane, or of all. */
  waiting(lane?: string): number;
  /** The oldest, at most so many, and about so many bytes of them. */
  oldest(most: number, bytes: number): readonly Delivery[];
  /** The oldest `count` have arrived. */
  arrived(count: number): Promise<void>;
  /** Lines that could not be read when it was opened. */
  readonly damaged: number;
  close(): Promise<void>;
}

interface Entry {
  readonly delivery: Delivery;
  /** Where its line ends in the file, in bytes. */
  readonly end: number;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly line: Buffer;
  kept(): void;
  failed(error: unknown): void;
}

/**
 * Opens the spool in `folder` (made 0700). A line is the first 16 digits of its SHA-256, a blank, JSON; one that was cut
 * off was never answered for, and goes. How far things have arrived is written without a sync: after a crash some of
 * them are sent again, and the server drops them.
 */
export async function openSpool(folder: string, mostBytes: number): Promise<Spool> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const flags = fs.constants.O_RDWR | fs.constants.O_CREAT;
  const [file, note] = await Promise.all(
    ['queue.jsonl', 'arrived'].map((name) => open(path.join(folder, name), flags, 0o600)),
  );
  if (file === undefined || note === undefined) throw new Error(`${folder} cannot be opened.`);
  const read = readLines(await file.readFile());
  const sent = Number((await note.readFile('utf8')).trim()) || 0;
  await file.truncate(read.size);
  let size = read.size;
  let queue: readonly Entry[] = read.entries.filter(({ end }) => end > sent);
  const lanes = new Map<string, number>();
  const count = (lane: string, by: number): void => {
    const now = (lanes.get(lane) ?? 0) + by;
    if (now > 0) lanes.set(lane, now);
    else lanes.delete(lane);
  };
  for (const { delivery } of queue) count(delivery.lane, 1);

  let waiting: Waiting[] = [];
  let turn: Promise<void> = Promise.resolve();
  /** One write and one sync for all that came meanwhile. */
  const writeWaiting = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      await writeWhole(file, Buffer.concat(batch.map(({ line }) => line)), size);
      await file.datasync();
    } catch (error) {
      for (const one of batch) one.failed(error);
      // Half a line must not stand before the next one; where even that fails, its sum tells.
      return file.truncate(size).catch(() => {});
    }
    const added = batch.map(({ delivery, line }) => {
      size += line.length;
      return { delivery, end: size };
    });
    queue = [...queue, ...added];
    for (const one of batch) one.kept();
  };
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const next = turn.then(work);
    turn = next.catch(() => {});
    return next;
  };
  const inWaiting = (): number => waiting.reduce((sum, { line }) => sum + line.length, 0);
  const noteArrived = (at: number) => note.write(String(at).padEnd(20), 0);

  return {
    damaged: read.damaged,
    waiting: (lane) =>
      lane === undefined ? [...lanes.values()].reduce((sum, each) => sum + each, 0) : (lanes.get(lane) ?? 0),
    oldest(most, bytes) {
      const from = (queue[0]?.end ?? 0) + bytes;
      const some = queue.slice(0, most);
      const fit = some.findIndex(({ end }, index) => index > 0 && end > from);
      return (fit < 0 ? some : some.slice(0, fit)).map(({ delivery }) => delivery);
    },
    async add(delivery) {
      const line = Buffer.from(lineOf(JSON.stringify(delivery)));
      if (size + inWaiting() + line.length > mostBytes) return 'full';
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      count(delivery.lane, 1);
      waiting.push({ delivery, line, kept: resolve, failed: reject });
      void inTurn(writeWaiting);
      try {
        await promise;
      } catch (error) {
        count(delivery.lane, -1);
        throw error;
      }
      return 'kept';
    },
    arrived: (number) =>
      inTurn(async () => {
        const done = queue.slice(0, number);
        queue = queue.slice(number);
        for (const { delivery } of done) count(delivery.lane, -1);
        const last = done.at(-1);
        if (last !== undefined) await noteArrived(last.end);
        if (queue.length > 0 || size === 0) return;
        // The note first: were it older than the emptied file, it would say that new lines have arrived.
        await noteArrived(0);
        await note.datasync();
        await file.truncate(0);
        size = 0;
      }),
    async close() {
      await inTurn(async () => {});
      await Promise.all([file.close(), note.close()]);
    },
  };
}

/** A disk with room for a part of it takes that part, and says so by the count alone: the next write is the one that fails. */
async function writeWhole(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    if (bytesWritten === 0) throw new Error('nothing was written');
    done += bytesWritten;
  }
}

const lineOf = (json: string): string => `${createHash('sha256').update(json).digest('hex').slice(0, 16)} ${json}\n`;

/** Whole lines of a queue; `size` is where the next one goes. */
function readLines(bytes: Buffer): { entries: readonly Entry[]; size: number; damaged: number } {
  const entries: Entry[] = [];
  let [size, damaged] = [0, 0];
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', size)) {
    const line = bytes.subarray(size, end + 1).toString('utf8');
    const json = line.slice(17, -1);
    // Written by this very module, as its sum says.
    if (line === lineOf(json)) entries.push({ delivery: JSON.parse(json) as Delivery, end: end + 1 });
    else damaged += 1;
    size = end + 1;
  }
  return { entries, size, damaged };
}

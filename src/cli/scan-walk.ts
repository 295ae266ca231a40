import { basename } from 'node:path';
import {
  findTranscripts,
  type RawLine,
  readLines,
  type TranscriptFile,
  type Unreadable,
} from '../capture/transcripts.ts';
import { parseTranscriptLine, type TranscriptTurn } from '../normalise/agents/claude-code.transcript.ts';
import type { ScanReport } from './scan-report.ts';
import type { Standing, Tally } from './scan-tally.ts';

/** How far a scan is. */
export interface Progress {
  readonly bytes: number;
  readonly ofBytes: number;
  readonly calls: number;
}

export interface Walked {
  readonly looked: ScanReport['looked'];
  readonly unread: ScanReport['unread'];
  readonly files: number;
  readonly olderFiles: number;
  readonly bytes: number;
}

/** Damaged lines that are named one by one; the rest is only counted. */
const mostNamed = 100;

/** Reads every transcript below `directories` into `tally`, session by session, sub-agents' lines in between by time. */
export function walkTranscripts(
  directories: readonly string[],
  sinceMs: number,
  tally: Tally,
  onProgress: (progress: Progress) => void,
): Walked {
  const found = findTranscripts(directories, sinceMs);
  const since = sinceMs > 0 ? new Date(sinceMs).toISOString() : '';
  const ofBytes = found.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const unreadable: Unreadable[] = [...found.unreadable];
  const damaged: { file: string; line: number; why: string }[] = [];
  const unknownLines: Record<string, number> = Object.create(null);
  let damagedLines = 0;
  let bytes = 0;
  const notes: LineNotes = {
    damaged(standing, why) {
      damagedLines += 1;
      if (damaged.length < mostNamed) damaged.push({ ...standing, why });
    },
    unknown(type) {
      unknownLines[type] = (unknownLines[type] ?? 0) + 1;
    },
    unreadable: (entry) => unreadable.push(entry),
    bytes(read) {
      bytes += read;
      onProgress({ bytes, ofBytes, calls: tally.calls });
    },
  };
  for (const files of groups(found.files)) {
    for (const { turn, standing } of inTimeOrder(files.map((file) => turnsOf(file, notes)))) {
      if (turn.at === '' || turn.at >= since) tally.turn(turn, standing);
    }
    tally.endSession();
  }
  return {
    looked: found.directories,
    unread: { damagedLines, damaged, unreadable, unknownLines: { ...unknownLines } },
    files: found.files.length,
    olderFiles: found.older,
    bytes,
  };
}

interface LineNotes {
  damaged(standing: Standing, why: string): void;
  unknown(type: string): void;
  unreadable(entry: Unreadable): void;
  bytes(read: number): void;
}

function* groups(files: readonly TranscriptFile[]): Generator<TranscriptFile[]> {
  let group: TranscriptFile[] = [];
  for (const file of files) {
    if (group[0] !== undefined && group[0].group !== file.group) {
      yield group;
      group = [];
    }
    group.push(file);
  }
  if (group.length > 0) yield group;
}

interface Placed {
  readonly turn: TranscriptTurn;
  readonly standing: Standing;
}

function* turnsOf(file: TranscriptFile, notes: LineNotes): Generator<Placed> {
  const lines = readLines(file.path, notes.bytes);
  for (;;) {
    const line = nextLine(lines, file, notes);
    if (line === null) return;
    const standing = { file: file.path, line: line.number };
    if ('damaged' in line) {
      notes.damaged(standing, line.damaged);
      continue;
    }
    const read = parseTranscriptLine(line.text);
    if (!read.ok)
      notes.damaged(
        standing,
        line.ended ? read.error.detail : `${read.error.detail} (last line, may still be written)`,
      );
    else if (read.value.kind === 'turn') yield { turn: named(read.value, file), standing };
    else if (!read.value.known) notes.unknown(read.value.type);
  }
}

/** A file that fails half-way is named; what was read of it counts. */
function nextLine(lines: Generator<RawLine>, file: TranscriptFile, notes: LineNotes): RawLine | null {
  try {
    const { done, value } = lines.next();
    return done === true ? null : value;
  } catch (error) {
    notes.unreadable({ path: file.path, why: error instanceof Error ? error.message : 'could not be read' });
    return null;
  }
}

/** A line without a session id belongs to the session of its file. */
function named(turn: TranscriptTurn, file: TranscriptFile): TranscriptTurn {
  return turn.session === '' ? { ...turn, session: basename(file.group) } : turn;
}

/** Several streams, each in time order, as one. A line without a time follows the one before it. */
function* inTimeOrder(streams: readonly Generator<Placed>[]): Generator<Placed> {
  const [only] = streams;
  if (only !== undefined && streams.length === 1) {
    yield* only;
    return;
  }
  const heads: { stream: Generator<Placed>; head: Placed; at: string }[] = [];
  for (const stream of streams) {
    const { done, value } = stream.next();
    if (done !== true) heads.push({ stream, head: value, at: value.turn.at });
  }
  while (heads.length > 0) {
    let first = 0;
    for (let i = 1; i < heads.length; i += 1) if ((heads[i]?.at ?? '') < (heads[first]?.at ?? '')) first = i;
    const earliest = heads[first];
    if (earliest === undefined) return;
    yield earliest.head;
    const { done, value } = earliest.stream.next();
    if (done === true) heads.splice(first, 1);
    else {
      earliest.head = value;
      if (value.turn.at !== '') earliest.at = value.turn.at;
    }
  }
}

import type { RawLine } from '../capture/transcript-lines.ts';
import { readAbout, readRecords } from '../capture/transcript-records.ts';
import type { TranscriptFile, Unreadable } from '../capture/transcripts.ts';
import type { TranscriptReader, TranscriptTurn } from '../core/transcript.ts';
import { transcripts } from '../plugs.ts';
import type { JudgedTurn, Standing } from './scan-judged.ts';
import { SessionJudge, type SessionOptions } from './scan-session.ts';

/** What could not be used of some files. */
export interface LineNotes {
  damagedLines: number;
  /** The first of them, one by one. */
  readonly damaged: { readonly file: string; readonly line: number; readonly why: string }[];
  readonly unreadable: Unreadable[];
  readonly unknownLines: Record<string, number>;
}

/** Damaged lines that are named one by one; the rest is only counted. */
const mostNamed = 100;

export const noNotes = (): LineNotes => ({
  damagedLines: 0,
  damaged: [],
  unreadable: [],
  unknownLines: Object.create(null),
});

/** Adds the notes of further files. */
export function addNotes(to: LineNotes, more: LineNotes): void {
  to.damagedLines += more.damagedLines;
  to.damaged.push(...more.damaged.slice(0, Math.max(0, mostNamed - to.damaged.length)));
  to.unreadable.push(...more.unreadable);
  for (const [type, times] of Object.entries(more.unknownLines))
    to.unknownLines[type] = (to.unknownLines[type] ?? 0) + times;
}

/** Files of one session stand together: the main one and those of its sub-agents. */
export function* sessionsOf(files: readonly TranscriptFile[]): Generator<readonly TranscriptFile[]> {
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

/** What is needed to read the files of one session. */
export interface FileReading {
  readonly notes: LineNotes;
  readonly onBytes: (bytes: number) => void;
  /** Told each record before its lines are given; absent: nobody asks. */
  readonly onRecord?: (file: TranscriptFile, number: number, text: string) => void;
}

export interface Reading extends FileReading {
  readonly options: SessionOptions;
  /** ISO 8601; `''` = everything. */
  readonly since: string;
  /** True for a line that counts elsewhere. */
  readonly skip: (uuid: string) => boolean;
}

/** The files of one session → its judged lines in time order, sub-agents' lines in between. A line that cannot be judged is noted. */
export function* judgeSession(files: readonly TranscriptFile[], reading: Reading): Generator<JudgedTurn> {
  const { options, since, skip, notes } = reading;
  const judge = new SessionJudge(options, files[0]?.agent ?? '');
  const own = new Set<string>();
  for (const { turn, standing } of turnsInOrder(files, reading)) {
    if (turn.at !== '' && turn.at < since) continue;
    if (turn.uuid !== '') {
      if (own.has(turn.uuid) || skip(turn.uuid)) continue;
      own.add(turn.uuid);
    }
    try {
      yield judge.turn(turn, standing);
    } catch (error) {
      // A fault of ours in one line must not end the scan; the message may quote the line, so only its kind is told.
      damaged(notes, standing, `could not be judged (${error instanceof Error ? error.name : 'unknown error'})`);
    }
  }
}

/** The lines of the files of one session in time order, sub-agents' in between. */
export const turnsInOrder = (files: readonly TranscriptFile[], reading: FileReading): Generator<Placed> =>
  inTimeOrder(files.map((file) => turnsOf(file, reading)));

function damaged(notes: LineNotes, standing: Standing, why: string): void {
  notes.damagedLines += 1;
  if (notes.damaged.length < mostNamed) notes.damaged.push({ ...standing, why });
}

export interface Placed {
  readonly turn: TranscriptTurn;
  readonly standing: Standing;
}

const readers = new Map<string, TranscriptReader>(transcripts.map((reader) => [reader.agent, reader]));

function* turnsOf(file: TranscriptFile, { notes, onBytes, onRecord }: FileReading): Generator<Placed> {
  const reader = readers.get(file.agent);
  if (reader === undefined) throw new Error(`no reader of ${file.agent}'s transcripts`);
  const opened = reader.open(file.path, readAbout(reader, file.path));
  const lines = readRecords(file, onBytes);
  for (;;) {
    const line = nextLine(lines, file, notes);
    if (line === null) return;
    const standing = { file: file.path, line: line.number };
    if ('damaged' in line) {
      damaged(notes, standing, line.damaged);
      continue;
    }
    onRecord?.(file, line.number, line.text);
    const read = opened.record(line.text);
    if (!read.ok) {
      const why = line.ended ? read.error.detail : `${read.error.detail} (last line, may still be written)`;
      damaged(notes, standing, why);
      continue;
    }
    for (const told of read.value) {
      if (told.kind === 'turn') yield { turn: told, standing };
      else if (!told.known) notes.unknownLines[told.type] = (notes.unknownLines[told.type] ?? 0) + 1;
    }
  }
}

/** A file that fails half-way is named; what was read of it counts. */
function nextLine(lines: Generator<RawLine>, file: TranscriptFile, notes: LineNotes): RawLine | null {
  try {
    const { done, value } = lines.next();
    return done === true ? null : value;
  } catch (error) {
    notes.unreadable.push({ path: file.path, why: error instanceof Error ? error.message : 'could not be read' });
    return null;
  }
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

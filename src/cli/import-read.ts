import { createHash } from 'node:crypto';
import type { TranscriptFile } from '../capture/transcripts.ts';
import type { ImportBatch, ImportedTurn, ImportMark } from '../core/import.ts';
import { deepestNesting, nestedDeeperThan } from '../core/nesting.ts';
import type { TranscriptItem, TranscriptTurn } from '../core/transcript.ts';
import { type LineNotes, turnsInOrder } from './scan-walk.ts';

/** About what one batch may hold, in UTF-16 units, and the lines in it. */
const batchUnits = 1024 * 1024;
const batchTurns = 500;

/** How far one file was read: `before` its last record, and with it. */
interface Reached {
  known: ImportMark | null;
  readonly hash: ReturnType<typeof createHash>;
  /** Digests after the last record but one, and after the last. */
  before: string;
  now: string;
  records: number;
  /** What `known` says was met: what comes next is new. */
  past: boolean;
  /** Lines before this were left out; `''`: none were. */
  since: string;
}

/** Why a batch cannot begin where the last import ended: what was there has changed. */
export class FileChanged extends Error {
  override readonly name = 'FileChanged';
}

export interface ReadOptions {
  /** ISO 8601; `''` = everything. */
  readonly since: string;
  readonly notes: LineNotes;
  readonly onBytes: (bytes: number) => void;
}

/**
 * The files of one session → batches of what is not imported yet, each with how far its files are read then. Marks are
 * in the order of `files`. Throws FileChanged when a file does not begin with what was imported of it.
 */
export function* batchesOf(
  files: readonly TranscriptFile[],
  marks: readonly (ImportMark | null)[],
  { since, notes, onBytes }: ReadOptions,
): Generator<ImportBatch> {
  const reached = files.map((_, index) => reachedOf(marks[index] ?? null));
  const [first] = files;
  if (first === undefined) return;
  const onRecord = (file: TranscriptFile, _number: number, text: string) => {
    const at = reached[files.indexOf(file)];
    if (at !== undefined) grow(at, text);
  };
  const paths = new Map(files.map(({ path }, index) => [path, index]));
  let turns: ImportedTurn[] = [];
  let units = 0;
  let last = new Date(first.mtimeMs).toISOString();
  for (const { turn, standing } of turnsInOrder(files, { notes, onBytes, onRecord })) {
    const file = paths.get(standing.file) ?? 0;
    last = turn.at === '' ? last : exact(turn.at);
    const at = reached[file];
    if (turn.items.length === 0 || at === undefined || !at.past) continue;
    if (turn.at !== '' && turn.at < since) {
      at.since = since;
      continue;
    }
    const sent = { file, record: standing.line, at: last, turn: sendable(turn) };
    turns.push(sent);
    units += unitsOf(turn);
    if (units < batchUnits && turns.length < batchTurns) continue;
    // Another line of the last record may follow, of any of the files.
    yield batch(
      first,
      files,
      turns,
      reached.map((each) => markOf(each, false)),
    );
    turns = [];
    units = 0;
  }
  const ends = reached.map((each) => markOf(each, true));
  if (turns.length > 0 || ends.some((end, index) => end?.digest !== reached[index]?.known?.digest))
    yield batch(first, files, turns, ends);
}

function batch(
  { agent }: TranscriptFile,
  files: readonly TranscriptFile[],
  turns: readonly ImportedTurn[],
  marks: readonly (ImportMark | null)[],
): ImportBatch {
  return { v: 1, agent, files: files.map(({ path }, index) => ({ path, mark: marks[index] ?? null })), turns };
}

/** A mark made when less was asked for says nothing of what lies before. */
export const usable = (mark: ImportMark | null, since: string): ImportMark | null =>
  mark !== null && (mark.since === '' || (since !== '' && mark.since <= since)) ? mark : null;

const emptyDigest = createHash('sha256').digest('hex');

function reachedOf(known: ImportMark | null): Reached {
  const past = known === null || known.records === 0;
  return {
    known,
    hash: createHash('sha256'),
    before: emptyDigest,
    now: emptyDigest,
    records: 0,
    past,
    since: known?.since ?? '',
  };
}

function grow(at: Reached, text: string): void {
  // The line of the record that was the last one then is over: what comes now is new.
  if (at.known !== null && !at.past && at.records === at.known.records) at.past = true;
  at.hash.update(text).update('\n');
  at.records += 1;
  at.before = at.now;
  at.now = at.hash.copy().digest('hex');
  if (at.known !== null && at.records === at.known.records && at.now !== at.known.digest)
    throw new FileChanged('the transcript was written anew');
}

function markOf(at: Reached, whole: boolean): ImportMark | null {
  // It is shorter than it was.
  if (whole && at.known !== null && at.records < at.known.records) throw new FileChanged('the transcript was cut');
  const records = whole ? at.records : at.records - 1;
  if (records <= (at.known?.records ?? 0)) return whole && at.known !== null ? at.known : null;
  return { records, digest: whole ? at.now : at.before, since: at.since };
}

/** Milliseconds, as events have them; a longer fraction is cut. */
const exact = (at: string): string =>
  `${at.slice(0, 19)}.${(/\.(\d+)Z$/.exec(at)?.[1] ?? '').padEnd(3, '0').slice(0, 3)}Z`;

function unitsOf({ items }: TranscriptTurn): number {
  let units = 400;
  for (const item of items) {
    if (item.kind === 'call') units += JSON.stringify(item.input)?.length ?? 0;
    else if ('text' in item) units += item.text.length;
  }
  return units;
}

/** A turn as it can be written: an input nested beyond every reader is named and left out. */
function sendable(turn: TranscriptTurn): TranscriptTurn {
  const tooDeep = (item: TranscriptItem) => item.kind === 'call' && nestedDeeperThan(item.input, deepestNesting);
  if (!turn.items.some(tooDeep)) return turn;
  const left = `(left out: nested deeper than ${deepestNesting} levels)`;
  return { ...turn, items: turn.items.map((item) => (tooDeep(item) ? { ...item, input: { '…': left } } : item)) };
}

import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import type { TranscriptAbout, TranscriptReader } from '../core/transcript.ts';
import { longestLineBytes, type RawLine, readLines } from './transcript-lines.ts';
import { type TranscriptFile, whyUnreadable } from './transcripts.ts';

/**
 * The records of a transcript: lines, the one document, or a database's rows as JSON, numbered from 1. Reads only. Throws
 * the reason as an Error when the file cannot be opened or read.
 */
export function readRecords(
  file: Pick<TranscriptFile, 'path' | 'form' | 'query' | 'bytes'>,
  onBytes: (bytes: number) => void,
): Generator<RawLine> {
  if (file.form === 'json') return documentOf(file.path, onBytes);
  return file.form === 'sqlite' ? rowsOf(file, onBytes) : readLines(file.path, onBytes);
}

/** A file that is written anew as a whole; one that is larger than a line may be is not kept in memory. */
function* documentOf(path: string, onBytes: (bytes: number) => void): Generator<RawLine> {
  const read = wholeFile(path, longestLineBytes);
  if (read === null) yield { number: 1, damaged: `longer than ${longestLineBytes / (1024 * 1024)} MiB` };
  else if (read.trim() !== '') {
    onBytes(Buffer.byteLength(read));
    yield { number: 1, text: read, ended: true };
  }
}

/** Text of a regular file, no link; null when it is longer than `most` bytes. Throws the reason as an Error. */
function wholeFile(path: string, most: number): string | null {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const stat = fstatSync(fd);
    return stat.isFile() && stat.size <= most ? readFileSync(fd, 'utf8') : null;
  } catch (error) {
    throw new Error(whyUnreadable(error), { cause: error });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function* rowsOf(
  { path, query = '', bytes }: Pick<TranscriptFile, 'path' | 'query' | 'bytes'>,
  onBytes: (bytes: number) => void,
): Generator<RawLine> {
  const db = opened(path);
  let number = 0;
  try {
    for (const row of db.prepare(query).iterate()) {
      number += 1;
      yield { number, text: JSON.stringify(row, unpacked), ended: true };
    }
    onBytes(bytes);
  } catch (error) {
    throw new Error(whyNoRows(error), { cause: error });
  } finally {
    db.close();
  }
}

/**
 * Without a log beside it nobody is at work in the database, and it is opened as a file that does not change, so that
 * nothing is written beside it; with one it is read as any reader of it would.
 */
function opened(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'ro');
  if (!existsSync(`${path}-wal`)) url.searchParams.set('immutable', '1');
  try {
    const db = new DatabaseSync(url, { readOnly: true, timeout: 2_000, allowExtension: false });
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA query_only = ON');
    return db;
  } catch (error) {
    throw new Error(whyNoRows(error), { cause: error });
  }
}

/** SQLite's own words name tables and files, never content; what they say of the query is of no use to a person. */
function whyNoRows(error: unknown): string {
  const said = error instanceof Error ? error.message : '';
  if (/not a database|malformed|corrupt/.test(said)) return 'not a database, or damaged';
  if (/no such (?:table|column)/.test(said)) return 'a database of another version of the agent';
  if (/locked|busy/.test(said)) return 'locked by another program';
  return /unable to open/.test(said) ? 'could not be opened' : 'could not be read';
}

const zstdMagic = 0xfd2fb528;
const longestUnpacked = 64 * 1024 * 1024;

/** Bytes as the text they are, unpacked where they are a zstd frame; `''` for what is neither. */
function unpacked(_name: string, value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return typeof value === 'bigint' ? Number(value) : value;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== zstdMagic) return bytes.toString('utf8');
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: longestUnpacked }).toString('utf8');
  } catch {
    return ''; // damaged or too long; its reader says that the row has nothing in it
  }
}

/** A settings file beside a transcript is small. */
const longestAbout = 4 * 1024 * 1024;

/** What the file beside a transcript says of it; nothing when there is none or it cannot be read. */
export function readAbout(reader: Pick<TranscriptReader, 'about'>, path: string): TranscriptAbout {
  const beside = reader.about?.(path) ?? null;
  if (beside === null) return {};
  try {
    const found = wholeFile(beside.file, longestAbout);
    return found === null ? {} : beside.read(found);
  } catch {
    return {}; // not every version writes one
  }
}

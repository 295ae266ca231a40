import { fail, ok, type Result } from '../../core/result.ts';
import type { TranscriptItem, TranscriptLine, TranscriptTurn } from '../../core/transcript.ts';

/** A JSON object of a transcript; nothing in it is trusted. */
export type Json = Readonly<Record<string, unknown>>;

/** UTF-16 units of a result or a prompt that are read. */
export const heldUnits = 64 * 1024;

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a member, or an empty one. */
export const inside = (value: unknown): Json => (isRecord(value) ? value : {});

export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The objects of a list; what is none is left out. */
export const records = (value: unknown): readonly Json[] => list(value).filter(isRecord);

/** One record as JSON. Error `damaged` says why in a few words and never quotes it. */
export function parsedRecord(line: string): Result<Json> {
  const read = parsedJson(line);
  if (!read.ok) return read;
  return isRecord(read.value) ? ok(read.value) : fail('damaged', 'not a JSON object');
}

/** A list as JSON; errors as for a record. */
export function parsedList(line: string): Result<readonly unknown[]> {
  const read = parsedJson(line);
  if (!read.ok) return read;
  return Array.isArray(read.value) ? ok(read.value) : fail('damaged', 'not a JSON list');
}

function parsedJson(line: string): Result<unknown> {
  try {
    return ok(JSON.parse(line));
  } catch (error) {
    return fail('damaged', whyNotJson(line, error));
  }
}

/** The parser's own words may quote the line, and a line may hold a secret: only the kind of fault is told. */
function whyNotJson(line: string, error: unknown): string {
  if (line.includes('\u0000')) return 'not JSON: holds NUL bytes';
  if (line.includes('\uFFFD')) return 'not JSON: holds bytes that are not UTF-8';
  const said = error instanceof Error ? error.message : '';
  if (/Unexpected end|Unterminated/.test(said)) return 'not JSON: cut off';
  if (line.startsWith('{') && !line.trimEnd().endsWith('}')) return 'not JSON: cut off';
  return 'not JSON';
}

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const isoElsewhere = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?[+-]\d\d:\d\d$/;
/** Milliseconds since 1970 between 2001 and 2286; seconds and nanoseconds are none of them. */
const [leastMs, mostMs] = [1e12, 1e13];

/** ISO 8601 UTC, from such a text or from milliseconds since 1970; `''` for what is neither: it would sort and count as days. */
export function timeOf(value: unknown): string {
  if (typeof value === 'string') return iso.test(value) ? value : '';
  if (typeof value === 'number' && value >= leastMs && value < mostMs) return new Date(value).toISOString();
  return '';
}

/** The same to the millisecond, from what may also be seconds since 1970, or a time of another zone. */
export function anyTimeOf(value: unknown): string {
  if (typeof value === 'number') return timeOf(value < leastMs ? value * 1000 : value);
  return typeof value === 'string' && (iso.test(value) || isoElsewhere.test(value)) ? timeOf(Date.parse(value)) : '';
}

/** A string, or the texts in a list of parts, as one; bounded. */
export function heldText(content: unknown): string {
  if (typeof content === 'string') return content.slice(0, heldUnits);
  const parts: string[] = [];
  let room = heldUnits;
  for (const part of records(content)) {
    if (typeof part.text !== 'string' || room <= 0) continue;
    const held = part.text.slice(0, room);
    parts.push(held);
    room -= held.length;
  }
  return parts.join('\n');
}

/** Anything that came back, as text; bounded. */
export function resultText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value.slice(0, heldUnits);
  const told = heldText(value);
  return told === '' ? JSON.stringify(value).slice(0, heldUnits) : told;
}

/** The input of a call: as JSON where it was written as text. Text that is no JSON object stands under `input`. */
export function inputOf(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? {};
  if (value.trim() === '') return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : { input: value };
  } catch {
    // A free-form input, such as a patch, is no JSON on purpose.
    return { input: value };
  }
}

/** A prompt, when there is one. */
export const promptItem = (said: string): readonly TranscriptItem[] =>
  said.trim() === '' ? [] : [{ kind: 'prompt', text: said.slice(0, heldUnits) }];

const nothing: Omit<TranscriptTurn, 'items'> = {
  kind: 'turn',
  uuid: '',
  session: '',
  subagent: '',
  at: '',
  cwd: '',
  version: '',
  gitBranch: '',
  permissionMode: '',
};

/** A turn of which only some things are known. */
export const turnOf = (known: Partial<TranscriptTurn> & Pick<TranscriptTurn, 'items'>): TranscriptTurn => ({
  ...nothing,
  ...known,
});

/** A record without anything of use, by its type; a type that could be anything is not told. */
export function otherLine(type: string, known: boolean): TranscriptLine {
  return { kind: 'other', type: /^[\w.:/-]{1,40}$/.test(type) ? type : 'unnamed', known };
}

/** Exit status in the words that agents put around a command's output; null when they say none. */
export function exitIn(said: string, pattern: RegExp): number | null {
  const found = pattern.exec(said)?.[1];
  return found === undefined ? null : Number(found);
}

/** Last part of a path, whichever way its slashes lean. */
export const fileName = (path: string): string => path.split(/[/\\]/).at(-1) ?? '';

/** Folder part of a path. */
export const folderOf = (path: string): string => path.slice(0, Math.max(0, path.length - fileName(path).length - 1));

/** An environment variable that moves a folder, else the usual one. */
export const movedOr = (moved: string | undefined, usual: string): string =>
  moved === undefined || moved === '' ? usual : moved;

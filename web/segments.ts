import type { Effect } from '../src/core/effect.ts';
import type { Finding, Severity } from '../src/core/verdict.ts';

/** A stretch of one field that something was read in. `factor`: 1-based place of the finding in the list of factors. */
export interface Mark {
  readonly field: string;
  readonly start: number;
  readonly end: number;
  readonly factor?: number;
  readonly severity?: Severity;
}

export interface Segment {
  readonly text: string;
  /** Heaviest finding here; absent where only an effect was read. */
  readonly severity?: Severity;
  readonly touched: boolean;
  /** Factors whose evidence ends with this segment. */
  readonly ends: readonly number[];
}

export interface Field {
  /** `command`, `edits/0/new_string`. */
  readonly path: string;
  readonly text: string;
  /** Not a string in the input: a number, true, null. */
  readonly bare: boolean;
}

/** Findings heaviest first, and the marks of findings and effects. */
export function marksOf(findings: readonly Finding[], effects: readonly Effect[]): readonly Mark[] {
  const marks: Mark[] = [];
  for (const [index, { evidence, severity }] of findings.entries())
    if (evidence) marks.push({ ...evidence, factor: index + 1, severity });
  for (const { span } of effects) if (span) marks.push({ ...span });
  return marks;
}

const mostFields = 200;

/** Every leaf of an input with its path. Beyond 200 leaves the rest is one field of JSON. */
export function fieldsOf(input: unknown): readonly Field[] {
  const fields: Field[] = [];
  const walk = (value: unknown, path: string): void => {
    if (fields.length >= mostFields) return;
    if (typeof value === 'string') fields.push({ path, text: value, bare: false });
    else if (Array.isArray(value))
      for (const [index, item] of value.entries()) walk(item, path === '' ? `${index}` : `${path}/${index}`);
    else if (value !== null && typeof value === 'object')
      for (const [name, item] of Object.entries(value)) walk(item, path === '' ? name : `${path}/${name}`);
    else if (value !== undefined) fields.push({ path, text: String(value), bare: true });
  };
  walk(input, '');
  if (fields.length >= mostFields) fields.push({ path: '…', text: JSON.stringify(input, null, 2), bare: false });
  return fields;
}

const rank: Readonly<Record<Severity, number>> = { low: 0, review: 1, alert: 2, critical: 3 };

/** Text cut where marks begin and end. Marks outside the text are clamped; the segments' texts together are the text. */
export function segments(text: string, marks: readonly Mark[]): readonly Segment[] {
  const inside = marks
    .map((mark) => ({
      ...mark,
      start: Math.max(0, Math.min(mark.start, text.length)),
      end: Math.max(0, Math.min(mark.end, text.length)),
    }))
    .filter((mark) => mark.end > mark.start);
  const cuts = [...new Set([0, text.length, ...inside.flatMap((mark) => [mark.start, mark.end])])].sort(
    (a, b) => a - b,
  );
  const result: Segment[] = [];
  for (const [index, from] of cuts.entries()) {
    const to = cuts[index + 1];
    if (to === undefined) break;
    const here = inside.filter((mark) => mark.start <= from && mark.end >= to);
    const severity = here
      .map((mark) => mark.severity)
      .filter((one) => one !== undefined)
      .sort((a, b) => rank[b] - rank[a])[0];
    const ends = [
      ...new Set(inside.filter((mark) => mark.end === to && mark.factor !== undefined).map((mark) => mark.factor ?? 0)),
    ].sort((a, b) => a - b);
    result.push({ text: text.slice(from, to), ...(severity ? { severity } : {}), touched: here.length > 0, ends });
  }
  return result;
}

/** What is shown of a long text before it is unfolded: its head, and the surroundings of evidence. */
export type Window =
  | { readonly kind: 'lines'; readonly start: number; readonly end: number }
  /** `lines` is 0 when only a part of one line is folded. */
  | { readonly kind: 'fold'; readonly lines: number; readonly characters: number };

const headLines = 14;
const headCharacters = 1_000;
const linesAround = 2;
const charactersAround = 240;
const mostLines = headLines + 6;
const mostCharacters = 2_000;
/** Evidence beyond this is cut in the middle of the window's end: a whole script can be evidence. */
const mostEvidence = 600;

/**
 * Offsets to show, in order, with folds between; null when the text is short enough to stand whole. Evidence stays in
 * view wherever it is, also far along one endless line, where someone may have wanted it overlooked.
 */
export function windows(text: string, marks: readonly Mark[]): readonly Window[] | null {
  if (text.length <= mostCharacters && lineBreaks(text, 0, text.length) < mostLines) return null;
  const head = { start: 0, end: after(text, 0, headLines, headCharacters) };
  const evidence = marks
    .filter((mark) => mark.factor !== undefined && mark.start < text.length)
    .slice(0, 20)
    .map((mark) => ({
      start: before(text, mark.start, linesAround, charactersAround),
      end: after(text, Math.min(mark.end, mark.start + mostEvidence), linesAround + 1, charactersAround),
    }));
  const result: Window[] = [];
  let at = 0;
  for (const { start, end } of [head, ...evidence.toSorted((a, b) => a.start - b.start)]) {
    if (end <= at) continue;
    if (start > at) result.push(fold(text, at, start));
    result.push({ kind: 'lines', start: Math.max(start, at), end });
    at = end;
  }
  if (at < text.length) result.push(fold(text, at, text.length));
  return result;
}

function fold(text: string, start: number, end: number): Window {
  const breaks = lineBreaks(text, start, end);
  const openEnd = end === text.length && !text.endsWith('\n') && (start === 0 || text[start - 1] === '\n');
  return { kind: 'fold', lines: breaks + (openEnd ? 1 : 0), characters: end - start };
}

function lineBreaks(text: string, start: number, end: number): number {
  let found = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) found += 1;
  return found;
}

/** The end of the `lines`-th line from `from` on, at most `characters` further. */
function after(text: string, from: number, lines: number, characters: number): number {
  let at = from;
  for (let line = 0; line < lines; line += 1) {
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
  }
  return whole(text, Math.min(at, from + characters, text.length));
}

/** The start of the line that lies `lines` before the one of `from`, at most `characters` back. */
function before(text: string, from: number, lines: number, characters: number): number {
  let at = from;
  for (let line = 0; line <= lines && at > 0; line += 1) at = text.lastIndexOf('\n', at - (line === 0 ? 1 : 2)) + 1;
  return whole(text, Math.max(at, from - characters, 0));
}

/** Never between the two halves of one character. */
const whole = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
};

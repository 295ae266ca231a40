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

/** What is shown of a long text before it is unfolded: its head, and the lines around evidence. */
export type Window =
  | { readonly kind: 'lines'; readonly start: number; readonly end: number }
  | { readonly kind: 'fold'; readonly lines: number };

const headLines = 14;
const around = 2;
const mostCharacters = 4_000;

/** Offsets to show, in order, with folds between; null when the text is short enough to stand whole. */
export function windows(text: string, marks: readonly Mark[]): readonly Window[] | null {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const long = starts.length > headLines + 6;
  if (!long && text.length <= mostCharacters) return null;
  if (!long)
    return [
      { kind: 'lines', start: 0, end: mostCharacters },
      { kind: 'fold', lines: 0 },
    ];
  const lineAt = (offset: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const show = new Set<number>();
  for (let line = 0; line < headLines; line += 1) show.add(line);
  for (const mark of marks.filter((one) => one.factor !== undefined).slice(0, 20)) {
    const first = lineAt(mark.start) - around;
    const last = Math.min(lineAt(Math.max(mark.start, mark.end - 1)) + around, first + 40);
    for (let line = Math.max(0, first); line <= Math.min(last, starts.length - 1); line += 1) show.add(line);
  }
  const result: Window[] = [];
  let line = 0;
  while (line < starts.length) {
    const shown = show.has(line);
    const from = line;
    while (line < starts.length && show.has(line) === shown) line += 1;
    const end = starts[line] ?? text.length;
    result.push(shown ? { kind: 'lines', start: starts[from] ?? 0, end } : { kind: 'fold', lines: line - from });
  }
  return result;
}

import type { Span } from '../core/effect.ts';

/** Where something lies in a text, UTF-16 code units, end exclusive. */
export interface Offsets {
  readonly start: number;
  readonly end: number;
}

/**
 * Spans in the fields of a JSON value → offsets into its text as `JSON.stringify(value)` writes it; null for a field
 * that is not a string. Fields are paths such as `edits/0/new_string`; `''` is the value itself.
 */
export function offsetsIn(value: unknown, spans: readonly Span[]): readonly (Offsets | null)[] {
  const wanted = new Set(spans.map((span) => span.field));
  const fields = new Map<string, { readonly at: number; readonly text: string }>();
  walk(value, '', 0, wanted, fields);
  return spans.map(({ field, start, end }) => {
    const found = fields.get(field);
    if (found === undefined) return null;
    const at = (offset: number) => found.at + 1 + escapedLength(found.text.slice(0, offset));
    return { start: at(start), end: at(end) };
  });
}

/** Length of a string's characters as JSON writes them, quotes left out. */
const escapedLength = (text: string): number => JSON.stringify(text).length - 2;

/** Notes where each wanted string begins; returns the length of the value's text. */
function walk(
  value: unknown,
  path: string,
  at: number,
  wanted: ReadonlySet<string>,
  fields: Map<string, { at: number; text: string }>,
): number {
  if (typeof value === 'string') {
    if (wanted.has(path)) fields.set(path, { at, text: value });
    return escapedLength(value) + 2;
  }
  if (typeof value !== 'object' || value === null) return (JSON.stringify(value) ?? 'null').length;
  const isArray = Array.isArray(value);
  let length = 1;
  for (const [key, member] of Object.entries(value)) {
    if (length > 1) length += 1;
    if (!isArray) length += escapedLength(key) + 3;
    length += walk(member, path === '' ? key : `${path}/${key}`, at + length, wanted, fields);
  }
  return length + 1;
}

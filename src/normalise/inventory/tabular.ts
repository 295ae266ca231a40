import { fail, ok, type Result } from '../../core/result.ts';

/** A row by the names of its columns, in whatever nesting. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows of a text, and lines that could not be read: they are told, not lost in silence. */
export interface Rows {
  readonly rows: readonly Row[];
  readonly damaged: readonly { readonly line: number; readonly why: string }[];
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Members in which vendors wrap a list. */
const wrappers = ['value', 'results', 'resources', 'data', 'items', 'hosts', 'devices', 'rows', 'events'];

/** JSON (a list, or one in a wrapper), JSON Lines or CSV → rows. Error `no-rows` says what was expected. */
export function rowsIn(text: string): Result<Rows> {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return fail('no-rows', 'The file is empty.');
  if (!/^[[{]/.test(trimmed)) return csvRows(trimmed);
  try {
    return ok({ rows: unwrapped(JSON.parse(trimmed)), damaged: [] });
  } catch {
    // More than one value: a line each.
    return jsonLines(trimmed);
  }
}

function unwrapped(value: unknown): readonly Row[] {
  if (Array.isArray(value)) return value.filter(isRow);
  if (!isRow(value)) return [];
  for (const name of wrappers) {
    const inner = value[name];
    if (Array.isArray(inner)) return inner.filter(isRow);
  }
  return [value];
}

function jsonLines(text: string): Result<Rows> {
  const rows: Row[] = [];
  const damaged: { line: number; why: string }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      rows.push(...unwrapped(JSON.parse(line)));
    } catch {
      damaged.push({ line: index + 1, why: 'it is not JSON' });
    }
  }
  return rows.length === 0 ? fail('no-rows', 'It is neither JSON, nor JSON Lines, nor CSV.') : ok({ rows, damaged });
}

/** RFC 4180, with the separator that the head uses. A row with fewer or more fields than the head is damaged. */
function csvRows(text: string): Result<Rows> {
  const separator =
    [',', ';', '\t'].toSorted((a, b) => firstLine(text).split(b).length - firstLine(text).split(a).length)[0] ?? ',';
  const [head, ...records] = fieldsOf(text, separator);
  if (head === undefined || head.fields.length < 2)
    return fail('no-rows', 'It is neither JSON, nor JSON Lines, nor CSV with a head.');
  const names = head.fields.map((name) => name.trim());
  const rows: Row[] = [];
  const damaged: { line: number; why: string }[] = [];
  for (const { fields, line } of records) {
    if (fields.length === 1 && fields[0]?.trim() === '') continue;
    if (fields.length !== names.length)
      damaged.push({ line, why: `it has ${fields.length} fields, the head ${names.length}` });
    else rows.push(Object.fromEntries(names.map((name, at) => [name, fields[at] ?? ''])));
  }
  return ok({ rows, damaged });
}

const firstLine = (text: string): string => text.slice(0, text.indexOf('\n') === -1 ? undefined : text.indexOf('\n'));

function fieldsOf(text: string, separator: string): { readonly fields: string[]; readonly line: number }[] {
  const records: { fields: string[]; line: number }[] = [];
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let [line, start] = [1, 1];
  const end = (): void => {
    records.push({ fields: [...fields, field], line: start });
    fields = [];
    field = '';
  };
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at] ?? '';
    if (sign === '\n') line += 1;
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else quoted = false;
    } else if (sign === '"' && field === '') quoted = true;
    else if (sign === separator) {
      fields.push(field);
      field = '';
    } else if (sign === '\n') {
      end();
      start = line;
    } else if (sign !== '\r') field += sign;
  }
  end();
  return records;
}

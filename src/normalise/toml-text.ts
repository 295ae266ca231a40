import { isDeepStrictEqual } from 'node:util';
import { parse } from 'smol-toml';

/** Member names down to a string: `['model_providers', 'warder', 'base_url']`. */
export type TomlPath = readonly string[];

type Table = Readonly<Record<string, unknown>>;

/** The file's values. Throws an Error of the parser, with line and column, when it is not TOML. */
export const tomlValues = (text: string): Table => parse(text.replace(/^\uFEFF/, ''));

/**
 * Puts a value at `path`, every other line as it was. Throws an Error when the text is written in a way that allows no
 * such edit (an inline table, dotted keys): the result is read again and must differ from `text` in this value alone.
 */
export function setToml(text: string, path: TomlPath, value: string | boolean): string {
  const key = path.at(-1) ?? '';
  const table = path.slice(0, -1);
  const lines = linesOf(text);
  const region = regionOf(lines, table);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const line = `${key} = ${JSON.stringify(value)}`;
  const at = region === null ? -1 : keyLine(lines, region, key);
  const old = lines[at];
  if (old !== undefined) lines[at] = `${line}${/[ \t]+#[^"']*$/.exec(old.replace(/\r$/, ''))?.[0] ?? ''}`;
  else if (region !== null) lines.splice(lastKey(lines, region) + 1, 0, line);
  else lines.push(...headOf(lines, table), line, '');
  const after = joined(lines, eol);
  const wanted = structuredClone(tomlValues(text));
  put(wanted, path, value);
  return checked(after, wanted, path);
}

/** Takes the value at `path` out, and with its last one the table. Throws as `setToml` does. */
export function removeToml(text: string, path: TomlPath): string {
  const lines = linesOf(text);
  const region = regionOf(lines, path.slice(0, -1));
  const at = region === null ? -1 : keyLine(lines, region, path.at(-1) ?? '');
  if (region === null || at === -1) return text;
  const alone = lines.slice(region.from, region.to).every((line, index) => region.from + index === at || isBlank(line));
  const wanted = structuredClone(tomlValues(text));
  const parents = takeOut(wanted, path);
  if (alone && region.from > 0) {
    const before = isBlank(lines[region.from - 2] ?? 'x') ? 2 : 1;
    lines.splice(region.from - before, region.to - region.from + before);
    if (region.to > lines.length && !isBlank(lines.at(-1) ?? '')) lines.push('');
    for (const prune of parents) prune();
  } else lines.splice(at, 1);
  return checked(joined(lines, text.includes('\r\n') ? '\r\n' : '\n'), wanted, path);
}

function checked(after: string, wanted: Table, path: TomlPath): string {
  let same = false;
  try {
    same = isDeepStrictEqual(structuredClone(tomlValues(after)), wanted);
  } catch {
    // A text that cannot be read is not the one that is wanted; said below.
  }
  if (same) return after;
  throw new Error(`${path.join('.')} is written there in a way that cannot be changed by itself.`);
}

interface Region {
  /** First line of it, and the first line behind it. */
  readonly from: number;
  readonly to: number;
}

/** Lines of a table; the root's for an empty path. Null: there is no such table. */
function regionOf(lines: readonly string[], table: TomlPath): Region | null {
  const heads = headLines(lines);
  const at = table.length === 0 ? -1 : heads.findIndex(({ name }) => isDeepStrictEqual(name, table));
  if (table.length > 0 && at === -1) return null;
  return { from: (heads[at]?.line ?? -1) + 1, to: heads[at + 1]?.line ?? lines.length };
}

/** Where tables begin; text inside strings of several lines is none. */
function headLines(lines: readonly string[]): { readonly line: number; readonly name: readonly string[] }[] {
  const heads: { line: number; name: readonly string[] }[] = [];
  for (const [line, text] of plainLines(lines)) {
    const inside = /^\s*\[\s*([^[\]]+?)\s*\]\s*(?:#.*)?$/.exec(text)?.[1];
    if (inside !== undefined) heads.push({ line, name: namesIn(inside) });
    else if (/^\s*\[\[/.test(text)) heads.push({ line, name: ['[[', text] });
  }
  return heads;
}

const namesIn = (dotted: string): readonly string[] =>
  [...dotted.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+)/g)].map(
    (found) => plainText(found[1]) ?? found[2] ?? found[3] ?? '',
  );

/** What a quoted name says; escapes that JSON has not are left as they are. */
function plainText(quoted: string | undefined): string | undefined {
  if (quoted === undefined || !quoted.includes('\\')) return quoted;
  try {
    return String(JSON.parse(`"${quoted}"`));
  } catch {
    // A name with an escape of TOML's own: it is no name that is looked for here.
    return quoted;
  }
}

/** Lines that begin outside a string of several lines and outside a list. */
function* plainLines(lines: readonly string[]): Generator<[number, string]> {
  let open = '';
  let depth = 0;
  for (const [at, text] of lines.entries()) {
    const plain = open === '' && depth === 0;
    if (plain) yield [at, text];
    // Brackets of a head close on their own line.
    if (plain && /^\s*\[/.test(text)) continue;
    ({ open, depth } = behind(text, open, depth));
  }
}

/** What is open behind a line: a string of several lines, and so many lists and tables. */
function behind(text: string, open: string, depth: number): { open: string; depth: number } {
  let rest = text;
  for (;;) {
    if (open !== '') {
      const end = rest.indexOf(open);
      if (end === -1) return { open, depth };
      rest = rest.slice(end + 3);
      open = '';
    }
    const found = /"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|#.*$|[[\]{}]/.exec(rest);
    if (!found) return { open, depth };
    const [mark] = found;
    rest = rest.slice(found.index + mark.length);
    if (mark === '"""' || mark === "'''") open = mark;
    if (mark === '[' || mark === '{') depth += 1;
    if ((mark === ']' || mark === '}') && depth > 0) depth -= 1;
  }
}

function keyLine(lines: readonly string[], { from, to }: Region, key: string): number {
  const pattern = new RegExp(`^\\s*(?:${key}|"${key}"|'${key}')\\s*=`);
  for (const [at, text] of plainLines(lines)) if (at >= from && at < to && pattern.test(text)) return at;
  return -1;
}

/** The last line of a region that is neither blank nor a comment: what stands behind belongs to the next table. */
function lastKey(lines: readonly string[], { from, to }: Region): number {
  for (let at = to - 1; at >= from; at -= 1) if (!/^\s*(?:#.*)?$/.test(lines[at] ?? '')) return at;
  return from - 1;
}

const isBlank = (line: string): boolean => line.trim() === '';
const linesOf = (text: string): string[] => text.split('\n').map((line) => line.replace(/\r$/, ''));
const joined = (lines: readonly string[], eol: string): string => lines.join(eol);

/** A name as TOML writes it: bare where it can be. */
const keyText = (name: string): string => (/^[\w-]+$/.test(name) ? name : JSON.stringify(name));

/** The head of a new table at the end of the file, behind one blank line. */
function headOf(lines: string[], table: TomlPath): readonly string[] {
  while (lines.length > 0 && isBlank(lines.at(-1) ?? '')) lines.pop();
  return [...(lines.length > 0 ? [''] : []), `[${table.map(keyText).join('.')}]`];
}

const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function put(root: Table, path: TomlPath, value: string | boolean): void {
  let at = root as Record<string, unknown>;
  for (const name of path.slice(0, -1)) {
    const next = at[name];
    const inner = isTable(next) ? next : {};
    at[name] = inner;
    at = inner;
  }
  at[path.at(-1) ?? ''] = value;
}

/** Takes a value out; gives, innermost first, what takes a table out that is empty then. */
function takeOut(root: Table, path: TomlPath): (() => void)[] {
  const above: [Record<string, unknown>, string][] = [];
  let at = root as Record<string, unknown>;
  for (const name of path.slice(0, -1)) {
    above.unshift([at, name]);
    const next = at[name];
    if (!isTable(next)) return [];
    at = next;
  }
  delete at[path.at(-1) ?? ''];
  return above.map(([table, name]) => () => {
    if (isTable(table[name]) && Object.keys(table[name]).length === 0) delete table[name];
  });
}

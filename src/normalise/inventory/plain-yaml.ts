import { fail, ok, type Result } from '../../core/result.ts';
import { looseJson } from './loose-json.ts';

interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

class YamlProblem extends Error {
  override readonly name = 'YamlProblem';
}

/**
 * The part of YAML that configurations of agents are written in: maps and lists by indentation, quoted and plain
 * scalars, flow lists and maps on one line, texts of several lines (`|`, `>`). Anchors, tags and merge keys are not
 * understood: error `not-yaml` names the line, and never quotes.
 */
export function plainYaml(text: string): Result<unknown> {
  const raw = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const lines = raw.map(
    (line, at): Line => ({ indent: /^ */.exec(line)?.[0].length ?? 0, text: line, number: at + 1 }),
  );
  const cursor = { lines, at: 0 };
  try {
    const first = next(cursor);
    if (first === undefined) return ok({});
    const value = block(cursor, first.indent, 0);
    const left = next(cursor);
    if (left !== undefined) throw problem(left);
    return ok(value);
  } catch (error) {
    if (error instanceof YamlProblem) return fail('not-yaml', error.message);
    throw error;
  }
}

interface Cursor {
  readonly lines: readonly Line[];
  at: number;
}

const problem = ({ number }: Line): YamlProblem =>
  new YamlProblem(`It is not YAML that is understood here: see line ${number}.`);

/** The next line that says something, without going past it. */
function next(cursor: Cursor): Line | undefined {
  for (; cursor.at < cursor.lines.length; cursor.at += 1) {
    const line = cursor.lines[cursor.at];
    if (line !== undefined && !/^\s*(?:#.*)?$|^---\s*$|^%/.test(line.text)) return line;
  }
  return undefined;
}

function block(cursor: Cursor, indent: number, depth: number): unknown {
  const line = next(cursor);
  if (line === undefined || depth > 50) throw new YamlProblem('It ends too early, or is nested too deep.');
  if (/^\s*\t/.test(line.text)) throw problem(line);
  return /^ *-(?: |$)/.test(line.text) ? list(cursor, indent, depth) : map(cursor, indent, depth);
}

const key = /^ *(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#&*!|>'"%@`{}[\],][^#]*?)) *:(?= |$)/;

function map(cursor: Cursor, indent: number, depth: number): unknown {
  const members: [string, unknown][] = [];
  for (let line = next(cursor); line !== undefined && line.indent === indent; line = next(cursor)) {
    if (/^ *-(?: |$)/.test(line.text)) break;
    const found = key.exec(line.text);
    if (found === null) throw problem(line);
    const name = found[1] ?? found[2] ?? found[3] ?? '';
    cursor.at += 1;
    members.push([name, valueAfter(cursor, line, line.text.slice(found[0].length), indent, depth)]);
  }
  const line = next(cursor);
  if (line !== undefined && line.indent > indent) throw problem(line);
  return Object.fromEntries(members);
}

function list(cursor: Cursor, indent: number, depth: number): unknown {
  const items: unknown[] = [];
  for (let line = next(cursor); line !== undefined && line.indent === indent; line = next(cursor)) {
    const dash = /^ *-( +|$)/.exec(line.text);
    if (dash === null) break;
    const rest = line.text.slice(dash[0].length);
    if (rest !== '' && key.test(rest)) {
      // A map that begins beside its dash: read as if it stood on a line of its own.
      const inner = dash[0].length;
      const lines = cursor.lines as Line[];
      lines[cursor.at] = { ...line, indent: inner, text: ' '.repeat(inner) + rest };
      items.push(map(cursor, inner, depth + 1));
    } else {
      cursor.at += 1;
      items.push(valueAfter(cursor, line, rest, indent, depth));
    }
  }
  return items;
}

function valueAfter(cursor: Cursor, line: Line, after: string, indent: number, depth: number): unknown {
  const rest = after.trim();
  if (rest === '' || rest.startsWith('#')) {
    const below = next(cursor);
    const isList = below !== undefined && /^ *-(?: |$)/.test(below.text);
    if (below === undefined || below.indent < indent || (below.indent === indent && !isList)) return null;
    if (below.indent === indent && /^ *-/.test(line.text)) return null;
    return block(cursor, below.indent, depth + 1);
  }
  if (/^[|>][+-]?\d?\s*(?:#.*)?$/.test(rest)) return textBlock(cursor, indent, rest.startsWith('>'));
  if (/^[&*!@`%]/.test(rest)) throw problem(line);
  return scalar(line, rest);
}

function textBlock(cursor: Cursor, indent: number, folded: boolean): string {
  const lines: string[] = [];
  for (; cursor.at < cursor.lines.length; cursor.at += 1) {
    const line = cursor.lines[cursor.at];
    if (line === undefined || (line.text.trim() !== '' && line.indent <= indent)) break;
    lines.push(line.text.trim());
  }
  return lines.join(folded ? ' ' : '\n').trim();
}

function scalar(line: Line, text: string): unknown {
  if (/^[[{]/.test(text)) {
    const flow = looseJson(flowAsJson(text.replace(/\s+#.*$/, '')));
    if (!flow.ok) throw problem(line);
    return flow.value;
  }
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text);
  if (double !== null) {
    const read = looseJson(`"${double[1] ?? ''}"`);
    if (!read.ok) throw problem(line);
    return read.value;
  }
  const single = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(text);
  if (single !== null) return (single[1] ?? '').replaceAll("''", "'");
  if (/^["']/.test(text)) throw problem(line);
  const plain = text.replace(/\s+#.*$/, '');
  if (plain === 'true' || plain === 'True') return true;
  if (plain === 'false' || plain === 'False') return false;
  if (plain === '' || plain === 'null' || plain === '~') return null;
  return /^-?\d+(?:\.\d+)?$/.test(plain) ? Number(plain) : plain;
}

/** `[a, -y, {b: c d}]` → the same with its plain words in quotes. */
const flowAsJson = (text: string): string =>
  text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s,:[\]{}"'][^,:[\]{}"']*(?::(?! )[^,[\]{}"']*)*/g, (part) =>
    /^["']|^(?:true|false|null|-?\d+(?:\.\d+)?)\s*$/.test(part) ? part : JSON.stringify(part.trim()),
  );

import { fail, ok, type Result } from '../../core/result.ts';

/** Nested deeper than this is not read. */
const deepest = 200;
const word = /[A-Za-z_$][\w$-]*/y;
const number = /[+-]?(?:0[xX][0-9a-fA-F]+|Infinity|NaN|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y;
const blank = /(?:\s|\uFEFF|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y;

/**
 * JSON as people write it in configurations: comments, trailing commas, names without quotes, single quotes (JSON5).
 * Error `not-json` names the line and never quotes.
 */
export function looseJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text.replace(/^\uFEFF/, '')));
  } catch {
    // Most files are plain JSON; the rest are read below, which also says where a mistake is.
  }
  const reader = { text, at: 0 };
  skip(reader);
  if (reader.at === text.length) return ok({});
  try {
    const value = valueAt(reader, 0);
    skip(reader);
    if (reader.at < text.length) throw new SyntaxError('more than one value');
    return ok(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const line = text.slice(0, reader.at).split('\n').length;
    return fail('not-json', `It is not JSON: ${error.message} in line ${line}.`);
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

function skip(reader: Reader): void {
  blank.lastIndex = reader.at;
  blank.exec(reader.text);
  reader.at = blank.lastIndex;
}

function valueAt(reader: Reader, depth: number): unknown {
  if (depth > deepest) throw new SyntaxError('nested too deep');
  const sign = reader.text[reader.at];
  if (sign === '{') return objectAt(reader, depth);
  if (sign === '[') return listAt(reader, depth);
  if (sign === '"' || sign === "'") return stringAt(reader, sign);
  const digits = take(reader, number);
  if (digits !== undefined) return Number(digits);
  const name = take(reader, word);
  if (name === 'true') return true;
  if (name === 'false') return false;
  if (name === 'null') return null;
  throw new SyntaxError('no value');
}

function take(reader: Reader, pattern: RegExp): string | undefined {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.text)?.[0];
  if (found !== undefined) reader.at += found.length;
  return found;
}

function objectAt(reader: Reader, depth: number): unknown {
  const members: [string, unknown][] = [];
  reader.at += 1;
  for (;;) {
    skip(reader);
    const sign = reader.text[reader.at];
    if (sign === '}') break;
    const name = sign === '"' || sign === "'" ? stringAt(reader, sign) : take(reader, word);
    if (name === undefined) throw new SyntaxError('no name of a member');
    skip(reader);
    if (reader.text[reader.at] !== ':') throw new SyntaxError('no colon');
    reader.at += 1;
    skip(reader);
    members.push([name, valueAt(reader, depth + 1)]);
    if (!comma(reader, '}')) break;
  }
  reader.at += 1;
  return Object.fromEntries(members);
}

function listAt(reader: Reader, depth: number): unknown {
  const items: unknown[] = [];
  reader.at += 1;
  for (;;) {
    skip(reader);
    if (reader.text[reader.at] === ']') break;
    items.push(valueAt(reader, depth + 1));
    if (!comma(reader, ']')) break;
  }
  reader.at += 1;
  return items;
}

/** False at the end of the list; throws where neither a comma nor the end stands. */
function comma(reader: Reader, end: string): boolean {
  skip(reader);
  const sign = reader.text[reader.at];
  if (sign === end) return false;
  if (sign !== ',') throw new SyntaxError('no comma');
  reader.at += 1;
  return true;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', '0': '\0' };

function stringAt(reader: Reader, quote: string): string {
  let out = '';
  for (reader.at += 1; reader.at < reader.text.length; reader.at += 1) {
    const sign = reader.text[reader.at] ?? '';
    if (sign === quote) {
      reader.at += 1;
      return out;
    }
    if (sign === '\n') break;
    if (sign !== '\\') {
      out += sign;
      continue;
    }
    reader.at += 1;
    const next = reader.text[reader.at] ?? '';
    const width = next === 'u' ? 4 : next === 'x' ? 2 : 0;
    const code = reader.text.slice(reader.at + 1, reader.at + 1 + width);
    if (width > 0 && /^[0-9a-fA-F]+$/.test(code) && code.length === width) {
      out += String.fromCharCode(Number.parseInt(code, 16));
      reader.at += width;
    } else if (next !== '\n') out += escapes[next] ?? next;
  }
  throw new SyntaxError('a string without its end');
}

/** A place in a JSON value: member names and array indexes. */
export type JsonPath = readonly (string | number)[];

interface Member {
  readonly key: string;
  /** Start of the key's opening quote. */
  readonly at: number;
  readonly value: JsonNode;
}
type JsonNode =
  | { readonly kind: 'object'; readonly start: number; readonly end: number; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly start: number; readonly end: number; readonly items: readonly JsonNode[] }
  | { readonly kind: 'scalar'; readonly start: number; readonly end: number };

/**
 * Changes in a JSON text that leave every other byte as it was: order, spacing, number spelling, repeated members.
 * All of them take a text that `JSON.parse` accepts (a byte order mark aside) and give one that it accepts; they throw
 * SyntaxError otherwise. Where a member is repeated, its last one counts, as it does for `JSON.parse`.
 */
export function setJson(text: string, path: JsonPath, value: unknown): string {
  const root = scan(text);
  const { node, rest } = follow(root, path);
  if (rest.length === 0) return splice(text, node.start, node.end, render(text, value, path.length));
  const [next, ...deeper] = rest;
  const nested = deeper.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  if (node.kind !== 'object' || typeof next !== 'string') throw new SyntaxError(`No object at ${path.join('/')}`);
  return insert(text, node, path.length - rest.length, `${JSON.stringify(next)}: `, nested);
}

/** Appends to the list at `path`, which must be there. */
export function appendJson(text: string, path: JsonPath, value: unknown): string {
  const { node, rest } = follow(scan(text), path);
  if (rest.length > 0 || node.kind !== 'array') throw new SyntaxError(`No list at ${path.join('/')}`);
  return insert(text, node, path.length, '', value);
}

/** Takes the member or item at `path` out, with the comma that belongs to it. Nothing there: the text as it is. */
export function removeJson(text: string, path: JsonPath): string {
  const last = path.at(-1);
  const { node, rest } = follow(scan(text), path.slice(0, -1));
  if (last === undefined || rest.length > 0 || node.kind === 'scalar') return text;
  const spans =
    node.kind === 'object'
      ? node.members.map(({ at, value }) => ({ start: at, end: value.end }))
      : node.items.map(({ start, end }) => ({ start, end }));
  const index =
    node.kind === 'object'
      ? node.members.findLastIndex(({ key }) => key === last)
      : typeof last === 'number'
        ? last
        : -1;
  const span = spans[index];
  if (span === undefined) return text;
  const before = spans[index - 1];
  const after = spans[index + 1];
  if (before) return splice(text, before.end, span.end, '');
  if (after) return splice(text, span.start, after.start, '');
  return splice(text, node.start + 1, node.end - 1, '');
}

const splice = (text: string, start: number, end: number, put: string): string =>
  text.slice(0, start) + put + text.slice(end);

/** As far along `path` as the value goes, and what is left of the path. */
function follow(root: JsonNode, path: JsonPath): { readonly node: JsonNode; readonly rest: JsonPath } {
  let node = root;
  for (const [depth, key] of path.entries()) {
    const next =
      node.kind === 'object'
        ? node.members.findLast((member) => member.key === key)?.value
        : node.kind === 'array' && typeof key === 'number'
          ? node.items[key]
          : undefined;
    if (next === undefined) return { node, rest: path.slice(depth) };
    node = next;
  }
  return { node, rest: [] };
}

/** Puts a value after the last one of an object or list, in the file's own indentation. */
function insert(
  text: string,
  node: Exclude<JsonNode, { kind: 'scalar' }>,
  depth: number,
  prefix: string,
  value: unknown,
): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = indentOf(text);
  const put = `${eol}${unit.repeat(depth + 1)}${prefix}${render(text, value, depth + 1)}`;
  const last = node.kind === 'object' ? node.members.at(-1)?.value.end : node.items.at(-1)?.end;
  if (last !== undefined) return splice(text, last, last, `,${put}`);
  return splice(text, node.start + 1, node.end - 1, `${put}${eol}${unit.repeat(depth)}`);
}

function render(text: string, value: unknown, depth: number): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const unit = indentOf(text);
  return JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${unit.repeat(depth)}`);
}

/** One step of indentation: what stands before the first member, else two spaces. */
function indentOf(text: string): string {
  return /^\s*\{[^\S\n]*\r?\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
}

const stringToken = /"(?:[^"\\]|\\.)*"/sy;
const scalarToken = /[^\s,:{}[\]"]+/y;
const spaceToken = /[\s\uFEFF]*/y;

/** Where each value of a JSON text stands. `JSON.parse` is the judge of its grammar; this only needs the places. */
function scan(text: string): JsonNode {
  JSON.parse(text.replace(/^\uFEFF/, ''));
  let at = 0;
  const take = (token: RegExp): string => {
    token.lastIndex = at;
    const found = token.exec(text)?.[0];
    if (found === undefined) throw new SyntaxError(`Unexpected text at ${at}`);
    at += found.length;
    return found;
  };
  const skip = () => take(spaceToken);
  const isNext = (mark: string): boolean => {
    skip();
    if (text[at] !== mark) return false;
    at += 1;
    return true;
  };
  const value = (): JsonNode => {
    skip();
    const start = at;
    if (isNext('{')) {
      const members: Member[] = [];
      while (!isNext('}')) {
        isNext(',');
        skip();
        const keyAt = at;
        const key: unknown = JSON.parse(take(stringToken));
        isNext(':');
        members.push({ key: String(key), at: keyAt, value: value() });
      }
      return { kind: 'object', start, end: at, members };
    }
    if (isNext('[')) {
      const items: JsonNode[] = [];
      while (!isNext(']')) {
        isNext(',');
        items.push(value());
      }
      return { kind: 'array', start, end: at, items };
    }
    take(text[at] === '"' ? stringToken : scalarToken);
    return { kind: 'scalar', start, end: at };
  };
  return value();
}

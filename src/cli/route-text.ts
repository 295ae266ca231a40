import { z } from 'zod';
import { appendJson, type JsonPath, removeJson, setJson } from '../normalise/json-text.ts';
import { editJsonc, jsoncValue } from '../normalise/jsonc-text.ts';
import { removeToml, setToml, tomlValues } from '../normalise/toml-text.ts';

/** How a file is written. `shell` is one of ours, to be read by a shell. */
export type TextKind = 'json' | 'toml' | 'dotenv' | 'shell';

/** One value of an agent's settings. */
export interface Entry {
  /** Names of members; `[id=x]` is the object of a list whose `id` is `x`. */
  readonly path: readonly string[];
  readonly value: string | number | readonly Readonly<Record<string, string | number>>[];
  readonly secret?: boolean;
  /** Values that do as well, and stay. */
  readonly or?: readonly string[];
  /** Put where there is nothing, and never changed: the agent writes its own there. */
  readonly filler?: boolean;
}

/** What is to stand in a text. */
export interface RouteText {
  readonly kind: TextKind;
  readonly entries: readonly Entry[];
  /** Objects that go whole where they were not there before, with what the agent added to them. */
  readonly own?: readonly (readonly string[])[];
}

/** A text as it is to be, and one sentence for each change, without any token. */
export interface Edited {
  readonly text: string;
  readonly changes: readonly string[];
}

type Values = (path: readonly string[]) => unknown;

/** Reads a settings file. Throws an Error that says what is wrong with it. */
export function valuesIn(kind: TextKind, text: string): Values {
  if (kind === 'dotenv' || kind === 'shell') return ([name = '']) => dotenvValue(text, name);
  const root: unknown = kind === 'toml' ? tomlValues(text) : jsonValues(text);
  return (path) => path.reduce<unknown>(memberOf, root);
}

function memberOf(at: unknown, name: string): unknown {
  const id = itemId(name);
  if (id !== null) return Array.isArray(at) ? at[itemAt(at, id)] : undefined;
  return isRecord(at) ? at[name] : undefined;
}

const itemId = (name: string): string | null => /^\[id=(.+)\]$/.exec(name)?.[1] ?? null;
const itemAt = (list: readonly unknown[], id: string): number =>
  list.findIndex((item) => isRecord(item) && item.id === id);

function jsonValues(text: string): unknown {
  return z.record(z.string(), z.unknown()).parse(jsoncValue(text));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether what stands there does what the entry is for. */
export function inForce({ value, or = [], filler }: Entry, held: unknown): boolean {
  if (filler) return held !== undefined;
  return same(held, value) || (typeof held === 'string' && or.includes(held));
}

const same = (one: unknown, other: unknown): boolean =>
  one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));

/** The text with every entry in force. Throws an Error when it cannot be read or changed in place. */
export function withEntries({ kind, entries }: RouteText, text: string): Edited {
  const before = valuesIn(kind, text);
  const changes: string[] = [];
  let after = text;
  for (const entry of entries) {
    const { path, value, secret } = entry;
    const old = before(path);
    if (inForce(entry, old)) continue;
    after = put(kind, after, path, value);
    const was = old === undefined ? '' : ' (was set to something else)';
    const to = typeof value === 'object' ? JSON.stringify(value) : value;
    changes.push(`${path.join('.')}${secret ? ' carries the Warder token' : ` = ${to}`}${was}`);
  }
  return { text: after, changes };
}

/** The text without our entries: each is again what `original` holds, or gone. What was changed since is left alone. */
export function withoutEntries({ kind, entries, own = [] }: RouteText, text: string, original: string | null): Edited {
  const now = valuesIn(kind, text);
  const before = original === null ? () => undefined : valuesIn(kind, original);
  const changes: string[] = [];
  let after = text;
  const whole = own.filter(
    (path) =>
      before(path) === undefined && entries.some((entry) => isIn(entry, path) && holdsOurs(entry, now(entry.path))),
  );
  for (const path of whole) {
    after = takeOut(kind, after, path, before);
    changes.push(`${path.join('.')}: removed`);
  }
  for (const entry of entries) {
    const { path, filler } = entry;
    if (filler || whole.some((one) => isIn(entry, one))) continue;
    const [held, old] = [now(path), before(path)];
    if (!isOurs(entry, held) || same(old, held)) continue;
    const back = typeof old === 'string' || (kind === 'json' && old !== undefined);
    after = back ? put(kind, after, path, old) : takeOut(kind, after, path, before);
    changes.push(`${path.join('.')}: ${back ? 'set back' : 'removed'}`);
  }
  return { text: after, changes };
}

const isIn = ({ path }: Entry, whole: readonly string[]): boolean => whole.every((name, at) => path[at] === name);

/** True for a token of Warder's where one belongs, or an address of a gateway's. */
export function holdsOurs({ secret }: Entry, held: unknown): boolean {
  return secret ? typeof held === 'string' && held.startsWith('wrd_') : isGateway(held);
}

const isOurs = (entry: Entry, held: unknown): boolean =>
  holdsOurs(entry, held) || (!entry.secret && held !== undefined && inForce(entry, held));

/** True for an address of a gateway's: any Warder's, since it may have moved. */
export const isGateway = (value: unknown): boolean =>
  typeof value === 'string' &&
  /^https?:\/\/[^/]+\/(?:openai|anthropic|gemini)(?:\/v1(?:beta)?(?:\/openai)?)?(?:\/chat\/completions)?$/.test(value);

function put(kind: TextKind, text: string, path: readonly string[], value: unknown): string {
  if (kind === 'toml') return setToml(text, path, String(value));
  if (kind === 'json') return editJsonc(text, (plain) => putJson(plain, path, value));
  return setDotenv(text, path[0] ?? '', String(value), kind === 'shell' ? 'export ' : '');
}

function putJson(text: string, path: readonly string[], value: unknown): string {
  const at = path.findIndex((name) => itemId(name) !== null);
  const id = itemId(path[at] ?? '');
  const values = valuesIn('json', text);
  if (id === null || values(path.slice(0, at + 1)) !== undefined) return setJson(text, placeOf(text, path), value);
  const list = path.slice(0, at);
  const item = { id, ...nested(path.slice(at + 1), value) };
  return values(list) === undefined ? setJson(text, list, [item]) : appendJson(text, list, item);
}

const nested = (path: readonly string[], value: unknown): object =>
  path.slice(0, -1).reduceRight<object>((inner, name) => ({ [name]: inner }), { [path.at(-1) ?? '']: value });

/** A path with the items of lists by their number. */
function placeOf(text: string, path: readonly string[]): JsonPath {
  const values = valuesIn('json', text);
  return path.map((name, at) => {
    const id = itemId(name);
    const list = id === null ? null : values(path.slice(0, at));
    return id !== null && Array.isArray(list) ? itemAt(list, id) : name;
  });
}

/** Takes a value out, with the objects and lists that are empty then and were not there before. */
function takeOut(kind: TextKind, text: string, path: readonly string[], before: Values): string {
  if (kind === 'toml') return removeToml(text, path);
  if (kind !== 'json') return removeDotenv(text, path[0] ?? '');
  let after = editJsonc(text, (plain) => removeJson(plain, placeOf(plain, path)));
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const parent = path.slice(0, depth);
    const held = valuesIn(kind, after)(parent);
    if (typeof held !== 'object' || held === null || Object.keys(held).length > 0 || before(parent) !== undefined)
      break;
    after = editJsonc(after, (plain) => removeJson(plain, placeOf(plain, parent)));
  }
  return after;
}

const lineOf = (name: string): RegExp =>
  new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[ \\t]*(.*?)[ \\t]*$`, 'gm');

/** The last line counts, as it does for a shell. */
function dotenvValue(text: string, name: string): string | undefined {
  const value = [...text.replaceAll('\r\n', '\n').matchAll(lineOf(name))].at(-1)?.[1];
  return value?.replace(/^(["'])(.*)\1$/, '$2');
}

function setDotenv(text: string, name: string, value: string, prefix: string): string {
  if (dotenvValue(text, name) !== undefined) return text.replaceAll(lineOf(name), `${prefix}${name}=${value}`);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const start = text === '' || text.endsWith('\n') ? text : `${text}${eol}`;
  return `${start}${prefix}${name}=${value}${eol}`;
}

const removeDotenv = (text: string, name: string): string =>
  text.replaceAll(new RegExp(`${lineOf(name).source}\\r?\\n?`, 'gm'), '');

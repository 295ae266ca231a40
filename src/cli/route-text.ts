import { z } from 'zod';
import { removeJson, setJson } from '../normalise/json-text.ts';
import { removeToml, setToml, tomlValues } from './toml-text.ts';

/** How a file is written. `shell` is one of ours, to be read by a shell. */
export type TextKind = 'json' | 'toml' | 'dotenv' | 'shell';

/** One string of an agent's settings. */
export interface Entry {
  readonly path: readonly string[];
  readonly value: string;
  readonly secret?: boolean;
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
  return (path) => path.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), root);
}

function jsonValues(text: string): unknown {
  if (text.trim() === '') return {};
  const value: unknown = JSON.parse(withoutComments(text).replace(/^\uFEFF/, ''));
  return z.record(z.string(), z.unknown()).parse(value);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The text with every entry in force. Throws an Error when it cannot be read or changed in place. */
export function withEntries(kind: TextKind, text: string, entries: readonly Entry[]): Edited {
  const before = valuesIn(kind, text);
  const changes: string[] = [];
  let after = text;
  for (const { path, value, secret } of entries) {
    const old = before(path);
    if (old === value) continue;
    after = put(kind, after, path, value);
    const was = old === undefined ? '' : ' (was set to something else)';
    changes.push(`${path.join('.')}${secret ? ' carries the Warder token' : ` = ${value}`}${was}`);
  }
  return { text: after, changes };
}

/** The text without our entries: each is again what `original` holds, or gone. What was changed since is left alone. */
export function withoutEntries(
  kind: TextKind,
  text: string,
  original: string | null,
  entries: readonly Entry[],
): Edited {
  const now = valuesIn(kind, text);
  const before = original === null ? () => undefined : valuesIn(kind, original);
  const changes: string[] = [];
  let after = text;
  for (const { path, value, secret } of entries) {
    const held = now(path);
    const ours = secret ? typeof held === 'string' && held.startsWith('wrd_') : held === value || isGateway(held);
    if (!ours) continue;
    const old = before(path);
    if (old === held) continue;
    after = typeof old === 'string' ? put(kind, after, path, old) : takeOut(kind, after, path, before);
    changes.push(`${path.join('.')}: ${typeof old === 'string' ? 'set back' : 'removed'}`);
  }
  return { text: after, changes };
}

/** True for an address of a gateway's: any Warder's, since it may have moved. */
export const isGateway = (value: unknown): boolean =>
  typeof value === 'string' && /^https?:\/\/[^/]+\/(?:openai|anthropic|gemini)(?:\/v1(?:beta)?)?$/.test(value);

function put(kind: TextKind, text: string, path: readonly string[], value: string): string {
  if (kind === 'toml') return setToml(text, path, value);
  if (kind === 'json') return inPlace(text, (plain) => setJson(plain, path, value));
  return setDotenv(text, path[0] ?? '', value, kind === 'shell' ? 'export ' : '');
}

/** Takes a value out, with the objects that are empty then and were not there before. */
function takeOut(kind: TextKind, text: string, path: readonly string[], before: Values): string {
  if (kind === 'toml') return removeToml(text, path);
  if (kind !== 'json') return removeDotenv(text, path[0] ?? '');
  let after = inPlace(text, (plain) => removeJson(plain, path));
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const parent = path.slice(0, depth);
    const held = valuesIn(kind, after)(parent);
    if (!isRecord(held) || Object.keys(held).length > 0 || before(parent) !== undefined) break;
    after = inPlace(after, (plain) => removeJson(plain, parent));
  }
  return after;
}

/** Makes one change in a JSON text with comments: found in the text without them, made in the one with them. */
function inPlace(text: string, change: (plain: string) => string): string {
  const given = text.trim() === '' ? '{}\n' : text;
  const plain = withoutComments(given);
  const edited = change(plain);
  if (plain === given) return edited;
  let start = 0;
  while (start < plain.length && plain[start] === edited[start]) start += 1;
  let end = 0;
  const longest = Math.min(plain.length, edited.length) - start;
  while (end < longest && plain.at(-1 - end) === edited.at(-1 - end)) end += 1;
  const [taken, put] = [plain.length - end, edited.slice(start, edited.length - end)];
  const note = /^[ \t]*(?:\/\/[^\n]*|\/\*[^\n]*\*\/[ \t]*)(?=\r?\n)/.exec(given.slice(taken))?.[0] ?? '';
  // A remark behind the last member stays on its line.
  if (start === taken && put.startsWith(',') && note !== '')
    return `${given.slice(0, start)},${note}${put.slice(1)}${given.slice(taken + note.length)}`;
  return given.slice(0, start) + put + given.slice(taken);
}

/** The text with comments and commas before a closing bracket turned into blanks: every other character keeps its place. */
function withoutComments(text: string): string {
  const token = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  const blank = (part: string) => part.replaceAll(/[^\r\n]/g, ' ');
  const bare = text.replaceAll(token, (part) => (part.startsWith('"') ? part : blank(part)));
  return bare.replaceAll(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (part) => (part === ',' ? ' ' : part));
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

import { z } from 'zod';
import { removeJson, setJson } from '../normalise/json-text.ts';
import { editJsonc, jsoncValue } from '../normalise/jsonc-text.ts';
import { removeToml, setToml, tomlValues } from '../normalise/toml-text.ts';

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
  return z.record(z.string(), z.unknown()).parse(jsoncValue(text));
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
  if (kind === 'json') return editJsonc(text, (plain) => setJson(plain, path, value));
  return setDotenv(text, path[0] ?? '', value, kind === 'shell' ? 'export ' : '');
}

/** Takes a value out, with the objects that are empty then and were not there before. */
function takeOut(kind: TextKind, text: string, path: readonly string[], before: Values): string {
  if (kind === 'toml') return removeToml(text, path);
  if (kind !== 'json') return removeDotenv(text, path[0] ?? '');
  let after = editJsonc(text, (plain) => removeJson(plain, path));
  for (let depth = path.length - 1; depth > 0; depth -= 1) {
    const parent = path.slice(0, depth);
    const held = valuesIn(kind, after)(parent);
    if (!isRecord(held) || Object.keys(held).length > 0 || before(parent) !== undefined) break;
    after = editJsonc(after, (plain) => removeJson(plain, parent));
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

import type { JsonEdit, JsonPath, RequestParts, SaidText } from '../../core/aperture.ts';
import { recordOf, textOf } from '../strict-json.ts';

export type Json = Readonly<Record<string, unknown>>;

export const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map((each: unknown) => recordOf(each) ?? {}) : [];

export const oneOrNone = (name: string): readonly string[] => (name === '' ? [] : [name]);

/** The texts of one message: its content as a string, or its parts of `types`. */
export function saidIn(content: unknown, at: JsonPath, newest: boolean, types: ReadonlySet<string>): SaidText[] {
  if (typeof content === 'string') return [{ text: content, at, newest }];
  return listOf(content).flatMap(({ type, text }, index): SaidText[] =>
    types.has(textOf(type)) && typeof text === 'string' ? [{ text, at: [...at, index, 'text'], newest }] : [],
  );
}

/** A function's arguments as providers write them: JSON text, or the value itself. */
export function argumentsOf(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? {};
  try {
    return JSON.parse(value === '' ? '{}' : value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

/** What takes tools out of a request. Null when the provider would not take what is left. */
export function withoutTools(parts: RequestParts, names: ReadonlySet<string>): readonly JsonEdit[] | null {
  if (parts.forced.some((name) => names.has(name))) return null;
  const gone = parts.tools.filter(({ name }) => names.has(name));
  if (gone.length === parts.tools.length && parts.needsTools && parts.calls.size > 0) return null;
  const edits = new Map<string, JsonEdit>();
  const take = (at: JsonPath) => edits.set(JSON.stringify(at), { at, to: null });
  for (const [list, inner] of Map.groupBy(gone, ({ at }) => JSON.stringify(at.slice(0, -1)))) {
    const of = parts.lists.find(({ at }) => JSON.stringify(at) === list);
    if (of && of.size === inner.length) take(of.whole);
    else for (const { at } of inner) take(at);
  }
  if (gone.length === parts.tools.length) for (const at of parts.choices) take(at);
  // What lies inside something that goes needs no edit of its own.
  const places = [...edits.values()];
  return places.filter(({ at }) => !places.some((other) => other.at.length < at.length && isWithin(at, other.at)));
}

const isWithin = (at: JsonPath, outer: JsonPath): boolean => outer.every((key, index) => at[index] === key);

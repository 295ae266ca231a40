import { dice } from './fuzz.ts';

type Json = unknown;
/** Members and indexes down to a value. */
type Path = readonly (string | number)[];

const isObject = (value: Json): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every place in a value, the value itself aside. */
function placesIn(value: Json, at: Path = []): Path[] {
  const inner = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : [];
  return inner.flatMap(([key, held]) => [[...at, key], ...placesIn(held, [...at, key])]);
}

/** A copy in which the members of the object or list at a place are others. */
function changed(
  value: Json,
  [key, ...deeper]: Path,
  change: (members: [string | number, Json][], at: number) => void,
): Json {
  const members: [string | number, Json][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(isObject(value) ? value : {});
  const at = members.findIndex(([name]) => name === key);
  const member = members[at];
  if (member === undefined) return value;
  if (deeper.length > 0) member[1] = changed(member[1], deeper, change);
  else change(members, at);
  if (Array.isArray(value)) return members.map(([, held]) => held);
  return Object.fromEntries(members.map(([name, held]) => [String(name), held]));
}

const valueAt = (value: Json, path: Path): Json =>
  path.reduce<Json>((at, key) => (isObject(at) || Array.isArray(at) ? Reflect.get(at, key) : undefined), value);

function deep(levels: number): Json {
  let value: Json = 'x';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const odd = [
  '\u200b',
  '\u202e',
  '\ufeff',
  '\ud800',
  '\u0000',
  'é',
  'е',
  '\u{1f600}',
  '__proto__',
  'constructor',
  '\n',
  '"',
  '\\',
];

const pick = <T>(from: readonly T[], roll: () => number): T => from[Math.floor(roll() * from.length)] as T;

const junk: readonly ((roll: () => number) => Json)[] = [
  () => null,
  (roll) => (roll() < 0.5 ? 0 : -1e308),
  () => true,
  () => '',
  (roll) => pick(odd, roll).repeat(1 + Math.floor(roll() * 20)),
  () => [],
  () => ({}),
  (roll) => deep(Math.floor(roll() * 60)),
  () => ({ __proto__: null, toString: 1, length: -1 }),
  // What asks a value for its length, or makes a text of it, throws at these.
  () => ({ length: { toString: 1 } }),
  () => ({ toString: 1, valueOf: 2, toJSON: 3 }),
  () => 'x'.repeat(20_000),
  () => [[['PreToolUse']]],
];

/** The same thought, said with another type. */
function retyped(value: Json): Json {
  if (typeof value === 'string') return /^\d+$/.test(value) ? Number(value) : [value];
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'true' : 0;
  if (Array.isArray(value)) return { ...value };
  return value === null ? {} : isObject(value) ? JSON.stringify(value) : value;
}

function respelt(text: string, roll: () => number): string {
  const how = roll();
  if (how < 0.25) return text.toUpperCase();
  if (how < 0.5) return text.toLowerCase();
  const at = Math.floor(roll() * (text.length + 1));
  return text.slice(0, at) + pick(odd, roll) + text.slice(at);
}

/** One change of a body; its text afterwards. */
const changes: readonly ((body: Json, roll: () => number) => string)[] = [
  (body, roll) => edited(body, roll, (members, at) => void members.splice(at, 1)),
  (body, roll) => edited(body, roll, (members, at) => put(members, at, pick(junk, roll)(roll))),
  (body, roll) => edited(body, roll, (members, at) => put(members, at, retyped(members[at]?.[1]))),
  (body, roll) =>
    edited(body, roll, (members, at) => {
      const held = members[at]?.[1];
      put(members, at, typeof held === 'string' ? respelt(held, roll) : held);
    }),
  (body, roll) =>
    edited(body, roll, (members, at) => {
      const name = members[at]?.[0];
      if (members[at] && typeof name === 'string') members[at] = [respelt(name, roll), members[at][1]];
    }),
  (body, roll) => edited(body, roll, (members) => void members.push([pick(odd, roll), pick(junk, roll)(roll)])),
  (body, roll) => repeated(body, roll),
  (body, roll) => {
    const text = JSON.stringify(body);
    return text.slice(0, Math.floor(roll() * text.length));
  },
  (body, roll) => {
    const text = JSON.stringify(body);
    const at = Math.floor(roll() * text.length);
    return (
      text.slice(0, at) + pick(['"', '{', '}', '[', ',', ':', '\\', '\u0000', '1', ' '], roll) + text.slice(at + 1)
    );
  },
];

const rare: readonly ((body: Json, roll: () => number) => string)[] = [
  (body, roll) => edited(body, roll, (members, at) => put(members, at, deep(2_000))),
  (body, roll) =>
    edited(body, roll, (members, at) =>
      put(
        members,
        at,
        Array.from({ length: 30_000 }, () => 0),
      ),
    ),
  (body, roll) => edited(body, roll, (members, at) => put(members, at, 'y'.repeat(300_000))),
  (_body, roll) =>
    pick(['', ' ', 'null', '[]', '{}', '0', '"PreToolUse"', '[{}]', '\ufeff{}', 'x'.repeat(1_000)], roll),
];

function put(members: [string | number, Json][], at: number, value: Json): void {
  const name = members[at]?.[0];
  if (name !== undefined) members[at] = [name, value];
}

function edited(
  body: Json,
  roll: () => number,
  change: (members: [string | number, Json][], at: number) => void,
): string {
  const places = placesIn(body);
  return JSON.stringify(places.length === 0 ? body : changed(body, pick(places, roll), change));
}

/** A member that stands twice: JSON readers take the last one, others the first. */
function repeated(body: Json, roll: () => number): string {
  const places = placesIn(body).filter((path) => typeof path.at(-1) === 'string');
  if (places.length === 0) return JSON.stringify(body);
  const path = pick(places, roll);
  const marker = '\u0001again';
  const again = changed(body, path, (members) => void members.push([marker, pick(junk, roll)(roll)]));
  const text = JSON.stringify(again).replace(JSON.stringify(marker), JSON.stringify(path.at(-1)));
  return roll() < 0.5 || valueAt(body, path) === undefined ? text : text.replace(/\s/g, '');
}

/** A body with one to three seeded changes, as text. */
export function mutated(body: Json, seed: number): string {
  const roll = dice(seed * 2_654_435_761);
  roll();
  let text = JSON.stringify(body);
  const rounds = 1 + Math.floor(roll() * 3);
  for (let round = 0; round < rounds; round++) {
    let value: Json;
    try {
      value = JSON.parse(text);
    } catch {
      return text;
    }
    if (roll() < 0.01) return pick(rare, roll)(value, roll);
    text = pick(changes, roll)(value, roll);
  }
  return text;
}

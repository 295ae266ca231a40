import type { AskedCall } from '../../core/dialect.ts';
import { askedWith } from '../asked.ts';
import { recordOf, textOf } from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * What a part says of a call whose input may come in pieces over several parts. The first part names the tool, the ones
 * between bring pieces or nothing, the last one says no `willContinue`. Source: Vertex AI API reference, FunctionCall and
 * PartialArg; what gemini-3-flash and gemini-3.1-pro streamed.
 */
export interface CallPiece {
  /** `''` for a part that goes on with a call. */
  readonly name: string;
  /** `partialArgs`, as it stood there. */
  readonly pieces: unknown;
  readonly goesOn: boolean;
  /** Its candidate cannot be taken for another one. */
  readonly alone: boolean;
  /** Why two readers could see different things in it; null when they could not. */
  readonly problem: string | null;
}

/** A part's place in a call. `broken`: nobody can say which call it belongs to. */
type Joined =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part' }
  | { readonly kind: 'last'; readonly call: AskedCall }
  | { readonly kind: 'broken'; readonly why: string };

/** Puts the pieces of an answer's calls together, in the order they came. */
export interface CallPieces {
  take(piece: CallPiece): Joined;
  isOpen(): boolean;
  /** The call that is open with what there is of its input; null for none. It is open no longer. */
  cut(): AskedCall | null;
}

interface Open {
  readonly name: string;
  readonly input: Record<string, unknown>;
  /** The path of a text that is not complete yet; `''` for none. */
  text: string;
  problem: string | null;
}

export function callPieces(): CallPieces {
  let open: Open | null = null;
  const close = (): AskedCall | null => {
    if (!open) return null;
    const { name, input, text, problem } = open;
    open = null;
    const why = problem ?? (text === '' ? null : `a piece of its input is missing at ${text}`);
    return askedWith({ id: '', idless: true, name, problem: why }, input, null);
  };
  const grow = (to: Open, piece: CallPiece): Joined => {
    to.problem ??= piece.problem ?? grown(to, piece.pieces);
    if (piece.goesOn) return { kind: 'part' };
    const call = close();
    return call ? { kind: 'last', call } : { kind: 'whole' };
  };
  return {
    isOpen: () => open !== null,
    cut: close,
    take(piece) {
      const inPieces = piece.goesOn || piece.pieces !== undefined;
      if (!open && !inPieces) return { kind: 'whole' };
      if (!piece.alone) return broken('a call in pieces stands in one of several candidates');
      if (open) return piece.name === '' ? grow(open, piece) : broken('a call begins inside another one');
      if (piece.name === '') return broken('it continues a call that is not open');
      open = { name: piece.name, input: {}, text: '', problem: null };
      // Some readers take the pieces of such a part for another call's.
      if (!piece.goesOn) open.problem = 'its input comes in pieces without an end';
      return grow(open, piece);
    },
  };
}

/** Reads the calls of a conversation that is sent back, where they may stand in pieces still; null for a part of one that goes on. */
export function historyCalls(): (asked: Json) => { readonly name: string; readonly input: unknown } | null {
  const pieces = callPieces();
  return (asked) => {
    const name = textOf(asked.name);
    const { partialArgs, willContinue, args } = asked;
    const goesOn = willContinue === true;
    const joined = pieces.take({ name, pieces: partialArgs, goesOn, alone: true, problem: null });
    if (joined.kind === 'part') return null;
    return joined.kind === 'last' ? { name: joined.call.tool, input: joined.call.input } : { name, input: args ?? {} };
  };
}

const broken = (why: string): Joined => ({ kind: 'broken', why });

/** Puts the pieces of one part into the call; why they cannot be trusted, or null. */
function grown(open: Open, pieces: unknown): string | null {
  if (pieces === undefined) return null;
  if (!Array.isArray(pieces)) return 'the pieces of its input are no list';
  for (const each of pieces) {
    const piece = recordOf(each);
    const why = piece ? placed(open, piece) : 'a piece of its input is not an object';
    if (why) return why;
  }
  return null;
}

function placed(open: Open, piece: Json): string | null {
  const path = textOf(piece.jsonPath);
  const steps = stepsOf(path);
  const value = valueIn(piece);
  const { willContinue } = piece;
  if (!steps) return 'a piece of its input has a path that not every reader takes the same way';
  if (!value) return 'a piece of its input has no value, or several';
  if (willContinue !== undefined && typeof willContinue !== 'boolean')
    return 'a piece of its input does not say whether it goes on';
  if (willContinue === true && typeof value.is !== 'string') return 'a piece that is no text goes on';
  if (open.text !== '' && open.text !== path) return 'a piece of its input begins inside another one';
  const why = put(open.input, steps, value.is, open.text === path);
  open.text = willContinue === true ? path : '';
  return why;
}

type Step = string | number;

const stepPattern = /\.([^\s.[\]'"*?@$,:()\\]+)|\[(0|[1-9]\d{0,5})\]/y;

/** `$.a.b[0].c` → `a`, `b`, 0, `c`; null for any other path, of which readers disagree. */
function stepsOf(path: string): readonly Step[] | null {
  if (!path.startsWith('$.')) return null;
  const steps: Step[] = [];
  stepPattern.lastIndex = 1;
  while (stepPattern.lastIndex < path.length) {
    const [found, name, index] = stepPattern.exec(path) ?? [];
    if (found === undefined || name === '__proto__' || steps.length > 100) return null;
    steps.push(name ?? Number(index));
  }
  return steps;
}

const kinds = ['stringValue', 'numberValue', 'boolValue', 'nullValue'];

function valueIn(piece: Json): { readonly is: string | number | boolean | null } | null {
  const [kind, ...others] = kinds.filter((name) => name in piece);
  if (kind === undefined || others.length > 0) return null;
  const value = piece[kind];
  if (kind === 'nullValue') return value === null || value === 'NULL_VALUE' ? { is: null } : null;
  if (kind === 'stringValue') return typeof value === 'string' ? { is: value } : null;
  if (kind === 'numberValue') return typeof value === 'number' ? { is: value } : null;
  return typeof value === 'boolean' ? { is: value } : null;
}

type Container = Record<string, unknown> | unknown[];

/** Why the value cannot stand there; null once it does. With `on` it is the next piece of the text there. */
function put(input: Container, steps: readonly Step[], value: unknown, on: boolean): string | null {
  let at: Container = input;
  for (const [depth, step] of steps.entries()) {
    const known = memberOf(at, step);
    if (known === misplaced) return 'pieces of its input contradict each other';
    const next = steps[depth + 1];
    if (next === undefined) {
      if (on ? typeof known !== 'string' || typeof value !== 'string' : known !== undefined)
        return 'its input says a value twice';
      set(at, step, on ? `${textOf(known)}${textOf(value)}` : value);
    } else {
      const inner: unknown = known === undefined ? (typeof next === 'number' ? [] : {}) : known;
      if (!isContainer(inner)) return 'pieces of its input contradict each other';
      if (known === undefined) set(at, step, inner);
      at = inner;
    }
  }
  return null;
}

const misplaced = Symbol('a step that does not fit its container');

/** Lists grow by one element at a time: of others readers make different things. */
function memberOf(at: Container, step: Step): unknown {
  if (Array.isArray(at)) return typeof step === 'number' && step <= at.length ? at[step] : misplaced;
  if (typeof step === 'number') return misplaced;
  return Object.hasOwn(at, step) ? at[step] : undefined;
}

function set(at: Container, step: Step, value: unknown): void {
  if (Array.isArray(at)) at[Number(step)] = value;
  else at[String(step)] = value;
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

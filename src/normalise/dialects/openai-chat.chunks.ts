import type { AskedCall, SseFrame } from '../../core/dialect.ts';
import { askedFromText, askedWith, spellings } from '../asked.ts';
import {
  ambiguityOf,
  parsedJson,
  plainName,
  plainNumber,
  plainString,
  plainText,
  recordOf,
  textOf,
} from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** What one chunk says of one choice. Source: OpenAI API reference, Chat Completions streaming; recordings of five clients. */
export interface ChoiceDelta {
  readonly choice: number;
  readonly text: string;
  readonly pieces: readonly CallPiece[];
  /** Why the choice is over; `''` while it goes on. */
  readonly finish: string;
}

/** A piece of a tool call. `index` is its place among the choice's calls; `oldCall` for the old `function_call`. */
export interface CallPiece {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly custom: boolean;
  readonly problem: string | null;
}

/** Place of the one call of the old `function_call` form. */
export const oldCall = -1;

export type ChatEvent =
  | { readonly kind: 'silent' } // comments
  /** Holds nothing that could be a part of a call or an end. */
  | { readonly kind: 'plain'; readonly text: string }
  | { readonly kind: 'chunk'; readonly chunk: Json; readonly choices: readonly ChoiceDelta[] }
  | { readonly kind: 'done' }
  | { readonly kind: 'error' }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * No piece of a call, no end and no error comes without one of these words, whatever the case of its names; an escape
 * could spell them differently.
 */
const mayMatter = /tool_calls|function_call|finish_reason"\s*:\s*"|"error"|\\u/i;
const contentIn = /"content"\s*:\s*("(?:[^"\\]|\\.){0,100000}")/;

/** Finds a name of the format that is spelt in another case. */
export const misspelt = spellings(
  'choices delta message index finish_reason tool_calls function_call function custom name arguments input id type content error'.split(
    ' ',
  ),
);

/** Reads one frame. With `strict`, whatever two readers could see differently is `unreadable`. */
export function eventOf(frame: SseFrame, strict: boolean): ChatEvent {
  if (frame.odd && strict) return unreadable(`an event ${frame.odd}`);
  const { data } = frame;
  if (data === null || data === '') return { kind: 'silent' };
  if (data.trim() === '[DONE]') return { kind: 'done' };
  if (!mayMatter.test(data)) {
    const content = contentIn.exec(data)?.[1];
    return { kind: 'plain', text: content === undefined ? '' : textOf(parsedJson(content)?.value) };
  }
  const plain = plainPiece(data);
  if (plain) return plain;
  const parsed = parsedJson(data);
  const chunk = parsed && recordOf(parsed.value);
  if (!chunk) return unreadable('an event is not a readable JSON object');
  if (strict) {
    const why = ambiguityOf(data, true, misspelt.ofName);
    if (why) return unreadable(`an event ${why}`);
  }
  if (chunk.error !== undefined && chunk.error !== null) return { kind: 'error' };
  const choices = listOf(chunk.choices).map(choiceDelta);
  const lost = choices.find((each) => typeof each === 'string');
  if (typeof lost === 'string') return unreadable(lost);
  return { kind: 'chunk', chunk, choices: choices.filter((each) => typeof each !== 'string') };
}

const [word, orNull] = [`"${plainName}"`, `(?:"${plainName}"|null)`];
const pieceShape = new RegExp(
  [
    `^\\{"id":${word},"object":${word},"created":${plainNumber},"model":${word}`,
    `(?:,"service_tier":${orNull})?(?:,"system_fingerprint":${orNull})?,"choices":\\[\\{"index":(${plainNumber})`,
    `,"delta":\\{(?:"role":"assistant","content":null,)?"tool_calls":\\[\\{"index":(${plainNumber})`,
    `(?:,"id":"(${plainName})","type":"function")?,"function":\\{(?:"name":"(${plainName})",)?"arguments":"(${plainString})"`,
    `\\}\\}\\](?:,"refusal":null)?\\}(?:,"logprobs":null)?,"finish_reason":null\\}\\]`,
    `(?:,"usage":null)?(?:,"obfuscation":${word})?\\} *$`,
  ].join(''),
);

/** Nearly every chunk of a call is a piece in exactly this shape, which no two readers see differently. */
function plainPiece(data: string): ChatEvent | null {
  const found = data.length > 4096 ? null : pieceShape.exec(data);
  if (!found) return null;
  const [, choice, index, id = '', name = '', text = ''] = found;
  const piece = { index: Number(index), id, name, text: plainText(text), custom: false, problem: null };
  return {
    kind: 'chunk',
    choices: [{ choice: Number(choice), text: '', pieces: [piece], finish: '' }],
    /** Read only when a call of the answer was refused. */
    get chunk() {
      return recordOf(parsedJson(data)?.value) ?? {};
    },
  };
}

const unreadable = (why: string): ChatEvent => ({ kind: 'unreadable', why });

const listOf = (value: unknown): readonly (Json | null)[] =>
  Array.isArray(value) ? value.map((each: unknown) => recordOf(each)) : [];

function choiceDelta(choice: Json | null): ChoiceDelta | string {
  if (!choice || !isIndex(choice.index)) return 'a choice has no place';
  // Some servers put the whole message into their last chunk.
  const delta = recordOf(choice.delta) ?? recordOf(choice.message);
  return {
    choice: choice.index,
    text: textOf(delta?.content),
    pieces: delta ? piecesOf(delta) : [],
    finish: textOf(choice.finish_reason),
  };
}

/** The pieces of calls in a delta, or the calls of a whole message. */
export function piecesOf(delta: Json): readonly CallPiece[] {
  const pieces = listOf(delta.tool_calls).map(pieceOf);
  const old = recordOf(delta.function_call);
  if (!old) return pieces;
  const text = textOf(old.arguments);
  return [...pieces, { index: oldCall, id: '', name: textOf(old.name), text, custom: false, problem: null }];
}

function pieceOf(call: Json | null, at: number): CallPiece {
  const custom = recordOf(call?.custom);
  const named = custom ?? recordOf(call?.function);
  const text = custom ? custom.input : named?.arguments;
  const index = call?.index;
  return {
    index: isIndex(index) ? index : at,
    id: textOf(call?.id),
    name: textOf(named?.name),
    // Some servers give the arguments as an object.
    text: typeof text === 'string' || text === undefined || text === null ? textOf(text) : JSON.stringify(text),
    custom: custom !== null,
    problem: index === undefined || isIndex(index) ? null : 'it has no place',
  };
}

const isIndex = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** A call as its pieces make it up. */
export interface OpenCall {
  readonly index: number;
  id: string;
  name: string;
  text: string;
  custom: boolean;
  problem: string | null;
}

/** Adds a piece to the calls of its choice. */
export function grow(calls: Map<number, OpenCall>, piece: CallPiece): void {
  const call = calls.get(piece.index);
  if (!call) {
    calls.set(piece.index, { ...piece });
    return;
  }
  if (piece.id !== '' && call.id !== '' && piece.id !== call.id) call.problem ??= 'it has two ids';
  // One reader takes the last name, another puts the pieces together.
  if (piece.name !== '' && call.name !== '' && piece.name !== call.name) call.problem ??= 'it names two tools';
  call.id ||= piece.id;
  call.name ||= piece.name;
  call.custom ||= piece.custom;
  call.problem ??= piece.problem;
  call.text += piece.text;
}

/** The finished call. */
export function askedCall(call: OpenCall): AskedCall {
  const head = { ...call, idless: call.index === oldCall };
  if (call.custom) return askedWith(head, { input: call.text }, null);
  return askedFromText(head, call.text === '' ? '{}' : call.text);
}

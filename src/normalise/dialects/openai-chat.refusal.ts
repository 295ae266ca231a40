import type { SseFrame } from '../../core/dialect.ts';
import { withData } from '../frames.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { oldCall, piecesOf } from './openai-chat.chunks.ts';

type Json = Readonly<Record<string, unknown>>;

/** What became of the calls of one choice: a refused one has its text, a released one its new place. */
export interface Fate {
  readonly refused: ReadonlyMap<number, string>;
  readonly places: ReadonlyMap<number, number>;
}

/** Released calls keep their order and count from nought again: clients read the list by place. */
export function fateOf(refused: ReadonlyMap<number, string>, all: Iterable<number>): Fate {
  const places = new Map<number, number>();
  for (const index of [...all].toSorted((a, b) => a - b)) {
    if (!refused.has(index)) places.set(index, index === oldCall ? oldCall : places.size);
  }
  return { refused: new Map([...refused].toSorted(([a], [b]) => a - b)), places };
}

/** A chunk that says `text` in the choice, in the words of the chunk it goes before. */
export function textChunk(chunk: Json, choice: number, text: string, first: boolean): string {
  const { choices: _choices, usage: _usage, ...envelope } = chunk;
  const delta = { ...(first ? { role: 'assistant' } : {}), content: text };
  return `data: ${JSON.stringify({ ...envelope, choices: [{ index: choice, delta, finish_reason: null }] })}\n\n`;
}

/** The chunk without refused calls; null when nothing is left of it. */
export function withoutRefused(
  frame: SseFrame,
  chunk: Json,
  fates: ReadonlyMap<number, Fate>,
): Uint8Array | string | null {
  let changed = false;
  let worth = chunk.usage !== undefined && chunk.usage !== null;
  const choices = listOf(chunk.choices).map((choice) => {
    const fate = fates.get(Number(choice.index));
    const edited = fate ? choiceWithout(choice, fate) : choice;
    changed ||= edited !== choice;
    worth ||= edited === choice || holdsSomething(edited);
    return edited;
  });
  if (!changed) return frame.raw;
  return worth ? withData(frame, JSON.stringify({ ...chunk, choices })) : null;
}

const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map((each: unknown) => recordOf(each) ?? {}) : [];

function holdsSomething(choice: Json): boolean {
  const delta = recordOf(choice.delta) ?? recordOf(choice.message) ?? {};
  return textOf(choice.finish_reason) !== '' || Object.values(delta).some((value) => value !== null && value !== '');
}

function choiceWithout(choice: Json, fate: Fate): Json {
  const member = recordOf(choice.delta) ? 'delta' : 'message';
  const delta = recordOf(choice[member]);
  const told = delta && piecesOf(delta).length > 0 ? { [member]: deltaWithout(delta, fate) } : {};
  const finish = noCallLeft(fate) && isCallFinish(choice.finish_reason) ? { finish_reason: 'stop' } : {};
  return Object.keys(told).length + Object.keys(finish).length === 0 ? choice : { ...choice, ...told, ...finish };
}

const noCallLeft = ({ refused, places }: Fate): boolean => refused.size > 0 && places.size === 0;
const isCallFinish = (reason: unknown): boolean => reason === 'tool_calls' || reason === 'function_call';

function deltaWithout(delta: Json, { refused, places }: Fate): Json {
  const { tool_calls: calls, function_call: old, ...rest } = delta;
  const kept = listOf(calls).flatMap((call, at) => {
    const index = typeof call.index === 'number' ? call.index : at;
    if (refused.has(index)) return [];
    return [call.index === undefined ? call : { ...call, index: places.get(index) ?? index }];
  });
  return {
    ...rest,
    ...(kept.length > 0 ? { tool_calls: kept } : {}),
    ...(old !== undefined && !refused.has(oldCall) ? { function_call: old } : {}),
  };
}

/** A choice of a whole answer without its refused calls, whose texts join what it says. */
export function choiceWithRefusals(choice: Json, fate: Fate): Json {
  const edited = choiceWithout(choice, fate);
  const message = recordOf(edited.message) ?? {};
  const content = [textOf(message.content), ...fate.refused.values()].filter((text) => text !== '').join('\n\n');
  return { ...edited, message: { ...message, content } };
}

/** An error that ends a stream; clients raise it instead of taking the answer for complete. */
export const errorFrame = (message: string): string =>
  `data: ${JSON.stringify({ error: { message, type: 'warder_stopped', param: null, code: null } })}\n\n`;

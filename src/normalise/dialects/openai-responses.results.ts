import type { KeptPlace, OwedResult } from '../../core/dialect.ts';
import { afterBlanks, ambiguityOf, type JsonSpan, membersOf, parsedJson, recordOf, textOf } from '../strict-json.ts';
import type { Item } from './openai-responses.items.ts';

export const nowhere: KeptPlace = { answer: '', conversation: '' };

/** Where OpenAI keeps a response. Source: OpenAI API reference, Responses: `store`, `conversation`. */
export function placeOf(response: unknown): KeptPlace {
  const { id, store, conversation } = recordOf(response) ?? {};
  return { answer: store === false ? '' : textOf(id), conversation: conversationOf(conversation) };
}

/** A conversation is named by its id, or by an object with it. */
export const conversationOf = (value: unknown): string => textOf(value) || textOf(recordOf(value)?.id);

/** What goes back for a refused call; nothing where its kind has no result that could hold a text. */
export function owedFor(item: Item, text: string): readonly OwedResult[] {
  const callId = textOf(item.call_id);
  const result = callId === '' ? null : resultOf(item, callId, text);
  if (!result) return [];
  // A call that came from a program the model wrote names it, and so does its result.
  const caller = recordOf(item.caller) ? { caller: item.caller } : {};
  return [{ callId, json: JSON.stringify({ ...result, ...caller }) }];
}

/** Source: the input items of OpenAI's own client, 7.57. */
function resultOf(item: Item, callId: string, text: string): Item | null {
  switch (item.type) {
    case 'function_call':
      return { type: 'function_call_output', call_id: callId, output: text };
    case 'custom_tool_call':
      return { type: 'custom_tool_call_output', call_id: callId, output: text };
    case 'apply_patch_call':
      return { type: 'apply_patch_call_output', call_id: callId, status: 'failed', output: text };
    case 'shell_call':
      return shellResult(item, callId, text);
    case 'local_shell_call':
      // Here the id of the call stands in `id`, and the output is JSON text.
      return { type: 'local_shell_call_output', id: callId, output: JSON.stringify({ output: text }) };
    default:
      // The result of a `computer_call` is a screenshot, and nobody made one.
      return null;
  }
}

function shellResult(item: Item, callId: string, text: string): Item {
  const longest = recordOf(item.action)?.max_output_length;
  const bound = typeof longest === 'number' ? { max_output_length: longest } : {};
  const stderr = typeof longest === 'number' ? text.slice(0, Math.max(0, longest)) : text;
  const output = [{ stdout: '', stderr, outcome: { type: 'exit', exit_code: 1 } }];
  return { type: 'shell_call_output', call_id: callId, output, ...bound };
}

/** No request goes on from anything without one of these names; an escape could spell them differently. */
const mayGoOn = /"previous_response_id"|"conversation"|\\u/;

/** Where a request goes on from; null for one that brings its whole conversation. */
export function goingOnFrom(body: string): KeptPlace | null {
  if (!mayGoOn.test(body)) return null;
  const members = membersOf(body, afterBlanks(body, 0));
  const read = (name: string) => valueAt(body, members.get(name));
  const place = { answer: textOf(read('previous_response_id')), conversation: conversationOf(read('conversation')) };
  return place.answer === '' && place.conversation === '' ? null : place;
}

const valueAt = (body: string, span: JsonSpan | undefined): unknown =>
  span && parsedJson(body.slice(span.start, span.end))?.value;

/** The request with the results it does not bring itself, before all else that it brings; null when it cannot be changed safely. */
export function withResults(body: string, owed: readonly OwedResult[]): string | null {
  if (!recordOf(parsedJson(body)?.value) || ambiguityOf(body)) return null;
  const start = afterBlanks(body, 0);
  const span = membersOf(body, start).get('input');
  const input = valueAt(body, span);
  const brought = answeredIn(input);
  const missing = owed.filter(({ callId }) => !brought.has(callId)).map(({ json }) => json);
  if (missing.length === 0) return null;
  const put = missing.join(',');
  const edited = withInput(body, start, span, input, put);
  return edited === null || ambiguityOf(edited) ? null : edited;
}

function withInput(
  body: string,
  start: number,
  span: JsonSpan | undefined,
  input: unknown,
  put: string,
): string | null {
  if (!span) {
    const rest = afterBlanks(body, start + 1);
    return `${body.slice(0, start + 1)}"input":[${put}]${body[rest] === '}' ? '' : ','}${body.slice(start + 1)}`;
  }
  const before = body.slice(0, span.start);
  const after = body.slice(span.end);
  if (typeof input === 'string') {
    const said = `{"type":"message","role":"user","content":${body.slice(span.start, span.end)}}`;
    return `${before}[${put},${said}]${after}`;
  }
  if (input === null) return `${before}[${put}]${after}`;
  if (!Array.isArray(input)) return null;
  return `${before}[${put}${input.length === 0 ? '' : ','}${body.slice(span.start + 1, span.end)}${after}`;
}

/** Ids of the calls that a request brings results for. */
function answeredIn(input: unknown): ReadonlySet<string> {
  const items: readonly unknown[] = Array.isArray(input) ? input : [];
  return new Set(
    items.flatMap((each) => {
      const item = recordOf(each);
      return item && textOf(item.type).endsWith('_output') ? [textOf(item.call_id) || textOf(item.id)] : [];
    }),
  );
}

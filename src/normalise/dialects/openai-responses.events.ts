import type { KeptPlace, SseFrame } from '../../core/dialect.ts';
import { spellings } from '../asked.ts';
import {
  afterBlanks,
  ambiguityOf,
  type JsonSpan,
  membersOf,
  parsedJson,
  plainName,
  plainNumber,
  plainString,
  plainText,
  recordOf,
  textOf,
} from '../strict-json.ts';
import type { Item } from './openai-responses.items.ts';
import { placeOf } from './openai-responses.results.ts';

/** One event of a Responses stream. Source: OpenAI API reference, Responses streaming events. */
export type ResponsesEvent =
  | { readonly kind: 'silent' } // comments and other frames that no reader acts on
  /** Holds nothing that could be or become a call. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'item-added'; readonly index: number; readonly item: Item; readonly json: string }
  | { readonly kind: 'item-done'; readonly index: number; readonly item: Item; readonly json: string }
  | { readonly kind: 'input-delta'; readonly index: number; readonly piece: string }
  /** Belongs to an item without changing what its call is. */
  | { readonly kind: 'item-part'; readonly index: number }
  /** Opens the answer; `items` is what its `output` holds already. */
  | { readonly kind: 'opens'; readonly items: number; readonly place: KeptPlace }
  /** The whole answer once more; ends the stream. `output` is where it stands in the data. */
  | {
      readonly kind: 'ends';
      readonly items: readonly Item[];
      readonly output: JsonSpan | null;
      readonly place: KeptPlace;
      readonly failed: boolean;
    }
  | { readonly kind: 'error' }
  | { readonly kind: 'unreadable'; readonly why: string };

const ends = new Set(['response.completed', 'response.incomplete', 'response.failed']);
const opens = new Set(['response.created', 'response.in_progress', 'response.queued']);
const deltas = new Set(['response.function_call_arguments.delta', 'response.custom_tool_call_input.delta']);

/**
 * No item of a call, no event of one and no ending of an answer comes without one of these words, whatever the case of
 * its names; an escape could spell them differently.
 */
const mayMatter = /call|output_item|\.(?:completed|incomplete|failed|created|in_progress|queued)"|error|\\u/i;

/** Finds a name of the format that is spelt in another case. */
export const misspelt = spellings(
  'type response output output_index item item_id delta name namespace arguments input call_id id status action operation error'.split(
    ' ',
  ),
);

/** Reads one frame. With `strict`, whatever two readers could see differently is `unreadable`. */
export function eventOf(frame: SseFrame, strict: boolean): ResponsesEvent {
  if (frame.odd && strict) return unreadable(`an event ${frame.odd}`);
  const { data } = frame;
  if (data === null || data === '' || data === '[DONE]') return { kind: 'silent' };
  if (!mayMatter.test(data) && !mayMatter.test(frame.event)) return { kind: 'plain' };
  const plain = plainDelta(frame);
  if (plain) return plain;
  const parsed = parsedJson(data);
  const event = parsed && recordOf(parsed.value);
  if (!event) return unreadable('an event is not a readable JSON object');
  const type = textOf(event.type);
  if (strict) {
    const why = envelopeProblem(frame, type);
    if (why) return unreadable(why);
  }
  return eventOfType(type, event, data);
}

const deltaShape = new RegExp(
  [
    String.raw`^\{"type":"(response\.(?:function_call_arguments|custom_tool_call_input)\.delta)"`,
    `(,"sequence_number":${plainNumber})?,"item_id":"${plainName}","output_index":(${plainNumber})`,
    `,"delta":"(${plainString})"(,"sequence_number":${plainNumber})?(?:,"obfuscation":"${plainName}")?\\} *$`,
  ].join(''),
);

/** Nearly every event of a call is a piece of its input in exactly this shape, which no two readers see differently. */
function plainDelta({ data, event }: SseFrame): ResponsesEvent | null {
  const found = data === null || data.length > 4096 ? null : deltaShape.exec(data);
  if (!found) return null;
  const [, type, early, index, piece = '', late] = found;
  if (early && late) return null;
  return event === '' || event === type ? { kind: 'input-delta', index: Number(index), piece: plainText(piece) } : null;
}

function envelopeProblem(frame: SseFrame, type: string): string | null {
  if (frame.event !== '' && frame.event !== type)
    return `an event is named ${JSON.stringify(frame.event)} but says ${JSON.stringify(type)}`;
  const data = frame.data ?? '';
  const response = membersOf(data, afterBlanks(data, 0)).get('response');
  const own = response ? withoutEchoes(data, response.start) : data;
  const spelt = misspelt.inText(own);
  if (spelt) return `an event ${spelt}`;
  // A call that is ambiguous is refused by itself; anything else that is spoils the stream.
  const ambiguity = ambiguityOf(withoutItem(own), true);
  return ambiguity && `an event ${ambiguity}`;
}

/** What a response repeats of its request: the client's own schemas and words, whose names are the client's. */
const echoes = ['tools', 'text', 'metadata', 'instructions', 'prompt', 'tool_choice'];

/** A JSON text without what the response that starts at `start` repeats of its request. */
export function withoutEchoes(json: string, start: number): string {
  const members = membersOf(json, start);
  const spans = echoes.flatMap((name) => members.get(name) ?? []).sort((a, b) => b.start - a.start);
  return spans.reduce((text, { start: from, end }) => `${text.slice(0, from)}null${text.slice(end)}`, json);
}

/** The event without its item, whose own problems are its own. */
function withoutItem(data: string): string {
  const item = membersOf(data, afterBlanks(data, 0)).get('item');
  return item ? `${data.slice(0, item.start)}{}${data.slice(item.end)}` : data;
}

function eventOfType(type: string, event: Item, data: string): ResponsesEvent {
  if (type === 'error') return { kind: 'error' };
  if (opens.has(type)) return { kind: 'opens', items: itemsOf(event).length, place: placeOf(event.response) };
  if (ends.has(type))
    return {
      kind: 'ends',
      items: itemsOf(event),
      output: outputSpan(data),
      place: placeOf(event.response),
      failed: type === 'response.failed',
    };
  const index = event.output_index;
  if (type === 'response.output_item.added' || type === 'response.output_item.done') {
    const item = recordOf(event.item);
    const span = membersOf(data, afterBlanks(data, 0)).get('item');
    if (!isIndex(index) || !item || !span) return unreadable('an item has no place or no content');
    const json = data.slice(span.start, span.end);
    return { kind: type.endsWith('added') ? 'item-added' : 'item-done', index, item, json };
  }
  if (deltas.has(type)) {
    if (!isIndex(index) || typeof event.delta !== 'string') return unreadable('a part of a call has no place');
    return { kind: 'input-delta', index, piece: event.delta };
  }
  return isIndex(index) ? { kind: 'item-part', index } : { kind: 'plain' };
}

function itemsOf(event: Item): readonly Item[] {
  const output = recordOf(event.response)?.output;
  return Array.isArray(output) ? output.map((item: unknown) => recordOf(item) ?? {}) : [];
}

function outputSpan(data: string): JsonSpan | null {
  const response = membersOf(data, afterBlanks(data, 0)).get('response');
  return (response && membersOf(data, response.start).get('output')) ?? null;
}

const unreadable = (why: string): ResponsesEvent => ({ kind: 'unreadable', why });
const isIndex = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

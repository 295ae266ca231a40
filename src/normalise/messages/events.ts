import type { AskedCall, SseFrame } from '../../core/dialect.ts';
import { askedFromText, askedWith, foldedTwice } from '../asked.ts';
import type { DeltaEvent, MessageEvent, OpenBlock } from '../block-format.ts';
import { ambiguityOf, parsedJson, plainName, recordOf, textOf } from '../strict-json.ts';

/** Reads one frame. With `strict`, whatever two readers could see differently is `unreadable`. */
export function eventOf(frame: SseFrame, strict: boolean): MessageEvent {
  if (frame.odd && strict) return { kind: 'unreadable', why: `an event ${frame.odd}` };
  if (frame.data === null || frame.data === '') return { kind: 'silent' };
  const plain = plainEvent(frame);
  if (plain) return plain;
  const parsed = parsedJson(frame.data);
  const event = parsed && recordOf(parsed.value);
  if (!event) return { kind: 'unreadable', why: 'an event is not a readable JSON object' };
  const type = textOf(event.type);
  if (strict) {
    const why = envelopeProblem(frame, event, type);
    if (why) return { kind: 'unreadable', why };
  }
  return eventOfType(type, event, strict ? ambiguityOf(frame.data, true) : null);
}

const place = String.raw`(0|[1-9]\d{0,5})`;
const deltaShape = new RegExp(
  String.raw`^\{"type":"content_block_delta","index":${place},"delta":\{"type":"(?:(text)_delta","text"|(input)_json_delta","partial_json"|thinking_delta","thinking")` +
    String.raw`:"([^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*)"\} *\} *$`,
);
const callShape = new RegExp(
  String.raw`^\{"type":"content_block_start","index":${place},"content_block":\{"type":"tool_use","id":"(${plainName})","name":"(${plainName})","input":\{\}(?:,"caller":\{"type":"direct"\})?\} *\} *$`,
);
const stopShape = new RegExp(String.raw`^\{"type":"content_block_stop","index":${place} *\} *$`);

/** Nearly every frame has exactly one of these shapes, which no two readers see differently; it needs no parser. */
function plainEvent({ data, event }: SseFrame): MessageEvent | null {
  if (data === null || data.length > 4096) return null;
  if (event === 'content_block_delta') {
    const found = deltaShape.exec(data);
    if (!found) return null;
    const [, index, text, input, piece = ''] = found;
    return { kind: 'block-delta', index: Number(index), to: text ? 'text' : input ? 'input' : 'other', piece };
  }
  if (event === 'content_block_start') {
    const found = callShape.exec(data);
    if (!found) return null;
    const [, index, id = '', name = ''] = found;
    return {
      kind: 'block-start',
      block: { index: Number(index), type: 'tool_use', id, name, input: {}, problem: null },
    };
  }
  const found = event === 'content_block_stop' ? stopShape.exec(data) : null;
  return found && { kind: 'block-stop', index: Number(found[1]) };
}

function envelopeProblem(frame: SseFrame, event: Readonly<Record<string, unknown>>, type: string): string | null {
  // Anthropic's own client drops what has no name; others go by `type`.
  if (frame.event !== type) return `an event is named ${JSON.stringify(frame.event)} but says ${JSON.stringify(type)}`;
  return foldedTwice(event) ?? foldedTwice(recordOf(event.content_block)) ?? foldedTwice(recordOf(event.delta));
}

function eventOfType(type: string, event: Readonly<Record<string, unknown>>, problem: string | null): MessageEvent {
  if (problem && type !== 'content_block_start') return { kind: 'unreadable', why: `an event ${problem}` };
  switch (type) {
    case 'ping':
      return { kind: 'ping' };
    case 'error':
      return { kind: 'error' };
    case 'message_start': {
      const content = recordOf(event.message)?.content;
      return {
        kind: 'message-start',
        withContent: Array.isArray(content) ? content.length > 0 : content !== undefined,
      };
    }
    case 'content_block_start':
      return blockStart(event, problem);
    case 'content_block_delta':
      return blockDelta(event);
    case 'content_block_stop':
      return isIndex(event.index) ? { kind: 'block-stop', index: event.index } : badIndex;
    case 'message_delta':
      return { kind: 'message-end', last: false };
    case 'message_stop':
      return { kind: 'message-stop' };
    default:
      return { kind: 'other', type };
  }
}

const badIndex: MessageEvent = { kind: 'unreadable', why: 'a content block has no place in the message' };
const isIndex = (index: unknown): index is number => Number.isInteger(index) && typeof index === 'number' && index >= 0;

function blockStart(event: Readonly<Record<string, unknown>>, problem: string | null): MessageEvent {
  const block = recordOf(event.content_block);
  if (!isIndex(event.index)) return badIndex;
  if (!block) return { kind: 'unreadable', why: 'a content block opens without its content' };
  const type = textOf(block.type);
  // Only a tool call can be refused on its own; any other block that is ambiguous spoils the stream.
  if (problem && !isClientCall(type)) return { kind: 'unreadable', why: `an event ${problem}` };
  const open = {
    index: event.index,
    type,
    id: textOf(block.id),
    name: textOf(block.name),
    input: block.input,
    problem,
  };
  return { kind: 'block-start', block: open };
}

function blockDelta(event: Readonly<Record<string, unknown>>): MessageEvent {
  const delta = recordOf(event.delta);
  if (!isIndex(event.index) || !delta) return badIndex;
  const part = (to: DeltaEvent['to'], text: string): MessageEvent => ({
    kind: 'block-delta',
    index: Number(event.index),
    to,
    piece: JSON.stringify(text).slice(1, -1),
  });
  if (delta.type === 'input_json_delta' && typeof delta.partial_json === 'string')
    return part('input', delta.partial_json);
  if (delta.type === 'text_delta' && typeof delta.text === 'string') return part('text', delta.text);
  return part('other', '');
}

const atProvider = new Set(['server_tool_use', 'mcp_tool_use']);

/** A call the client is asked to run. An unknown kind of tool use counts as one. */
export const isClientCall = (type: string): boolean => type.endsWith('tool_use') && !atProvider.has(type);

/** A call the provider runs by itself. */
export const isProviderCall = (type: string): boolean => atProvider.has(type);

/** The call in a finished block: `json` is its streamed input. */
export function askedCall(block: Pick<OpenBlock, 'id' | 'name' | 'input' | 'problem'>, json: string): AskedCall {
  const given = recordOf(block.input);
  if (json === '') return askedWith(block, block.input ?? {}, given ? null : 'its input is not an object');
  const asked = askedFromText(block, json);
  const twice = given !== null && Object.keys(given).length > 0;
  return twice ? { ...asked, problem: asked.problem ?? 'it gives its input twice' } : asked;
}

import type { AskedCall, SseFrame } from '../../core/dialect.ts';
import { askedFromText, askedWith, foldedTwice } from '../asked.ts';
import { awsEvent, awsException } from '../aws-frames.ts';
import type { BlockFormat, MessageEvent, OpenBlock } from '../block-format.ts';
import { ambiguityOf, parsedJson, recordOf, textOf } from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** How Converse streams its content blocks; text begins without being opened. Source: Amazon Bedrock API reference, ConverseStream. */
export const streamFormat: BlockFormat = {
  eventOf,
  isClientCall: (type) => type === 'toolUse',
  isProviderCall: (type) => type === 'server_tool_use',
  askedCall,
  refusal: (index, text) =>
    Buffer.concat([
      awsEvent('contentBlockDelta', { contentBlockIndex: index, delta: { text } }),
      awsEvent('contentBlockStop', { contentBlockIndex: index }),
    ]),
  withoutToolStop,
  error: awsException,
  textOpensItself: true,
  names: { start: 'messageStart', stop: 'messageStop' },
};

function eventOf(frame: SseFrame, strict: boolean): MessageEvent {
  if (frame.odd) return unreadable(`an event ${frame.odd}`);
  if (frame.event.startsWith('exception:')) return { kind: 'error' };
  const parsed = parsedJson(frame.data ?? '');
  const event = parsed && recordOf(parsed.value);
  if (!event) return unreadable('an event is not a readable JSON object');
  const ambiguity = strict ? (foldedTwice(event) ?? ambiguityOf(frame.data ?? '', true)) : null;
  // Only a tool call can be refused on its own; any other block that is ambiguous spoils the stream.
  if (ambiguity && frame.event !== 'contentBlockStart') return unreadable(`an event ${ambiguity}`);
  return eventOfType(frame.event, event, ambiguity && `it ${ambiguity}`);
}

const unreadable = (why: string): MessageEvent => ({ kind: 'unreadable', why });

function eventOfType(type: string, event: Json, problem: string | null): MessageEvent {
  switch (type) {
    case 'messageStart':
      return { kind: 'message-start', withContent: false };
    case 'contentBlockStart':
      return blockStart(event, problem);
    case 'contentBlockDelta':
      return blockDelta(event);
    case 'contentBlockStop':
      return isIndex(event.contentBlockIndex) ? { kind: 'block-stop', index: event.contentBlockIndex } : badIndex;
    case 'messageStop':
      return { kind: 'message-end', last: true };
    default:
      return { kind: 'other', type };
  }
}

const badIndex = unreadable('a content block has no place');
const isIndex = (value: unknown): value is number => typeof value === 'number' && Number.isInteger(value) && value >= 0;

function blockStart(event: Json, problem: string | null): MessageEvent {
  const { contentBlockIndex: index } = event;
  const start = recordOf(event.start);
  if (!isIndex(index) || !start) return badIndex;
  const use = recordOf(start.toolUse);
  const [kind = ''] = Object.keys(start);
  if (!use) {
    return problem
      ? unreadable(`an event holds a block that ${problem}`)
      : { kind: 'block-start', block: { index, type: kind, id: '', name: '', input: null, problem: null } };
  }
  const type = textOf(use.type) || 'toolUse';
  const block = { index, type, id: textOf(use.toolUseId), name: textOf(use.name), input: {}, problem };
  return { kind: 'block-start', block };
}

function blockDelta(event: Json): MessageEvent {
  const { contentBlockIndex: index } = event;
  const delta = recordOf(event.delta);
  if (!isIndex(index) || !delta) return badIndex;
  const use = recordOf(delta.toolUse);
  if (use) return { kind: 'block-delta', index, to: 'input', piece: pieceOf(textOf(use.input)) };
  if (typeof delta.text === 'string') return { kind: 'block-delta', index, to: 'text', piece: pieceOf(delta.text) };
  return { kind: 'block-delta', index, to: 'other', piece: '' };
}

/** A text as it stands between the quotes of a JSON string. */
const pieceOf = (text: string): string => JSON.stringify(text).slice(1, -1);

/** The call in a finished block, or in a whole answer when `json` is `''`. */
export function askedCall(block: Pick<OpenBlock, 'id' | 'name' | 'input' | 'problem'>, json: string): AskedCall {
  if (json !== '') return askedFromText(block, json);
  return askedWith(block, block.input ?? {}, recordOf(block.input) ? null : 'its input is not an object');
}

function withoutToolStop(frame: SseFrame): Uint8Array {
  const event = recordOf(parsedJson(frame.data ?? '')?.value) ?? {};
  return event.stopReason === 'tool_use' ? awsEvent('messageStop', { ...event, stopReason: 'end_turn' }) : frame.raw;
}

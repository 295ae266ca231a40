import type { Dialect, SseFrame } from '../../core/dialect.ts';
import { awsEvent, awsException } from '../aws-frames.ts';
import type { BlockFormat, MessageEvent } from '../block-format.ts';
import { holdBlocks, watchBlocks } from '../blocks.ts';
import { messageReaders, messagesFormat } from '../messages/dialect.ts';
import { refusalEvents } from '../messages/refusal.ts';
import { streamFormat as messages } from '../messages/stream.ts';
import { modelOfBedrock } from '../model.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf, parsedJson, recordOf, textOf } from '../strict-json.ts';
import { messagesUsage, telling } from '../usage.ts';

/** Anthropic's events, each in a `chunk` of Bedrock's own. Source: Amazon Bedrock API reference, InvokeModelWithResponseStream. */
const streamFormat: BlockFormat = {
  ...messages,
  eventOf(frame, strict) {
    if (frame.odd) return { kind: 'unreadable', why: `an event ${frame.odd}` };
    if (frame.event.startsWith('exception:')) return { kind: 'error' };
    const inner = strict && frame.data ? ambiguityOf(frame.data, true) : null;
    if (inner) return { kind: 'unreadable', why: `an event ${inner}` };
    const found = innerFrame(frame);
    return found ? messages.eventOf(found, strict) : unreadable;
  },
  refusal: (index, text) => Buffer.concat(refusalEvents(index, text).map(chunkOf)),
  withoutToolStop(frame) {
    const inner = innerFrame(frame);
    const edited = inner && messages.withoutToolStop(inner);
    return typeof edited === 'string' ? chunkOfText(dataOf(edited)) : frame.raw;
  },
  error: awsException,
};

const unreadable: MessageEvent = { kind: 'unreadable', why: 'an event holds no readable chunk' };

/** The event inside a chunk, framed as Anthropic frames it. */
function innerFrame(frame: SseFrame): SseFrame | null {
  const bytes = textOf(recordOf(parsedJson(frame.data ?? '')?.value)?.bytes);
  if (frame.event !== 'chunk' || bytes === '') return null;
  const data = Buffer.from(bytes, 'base64').toString('utf8');
  const event = textOf(recordOf(parsedJson(data)?.value)?.type);
  return { raw: Buffer.from(`event: ${event}\ndata: ${data}\n\n`), event, data };
}

const dataOf = (frame: string): string => /^data: (.*)$/m.exec(frame)?.[1] ?? '';
const chunkOfText = (json: string): Uint8Array => awsEvent('chunk', { bytes: Buffer.from(json).toString('base64') });
const chunkOf = (event: object): Uint8Array => chunkOfText(JSON.stringify(event));

/** Anthropic Messages as Bedrock serves it: InvokeModel and InvokeModelWithResponseStream. */
export const bedrockMessages: Dialect = {
  ...messagesFormat,
  id: 'bedrock-messages',
  answersWithCalls: (method, path) =>
    method === 'POST' && /^\/model\/.*anthropic.*\/invoke(?:-with-response-stream)?$/.test(plainPath(path)),
  model: modelOfBedrock,
  ...telling(
    { ...messagesUsage, dataOf: (frame) => innerFrame(frame)?.data ?? null },
    {
      ...messageReaders,
      watch: (listener) => watchBlocks(streamFormat, listener),
      hold: (listener, sink) => holdBlocks(streamFormat, listener, sink),
    },
  ),
  error: (_kind, message) => JSON.stringify({ message }),
};

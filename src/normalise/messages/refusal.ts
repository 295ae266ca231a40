import type { SseFrame } from '../../core/dialect.ts';
import { withData } from '../frames.ts';
import { afterBlanks, membersOf } from '../strict-json.ts';

/** The events of a refused call: a whole text block at the same place in the stream. */
export const refusalEvents = (index: number, text: string): readonly OutEvent[] => [
  { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index, delta: { type: 'text_delta', text } },
  { type: 'content_block_stop', index },
];

interface OutEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

export const refusalFrames = (index: number, text: string): string => refusalEvents(index, text).map(frameOf).join('');

/** A refused call as a content block of a whole message. */
export const refusalBlock = (text: string): string => JSON.stringify({ type: 'text', text });

/** An error that ends a stream; clients raise it instead of taking the answer for complete. */
export const errorFrame = (message: string): string =>
  frameOf({ type: 'error', error: { type: 'api_error', message } });

const frameOf = (event: OutEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** `stop_reason` `tool_use` → `end_turn` in a `message_delta`, every other byte as it was. */
export function withoutToolStop(frame: SseFrame): Uint8Array | string {
  const data = frame.data ?? '';
  const delta = membersOf(data, afterBlanks(data, 0)).get('delta');
  const edited = delta ? endTurn(data, delta.start) : data;
  return withData(frame, edited);
}

/** The JSON text with `stop_reason` of the object at `start` changed from `tool_use` to `end_turn`. */
export function endTurn(json: string, start: number): string {
  const reason = membersOf(json, start).get('stop_reason');
  if (!reason || JSON.parse(json.slice(reason.start, reason.end)) !== 'tool_use') return json;
  return `${json.slice(0, reason.start)}"end_turn"${json.slice(reason.end)}`;
}

import type { SseFrame } from '../../core/dialect.ts';
import { withData } from '../frames.ts';
import { afterBlanks, elementsOf, type JsonSpan, membersOf, spliced } from '../strict-json.ts';
import { refusalId, refusalItem } from './openai-responses.items.ts';

/** Writes events of our own and renumbers the provider's, so that `sequence_number` counts on without a gap. */
export class Numbering {
  #shift = 0;

  /** What the frame's number becomes now; the frame itself while nothing was put in or left out. */
  moved(frame: SseFrame): Uint8Array | string {
    return this.#shift === 0 ? frame.raw : withData(frame, this.movedData(frame.data ?? ''));
  }

  movedData(data: string): string {
    const number = this.#shift === 0 ? undefined : numberIn(data);
    if (!number) return data;
    return `${data.slice(0, number.start)}${Number(data.slice(number.start, number.end)) + this.#shift}${data.slice(number.end)}`;
  }

  /** The events of a refused call: a whole message in its place, numbered from where `frame` stood. */
  refusal(frame: SseFrame, index: number, text: string): string {
    const data = frame.data ?? '';
    const span = numberIn(data);
    const first = span ? Number(data.slice(span.start, span.end)) + this.#shift : null;
    const events = refusalEvents(index, text);
    if (first !== null) this.#shift += events.length;
    return events
      .map((event, at) => frameOf(first === null ? event : { ...event, sequence_number: first + at }))
      .join('');
  }

  /** A frame of the provider's is left out. */
  dropped(frame: SseFrame): void {
    if (numberIn(frame.data ?? '')) this.#shift -= 1;
  }
}

const numberIn = (data: string): JsonSpan | undefined => membersOf(data, afterBlanks(data, 0)).get('sequence_number');

interface OutEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

function refusalEvents(index: number, text: string): readonly OutEvent[] {
  const item = refusalItem(index, text);
  const place = { item_id: refusalId(index), output_index: index, content_index: 0 };
  const part = (said: string) => ({ type: 'output_text', text: said, annotations: [], logprobs: [] });
  const opening = { ...item, status: 'in_progress', content: [] };
  return [
    { type: 'response.output_item.added', output_index: index, item: opening },
    { type: 'response.content_part.added', ...place, part: part('') },
    { type: 'response.output_text.delta', ...place, delta: text, logprobs: [] },
    { type: 'response.output_text.done', ...place, text, logprobs: [] },
    { type: 'response.content_part.done', ...place, part: part(text) },
    { type: 'response.output_item.done', output_index: index, item },
  ];
}

const frameOf = (event: OutEvent): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** An error that ends a stream; clients raise it instead of taking the answer for complete. */
export const errorFrame = (message: string): string =>
  frameOf({ type: 'error', code: 'warder_stopped', message, param: null, sequence_number: 0 });

/** The JSON text with refused items of the array at `output` replaced. */
export function withRefusals(json: string, output: JsonSpan, refused: ReadonlyMap<number, string>): string {
  if (refused.size === 0) return json;
  const edits = elementsOf(json, output.start).flatMap((span, index) => {
    const text = refused.get(index);
    return text === undefined ? [] : [{ ...span, to: JSON.stringify(refusalItem(index, text)) }];
  });
  return spliced(json, edits);
}

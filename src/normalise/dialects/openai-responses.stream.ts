import type { AnswerListener, FrameReader, FrameSink, KeptPlace, OwedResult, SseFrame } from '../../core/dialect.ts';
import { notRepeated } from '../asked.ts';
import { rawText, withData } from '../frames.ts';
import { type Gate, Held } from '../held.ts';
import { type HeldAnswer, heldReader } from '../held-reader.ts';
import { ambiguityOf } from '../strict-json.ts';
import { eventOf, type ResponsesEvent } from './openai-responses.events.ts';
import { askedCall, type Item, isClientCall, type Streamed, tellOf } from './openai-responses.items.ts';
import { errorFrame, Numbering, withRefusals } from './openai-responses.refusal.ts';
import { nowhere, owedFor } from './openai-responses.results.ts';

/** An item that is open, with what streamed into it so far. */
interface Open {
  readonly index: number;
  /** As it was added. */
  readonly item: Item;
  streamed: Streamed;
  /** Set for a call while calls are held. */
  readonly gate: Gate | null;
}

/** Reads a copy of a stream: tells the listener each call, holds nothing. */
export function watchStream(listener: AnswerListener): FrameReader {
  const open = new Map<number, Open>();
  const ids = new Set<string>();
  return {
    frame(frame) {
      const event = eventOf(frame, false);
      if (event.kind === 'item-added') open.set(event.index, openItem(event, null));
      else if (event.kind === 'input-delta') grow(open.get(event.index), event.piece);
      else if (event.kind === 'unreadable') listener.unreadable(event.why, rawText(frame));
      else if (event.kind === 'ends') listener.kept?.(event.place, [], !event.failed);
      else if (event.kind === 'item-done') {
        const added = open.get(event.index);
        open.delete(event.index);
        if (!isClientCall(event.item)) tellOf(event.item, listener);
        else void listener.asked(notRepeated(askedCall(event.item, event.json, added?.streamed ?? null), ids));
      }
    },
    async end() {
      tellCutOff(open, listener);
    },
  };
}

const openItem = (event: { readonly index: number; readonly item: Item }, gate: Gate | null): Open => ({
  index: event.index,
  item: event.item,
  streamed: null,
  gate,
});

function grow(item: Open | undefined, piece: string): void {
  if (item) item.streamed = (item.streamed ?? '') + piece;
}

function tellCutOff(open: ReadonlyMap<number, Open>, listener: AnswerListener): void {
  for (const { item, streamed } of open.values()) {
    if (!isClientCall(item)) continue;
    const call = askedCall(
      { ...item, ...(streamed === null ? {} : { arguments: streamed, input: streamed }) },
      '{}',
      null,
    );
    listener.cutOff({ ...call, problem: 'the answer ended inside it' });
  }
}

/** A call that was judged, as the answer's final list must name it again. */
interface Judged {
  readonly same: string;
  readonly item: Item;
  readonly gate: Gate;
}

interface Part {
  readonly frame: SseFrame;
  readonly event: ResponsesEvent;
}

/**
 * Reads a stream that leaves through `sink`. Text and reasoning leave as they come; the frames of a call leave, byte for
 * byte, once it is complete and its answer is in, or a message takes its place, also in the answer's final list. A stream
 * that breaks the protocol ends in an error.
 */
export const holdStream = (listener: AnswerListener, sink: FrameSink): FrameReader =>
  heldReader(new HeldItems(listener, sink), listener, sink);

class HeldItems implements HeldAnswer<ResponsesEvent> {
  readonly error = errorFrame;
  readonly #listener: AnswerListener;
  readonly #sink: FrameSink;
  readonly #held = new Held<Part>((part, gate) => this.#emit(part, gate));
  readonly #numbering = new Numbering();
  readonly #open = new Map<number, Open>();
  readonly #judged = new Map<number, Judged>();
  readonly #ids = new Set<string>();
  /** Refused items whose message has left. */
  readonly #told = new Set<number>();
  #place: KeptPlace = nowhere;
  #items = 0;
  #ended = false;

  constructor(listener: AnswerListener, sink: FrameSink) {
    this.#listener = listener;
    this.#sink = sink;
  }

  eventOf(frame: SseFrame): ResponsesEvent {
    return eventOf(frame, true);
  }

  ended(stopped: boolean): null {
    if (!stopped) tellCutOff(this.#open, this.#listener);
    return null;
  }

  settled(): Promise<void> {
    return this.#held.settled();
  }

  take(frame: SseFrame, event: ResponsesEvent): string | null {
    const part = { frame, event };
    const bytes = frame.raw.length;
    if (event.kind === 'item-added') return this.#held.push(part, this.#added(event), bytes);
    if (event.kind === 'input-delta') grow(this.#open.get(event.index), event.piece);
    if (event.kind === 'item-done') return this.#done(part, event);
    if (event.kind === 'ends') this.#ended = true;
    if (event.kind === 'opens') this.#place = event.place;
    const gate = 'index' in event ? (this.#open.get(event.index)?.gate ?? null) : null;
    return this.#held.push(part, gate, bytes);
  }

  #added(event: Extract<ResponsesEvent, { kind: 'item-added' }>): Gate | null {
    this.#items += 1;
    const gate = isClientCall(event.item) ? { answer: null } : null;
    this.#open.set(event.index, openItem(event, gate));
    return gate;
  }

  #done(part: Part, event: Extract<ResponsesEvent, { kind: 'item-done' }>): string | null {
    const added = this.#open.get(event.index);
    this.#open.delete(event.index);
    if (!added) this.#items += 1;
    if (!isClientCall(event.item)) {
      tellOf(event.item, this.#listener);
      return this.#held.push(part, null, part.frame.raw.length);
    }
    const gate = added?.gate ?? { answer: null };
    const full = this.#held.push(part, gate, part.frame.raw.length);
    if (full) return full;
    const call = notRepeated(askedCall(event.item, event.json, added?.streamed ?? null), this.#ids);
    this.#judged.set(event.index, { same: sameness(event.item), item: event.item, gate });
    this.#held.await(gate, this.#listener.asked(call));
    return null;
  }

  problem(event: ResponsesEvent): string | null {
    if (event.kind === 'unreadable') return event.why;
    if (this.#ended) return event.kind === 'silent' || event.kind === 'error' ? null : 'it goes on after its end';
    if (event.kind === 'opens' && event.items > 0) return 'it starts with content already in it';
    if (event.kind === 'item-added') return this.#addedOutOfOrder(event);
    if (event.kind === 'item-done') return this.#doneOutOfOrder(event);
    if (event.kind === 'input-delta' && !this.#open.get(event.index)?.gate)
      return 'it continues a call that is not open';
    if (event.kind === 'ends') return this.#endsOutOfOrder(event);
    return null;
  }

  #addedOutOfOrder({ index, item, json }: Extract<ResponsesEvent, { kind: 'item-added' }>): string | null {
    if (index !== this.#items) return 'its items are not numbered in order';
    const ambiguity = isClientCall(item) ? ambiguityOf(json, true) : null;
    return ambiguity && `a call that opens ${ambiguity}`;
  }

  #doneOutOfOrder({ index, item }: Extract<ResponsesEvent, { kind: 'item-done' }>): string | null {
    const added = this.#open.get(index);
    if (!added) return index === this.#items ? null : 'it ends an item that is not open';
    const named = (each: Item) => JSON.stringify([each.type, each.call_id, each.name, each.namespace]);
    return named(added.item) === named(item) ? null : 'an item ends as another than it began';
  }

  /** Clients may act on the final list alone, so it must hold the calls that were judged and no other. */
  #endsOutOfOrder({ items }: Extract<ResponsesEvent, { kind: 'ends' }>): string | null {
    if ([...this.#open.values()].some((each) => each.gate)) return 'it ends inside a tool call';
    for (const [index, item] of items.entries()) {
      if (isClientCall(item) && this.#judged.get(index)?.same !== sameness(item))
        return 'its final list holds a tool call that did not stream';
    }
    return null;
  }

  #emit({ frame, event }: Part, gate: Gate | null): void {
    const answer = gate?.answer;
    if (answer && !answer.release) {
      const first = event.kind === 'item-added' || (event.kind === 'item-done' && !this.#told.has(event.index));
      if (first && 'index' in event) {
        this.#told.add(event.index);
        this.#listener.kept?.(this.#place, this.#owed([event.index]), false);
        this.#sink.write(this.#numbering.refusal(frame, event.index, answer.text));
      }
      this.#numbering.dropped(frame);
      return;
    }
    if (event.kind === 'ends') this.#listener.kept?.(event.place, this.#owed(this.#told), !event.failed);
    if (event.kind !== 'ends' || event.output === null) {
      this.#sink.write(this.#numbering.moved(frame));
      return;
    }
    const edited = withRefusals(frame.data ?? '', event.output, this.#refused());
    this.#sink.write(withData(frame, this.#numbering.movedData(edited)));
  }

  #owed(indexes: Iterable<number>): readonly OwedResult[] {
    return [...indexes].flatMap((index) => {
      const judged = this.#judged.get(index);
      const answer = judged?.gate.answer;
      return judged && answer && !answer.release ? owedFor(judged.item, answer.text) : [];
    });
  }

  #refused(): ReadonlyMap<number, string> {
    const refused = new Map<number, string>();
    for (const [index, { gate }] of this.#judged) {
      if (gate.answer && !gate.answer.release) refused.set(index, gate.answer.text);
    }
    return refused;
  }

  stop(): void {
    tellCutOff(this.#open, this.#listener);
    this.#held.close();
  }
}

/** What must not differ between two tellings of one call; its status may. */
function sameness(item: Item): string {
  const { status: _status, ...rest } = item;
  return JSON.stringify(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

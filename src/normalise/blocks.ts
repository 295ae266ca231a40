import type { AnswerListener, CallAnswer, FrameReader, FrameSink, SseFrame } from '../core/dialect.ts';
import { notRepeated } from './asked.ts';
import type { BlockFormat, DeltaEvent, MessageEvent, OpenBlock } from './block-format.ts';
import { rawText } from './frames.ts';
import { type Gate, Held } from './held.ts';
import { type HeldAnswer, heldReader } from './held-reader.ts';

/** Kinds of event that may come anywhere. */
const unordered: ReadonlySet<MessageEvent['kind']> = new Set(['silent', 'ping', 'error', 'other']);

const textLimit = 64 * 1024;

/** A block that is open, with what streamed into it so far. */
interface Track {
  readonly block: OpenBlock;
  /** Pieces of its input and of its text, as they stand between the quotes of a JSON string. */
  input: string;
  text: string;
  /** A part of it is of a kind that readers treat differently. */
  strangePart: boolean;
  /** The block's opening has left; what follows may leave at once. */
  flows: boolean;
  /** Set for a tool call that is held. */
  readonly gate: Gate | null;
}

const trackOf = (block: OpenBlock, hold: boolean): Track => ({
  block,
  input: '',
  text: '',
  strangePart: false,
  flows: false,
  gate: hold ? { answer: null } : null,
});

function grow(track: Track | undefined, { to, piece }: DeltaEvent): void {
  if (!track) return;
  if (to === 'input') track.input += piece;
  else if (to === 'text' && track.text.length < textLimit) track.text += piece;
  if (to !== 'input') track.strangePart = true;
}

/** The text that pieces make up. */
const joined = (pieces: string): string => String(JSON.parse(`"${pieces}"`));

/** Block of a text that begins without being opened. */
const textBlock = (index: number): OpenBlock => ({ index, type: 'text', id: '', name: '', input: null, problem: null });

/** Reads a copy of a stream: tells the listener each call, holds nothing. */
export function watchBlocks(format: BlockFormat, listener: AnswerListener): FrameReader {
  const open = new Map<number, Track>();
  const ids = new Set<string>();
  return {
    frame(frame) {
      const event = format.eventOf(frame, false);
      if (event.kind === 'block-start') open.set(event.block.index, trackOf(event.block, false));
      else if (event.kind === 'block-delta') {
        if (format.textOpensItself && !open.has(event.index))
          open.set(event.index, trackOf(textBlock(event.index), false));
        grow(open.get(event.index), event);
      } else if (event.kind === 'unreadable') listener.unreadable(event.why, rawText(frame));
      else if (event.kind === 'block-stop') {
        const track = open.get(event.index);
        open.delete(event.index);
        if (track) void closed(format, track, ids, listener);
      }
    },
    async end() {
      tellCutOff(format, open, listener);
    },
  };
}

/** Tells the listener what a finished block was. The answer matters to whoever holds it. */
function closed(
  format: BlockFormat,
  { block, input, text, strangePart }: Track,
  ids: Set<string>,
  listener: AnswerListener,
): Promise<CallAnswer> | null {
  if (format.isClientCall(block.type)) {
    const problem = block.problem ?? (strangePart ? 'a part of it is of an unknown kind' : null);
    return listener.asked(notRepeated(format.askedCall({ ...block, problem }, joined(input)), ids));
  }
  if (format.isProviderCall(block.type)) {
    listener.ranAtProvider(block.name, block.id, joined(input) || JSON.stringify(block.input ?? {}));
  } else if (text !== '') listener.said(joined(text));
  return null;
}

function tellCutOff(format: BlockFormat, open: ReadonlyMap<number, Track>, listener: AnswerListener): void {
  for (const { block, input } of open.values()) {
    if (format.isClientCall(block.type))
      listener.cutOff({ ...format.askedCall(block, joined(input)), problem: 'the answer ended inside it' });
  }
}

const isLast = (event: MessageEvent): boolean =>
  event.kind === 'message-stop' || (event.kind === 'message-end' && event.last);

/** A frame on its way out, with the block it belongs to. */
interface Part {
  readonly frame: SseFrame;
  readonly track: Track | null;
  readonly kind: MessageEvent['kind'];
}

/**
 * Reads a stream that leaves through `sink`. Text and thinking leave as they come; a tool call leaves, byte for byte,
 * once it is complete and its answer is in, or a text block takes its place. What starts behind an undecided call
 * waits for it, because clients number blocks by their order. A stream that breaks the protocol ends in an error.
 */
export const holdBlocks = (format: BlockFormat, listener: AnswerListener, sink: FrameSink): FrameReader =>
  heldReader(new HeldBlocks(format, listener, sink), listener, sink);

class HeldBlocks implements HeldAnswer<MessageEvent> {
  readonly #format: BlockFormat;
  readonly #listener: AnswerListener;
  readonly #sink: FrameSink;
  readonly #held = new Held<Part>((part, gate) => this.#emit(part, gate));
  readonly #open = new Map<number, Track>();
  readonly #ids = new Set<string>();
  #state: 'before' | 'inside' | 'stopped' = 'before';
  #blocks = 0;
  #released = 0;
  #refused = 0;

  constructor(format: BlockFormat, listener: AnswerListener, sink: FrameSink) {
    this.#format = format;
    this.#listener = listener;
    this.#sink = sink;
  }

  eventOf(frame: SseFrame): MessageEvent {
    return this.#format.eventOf(frame, true);
  }

  ended(stopped: boolean): null {
    if (!stopped) tellCutOff(this.#format, this.#open, this.#listener);
    return null;
  }

  settled(): Promise<void> {
    return this.#held.settled();
  }

  error(message: string): Uint8Array | string {
    return this.#format.error(message);
  }

  take(frame: SseFrame, event: MessageEvent): string | null {
    if (event.kind === 'silent' || event.kind === 'ping') {
      this.#sink.write(frame.raw);
      return null;
    }
    if (event.kind === 'block-start') return this.#start(frame, event.block);
    if (event.kind === 'block-delta' || event.kind === 'block-stop') return this.#part(frame, event);
    return this.#whole(frame, event);
  }

  /** A frame that concerns the message as a whole. */
  #whole(frame: SseFrame, event: MessageEvent): string | null {
    if (event.kind === 'message-start') this.#state = 'inside';
    if (isLast(event)) this.#state = 'stopped';
    return this.#held.push({ frame, track: null, kind: event.kind }, null, frame.raw.length);
  }

  problem(event: MessageEvent): string | null {
    if (event.kind === 'unreadable') return event.why;
    if (event.kind === 'message-start') {
      if (this.#state !== 'before') return 'it starts a second message';
      return event.withContent ? 'its message starts with content already in it' : null;
    }
    if (unordered.has(event.kind)) return null;
    if (this.#state === 'before') return `it does not begin with ${this.#format.names.start}`;
    if (this.#state === 'stopped') return `it goes on after ${this.#format.names.stop}`;
    if (event.kind === 'block-start' && event.block.index !== this.#blocks)
      return 'its content blocks are not numbered in order';
    if ((event.kind === 'block-delta' || event.kind === 'block-stop') && !this.#open.has(event.index))
      return this.#opensItself(event) ? null : 'it continues a content block that is not open';
    if (isLast(event) && [...this.#open.values()].some((track) => track.gate)) return 'it ends inside a tool call';
    return null;
  }

  #opensItself(event: MessageEvent): boolean {
    return (
      this.#format.textOpensItself &&
      event.kind === 'block-delta' &&
      event.to !== 'input' &&
      event.index === this.#blocks
    );
  }

  #start(frame: SseFrame, block: OpenBlock): string | null {
    this.#blocks += 1;
    const track = trackOf(block, this.#format.isClientCall(block.type));
    this.#open.set(block.index, track);
    return this.#held.push({ frame, track, kind: 'block-start' }, track.gate, frame.raw.length);
  }

  #part(frame: SseFrame, event: Extract<MessageEvent, { kind: 'block-delta' | 'block-stop' }>): string | null {
    const track = this.#open.get(event.index) ?? this.#selfOpened(event.index);
    if (event.kind === 'block-delta') grow(track, event);
    const full = track.flows ? null : this.#held.push({ frame, track, kind: event.kind }, track.gate, frame.raw.length);
    if (track.flows) this.#sink.write(frame.raw);
    if (event.kind === 'block-stop') this.#stop(track);
    return full;
  }

  #selfOpened(index: number): Track {
    this.#blocks += 1;
    const track = trackOf(textBlock(index), false);
    this.#open.set(index, track);
    return track;
  }

  #stop(track: Track): void {
    this.#open.delete(track.block.index);
    const answer = closed(this.#format, track, this.#ids, this.#listener);
    if (answer && track.gate) this.#held.await(track.gate, answer);
  }

  #emit({ frame, track, kind }: Part, gate: Gate | null): void {
    const answer = gate?.answer;
    if (answer && kind === 'block-start') this.#count(answer);
    if (answer && !answer.release) {
      if (track && kind === 'block-start') this.#sink.write(this.#format.refusal(track.block.index, answer.text));
      return;
    }
    if (track && kind === 'block-start') track.flows = !track.gate;
    const noCallLeft = kind === 'message-end' && this.#refused > 0 && this.#released === 0;
    this.#sink.write(noCallLeft ? this.#format.withoutToolStop(frame) : frame.raw);
  }

  #count(answer: CallAnswer): void {
    if (answer.release) this.#released += 1;
    else this.#refused += 1;
  }

  stop(): void {
    tellCutOff(this.#format, this.#open, this.#listener);
    this.#held.close();
  }
}

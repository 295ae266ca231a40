import type { AnswerListener, CallAnswer, FrameReader, FrameSink, SseFrame } from '../../core/dialect.ts';
import { notRepeated } from '../asked.ts';
import {
  askedCall,
  type DeltaEvent,
  eventOf,
  isClientCall,
  isProviderCall,
  joined,
  type MessageEvent,
  type OpenBlock,
} from './anthropic.events.ts';
import { errorFrame, refusalFrames, withoutToolStop } from './anthropic.refusal.ts';

/** Kinds of event that may come anywhere. */
const unordered: ReadonlySet<MessageEvent['kind']> = new Set(['silent', 'ping', 'error', 'other']);

const heldLimit = 32 * 1024 * 1024;
/** Four times what is stored, so that masking sees a secret whole that the cut would halve. */
const rawLimit = 64 * 1024;
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
  /** Set for a tool call that is held; `answer` comes once it is complete and judged. */
  readonly held: { answer: CallAnswer | null } | null;
}

/** A frame that waits behind an undecided call, in the order it came. */
interface Waiting {
  readonly frame: SseFrame;
  readonly track: Track | null;
  readonly kind: MessageEvent['kind'];
}

/** Reads a copy of a stream: tells the listener each call, holds nothing. */
export function watchStream(listener: AnswerListener): FrameReader {
  const open = new Map<number, Track>();
  const ids = new Set<string>();
  return {
    frame(frame) {
      const event = eventOf(frame, false);
      if (event.kind === 'block-start') open.set(event.block.index, trackOf(event.block, false));
      else if (event.kind === 'block-delta') grow(open.get(event.index), event);
      else if (event.kind === 'unreadable') listener.unreadable(event.why, rawText(frame));
      else if (event.kind === 'block-stop') {
        const track = open.get(event.index);
        open.delete(event.index);
        if (track) void closed(track, ids, listener);
      }
    },
    async end() {
      tellCutOff(open, listener);
    },
  };
}

/** Tells the listener what a finished block was. The answer matters to whoever holds it. */
function closed(
  { block, input, text, strangePart }: Track,
  ids: Set<string>,
  listener: AnswerListener,
): Promise<CallAnswer> | null {
  if (isClientCall(block.type)) {
    const problem = block.problem ?? (strangePart ? 'a part of it is of an unknown kind' : null);
    return listener.asked(notRepeated(askedCall({ ...block, problem }, joined(input)), ids));
  }
  if (isProviderCall(block.type)) {
    listener.ranAtProvider(block.name, block.id, joined(input) || JSON.stringify(block.input ?? {}));
  } else if (text !== '') listener.said(joined(text));
  return null;
}

function tellCutOff(open: ReadonlyMap<number, Track>, listener: AnswerListener): void {
  for (const { block, input } of open.values()) {
    if (isClientCall(block.type))
      listener.cutOff({ ...askedCall(block, joined(input)), problem: 'the answer ended inside it' });
  }
}

const trackOf = (block: OpenBlock, hold: boolean): Track => ({
  block,
  input: '',
  text: '',
  strangePart: false,
  flows: false,
  held: hold ? { answer: null } : null,
});

function grow(track: Track | undefined, { to, piece }: DeltaEvent): void {
  if (!track) return;
  if (to === 'input') track.input += piece;
  else if (to === 'text' && track.text.length < textLimit) track.text += piece;
  if (to !== 'input') track.strangePart = true;
}

const rawText = (frame: SseFrame): string => new TextDecoder().decode(frame.raw.subarray(0, rawLimit));

/**
 * Reads a stream that leaves through `sink`. Text and thinking leave as they come; a tool call leaves, byte for byte,
 * once it is complete and its answer is in, or a text block takes its place. What starts behind an undecided call
 * waits for it, because clients number blocks by their order. A stream that breaks the protocol ends in an error.
 */
export class HoldingReader implements FrameReader {
  readonly #listener: AnswerListener;
  readonly #sink: FrameSink;
  readonly #open = new Map<number, Track>();
  readonly #ids = new Set<string>();
  readonly #verdicts: Promise<void>[] = [];
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #state: 'before' | 'inside' | 'stopped' | 'over' = 'before';
  #blocks = 0;
  #released = 0;
  #refused = 0;

  constructor(listener: AnswerListener, sink: FrameSink) {
    this.#listener = listener;
    this.#sink = sink;
  }

  frame(frame: SseFrame): void {
    if (this.#state === 'over') return;
    const event = eventOf(frame, true);
    if (event.kind === 'error') this.#close();
    const why = event.kind === 'unreadable' ? event.why : this.#outOfOrder(event);
    if (why) this.#fail(why, frame);
    else if (event.kind === 'silent' || event.kind === 'ping' || event.kind === 'error') this.#sink.write(frame.raw);
    else if (event.kind === 'block-start') this.#start(frame, event.block);
    else if (event.kind === 'block-delta' || event.kind === 'block-stop') this.#part(frame, event);
    else this.#whole(frame, event.kind);
  }

  async end(): Promise<void> {
    if (this.#state !== 'over') tellCutOff(this.#open, this.#listener);
    await Promise.all(this.#verdicts);
  }

  /** A frame that concerns the message as a whole. */
  #whole(frame: SseFrame, kind: MessageEvent['kind']): void {
    if (kind === 'message-start') this.#state = 'inside';
    if (kind === 'message-stop') this.#state = 'stopped';
    this.#leave({ frame, track: null, kind });
  }

  #outOfOrder(event: MessageEvent): string | null {
    if (event.kind === 'message-start') {
      if (this.#state !== 'before') return 'it starts a second message';
      return event.withContent ? 'its message starts with content already in it' : null;
    }
    if (unordered.has(event.kind)) return null;
    if (this.#state === 'before') return 'it does not begin with message_start';
    if (this.#state === 'stopped') return 'it goes on after message_stop';
    if (event.kind === 'block-start' && event.block.index !== this.#blocks)
      return 'its content blocks are not numbered in order';
    if ((event.kind === 'block-delta' || event.kind === 'block-stop') && !this.#open.has(event.index))
      return 'it continues a content block that is not open';
    if (event.kind === 'message-stop' && [...this.#open.values()].some((track) => track.held))
      return 'it ends inside a tool call';
    return null;
  }

  #start(frame: SseFrame, block: OpenBlock): void {
    this.#blocks += 1;
    const track = trackOf(block, isClientCall(block.type));
    this.#open.set(block.index, track);
    this.#leave({ frame, track, kind: 'block-start' });
  }

  #part(frame: SseFrame, event: Extract<MessageEvent, { kind: 'block-delta' | 'block-stop' }>): void {
    const track = this.#open.get(event.index);
    if (!track) return;
    if (event.kind === 'block-delta') grow(track, event);
    if (track.flows) this.#sink.write(frame.raw);
    else this.#wait({ frame, track, kind: event.kind });
    if (event.kind === 'block-stop') this.#stop(track);
  }

  #stop(track: Track): void {
    this.#open.delete(track.block.index);
    const answer = closed(track, this.#ids, this.#listener);
    const { held } = track;
    if (!answer || !held) return;
    this.#verdicts.push(
      answer.then((given) => {
        held.answer = given;
        this.#drain();
      }),
    );
  }

  #leave(item: Waiting): void {
    if (this.#waiting.length === 0 && !item.track?.held) this.#emit(item);
    else this.#wait(item);
  }

  #wait(item: Waiting): void {
    this.#waiting.push(item);
    this.#waitingBytes += item.frame.raw.length;
    if (this.#waitingBytes > heldLimit) this.#fail(`more than ${heldLimit} bytes of it wait for a verdict`, item.frame);
  }

  #drain(): void {
    if (this.#state === 'over') return;
    let gone = 0;
    for (const item of this.#waiting) {
      if (item.track?.held && !item.track.held.answer) break;
      this.#emit(item);
      this.#waitingBytes -= item.frame.raw.length;
      gone += 1;
    }
    this.#waiting.splice(0, gone);
  }

  #emit({ frame, track, kind }: Waiting): void {
    const answer = track?.held?.answer;
    if (answer && kind === 'block-start') this.#count(answer);
    if (answer && !answer.release) {
      if (kind === 'block-start') this.#sink.write(refusalFrames(track.block.index, answer.text));
      return;
    }
    if (track && kind === 'block-start') track.flows = !track.held;
    const noCallLeft = kind === 'message-delta' && this.#refused > 0 && this.#released === 0;
    this.#sink.write(noCallLeft ? withoutToolStop(frame) : frame.raw);
  }

  #count(answer: CallAnswer): void {
    if (answer.release) this.#released += 1;
    else this.#refused += 1;
  }

  #fail(why: string, frame: SseFrame): void {
    this.#listener.unreadable(`the answer was stopped: ${why}`, rawText(frame));
    this.#close();
    this.#sink.fail(
      errorFrame(
        `Warder stopped this answer because ${why}; another reader could have seen a different tool call. Try again, or run Warder in observe mode.`,
      ),
    );
  }

  /** Nothing that waits may leave any more. */
  #close(): void {
    tellCutOff(this.#open, this.#listener);
    this.#state = 'over';
    this.#waiting = [];
  }
}

import type { AnswerListener, CallAnswer, FrameReader, FrameSink, SseFrame } from '../../core/dialect.ts';
import { rawText, withData } from '../frames.ts';
import { type Gate, Held } from '../held.ts';
import { type HeldAnswer, heldReader } from '../held-reader.ts';
import { tellCut } from './gemini.message.ts';
import { eventOf, type FoundCall, type GeminiEvent, placedIn, refusalPart, replaced, tell } from './gemini.parts.ts';
import { callPieces } from './gemini.pieces.ts';

/** Reads a copy of a stream: tells the listener each call, holds nothing. */
export function watchStream(listener: AnswerListener): FrameReader {
  const pieces = callPieces();
  return {
    frame(frame) {
      const event = eventOf(frame, false);
      if (event.kind === 'unreadable') listener.unreadable(event.why, rawText(frame));
      if (event.kind !== 'piece') return;
      tell(event.piece, listener);
      const placed = placedIn(event.piece, pieces);
      if (typeof placed === 'string') listener.unreadable(placed, rawText(frame));
      else for (const { call } of placed) if (call) void listener.asked(call);
    },
    async end() {
      tellCut(pieces.cut(), listener);
    },
  };
}

/** A call, which may stand in several frames. */
interface Fate {
  answer: CallAnswer | null;
  /** Its answer is in, or never comes. */
  readonly settled: Promise<void>;
  readonly settle: () => void;
  /** Its refusal has left. */
  told: boolean;
}

interface Part {
  readonly frame: SseFrame;
  readonly said: string;
  readonly calls: readonly FoundCall[];
  readonly fates: readonly Fate[];
}

/** Reads a stream that leaves through `sink`; an event with calls leaves once each has its answer, refused ones as text. */
export const holdStream = (listener: AnswerListener, sink: FrameSink): FrameReader =>
  heldReader(new HeldPieces(listener, sink), listener, sink);

class HeldPieces implements HeldAnswer<GeminiEvent> {
  readonly #listener: AnswerListener;
  readonly #sink: FrameSink;
  readonly #held = new Held<Part>((part) => this.#emit(part));
  readonly #pieces = callPieces();
  /** The call that goes on in the next frame. */
  #open: Fate | null = null;
  /** Text has left. */
  #spoke = false;

  constructor(listener: AnswerListener, sink: FrameSink) {
    this.#listener = listener;
    this.#sink = sink;
  }

  eventOf(frame: SseFrame): GeminiEvent {
    return eventOf(frame, true);
  }

  problem(event: GeminiEvent): string | null {
    return event.kind === 'unreadable' ? event.why : null;
  }

  /** The frames of an open call were held, and without an error the rest would look complete. */
  ended(stopped: boolean): string | null {
    return !stopped && this.#pieces.isOpen() ? 'it ends inside a tool call' : null;
  }

  settled(): Promise<void> {
    return this.#held.settled();
  }

  take(frame: SseFrame, event: GeminiEvent): string | null {
    const bytes = frame.raw.length;
    if (event.kind !== 'piece') return this.#held.push({ frame, calls: [], fates: [], said: '' }, null, bytes);
    const { piece } = event;
    tell(piece, this.#listener);
    const placed = placedIn(piece, this.#pieces);
    if (typeof placed === 'string') return placed;
    const fates = placed.map(({ call }) => {
      const fate = this.#open ?? newFate();
      this.#open = call ? null : fate;
      return { fate, call };
    });
    const part = { frame, calls: piece.calls, fates: fates.map(({ fate }) => fate), said: piece.said };
    if (fates.length === 0) return this.#held.push(part, null, bytes);
    const gate: Gate = { answer: null };
    const full = this.#held.push(part, gate, bytes);
    if (full) return full;
    for (const { fate, call } of fates) if (call) void this.#ask(fate, call);
    const settled = Promise.all(part.fates.map((fate) => fate.settled)).then((): CallAnswer => ({ release: true }));
    this.#held.await(gate, settled);
    return null;
  }

  async #ask(fate: Fate, call: FoundCall['call']): Promise<void> {
    fate.answer = await this.#listener.asked(call);
    fate.settle();
  }

  #emit({ frame, calls, fates, said }: Part): void {
    this.#spoke ||= said !== '';
    const edited = replaced(frame.data ?? '', calls, (index) => {
      const fate = fates[index];
      if (!fate?.answer || fate.answer.release) return null;
      // The parts of a call behind its first one become empty texts, as the provider itself sends them.
      const part = fate.told ? refusalPart('', false) : refusalPart(fate.answer.text, this.#spoke);
      fate.told = true;
      this.#spoke = true;
      return part;
    });
    this.#sink.write(withData(frame, edited));
  }

  stop(): void {
    tellCut(this.#pieces.cut(), this.#listener);
    this.#held.close();
    this.#open?.settle();
  }

  error(message: string): string {
    return `data: ${JSON.stringify({ error: { code: 502, message, status: 'ABORTED' } })}\n\n`;
  }
}

function newFate(): Fate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { answer: null, settled: promise, settle: resolve, told: false };
}

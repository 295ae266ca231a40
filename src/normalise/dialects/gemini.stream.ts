import type { AnswerListener, CallAnswer, FrameReader, FrameSink, SseFrame } from '../../core/dialect.ts';
import { rawText, withData } from '../frames.ts';
import { type Gate, Held } from '../held.ts';
import { eventOf, type FoundCall, type GeminiEvent, refusalPart, replaced, tell } from './gemini.parts.ts';

/** Reads a copy of a stream: tells the listener each call, holds nothing. A call comes whole in one event. */
export function watchStream(listener: AnswerListener): FrameReader {
  return {
    frame(frame) {
      const event = eventOf(frame, false);
      if (event.kind === 'unreadable') listener.unreadable(event.why, rawText(frame));
      if (event.kind !== 'piece') return;
      tell(event.piece, listener);
      for (const { call } of event.piece.calls) void listener.asked(call);
    },
    async end() {},
  };
}

interface Part {
  readonly frame: SseFrame;
  readonly said: string;
  readonly calls: readonly FoundCall[];
  answers: readonly CallAnswer[];
}

/** Reads a stream that leaves through `sink`; an event with calls leaves once each has its answer, refused ones as text. */
export class HoldingReader implements FrameReader {
  readonly #listener: AnswerListener;
  readonly #sink: FrameSink;
  readonly #held = new Held<Part>((part) => this.#emit(part));
  #over = false;
  /** Text has left. */
  #spoke = false;

  constructor(listener: AnswerListener, sink: FrameSink) {
    this.#listener = listener;
    this.#sink = sink;
  }

  frame(frame: SseFrame): void {
    if (this.#over) return;
    const event = eventOf(frame, true);
    const full = event.kind === 'unreadable' ? event.why : this.#take(frame, event);
    if (full) this.#fail(full, frame);
  }

  async end(): Promise<void> {
    await this.#held.settled();
  }

  #take(frame: SseFrame, event: GeminiEvent): string | null {
    const calls = event.kind === 'piece' ? event.piece.calls : [];
    if (event.kind === 'piece') tell(event.piece, this.#listener);
    const part: Part = { frame, calls, answers: [], said: event.kind === 'piece' ? event.piece.said : '' };
    if (calls.length === 0) return this.#held.push(part, null, frame.raw.length);
    const gate: Gate = { answer: null };
    const full = this.#held.push(part, gate, frame.raw.length);
    if (full) return full;
    const asked = calls.map(({ call }) => this.#listener.asked(call));
    const settled = Promise.all(asked).then((answers): CallAnswer => {
      part.answers = answers;
      return { release: true };
    });
    this.#held.await(gate, settled);
    return null;
  }

  #emit({ frame, calls, answers, said }: Part): void {
    this.#spoke ||= said !== '';
    const edited = replaced(frame.data ?? '', calls, (index) => {
      const answer = answers[index];
      if (!answer || answer.release) return null;
      const part = refusalPart(answer.text, this.#spoke);
      this.#spoke = true;
      return part;
    });
    this.#sink.write(withData(frame, edited));
  }

  #fail(why: string, frame: SseFrame): void {
    this.#listener.unreadable(`the answer was stopped: ${why}`, rawText(frame));
    this.#over = true;
    this.#held.close();
    const message = `Warder stopped this answer because ${why}; another reader could have seen a different tool call. Try again, or run Warder in observe mode.`;
    this.#sink.fail(`data: ${JSON.stringify({ error: { code: 502, message, status: 'ABORTED' } })}\n\n`);
  }
}

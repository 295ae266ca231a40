import type { AnswerListener, FrameReader, FrameSink, SseFrame } from '../../core/dialect.ts';
import { notRepeated } from '../asked.ts';
import { rawText } from '../frames.ts';
import { type Gate, Held } from '../held.ts';
import { type HeldAnswer, heldReader } from '../held-reader.ts';
import { askedCall, type ChatEvent, type ChoiceDelta, eventOf, grow, type OpenCall } from './openai-chat.chunks.ts';
import { errorFrame, type Fate, fateOf, textChunk, withoutRefused } from './openai-chat.refusal.ts';

const textLimit = 64 * 1024;

/** One choice of an answer, as far as it streamed. */
interface Choice {
  readonly calls: Map<number, OpenCall>;
  over: boolean;
}

/** The choices of one answer and what was said in them. */
class Choices {
  readonly open = new Map<number, Choice>();
  readonly ids = new Set<string>();
  #said = '';

  of(index: number): Choice {
    const known = this.open.get(index);
    if (known) return known;
    const fresh = { calls: new Map<number, OpenCall>(), over: false };
    this.open.set(index, fresh);
    return fresh;
  }

  hear(text: string): void {
    if (this.#said.length < textLimit) this.#said += text;
  }

  tell(listener: AnswerListener): void {
    if (this.#said !== '') listener.said(this.#said);
    this.#said = '';
  }

  tellCutOff(listener: AnswerListener): void {
    for (const { calls, over } of this.open.values()) {
      if (over) continue;
      for (const call of calls.values()) {
        listener.cutOff({ ...askedCall(call), problem: 'the answer ended inside it' });
      }
    }
  }
}

/** Reads a copy of a stream: tells the listener each call once its choice is over, holds nothing. */
export function watchStream(listener: AnswerListener): FrameReader {
  const choices = new Choices();
  return {
    frame(frame) {
      const event = eventOf(frame, false);
      if (event.kind === 'plain') choices.hear(event.text);
      else if (event.kind === 'unreadable') listener.unreadable(event.why, rawText(frame));
      else if (event.kind === 'chunk') {
        for (const delta of event.choices) {
          choices.hear(delta.text);
          const choice = choices.of(delta.choice);
          for (const piece of delta.pieces) grow(choice.calls, piece);
          if (delta.finish === '' || choice.over) continue;
          choice.over = true;
          for (const call of choice.calls.values()) void listener.asked(notRepeated(askedCall(call), choices.ids));
        }
      }
    },
    async end() {
      choices.tell(listener);
      choices.tellCutOff(listener);
    },
  };
}

interface Part {
  readonly frame: SseFrame;
  readonly event: ChatEvent;
}

/**
 * Reads a stream that leaves through `sink`. Text leaves as it comes. From the first piece of a tool call on, what comes
 * waits until its choice is over and every call of it has its answer: a call is whole only then, and clients act on it
 * only then. Released calls leave byte for byte; a refused one is replaced by text, and those behind it move up.
 */
export const holdStream = (listener: AnswerListener, sink: FrameSink): FrameReader =>
  heldReader(new HeldChoices(listener, sink), listener, sink);

class HeldChoices implements HeldAnswer<ChatEvent> {
  readonly error = errorFrame;
  readonly #listener: AnswerListener;
  readonly #sink: FrameSink;
  readonly #held = new Held<Part>((part) => this.#emit(part));
  readonly #choices = new Choices();
  readonly #judged = new Set<number>();
  /** Choices with refused calls, and what becomes of each. */
  readonly #refused = new Map<number, Fate>();
  /** Choices that a frame of has left. */
  readonly #begun = new Set<number>();
  readonly #told = new Map<number, Set<number>>();
  /** Text has left, so that what follows begins a paragraph of its own. */
  #spoke = false;
  /** Set while a call is under way. */
  #gate: Gate | null = null;
  #done = false;

  constructor(listener: AnswerListener, sink: FrameSink) {
    this.#listener = listener;
    this.#sink = sink;
  }

  eventOf(frame: SseFrame): ChatEvent {
    return eventOf(frame, true);
  }

  ended(stopped: boolean): null {
    this.#choices.tell(this.#listener);
    if (!stopped) this.#choices.tellCutOff(this.#listener);
    return null;
  }

  settled(): Promise<void> {
    return this.#held.settled();
  }

  problem(event: ChatEvent): string | null {
    if (event.kind === 'unreadable') return event.why;
    if (event.kind === 'done') return this.#gate && !this.#allOver() ? 'it ends inside a tool call' : null;
    if (event.kind !== 'chunk') return null;
    if (this.#done && event.choices.some(isMore)) return 'it goes on after its end';
    const late = event.choices.some((delta) => delta.pieces.length > 0 && this.#choices.of(delta.choice).over);
    return late ? 'it goes on with a tool call after its end' : null;
  }

  take(frame: SseFrame, event: ChatEvent): string | null {
    const part = { frame, event };
    const bytes = frame.raw.length;
    if (event.kind === 'done') this.#done = true;
    if (event.kind === 'plain') this.#choices.hear(event.text);
    if (event.kind !== 'chunk') return this.#held.push(part, this.#gate, bytes);
    for (const delta of event.choices) this.#grow(delta);
    const gate = this.#gate;
    const full = this.#held.push(part, gate, bytes);
    if (full === null && gate && this.#allOver()) this.#judge(gate);
    return full;
  }

  #grow({ choice: index, text, pieces, finish }: ChoiceDelta): void {
    this.#choices.hear(text);
    const choice = this.#choices.of(index);
    for (const piece of pieces) grow(choice.calls, piece);
    if (pieces.length > 0) this.#gate ??= { answer: null };
    if (finish !== '') choice.over = true;
  }

  #allOver(): boolean {
    return [...this.#choices.open.values()].every(({ calls, over }) => over || calls.size === 0);
  }

  /** Every choice with calls is over: asks for all of them at once. */
  #judge(gate: Gate): void {
    this.#gate = null;
    const due = [...this.#choices.open].filter(([index, { calls }]) => calls.size > 0 && !this.#judged.has(index));
    const settled = due.map(([index, { calls }]) => this.#settle(index, calls));
    this.#held.await(
      gate,
      Promise.all(settled).then(() => ({ release: true })),
    );
  }

  async #settle(index: number, calls: ReadonlyMap<number, OpenCall>): Promise<void> {
    this.#judged.add(index);
    const refused = new Map<number, string>();
    const asked = [...calls.values()].map(async (call) => {
      const answer = await this.#listener.asked(notRepeated(askedCall(call), this.#choices.ids));
      if (!answer.release) refused.set(call.index, answer.text);
    });
    await Promise.all(asked);
    if (refused.size > 0) this.#refused.set(index, fateOf(refused, calls.keys()));
  }

  #emit({ frame, event }: Part): void {
    if (event.kind !== 'chunk') {
      this.#spoke ||= event.kind === 'plain' && event.text !== '';
      this.#sink.write(frame.raw);
      return;
    }
    this.#spoke ||= event.choices.some(({ text }) => text !== '');
    if (this.#refused.size === 0) {
      this.#sink.write(frame.raw);
    } else {
      for (const delta of event.choices) this.#sayRefused(event.chunk, delta);
      const left = withoutRefused(frame, event.chunk, this.#refused);
      if (left !== null) this.#sink.write(left);
    }
    for (const { choice } of event.choices) this.#begun.add(choice);
  }

  /** The text that stands for a refused call leaves where its first piece stood. */
  #sayRefused(chunk: Readonly<Record<string, unknown>>, { choice, pieces }: ChoiceDelta): void {
    const told = this.#told.get(choice) ?? new Set<number>();
    this.#told.set(choice, told);
    for (const { index } of pieces) {
      const text = this.#refused.get(choice)?.refused.get(index);
      if (text === undefined || told.has(index)) continue;
      told.add(index);
      this.#sink.write(textChunk(chunk, choice, this.#spoke ? `\n\n${text}` : text, !this.#begun.has(choice)));
      this.#begun.add(choice);
      this.#spoke = true;
    }
  }

  stop(): void {
    this.#choices.tellCutOff(this.#listener);
    this.#held.close();
  }
}

const isMore = ({ text, pieces, finish }: ChoiceDelta): boolean => text !== '' || pieces.length > 0 || finish !== '';

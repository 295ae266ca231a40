import type { CallAnswer } from '../core/dialect.ts';

/** A call whose verdict is awaited; `answer` comes once it is complete and judged. */
export interface Gate {
  answer: CallAnswer | null;
}

const heldLimit = 32 * 1024 * 1024;

/**
 * Parts of an answer in the order they came. A part leaves once nothing before it waits and its own gate is open, so that
 * what clients number by order stays in order.
 */
export class Held<T> {
  readonly #emit: (part: T, gate: Gate | null) => void;
  readonly #verdicts: Promise<void>[] = [];
  #waiting: { readonly part: T; readonly gate: Gate | null; readonly bytes: number }[] = [];
  #bytes = 0;
  #closed = false;

  /** `emit` gets each part once it may leave; its gate, if it has one, holds the answer then. */
  constructor(emit: (part: T, gate: Gate | null) => void) {
    this.#emit = emit;
  }

  /** True while something waits; then everything else has to wait behind it. */
  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** The reason when too much waits; the part is not taken then. */
  push(part: T, gate: Gate | null, bytes: number): string | null {
    if (this.#closed) return null;
    if (this.#waiting.length === 0 && (gate === null || gate.answer !== null)) {
      this.#emit(part, gate);
      return null;
    }
    this.#bytes += bytes;
    if (this.#bytes > heldLimit) return `more than ${heldLimit} bytes of it wait for a verdict`;
    this.#waiting.push({ part, gate, bytes });
    return null;
  }

  /** The answer to the call behind `gate` is on its way. */
  await(gate: Gate, answer: Promise<CallAnswer>): void {
    this.#verdicts.push(
      answer.then((given) => {
        gate.answer = given;
        this.#drain();
      }),
    );
  }

  /** Nothing that waits may leave any more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  /** Resolves once every verdict is in and what may leave has left. */
  async settled(): Promise<void> {
    await Promise.all(this.#verdicts);
  }

  #drain(): void {
    let gone = 0;
    while (!this.#closed) {
      const next = this.#waiting[gone];
      if (!next || (next.gate && !next.gate.answer)) break;
      gone += 1;
      this.#bytes -= next.bytes;
      this.#emit(next.part, next.gate);
    }
    this.#waiting.splice(0, gone);
  }
}

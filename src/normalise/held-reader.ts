import type { AnswerListener, FrameReader, FrameSink, SseFrame } from '../core/dialect.ts';
import { rawText } from './frames.ts';

/** One answer whose calls are held, as its format reads it. `E`: the format's events; of kind `error`: the provider's own. */
export interface HeldAnswer<E extends { readonly kind: string }> {
  /** Reads one frame; what two readers could see differently is a problem. */
  eventOf(frame: SseFrame): E;
  /** Why clients could see another tool call from here on; null when they cannot. */
  problem(event: E): string | null;
  /** Takes what is neither a problem nor an error; gives a problem that shows only now. */
  take(frame: SseFrame, event: E): string | null;
  /** Nothing that waits may leave any more. */
  stop(): void;
  /** The provider's bytes are over. Gives what is wrong with that; null once the answer was stopped. */
  ended(stopped: boolean): string | null;
  /** Resolves once every verdict is in and what may leave has left. */
  settled(): Promise<void>;
  /** An error that ends a stream; clients raise it instead of taking the answer for complete. */
  error(message: string): Uint8Array | string;
}

/** Reads a stream that leaves through `sink`. One that breaks the protocol ends in an error, and nothing follows. */
export function heldReader<E extends { readonly kind: string }>(
  answer: HeldAnswer<E>,
  listener: AnswerListener,
  sink: FrameSink,
): FrameReader {
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    answer.stop();
  };
  const fail = (why: string, raw: string): void => {
    listener.unreadable(`the answer was stopped: ${why}`, raw);
    stop();
    sink.fail(
      answer.error(
        `Warder stopped this answer because ${why}; another reader could have seen a different tool call. Try again, or run Warder in observe mode.`,
      ),
    );
  };
  return {
    frame(frame) {
      if (stopped) return;
      const event = answer.eventOf(frame);
      const why = answer.problem(event);
      if (why === null && event.kind === 'error') {
        stop();
        sink.write(frame.raw);
        return;
      }
      const problem = why ?? answer.take(frame, event);
      if (problem !== null) fail(problem, rawText(frame));
    },
    async end() {
      const why = answer.ended(stopped);
      if (why !== null) fail(why, '');
      await answer.settled();
    },
  };
}

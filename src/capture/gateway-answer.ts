import { isUtf8 } from 'node:buffer';
import type { Dialect, FrameReader } from '../core/dialect.ts';
import { AwsEventReader } from './aws-event-stream.ts';
import { type ByteInput, type DecodeLimits, decodeInto, type Encoding } from './gateway-decode.ts';
import type { AnswerJudge } from './gateway-judge.ts';
import { FrameTooLong, isBlankRest, SseReader } from './sse.ts';

/** The client's side of an answer. */
export interface ClientSide {
  /** Sends bytes; headers are out already. */
  write(bytes: Uint8Array | string): void;
  /** Something between values of a whole JSON answer; its headers leave with it. */
  blank(): void;
  /** The whole answer, whose length is known now. */
  whole(body: string): void;
  end(): void;
  /** The answer cannot be given: an error instead, or a broken connection when it has begun. */
  refuse(why: string): void;
  /** Ends the answer and leaves the provider. */
  stop(): void;
  /** More may be taken from the provider after a `false`. */
  free(): void;
}

/** One way to treat the bytes of an answer. */
export interface AnswerPath {
  /** False when it cannot take more until `free`. */
  data(chunk: Buffer): boolean;
  end(): void;
  /** The provider's connection broke, or the client left. */
  broke(): void;
  /** Something harmless for a client that waits, where the format has such a thing. */
  idle?(): void;
}

export interface AnswerKind {
  readonly dialect: Dialect;
  /** How its events are put into bytes. */
  readonly framing: Framing;
  readonly judge: AnswerJudge;
  readonly encoding: Encoding;
  readonly limits: DecodeLimits;
}

/** Server-sent events, or the messages of an AWS event stream. */
export type Framing = 'sse' | 'aws';

/** The framing of a content type; null for one that is no stream of events. */
export function framingOf(type: string): Framing | null {
  if (type === 'text/event-stream') return 'sse';
  return type === 'application/vnd.amazon.eventstream' ? 'aws' : null;
}

type EventReader = Pick<SseReader, 'push' | 'rest'>;
const eventReader = (framing: Framing): EventReader => (framing === 'sse' ? new SseReader() : new AwsEventReader());

/** Bytes pass; nobody reads them. */
export function passed(client: ClientSide): AnswerPath {
  return {
    data(chunk) {
      client.write(chunk);
      return true;
    },
    end: () => client.end(),
    broke: () => {},
  };
}

/** Bytes pass as they arrive; a copy is read. Nothing that happens to the copy touches them. */
export function watched(client: ClientSide, copy: ByteInput, judge: AnswerJudge): AnswerPath {
  let lost = false;
  const safely = (read: () => void) => {
    if (lost) return;
    try {
      read();
    } catch (cause) {
      lost = true;
      judge.lost(cause);
    }
  };
  return {
    data(chunk) {
      client.write(chunk);
      safely(() => copy.write(chunk));
      return true;
    },
    end() {
      client.end();
      safely(() => copy.end());
    },
    broke: () => safely(() => copy.end()),
  };
}

/** The copy of a stream of events. */
export function streamCopy({ dialect, framing, judge, encoding, limits }: AnswerKind): ByteInput {
  const events = eventReader(framing);
  const reader = dialect.watch(judge);
  let over = false;
  const finish = () => {
    over = true;
    void reader.end();
    judge.done();
  };
  const lose = (why: string) => {
    if (over) return;
    judge.unreadable(`the copy of the answer was given up: ${why}`, '');
    finish();
  };
  const to = {
    data(chunk: Buffer) {
      const why = over ? null : readFrames(events, reader, chunk);
      if (why) lose(why);
    },
    end: () => over || finish(),
    fail: lose,
  };
  return decodeInto(encoding, streamLimits(encoding, limits), to, () => {});
}

/** A plain stream may be as long as it wants: nothing of it is kept. */
const streamLimits = (encoding: Encoding, limits: DecodeLimits): DecodeLimits =>
  encoding === 'identity' ? { ...limits, bytes: Number.POSITIVE_INFINITY } : limits;

/** Feeds the frames that end in `chunk`; the reason when one is too long to read. */
function readFrames(events: EventReader, reader: FrameReader, chunk: Buffer): string | null {
  try {
    for (const frame of events.push(chunk)) reader.frame(frame);
    return null;
  } catch (error) {
    if (error instanceof FrameTooLong) return error.message;
    throw error;
  }
}

/** The copy of a whole answer. */
export function messageCopy({ dialect, judge, encoding, limits }: AnswerKind): ByteInput {
  const chunks: Buffer[] = [];
  const to = {
    data: (chunk: Buffer) => chunks.push(chunk),
    end() {
      dialect.watchMessage(Buffer.concat(chunks).toString('utf8'), judge);
      judge.done();
    },
    fail: (why: string) => judge.unreadable(`the copy of the answer was given up: ${why}`, ''),
  };
  return decodeInto(encoding, limits, to, () => {});
}

/** Puts what leaves in one turn together, so that the frames of all chunks of one read cost one write. */
class Batch {
  readonly #client: ClientSide;
  #parts: Uint8Array[] = [];

  constructor(client: ClientSide) {
    this.#client = client;
  }

  add(bytes: Uint8Array | string): void {
    if (this.#parts.length === 0) queueMicrotask(() => this.flush());
    this.#parts.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }

  flush(): void {
    const parts = this.#parts;
    if (parts.length === 0) return;
    this.#parts = [];
    this.#client.write(oneOf(parts));
  }
}

/** The parts as one; without a copy when they lie side by side in memory, as the frames of a chunk do. */
function oneOf(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (!first || parts.length === 1) return first ?? Buffer.alloc(0);
  let end = first.byteOffset;
  for (const part of parts) {
    if (part.buffer !== first.buffer || part.byteOffset !== end) return Buffer.concat(parts);
    end += part.byteLength;
  }
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset);
}

/** A stream whose tool calls leave only after their verdict. */
export function heldStream(client: ClientSide, { dialect, framing, judge, encoding, limits }: AnswerKind): AnswerPath {
  const events = eventReader(framing);
  const batch = new Batch(client);
  let over = false;
  const reader = dialect.hold(judge, {
    write: (bytes) => batch.add(bytes),
    fail(bytes) {
      over = true;
      batch.add(bytes);
      batch.flush();
      client.stop();
    },
  });
  const fail = (why: string) => {
    over = true;
    batch.flush();
    judge.unreadable(`the answer was stopped: ${why}`, '');
    client.refuse(`The provider's answer cannot be read: ${why}.`);
  };
  const finish = async () => {
    await reader.end();
    judge.done();
    const rest = events.rest();
    if (over) return;
    if (isBlankRest(rest)) batch.add(rest);
    batch.flush();
    client.end();
  };
  const to = {
    data(chunk: Buffer) {
      const why = over ? null : readFrames(events, reader, chunk);
      if (why) fail(why);
    },
    end: () => finish().catch(broken(client, judge)),
    fail,
  };
  const input = decodeInto(encoding, streamLimits(encoding, limits), to, () => client.free());
  return {
    data: (chunk) => input.write(chunk),
    end: () => input.end(),
    idle() {
      // Clients take a comment for a sign of life. An AWS event stream has nothing that every client skips.
      if (over || framing !== 'sse') return;
      batch.add(': warder is waiting\n\n');
    },
    broke() {
      if (over) return;
      over = true;
      input.destroy();
      reader.end().catch((cause: unknown) => judge.lost(cause));
    },
  };
}

/** A whole answer, given once every tool call in it has its verdict. */
export function heldMessage(client: ClientSide, { dialect, judge, encoding, limits }: AnswerKind): AnswerPath {
  const chunks: Buffer[] = [];
  const refuse = (why: string) => {
    judge.unreadable(`the answer was stopped: ${why}`, '');
    client.refuse(`The provider's answer cannot be read safely: ${why}. Try again, or run Warder in observe mode.`);
  };
  const finish = async () => {
    const bytes = Buffer.concat(chunks);
    if (!isUtf8(bytes)) return refuse('it is not valid UTF-8');
    const held = await dialect.holdMessage(bytes.toString('utf8'), judge);
    judge.done();
    if (held.ok) client.whole(held.value);
    else refuse(held.error.detail);
  };
  const to = {
    data: (chunk: Buffer) => chunks.push(chunk),
    end: () => finish().catch(broken(client, judge)),
    fail: refuse,
  };
  const input = decodeInto(encoding, limits, to, () => client.free());
  return {
    data: (chunk) => input.write(chunk),
    end: () => input.end(),
    broke: () => input.destroy(),
    // White space before the value: every JSON reader skips it.
    idle: () => client.blank(),
  };
}

/** Our own failure while an answer is held: it is not given. */
function broken(client: ClientSide, judge: AnswerJudge): (cause: unknown) => void {
  return (cause) => {
    judge.lost(cause);
    client.refuse('Warder could not read the answer (an internal error).');
  };
}

import type { SseFrame } from '../core/dialect.ts';

const lf = 0x0a;
const cr = 0x0d;

/** A frame longer than the limit. The reader gives nothing more after it. */
export class FrameTooLong extends Error {
  override readonly name = 'FrameTooLong';
}

/**
 * Bytes → frames with their exact bytes, whatever the chunk boundaries. Source: WHATWG HTML §9.2.6.
 * Concatenating every `raw` and `rest()` gives the input back. `push` throws FrameTooLong.
 */
export class SseReader {
  readonly #limitBytes: number;
  /** Whole chunks of the frame that is open, and its length. */
  #frame: Buffer[] = [];
  #frameBytes = 0;
  /** Earlier pieces of the line that is open. */
  #line: Buffer[] = [];
  /** The last byte was a carriage return: a line feed right after it belongs to the same line end. */
  #afterCr = false;
  #firstLine = true;
  #event = '';
  #data: string[] = [];
  #odd: string | undefined;
  #used = false;

  constructor(limitBytes = 32 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  /** Frames that end inside `chunk`. */
  push(chunk: Buffer): SseFrame[] {
    const frames: SseFrame[] = [];
    let frameStart = 0;
    let lineStart = 0;
    if (this.#afterCr && chunk[0] === lf) lineStart = 1;
    if (chunk.length > 0) this.#afterCr = false;
    let nextCr = chunk.indexOf(cr, lineStart);
    let nextLf = chunk.indexOf(lf, lineStart);
    while (nextCr !== -1 || nextLf !== -1) {
      const atCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf);
      const end = atCr ? nextCr : nextLf;
      const next = atCr && chunk[end + 1] === lf ? end + 2 : end + 1;
      this.#afterCr = atCr && next === chunk.length && chunk[end + 1] !== lf;
      if (this.#takeLine(chunk, lineStart, end)) {
        frames.push(this.#finish(chunk.subarray(frameStart, next)));
        frameStart = next;
      }
      lineStart = next;
      if (nextCr !== -1 && nextCr < next) nextCr = chunk.indexOf(cr, next);
      if (nextLf !== -1 && nextLf < next) nextLf = chunk.indexOf(lf, next);
    }
    this.#keep(chunk, frameStart, lineStart);
    return frames;
  }

  /** Bytes of a frame that never ended; readers drop it. */
  rest(): Buffer {
    return Buffer.concat(this.#frame);
  }

  #keep(chunk: Buffer, frameStart: number, lineStart: number): void {
    if (frameStart < chunk.length) {
      this.#frame.push(chunk.subarray(frameStart));
      this.#frameBytes += chunk.length - frameStart;
    }
    if (lineStart < chunk.length) this.#line.push(chunk.subarray(lineStart));
    if (this.#frameBytes > this.#limitBytes) {
      throw new FrameTooLong(`one event of the stream is longer than ${this.#limitBytes} bytes`);
    }
  }

  /** Reads one line; true when it was the blank one that ends a frame. */
  #takeLine(chunk: Buffer, start: number, end: number): boolean {
    let line = chunk.subarray(start, end);
    if (this.#line.length > 0) {
      this.#line.push(line);
      line = Buffer.concat(this.#line);
      this.#line = [];
    }
    const first = this.#firstLine;
    this.#firstLine = false;
    if (startsWithBom(line)) {
      if (first) line = line.subarray(3);
      else this.#odd = 'has a byte order mark inside the stream';
    }
    if (line.length === 0) return this.#used;
    this.#used = true;
    this.#takeField(line);
    return false;
  }

  #takeField(line: Buffer): void {
    const first = line[0];
    // Only `data` and `event` matter here; anything else (comments, id, retry) is kept as bytes alone.
    if (first !== 0x64 && first !== 0x65) return;
    const colon = line.indexOf(0x3a);
    const name = line.toString('latin1', 0, colon === -1 ? line.length : colon);
    if (name !== 'data' && name !== 'event') return;
    const start = colon === -1 ? line.length : line[colon + 1] === 0x20 ? colon + 2 : colon + 1;
    const value = line.toString('utf8', start, line.length);
    if (name === 'event') this.#event = value;
    else this.#data.push(value);
  }

  #finish(tail: Buffer): SseFrame {
    const raw = this.#frame.length === 0 ? tail : Buffer.concat([...this.#frame, tail]);
    const data =
      this.#data.length === 0 ? null : this.#data.length === 1 ? (this.#data[0] ?? '') : this.#data.join('\n');
    const frame: SseFrame = { raw, event: this.#event, data, ...(this.#odd ? { odd: this.#odd } : {}) };
    this.#frame = [];
    this.#frameBytes = 0;
    this.#event = '';
    this.#data = [];
    this.#odd = undefined;
    this.#used = false;
    return frame;
  }
}

const startsWithBom = (line: Buffer): boolean => line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf;

/** True for bytes that no reader could take for an event: line ends and blanks only. */
export const isBlankRest = (rest: Buffer): boolean =>
  rest.every((byte) => byte === lf || byte === cr || byte === 0x20 || byte === 0x09);

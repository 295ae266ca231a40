import { isAscii } from 'node:buffer';
import type { SseFrame } from '../core/dialect.ts';

const lf = 0x0a;
const cr = 0x0d;
const blank = 0x20;
const colon = 0x3a;

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
    // One code unit for each byte, so that a place in the text is a place in the chunk; searching a string is cheaper.
    const text = chunk.toString('latin1');
    const ascii = isAscii(chunk);
    let frameStart = 0;
    let lineStart = 0;
    if (this.#afterCr && chunk[0] === lf) lineStart = 1;
    if (chunk.length > 0) this.#afterCr = false;
    // Asked of the bytes: V8 may run a search of a string for each line, needed or not.
    let nextCr = chunk.indexOf(cr, lineStart);
    let nextLf = text.indexOf('\n', lineStart);
    while (nextCr !== -1 || nextLf !== -1) {
      const atCr = nextCr !== -1 && (nextLf === -1 || nextCr < nextLf);
      const end = atCr ? nextCr : nextLf;
      const next = atCr && chunk[end + 1] === lf ? end + 2 : end + 1;
      this.#afterCr = atCr && next === chunk.length && chunk[end + 1] !== lf;
      const frameEnds =
        this.#line.length === 0
          ? this.#takeLine({ bytes: chunk, text, ascii, start: lineStart, end })
          : this.#takeLine(this.#lineWith(chunk.subarray(lineStart, end)));
      if (frameEnds) {
        frames.push(this.#finish(chunk.subarray(frameStart, next)));
        frameStart = next;
      }
      lineStart = next;
      if (nextCr !== -1 && nextCr < next) nextCr = chunk.indexOf(cr, next);
      if (nextLf !== -1 && nextLf < next) nextLf = text.indexOf('\n', next);
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

  /** The open line, whose earlier pieces came in other chunks. */
  #lineWith(last: Buffer): Line {
    const bytes = Buffer.concat([...this.#line, last]);
    this.#line = [];
    return { bytes, text: bytes.toString('latin1'), ascii: isAscii(bytes), start: 0, end: bytes.length };
  }

  /** Reads one line; true when it was the blank one that ends a frame. */
  #takeLine(line: Line): boolean {
    const first = this.#firstLine;
    this.#firstLine = false;
    let { start } = line;
    if (!line.ascii && startsWithBom(line)) {
      if (first) start += 3;
      else this.#odd = 'has a byte order mark inside the stream';
    }
    if (start === line.end) return this.#used;
    this.#used = true;
    // Only `data` and `event` matter here; anything else (comments, id, retry) is kept as bytes alone.
    if (isField('data', line, start)) this.#data.push(fieldValue(line, start + 4));
    else if (isField('event', line, start)) this.#event = fieldValue(line, start + 5);
    return false;
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

/** One line without its end: `start` to `end` of `bytes`, and of `text`, which is those bytes as Latin-1. */
interface Line {
  readonly bytes: Buffer;
  readonly text: string;
  readonly ascii: boolean;
  readonly start: number;
  readonly end: number;
}

/** True when the field's name, which ends at a colon or with the line, is `name`. */
function isField(name: string, { text, end }: Line, start: number): boolean {
  const nameEnd = start + name.length;
  return text.startsWith(name, start) && (nameEnd === end || (nameEnd < end && text.charCodeAt(nameEnd) === colon));
}

/** What follows the colon at `at` and one blank after it; `''` when the line ends there. */
function fieldValue({ bytes, text, ascii, end }: Line, at: number): string {
  if (at === end) return '';
  const start = text.charCodeAt(at + 1) === blank && at + 1 < end ? at + 2 : at + 1;
  return ascii ? text.slice(start, end) : bytes.toString('utf8', start, end);
}

/** The bytes of U+FEFF in UTF-8. */
const startsWithBom = ({ text, start, end }: Line): boolean =>
  end - start >= 3 && text.startsWith('\xef\xbb\xbf', start);

/** True for bytes that no reader could take for an event: line ends and blanks only. */
export const isBlankRest = (rest: Buffer): boolean =>
  rest.every((byte) => byte === lf || byte === cr || byte === 0x20 || byte === 0x09);

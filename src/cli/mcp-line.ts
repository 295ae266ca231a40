/** One line of a stream of newline-delimited messages. */
export interface Line {
  /** The bytes with their line end, as they came. */
  readonly bytes: Buffer;
  /** The line was longer than is read, and this is only a piece of it: `last` with its line end. */
  readonly piece?: 'first' | 'next' | 'last';
}

const lf = 0x0a;

/** Bytes → lines, whatever the chunk boundaries; a line longer than `limit` comes in pieces. Concatenating all gives the input back. */
export class LineReader {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #size = 0;
  #inLong = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let start = 0;
    for (let end = chunk.indexOf(lf); end !== -1; end = chunk.indexOf(lf, start)) {
      this.#add(chunk.subarray(start, end + 1));
      lines.push(this.#inLong ? { bytes: this.#take(), piece: 'last' } : { bytes: this.#take() });
      this.#inLong = false;
      start = end + 1;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
    if (this.#size > this.#limit || (this.#inLong && this.#size > 0)) {
      lines.push({ bytes: this.#take(), piece: this.#inLong ? 'next' : 'first' });
      this.#inLong = true;
    }
    return lines;
  }

  /** What came after the last line end. */
  rest(): Buffer {
    return this.#take();
  }

  #add(part: Buffer): void {
    this.#parts.push(part);
    this.#size += part.length;
  }

  #take(): Buffer {
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }
}

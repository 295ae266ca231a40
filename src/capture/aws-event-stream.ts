import { crc32 } from 'node:zlib';
import type { SseFrame } from '../core/dialect.ts';
import { FrameTooLong } from './sse.ts';

const preludeBytes = 12;
const checksumBytes = 4;

/**
 * Bytes of `application/vnd.amazon.eventstream` → frames with their exact bytes, whatever the chunk boundaries. `event` is
 * the event's type, or `exception:` and the exception's; `data` the payload as text. A frame whose checksums are wrong is
 * `odd`. Source: AWS documentation, event stream encoding. `push` throws FrameTooLong.
 */
export class AwsEventReader {
  readonly #limitBytes: number;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(limitBytes = 32 * 1024 * 1024) {
    this.#limitBytes = limitBytes;
  }

  /** Frames that end inside `chunk`. */
  push(chunk: Buffer): SseFrame[] {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const frames: SseFrame[] = [];
    while (this.#bytes.length >= preludeBytes) {
      const length = this.#bytes.readUInt32BE(0);
      if (length > this.#limitBytes)
        throw new FrameTooLong(`one event of the stream is longer than ${this.#limitBytes} bytes`);
      if (length < preludeBytes + checksumBytes)
        throw new FrameTooLong('an event of the stream has an impossible length');
      if (this.#bytes.length < length) break;
      frames.push(frameOf(this.#bytes.subarray(0, length)));
      this.#bytes = this.#bytes.subarray(length);
    }
    return frames;
  }

  /** Bytes of a frame that never ended. */
  rest(): Buffer {
    return this.#bytes;
  }
}

function frameOf(raw: Buffer): SseFrame {
  const headerLength = raw.readUInt32BE(4);
  const end = raw.length - checksumBytes;
  const sound =
    crc32(raw.subarray(0, 8)) === raw.readUInt32BE(8) &&
    crc32(raw.subarray(0, end)) === raw.readUInt32BE(end) &&
    preludeBytes + headerLength <= end;
  const headers = sound ? headersOf(raw.subarray(preludeBytes, preludeBytes + headerLength)) : null;
  if (!headers) return { raw, event: '', data: null, odd: 'has a wrong checksum or unreadable headers' };
  const data = raw.toString('utf8', preludeBytes + headerLength, end);
  const exception = headers.get(':exception-type') ?? headers.get(':error-code');
  const event = exception === undefined ? (headers.get(':event-type') ?? '') : `exception:${exception}`;
  return { raw, event, data };
}

/** Bytes after a header's name and type, by type; strings and byte arrays carry their own length. */
const fixedLengths: ReadonlyMap<number, number> = new Map([
  [0, 0],
  [1, 0],
  [2, 1],
  [3, 2],
  [4, 4],
  [5, 8],
  [8, 8],
  [9, 16],
]);

/** Null when they do not fit their own lengths. */
function headersOf(bytes: Buffer): ReadonlyMap<string, string> | null {
  const headers = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    if (nameEnd >= bytes.length) return null;
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const type = bytes[nameEnd] ?? 0;
    const fixed = fixedLengths.get(type);
    if (fixed === undefined && nameEnd + 3 > bytes.length) return null;
    const start = nameEnd + (fixed === undefined ? 3 : 1);
    const end = start + (fixed ?? bytes.readUInt16BE(nameEnd + 1));
    if (end > bytes.length || headers.has(name)) return null;
    headers.set(name, type === 7 ? bytes.toString('utf8', start, end) : '');
    at = end;
  }
  return headers;
}

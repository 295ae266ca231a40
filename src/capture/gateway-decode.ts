import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';

export type Encoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'zstd';

/** Bounds against bombs: bytes in all, and decoded bytes for each coded one. */
export interface DecodeLimits {
  readonly bytes: number;
  readonly ratio: number;
}

/** Where decoded bytes go. After `fail` nothing follows. */
export interface Decoded {
  data(chunk: Buffer): unknown;
  end(): unknown;
  fail(why: string): void;
}

/** A pushed stream of bytes. */
export interface ByteInput {
  /** False when the caller should stop until `onFree` of the maker. */
  write(chunk: Buffer): boolean;
  end(): void;
  destroy(): void;
}

/** The coding in a `content-encoding` header; null for one we cannot read, or several. */
export function encodingOf(header: string | string[] | undefined): Encoding | null {
  const name = (Array.isArray(header) ? header.join(',') : (header ?? '')).trim().toLowerCase();
  switch (name) {
    case '':
    case 'identity':
      return 'identity';
    case 'gzip':
    case 'x-gzip':
      return 'gzip';
    case 'deflate':
    case 'br':
    case 'zstd':
      return name;
    default:
      return null;
  }
}

/** Bytes in `encoding` → plain bytes, within the limits. `onFree` tells when more may be written after a `false`. */
export function decodeInto(encoding: Encoding, limits: DecodeLimits, to: Decoded, onFree: () => void): ByteInput {
  if (encoding === 'identity') return plain(limits, to);
  let input = 0;
  let output = 0;
  let over = false;
  let stream: ReturnType<typeof decoderFor> | null = null;
  const stop = (why: string) => {
    if (over) return;
    over = true;
    stream?.destroy();
    to.fail(why);
  };
  const open = (first: number | undefined) => {
    const decoder = decoderFor(encoding, first);
    decoder.on('data', (chunk: Buffer) => {
      output += chunk.length;
      if (output > limits.bytes) stop(`it is longer than ${limits.bytes} bytes once decoded`);
      else if (output > 65_536 && output > input * limits.ratio)
        stop(`it grows more than ${limits.ratio} times when decoded`);
      else if (!over) to.data(chunk);
    });
    decoder.on('drain', onFree);
    decoder.once('end', () => over || to.end());
    decoder.once('error', (error) => stop(`its ${encoding} coding is damaged (${error.message})`));
    return decoder;
  };
  return {
    write(chunk) {
      if (over) return true;
      input += chunk.length;
      stream ??= open(chunk[0]);
      return stream.write(chunk);
    },
    end() {
      if (stream) stream.end();
      else if (!over) to.end();
    },
    destroy() {
      over = true;
      stream?.destroy();
    },
  };
}

function plain(limits: DecodeLimits, to: Decoded): ByteInput {
  let size = 0;
  let over = false;
  return {
    write(chunk) {
      if (over) return true;
      size += chunk.length;
      over = size > limits.bytes;
      if (over) to.fail(`it is longer than ${limits.bytes} bytes`);
      else to.data(chunk);
      return true;
    },
    end: () => over || to.end(),
    destroy: () => {
      over = true;
    },
  };
}

function decoderFor(encoding: Exclude<Encoding, 'identity'>, first: number | undefined) {
  switch (encoding) {
    case 'gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'zstd':
      return createZstdDecompress();
    case 'deflate':
      // Both forms are in use for `deflate`; a zlib header says which (RFC 9110 §8.4.1.2).
      return ((first ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
    default:
      return encoding satisfies never;
  }
}

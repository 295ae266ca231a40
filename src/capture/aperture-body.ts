import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { decodeInto, encodingOf } from './gateway-decode.ts';

/** Bounds of one body. */
export interface BodyLimits {
  /** Bytes, coded or not. */
  readonly bytes: number;
  /** Decoded bytes for each coded one. */
  readonly ratio: number;
}

export type HookBody =
  | { readonly kind: 'whole'; readonly text: string }
  | { readonly kind: 'too-large'; readonly why: string }
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'unknown-coding'; readonly coding: string }
  /** The sender left before the end. */
  | { readonly kind: 'gone' };

/** Reads a body while it is decoded, so that never more than `limits.bytes` of it are held. */
export function readHookBody(req: IncomingMessage, limits: BodyLimits): Promise<HookBody> {
  const coding = req.headers['content-encoding'];
  const encoding = encodingOf(coding);
  if (encoding === null) return Promise.resolve({ kind: 'unknown-coding', coding: String(coding).slice(0, 100) });
  if (Number(req.headers['content-length'] ?? 0) > limits.bytes)
    return Promise.resolve({ kind: 'too-large', why: `it is longer than ${limits.bytes} bytes` });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const settle = (body: HookBody) => {
      req.off('data', take).off('end', over).off('close', gone);
      input.destroy();
      resolve(body);
    };
    const to = {
      data: (chunk: Buffer) => chunks.push(chunk),
      end: () => settle(whole(chunks)),
      fail: (why: string) => settle(why.includes('damaged') ? { kind: 'damaged', why } : { kind: 'too-large', why }),
    };
    const input = decodeInto(encoding, limits, to, () => req.resume());
    const take = (chunk: Buffer) => {
      received += chunk.length;
      if (received > limits.bytes) settle({ kind: 'too-large', why: `it is longer than ${limits.bytes} bytes` });
      else if (!input.write(chunk)) req.pause();
    };
    const over = () => input.end();
    const gone = () => {
      if (!req.complete) settle({ kind: 'gone' });
    };
    req.on('data', take).once('end', over).once('close', gone).on('error', gone);
  });
}

function whole(chunks: readonly Buffer[]): HookBody {
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  return isUtf8(bytes)
    ? { kind: 'whole', text: bytes.toString('utf8') }
    : { kind: 'damaged', why: 'it is not valid UTF-8' };
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { answerEarly } from './gateway-body.ts';

/** `bearer`, `x-api-key`, `x-goog-api-key`, `hec` (Splunk's word) and `cf-aig-authorization`. */
export function keysIn({ headers }: IncomingMessage): readonly string[] {
  const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value)?.trim();
  const bare = (value: string | undefined) => value?.replace(/^(?:Bearer|Splunk) +/i, '');
  const offered = [
    bare(one(headers.authorization)),
    one(headers['x-api-key']),
    one(headers['x-goog-api-key']),
    bare(one(headers['cf-aig-authorization'])),
  ];
  return [...new Set(offered.flatMap((key) => (key === undefined || key === '' || key.length > 512 ? [] : [key])))];
}

/** A bounded number of places; who finds none waits for one. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  async enter(): Promise<() => void> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    return () => {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }
}

/** Says which codings a sender may use (RFC 7694). */
const codings = 'zstd, gzip';

export function unknownCoding(req: IncomingMessage, res: ServerResponse): void {
  problem(req, res, 415, 'unknown-coding', `Bodies are read plain or as ${codings}.`);
}

/** An answer that is no verdict. */
export function problem(req: IncomingMessage, res: ServerResponse, status: number, code: string, detail: string): void {
  if (res.headersSent || res.destroyed) return;
  res.setHeader('accept-encoding', codings);
  answerEarly(req, res, status, JSON.stringify({ error: { code, detail } }));
}

const gzipped = promisify(gzip);
const worthCoding = 65_536;

/** An answer; a long one gzipped where the sender takes that. */
export async function send(req: IncomingMessage, res: ServerResponse, status: number, body: string): Promise<void> {
  if (res.headersSent || res.destroyed) return;
  res.setHeader('accept-encoding', codings);
  res.setHeader('cache-control', 'no-store');
  if (!req.complete) return answerEarly(req, res, status, body);
  const coded = body.length > worthCoding && /\bgzip\b/.test(String(req.headers['accept-encoding'] ?? ''));
  const bytes = coded ? await gzipped(body, { level: constants.Z_BEST_SPEED }) : Buffer.from(body);
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': bytes.length,
    ...(coded ? { 'content-encoding': 'gzip' } : {}),
  });
  res.end(bytes);
}

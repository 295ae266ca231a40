import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The request's body; `too-large` as soon as it is known to pass the limit; `gone` when the client left. */
export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'gone' };

/** Reads a request's body up to `limit` bytes. Nothing is read of one that says it is longer. */
export function readBody(req: IncomingMessage, limit: number): Promise<Body> {
  if (Number(req.headers['content-length'] ?? 0) > limit) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const take = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) done({ kind: 'too-large' });
      else chunks.push(chunk);
    };
    const whole = () =>
      done({ kind: 'whole', bytes: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
    const gone = () => done({ kind: 'gone' });
    const done = (body: Body) => {
      req.off('data', take).off('end', whole).off('close', gone);
      resolve(body);
    };
    req.on('data', take).once('end', whole).once('close', gone).on('error', gone);
  });
}

const drainBytes = 4 * 1024 * 1024;
const drainMs = 2000;

/** Answers at once. When the request was not read to its end the connection closes, after a moment to see the answer. */
export function answerEarly(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders = {},
): void {
  const unread = !req.complete;
  res.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(unread ? { connection: 'close' } : {}),
  });
  res.end(body);
  if (!unread) return;
  let drained = 0;
  const stop = setTimeout(() => req.socket.destroy(), drainMs);
  stop.unref();
  req.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > drainBytes) req.socket.destroy();
  });
  req.once('close', () => clearTimeout(stop));
}

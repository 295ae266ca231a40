import http from 'node:http';
import https from 'node:https';

interface LinkAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What could not be sent. `sent`: the server may have got it. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly sent: boolean;
  constructor(sent: boolean, cause: unknown) {
    super('The server cannot be reached.', { cause });
    this.sent = sent;
  }
}

/** Kept connections to the server. */
export interface Link {
  /** Rejects with Unreachable when there is no whole answer within `withinMs`, or a gateway in between says so. */
  send(asked: {
    readonly method: 'GET' | 'POST';
    readonly path: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly withinMs: number;
  }): Promise<LinkAnswer>;
  /** True for a while after it could not be reached, longer each time: nobody is made to wait again and again. */
  down(): boolean;
  close(): void;
}

const longestAnswer = 16 * 1024 * 1024;
const shortestPauseMs = 500;
const longestPauseMs = 8000;
/** Said by proxies in front of a server that is gone. */
const goneStatus = new Set([502, 503, 504]);

/** `url`: origin of the server. `token`: of this device. */
export function openLink({ url, token }: { readonly url: string; readonly token: string }): Link {
  const origin = new URL(url);
  const { Agent, request } = origin.protocol === 'https:' ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 64, keepAliveMsecs: 15_000, scheduling: 'lifo' });
  let downUntil = 0;
  let pauseMs = shortestPauseMs;
  const failed = (): void => {
    // Many that fail together are one failure.
    if (performance.now() < downUntil) return;
    downUntil = performance.now() + pauseMs;
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  };
  const worked = (): void => {
    downUntil = 0;
    pauseMs = shortestPauseMs;
  };

  function once(asked: Parameters<Link['send']>[0], withinMs: number): Promise<LinkAnswer> {
    const body = asked.body === undefined ? null : Buffer.from(asked.body);
    const { promise, resolve, reject } = Promise.withResolvers<LinkAnswer>();
    const sending = request({
      agent,
      protocol: origin.protocol,
      hostname: origin.hostname.replace(/^\[|\]$/g, ''),
      port: origin.port,
      method: asked.method,
      path: asked.path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
        ...asked.headers,
      },
    });
    let connected = false;
    sending.on('socket', (socket) => {
      if (!socket.connecting) connected = true;
      else socket.once('connect', () => (connected = true));
      socket.setNoDelay(true);
    });
    const lost = (cause: unknown): void => {
      reject(new Unreachable(connected, cause));
    };
    const timer = setTimeout(() => sending.destroy(new Error(`no answer within ${withinMs} ms`)), withinMs);
    sending.on('close', () => clearTimeout(timer));
    sending.on('error', lost);
    sending.on('response', (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestAnswer) return sending.destroy(new Error('the answer is too long'));
        chunks.push(chunk);
      });
      answer.on('error', lost);
      answer.on('end', () => {
        if (!answer.complete) return lost(new Error('the answer was cut off'));
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
    });
    sending.end(body ?? undefined);
    return promise;
  }

  async function send(asked: Parameters<Link['send']>[0]): Promise<LinkAnswer> {
    const until = performance.now() + asked.withinMs;
    for (let again = true; ; again = false) {
      try {
        const answer = await once(asked, Math.max(1, until - performance.now()));
        if (goneStatus.has(answer.status)) throw new Unreachable(true, new Error(`status ${answer.status}`));
        worked();
        return answer;
      } catch (error) {
        // A kept connection that the server closed meanwhile says nothing of the server. What is sent has an id, so that twice is once.
        if (again && error instanceof Error && isReset(error.cause)) continue;
        failed();
        throw error;
      }
    }
  }
  return { send, down: () => performance.now() < downUntil, close: () => agent.destroy() };
}

const isReset = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE');

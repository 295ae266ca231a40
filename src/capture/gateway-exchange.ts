import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AnswerPath, ClientSide } from './gateway-answer.ts';

/** How an answer is taken, once its status and headers are known. */
export interface AnswerPlan {
  /** Header names that no longer hold. */
  readonly without: readonly string[];
  /** Headers leave before the first byte of the body is there. */
  readonly headersFirst: boolean;
  /** False: nothing leaves before the whole answer is known. */
  readonly begins: boolean;
  readonly path: AnswerPath;
}

export interface ExchangeDeps {
  plan(
    status: number,
    headers: IncomingMessage['headers'],
    client: ClientSide,
  ): AnswerPlan | { readonly refuse: string };
  clientHeaders(raw: unknown, without: readonly string[]): string[];
  /** An error body of the dialect. */
  error(kind: 'api_error' | 'timeout_error', message: string): string;
  trouble(code: string, detail: string, cause: unknown): void;
  /** Told once, when the client has all it will get. */
  over?(passed: Passed): void;
}

/** What passed between provider and client. Times in milliseconds since the request was there. */
export interface Passed {
  readonly status: number;
  /** Null when the provider sent no body. */
  readonly firstByteMs: number | null;
  readonly totalMs: number;
  /** Bytes of the provider's body, as they came. */
  readonly bytes: number;
  /** False for an answer that broke off. */
  readonly whole: boolean;
}

type Controller = Dispatcher.DispatchController;

/** One request under way: the provider's answer on one side, the client's connection on the other. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #res: ServerResponse;
  readonly #deps: ExchangeDeps;
  #controller: Controller | null = null;
  #path: AnswerPath | null = null;
  #head: { readonly status: number; readonly text: string; readonly headers: string[] } | null = null;
  /** The client is gone, or has all it will get. */
  #over = false;
  #clientFull = false;
  #pathFull = false;
  #gathering = false;
  #left: () => void = () => {};
  readonly #startedAt = performance.now();
  #firstByteMs: number | null = null;
  #bytes = 0;
  #ended = false;

  constructor(res: ServerResponse, deps: ExchangeDeps) {
    this.#res = res;
    this.#deps = deps;
    res.once('close', () => {
      if (!res.headersSent) this.#left();
      if (!res.writableFinished) this.#leave('the client went away');
      deps.over?.({
        status: res.headersSent ? res.statusCode : 0,
        firstByteMs: this.#firstByteMs,
        totalMs: performance.now() - this.#startedAt,
        bytes: this.#bytes,
        whole: this.#ended && res.writableFinished,
      });
    });
    res.on('drain', () => {
      this.#clientFull = false;
      this.#maybeResume();
    });
    // A client that resets its connection is no news; `close` follows.
    res.on('error', () => {});
  }

  /** The client is gone, or has all it will get. */
  get over(): boolean {
    return this.#over;
  }

  /** Tells of a client that left before its answer was there; the latest to ask is told. */
  onLeft(tell: () => void): void {
    this.#left = tell;
  }

  /** No way is left to the provider. */
  cannot(why: string): void {
    this.#refuse(why);
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Error('the client went away'));
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingMessage['headers'], text?: string): void {
    if (this.#over || status < 200) return;
    const plan = this.#deps.plan(status, headers, this.#clientSide());
    if ('refuse' in plan) {
      this.#refuse(plan.refuse);
      return;
    }
    this.#head = { status, text: text ?? '', headers: this.#deps.clientHeaders(controller.rawHeaders, plan.without) };
    this.#path = plan.path;
    if (plan.begins) this.#begin(this.#head.headers);
    if (plan.headersFirst) this.#flushHead();
  }

  onResponseData(_controller: Controller, chunk: Buffer): void {
    if (this.#over || !this.#path) return;
    this.#firstByteMs ??= performance.now() - this.#startedAt;
    this.#bytes += chunk.length;
    this.#pathFull = !this.#path.data(chunk);
    if (this.#pathFull) this.#controller?.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    if (!this.#over) this.#path?.end();
  }

  onResponseError(_controller: Controller, error: Error): void {
    if (this.#over) return;
    this.#path?.broke();
    if (this.#res.headersSent) this.#break(codeOf(error));
    else this.#answerFailure(error);
  }

  /** A sign of life for a client that waits. */
  keepAlive(): void {
    if (!this.#over) this.#path?.idle?.();
  }

  #clientSide(): ClientSide {
    return {
      write: (bytes) => this.#write(bytes),
      blank: () => this.#blank(),
      whole: (body) => this.#whole(body),
      end: () => this.#over || this.#res.end(),
      refuse: (why) => this.#refuse(why),
      stop: () => this.#stop(),
      free: () => {
        this.#pathFull = false;
        this.#maybeResume();
      },
    };
  }

  #begin(headers: string[]): void {
    const { status, text } = this.#head ?? { status: 502, text: '' };
    if (text === '') this.#res.writeHead(status, headers);
    else this.#res.writeHead(status, text, headers);
  }

  #flushHead(): void {
    this.#gather();
    this.#res.flushHeaders();
  }

  /** What is written in this turn, by the promises it settles too, leaves in one packet. */
  #gather(): void {
    const { socket } = this.#res;
    if (this.#gathering || !socket) return;
    this.#gathering = true;
    socket.cork();
    // Ticks run before promises; a tick asked for by a promise runs after all of them.
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#gathering = false;
        socket.uncork();
      }),
    );
  }

  #write(bytes: Uint8Array | string): void {
    if (this.#over || this.#res.destroyed || bytes.length === 0) return;
    this.#gather();
    if (this.#res.write(bytes)) return;
    this.#clientFull = true;
    this.#controller?.pause();
  }

  #whole(body: string): void {
    if (this.#over || !this.#head) return;
    const bytes = Buffer.from(body, 'utf8');
    if (this.#res.headersSent) {
      this.#res.end(bytes);
      return;
    }
    this.#begin([...this.#head.headers, 'content-length', String(bytes.length)]);
    this.#res.end(bytes);
  }

  #blank(): void {
    if (this.#over || !this.#head) return;
    if (!this.#res.headersSent) this.#begin(this.#head.headers);
    this.#write('\n');
  }

  #maybeResume(): void {
    if (!this.#clientFull && !this.#pathFull && this.#controller?.paused) this.#controller.resume();
  }

  #refuse(why: string): void {
    if (this.#over) return;
    if (this.#res.headersSent) this.#break('');
    else this.#failure(502, 'api_error', why);
    this.#leave(why);
  }

  #stop(): void {
    if (this.#over) return;
    this.#over = true;
    this.#res.end();
    this.#controller?.abort(new Error('the answer was stopped'));
  }

  /** An answer that has begun and cannot go on must not look complete. */
  #break(code: string): void {
    this.#over = true;
    const { socket } = this.#res;
    if (code === 'ECONNRESET' && socket && !('encrypted' in socket)) socket.resetAndDestroy();
    else this.#res.destroy();
  }

  #answerFailure(error: Error): void {
    const code = codeOf(error);
    const late = code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'ETIMEDOUT';
    this.#deps.trouble(
      late ? 'upstream-timeout' : 'upstream-unreachable',
      `the provider did not answer (${code || error.name})`,
      error,
    );
    const what = late ? 'The provider did not answer in time' : 'The provider could not be reached';
    const todo = 'Check the network and the address given with --upstream, then try again.';
    this.#failure(late ? 504 : 502, late ? 'timeout_error' : 'api_error', `${what} (${code || error.name}). ${todo}`);
    this.#over = true;
  }

  #failure(status: number, kind: 'api_error' | 'timeout_error', message: string): void {
    const body = this.#deps.error(kind, `Warder: ${message}`);
    this.#res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    this.#res.end(body);
  }

  #leave(why: string): void {
    if (this.#over && this.#controller?.aborted) return;
    this.#over = true;
    this.#path?.broke();
    this.#controller?.abort(new Error(why));
  }
}

/** The code of a failed connection, looked for along the causes. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

import type { IncomingMessage } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Exchange } from './gateway-exchange.ts';
import { headersForProvider } from './gateway-headers.ts';
import type { Route, Way } from './ways.ts';

/** One request as the client sent it, and what may be done with it. */
export interface Sending {
  readonly req: IncomingMessage;
  /** Path and query as the provider gets them, without the path of its base address. */
  readonly target: string;
  readonly body: Buffer;
  readonly uncompressed: boolean;
  /** Sent twice it does no more than sent once: a read, or a question to a model. */
  readonly repeatable: boolean;
  readonly route: Route;
  readonly exchange: Exchange;
}

type Controller = Dispatcher.DispatchController;

/** An answer that is not used is read this far, to keep its connection. */
const drainBytes = 64 * 1024;

/** Sends the request on its first way; on the next one while nothing of an answer has reached the client and repeating is safe. */
export function sendOn(sending: Sending): void {
  goOn(sending, sending.route.next(), 'No key for the provider can be used. See: warder keys list');
}

/** At once where the way is known; a key may have to be fetched first. `otherwise`: what the client is told when there is no way. */
function goOn(sending: Sending, next: ReturnType<Route['next']>, otherwise: string): void {
  const { exchange } = sending;
  if (next === null) exchange.cannot(otherwise);
  else if (!(next instanceof Promise)) dispatchOn(sending, next);
  else next.then((way) => goOn(sending, way, otherwise)).catch(() => exchange.cannot(otherwise));
}

function dispatchOn(sending: Sending, way: Way): void {
  const { req, target, body, uncompressed } = sending;
  const method = req.method ?? 'GET';
  const path = way.base.pathname.replace(/\/$/, '') + target;
  const headers = headersForProvider(req, { key: way.opening.headers, uncompressed });
  const signed = way.opening.sign?.({ method, path, headers, body }) ?? headers;
  way.pool.dispatch(
    { origin: way.base.origin, path, method, headers: [...signed], body: body.length > 0 ? body : null },
    new Attempt(sending, way),
  );
}

/** One try. Its answer goes on to the exchange, unless another way is tried in its place. */
class Attempt implements Dispatcher.DispatchHandler {
  readonly #sending: Sending;
  readonly #way: Way;
  /** Bytes of the request may have left. */
  #sent = false;
  /** The way was told how it fared. */
  #told = false;
  #passing = false;
  #dropped = 0;

  constructor(sending: Sending, way: Way) {
    this.#sending = sending;
    this.#way = way;
    // A client that leaves before any answer tells nothing about the way.
    sending.exchange.onLeft(() => this.#abandon());
  }

  onRequestStart(controller: Controller): void {
    this.#sent = true;
    this.#sending.exchange.onRequestStart(controller);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingMessage['headers'], text?: string): void {
    if (status < 200) return;
    const { exchange, repeatable, route } = this.#sending;
    const why = exchange.over ? 'fine' : this.#tell(() => this.#way.answered(status, headers), 'fine');
    // A refusal and a limit say that nothing was done; a failure of the provider may come after it has begun.
    const next = why === 'key' || (why === 'region' && repeatable) ? route.next(why) : null;
    if (next === null) {
      this.#passing = true;
      exchange.onResponseStart(controller, status, headers, text);
      return;
    }
    goOn(this.#sending, next, `The provider answered ${status}, and no other key for it can be used.`);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (this.#passing) {
      this.#sending.exchange.onResponseData(controller, chunk);
      return;
    }
    this.#dropped += chunk.length;
    if (this.#dropped > drainBytes) controller.abort(new Error('this answer is not used'));
  }

  onResponseEnd(): void {
    if (this.#passing) this.#sending.exchange.onResponseEnd();
  }

  onResponseError(controller: Controller, error: Error): void {
    const { exchange, repeatable, route } = this.#sending;
    if (this.#passing) exchange.onResponseError(controller, error);
    else if (exchange.over) this.#abandon();
    else if (!this.#told) {
      this.#tell(() => this.#way.failed(), undefined);
      const next = !this.#sent || (repeatable && !isLate(error)) ? route.next('region') : null;
      if (next === null) exchange.onResponseError(controller, error);
      else goOn(this.#sending, next, 'The provider cannot be reached, and no other key for it can be used.');
    }
  }

  #tell<T>(how: () => T, otherwise: T): T {
    if (this.#told) return otherwise;
    this.#told = true;
    return how();
  }

  #abandon(): void {
    this.#tell(() => this.#way.abandoned(), undefined);
  }
}

/** The client has waited long enough already. */
const isLate = (error: Error): boolean => 'code' in error && error.code === 'UND_ERR_HEADERS_TIMEOUT';

import { Worker } from 'node:worker_threads';
import { errorOf, type Reply, type Request, type WorkerStart } from './messages.ts';

/** A worker thread that answers questions. Questions of one tick travel in one message. */
export interface Thread {
  /** Rejects with the thread's own Error, or when it died before it answered. A dead thread is started anew by the next question. */
  ask(what: string, about?: unknown): Promise<unknown>;
  /** Answers everything asked so far, then ends the thread. Further questions are refused. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Starts at once, and keeps the process alive only while it owes an answer. */
export function startThread(name: string, file: URL, start: () => WorkerStart): Thread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = spawn();
  let outbox: Request[] = [];
  let count = 0;
  let closed = false;

  function died(who: Worker, cause: unknown): void {
    if (worker !== who) return;
    worker = null;
    const lost = [...waiting.values()];
    waiting.clear();
    const why = `The ${name} thread of the store ended before it answered. The next request starts it anew.`;
    for (const { reject } of lost) reject(Object.assign(new Error(why, { cause }), { code: 'store-thread-died' }));
  }

  function settle(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const one = waiting.get(reply.id);
      waiting.delete(reply.id);
      if (reply.ok) one?.resolve(reply.value);
      else one?.reject(errorOf(reply.failure));
    }
    if (waiting.size === 0) worker?.unref();
  }

  function spawn(): Worker {
    const started = new Worker(file, {
      workerData: start(),
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
      name: `warder-${name}`,
    });
    started.on('message', settle);
    started.on('error', (cause) => died(started, cause));
    started.on('exit', (code) => died(started, new Error(`exit code ${code}`)));
    started.unref();
    return started;
  }

  function send(): void {
    const requests = outbox;
    outbox = [];
    post(requests);
  }

  function refuse(id: number, cause: unknown): void {
    waiting.get(id)?.reject(new Error(`The ${name} thread cannot be given this request.`, { cause }));
    waiting.delete(id);
  }

  function post(requests: readonly Request[]): void {
    worker ??= spawn();
    worker.ref();
    try {
      worker.postMessage(requests);
    } catch (cause) {
      // A value that cannot cross fails its own request only.
      const [one, ...others] = requests;
      if (others.length > 0) for (const request of requests) post([request]);
      else if (one !== undefined) refuse(one.id, cause);
    }
  }

  function ask(what: string, about: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve, reject });
      if (outbox.push({ id, ask: what, about }) === 1) queueMicrotask(send);
    });
  }

  return {
    async ask(what, about) {
      if (closed) throw Object.assign(new Error('The store is closed.'), { code: 'store-closed' });
      return ask(what, about);
    },
    async close() {
      if (closed) return;
      closed = true;
      if (worker === null && outbox.length === 0) return;
      try {
        await ask('close', null);
      } finally {
        const ended = worker;
        worker = null;
        await ended?.terminate();
      }
    },
  };
}

import { createHash, randomBytes } from 'node:crypto';
import type { HookReply } from '../core/agent.ts';
import type { Delivery } from '../core/device.ts';
import type { OwnAnswer } from '../core/event.ts';
import { type Link, Unreachable } from './link.ts';
import type { Spool } from './spool.ts';

/** One hook as an agent asked it. */
export interface Asked {
  readonly agent: string;
  /** Name of the hook, where the device client was told. */
  readonly event?: string;
  readonly body: string;
  /** ISO 8601 UTC. */
  readonly at: string;
}

/** Judges as the server would, with the policy that it signed. Never throws. */
export interface OfflineJudge {
  /** Agent and session: what has to arrive in order. */
  laneOf(asked: Asked): string;
  /** `answered`: what was decided, where something was to be. */
  answer(asked: Asked): Promise<{ readonly reply: HookReply; readonly answered?: OwnAnswer }>;
  /** What the server answered for, so that the session is known when it cannot. */
  heard(asked: Asked): void;
  /** Warder itself cannot: in enforce mode a refusal, in observe mode let go; both say why. */
  undecided(asked: Asked, why: string): HookReply;
}

export interface RelayDeps {
  readonly link: Link;
  readonly spool: Spool;
  readonly offline: OfflineJudge;
  /** Seals what waits on the disk. */
  seal(text: string): string;
  /** The device client waits 5 s; by default the server is given 2.5 s, and an older backlog of the session 1 s. */
  readonly serverWithinMs?: number;
  readonly backlogWithinMs?: number;
  onTrouble(code: string, detail: string): void;
}

/** What is not as it should be on this machine. `finding`: absent where nobody has to be alerted. */
interface Alteration {
  readonly what: string;
  readonly path: string;
  readonly finding?: { readonly detector: string; readonly weight: number };
}

export interface Relay {
  /** The agent's answer, within about 4 s: the server's, else our own. Never rejects. */
  hook(asked: Asked): Promise<HookReply>;
  /** Something this device found out by itself. Rejects when it can neither be sent nor kept. */
  report(agent: string, at: string, change: Alteration): Promise<void>;
  /** What found no room on the disk since the start. */
  lost(): number;
  /** Stops delivering; what waits stays. */
  close(): Promise<void>;
}

const laneId = (lane: string): string => createHash('sha256').update(lane).digest('base64url').slice(0, 16);
const newId = (): string => randomBytes(18).toString('base64url');

/** The server decides where it can be reached; else this device, and what it said is kept until it has arrived. */
export function createRelay(deps: RelayDeps): Relay {
  const { link, spool, offline, seal } = deps;
  let lost = spool.damaged;
  const courier = createCourier(deps, () => {
    lost += 1;
  });

  async function ask(asked: Asked, id: string): Promise<HookReply> {
    const { status, headers, body } = await link.send({
      method: 'POST',
      path: `/hooks/${asked.agent}`,
      body: asked.body,
      headers: { 'x-warder-delivery': id, ...(asked.event === undefined ? {} : { 'x-warder-event': asked.event }) },
      withinMs: deps.serverWithinMs ?? 2500,
    });
    const exit = headers['x-warder-exit'];
    return { status, body, ...(typeof exit === 'string' && /^\d{1,3}$/.test(exit) ? { exit: Number(exit) } : {}) };
  }

  async function alone(asked: Asked, lane: string, id: string, tried: boolean): Promise<HookReply> {
    const { reply, answered } = await offline.answer(asked);
    const delivery: Delivery = {
      id,
      at: asked.at,
      lane,
      agent: asked.agent,
      kind: 'hook',
      ...(asked.event === undefined ? {} : { event: asked.event }),
      box: seal(asked.body),
      ...(answered === undefined ? {} : { answered }),
      ...(tried ? { tried } : {}),
    };
    const why = await keep(delivery);
    return why === null ? reply : offline.undecided(asked, why);
  }

  /** Null when it is kept; else why it is not, in a sentence. */
  async function keep(delivery: Delivery): Promise<string | null> {
    try {
      if ((await spool.add(delivery)) === 'kept') {
        courier.wake();
        return null;
      }
      lost += 1;
      deps.onTrouble('spool-full', 'what waits for the server fills all its room');
      return 'The server cannot be reached, and what waits for it fills all its room.';
    } catch (error) {
      lost += 1;
      deps.onTrouble('spool-failed', `the disk cannot be written: ${error instanceof Error ? error.message : error}`);
      return 'The server cannot be reached, and the disk cannot keep this call for it.';
    }
  }

  return {
    async hook(asked) {
      const lane = laneId(offline.laneOf(asked));
      const id = newId();
      let tried = false;
      try {
        if (spool.waiting(lane) > 0 && !link.down()) await courier.delivered(lane, deps.backlogWithinMs ?? 1000);
        if (spool.waiting(lane) === 0 && !link.down()) {
          try {
            const reply = await ask(asked, id);
            setImmediate(() => offline.heard(asked));
            return reply;
          } catch (error) {
            tried = !(error instanceof Unreachable) || error.sent;
          }
        }
        return await alone(asked, lane, id, tried);
      } catch (error) {
        deps.onTrouble('relay-failed', error instanceof Error ? error.message : String(error));
        return offline.undecided(asked, 'An internal error of the device process.');
      }
    },
    async report(agent, at, change) {
      const lane = laneId(`${agent}\0`);
      const box = seal(JSON.stringify(change));
      const delivery: Delivery = { id: newId(), at, lane, agent, kind: 'config-change', box };
      const why = await keep(delivery);
      if (why !== null) throw new Error(why);
    },
    lost: () => lost,
    close: () => courier.close(),
  };
}

interface Courier {
  wake(): void;
  /** Resolves when nothing of this lane waits any more, or after `withinMs`. */
  delivered(lane: string, withinMs: number): Promise<void>;
  close(): Promise<void>;
}

const batch = { most: 64, bytes: 1024 * 1024 } as const;
const pauses = { first: 200, longest: 2000 } as const;
const deliverWithinMs = 20_000;

/** Delivers what waits, oldest first, one batch at a time, until nothing does. */
function createCourier({ link, spool, onTrouble }: RelayDeps, drop: () => void): Courier {
  const waiters = new Set<() => void>();
  let running: Promise<void> | null = null;
  let closed = false;
  let pauseMs: number = pauses.first;
  let rest: { readonly end: () => void } | null = null;

  async function deliver(most: number): Promise<number> {
    const items = spool.oldest(most, batch.bytes);
    if (items.length === 0) return most;
    const { status, body } = await link.send({
      method: 'POST',
      path: '/device/deliver',
      body: JSON.stringify({ items }),
      withinMs: deliverWithinMs,
    });
    const done = Math.min(doneIn(body), items.length);
    await spool.arrived(done);
    if (done > 0) for (const tell of waiters) tell();
    if (status === 200 && done === items.length) return batch.most;
    if (status !== 400) throw new Error(`The server took ${done} of ${items.length} (status ${status}).`);
    if (items.length > 1) return 1;
    // It will not be understood another time either, and what is behind it must not wait for ever.
    onTrouble('delivery-refused', 'the server could not understand a delivery; it is dropped');
    drop();
    await spool.arrived(1);
    return batch.most;
  }

  async function run(): Promise<void> {
    let most: number = batch.most;
    while (!closed && spool.waiting() > 0) {
      try {
        most = await deliver(most);
        pauseMs = pauses.first;
      } catch {
        // Not now: everything stays where it is, and is tried again after a pause.
        await pause(pauseMs);
        pauseMs = Math.min(pauseMs * 2, pauses.longest);
      }
    }
  }

  function pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    rest = {
      end: () => {
        clearTimeout(timer);
        resolve();
      },
    };
    return promise;
  }

  const wake = (): void => {
    if (closed || running !== null) return;
    running = run().finally(() => {
      running = null;
      if (!closed && spool.waiting() > 0) wake();
    });
  };
  wake();
  return {
    wake,
    async delivered(lane, withinMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const tell = () => {
        if (spool.waiting(lane) === 0) resolve();
      };
      const timer = setTimeout(resolve, withinMs);
      waiters.add(tell);
      if (!link.down()) rest?.end();
      try {
        await promise;
      } finally {
        clearTimeout(timer);
        waiters.delete(tell);
      }
    },
    async close() {
      closed = true;
      rest?.end();
      await running;
    },
  };
}

function doneIn(body: string): number {
  try {
    const done: unknown = Reflect.get(Object(JSON.parse(body)), 'done');
    return typeof done === 'number' && Number.isInteger(done) && done >= 0 ? done : 0;
  } catch {
    // A proxy's page is no count.
    return 0;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { DeviceRecord } from './core/device.ts';
import type { PruneQuery, Store } from './core/store.ts';

// What the store holds only so that nothing is recorded twice, and does not need for ever. Calls, receipts and everything
// else that tells what happened stays.

export interface UpkeepDeps {
  readonly store: Pick<Store, 'prune'>;
  devices(): Promise<readonly Pick<DeviceRecord, 'person' | 'name' | 'waiting' | 'lastSeen'>[]>;
  /** Absent: 30 days for ids of deliveries, 180 for marks of imports. */
  readonly keep?: { readonly deliveryDays?: number | undefined; readonly importMarkDays?: number | undefined };
  now(): string;
  /** One line for the operator. */
  log(line: string): void;
  onTrouble(code: string, detail: string, cause: unknown): void;
}

export interface Upkeep {
  /** One round; an error is told, not thrown. */
  round(): Promise<void>;
  /** What was removed since the start. */
  health(): { readonly prunedDeliveries: number; readonly prunedImportMarks: number };
  close(): Promise<void>;
}

const dayMs = 86_400_000;
const everyMs = 3_600_000;
const firstAfterMs = 60_000;
/** A batch is a few milliseconds of the writer; between two of them everything else has its turn. */
const batch = { most: 100, pauseMs: 50 } as const;
/** A heartbeat and what it says of the queue may be told apart by so much. */
const slackMs = 3_600_000;

/** Removes old bookkeeping in small batches, a minute after the start and every hour. */
export function openUpkeep(deps: UpkeepDeps): Upkeep {
  const { deliveryDays = 30, importMarkDays = 180 } = deps.keep ?? {};
  const removed = { deliveries: 0, 'import-marks': 0 };
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function all(what: PruneQuery['what'], days: number, held: readonly string[]): Promise<void> {
    const before = new Date(Date.parse(deps.now()) - days * dayMs).toISOString();
    let after: string | null = null;
    do {
      const done = await deps.store.prune({ what, before, held, after, most: batch.most });
      removed[what] += done.removed;
      after = done.next;
      if (after !== null) await sleep(batch.pauseMs, undefined, { ref: false });
    } while (after !== null && !stop.signal.aborted);
  }

  async function work(): Promise<void> {
    const before = { ...removed };
    try {
      await all('deliveries', deliveryDays, mayComeAgain(await deps.devices(), deps.now(), deliveryDays));
      await all('import-marks', importMarkDays, []);
    } catch (cause) {
      deps.onTrouble('upkeep-failed', 'old bookkeeping could not be removed; it is tried again in an hour', cause);
    }
    const [ids, marks] = [removed.deliveries - before.deliveries, removed['import-marks'] - before['import-marks']];
    if (ids + marks > 0)
      deps.log(
        `upkeep: removed ${ids} ids of deliveries (${deliveryDays} days) and ${marks} marks of imports (${importMarkDays} days)`,
      );
  }

  const round = (): Promise<void> => {
    running = running.then(work);
    return running;
  };
  const first = setTimeout(() => void round(), firstAfterMs).unref();
  const timer = setInterval(() => void round(), everyMs).unref();
  return {
    round,
    health: () => ({ prunedDeliveries: removed.deliveries, prunedImportMarks: removed['import-marks'] }),
    async close() {
      stop.abort();
      clearTimeout(first);
      clearInterval(timer);
      await running;
    },
  };
}

/**
 * Devices that may still send something again that was recorded before the window, as `person/device`: those that have not
 * said since then that nothing waits with them.
 */
function mayComeAgain(
  devices: Awaited<ReturnType<UpkeepDeps['devices']>>,
  now: string,
  days: number,
): readonly string[] {
  const limit = Date.parse(now) - days * dayMs + slackMs;
  return devices
    .filter(({ waiting, lastSeen }) => waiting > 0 || lastSeen === null || Date.parse(lastSeen) < limit)
    .map(({ person, name }) => `${person}/${name}`);
}

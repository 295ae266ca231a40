import type { Store } from './core/store.ts';
import { addUsage, type UsageRow } from './core/usage.ts';
import { usageKey } from './decide/spending.ts';

/** Usage on its way to the store. */
export interface UsageBook {
  /** Never throws, never waits. */
  add(row: UsageRow): void;
  /** Rows that are not durable yet. */
  waiting(): number;
  /** Tries once more to store everything. */
  close(): Promise<void>;
}

/** Answers that end within this time cost one commit together. */
const gatherMs = 50;
const againMs = 1000;

/** Rows go to the store in a moment, together; what the store cannot take waits in memory, summed up. */
export function openUsageBook(deps: {
  readonly store: Pick<Store, 'addUsage'>;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): UsageBook {
  let pending = new Map<string, UsageRow>();
  let writing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const put = (row: UsageRow) => {
    const key = usageKey(row);
    const before = pending.get(key);
    pending.set(key, before ? { ...row, ...addUsage(before, row) } : row);
  };
  const write = async () => {
    const rows = [...pending.values()];
    pending = new Map();
    let wait = gatherMs;
    try {
      await deps.store.addUsage(rows);
    } catch (cause) {
      for (const row of rows) put(row);
      deps.onTrouble('usage-unrecorded', `${rows.length} rows of usage wait to be stored`, cause);
      wait = againMs;
    } finally {
      writing = null;
    }
    if (pending.size > 0) later(wait);
  };
  const later = (ms: number) => {
    if (timer || writing) return;
    timer = setTimeout(() => {
      timer = undefined;
      writing = write();
    }, ms);
    timer.unref();
  };
  return {
    add(row) {
      put(row);
      later(gatherMs);
    },
    waiting: () => pending.size,
    async close() {
      clearTimeout(timer);
      await writing;
      clearTimeout(timer);
      if (pending.size > 0) await write();
      clearTimeout(timer);
    },
  };
}

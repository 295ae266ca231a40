import type { LiveEvent } from '../core/console.ts';
import { brief } from './brief.ts';

/** One message for a watcher. `gap`: something was missed, ask again for what is on screen. */
export interface LiveMessage {
  readonly id: string;
  readonly type: LiveEvent['type'] | 'gap';
  /** JSON on one line. */
  readonly text: string;
}

export interface Live {
  /** Tell every watcher. Costs nothing while nobody has watched for a minute; never throws. */
  publish(event: LiveEvent): void;
  /** Start watching; `after` = id of the last message seen, to get what was missed. Returns the way to stop. */
  subscribe(watch: { readonly after?: string; deliver(message: LiveMessage): void }): () => void;
  watchers(): number;
}

/** A reader that comes back within this time misses nothing. */
const keepForMs = 60_000;

/**
 * What happens now, in memory: a ring of the newest messages, so that a short disconnection loses nothing. A longer one,
 * or another process (`start` is part of each id), gives a `gap`.
 */
export function createLive(options: { readonly start?: string; readonly remember?: number } = {}): Live {
  const remember = options.remember ?? 512;
  const start = options.start ?? Date.now().toString(36);
  const ring: { readonly number: number; readonly message: LiveMessage }[] = [];
  const watching = new Set<(message: LiveMessage) => void>();
  let last = 0;
  let leftAt = Number.NEGATIVE_INFINITY;

  const idOf = (number: number): string => `${start}-${number}`;

  const missed = (after: string): readonly LiveMessage[] => {
    const dash = after.lastIndexOf('-');
    const number = Number(after.slice(dash + 1));
    const oldest = ring[0]?.number ?? last + 1;
    const ours = after.slice(0, dash) === start && Number.isSafeInteger(number) && number <= last;
    if (!ours || number < oldest - 1) return [gapMessage(idOf(last), null)];
    return ring.filter((entry) => entry.number > number).map((entry) => entry.message);
  };

  return {
    publish(event) {
      last += 1;
      if (watching.size === 0 && performance.now() - leftAt > keepForMs) {
        ring.length = 0;
        return;
      }
      const message = { id: idOf(last), type: event.type, text: textOf(event) };
      ring.push({ number: last, message });
      if (ring.length > remember) ring.shift();
      for (const deliver of watching) deliver(message);
    },
    subscribe({ after, deliver }) {
      if (after) for (const message of missed(after)) deliver(message);
      watching.add(deliver);
      return () => {
        if (watching.delete(deliver)) leftAt = performance.now();
      };
    },
    watchers: () => watching.size,
  };
}

/** Says that `dropped` messages (null: unknown how many) did not reach this watcher. */
export const gapMessage = (id: string, dropped: number | null): LiveMessage => ({
  id,
  type: 'gap',
  text: JSON.stringify({ dropped }),
});

function textOf(event: LiveEvent): string {
  switch (event.type) {
    case 'call':
      return JSON.stringify(brief(event.call));
    case 'alert':
      return JSON.stringify(event.alert);
    case 'session':
      return JSON.stringify(event.session);
    case 'approvals':
      return JSON.stringify(event.pending);
    case 'devices':
      return '{}';
    default:
      return event satisfies never;
  }
}

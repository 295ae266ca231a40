import type { Thread, TimelineItem } from '../src/core/console.ts';

/** One line of a session, with the threads that pass it. */
export interface TimelineRow {
  readonly key: string;
  readonly item: TimelineItem | null;
  /** Time since the row before, ms; only where it is worth a line. */
  readonly pauseMs: number;
  /** Lines between this row and the one before that the filter hides. */
  readonly skipped: number;
  /** The day, where it changes. */
  readonly newDay: boolean;
  readonly lanes: readonly Lane[];
  /** Threads that start here, and that end here. */
  readonly brings: readonly Thread[];
  readonly follows: readonly Thread[];
}

/** A dashed line beside a row: where it runs, and whether it turns to the row. */
export interface Lane {
  readonly place: number;
  readonly up: boolean;
  readonly down: boolean;
  readonly turns: 'none' | 'out' | 'in';
  /** It leads to something that scored 40 or more. */
  readonly loud: boolean;
}

export type Show = 'all' | 'scored' | 'calls';

const longPauseMs = 5 * 60_000;
const mostLanes = 4;

const keyOfItem = (item: TimelineItem): string => (item.kind === 'call' ? item.call.id : `event-${item.event.seq}`);

const wanted = (item: TimelineItem, show: Show, tied: ReadonlySet<string>): boolean => {
  if (show === 'all') return true;
  if (item.kind === 'event') return show === 'scored' && item.event.kind === 'prompt';
  return show === 'calls' || item.call.score >= 40 || item.call.effective !== 'allow' || tied.has(item.call.id);
};

/** Items and threads → rows in order. Threads to rows that are not shown are left out. */
export function timelineRows(
  items: readonly TimelineItem[],
  threads: readonly Thread[],
  show: Show,
  dayOf: (at: string) => string,
): readonly TimelineRow[] {
  const tied = new Set(threads.flatMap((thread) => [thread.from, thread.to]));
  const shown = items.filter((item) => wanted(item, show, tied));
  const original = new Map(items.map((item, index) => [item, index]));
  const place = new Map(shown.map((item, index) => [keyOfItem(item), index]));
  const drawn = threads.filter((thread) => place.has(thread.from) && place.has(thread.to));
  const spines = lay(drawn, place, (index) => {
    const item = shown[index];
    return item?.kind === 'call' ? item.call.score : 0;
  });
  return shown.map((item, index) => {
    const before = shown[index - 1];
    const silence = before ? Date.parse(item.at) - Date.parse(before.at) : 0;
    const key = keyOfItem(item);
    return {
      key,
      item,
      skipped: before ? (original.get(item) ?? 0) - (original.get(before) ?? 0) - 1 : 0,
      pauseMs: silence >= longPauseMs ? silence : 0,
      newDay: !before || dayOf(before.at) !== dayOf(item.at),
      lanes: spines.filter((spine) => index >= spine.start && index <= spine.end).map((spine) => laneAt(spine, index)),
      brings: drawn.filter((thread) => thread.from === key),
      follows: drawn.filter((thread) => thread.to === key),
    };
  });
}

interface Spine {
  readonly place: number;
  readonly start: number;
  readonly end: number;
  readonly targets: ReadonlySet<number>;
  readonly loud: boolean;
}

/** One line for all threads of a source, on the first free place; when all are taken, the last is shared. */
function lay(
  threads: readonly Thread[],
  place: ReadonlyMap<string, number>,
  scoreAt: (index: number) => number,
): readonly Spine[] {
  const spines: Spine[] = [];
  const freeFrom: number[] = Array.from({ length: mostLanes }, () => -1);
  const bySource = [...Map.groupBy(threads, (thread) => thread.from)].map(([from, group]) => ({
    start: place.get(from) ?? 0,
    targets: new Set(group.map((thread) => place.get(thread.to) ?? 0)),
  }));
  for (const { start, targets } of bySource.sort((a, b) => a.start - b.start)) {
    const end = Math.max(...targets);
    const free = freeFrom.findIndex((from) => from < start);
    const at = free === -1 ? mostLanes - 1 : free;
    freeFrom[at] = end;
    const loud = [...targets].some((target) => scoreAt(target) >= 40);
    spines.push({ place: at, start, end, targets, loud });
  }
  return spines;
}

function laneAt(spine: Spine, index: number): Lane {
  return {
    place: spine.place,
    loud: spine.loud,
    up: index > spine.start,
    down: index < spine.end,
    turns: index === spine.start ? 'out' : spine.targets.has(index) ? 'in' : 'none',
  };
}

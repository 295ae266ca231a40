import { later, order } from './scan-counts.ts';
import type { RiskyCall } from './scan-report.ts';

export type Risky = { -readonly [K in keyof RiskyCall]: RiskyCall[K] };

/** Different risky calls kept while scanning, so that memory stays bounded; the lightest go first. */
const mostKept = 4_000;

/** The risky calls so far; equal ones (same tool, same masked text) are one entry that counts up and shows its worst. */
export interface RiskyList {
  /** False: too light to be listed, so that its text need not be made. */
  wants(score: number): boolean;
  /** Gives the entry when this call is the one it shows, else null. */
  add(call: RiskyCall): Risky | null;
  heaviest(count: number): RiskyCall[];
}

export function createRiskyList(minScore: number): RiskyList {
  const entries = new Map<string, Risky>();
  let floor = minScore;
  return {
    wants: (score) => score >= floor,
    add(call) {
      const key = `${call.tool}\0${call.text}`;
      const before = entries.get(key);
      if (before !== undefined && before.score >= call.score) {
        before.times += call.times;
        before.lastAt = later(before.lastAt, call.at);
        return null;
      }
      const entry: Risky = {
        ...call,
        times: call.times + (before?.times ?? 0),
        lastAt: later(before?.lastAt ?? '', call.at),
      };
      entries.set(key, entry);
      if (entries.size > mostKept) floor = Math.max(floor, dropLightest(entries));
      return entry;
    },
    heaviest: (count) => heaviestFirst([...entries.values()]).slice(0, count),
  };
}

function heaviestFirst(calls: Risky[]): Risky[] {
  return calls.sort((a, b) => b.score - a.score || order(b.lastAt, a.lastAt) || order(a.text, b.text));
}

/** Drops the lighter half; gives the score below which nothing new needs to be kept. */
function dropLightest(entries: Map<string, Risky>): number {
  const kept = heaviestFirst([...entries.values()]).slice(0, mostKept / 2);
  const keep = new Set(kept);
  for (const [key, entry] of entries) if (!keep.has(entry)) entries.delete(key);
  return kept.at(-1)?.score ?? 0;
}

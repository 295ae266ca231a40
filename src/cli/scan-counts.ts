/** How often, how bad and when something was seen. Times are ISO 8601 UTC of one precision, so they sort as text; `''` = never. */
export interface Counted {
  calls: number;
  highestScore: number;
  firstAt: string;
  lastAt: string;
  readonly sessions: Set<string>;
}

export const counted = (): Counted => ({ calls: 0, highestScore: 0, firstAt: '', lastAt: '', sessions: new Set() });

export function addTo(seen: Counted, from: { readonly session: string; readonly at: string }, score: number): void {
  seen.calls += 1;
  seen.highestScore = Math.max(seen.highestScore, score);
  seen.sessions.add(from.session);
  widen(seen, from.at);
}

export function widen(span: { firstAt: string; lastAt: string }, at: string): void {
  if (at === '') return;
  if (span.firstAt === '' || at < span.firstAt) span.firstAt = at;
  if (at > span.lastAt) span.lastAt = at;
}

/** The entry for a key, made when it is missing. */
export function entryOf<K, V>(map: Map<K, V>, key: K, fresh: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = fresh();
  map.set(key, made);
  return made;
}

export const later = (a: string, b: string): string => (a > b ? a : b);
export const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

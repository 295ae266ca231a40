/** JSON nested deeper than this is not taken: readers that recurse would break on it, and no agent sends it. */
export const deepestNesting = 500;
/** Values in one input that are still read: no model writes more, and each costs every reader its time. */
export const mostValues = 20_000;

/** True when a value is nested in more than `levels` arrays or objects. */
export function nestedDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of innerOf(value)) {
    if (typeof inner === 'object' && nestedDeeperThan(inner, levels - 1)) return true;
  }
  return false;
}

/** True when there are more than `most` values in a value, however they are arranged; `most` is about what is looked at. */
export function holdsMoreThan(value: unknown, most: number): boolean {
  const waiting: unknown[] = [value];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inner = typeof next === 'object' && next !== null ? innerOf(next) : [];
    seen += inner.length;
    if (seen > most) return true;
    for (const each of inner) if (typeof each === 'object' && each !== null) waiting.push(each);
  }
  return false;
}

const innerOf = (value: object): readonly unknown[] => (Array.isArray(value) ? value : Object.values(value));

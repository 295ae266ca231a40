/** JSON nested deeper than this is not taken: readers that recurse would break on it, and no agent sends it. */
export const deepestNesting = 500;

/** True when a value is nested in more than `levels` arrays or objects. */
export function nestedDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const inner of Object.values(value)) if (nestedDeeperThan(inner, levels - 1)) return true;
  return false;
}

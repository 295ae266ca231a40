/** A share with its Wilson 95 % interval, all in 0–1. Source: Wilson 1927, as in Brown, Cai, DasGupta 2001. */
export interface Share {
  readonly hits: number;
  readonly of: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** `hits` of `of` rows; an empty set has the share 0 and the interval 0–1. */
export function wilson(hits: number, of: number): Share {
  if (of === 0) return { hits, of, share: 0, low: 0, high: 1 };
  const z = 1.959964;
  const share = hits / of;
  const scale = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / scale;
  const half = (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / scale;
  // At the ends the formula gives 0 and 1 but for the last bit.
  return { hits, of, share, low: hits === 0 ? 0 : centre - half, high: hits === of ? 1 : centre + half };
}

/** Chance that a row of `above` scores higher than one of `below`, ties half: the area under the ROC curve. Null without rows. */
export function auroc(above: readonly number[], below: readonly number[]): number | null {
  if (above.length === 0 || below.length === 0) return null;
  const counts = new Map<number, { above: number; below: number }>();
  for (const [side, scores] of [['above', above] as const, ['below', below] as const])
    for (const score of scores) {
      const count = counts.get(score) ?? { above: 0, below: 0 };
      count[side] += 1;
      counts.set(score, count);
    }
  let under = 0;
  let sum = 0;
  for (const score of [...counts.keys()].sort((a, b) => a - b)) {
    const count = counts.get(score) ?? { above: 0, below: 0 };
    sum += count.above * (under + count.below / 2);
    under += count.below;
  }
  return sum / (above.length * below.length);
}

/** Share of alerts that are right, when one call in `oneIn` is bad. Null when nothing is ever raised. */
export function precisionAt(recall: number, falseAlarms: number, oneIn: number): number | null {
  const right = recall / oneIn;
  const wrong = falseAlarms * (1 - 1 / oneIn);
  return right + wrong === 0 ? null : right / (right + wrong);
}

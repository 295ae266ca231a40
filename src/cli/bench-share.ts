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

import { describe, expect, it } from 'vitest';
import { fuzz, targets } from './fuzz.ts';

/** Another seed each day, so that a fault is found again on the day it was found. */
const seed = Math.floor(Date.now() / 86_400_000);

describe('fuzzing, ten seconds each', () => {
  it.each(Object.entries(targets))('nothing breaks or takes long: %s', (_name, target) => {
    expect(fuzz(target, 10_000, seed)).toEqual([]);
  });
});

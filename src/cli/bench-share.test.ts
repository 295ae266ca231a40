import { expect, it } from 'vitest';
import { auroc, precisionAt, wilson } from './bench-share.ts';

it('gives the published interval of 8 in 10', () => {
  const { share, low, high } = wilson(8, 10);
  expect(share).toBe(0.8);
  expect(low).toBeCloseTo(0.4902, 4);
  expect(high).toBeCloseTo(0.9433, 4);
});

it('knows nothing of an empty set', () => {
  expect(wilson(0, 0)).toMatchObject({ low: 0, high: 1 });
});

it('keeps none and all inside 0 and 1', () => {
  expect(wilson(0, 300)).toMatchObject({ share: 0, low: 0 });
  expect(wilson(300, 300)).toMatchObject({ share: 1, high: 1 });
  expect(wilson(0, 300).high).toBeCloseTo(0.01264, 4);
});

it('ranks: all above, none above, the same, and ties by half', () => {
  expect(auroc([5, 6], [1, 2])).toBe(1);
  expect(auroc([1], [2, 3])).toBe(0);
  expect(auroc([0, 0], [0, 0, 0])).toBe(0.5);
  expect(auroc([0, 9], [0, 5])).toBe(0.625);
  expect(auroc([], [1])).toBeNull();
});

it('tells how many alerts are right when one call in a thousand is bad', () => {
  expect(precisionAt(1, 0, 1000)).toBe(1);
  expect(precisionAt(0.9, 0.001, 1000)).toBeCloseTo(0.474, 3);
  expect(precisionAt(0, 0, 1000)).toBeNull();
});

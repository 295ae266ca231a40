import { expect, it } from 'vitest';
import { wilson } from './bench-share.ts';

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

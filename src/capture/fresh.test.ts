import { expect, it } from 'vitest';
import { fresh } from './fresh.ts';

function counting() {
  const state = { now: 0, reads: 0, broken: false };
  const value = fresh(
    async () => {
      state.reads += 1;
      if (state.broken) throw new Error('disk gone');
      return state.reads;
    },
    1000,
    () => state.now,
  );
  return { state, value };
}

it('reads once for many readers, and gives a young value without waiting', async () => {
  const { state, value } = counting();
  expect(await Promise.all([value.get(), value.get(), value.get()])).toEqual([1, 1, 1]);
  state.now = 999;
  expect(value.get()).toBe(1);
  state.now = 1000;
  expect(await value.get()).toBe(2);
});

it('reads again on request, but not more often than asked for: who comes sooner waits', async () => {
  const { state, value } = counting();
  await value.get();
  state.now = 240;
  const started = performance.now();
  const early = [value.again(250), value.again(250)];
  expect(state.reads).toBe(1);
  expect(await Promise.all(early)).toEqual([2, 2]);
  expect(performance.now() - started).toBeGreaterThan(5);
  state.now = 500;
  expect(await value.again(250)).toBe(3);
});

it('stands in for a minute when reading fails, then passes the failure on', async () => {
  const { state, value } = counting();
  await value.get();
  state.broken = true;
  state.now = 59_000;
  expect(await value.get()).toBe(1);
  state.now = 61_000;
  await expect(Promise.resolve(value.get())).rejects.toThrow('disk gone');
  state.broken = false;
  expect(await value.get()).toBe(4);
});

import { expect, it } from 'vitest';
import { cost, trials } from './fuzz-secrets.ts';

it('in ten seconds and more, no pattern takes 50 ms for a megabyte made for it, twice that on a busy machine', {
  timeout: 120_000,
}, () => {
  const end = performance.now() + 12_000;
  const slow: string[] = [];
  for (const { what, run } of trials(5_003)) {
    const ms = cost(run, 50);
    if (ms > 100) slow.push(`${what}: ${ms.toFixed(0)} ms`);
    if (performance.now() > end) break;
  }
  expect(slow).toEqual([]);
});

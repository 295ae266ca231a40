import { defineConfig } from 'vitest/config';

const long = process.env.WARDER_LONG === '1';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts', ...(long ? ['test/**/*.long.ts'] : [])],
    pool: 'forks',
    // The default leaves a core to whoever watches; most of the time goes into waiting for real programs.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});

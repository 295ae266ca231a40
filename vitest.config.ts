import { defineConfig } from 'vitest/config';

const long = process.env.WARDER_LONG === '1';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/**/*.test.ts', ...(long ? ['test/**/*.long.ts'] : [])],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

import { describe, expect, it } from 'vitest';
import { fuzz, longestMs, targets, tried } from './fuzz.ts';

describe('fuzzing, for a moment', () => {
  it.each(Object.entries(targets))('nothing breaks or takes long: %s', (_name, target) => {
    expect(fuzz(target, 400, 7)).toEqual([]);
  });

  it.each(['$(', 'rm -rf ', '((', '\\', "'", '`', 'a;', '{a,b}', '${x:-', '<<E\n'])(
    'a megabyte is answered at once: %j',
    (unit) => {
      const text = unit.repeat(Math.floor(1_000_000 / unit.length));
      const { ms, broken } = tried(targets.shell as (typeof targets)[string], text, 1);
      expect(broken).toBeUndefined();
      expect(ms).toBeLessThan(longestMs);
    },
  );
});

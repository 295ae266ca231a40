import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256Hex } from './sha256.ts';

it('gives what the platform gives, for every length around a block and for any characters', () => {
  const texts = Array.from({ length: 200 }, (_, length) => 'é𝄞x"\n'.repeat(length).slice(0, length).toWellFormed());
  for (const text of [...texts, 'a'.repeat(70_000)])
    expect(sha256Hex(text), `length ${text.length}`).toBe(createHash('sha256').update(text).digest('hex'));
});

import { describe, expect, it } from 'vitest';
import { type Line, LineReader } from './mcp-line.ts';

function read(input: Buffer, cuts: readonly number[], limit = 1000): Line[] {
  const reader = new LineReader(limit);
  const at = [0, ...cuts, input.length];
  const lines = at.slice(1).flatMap((end, index) => reader.push(input.subarray(at[index], end)));
  const rest = reader.rest();
  return rest.length > 0 ? [...lines, { bytes: rest }] : lines;
}

/** A small generator with a seed, so that a failure can be run again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

describe('lines of a stream', () => {
  it('are the same however the bytes are cut', () => {
    const input = Buffer.from('{"a":"é"}\n\r\n\n  {"b":"\u2028"}\r\n{"last":1}');
    const whole = read(input, []).map(({ bytes }) => bytes.toString());
    expect(whole).toEqual(['{"a":"é"}\n', '\r\n', '\n', '  {"b":"\u2028"}\r\n', '{"last":1}']);
    const next = random(7);
    for (let run = 0; run < 10_000; run += 1) {
      const cuts = Array.from({ length: next(8) }, () => next(input.length)).sort((a, b) => a - b);
      expect(
        read(input, cuts).map(({ bytes }) => bytes.toString()),
        String(cuts),
      ).toEqual(whole);
    }
  });

  it('come in pieces when they are too long, and none of their bytes is lost', () => {
    const input = Buffer.from(`short\n${'x'.repeat(50)}\nshort again\n`);
    const next = random(11);
    for (let run = 0; run < 1000; run += 1) {
      const cuts = Array.from({ length: 3 + next(8) }, () => next(input.length)).sort((a, b) => a - b);
      const lines = read(input, cuts, 20);
      expect(Buffer.concat(lines.map(({ bytes }) => bytes)).equals(input)).toBe(true);
      // What is whole is never part of a long line, and what is a piece never ends one unsaid.
      for (const { bytes, piece } of lines) {
        if (piece === 'first' || piece === 'next') expect(bytes.includes(0x0a)).toBe(false);
        if (piece === undefined) expect(bytes.at(-1)).toBe(0x0a);
      }
    }
  });
});

import { describe, expect, it } from 'vitest';
import { FrameTooLong, isBlankRest, SseReader } from './sse.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

function framesOf(pieces: readonly Buffer[]) {
  const reader = new SseReader();
  const frames = pieces.flatMap((piece) => reader.push(piece));
  return { frames, rest: reader.rest() };
}

const plain = (text: string) => framesOf([bytes(text)]).frames.map(({ event, data }) => ({ event, data }));

describe('frames, as WHATWG HTML §9.2.6 reads them', () => {
  it.each([
    ['one blank after the colon is not part of the value', 'data:  x\n\n', [{ event: '', data: ' x' }]],
    ['several data lines are joined by line feeds', 'data: a\ndata\ndata: b\n\n', [{ event: '', data: 'a\n\nb' }]],
    ['the last event name counts', 'event: a\nevent: b\ndata: x\n\n', [{ event: 'b', data: 'x' }]],
    ['comments, ids and unknown fields are no data', ': c\nid: 1\nretry: 2\ndatas: 3\n\n', [{ event: '', data: null }]],
    ['a field name in other case is another field', 'Data: x\nDATA: y\n\n', [{ event: '', data: null }]],
    ['a blank before the name makes another field', ' data: x\n\n', [{ event: '', data: null }]],
    ['what is not ended by a blank line is no event', 'data: x\n', []],
    ['blank lines alone are no event', '\n\n\n', []],
    ['a byte order mark before the first line is skipped', '\ufeffdata: x\n\n', [{ event: '', data: 'x' }]],
    ['line ends of all three kinds mix', 'event: a\rdata: b\r\ndata: c\n\r', [{ event: 'a', data: 'b\nc' }]],
    [
      'other Unicode line ends are text',
      'data: a\u2028b\u0085c\u000bd\n\n',
      [{ event: '', data: 'a\u2028b\u0085c\u000bd' }],
    ],
  ])('%s', (_what, text, expected) => {
    expect(plain(text)).toEqual(expected);
  });

  it('a byte order mark before a later line is odd: some readers skip it there', () => {
    expect(
      framesOf([bytes('\ufeffdata: x\n\n\ufeffdata: y\n\n')]).frames.map((frame) => frame.odd !== undefined),
    ).toEqual([false, true]);
  });
});

it('gives the same frames and every byte back for every way to cut a stream in three', () => {
  const stream = bytes(
    '\ufeff: hi\r\n\r\nevent: é\rdata: {"a":"👩‍💻"}\r\rdata: x\ndata: y\n\n\r\nid: 1\r\n\r\nevent: z\r\ndata: 1\r\n\r\ntail',
  );
  const whole = framesOf([stream]).frames.map(({ event, data }) => ({ event, data }));
  expect(whole.length).toBe(5);
  for (let one = 0; one <= stream.length; one++) {
    for (let two = one; two <= stream.length; two++) {
      const { frames, rest } = framesOf([stream.subarray(0, one), stream.subarray(one, two), stream.subarray(two)]);
      expect(frames.map(({ event, data }) => ({ event, data }))).toEqual(whole);
      expect(Buffer.concat([...frames.map((frame) => frame.raw), rest]).equals(stream)).toBe(true);
    }
  }
});

it('gives up on a frame longer than the limit, however it comes', () => {
  const reader = new SseReader(100);
  expect(() => {
    for (let at = 0; at < 200; at++) reader.push(bytes('x'));
  }).toThrow(FrameTooLong);
});

it('knows a rest that no reader could take for an event', () => {
  expect(isBlankRest(bytes('\r\n \t\n'))).toBe(true);
  expect(isBlankRest(bytes('\ndata: x'))).toBe(false);
});

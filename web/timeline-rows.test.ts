import { expect, test } from 'vitest';
import type { BriefCall, Thread, TimelineItem } from '../src/core/console.ts';
import { timelineRows } from './timeline-rows.ts';

const at = (minute: number): string => `2026-03-10T09:${String(minute).padStart(2, '0')}:00.000Z`;
const call = (id: string, minute: number, score = 0): TimelineItem => ({
  kind: 'call',
  at: at(minute),
  call: { id, at: at(minute), score, effective: 'allow' } as BriefCall,
});
const thread = (from: string, to: string): Thread => ({ kind: 'untrusted', from, to, what: 'fetched x.example' });
const day = (when: string): string => when.slice(0, 10);

test('a thread runs from its source down to every action it leads to', () => {
  const items = [call('a', 0), call('b', 1), call('c', 2, 80), call('d', 3), call('e', 4, 10)];
  const rows = timelineRows(items, [thread('a', 'c'), thread('a', 'e')], 'all', day);
  expect(
    rows.map((row) => row.lanes.map(({ up, down, turns }) => `${up ? 'up' : ''}${down ? 'down' : ''} ${turns}`)),
  ).toEqual([['down out'], ['updown none'], ['updown in'], ['updown none'], ['up in']]);
  expect(rows.every((row) => row.lanes.every((lane) => lane.loud))).toBe(true);
  expect(rows[2]?.follows).toHaveLength(1);
});

test('threads side by side take places of their own, and many share the last', () => {
  const items = Array.from({ length: 20 }, (_, index) => call(`c${index}`, index));
  const threads = Array.from({ length: 8 }, (_, index) => thread(`c${index}`, `c${index + 10}`));
  const places = timelineRows(items, threads, 'all', day).flatMap((row) => row.lanes.map((lane) => lane.place));
  expect(Math.max(...places)).toBe(3);
  expect(new Set(timelineRows(items, threads.slice(0, 3), 'all', day)[5]?.lanes.map((lane) => lane.place)).size).toBe(
    3,
  );
});

test('a filter keeps what scored and both ends of a thread, and counts what it skips', () => {
  const items = [call('a', 0), call('b', 1), call('x', 2), call('c', 20, 75)];
  const rows = timelineRows(items, [thread('a', 'c')], 'scored', day);
  expect(rows.map((row) => row.key)).toEqual(['a', 'c']);
  expect(rows[1]).toMatchObject({ skipped: 2, pauseMs: 20 * 60_000 });
});

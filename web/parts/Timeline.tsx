import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import type { TimelineItem } from '../../src/core/console.ts';
import { useKeys } from '../keys.ts';
import { usePrefs } from '../prefs.ts';
import { Clock, day, span } from '../time.tsx';
import type { Lane, TimelineRow } from '../timeline-rows.ts';
import { plural, verdictWords } from '../words.ts';
import { Shape } from './Marks.tsx';
import { CallLine, EventLine } from './TimelineText.tsx';

interface TimelineProps {
  readonly rows: readonly TimelineRow[];
  readonly selected: string | undefined;
  readonly onSelect: (key: string | undefined, how: 'click' | 'move') => void;
  readonly onOpen: (key: string) => void;
  /** When a call of this key happened, for the words of a thread. */
  readonly atOf: (key: string) => string | undefined;
}

/** A session from its first prompt to its last answer, down one line. */
export function Timeline({ rows, selected, onSelect, onOpen, atOf }: TimelineProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 44,
    overscan: 10,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const at = rows.findIndex((row) => row.key === selected);
  const [cursor, setCursor] = useState(-1);
  const current = at >= 0 ? at : cursor;

  const reached = useRef<string | undefined>(undefined);
  useEffect(() => {
    // An address that names a call leads to it, once.
    if (selected === undefined || at < 0 || reached.current === selected) return;
    reached.current = selected;
    virtual.scrollToIndex(at, { align: 'center' });
  }, [selected, at, virtual]);

  const move = (by: 1 | -1): void => {
    for (let next = current + by; next >= 0 && next < rows.length; next += by) {
      const row = rows[next];
      if (row?.item?.kind !== 'call') continue;
      setCursor(next);
      virtual.scrollToIndex(next);
      reached.current = row.key;
      if (selected !== undefined) onSelect(row.key, 'move');
      return;
    }
  };
  const open = (): void => {
    const row = rows[current];
    if (row?.item?.kind !== 'call') return;
    if (row.key === selected) onOpen(row.key);
    else onSelect(row.key, 'click');
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    down: () => move(1),
    up: () => move(-1),
    enter: open,
    ...(selected ? { escape: () => onSelect(undefined, 'click') } : {}),
  });

  const lanes = Math.max(0, ...rows.map((row) => Math.max(0, ...row.lanes.map((lane) => lane.place + 1))));
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto border-t border-line bg-sheet">
      <ol aria-label="Timeline" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row?.item) return null;
          return (
            <li
              key={row.key}
              ref={virtual.measureElement}
              data-index={item.index}
              data-key={row.key}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <Between row={row} lanes={lanes} first={item.index === 0} />
              <Line
                row={row}
                item={row.item}
                lanes={lanes}
                first={item.index === 0}
                last={item.index === rows.length - 1}
                selected={row.key === selected}
                current={item.index === current}
                onSelect={onSelect}
                atOf={atOf}
              />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

/** What lies between two rows: a new day, a silence. The lines beside the rows go on through it. */
function Between({
  row,
  lanes,
  first,
}: {
  readonly row: TimelineRow;
  readonly lanes: number;
  readonly first: boolean;
}) {
  const { utc } = usePrefs();
  if (row.pauseMs === 0 && !row.newDay) return null;
  const silence =
    row.pauseMs === 0
      ? ''
      : row.skipped > 0
        ? `${span(row.pauseMs)} and ${plural(row.skipped, 'line')} later`
        : `${span(row.pauseMs)} without a call or a word`;
  return (
    <div className="grid grid-cols-[max-content_max-content_minmax(0,1fr)] px-4 text-sm text-ink-3">
      <span className="w-[60px] shrink-0" />
      <span className="relative" style={{ width: gutter(lanes) }}>
        {!first && <span aria-hidden className="absolute inset-y-0 right-[12px] w-px bg-strong" />}
        {row.lanes.map(
          (lane) =>
            lane.up && (
              <span
                key={lane.place}
                aria-hidden
                className={`${dashed} inset-y-0 border-l-[1.5px] ${lane.loud ? 'border-alert-fill' : 'border-ink-3'}`}
                style={{ right: 30 + lane.place * laneWidth }}
              />
            ),
        )}
      </span>
      <span className="py-1.5">
        {silence}
        {silence && row.newDay && ' · '}
        {row.newDay && row.item && day(row.item.at, utc)}
      </span>
    </div>
  );
}

interface LineProps {
  readonly row: TimelineRow;
  readonly item: TimelineItem;
  readonly lanes: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly selected: boolean;
  readonly current: boolean;
  readonly onSelect: TimelineProps['onSelect'];
  readonly atOf: TimelineProps['atOf'];
}

const laneWidth = 9;
const gutter = (lanes: number): number => (lanes === 0 ? 30 : lanes * laneWidth + 44);
const dashed = 'absolute border-dashed';
/** Where a row's mark sits, px below its top: the middle of its first line. */
const markAt = 18;

function Line({ row, item, lanes, first, last, selected, current, onSelect, atOf }: LineProps) {
  const isCall = item.kind === 'call';
  const tone = selected ? 'bg-accent-soft' : current ? 'bg-sunk' : isCall ? 'hover:bg-sunk' : '';
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the timeline are j, k and Enter
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      className={`grid grid-cols-[max-content_max-content_minmax(0,1fr)] pr-4 pl-4 ${isCall ? 'cursor-pointer' : ''} ${tone}`}
      onClick={(event) => {
        if (!isCall || (event.target as HTMLElement).closest('a, button') || getSelection()?.isCollapsed === false)
          return;
        onSelect(selected ? undefined : row.key, 'click');
      }}
    >
      <span className="w-[60px] pt-[9px] text-sm text-ink-3">
        <Clock at={item.at} />
      </span>
      <span className="relative" style={{ width: gutter(lanes) }}>
        <span
          aria-hidden
          className="absolute right-[12px] w-px bg-strong"
          style={{ top: first ? markAt : 0, ...(last ? { height: first ? 0 : markAt } : { bottom: 0 }) }}
        />
        {row.lanes.map((lane) => (
          <Dashes key={lane.place} lane={lane} right={30 + lane.place * laneWidth} />
        ))}
        <Node item={item} />
      </span>
      <span className="min-w-0 py-2">
        {isCall ? <CallLine call={item.call} row={row} atOf={atOf} /> : <EventLine event={item.event} />}
      </span>
    </div>
  );
}

function Node({ item }: { readonly item: TimelineItem }) {
  if (item.kind === 'call') {
    return (
      <span className="absolute right-[6px] bg-sheet py-0.5 text-ink" style={{ top: markAt - 8 }}>
        <Shape shape={verdictWords(item.call).shape} />
      </span>
    );
  }
  const loud = item.event.kind === 'prompt';
  return (
    <span
      aria-hidden
      className={`absolute right-[9px] size-[7px] rounded-full border border-ink-3 ${loud ? 'bg-ink-3' : 'bg-sheet'}`}
      style={{ top: markAt - 4 }}
    />
  );
}

/** The dashed thread beside a row; it leaves its source and ends, with an arrow, at what it may have shaped. */
function Dashes({ lane, right }: { readonly lane: Lane; readonly right: number }) {
  const line = `${dashed} ${lane.loud ? 'border-alert-fill' : 'border-ink-3'}`;
  return (
    <span aria-hidden>
      {lane.up && (
        <span
          className={`${line} border-l-[1.5px]`}
          style={{ right, top: 0, ...(lane.down ? { bottom: 0 } : { height: markAt }) }}
        />
      )}
      {!lane.up && lane.down && (
        <span className={`${line} border-l-[1.5px]`} style={{ right, top: markAt, bottom: 0 }} />
      )}
      {lane.turns !== 'none' && (
        <span className={`${line} border-t-[1.5px]`} style={{ right: 22, top: markAt - 1, width: right - 21 }} />
      )}
      {lane.turns === 'in' && (
        <svg
          aria-hidden
          viewBox="0 0 6 8"
          className={`absolute h-2 w-1.5 ${lane.loud ? 'fill-alert-fill' : 'fill-ink-3'}`}
          style={{ right: 19, top: markAt - 4.5 }}
        >
          <path d="M0 0l6 4-6 4z" />
        </svg>
      )}
    </span>
  );
}

// biome-ignore-all lint/a11y/useSemanticElements: rows out of view are not in the document, so the rows are placed by hand and carry table roles
// biome-ignore-all lint/a11y/useFocusableInteractive: rows are reached with j and k; each holds a link to its own page
// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useKeys } from '../keys.ts';
import { usePrefs } from '../prefs.ts';

export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** CSS grid track: `90px`, `minmax(120px,1fr)`. */
  readonly track: string;
  readonly cell: (row: T) => ReactNode;
  readonly right?: boolean;
  /** Cannot be hidden. */
  readonly fixed?: boolean;
  /** Least width of the table, px, at which there is room for it. */
  readonly from?: number;
}

export interface TableProps<T> {
  /** Its name, for the hidden columns and for screen readers. */
  readonly name: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  /** One row as two lines, where there is no room for columns. */
  readonly narrow: (row: T) => ReactNode;
  readonly selected?: string | undefined;
  readonly onSelect?: (key: string | undefined, how: 'click' | 'move') => void;
  /** Enter on a row that is selected already. */
  readonly onOpen?: (key: string) => void;
  /** Called near the end of the rows. */
  readonly more?: (() => void) | undefined;
  readonly loading?: boolean;
  /** Below the last row. */
  readonly foot?: ReactNode;
  readonly onAtTop?: (atTop: boolean) => void;
  readonly keys?: Readonly<Record<string, (row: T) => void>>;
}

const rowHeight = 36;
const narrowRowHeight = 58;
const narrowBelow = 620;

function useWidth(): [React.RefObject<HTMLDivElement | null>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(1000);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** Dense rows of 36 px, only those in view in the document. j/k move, Enter opens; the row's key lives in the address. */
export function Table<T>(props: TableProps<T>) {
  const { rows, keyOf, selected, onSelect, onOpen, more, loading } = props;
  const [scroller, width] = useWidth();
  const { hidden } = usePrefs();
  const isNarrow = width < narrowBelow;
  const columns = props.columns.filter(
    (column) => column.fixed || (!hidden[props.name]?.includes(column.id) && width >= (column.from ?? 0)),
  );
  const tracks = columns.map((column) => column.track).join(' ');
  const height = isNarrow ? narrowRowHeight : rowHeight;

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : keyOf(row);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: sizes are cached by the virtualizer and must be forgotten when the row height changes
  useEffect(() => virtual.measure(), [height]);

  const [cursor, setCursor] = useState(-1);
  const at = selected === undefined ? cursor : rows.findIndex((row) => keyOf(row) === selected);
  const move = (by: number): void => {
    const next = Math.max(0, Math.min(rows.length - 1, (at < 0 ? (by > 0 ? -1 : 0) : at) + by));
    const row = rows[next];
    if (row === undefined) return;
    setCursor(next);
    virtual.scrollToIndex(next);
    if (selected !== undefined) onSelect?.(keyOf(row), 'move');
  };
  const current = at >= 0 ? rows[at] : undefined;
  const open = (): void => {
    if (current === undefined) return;
    const key = keyOf(current);
    if (selected === key) onOpen?.(key);
    else onSelect?.(key, 'click');
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    down: () => move(1),
    up: () => move(-1),
    enter: open,
    ...(selected === undefined ? {} : { escape: () => onSelect?.(undefined, 'click') }),
    ...Object.fromEntries(
      Object.entries(props.keys ?? {}).map(([key, act]) => [key, () => current !== undefined && act(current)]),
    ),
  });

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= rows.length - 20) more();
  }, [last, rows.length, more]);

  return (
    <div
      ref={scroller}
      role="table"
      aria-label={props.name}
      aria-rowcount={rows.length + 1}
      className="min-h-0 flex-1 overflow-auto border-t border-line"
      onScroll={(event) => props.onAtTop?.(event.currentTarget.scrollTop < height)}
    >
      {!isNarrow && (
        <div
          role="row"
          aria-rowindex={1}
          className="sticky top-0 z-10 grid h-8 items-center gap-x-4 border-b border-line bg-paper px-4 text-sm text-ink-3"
          style={{ gridTemplateColumns: tracks }}
        >
          {columns.map((column) => (
            <div key={column.id} role="columnheader" className={`truncate ${column.right ? 'text-right' : ''}`}>
              {column.title}
            </div>
          ))}
        </div>
      )}
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (row === undefined) return null;
          const key = keyOf(row);
          const isSelected = key === selected;
          const tone = isSelected ? 'bg-accent-soft' : item.index === at ? 'bg-sunk' : 'bg-sheet hover:bg-sunk';
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of a row are the table's: j, k, Enter
            <div
              key={key}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={isSelected}
              data-key={key}
              onClick={(event) => {
                // A link in the row, or text being selected, is not a click on the row.
                if ((event.target as HTMLElement).closest('a, button') || getSelection()?.isCollapsed === false) return;
                setCursor(item.index);
                onSelect?.(isSelected ? undefined : key, 'click');
              }}
              className={`absolute inset-x-0 top-0 border-b border-line px-4 ${onSelect ? 'cursor-pointer' : ''} ${tone} ${isNarrow ? 'flex flex-col justify-center gap-0.5' : 'grid items-center gap-x-4'}`}
              style={{
                height,
                transform: `translateY(${item.start}px)`,
                ...(isNarrow ? {} : { gridTemplateColumns: tracks }),
              }}
            >
              {isNarrow ? (
                <div role="cell" className="contents">
                  {props.narrow(row)}
                </div>
              ) : (
                columns.map((column) => (
                  <div key={column.id} role="cell" className={`min-w-0 truncate ${column.right ? 'text-right' : ''}`}>
                    {column.cell(row)}
                  </div>
                ))
              )}
            </div>
          );
        })}
      </div>
      {loading && (
        <BoneRows
          tracks={isNarrow ? '1fr' : tracks}
          columns={isNarrow ? 1 : columns.length}
          count={rows.length === 0 ? 14 : 3}
          height={height}
        />
      )}
      {!loading && props.foot}
    </div>
  );
}

function BoneRows({
  tracks,
  columns,
  count,
  height,
}: {
  readonly tracks: string;
  readonly columns: number;
  readonly count: number;
  readonly height: number;
}) {
  return (
    <div role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, row) => (
        <div
          key={`${row}`}
          className="grid items-center gap-x-4 border-b border-line px-4"
          style={{ gridTemplateColumns: tracks, height }}
        >
          {Array.from({ length: columns }, (__, column) => (
            <div
              key={`${column}`}
              className={`bone h-3.5 ${['w-3/4', 'w-1/2', 'w-5/6', 'w-2/3'][(row + column) % 4]}`}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

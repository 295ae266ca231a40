import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page as PageOf } from '../../src/core/store.ts';
import { useRows } from '../rows.ts';
import { useSetUrl, useUrl } from '../url.ts';
import { Bar, Nothing, Sentence, type Show } from './InventoryFrame.tsx';
import { Risk } from './InventoryMarks.tsx';
import { Page } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Failed } from './States.tsx';
import { Table, type TableProps } from './Table.tsx';

interface InventoryListProps<T> extends Pick<TableProps<T>, 'columns' | 'keyOf' | 'narrow'> {
  readonly show: Show;
  /** What could not be loaded: `The agents`. */
  readonly what: string;
  readonly filters: ReactNode;
  /** Some filter leaves rows out. */
  readonly filtered: boolean;
  readonly query: UseInfiniteQueryResult<InfiniteData<PageOf<T>>>;
  /** Beside the list, of the row that the address names. */
  readonly panel: (rows: readonly T[], close: () => void) => ReactNode;
}

/** One of the inventory's lists, with its filters and what is said where it has no rows. */
export function InventoryList<T>({ show, what, filters, filtered, query, panel, ...table }: InventoryListProps<T>) {
  const url = useUrl();
  const setUrl = useSetUrl();
  const { rows, more } = useRows(query);
  return (
    <Page
      title="Inventory"
      sentence={<Sentence />}
      filters={<Bar show={show}>{filters}</Bar>}
      panel={panel(rows, () => setUrl({ row: undefined }))}
    >
      {query.isError && !query.data ? (
        <Failed what={what} error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Nothing filtered={filtered} />
      ) : (
        <Table
          name={`inventory-${show}`}
          {...table}
          rows={rows}
          selected={url.row}
          onSelect={(row) => setUrl({ row }, { push: row !== undefined })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}

/** Names in one line of a cell. */
export const Names = ({ of }: { readonly of: readonly string[] }) => (
  <span className="text-ink-2">
    <Raw text={of.join(', ')} oneLine />
  </span>
);

interface NarrowRowProps {
  readonly name: string;
  readonly mark: ReactNode;
  readonly about: ReactNode;
  readonly risk: number;
}

/** A row as two lines. */
export const NarrowRow = ({ name, mark, about, risk }: NarrowRowProps) => (
  <>
    <span className="flex justify-between gap-3">
      <span className="truncate">
        <Raw text={name} oneLine />
      </span>
      {mark}
    </span>
    <span className="flex justify-between gap-3 text-sm text-ink-3">
      <span className="truncate">{about}</span>
      {risk > 0 && <Risk risk={risk} />}
    </span>
  </>
);

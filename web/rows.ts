import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { Page } from '../src/core/store.ts';

/** All rows read so far, and the way to more; safe to call at any time. */
export function useRows<T>(query: UseInfiniteQueryResult<InfiniteData<Page<T>>>): {
  rows: readonly T[];
  more: (() => void) | undefined;
  whole: boolean;
} {
  const { data, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return {
    rows,
    more: hasNextPage && !isFetchNextPageError ? more : undefined,
    whole: data !== undefined && !hasNextPage,
  };
}

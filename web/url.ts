import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';

export type UrlState = Readonly<Record<string, string | undefined>>;

/** The page's state, as it stands in its address. */
export const useUrl = (): UrlState => useSearch({ strict: false }) as UrlState;

/** Change some of it; `undefined` or `''` removes. Filters replace the address, so that Back leaves the page. */
export function useSetUrl(): (change: UrlState, options?: { readonly push?: boolean }) => void {
  const navigate = useNavigate();
  return useCallback(
    (change, options) => {
      void navigate({
        to: '.',
        replace: !options?.push,
        search: (before: UrlState) => {
          const next: Record<string, string> = {};
          for (const [name, value] of Object.entries({ ...before, ...change }))
            if (value !== undefined && value !== '') next[name] = value;
          return next;
        },
      });
    },
    [navigate],
  );
}

/** Plain `name=value` pairs, so that an address can be read and typed. */
export const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search));
export const stringifySearch = (search: Record<string, unknown>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search))
    if (typeof value === 'string' && value !== '') query.set(name, value);
  return query.size === 0 ? '' : `?${query}`;
};

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { alertList, approvals, info } from '../api.ts';
import { pageKeys, useKeys } from '../keys.ts';
import { useLive, useLiveUpdates } from '../live.tsx';
import { nextTheme, setPrefs, usePrefs } from '../prefs.ts';
import { clock } from '../time.tsx';
import { plural } from '../words.ts';
import { KeyList } from './KeyList.tsx';
import { TimeLeft } from './TimeLeft.tsx';
import { Toasts } from './Toasts.tsx';

const Palette = lazy(() => import('./Palette.tsx'));

/** The frame: pages on the left, the page, and what is true everywhere (mode, live link, keys). */
export function Shell() {
  useLiveUpdates();
  const navigate = useNavigate();
  const [palette, setPalette] = useState(false);
  const [keys, setKeys] = useState(false);
  useKeys({
    palette: () => setPalette(true),
    '?': () => setKeys(true),
    ...Object.fromEntries(pageKeys.map(({ key, to }) => [`g ${key}`, () => void navigate({ to })])),
  });
  return (
    <div className="flex h-full min-h-0 max-[720px]:flex-col">
      <Rail onKeys={() => setKeys(true)} onPalette={() => setPalette(true)} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <LinkBanner />
        <WaitingBanner />
        <Outlet />
      </div>
      <Toasts />
      {keys && <KeyList onClose={() => setKeys(false)} />}
      <Suspense>{palette && <Palette onClose={() => setPalette(false)} onKeys={() => setKeys(true)} />}</Suspense>
    </div>
  );
}

const linkClass = 'block rounded px-2.5 py-1 text-ink-2 hover:bg-sunk hover:text-ink whitespace-nowrap';
const activeClass = 'bg-accent-soft font-medium text-ink!';

function Rail({ onKeys, onPalette }: { readonly onKeys: () => void; readonly onPalette: () => void }) {
  const { data } = useQuery(info);
  const { theme, utc } = usePrefs();
  const { link } = useLive();
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another place in the list
  useEffect(() => {
    // Where the pages stand side by side, the current one may be out of view.
    document.querySelector('nav [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pathname]);
  return (
    <nav
      aria-label="Pages"
      className="flex w-44 shrink-0 flex-col border-r border-line px-2 py-3 max-[720px]:w-full max-[720px]:flex-row max-[720px]:items-center max-[720px]:gap-1 max-[720px]:overflow-x-auto max-[720px]:border-r-0 max-[720px]:border-b max-[720px]:py-1.5"
    >
      <Link
        to="/"
        className="mb-3 flex items-center gap-2 px-2.5 font-semibold max-[720px]:mb-0 max-[720px]:pr-3 max-[720px]:pl-1"
      >
        <Mark />
        <span className="max-[720px]:sr-only">Warder</span>
      </Link>
      <ul className="grid gap-0.5 max-[720px]:flex">
        {pageKeys.map(({ to, title }) => (
          <li key={to}>
            <Link
              to={to}
              className={linkClass}
              activeProps={{ className: activeClass, 'aria-current': 'page' }}
              activeOptions={{ exact: to === '/', includeSearch: false }}
            >
              {title}
              {to === '/alerts' && <OpenAlerts />}
              {to === '/approvals' && <Waiting />}
            </Link>
          </li>
        ))}
      </ul>
      <div className="mt-auto grid gap-1 px-2.5 pt-4 text-sm text-ink-3 max-[720px]:hidden">
        {data && (
          <p>
            <span className="text-ink-2">{data.mode === 'enforce' ? 'Enforce mode' : 'Observe mode'}</span>
            <br />
            {data.mode === 'enforce' ? 'verdicts bind' : 'records, blocks nothing'}
          </p>
        )}
        <p role="status" className="flex items-center gap-1.5">
          <span aria-hidden className={`size-1.5 rounded-full ${link === 'open' ? 'bg-accent' : 'bg-review-fill'}`} />
          {link === 'open'
            ? 'live'
            : link === 'connecting'
              ? 'connecting'
              : link === 'lost'
                ? 'reconnecting'
                : 'signed out'}
        </p>
        <div className="-mx-2 mt-1 flex flex-wrap">
          <button
            type="button"
            className="button-quiet px-2! text-sm"
            onClick={() => setPrefs({ theme: nextTheme[theme] })}
            aria-label={`Colours: ${theme}. Change`}
          >
            Colours: {theme}
          </button>
          <button
            type="button"
            className="button-quiet px-2! text-sm"
            onClick={() => setPrefs({ utc: !utc })}
            aria-label={`Times in ${utc ? 'UTC' : 'local time'}. Change`}
          >
            Times: {utc ? 'UTC' : 'local'}
          </button>
        </div>
        <div className="-mx-2 flex flex-wrap">
          <button
            type="button"
            className="button-quiet px-2! text-sm"
            onClick={onPalette}
            aria-label="Open the palette"
          >
            <span className="kbd">Ctrl K</span>
          </button>
          <button type="button" className="button-quiet px-2! text-sm" onClick={onKeys} aria-label="List the keys">
            <span className="kbd">?</span>
          </button>
        </div>
      </div>
    </nav>
  );
}

function Mark() {
  return (
    <svg aria-hidden viewBox="0 0 16 16" className="size-[18px]">
      <rect x="0.5" y="0.5" width="15" height="15" rx="2.5" className="fill-accent" />
      <path d="M4 5h8M4 8h8M4 11h4" className="stroke-sheet" strokeWidth="1.4" />
      <rect x="10" y="9.6" width="2.8" height="2.8" className="fill-sheet" />
    </svg>
  );
}

/** How many alerts wait, beside their page: the first page of the open ones is enough for a number. */
function OpenAlerts() {
  const { data } = useInfiniteQuery(alertList({ state: 'open' }));
  const first = data?.pages[0];
  if (!first || first.items.length === 0) return null;
  return (
    <span className="relative float-right ml-2 inline-block rounded-full max-[720px]:float-none max-[720px]:ml-1.5 bg-sunk px-1.5 text-xs leading-5 text-ink">
      {first.items.length}
      {first.next ? '+' : ''}
      <span className="sr-only"> open</span>
    </span>
  );
}

/** How many calls wait for a person, beside their page. */
function Waiting() {
  const { data } = useQuery(approvals);
  if (!data || data.items.length === 0) return null;
  return (
    <span className="relative float-right ml-2 inline-block rounded-full max-[720px]:float-none max-[720px]:ml-1.5 bg-accent px-1.5 text-xs leading-5 font-semibold text-sheet">
      {data.items.length}
      <span className="sr-only"> waiting</span>
    </span>
  );
}

/** Somebody's agent stands still until a person decides: said on every page but the one that shows it. */
function WaitingBanner() {
  const { data } = useQuery(approvals);
  const { pathname } = useLocation();
  const [soonest] = (data?.items ?? []).toSorted((a, b) => (a.until < b.until ? -1 : 1));
  if (!data || !soonest || pathname === '/approvals') return null;
  return (
    <div role="status" className="flex flex-wrap gap-x-3 border-b border-accent bg-accent-soft px-4 py-2">
      <span>
        {plural(data.items.length, 'call')} {data.items.length === 1 ? 'waits' : 'wait'} for your approval,{' '}
        <TimeLeft until={soonest.until} /> left.
      </span>
      <Link to="/approvals" search={{ row: soonest.id }} className="link">
        Look at {data.items.length === 1 ? 'it' : 'the first'} <span className="kbd">g w</span>
      </Link>
    </div>
  );
}

function LinkBanner() {
  const { link, lostAt } = useLive();
  const { utc } = usePrefs();
  if (link === 'signed-out') {
    return (
      <div role="alert" className="border-b border-strong bg-sunk px-4 py-2">
        This browser is no longer signed in. Type <span className="font-mono">bin/warder login</span> on the machine
        Warder runs on and open the link it prints.
      </div>
    );
  }
  if (link !== 'lost') return null;
  return (
    <div role="alert" className="border-b border-review-fill bg-sunk px-4 py-2">
      Live updates stopped{lostAt && ` at ${clock(lostAt, utc)}`}: what is on screen may be old. Trying again by itself.
      If the server was stopped, <span className="font-mono">bin/warder serve</span> starts it.
    </div>
  );
}

import { useSyncExternalStore } from 'react';
import { usePrefs } from './prefs.ts';

const tickMs = 5_000;
const watchers = new Set<() => void>();
let now = Date.now();
setInterval(() => {
  now = Date.now();
  for (const watcher of watchers) watcher();
}, tickMs);

/** The present, moving every five seconds; milliseconds. */
export const useNow = (): number =>
  useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => now,
  );

/** `12 s ago`, `3 min ago`, `5 h ago`, `4 d ago`, then the date. */
function ago(at: string, present: number): string {
  const seconds = Math.max(0, Math.round((present - Date.parse(at)) / 1000));
  if (Number.isNaN(seconds)) return at;
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return at.slice(0, 10);
}

/** `850 ms`, `12 s`, `3 min 4 s`, `2 h 14 min`, `3 d 2 h`. */
export function span(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const [big, bigUnit, small, smallUnit] =
    seconds < 3600
      ? [Math.floor(seconds / 60), 'min', Math.floor(seconds % 60), 's']
      : seconds < 86_400
        ? [Math.floor(seconds / 3600), 'h', Math.floor((seconds % 3600) / 60), 'min']
        : [Math.floor(seconds / 86_400), 'd', Math.floor((seconds % 86_400) / 3600), 'h'];
  // Seconds matter in the first minutes, minutes in the first hours.
  return small === 0 || big >= 10 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

const two = (value: number): string => String(value).padStart(2, '0');
const parts = (at: string, utc: boolean) => {
  const date = new Date(at);
  return utc
    ? {
        date: at.slice(0, 10),
        h: date.getUTCHours(),
        m: date.getUTCMinutes(),
        s: date.getUTCSeconds(),
        ms: date.getUTCMilliseconds(),
        valid: !Number.isNaN(date.getTime()),
      }
    : {
        date: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
        h: date.getHours(),
        m: date.getMinutes(),
        s: date.getSeconds(),
        ms: date.getMilliseconds(),
        valid: !Number.isNaN(date.getTime()),
      };
};

/** `14:02:11`. */
export function clock(at: string, utc: boolean): string {
  const { h, m, s, valid } = parts(at, utc);
  return valid ? `${two(h)}:${two(m)}:${two(s)}` : at;
}

/** `2026-01-31`. */
export const day = (at: string, utc: boolean): string => parts(at, utc).date;

/** `2026-01-31 14:02:11.042 UTC`, or the same in local time with its offset. */
export function exact(at: string, utc: boolean): string {
  const { date, ms, valid } = parts(at, utc);
  if (!valid) return at;
  return `${date} ${clock(at, utc)}.${String(ms).padStart(3, '0')} ${utc ? 'UTC' : offset(at)}`;
}

function offset(at: string): string {
  const minutes = -new Date(at).getTimezoneOffset();
  const sign = minutes < 0 ? '−' : '+';
  return `UTC${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
}

/** Relative, exact on hover. */
export function Ago({ at }: { readonly at: string }) {
  const { utc } = usePrefs();
  const present = useNow();
  return (
    <time dateTime={at} title={exact(at, utc)} className="whitespace-nowrap">
      {ago(at, present)}
    </time>
  );
}

/** Exact, relative beside it. */
export function Exact({ at }: { readonly at: string }) {
  const { utc } = usePrefs();
  const present = useNow();
  return (
    <time dateTime={at}>
      <span className="whitespace-nowrap">{exact(at, utc)}</span>{' '}
      <span className="whitespace-nowrap text-ink-3">({ago(at, present)})</span>
    </time>
  );
}

export function Clock({ at }: { readonly at: string }) {
  const { utc } = usePrefs();
  return (
    <time dateTime={at} title={exact(at, utc)} className="whitespace-nowrap">
      {clock(at, utc)}
    </time>
  );
}

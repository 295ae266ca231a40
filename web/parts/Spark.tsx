// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { plural } from '../words.ts';

export interface Hour {
  /** ISO 8601, full hour. */
  readonly hour: string;
  readonly value: number;
}

/** One bar an hour, from zero; empty hours are there. The highest is named in words, so is the window. */
export function Spark({
  hours,
  since,
  until,
  unit,
  fill,
  label,
}: {
  readonly hours: readonly Hour[];
  readonly since: string;
  readonly until: number;
  readonly unit: string;
  readonly fill: string;
  readonly label: (hour: string) => string;
}) {
  const hourMs = 3_600_000;
  const first = Math.floor(Date.parse(since) / hourMs);
  const last = Math.floor(until / hourMs);
  const each = Math.max(1, Math.ceil((last - first + 1) / 168));
  const bars = Array.from({ length: Math.max(1, Math.ceil((last - first + 1) / each)) }, () => 0);
  for (const { hour, value } of hours) {
    const at = Math.floor((Math.floor(Date.parse(hour) / hourMs) - first) / each);
    if (bars[at] !== undefined) bars[at] += value;
  }
  const top = Math.max(...bars);
  const sum = bars.reduce((total, value) => total + value, 0);
  const topAt = bars.indexOf(top);
  const per = each === 1 ? 'an hour' : `per ${each} hours`;
  const summary =
    top === 0
      ? `no ${unit}s`
      : `at most ${plural(top, unit)} ${per}, at ${label(new Date((first + topAt * each) * hourMs).toISOString())}`;
  return (
    <figure>
      <svg
        role="img"
        aria-label={`${plural(sum, unit)}; ${summary}`}
        viewBox={`0 0 ${bars.length} 32`}
        preserveAspectRatio="none"
        className="block h-16 w-full"
      >
        {bars.map((value, index) => (
          <rect
            key={`${index}`}
            x={index + 0.08}
            width={0.84}
            y={32 - (top === 0 ? 0 : Math.max(value === 0 ? 0 : 1, (value / top) * 31))}
            height={32}
            className={fill}
          />
        ))}
      </svg>
      <div className="h-px bg-strong" />
      <figcaption className="mt-1 flex justify-between gap-4 text-sm text-ink-3">
        <span className="whitespace-nowrap">{label(new Date(first * hourMs).toISOString())}</span>
        <span className="truncate text-center">{summary}</span>
        <span>now</span>
      </figcaption>
    </figure>
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Overview as Figures } from '../../src/core/store.ts';
import { overview } from '../api.ts';
import { CallPanel } from '../parts/CallPanel.tsx';
import { FilterChip } from '../parts/Filters.tsx';
import { Score } from '../parts/Marks.tsx';
import { Numbers } from '../parts/Numbers.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Spark } from '../parts/Spark.tsx';
import { Bones, Connect, Empty, Failed } from '../parts/States.tsx';
import { Worst } from '../parts/WorstCalls.tsx';
import { usePrefs } from '../prefs.ts';
import { clock, day, useNow } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { bandOf, bands, count, plural, severityFill, severityText } from '../words.ts';

const windowWords: Readonly<Record<string, string>> = { '24h': '24 hours', '7d': '7 days', '30d': '30 days' };

/** What happened in a window of time, in a few numbers that lead to the rows behind them. */
export function Overview() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const since = url.since ?? '24h';
  const query = useQuery(overview(since));
  const within = windowWords[since] ?? `since ${since}`;
  const figures = query.data;
  const nothingYet = figures !== undefined && figures.calls === 0 && figures.sessions === 0 && since !== '24h';
  return (
    <Page
      scroll
      title="Overview"
      sentence="What agents did, what was refused, and what waits for you."
      filters={
        <FilterChip
          name="since"
          label="Last"
          none="24 hours"
          choices={[
            ['7d', '7 days'],
            ['30d', '30 days'],
          ]}
        />
      }
      panel={url.row ? <CallPanel id={url.row} onClose={() => setUrl({ row: undefined })} /> : undefined}
    >
      <div className="@container grid gap-6 px-4 pb-8">
        {query.isError && !figures && (
          <Failed what="The figures" error={query.error} retry={() => void query.refetch()} />
        )}
        {query.isPending && <Bones lines={10} />}
        {figures && figures.calls === 0 && <NoCalls within={within} sure={nothingYet} />}
        {figures && (figures.calls > 0 || figures.sessions > 0) && (
          <>
            <Numbers figures={figures} since={since} within={within} />
            <div className="grid gap-x-10 gap-y-6 @3xl:grid-cols-2">
              <Hours figures={figures} />
              <Bands figures={figures} since={since} within={within} />
            </div>
            <div className="grid gap-x-10 gap-y-6 @5xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
              <Worst since={since} within={within} />
              <Tools figures={figures} since={since} within={within} />
            </div>
          </>
        )}
      </div>
    </Page>
  );
}

function NoCalls({ within, sure }: { readonly within: string; readonly sure: boolean }) {
  return (
    <div className="-mx-4">
      <Empty title={`No calls in the last ${within}.`}>
        {sure ? '' : 'A longer window may show some. '}Figures appear with the first tool call of a connected agent. To
        connect one:
        <Connect />
      </Empty>
    </div>
  );
}

function Hours({ figures }: { readonly figures: Figures }) {
  const { utc } = usePrefs();
  const now = useNow();
  const label = (at: string): string => `${day(at, utc).slice(5)} ${clock(at, utc).slice(0, 5)}`;
  const series = (name: 'calls' | 'alerts') => figures.byHour.map((hour) => ({ hour: hour.hour, value: hour[name] }));
  return (
    <div className="grid gap-4">
      <Section title="Calls by hour">
        <Spark
          hours={series('calls')}
          since={figures.since}
          until={now}
          unit="call"
          fill="fill-low-fill"
          label={label}
        />
      </Section>
      <Section title="Alerts by hour">
        <Spark
          hours={series('alerts')}
          since={figures.since}
          until={now}
          unit="alert"
          fill="fill-alert-fill"
          label={label}
        />
      </Section>
    </div>
  );
}

function Bands({
  figures,
  since,
  within,
}: {
  readonly figures: Figures;
  readonly since: string;
  readonly within: string;
}) {
  return (
    <Section title={`Risk of ${plural(figures.calls, 'call')}, ${within}`}>
      <table className="w-full">
        <tbody>
          {bands.map(({ severity, from }) => {
            const value = figures.bySeverity[severity];
            const share = figures.calls === 0 ? 0 : value / figures.calls;
            return (
              <tr key={severity} className="h-9 border-b border-line last:border-b-0">
                <th scope="row" className="w-28 text-left font-normal">
                  <Link
                    to="/live"
                    search={from > 0 ? { since, minScore: String(from) } : { since }}
                    className={`hover:underline ${severityText[severity]}`}
                  >
                    {severity} <span className="text-ink-3">{from > 0 ? `${from}+` : '0–39'}</span>
                  </Link>
                </th>
                <td>
                  <span className="block h-2.5 overflow-hidden rounded-sm bg-sunk">
                    <span
                      className={`block h-full ${severityFill[severity]}`}
                      style={{ width: `${value > 0 ? Math.max(0.6, share * 100) : 0}%` }}
                    />
                  </span>
                </td>
                <td className="w-16 text-right font-medium">{count(value)}</td>
                <td className="w-16 text-right text-sm text-ink-3">
                  {share > 0 && share < 0.001 ? '< 0.1' : (share * 100).toFixed(1)} %
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {figures.unparsedEvents > 0 && (
        <p className="mt-2 text-sm text-ink-2">
          {plural(figures.unparsedEvents, 'event')} could not be read and {figures.unparsedEvents === 1 ? 'is' : 'are'}{' '}
          kept as {figures.unparsedEvents === 1 ? 'it' : 'they'} came, in the session it belongs to.
        </p>
      )}
    </Section>
  );
}

function Tools({
  figures,
  since,
  within,
}: {
  readonly figures: Figures;
  readonly since: string;
  readonly within: string;
}) {
  return (
    <Section
      title={`Most used tools, ${within}`}
      aside={
        <Link to="/tools" className="link text-sm">
          All tools
        </Link>
      }
    >
      <table className="w-full">
        <thead className="text-left text-sm text-ink-3">
          <tr className="border-b border-line">
            <th className="py-1 font-normal">Tool</th>
            <th className="py-1 text-right font-normal">Calls</th>
            <th className="w-24 py-1 pl-4 text-left font-normal">Highest</th>
          </tr>
        </thead>
        <tbody>
          {figures.topTools.slice(0, 8).map(({ tool, calls, maxScore }) => (
            <tr key={tool} className="h-8 border-b border-line last:border-b-0">
              <td className="max-w-0 truncate">
                <Link to="/live" search={{ tool, since }} className="link">
                  <Raw text={tool} oneLine />
                </Link>
              </td>
              <td className="w-20 text-right">{count(calls)}</td>
              <td className="pl-4">
                <Score score={maxScore} severity={bandOf(maxScore)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

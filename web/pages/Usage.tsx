// biome-ignore-all lint/suspicious/noArrayIndexKey: these have no name but their place, and never move
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ConsoleUsage, UsageItem } from '../../src/core/console.ts';
import { usage } from '../api.ts';
import { DaysChip, daysSince } from '../parts/Days.tsx';
import { FilterChip } from '../parts/Filters.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { span } from '../time.tsx';
import { useUrl } from '../url.ts';
import { count, plural } from '../words.ts';

const nouns = {
  day: 'Day',
  person: 'Person',
  team: 'Team',
  agent: 'Agent',
  provider: 'Provider',
  model: 'Model',
} as const;
const noName: Readonly<Record<string, string>> = { team: 'no team', model: 'not told' };

/** `12.3 M`: three digits are enough to compare, the exact number is beside. */
function short(value: number): string {
  if (value < 10_000) return count(value);
  const [scaled, unit] = value < 1e6 ? [value / 1e3, 'k'] : value < 1e9 ? [value / 1e6, 'M'] : [value / 1e9, 'B'];
  return `${scaled.toFixed(scaled < 100 ? 1 : 0)} ${unit}`;
}

const money = (usd: number): string => `$${usd.toLocaleString('en-US', digitsFor(usd))}`;
const digitsFor = (usd: number) => {
  const digits = usd > 0 && usd < 1 ? 4 : 2;
  return { minimumFractionDigits: digits, maximumFractionDigits: digits };
};

/** A price that nobody knows is said, never shown as nothing. */
function Price({ item }: { readonly item: Pick<UsageItem, 'usd' | 'unpriced'> }) {
  if (item.usd === null) return <span className="text-ink-3">unknown</span>;
  return (
    <>
      {money(item.usd)}
      {item.unpriced > 0 && <span className="text-ink-3"> +?</span>}
    </>
  );
}

const columnsBy = (by: ConsoleUsage['by'], most: number): readonly Column<UsageItem>[] => [
  {
    id: 'key',
    title: nouns[by],
    track: 'minmax(130px,1.4fr)',
    fixed: true,
    cell: ({ key }) =>
      key === '' ? <span className="text-ink-3">{noName[by] ?? 'none'}</span> : <Raw text={key} oneLine />,
  },
  {
    id: 'share',
    title: 'Tokens',
    track: 'minmax(110px,1fr)',
    fixed: true,
    cell: ({ tokens }) => (
      <span className="flex items-center gap-2">
        <span aria-hidden className="h-1.5 w-16 shrink-0 overflow-hidden rounded-sm bg-line">
          <span className="block h-full bg-low-fill" style={{ width: `${most === 0 ? 0 : (tokens / most) * 100}%` }} />
        </span>
        {short(tokens)}
      </span>
    ),
  },
  { id: 'usd', title: 'List price', track: '104px', fixed: true, right: true, cell: (item) => <Price item={item} /> },
  { id: 'input', title: 'Input', track: '76px', right: true, from: 760, cell: ({ input }) => short(input) },
  {
    id: 'cacheRead',
    title: 'From cache',
    track: '84px',
    right: true,
    from: 820,
    cell: ({ cacheRead }) => short(cacheRead),
  },
  {
    id: 'cacheWrite',
    title: 'To cache',
    track: '76px',
    right: true,
    from: 980,
    cell: ({ cacheWrite5m, cacheWrite1h }) => short(cacheWrite5m + cacheWrite1h),
  },
  { id: 'output', title: 'Output', track: '76px', right: true, from: 760, cell: ({ output }) => short(output) },
  {
    id: 'reasoning',
    title: 'Reasoning',
    track: '80px',
    right: true,
    from: 1080,
    cell: ({ reasoning }) => short(reasoning),
  },
  { id: 'answers', title: 'Answers', track: '76px', right: true, from: 640, cell: ({ answers }) => count(answers) },
  {
    id: 'refused',
    title: 'Refused',
    track: '76px',
    right: true,
    from: 1160,
    cell: ({ refused, wouldRefuse }) =>
      refused + wouldRefuse === 0 ? <span className="text-ink-3">0</span> : count(refused + wouldRefuse),
  },
  {
    id: 'first',
    title: 'First byte',
    track: '80px',
    right: true,
    from: 1240,
    cell: ({ answers, firstByteMs }) => (answers === 0 ? '' : span(firstByteMs / answers)),
  },
];

/** What answers of models took, counted at the gateway: tokens of every kind and what they cost by list price. */
export function Usage() {
  const url = useUrl();
  const since = url.since ?? '30d';
  const by = (url.by !== undefined && url.by in nouns ? url.by : 'model') as ConsoleUsage['by'];
  const query = useQuery(usage(since, by));
  const days = useQuery(usage(since, 'day'));
  const { data } = query;
  const within = daysSince(since);
  const empty = data !== undefined && data.items.length === 0;
  return (
    <Page
      title="Usage"
      sentence="Tokens that models took at the gateway, and what they cost by list price. Days are UTC."
      filters={
        <>
          <DaysChip />
          <FilterChip
            name="by"
            label="By"
            none="model"
            choices={[
              ['person', 'person'],
              ['team', 'team'],
              ['agent', 'agent'],
              ['provider', 'provider'],
              ['day', 'day'],
            ]}
          />
        </>
      }
    >
      {query.isError && !data ? (
        <Failed what="The usage" error={query.error} retry={() => void query.refetch()} />
      ) : empty ? (
        <Empty title={`No answer of a model in the last ${within}.`}>
          Usage is counted when an agent talks to its model through the gateway. To send one there:{' '}
          <span className="font-mono">warder install claude-code --gateway</span>
        </Empty>
      ) : !data ? (
        <div className="px-4">
          <Bones lines={10} />
        </div>
      ) : (
        <>
          <div className="@container grid gap-5 px-4 pb-5">
            <Totals total={data.total} within={within} />
            {days.data && days.data.items.length > 1 && <Days items={days.data.items} />}
          </div>
          <Table
            name={`usage by ${by}`}
            columns={columnsBy(by, Math.max(...data.items.map(({ tokens }) => tokens)))}
            rows={data.items}
            keyOf={({ key }) => key}
            narrow={(item) => (
              <>
                <span className="flex justify-between gap-3">
                  <span className="truncate">
                    <Raw text={item.key || (noName[by] ?? 'none')} oneLine />
                  </span>
                  <span className="whitespace-nowrap">
                    <Price item={item} />
                  </span>
                </span>
                <span className="truncate text-sm text-ink-3">
                  {short(item.tokens)} tokens in {plural(item.answers, 'answer')}
                  {item.refused + item.wouldRefuse > 0 && `, ${count(item.refused + item.wouldRefuse)} refused`}
                </span>
              </>
            )}
          />
        </>
      )}
    </Page>
  );
}

function Figure({ title, value, of }: { readonly title: string; readonly value: ReactNode; readonly of: ReactNode }) {
  return (
    <div className="min-w-0">
      <div className="text-ink-2">{title}</div>
      <div className="text-xl font-semibold">{value}</div>
      <div className="text-sm text-ink-3">{of}</div>
    </div>
  );
}

function Totals({ total, within }: { readonly total: UsageItem; readonly within: string }) {
  const { answers, unpriced, estimated, refused, wouldRefuse, failed } = total;
  const fromCache = total.input + total.cacheRead === 0 ? 0 : (100 * total.cacheRead) / (total.input + total.cacheRead);
  return (
    <div className="grid grid-cols-2 gap-4 rounded border border-line bg-sheet px-4 py-3 @3xl:grid-cols-4">
      <Figure
        title="Tokens"
        value={short(total.tokens)}
        of={`${count(total.tokens)}, ${within}${estimated > 0 ? `; ${plural(estimated, 'answer')} reckoned from length` : ''}`}
      />
      <Figure
        title="List price"
        value={total.usd === null ? 'unknown' : money(total.usd)}
        of={
          unpriced === 0
            ? 'every model has a price'
            : `without ${count(unpriced)} of ${plural(answers, 'answer')} whose model has no price`
        }
      />
      <Figure
        title="Answers"
        value={count(answers)}
        of={`${count(failed)} failed; ${fromCache.toFixed(0)} % of input came from a cache`}
      />
      <Figure
        title="Refused requests"
        value={count(refused)}
        of={wouldRefuse === 0 ? 'by access rules and budgets' : `and ${count(wouldRefuse)} would have been`}
      />
    </div>
  );
}

/** One bar a day, from zero; days without usage are there. */
function Days({ items }: { readonly items: readonly UsageItem[] }) {
  const dayMs = 86_400_000;
  const known = new Map(items.map(({ key, tokens }) => [key, tokens]));
  const times = items.map(({ key }) => Date.parse(key)).filter((time) => !Number.isNaN(time));
  const first = Math.min(...times);
  const length = Math.round((Math.max(...times) - first) / dayMs) + 1;
  const bars = Array.from({ length }, (_, index) => new Date(first + index * dayMs).toISOString().slice(0, 10));
  const top = Math.max(...known.values());
  const topDay = bars.find((day) => known.get(day) === top) ?? '';
  const summary = `at most ${short(top)} tokens a day, on ${topDay}`;
  return (
    <Section title="Tokens by day">
      <figure>
        <svg
          role="img"
          aria-label={`${plural(bars.length, 'day')}; ${summary}`}
          viewBox={`0 0 ${bars.length} 32`}
          preserveAspectRatio="none"
          className="block h-16 w-full"
        >
          {bars.map((day, index) => {
            const tokens = known.get(day) ?? 0;
            const height = top === 0 ? 0 : Math.max(tokens === 0 ? 0 : 1, (tokens / top) * 31);
            return (
              <rect
                key={`${index}`}
                x={index + 0.08}
                width={0.84}
                y={32 - height}
                height={32}
                className="fill-low-fill"
              />
            );
          })}
        </svg>
        <div className="h-px bg-strong" />
        <figcaption className="mt-1 flex justify-between gap-4 text-sm text-ink-3">
          <span className="whitespace-nowrap">{bars[0]}</span>
          <span className="truncate text-center">{summary}</span>
          <span className="whitespace-nowrap">{bars.at(-1)}</span>
        </figcaption>
      </figure>
    </Section>
  );
}

import { useQuery } from '@tanstack/react-query';
import type { CoverageGroup, CoverageKey, CoverageReport } from '../../src/core/coverage.ts';
import { coverage } from '../api.ts';
import { useKeys } from '../keys.ts';
import { CoveragePanel, gapsOf, noName, nouns, Reasons, Share, shareWords } from '../parts/CoveragePanel.tsx';
import { DaysChip, daysSince } from '../parts/Days.tsx';
import { FilterChip, SetChip } from '../parts/Filters.tsx';
import { Page, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Connect, Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { type UrlState, useSetUrl, useUrl } from '../url.ts';
import { count, plural } from '../words.ts';

const filters = ['device', 'agent', 'person', 'team'] as const;

const columnsBy = (by: CoverageKey, reasons: CoverageReport['reasons']): readonly Column<CoverageGroup>[] => [
  {
    id: 'key',
    title: nouns[by],
    track: 'minmax(130px,1.2fr)',
    fixed: true,
    cell: ({ key }) => (key === '' ? <span className="text-ink-3">{noName[by]}</span> : <Raw text={key} oneLine />),
  },
  {
    id: 'share',
    title: 'Seen and controllable',
    track: '168px',
    fixed: true,
    cell: (group) => <Share group={group} />,
  },
  { id: 'calls', title: 'Calls', track: '84px', right: true, fixed: true, cell: ({ calls }) => count(calls) },
  {
    id: 'rest',
    title: 'Not',
    track: '76px',
    right: true,
    from: 700,
    cell: ({ calls, controllable }) => <Quiet value={calls - controllable} />,
  },
  {
    id: 'hook',
    title: 'By hook',
    track: '84px',
    right: true,
    from: 860,
    cell: ({ byHook }) => <Quiet value={byHook} />,
  },
  {
    id: 'gateway',
    title: 'By gateway',
    track: '84px',
    right: true,
    from: 940,
    cell: ({ byGateway }) => <Quiet value={byGateway} />,
  },
  {
    id: 'both',
    title: 'By both',
    track: '84px',
    right: true,
    from: 1020,
    cell: ({ byBoth }) => <Quiet value={byBoth} />,
  },
  {
    id: 'why',
    title: 'Main reason',
    track: 'minmax(160px,2fr)',
    from: 760,
    cell: (group) => {
      const [main] = gapsOf(group);
      return <span className="text-ink-2">{main === undefined ? '' : reasons[main[0]].what}</span>;
    },
  },
];

function Quiet({ value }: { readonly value: number }) {
  return <span className={value === 0 ? 'text-ink-3' : ''}>{count(value)}</span>;
}

/** A name may be empty and still be a row of its own. */
const rowOf = (key: string): string => `=${key}`;

/** Of all calls known, which were judged before they could run; and why the others were not. */
export function Coverage() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const since = url.since ?? '30d';
  const by = filters.find((key) => key === url.by) ?? 'device';
  const only: UrlState = Object.fromEntries(filters.map((key) => [key, url[key]]));
  const query = useQuery(coverage(since, by, only));
  const { data } = query;
  const within = daysSince(since);
  const selected = data?.items.find(({ key }) => rowOf(key) === url.row);
  const close = () => setUrl({ row: undefined });
  useKeys(selected ? { escape: close } : {});
  return (
    <Page
      title="Coverage"
      sentence="Of all tool calls known, how many were judged before they could run, and why the others were not. Days are UTC."
      filters={
        <>
          <DaysChip />
          <FilterChip
            name="by"
            label="By"
            none="device"
            choices={[
              ['agent', 'agent'],
              ['person', 'person'],
              ['team', 'team'],
            ]}
          />
          {filters.map((key) => (
            <SetChip key={key} name={key} label={nouns[key]} />
          ))}
        </>
      }
      panel={
        data &&
        selected && (
          <CoveragePanel by={by} since={since} group={selected} reasons={data.reasons} only={only} onClose={close} />
        )
      }
    >
      {query.isError && !data ? (
        <Failed what="The coverage" error={query.error} retry={() => void query.refetch()} />
      ) : !data ? (
        <div className="px-4">
          <Bones lines={10} />
        </div>
      ) : data.total.calls === 0 ? (
        <Empty title={`No tool call in the last ${within}${Object.values(only).some(Boolean) ? ' that fits' : ''}.`}>
          Coverage is counted from the first call of an agent, whoever tells of it: hook, gateway, MCP server,
          transcript. To connect one:
          <Connect />
        </Empty>
      ) : (
        <>
          <Summary data={data} within={within} />
          <Table
            name={`coverage by ${by}`}
            columns={columnsBy(by, data.reasons)}
            rows={data.items}
            keyOf={({ key }) => rowOf(key)}
            selected={url.row}
            onSelect={(row) => setUrl({ row })}
            narrow={(group) => (
              <>
                <span className="flex justify-between gap-3">
                  <span className="truncate">
                    <Raw text={group.key || noName[by]} oneLine />
                  </span>
                  <Share group={group} />
                </span>
                <span className="truncate text-sm text-ink-3">{shareWords(group)}</span>
              </>
            )}
            foot={
              data.groups > data.items.length && (
                <p className="px-4 py-2 text-ink-3">
                  {count(data.groups - data.items.length)} more are not shown; filter to see them.
                </p>
              )
            }
          />
        </>
      )}
    </Page>
  );
}

function Summary({ data: { total, reasons }, within }: { readonly data: CoverageReport; readonly within: string }) {
  const rest = total.calls - total.controllable;
  return (
    <div className="@container grid max-h-[50%] shrink-0 gap-4 overflow-y-auto px-4 pb-4">
      <div className="grid gap-x-8 gap-y-1 rounded border border-line bg-sheet px-4 py-3 @3xl:grid-cols-[max-content_1fr] @3xl:items-baseline">
        <div className="text-xl font-semibold">
          <Share group={total} large />
        </div>
        <div className="text-ink-2">
          {count(total.controllable)} of {plural(total.calls, 'call')}, {within}, were judged before they could run:{' '}
          {count(total.byHook)} seen by hooks, {count(total.byGateway)} by the gateway, {count(total.byBoth)} by both.
        </div>
      </div>
      {rest > 0 && (
        <Section title={`Why ${count(rest)} could not have been stopped`}>
          <Reasons group={total} reasons={reasons} />
        </Section>
      )}
    </div>
  );
}

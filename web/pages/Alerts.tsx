import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Alert, AlertState } from '../../src/core/verdict.ts';
import { alertList, triage } from '../api.ts';
import { AlertPanel } from '../parts/AlertPanel.tsx';
import { ColumnChoice, FilterChip, SetChip } from '../parts/Filters.tsx';
import { Score } from '../parts/Marks.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { say } from '../parts/Toasts.tsx';
import { useRows } from '../rows.ts';
import { Ago } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { alertStateWords, count } from '../words.ts';

const columns: readonly Column<Alert>[] = [
  {
    id: 'lastAt',
    title: 'Last seen',
    track: '92px',
    fixed: true,
    cell: (alert) => (
      <span className="text-ink-2">
        <Ago at={alert.lastAt} />
      </span>
    ),
  },
  {
    id: 'score',
    title: 'Risk',
    track: '112px',
    fixed: true,
    cell: (alert) => <Score score={alert.score} severity={alert.severity} />,
  },
  {
    id: 'title',
    title: 'What happened',
    track: 'minmax(220px,1fr)',
    fixed: true,
    cell: (alert) => <Raw text={alert.title} oneLine />,
  },
  { id: 'count', title: 'Times', track: '56px', right: true, cell: (alert) => count(alert.count) },
  {
    id: 'state',
    title: 'State',
    track: '108px',
    fixed: true,
    cell: (alert) => (
      <span className={alert.state === 'open' ? 'font-medium' : 'text-ink-3'}>{alertStateWords[alert.state]}</span>
    ),
  },
  {
    id: 'detector',
    title: 'Detector',
    track: '144px',
    from: 900,
    cell: (alert) => <span className="text-ink-2">{alert.detector}</span>,
  },
  {
    id: 'person',
    title: 'Person',
    track: '96px',
    from: 1200,
    cell: (alert) => (
      <span className="text-ink-2">
        <Raw text={alert.person} oneLine />
      </span>
    ),
  },
  {
    id: 'session',
    title: 'Session',
    track: '84px',
    from: 1000,
    cell: (alert) =>
      alert.session === '' ? null : (
        <Link
          to="/sessions/$id"
          params={{ id: alert.session }}
          search={alert.call ? { row: alert.call } : {}}
          className="font-mono text-sm text-accent hover:underline"
          preload={false}
        >
          <Raw text={alert.session.slice(0, 8)} oneLine />
        </Link>
      ),
  },
];

/** Changes an alert's state, says so and offers the way back. */
function useTriage(): (alert: Alert, state: AlertState, note: string) => void {
  const client = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (change: { alert: Alert; state: AlertState; note: string; undo?: boolean }) =>
      triage(change.alert.id, { state: change.state, note: change.note }),
    onSuccess: (_saved, { alert, state, undo }) => {
      if (undo) say(`Alert ${alert.id} is ${alertStateWords[state]} again.`);
      else
        say(`Alert ${alert.id}: ${alertStateWords[state]}.`, () =>
          mutate({ alert, state: alert.state, note: alert.note, undo: true }),
        );
    },
    onError: (error, { alert }) => say(`Alert ${alert.id} was not changed. ${error.message}`),
    onSettled: () => client.invalidateQueries({ queryKey: ['alerts'] }),
  });
  return (alert, state, note) => mutate({ alert, state, note });
}

/** What needs a person: open first, each with its evidence and what to do. */
export function Alerts() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const change = useTriage();
  const state = url.state ?? 'open';
  const filters = useMemo(
    () => ({ ...(state === 'all' ? {} : { state }), severity: url.severity, device: url.device }),
    [state, url.severity, url.device],
  );
  const query = useInfiniteQuery(alertList(filters));
  const { rows, more } = useRows(query);
  const chosen = rows.find((alert) => String(alert.id) === url.row);
  const acknowledge = (alert: Alert): void => change(alert, 'acknowledged', alert.note);
  return (
    <Page
      title="Alerts"
      sentence="Calls that scored 70 or more, or that a detector wants seen. Repeats are counted, not listed again."
      filters={
        <>
          <FilterChip
            name="state"
            label="State"
            none="open"
            choices={[
              ['acknowledged', 'acknowledged'],
              ['resolved', 'resolved'],
              ['false-positive', 'false positive'],
              ['all', 'all'],
            ]}
          />
          <FilterChip
            name="severity"
            label="Risk"
            choices={[
              ['critical', 'critical, 90+'],
              ['alert', 'alert, 70–89'],
              ['review', 'review, 40–69'],
              ['low', 'low'],
            ]}
          />
          <SetChip name="device" label="Device" />
          <span className="ml-auto text-sm text-ink-3">
            {query.data &&
              `${count(rows.length)}${query.hasNextPage ? '+' : ''} ${rows.length === 1 ? 'alert' : 'alerts'}`}
          </span>
          <ColumnChoice table="alerts" columns={columns} />
        </>
      }
      panel={
        url.row ? (
          <AlertPanel
            key={url.row}
            alert={chosen}
            number={url.row}
            loading={query.isPending}
            onClose={() => setUrl({ row: undefined })}
            change={change}
          />
        ) : undefined
      }
    >
      {query.isError && rows.length === 0 ? (
        <Failed what="The alerts" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Empty title={state === 'open' ? 'No open alerts.' : 'No alert matches these filters.'}>
          {state === 'open' ? 'A call that scores 70 or more appears here. ' : ''}
          <button
            type="button"
            className="link"
            onClick={() => setUrl({ state: 'all', severity: undefined, device: undefined })}
          >
            Show all alerts
          </button>
        </Empty>
      ) : (
        <Table
          name="alerts"
          columns={columns}
          rows={rows}
          keyOf={(alert) => String(alert.id)}
          narrow={(alert) => (
            <>
              <span className="truncate">
                <Raw text={alert.title} oneLine />
              </span>
              <span className="flex justify-between gap-3 text-sm text-ink-3">
                <span className="truncate">
                  {alertStateWords[alert.state]} · {alert.count === 1 ? 'once' : `${count(alert.count)} times`} ·{' '}
                  <Ago at={alert.lastAt} />
                </span>
                <Score score={alert.score} severity={alert.severity} />
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          keys={{ a: acknowledge, e: (alert) => setUrl({ row: String(alert.id) }) }}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import type { Alert, AlertState } from '../../src/core/verdict.ts';
import { alertList, info, oneCall, triage } from '../api.ts';
import { useKeys } from '../keys.ts';
import { CallEvidence } from '../parts/CallEvidence.tsx';
import { explain } from '../parts/CallPanel.tsx';
import { ColumnChoice, FilterChip } from '../parts/Filters.tsx';
import { Score } from '../parts/Marks.tsx';
import { Facts, Page, Panel, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { say } from '../parts/Toasts.tsx';
import { useRows } from '../rows.ts';
import { Ago, Exact } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { count } from '../words.ts';

const stateWords: Readonly<Record<AlertState, string>> = {
  open: 'open',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
  'false-positive': 'false positive',
};

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
    track: 'minmax(220px,3fr)',
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
      <span className={alert.state === 'open' ? 'font-medium' : 'text-ink-3'}>{stateWords[alert.state]}</span>
    ),
  },
  {
    id: 'detector',
    title: 'Detector',
    track: '160px',
    from: 900,
    cell: (alert) => <span className="text-ink-2">{alert.detector}</span>,
  },
  {
    id: 'person',
    title: 'Person',
    track: '96px',
    from: 760,
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
    cell: (alert) => (
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
      if (undo) say(`Alert ${alert.id} is ${stateWords[state]} again.`);
      else
        say(`Alert ${alert.id}: ${stateWords[state]}.`, () =>
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
    () => ({ ...(state === 'all' ? {} : { state }), severity: url.severity }),
    [state, url.severity],
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
          <button type="button" className="link" onClick={() => setUrl({ state: 'all', severity: undefined })}>
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
                  {stateWords[alert.state]} · {alert.count === 1 ? 'once' : `${count(alert.count)} times`} ·{' '}
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

interface AlertPanelProps {
  readonly alert: Alert | undefined;
  readonly number: string;
  readonly loading: boolean;
  readonly onClose: () => void;
  readonly change: (alert: Alert, state: AlertState, note: string) => void;
}

function AlertPanel({ alert: listed, number, loading, onClose, change }: AlertPanelProps) {
  // An alert that has just left the filter stays readable until the panel is closed.
  const [kept, keep] = useState(listed);
  useEffect(() => {
    if (listed) keep(listed);
  }, [listed]);
  const alert = listed ?? kept;
  const about = useQuery(info);
  const detector = about.data?.detectors.find((one) => one.id === alert?.detector);
  useKeys({ e: explain });
  return (
    <Panel
      label="The selected alert"
      title={`Alert ${number}`}
      onClose={onClose}
      full={
        alert?.call ? (
          <Link to="/calls/$id" params={{ id: alert.call }} className="link whitespace-nowrap">
            Call page
          </Link>
        ) : undefined
      }
    >
      {!alert ? (
        loading ? (
          <Bones lines={8} />
        ) : (
          <p className="text-ink-2">Alert {number} is not in this list. Choose another state, or all.</p>
        )
      ) : (
        <>
          <p className="text-base font-semibold">
            <Raw text={alert.title} />
          </p>
          <div className="mt-2">
            <Triage alert={alert} change={change} moved={listed === undefined} />
          </div>
          {detector && (
            <Section title="What to do">
              <p>{detector.runbook}</p>
            </Section>
          )}
          <Section title="The alert">
            <Facts
              facts={[
                ['Risk', <Score key="r" score={alert.score} severity={alert.severity} />],
                ['Detector', detector ? `${detector.title} (${alert.detector})` : alert.detector],
                ['Seen', alert.count === 1 ? 'once' : `${count(alert.count)} times`],
                ['Last', <Exact key="l" at={alert.lastAt} />],
                alert.count > 1 && ['First', <Exact key="f" at={alert.firstAt} />],
                [
                  'Person',
                  <span key="p">
                    <Raw text={alert.person} />, with <Raw text={alert.agent} />
                  </span>,
                ],
                [
                  'Session',
                  <Link
                    key="s"
                    to="/sessions/$id"
                    params={{ id: alert.session }}
                    search={alert.call ? { row: alert.call } : {}}
                    className="link font-mono break-all"
                  >
                    <Raw text={alert.session} />
                  </Link>,
                ],
              ]}
            />
          </Section>
          {alert.call && <LatestCall id={alert.call} />}
        </>
      )}
    </Panel>
  );
}

function Triage({
  alert,
  change,
  moved,
}: {
  readonly alert: Alert;
  readonly change: AlertPanelProps['change'];
  readonly moved: boolean;
}) {
  const [note, setNote] = useState(alert.note);
  const choices: readonly (readonly [AlertState, string])[] = [
    ['acknowledged', 'Acknowledge'],
    ['resolved', 'Resolve'],
    ['false-positive', 'False positive'],
    ['open', 'Reopen'],
  ];
  return (
    <div className="grid gap-2 rounded border border-line p-3">
      <p className="text-sm text-ink-2">
        State: <span className="font-medium text-ink">{moved ? 'changed' : stateWords[alert.state]}</span>
        {alert.note && (
          <>
            . Note: <Raw text={alert.note} />
          </>
        )}
      </p>
      <input
        className="field w-full"
        aria-label="Note"
        placeholder="Note: what you found, for whoever looks next"
        maxLength={2000}
        value={note}
        onChange={(event) => setNote(event.target.value)}
      />
      <div className="flex flex-wrap gap-2">
        {choices
          .filter(([state]) => state !== alert.state || moved)
          .map(([state, word], index) => (
            <button
              key={state}
              type="button"
              className={`button ${index === 0 && state !== 'open' ? 'button-main' : ''}`}
              onClick={() => change(alert, state, note)}
            >
              {word} {state === 'acknowledged' && <span className="ml-1 opacity-75">a</span>}
            </button>
          ))}
        {note !== alert.note && !moved && (
          <button type="button" className="button" onClick={() => change(alert, alert.state, note)}>
            Save the note
          </button>
        )}
      </div>
    </div>
  );
}

function LatestCall({ id }: { readonly id: string }) {
  const call = useQuery(oneCall(id));
  return (
    <div className="mt-6 border-t border-line pt-5">
      {call.data ? (
        <CallEvidence call={call.data} />
      ) : call.isError ? (
        <Failed what="The call behind it" error={call.error} retry={() => void call.refetch()} />
      ) : (
        <Bones lines={10} />
      )}
    </div>
  );
}

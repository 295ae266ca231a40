import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo } from 'react';
import { agents, asQuery, callList } from '../api.ts';
import { useKeys } from '../keys.ts';
import { hold, resume, useLive } from '../live.tsx';
import { CallPanel } from '../parts/CallPanel.tsx';
import { callColumns, NarrowCall } from '../parts/call-columns.tsx';
import { ColumnChoice, FilterChip, SearchField, SetChip } from '../parts/Filters.tsx';
import { Page } from '../parts/Page.tsx';
import { Connect, Empty, Failed } from '../parts/States.tsx';
import { Table } from '../parts/Table.tsx';
import { useRows } from '../rows.ts';
import { parseSearch, useSetUrl, useUrl } from '../url.ts';
import { count } from '../words.ts';

const filterNames = ['text', 'minScore', 'decision', 'agent', 'since', 'tool', 'person', 'session'] as const;

/** Calls as they happen, newest first. */
export function Live() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const navigate = useNavigate();
  const live = useLive();
  const chosen = asQuery(Object.fromEntries(filterNames.map((name) => [name, url[name]])));
  const filters = useMemo(() => parseSearch(chosen), [chosen]);
  const query = useInfiniteQuery(callList(filters));
  const { rows, more, whole } = useRows(query);
  const filtered = Object.keys(filters).length > 0;
  const close = (): void => setUrl({ row: undefined });

  useEffect(() => resume, []);
  const flip = (): void => {
    if (!live.paused) {
      hold('person', true);
      return;
    }
    resume();
    document.querySelector('[role=table]')?.scrollTo({ top: 0 });
  };
  useKeys({ space: flip });
  // What is being read must not move: below the top, new rows wait.
  const onAtTop = useCallback((atTop: boolean) => hold('place', !atTop), []);

  return (
    <Page
      title="Live"
      sentence="Every tool call as it happens: what it is, what it would do, how it was judged."
      actions={<LiveState paused={live.paused} waiting={live.waiting} flip={flip} />}
      filters={
        <>
          <SearchField label="Search in calls" />
          <FilterChip
            name="minScore"
            label="Risk"
            choices={[
              ['40', '40 and above'],
              ['70', '70 and above'],
              ['90', '90 and above'],
            ]}
          />
          <FilterChip
            name="decision"
            label="Policy says"
            choices={[
              ['allow', 'allow'],
              ['ask', 'ask'],
              ['deny', 'deny'],
            ]}
            none="anything"
          />
          <AgentChip />
          <FilterChip
            name="since"
            label="Since"
            choices={[
              ['1h', '1 hour'],
              ['24h', '24 hours'],
              ['7d', '7 days'],
              ['30d', '30 days'],
            ]}
            none="always"
          />
          <SetChip name="tool" label="Tool" />
          <SetChip name="person" label="Person" />
          <SetChip name="session" label="Session" />
          <span className="ml-auto text-sm text-ink-3">
            {query.data && `${count(rows.length)}${whole ? '' : ' newest'} ${rows.length === 1 ? 'call' : 'calls'}`}
          </span>
          <ColumnChoice table="calls" columns={callColumns} />
        </>
      }
      panel={url.row ? <CallPanel id={url.row} onClose={close} /> : undefined}
    >
      {query.isError && rows.length === 0 ? (
        <Failed what="The calls" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <NoCalls
          filtered={filtered}
          clear={() => setUrl(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
        />
      ) : (
        <Table
          name="calls"
          columns={callColumns}
          rows={rows}
          keyOf={(call) => call.id}
          narrow={(call) => <NarrowCall call={call} />}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          onOpen={(id) => void navigate({ to: '/calls/$id', params: { id } })}
          keys={{ e: (call) => setUrl({ row: call.id }) }}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
          onAtTop={onAtTop}
          foot={
            query.isFetchNextPageError ? (
              <Failed what="Older calls" error={query.error} retry={() => void query.fetchNextPage()} />
            ) : whole ? (
              <p className="px-4 py-3 text-ink-3">No older calls.</p>
            ) : undefined
          }
        />
      )}
    </Page>
  );
}

function LiveState({
  paused,
  waiting,
  flip,
}: {
  readonly paused: boolean;
  readonly waiting: number;
  readonly flip: () => void;
}) {
  return (
    <button type="button" className="button" aria-pressed={paused} onClick={flip}>
      {paused ? (waiting > 0 ? `Paused · show ${count(waiting)} new` : 'Paused · resume') : 'Pause'}{' '}
      <span className="kbd">Space</span>
    </button>
  );
}

function AgentChip() {
  const { data } = useQuery(agents);
  return (
    <FilterChip name="agent" label="Agent" choices={(data?.items ?? []).map(({ agent }) => [agent, agent] as const)} />
  );
}

function NoCalls({ filtered, clear }: { readonly filtered: boolean; readonly clear: () => void }) {
  if (filtered) {
    return (
      <Empty title="No call matches these filters.">
        <button type="button" className="button mt-2" onClick={clear}>
          Clear the filters
        </button>
      </Empty>
    );
  }
  return (
    <Empty title="No calls yet.">
      Each tool call of a connected agent appears here within a second. Three lines in a terminal connect one:
      <Connect />
    </Empty>
  );
}

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { SessionRecord } from '../../src/core/store.ts';
import { agents, callList, oneSession, sessionList } from '../api.ts';
import { ColumnChoice, FilterChip, SetChip } from '../parts/Filters.tsx';
import { Score, VerdictMark } from '../parts/Marks.tsx';
import { Facts, Page, Panel, Section } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Connect, Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { useRows } from '../rows.ts';
import { Ago, Exact, span } from '../time.tsx';
import { useSetUrl, useUrl } from '../url.ts';
import { actionLine, count, plural } from '../words.ts';

export const lasted = (session: SessionRecord): string =>
  span(Math.max(0, Date.parse(session.endedAt ?? session.lastAt) - Date.parse(session.startedAt)));

const columns: readonly Column<SessionRecord>[] = [
  {
    id: 'lastAt',
    title: 'Last active',
    track: '92px',
    fixed: true,
    cell: (session) => (
      <span className="text-ink-2">
        <Ago at={session.lastAt} />
      </span>
    ),
  },
  {
    id: 'score',
    title: 'Highest risk',
    track: '112px',
    fixed: true,
    cell: (session) => <Score score={session.maxScore} severity={session.severity} />,
  },
  {
    id: 'title',
    title: 'First prompt',
    track: 'minmax(200px,3fr)',
    fixed: true,
    cell: (session) => (
      <Link
        to="/sessions/$id"
        params={{ id: session.id }}
        className="hover:text-accent hover:underline"
        preload={false}
      >
        {session.title ? <Raw text={session.title} oneLine /> : <span className="text-ink-3">no prompt seen</span>}
      </Link>
    ),
  },
  { id: 'calls', title: 'Calls', track: '60px', right: true, cell: (session) => count(session.calls) },
  {
    id: 'denied',
    title: 'Denied',
    track: '60px',
    right: true,
    cell: (session) => (
      <span className={session.denied > 0 ? 'font-medium' : 'text-ink-3'}>{count(session.denied)}</span>
    ),
  },
  {
    id: 'lasted',
    title: 'Lasted',
    track: '120px',
    from: 820,
    cell: (session) => (
      <span className="text-ink-2">{session.endedAt ? lasted(session) : `${lasted(session)}, open`}</span>
    ),
  },
  {
    id: 'person',
    title: 'Person',
    track: '96px',
    from: 700,
    cell: (session) => (
      <span className="text-ink-2">
        <Raw text={session.person} oneLine />
      </span>
    ),
  },
  {
    id: 'agent',
    title: 'Agent',
    track: '116px',
    from: 960,
    cell: (session) => (
      <span className="text-ink-2">
        <Raw text={`${session.agent} ${session.agentVersion}`} oneLine />
      </span>
    ),
  },
  {
    id: 'cwd',
    title: 'Directory',
    track: 'minmax(120px,1fr)',
    from: 1080,
    cell: (session) => (
      <span className="font-mono text-sm text-ink-2">
        <Raw text={session.cwd} oneLine />
      </span>
    ),
  },
];

/** Sessions of agents, the newest first. */
export function Sessions() {
  const url = useUrl();
  const setUrl = useSetUrl();
  const navigate = useNavigate();
  const filters = useMemo(
    () => ({ agent: url.agent, person: url.person, device: url.device, minScore: url.minScore }),
    [url.agent, url.person, url.device, url.minScore],
  );
  const query = useInfiniteQuery(sessionList(filters));
  const { rows, more, whole } = useRows(query);
  const known = useQuery(agents);
  const filtered = Object.values(filters).some((value) => value !== undefined);
  return (
    <Page
      title="Sessions"
      sentence="One line for each conversation with an agent, newest first."
      filters={
        <>
          <FilterChip
            name="minScore"
            label="Highest risk"
            choices={[
              ['40', '40 and above'],
              ['70', '70 and above'],
              ['90', '90 and above'],
            ]}
          />
          <FilterChip
            name="agent"
            label="Agent"
            choices={(known.data?.items ?? []).map(({ agent }) => [agent, agent] as const)}
          />
          <SetChip name="person" label="Person" />
          <SetChip name="device" label="Device" />
          <span className="ml-auto text-sm text-ink-3">
            {query.data &&
              `${count(rows.length)}${whole ? '' : ' newest'} ${rows.length === 1 ? 'session' : 'sessions'}`}
          </span>
          <ColumnChoice table="sessions" columns={columns} />
        </>
      }
      panel={url.row ? <SessionPanel id={url.row} onClose={() => setUrl({ row: undefined })} /> : undefined}
    >
      {query.isError && rows.length === 0 ? (
        <Failed what="The sessions" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Empty title={filtered ? 'No session matches these filters.' : 'No sessions yet.'}>
          {!filtered && (
            <>
              A session appears with its first prompt or tool call. To connect an agent:
              <Connect />
            </>
          )}
        </Empty>
      ) : (
        <Table
          name="sessions"
          columns={columns}
          rows={rows}
          keyOf={(session) => session.id}
          narrow={(session) => (
            <>
              <span className="truncate">
                <Raw text={session.title || session.id} oneLine />
              </span>
              <span className="flex justify-between gap-3 text-sm text-ink-3">
                <span className="truncate">
                  {plural(session.calls, 'call')}
                  {session.denied > 0 && `, ${session.denied} denied`} · <Ago at={session.lastAt} />
                </span>
                <Score score={session.maxScore} severity={session.severity} />
              </span>
            </>
          )}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          onOpen={(id) => void navigate({ to: '/sessions/$id', params: { id } })}
          more={more}
          loading={query.isPending || query.isFetchingNextPage}
        />
      )}
    </Page>
  );
}

function SessionPanel({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const session = useQuery(oneSession(id));
  const risky = useInfiniteQuery(callList(useMemo(() => ({ session: id, minScore: '40', limit: '10' }), [id])));
  const calls = risky.data?.pages[0]?.items;
  return (
    <Panel
      label="The selected session"
      title="Session"
      onClose={onClose}
      full={
        <Link to="/sessions/$id" params={{ id }} className="link whitespace-nowrap">
          Timeline
        </Link>
      }
    >
      {session.isError && <Failed what="This session" error={session.error} retry={() => void session.refetch()} />}
      {session.isPending && <Bones lines={8} />}
      {session.data && <SessionFacts session={session.data} />}
      <Section title="What scored 40 or more, newest first">
        {calls === undefined ? (
          risky.isError ? (
            <Failed what="The calls" error={risky.error} retry={() => void risky.refetch()} />
          ) : (
            <Bones lines={4} />
          )
        ) : calls.length === 0 ? (
          <p className="text-ink-2">Nothing in this session scored 40 or more.</p>
        ) : (
          <ul className="grid gap-3">
            {calls.map((call) => (
              <li key={call.id}>
                <Link
                  to="/sessions/$id"
                  params={{ id }}
                  search={{ row: call.id }}
                  className="block truncate font-mono text-sm hover:text-accent hover:underline"
                >
                  <Raw text={actionLine(call.action)} oneLine />
                </Link>
                <span className="flex items-center gap-4 text-sm">
                  <Score score={call.score} severity={call.severity} />
                  <VerdictMark verdict={call} />
                </span>
                {call.findings[0] && (
                  <span className="text-sm text-ink-2">
                    <Raw text={call.findings[0].why} />
                  </span>
                )}
              </li>
            ))}
          </ul>
        )}
      </Section>
    </Panel>
  );
}

export function SessionFacts({ session }: { readonly session: SessionRecord }) {
  return (
    <Facts
      facts={[
        [
          'First prompt',
          session.title ? (
            <Raw key="t" text={session.title} />
          ) : (
            <span key="t" className="text-ink-3">
              none seen
            </span>
          ),
        ],
        ['Agent', <Raw key="a" text={`${session.agent} ${session.agentVersion}`} />],
        [
          'Person',
          <span key="p">
            <Raw text={session.person} /> on <Raw text={session.device} />
          </span>,
        ],
        [
          'Directory',
          <span key="d" className="font-mono">
            <Raw text={session.cwd} />
          </span>,
        ],
        ['Started', <Exact key="s" at={session.startedAt} />],
        [session.endedAt ? 'Ended' : 'Last active', <Exact key="e" at={session.endedAt ?? session.lastAt} />],
        ['Calls', `${count(session.denied)} denied of ${count(session.calls)}`],
        ['Highest risk', <Score key="r" score={session.maxScore} severity={session.severity} />],
        [
          'Id',
          <span key="i" className="font-mono break-all">
            <Raw text={session.id} />
          </span>,
        ],
      ]}
    />
  );
}

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AgentRecord } from '../../src/core/store.ts';
import { agents } from '../api.ts';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Connect, Empty, Failed } from '../parts/States.tsx';
import { type Column, Table } from '../parts/Table.tsx';
import { Ago } from '../time.tsx';
import { count, plural } from '../words.ts';

/** Part of the calls that one way of capture saw. */
function Seen({ value, of }: { readonly value: number; readonly of: number }) {
  return (
    <span className="flex items-center gap-2">
      <span aria-hidden className="h-1.5 w-16 overflow-hidden rounded-sm bg-line">
        <span
          className="block h-full bg-low-fill"
          style={{ width: `${of === 0 ? 0 : Math.min(100, (value / of) * 100)}%` }}
        />
      </span>
      <span className={value === 0 ? 'text-ink-3' : ''}>
        {count(value)} of {count(of)}
      </span>
    </span>
  );
}

const columns: readonly Column<AgentRecord>[] = [
  {
    id: 'agent',
    title: 'Agent',
    track: 'minmax(120px,1fr)',
    fixed: true,
    cell: (row) => (
      <Link to="/live" search={{ agent: row.agent }} className="link">
        <Raw text={row.agent} oneLine />
      </Link>
    ),
  },
  {
    id: 'versions',
    title: 'Versions',
    track: 'minmax(90px,1fr)',
    from: 760,
    cell: (row) => (
      <span className="text-ink-2">
        <Raw text={row.versions.join(', ')} oneLine />
      </span>
    ),
  },
  {
    id: 'people',
    title: 'People',
    track: 'minmax(90px,1fr)',
    from: 860,
    cell: (row) => (
      <span className="text-ink-2">
        <Raw text={row.people.join(', ')} oneLine />
      </span>
    ),
  },
  {
    id: 'sessions',
    title: 'Sessions',
    track: '72px',
    right: true,
    cell: (row) => (
      <Link to="/sessions" search={{ agent: row.agent }} className="link">
        {count(row.sessions)}
      </Link>
    ),
  },
  {
    id: 'calls',
    title: 'Calls',
    track: '72px',
    right: true,
    cell: (row) => (
      <Link to="/live" search={{ agent: row.agent }} className="link">
        {count(row.calls)}
      </Link>
    ),
  },
  { id: 'hook', title: 'Seen by hook', track: '190px', cell: (row) => <Seen value={row.viaHook} of={row.calls} /> },
  {
    id: 'gateway',
    title: 'Seen by gateway',
    track: '190px',
    cell: (row) => <Seen value={row.viaGateway} of={row.calls} />,
  },
  {
    id: 'lastAt',
    title: 'Last active',
    track: '96px',
    fixed: true,
    cell: (row) => (
      <span className="text-ink-2">
        <Ago at={row.lastAt} />
      </span>
    ),
  },
];

/** Which agents run here, and how much of what they do is seen. */
export function Agents() {
  const query = useQuery(agents);
  const rows = query.data?.items ?? [];
  return (
    <Page
      title="Agents"
      sentence="Coding agents seen so far. A call seen by the hook and not by the gateway, or the other way round, is a gap in coverage."
    >
      {query.isError && !query.data ? (
        <Failed what="The agents" error={query.error} retry={() => void query.refetch()} />
      ) : query.data && rows.length === 0 ? (
        <Empty title="No agents yet.">
          An agent appears with its first event. To connect one:
          <Connect />
        </Empty>
      ) : (
        <Table
          name="agents"
          columns={columns}
          rows={rows}
          keyOf={(row) => row.agent}
          narrow={(row) => (
            <>
              <Link to="/live" search={{ agent: row.agent }} className="link truncate">
                <Raw text={`${row.agent} ${row.versions.join(', ')}`} oneLine />
              </Link>
              <span className="truncate text-sm text-ink-3">
                {plural(row.calls, 'call')}: {count(row.viaHook)} by hook, {count(row.viaGateway)} by gateway ·{' '}
                <Ago at={row.lastAt} />
              </span>
            </>
          )}
          loading={query.isPending}
        />
      )}
    </Page>
  );
}

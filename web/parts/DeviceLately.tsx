import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { alertList, sessionList } from '../api.ts';
import { Ago } from '../time.tsx';
import { alertStateWords, count, plural } from '../words.ts';
import { Score } from './Marks.tsx';
import { Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

const limit = '5';

/** The latest alerts of the devices of one name. */
export function LatestAlerts({ device }: { readonly device: string }) {
  const query = useInfiniteQuery(alertList({ device, limit }));
  return (
    <Latest
      what="alerts"
      query={query}
      rows={query.data?.pages[0]?.items.map((alert) => ({
        id: String(alert.id),
        name: (
          <Link to="/alerts" search={{ state: 'all', device, row: String(alert.id) }} className="link truncate">
            <Raw text={alert.title} oneLine />
          </Link>
        ),
        about: (
          <>
            {alertStateWords[alert.state]} · {alert.count === 1 ? 'once' : `${count(alert.count)} times`} ·{' '}
            <Ago at={alert.lastAt} />
          </>
        ),
        score: <Score score={alert.score} severity={alert.severity} />,
      }))}
      none="None of this device."
      all={
        <Link to="/alerts" search={{ state: 'all', device }} className="link text-sm">
          All of them
        </Link>
      }
    />
  );
}

/** The latest sessions of the devices of one name. */
export function LatestSessions({ device }: { readonly device: string }) {
  const query = useInfiniteQuery(sessionList({ device, limit }));
  return (
    <Latest
      what="sessions"
      query={query}
      rows={query.data?.pages[0]?.items.map((session) => ({
        id: session.id,
        name: (
          <Link to="/sessions/$id" params={{ id: session.id }} className="link truncate" preload={false}>
            {session.title ? <Raw text={session.title} oneLine /> : 'no prompt seen'}
          </Link>
        ),
        about: (
          <>
            <Raw text={session.agent} oneLine /> · {plural(session.calls, 'call')}
            {session.denied > 0 && `, ${count(session.denied)} denied`} · <Ago at={session.lastAt} />
          </>
        ),
        score: <Score score={session.maxScore} severity={session.severity} />,
      }))}
      none="None from a device of this name."
      all={
        <Link to="/sessions" search={{ device }} className="link text-sm">
          All of them
        </Link>
      }
    />
  );
}

interface Row {
  readonly id: string;
  readonly name: ReactNode;
  readonly about: ReactNode;
  readonly score: ReactNode;
}

function Latest({
  what,
  query,
  rows,
  none,
  all,
}: {
  readonly what: string;
  readonly query: { readonly error: Error | null; readonly isPending: boolean; refetch(): unknown };
  /** Undefined: not read yet. */
  readonly rows: readonly Row[] | undefined;
  readonly none: string;
  /** Leads to those that are not here. */
  readonly all: ReactNode;
}) {
  return (
    <Section title={`Latest ${what}`} aside={rows?.length ? all : undefined}>
      {query.error && !rows && <Failed what={`The ${what}`} error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Bones lines={2} />}
      {rows?.length === 0 && <p className="text-ink-2">{none}</p>}
      <ul>
        {rows?.map(({ id, name, about, score }) => (
          <li key={id} className="grid gap-x-4 border-b border-line py-1 last:border-b-0">
            {name}
            <span className="flex justify-between gap-3 text-sm text-ink-3">
              <span>{about}</span>
              {score}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

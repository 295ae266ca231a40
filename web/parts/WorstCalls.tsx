import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { BriefCall } from '../../src/core/console.ts';
import { callList } from '../api.ts';
import { Ago } from '../time.tsx';
import { useSetUrl } from '../url.ts';
import { actionLine, plural } from '../words.ts';
import { Score, VerdictMark } from './Marks.tsx';
import { Section } from './Page.tsx';
import { Raw } from './Raw.tsx';
import { Bones, Failed } from './States.tsx';

/** The calls that scored highest. */
export function Worst({ since, within }: { readonly since: string; readonly within: string }) {
  const query = useInfiniteQuery(callList(useMemo(() => ({ since, minScore: '40', limit: '100' }), [since])));
  const navigate = useNavigate();
  const setUrl = useSetUrl();
  const calls = query.data?.pages[0]?.items;
  const worst = calls?.toSorted((a, b) => b.score - a.score || (a.at < b.at ? 1 : -1)).slice(0, 8);
  return (
    <Section
      title={`Highest scores of the ${calls && calls.length < 100 ? plural(calls.length, 'call') : 'newest 100 calls'} that scored 40 or more, ${within}`}
      aside={
        <Link to="/live" search={{ since, minScore: '40' }} className="link text-sm">
          All that scored 40 or more
        </Link>
      }
    >
      {query.isError && !worst ? (
        <Failed what="The calls" error={query.error} retry={() => void query.refetch()} />
      ) : !worst ? (
        <Bones lines={6} />
      ) : worst.length === 0 ? (
        <p className="text-ink-2">Nothing scored 40 or more.</p>
      ) : (
        <ul className="overflow-hidden rounded border border-line bg-sheet">
          {worst.map((call) => (
            <WorstRow
              key={call.id}
              call={call}
              select={() => setUrl({ row: call.id }, { push: true })}
              open={() => void navigate({ to: '/calls/$id', params: { id: call.id } })}
            />
          ))}
        </ul>
      )}
    </Section>
  );
}

function WorstRow({
  call,
  select,
  open,
}: {
  readonly call: BriefCall;
  readonly select: () => void;
  readonly open: () => void;
}) {
  return (
    <li className="border-b border-line last:border-b-0">
      <button
        type="button"
        onClick={select}
        onDoubleClick={open}
        className="grid w-full grid-cols-[96px_minmax(0,1fr)_max-content] items-center gap-x-4 px-3 py-1.5 text-left hover:bg-sunk @max-3xl:grid-cols-[minmax(0,1fr)]"
      >
        <Score score={call.score} severity={call.severity} />
        <span className="min-w-0">
          <span className="block truncate font-mono text-sm">
            <Raw text={actionLine(call.action)} oneLine />
          </span>
          {call.findings[0] && (
            <span className="block truncate text-sm text-ink-2">
              <Raw text={call.findings[0].why} oneLine />
            </span>
          )}
        </span>
        <span className="flex flex-col items-end text-sm text-ink-3 @max-3xl:flex-row @max-3xl:gap-3">
          <VerdictMark verdict={call} />
          <Ago at={call.at} />
        </span>
      </button>
    </li>
  );
}

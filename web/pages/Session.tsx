import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { timeline } from '../api.ts';
import { CallPanel } from '../parts/CallPanel.tsx';
import { FilterChip } from '../parts/Filters.tsx';
import { Score } from '../parts/Marks.tsx';
import { Page } from '../parts/Page.tsx';
import { Raw } from '../parts/Raw.tsx';
import { Bones, Empty, Failed } from '../parts/States.tsx';
import { Timeline } from '../parts/Timeline.tsx';
import { usePrefs } from '../prefs.ts';
import { Ago, day } from '../time.tsx';
import { type Show, timelineRows } from '../timeline-rows.ts';
import { useSetUrl, useUrl } from '../url.ts';
import { plural } from '../words.ts';
import { lasted, SessionFacts } from './Sessions.tsx';

/** One session: prompt, calls, verdicts, results and answers in the order they happened. */
export function Session() {
  const { id } = useParams({ from: '/sessions/$id' });
  const url = useUrl();
  const setUrl = useSetUrl();
  const navigate = useNavigate();
  const { utc } = usePrefs();
  const [facts, setFacts] = useState(false);
  const query = useInfiniteQuery(timeline(id));
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage, isFetchNextPageError } = query;
  useEffect(() => {
    // A thread may end on a later page, so all of them are read.
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

  const show: Show = url.show === 'scored' || url.show === 'calls' ? url.show : 'all';
  const items = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const newest = data?.pages.at(-1);
  const rows = useMemo(
    () => timelineRows(items, newest?.threads ?? [], show, (at) => day(at, utc)),
    [items, newest, show, utc],
  );
  const times = useMemo(
    () => new Map(items.flatMap((item) => (item.kind === 'call' ? [[item.call.id, item.at] as const] : []))),
    [items],
  );
  const session = newest?.session;
  const hiddenCount = items.length - rows.length;

  return (
    <Page
      title={
        session ? (
          <span className="line-clamp-2 break-words">
            <Raw text={session.title || 'Session without a prompt'} oneLine />
          </span>
        ) : (
          'Session'
        )
      }
      sentence={
        session ? (
          <span className="flex flex-wrap items-baseline gap-x-4">
            <span>
              <Raw text={`${session.agent} ${session.agentVersion}`} oneLine /> · <Raw text={session.person} oneLine />
            </span>
            <span className="font-mono text-sm break-all">
              <Raw text={session.cwd} oneLine />
            </span>
            <span>
              {session.endedAt ? (
                <>
                  ended <Ago at={session.endedAt} />
                </>
              ) : (
                <>
                  last active <Ago at={session.lastAt} />
                </>
              )}
              , lasted {lasted(session)}
            </span>
            <span>
              {session.denied} denied of {plural(session.calls, 'call')}
            </span>
            <Score score={session.maxScore} severity={session.severity} />
          </span>
        ) : (
          'Prompts, calls, verdicts and results in the order they happened.'
        )
      }
      filters={
        session && (
          <>
            <FilterChip
              name="show"
              label="Show"
              none="everything"
              choices={[
                ['scored', 'prompts and what scored'],
                ['calls', 'calls only'],
              ]}
            />
            {hiddenCount > 0 && (
              <span className="text-sm text-ink-3">
                {plural(hiddenCount, 'line')} of {items.length} hidden
              </span>
            )}
            <button
              type="button"
              className="button-quiet ml-auto"
              aria-expanded={facts}
              onClick={() => setFacts(!facts)}
            >
              {facts ? 'Hide details' : 'Details'}
            </button>
          </>
        )
      }
      panel={url.row ? <CallPanel id={url.row} onClose={() => setUrl({ row: undefined })} /> : undefined}
    >
      {facts && session && (
        <div className="px-4 pb-4">
          <SessionFacts session={session} />
        </div>
      )}
      {newest?.cut && (
        <p className="border-t border-line px-4 py-2 text-sm text-ink-2">
          This session is longer than this page can hold: its oldest calls are left out. Live lists all of them.
        </p>
      )}
      {query.isError && items.length === 0 && (
        <Failed what="This session" error={query.error} retry={() => void query.refetch()} />
      )}
      {query.isPending && (
        <div className="border-t border-line bg-sheet p-4">
          <Bones lines={16} />
        </div>
      )}
      {data && items.length === 0 && (
        <Empty title="Nothing has happened in this session yet.">Prompts and calls appear here as they happen.</Empty>
      )}
      {items.length > 0 && rows.length === 0 && (
        <Empty title="Nothing to show under this filter.">
          <button type="button" className="button mt-2" onClick={() => setUrl({ show: undefined })}>
            Show everything
          </button>
        </Empty>
      )}
      {rows.length > 0 && (
        <Timeline
          rows={rows}
          selected={url.row}
          onSelect={(row, how) => setUrl({ row }, { push: how === 'click' && row !== undefined })}
          onOpen={(call) => void navigate({ to: '/calls/$id', params: { id: call } })}
          atOf={(call) => times.get(call)}
        />
      )}
    </Page>
  );
}

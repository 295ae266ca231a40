import type { FastifyInstance } from 'fastify';
import type { BriefCall, Thread, Timeline, TimelineItem } from '../../core/console.ts';
import type { CallQuery, Page, StoredEvent } from '../../core/store.ts';
import type { CallRecord, SessionMemory } from '../../core/verdict.ts';
import { brief } from '../brief.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import { idParam, timelineFilters } from './query.ts';

const mostRows = 10_000;
const pageSize = 500;

/** `GET /sessions/:id/timeline`: prompts, calls and answers of one session in the order they happened. */
export function addTimelineRoute(app: FastifyInstance, { store }: ConsoleDeps): void {
  app.get('/api/v1/sessions/:id/timeline', { config: { access: 'read' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    if (!params.ok) return problem(reply, 404, 'no-such-session', 'No session has this id.');
    const query = understand(timelineFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const { id } = params.value;
    const session = await store.session(id);
    if (!session)
      return problem(reply, 404, 'no-such-session', 'No session has this id. It may have been removed by retention.');

    const memory = await store.sessionMemory(id);
    const calls = await all<CallRecord, BriefCall>(
      (page) => store.calls({ session: id, ...page } satisfies CallQuery),
      brief,
    );
    const events = await all(
      (page) => store.events({ session: id, ...page }),
      (event) => event,
    );
    const everything = inOrder(calls.items, events.items);

    const from = fromCursor(query.value.cursor);
    if (from === null) return problem(reply, 400, 'bad-cursor', 'This cursor is not one of ours.');
    const to = from + query.value.limit;
    return {
      session,
      items: everything.slice(from, to),
      threads: threadsOf(calls.items, memory),
      next: to < everything.length ? `t${to}` : null,
      cut: calls.cut || events.cut,
    } satisfies Timeline;
  });
}

/** Timelines only grow at their end, so a place in the order stays true. */
function fromCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return 0;
  const place = /^t(\d{1,6})$/.exec(cursor)?.[1];
  return place === undefined ? null : Number(place);
}

async function all<T, R>(
  read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  keep: (item: T) => R,
): Promise<{ items: readonly R[]; cut: boolean }> {
  const items: R[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await read({ limit: pageSize, ...(cursor ? { cursor } : {}) });
    for (const item of page.items) items.push(keep(item));
    cursor = page.next;
  } while (cursor && items.length < mostRows);
  return { items, cut: Boolean(cursor) };
}

function inOrder(
  calls: readonly BriefCall[],
  events: readonly (StoredEvent & { readonly seq: number })[],
): readonly TimelineItem[] {
  const items: TimelineItem[] = [
    ...events.map((event): TimelineItem => ({ kind: 'event', at: event.at, event })),
    ...calls.map((call): TimelineItem => ({ kind: 'call', at: call.at, call })),
  ];
  // Sorting is stable: at the same millisecond what was said comes before what was done, and events keep their order.
  return items.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || placeOf(a) - placeOf(b));
}

const placeOf = (item: TimelineItem): number => (item.kind === 'event' ? item.event.seq : Number.MAX_SAFE_INTEGER);

/** The detector that speaks of what came in earlier in the session. */
const sessionFlow = 'session-flow';

/**
 * Ties each call whose score speaks of earlier content to the call that brought it in: the newest earlier one whose mark
 * the finding quotes, or else the newest untrusted one. A hint, not a proof.
 */
function threadsOf(calls: readonly BriefCall[], memory: SessionMemory | null): readonly Thread[] {
  if (!memory) return [];
  const threads: Thread[] = [];
  const marks: { readonly kind: Thread['kind']; readonly from: string; readonly what: string }[] = [];
  for (const call of calls.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const why = call.findings.find((finding) => finding.detector === sessionFlow)?.why;
    if (why !== undefined) {
      const quoted = (['untrusted', 'sensitive'] as const).flatMap(
        (kind) => marks.findLast((mark) => mark.kind === kind && why.includes(mark.what)) ?? [],
      );
      const newest = quoted.length > 0 ? quoted : marks.filter((mark) => mark.kind === 'untrusted').slice(-1);
      for (const mark of newest) threads.push({ ...mark, to: call.id });
    }
    for (const kind of ['untrusted', 'sensitive'] as const) {
      const what = Object.hasOwn(memory[kind], call.id) ? memory[kind][call.id] : undefined;
      if (what !== undefined) marks.push({ kind, from: call.id, what });
    }
  }
  return threads;
}

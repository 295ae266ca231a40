import type { FastifyInstance } from 'fastify';
import type { BriefCall, Thread, Timeline, TimelineItem } from '../../core/console.ts';
import type { CallQuery, Page, StoredEvent } from '../../core/ports.ts';
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

const outward = new Set(['send', 'grant', 'configure', 'install', 'delete', 'impersonate', 'execute']);

/**
 * Which action may have been shaped by what came in before it: a call that scored 40 or more and reaches outward is tied
 * to the newest earlier call that brought untrusted content in; one that sends, to the newest that read something
 * sensitive. A hint, not a proof.
 */
export function threadsOf(calls: readonly BriefCall[], memory: SessionMemory | null): readonly Thread[] {
  if (!memory) return [];
  const threads: Thread[] = [];
  const newest: { untrusted: string | null; sensitive: string | null } = { untrusted: null, sensitive: null };
  const whatOf = { untrusted: memory.untrusted, sensitive: memory.sensitive };
  for (const call of calls.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    for (const kind of ['untrusted', 'sensitive'] as const) {
      const from = newest[kind];
      const reaches = call.effects.some((effect) =>
        kind === 'untrusted' ? outward.has(effect.verb) : effect.verb === 'send',
      );
      if (from !== null && reaches && call.score >= 40)
        threads.push({ kind, from, to: call.id, what: whatOf[kind][from] ?? '' });
      if (Object.hasOwn(whatOf[kind], call.id)) newest[kind] = call.id;
    }
  }
  return threads;
}

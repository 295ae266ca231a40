import type { FastifyInstance } from 'fastify';
import type { ConsoleUsage, UsageItem } from '../../core/console.ts';
import { addUsage, allTokens, noUsage, type UsageGroup, type UsageSum } from '../../core/usage.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import { momentToIso, usageFilters } from './query.ts';

/** `GET /api/v1/usage?since=&by=`: tokens, answers and list price since a day, told apart by one thing. */
export function addUsageRoute(app: FastifyInstance, { store, now }: ConsoleDeps): void {
  app.get('/api/v1/usage', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(usageFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const since = momentToIso(query.value.since, now())?.slice(0, 10);
    if (since === undefined) return problem(reply, 400, 'bad-request', 'since: no such date.');
    const groups = await store.usageBy(since, query.value.by);
    const total = groups.reduce<UsageSum>(addUsage, noUsage);
    return {
      since,
      by: query.value.by,
      items: groups.map(itemOf),
      total: itemOf({ ...total, key: '' }),
      next: null,
    } satisfies ConsoleUsage;
  });
}

/** A sum of which no part has a known price costs nobody knows what, not nothing. */
function itemOf({ cost, ...group }: UsageGroup): UsageItem {
  const unknown = cost === 0 && group.unpriced > 0;
  return { ...group, tokens: allTokens(group), usd: unknown ? null : cost / 1e9 };
}

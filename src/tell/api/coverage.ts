import type { FastifyInstance } from 'fastify';
import { type CoverageReport, coverageReport } from '../../core/coverage.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import { coverageFilters, momentToIso } from './query.ts';

/** `GET /api/v1/coverage?since=&by=&device=&agent=&person=&team=`: which calls were seen and could have been stopped. */
export function addCoverageRoute(app: FastifyInstance, { store, now, teamOf }: ConsoleDeps): void {
  app.get('/api/v1/coverage', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(coverageFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const { since: asked, by, device, agent, person, team } = query.value;
    const since = momentToIso(asked, now())?.slice(0, 10);
    if (since === undefined) return problem(reply, 400, 'bad-request', 'since: no such date.');
    const rows = await store.coverage(since);
    const ask = {
      since,
      by,
      ...(device === undefined ? {} : { device }),
      ...(agent === undefined ? {} : { agent }),
      ...(person === undefined ? {} : { person }),
      ...(team === undefined ? {} : { team }),
    };
    return coverageReport(rows, ask, teamOf ?? (() => '')) satisfies CoverageReport;
  });
}

import type { FastifyInstance } from 'fastify';
import type { ConsoleApproval } from '../../core/console.ts';
import { brief } from '../brief.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import { approvalBody, idParam, noFilters } from './query.ts';

/** Calls that wait for a person: `GET /api/v1/approvals`, `POST /api/v1/approvals/:id`. */
export function addApprovalRoutes(app: FastifyInstance, { store, approvals }: ConsoleDeps): void {
  app.get('/api/v1/approvals', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(noFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const items = await Promise.all(
      (approvals?.list() ?? []).map(async (pending): Promise<ConsoleApproval> => {
        const record = await store.call(pending.call);
        return { ...pending, record: record && brief(record) };
      }),
    );
    return { items, next: null };
  });

  app.post('/api/v1/approvals/:id', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const body = understand(approvalBody, request.body);
    if (!body.ok) return problem(reply, 400, body.error.code, body.error.detail);
    const { decision, note } = body.value;
    const by = request.identity?.person ?? '';
    const done = params.ok
      ? await approvals?.decide(params.value.id, { approve: decision === 'approve', by, note })
      : 'gone';
    if (done === undefined || done === 'gone') {
      return problem(
        reply,
        404,
        'no-such-approval',
        'No call of this id waits: somebody decided, the time was over, or its client went away.',
      );
    }
    return { id: done.id, call: done.call, decision, by, note };
  });
}

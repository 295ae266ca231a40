import type { FastifyInstance } from 'fastify';
import type { ConsoleInfo } from '../../core/console.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import { modeBody } from './query.ts';

/** What this server is, and its health. */
export function addAboutRoutes(app: FastifyInstance, deps: ConsoleDeps): void {
  app.get('/healthz', { config: { access: 'public' } }, async () => ({ status: 'ok', ...deps.health?.() }));

  app.get('/api/v1/info', { config: { access: 'read' } }, async (request) => {
    const { hosts: _hosts, detectors, ...facts } = deps.info();
    return {
      ...facts,
      detectors: (detectors ?? []).map(({ id, title, runbook }) => ({ id, title, runbook })),
      person: request.identity?.person ?? '',
      canSetMode: deps.setMode !== undefined,
    } satisfies ConsoleInfo;
  });

  app.post('/api/v1/mode', { config: { access: 'change' } }, async (request, reply) => {
    const body = understand(modeBody, request.body);
    if (!body.ok) return problem(reply, 400, body.error.code, body.error.detail);
    if (!deps.setMode || !request.identity) {
      return problem(
        reply,
        409,
        'mode-is-fixed',
        'The mode was fixed when the server started. Restart it with --mode.',
      );
    }
    await deps.setMode(body.value.mode, request.identity);
    return { mode: deps.info().mode };
  });
}

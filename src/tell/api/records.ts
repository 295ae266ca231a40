import type { FastifyInstance } from 'fastify';
import { brief } from '../brief.ts';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import {
  alertFilters,
  callFilters,
  idParam,
  momentToIso,
  noFilters,
  numberParam,
  overviewFilters,
  receiptFilters,
  sessionFilters,
  toolFilters,
  triageBody,
} from './query.ts';

/** Calls, sessions, alerts, receipts and what was counted of them. Lists answer `{items, next}`. */
export function addRecordRoutes(app: FastifyInstance, deps: ConsoleDeps): void {
  addCallRoutes(app, deps);
  addSessionRoutes(app, deps);
  addAlertRoutes(app, deps);
  addInventoryRoutes(app, deps);
}

function addCallRoutes(app: FastifyInstance, { store, now }: ConsoleDeps): void {
  app.get('/api/v1/calls', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(callFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const { brief: short, since, until, ...filters } = query.value;
    const from = since === undefined ? undefined : momentToIso(since, now());
    const to = until === undefined ? undefined : momentToIso(until, now());
    if (from === null || to === null) return problem(reply, 400, 'bad-request', 'since, until: no such date.');
    const page = await store.calls({ ...filters, ...(from && { since: from }), ...(to && { until: to }) });
    return short === '1' ? { ...page, items: page.items.map(brief) } : page;
  });

  app.get('/api/v1/calls/:id', { config: { access: 'read' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const call = params.ok ? await store.call(params.value.id) : null;
    return call ?? problem(reply, 404, 'no-such-call', 'No call has this id. It may have been removed by retention.');
  });
}

function addSessionRoutes(app: FastifyInstance, { store }: ConsoleDeps): void {
  app.get('/api/v1/sessions', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(sessionFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    return store.sessions(query.value);
  });

  app.get('/api/v1/sessions/:id', { config: { access: 'read' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const session = params.ok ? await store.session(params.value.id) : null;
    return (
      session ??
      problem(reply, 404, 'no-such-session', 'No session has this id. It may have been removed by retention.')
    );
  });
}

function addAlertRoutes(app: FastifyInstance, { store, live, now }: ConsoleDeps): void {
  app.get('/api/v1/alerts', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(alertFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    return store.alerts(query.value);
  });

  app.post('/api/v1/alerts/:id/triage', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(numberParam, request.params);
    if (!params.ok) return problem(reply, 404, 'no-such-alert', 'An alert is named by its number.');
    const body = understand(triageBody, request.body);
    if (!body.ok) return problem(reply, 400, body.error.code, body.error.detail);
    const by = request.identity?.person ?? '';
    const alert = await store.triage(params.value.id, { ...body.value, by, at: now() });
    if (!alert) return problem(reply, 404, 'no-such-alert', 'No alert has this number.');
    live.publish({ type: 'alert', alert });
    return alert;
  });
}

function addInventoryRoutes(app: FastifyInstance, { store, now }: ConsoleDeps): void {
  app.get('/api/v1/receipts', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(receiptFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    return store.receipts(query.value);
  });

  app.get('/api/v1/overview', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(overviewFilters, request.query);
    const since = query.ok ? momentToIso(query.value.since, now()) : null;
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    if (since === null) return problem(reply, 400, 'bad-request', 'since: no such date.');
    return store.overview(since);
  });

  app.get('/api/v1/mcp-tool', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(toolFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const tool = await store.mcpTool(query.value.server, query.value.tool);
    return tool ?? problem(reply, 404, 'no-such-tool', 'No tool of this server and name was met.');
  });

  const whole = {
    '/api/v1/mcp-servers': () => store.mcpServers(),
    '/api/v1/agents': () => store.agents(),
    '/api/v1/checkpoint': () => store.checkpoint(),
  } as const;
  for (const [path, read] of Object.entries(whole)) {
    app.get(path, { config: { access: 'read' } }, async (request, reply) => {
      const query = understand(noFilters, request.query);
      if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
      return read();
    });
  }
}

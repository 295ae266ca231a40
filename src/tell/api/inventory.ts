import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ListedAgent, ListedDevice, ListedServer } from '../../core/inventory-lists.ts';
import type { ConsoleDeps } from './deps.ts';
import { paged, says } from './paged.ts';
import { problem, understand } from './problem.ts';
import {
  idParam,
  inventoryAgentFilters,
  inventoryDeviceFilters,
  inventoryServerFilters,
  inventoryServerQuery,
  noFilters,
  standingBody,
} from './query.ts';

type Inventory = NonNullable<ConsoleDeps['inventory']>;

/** Reports of many devices come in one request. */
const largestImport = 48 * 1024 * 1024;

const absent = (reply: FastifyReply): FastifyReply =>
  problem(reply, 404, 'no-inventory', 'This server keeps no inventory.');

/** Agents, devices and MCP servers by what everybody told of them. Lists answer `{items, next}`. */
export function addInventoryRoutes(app: FastifyInstance, { inventory }: ConsoleDeps): void {
  app.get('/api/v1/inventory', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(noFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    return inventory?.sums() ?? absent(reply);
  });
  addLists(app, inventory);

  app.get('/api/v1/inventory/devices/:id', { config: { access: 'read' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const device = params.ok ? await inventory?.device(params.value.id) : null;
    return device ?? problem(reply, 404, 'no-such-device', 'Nobody told of a device of this name.');
  });

  app.get('/api/v1/inventory/server', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(inventoryServerQuery, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    if (inventory === undefined) return absent(reply);
    return { items: await inventory.server(query.value.name, query.value.runs), next: null };
  });

  app.post('/api/v1/inventory', { config: { access: 'change' }, bodyLimit: largestImport }, async (request, reply) => {
    if (inventory === undefined) return absent(reply);
    const done = await inventory.bring(request.body);
    return done.ok ? done.value : problem(reply, 400, done.error.code, done.error.detail);
  });

  app.post('/api/v1/inventory/devices/:id/forget', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    if (inventory === undefined || !params.ok || request.identity === null) return absent(reply);
    const done = await inventory.forget(params.value.id, request.identity);
    return done.ok ? { device: params.value.id } : problem(reply, 404, done.error.code, done.error.detail);
  });

  app.post('/api/v1/inventory/agents/:id/standing', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const body = understand(standingBody, request.body);
    if (!body.ok) return problem(reply, 400, body.error.code, body.error.detail);
    if (inventory === undefined || !params.ok || request.identity === null) return absent(reply);
    const { standing, note } = body.value;
    const done = await inventory.stand(params.value.id, standing, note, request.identity);
    if (!done.ok) return problem(reply, 404, done.error.code, done.error.detail);
    return { agent: params.value.id, standing, note, by: request.identity.person };
  });
}

function addLists(app: FastifyInstance, inventory: Inventory | undefined): void {
  app.get('/api/v1/inventory/agents', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(inventoryAgentFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    if (inventory === undefined) return absent(reply);
    const { text, risk, standing, whole, ...page } = query.value;
    const fits = (one: ListedAgent): boolean =>
      (standing === undefined || one.standing === standing) &&
      (risk === undefined || one.flags.includes(risk)) &&
      says(text, one.agent, one.title, one.vendor, ...one.people);
    return paged((await inventory.agents(whole === '1')).filter(fits), page);
  });

  app.get('/api/v1/inventory/devices', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(inventoryDeviceFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    if (inventory === undefined) return absent(reply);
    const { text, risk, cover, agent, ...page } = query.value;
    const fits = (one: ListedDevice): boolean =>
      (cover === undefined || one.cover === cover) &&
      (risk === undefined || one.flags.includes(risk)) &&
      (agent === undefined || one.agents.some((each) => each.agent === agent)) &&
      says(text, one.name, one.device, one.platform, ...one.people, ...one.agents.map(({ title }) => title));
    return paged((await inventory.devices()).filter(fits), page);
  });

  app.get('/api/v1/inventory/servers', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(inventoryServerFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    if (inventory === undefined) return absent(reply);
    const { text, risk, agent, ...page } = query.value;
    const fits = (one: ListedServer): boolean =>
      (risk === undefined || one.flags.includes(risk)) &&
      (agent === undefined || one.agents.includes(agent)) &&
      says(text, one.name, one.runs, ...one.people);
    return paged((await inventory.servers()).filter(fits), page);
  });
}

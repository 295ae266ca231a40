import type { FastifyInstance } from 'fastify';
import type { ConsoleDeps } from './deps.ts';
import { problem, understand } from './problem.ts';
import { idParam, inviteBody, noFilters } from './query.ts';

/** A device that sent no heartbeat for so long is not there. It sends one every minute. */
const silentAfterMs = 5 * 60_000;

/** Enrolled devices: `GET /api/v1/devices`, `DELETE /api/v1/devices/:id`, and `POST /api/v1/devices/invites`. */
export function addDeviceRoutes(app: FastifyInstance, { devices, now }: ConsoleDeps): void {
  app.get('/api/v1/devices', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(noFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const items = ((await devices?.list()) ?? []).map(({ tokenId: _, ...device }) => ({
      ...device,
      online: device.lastSeen !== null && Date.parse(now()) - Date.parse(device.lastSeen) < silentAfterMs,
    }));
    return { items, next: null };
  });

  app.post('/api/v1/devices/invites', { config: { access: 'change' } }, async (request, reply) => {
    const body = understand(inviteBody, request.body);
    if (!body.ok) return problem(reply, 400, body.error.code, body.error.detail);
    const { person = request.identity?.person ?? '', device, minutes } = body.value;
    const invited = await devices?.invite({ person, minutes, ...(device === undefined ? {} : { device }) });
    if (invited === undefined) return problem(reply, 404, 'no-devices', 'This server takes no devices.');
    return reply.code(201).send({ ...invited, person, device: device ?? null });
  });

  app.delete('/api/v1/devices/:id', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const gone = params.ok && (await devices?.revoke(params.value.id));
    if (gone !== true) return problem(reply, 404, 'no-such-device', 'No device of this id is enrolled.');
    return { revoked: true };
  });
}

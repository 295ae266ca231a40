import type { FastifyInstance } from 'fastify';
import type { EnrolledDevice, EnrolledDevices, GivenInvite } from '../../core/enrolled.ts';
import type { ConsoleDeps } from './deps.ts';
import { enrolledDevices, inOrder, sumsOf } from './enrolled.ts';
import { paged, says } from './paged.ts';
import { problem, understand } from './problem.ts';
import { deviceFilters, idParam, inviteBody, momentToIso, noFilters } from './query.ts';

/** Enrolled devices and invites: `/api/v1/devices…`. No token, and no code but in the answer that gives it. */
export function addDeviceRoutes(app: FastifyInstance, deps: ConsoleDeps): void {
  const { devices } = deps;
  addDeviceLists(app, deps);

  app.delete('/api/v1/devices/:id', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const by = request.identity;
    const gone = params.ok && by !== null && (await devices?.revoke(params.value.id, by));
    if (gone !== true) return problem(reply, 404, 'no-such-device', 'No device of this id is enrolled.');
    return { revoked: true };
  });

  app.post('/api/v1/devices/invites', { config: { access: 'change' } }, async (request, reply) => {
    const body = understand(inviteBody, request.body);
    if (!body.ok) return problem(reply, 400, body.error.code, body.error.detail);
    const by = request.identity;
    if (devices === undefined || by === null) return problem(reply, 404, 'no-devices', 'This server takes no devices.');
    const { person = by.person, device, minutes } = body.value;
    const given = await devices.invite({ person, minutes, ...(device === undefined ? {} : { device }) }, by);
    const team = deps.teamOf?.(person) ?? '';
    return reply.code(201).send({ ...given, person, device: device ?? null, team } satisfies GivenInvite);
  });

  app.delete('/api/v1/devices/invites/:id', { config: { access: 'change' } }, async (request, reply) => {
    const params = understand(idParam, request.params);
    const by = request.identity;
    const gone = params.ok && by !== null && (await devices?.withdraw(params.value.id, by));
    if (gone !== true)
      return problem(
        reply,
        404,
        'no-such-invite',
        'No invite of this id is open: it was used, withdrawn, or has expired.',
      );
    return { withdrawn: true };
  });
}

/** Coverage is that of so many days. */
const coveredSince = '30d';

function addDeviceLists(app: FastifyInstance, { devices, store, teamOf = () => '', now }: ConsoleDeps): void {
  app.get('/api/v1/devices', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(deviceFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const { text, needs, person, platform, agent, order, ...page } = query.value;
    const policy = devices?.policy() ?? '';
    const since = momentToIso(coveredSince, now())?.slice(0, 10) ?? '';
    const all = enrolledDevices((await devices?.list()) ?? [], {
      nowMs: Date.parse(now()),
      policy,
      covered: await store.coverage(since),
      teamOf,
    });
    const fits = (one: EnrolledDevice): boolean =>
      (needs === undefined || (needs === 'any' ? one.needs.length > 0 : one.needs.includes(needs))) &&
      (person === undefined || one.person === person) &&
      (platform === undefined || one.platform === platform) &&
      (agent === undefined || one.agents.some((each) => each.agent === agent)) &&
      says(text, one.name, one.id, one.person, one.team, one.version, ...one.agents.map((each) => each.agent));
    return { ...paged(inOrder(all.filter(fits), order), page), policy, sums: sumsOf(all) } satisfies EnrolledDevices;
  });

  app.get('/api/v1/devices/invites', { config: { access: 'read' } }, async (request, reply) => {
    const query = understand(noFilters, request.query);
    if (!query.ok) return problem(reply, 400, query.error.code, query.error.detail);
    const items = ((await devices?.invites()) ?? []).map((invite) => ({ ...invite, team: teamOf(invite.person) }));
    return { items, next: null };
  });
}

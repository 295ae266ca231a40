import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { AgentAdapter } from '../core/agent.ts';
import type { Delivery, Enrolment, HeartbeatAnswer, SignedBundle } from '../core/device.ts';
import type { AgentEvent, Identity } from '../core/event.ts';
import { fail, type Problem, type Result } from '../core/result.ts';
import { upTo } from '../core/sized.ts';
import type { Verdict } from '../core/verdict.ts';
import { type Devices, deviceLabel, enrolRequest } from './devices.ts';
import { answerHook, deliveryOf } from './hook-intake.ts';
import type { TokenUse } from './tokens.ts';

export interface DeviceIntakeDeps {
  readonly devices: Devices;
  readonly agents: readonly AgentAdapter[];
  identifyByToken(token: string, use: TokenUse): Result<Identity> | Promise<Result<Identity>>;
  /** Records what was delivered; rejects when it cannot be recorded. */
  deliver(event: AgentEvent & { readonly delivery: string }): Promise<'recorded' | 'repeated'>;
  /** Opens what a device sealed for this server. */
  open(box: string): Result<string>;
  /** What a device that enrols is told of this server. */
  introduce(): Pick<Enrolment, 'mode' | 'keyid' | 'publicKeyPem' | 'sealFor'>;
  policy(): SignedBundle;
  inForce(): HeartbeatAnswer;
  /** Takes an inventory of the device; absent: nobody takes one. */
  inventory?(body: unknown, from: Identity): Promise<Result<null>>;
  now(): string;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

const largestBody = 24 * 1024 * 1024;
const mostDeliveries = 1000;
/** A device's clock may be ahead by so much; later is taken as now. */
const aheadMs = 5 * 60_000;

const enrolBody = enrolRequest.extend({ code: z.string().refine(...upTo(200)) });
const heartbeat = z.looseObject({
  version: z.string().refine(...upTo(100)),
  platform: z.string().refine(...upTo(20)),
  agents: z.array(z.strictObject({ agent: z.string().refine(...upTo(64)), ok: z.boolean() })).refine(...upTo(100)),
  policy: z.string().refine(...upTo(100)),
  waiting: z.int().min(0),
  lost: z.int().min(0),
});
const decision = z.enum(['allow', 'ask', 'deny']);
const deliveries = z.looseObject({
  items: z
    .array(
      z.looseObject({
        id: z.string(),
        at: z.iso.datetime(),
        lane: z.string().refine(...upTo(64)),
        agent: z.string().refine(...upTo(64)),
        kind: z.enum(['hook', 'config-change']),
        event: z
          .string()
          .refine(...upTo(64))
          .optional(),
        box: z.string(),
        tried: z.literal(true).optional(),
        answered: z
          .strictObject({
            decision,
            enforced: z.boolean(),
            effective: decision,
            rules: z.array(z.string().refine(...upTo(200))).refine(...upTo(100)),
            why: z.string().refine(...upTo(4000)),
            degraded: z.string().refine(...upTo(100)),
          })
          .optional(),
      }),
    )
    .refine(...upTo(mostDeliveries)),
});
const configChange = z.looseObject({
  what: z.string().refine(...upTo(4000)),
  path: z
    .string()
    .refine(...upTo(4096))
    .optional(),
  finding: z.strictObject({ detector: z.string().refine(...upTo(100)), weight: z.int().min(0).max(100) }).optional(),
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const refused = (status: number, error: Problem): Answer => ({ status, body: { error } });
const ill = (detail: string): Answer => refused(400, { code: 'bad-request', detail });

/**
 * `/device/…`: what the device process of a machine says to its server. `enrol` takes a code, everything else the token
 * that it gave. Never throws.
 */
export function createDeviceIntake(deps: DeviceIntakeDeps): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    respond(deps, req)
      .catch((cause: unknown) => {
        deps.onTrouble?.('device-failed', 'a device could not be answered', cause);
        return refused(500, { code: 'device-failed', detail: 'Warder could not answer (an internal error).' });
      })
      .then(({ status, body }) => {
        const text = JSON.stringify(body);
        res.writeHead(status, {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
          'cache-control': 'no-store',
        });
        res.end(text);
      })
      // The device went away before it was answered; it asks again.
      .catch(() => res.destroy());
  };
}

async function respond(deps: DeviceIntakeDeps, req: IncomingMessage): Promise<Answer> {
  const what = /^\/device\/([a-z]+)\/?$/.exec(req.url ?? '')?.[1] ?? '';
  const wanted = what === 'policy' ? 'GET' : 'POST';
  if (!['enrol', 'unenrol', 'heartbeat', 'policy', 'deliver', 'inventory'].includes(what)) {
    req.resume();
    return refused(404, { code: 'no-such-address', detail: 'Nothing for devices answers here.' });
  }
  if (req.method !== wanted) {
    req.resume();
    return refused(405, { code: 'wrong-method', detail: `This is asked with ${wanted}.` });
  }
  if (what === 'enrol') return enrol(deps, await bodyOf(req, 65_536));
  const identity = await deps.identifyByToken(tokenOf(req), { route: 'device' });
  const id = identity.ok ? (identity.value.label ?? '') : '';
  if (!identity.ok || !deviceLabel.test(id)) {
    req.resume();
    const known: Problem = { code: 'no-device', detail: 'This token is not that of an enrolled device.' };
    return refused(401, identity.ok ? known : identity.error);
  }
  if (what === 'policy') return { status: 200, body: deps.policy() };
  const body = await bodyOf(req, largestBody);
  if (what === 'unenrol') return { status: 200, body: { revoked: await deps.devices.revoke(id) } };
  if (what === 'heartbeat') return beat(deps, id, body);
  if (what === 'deliver') return take(deps, identity.value, body);
  const taken = await (deps.inventory?.(body, identity.value) ??
    fail('no-inventory', 'This server keeps no inventories.'));
  return taken.ok ? { status: 200, body: { stored: true } } : refused(400, taken.error);
}

async function enrol(deps: DeviceIntakeDeps, body: unknown): Promise<Answer> {
  const asked = enrolBody.safeParse(body);
  if (!asked.success) return ill('To enrol, a device sends its code and its name.');
  const { code, ...about } = asked.data;
  const enrolled = await deps.devices.enrol(code, about);
  if (!enrolled.ok) return refused(403, enrolled.error);
  const { token, record } = enrolled.value;
  const { id, name, person } = record;
  return { status: 200, body: { id, name, person, token, ...deps.introduce() } satisfies Enrolment };
}

async function beat(deps: DeviceIntakeDeps, id: string, body: unknown): Promise<Answer> {
  const told = heartbeat.safeParse(body);
  if (!told.success) return ill('This is no heartbeat.');
  const { version, platform, agents, policy, waiting, lost } = told.data;
  const known = await deps.devices.seen(id, { version, platform, agents, policy, waiting, lost }, deps.now());
  if (known === null) return refused(401, { code: 'no-device', detail: 'This device is not enrolled any more.' });
  return { status: 200, body: deps.inForce() };
}

/** Each lane in its order, and no further than what cannot be recorded: the first `done` of them need not be sent again. */
async function take(deps: DeviceIntakeDeps, identity: Identity, body: unknown): Promise<Answer> {
  const told = deliveries.safeParse(body);
  if (!told.success) return ill('These are no deliveries.');
  const { items } = told.data;
  const lanes = Map.groupBy(items.entries(), ([, { lane }]) => lane);
  const failed = await Promise.all([...lanes.values()].map((lane) => firstFailed(deps, identity, lane)));
  const done = Math.min(items.length, ...failed);
  if (done === items.length) return { status: 200, body: { done } };
  return { status: 503, body: { done, error: { code: 'store-unavailable', detail: 'Some could not be recorded.' } } };
}

async function firstFailed(
  deps: DeviceIntakeDeps,
  identity: Identity,
  lane: readonly (readonly [index: number, item: Delivery])[],
): Promise<number> {
  for (const [index, item] of lane) {
    try {
      await takeOne(deps, identity, item);
    } catch (cause) {
      deps.onTrouble?.('delivery-failed', 'what a device delivered could not be recorded', cause);
      return index;
    }
  }
  return Number.POSITIVE_INFINITY;
}

async function takeOne(deps: DeviceIntakeDeps, identity: Identity, item: Delivery): Promise<void> {
  const delivery = deliveryOf(identity, item.id);
  const adapter = deps.agents.find(({ id }) => id === item.agent);
  const at = Date.parse(item.at) > Date.parse(deps.now()) + aheadMs ? deps.now() : new Date(item.at).toISOString();
  const head = { at, source: 'hook', agent: item.agent, session: '', identity } as const;
  const opened = deps.open(item.box);
  if (delivery === undefined)
    return deps.onTrouble?.('delivery-without-id', 'a device delivered something without an id', null);
  if (!opened.ok || (item.kind === 'hook' && adapter === undefined)) {
    const why = opened.ok ? `No adapter reads hooks of ${item.agent}.` : opened.error.detail;
    await deps.deliver({ ...head, delivery, kind: 'unparsed', why, raw: '' });
    return;
  }
  if (item.kind === 'config-change' || adapter === undefined) {
    await deps.deliver({ ...head, delivery, ...changeIn(opened.value) });
    return;
  }
  await takeHook(
    deps,
    { adapter, identity, at, delivery, ...(item.event ? { event: item.event } : {}) },
    item,
    opened.value,
  );
}

type Change = Pick<Extract<AgentEvent, { readonly kind: 'config-change' }>, 'kind' | 'what' | 'path' | 'finding'>;

function changeIn(text: string): Change {
  const change = configChange.safeParse(jsonIn(text));
  if (!change.success) return { kind: 'config-change', what: 'an alteration that cannot be read' };
  const { what, path, finding } = change.data;
  return { kind: 'config-change', what, ...(path ? { path } : {}), ...(finding ? { finding } : {}) };
}

/** Nothing waits for the answer, so there is time; the limit is for a store that never answers. */
const patienceMs = 60_000;

/** The hook is read as if it came now; what the device answered stands in place of a verdict. */
async function takeHook(
  deps: DeviceIntakeDeps,
  asked: Parameters<typeof answerHook>[1] & { readonly delivery: string },
  { answered, tried }: Delivery,
  body: string,
): Promise<void> {
  let failed: unknown;
  const record = async (event: AgentEvent): Promise<void> => {
    const told = answered !== undefined && event.kind === 'call-before' ? { ...event, answered } : event;
    try {
      const how = await deps.deliver({ ...told, delivery: asked.delivery });
      if (how === 'repeated' && tried && told.kind === 'call-before') await deps.deliver(answeredAlone(told, asked));
    } catch (cause) {
      failed = cause;
    }
  };
  const nobodyWaits = {
    verdict: letGo,
    score: { score: 0, severity: 'low', findings: [] },
    call: '',
    receipt: null,
  } as const;
  await answerHook(
    {
      pipeline: { decide: (event) => record(event).then(() => nobodyWaits), note: record },
      mode: () => 'enforce',
      decideWithinMs: patienceMs,
      noteWithinMs: patienceMs,
      ...(deps.onTrouble === undefined ? {} : { onTrouble: deps.onTrouble }),
    },
    asked,
    body,
  );
  if (failed !== undefined) throw failed;
}

const letGo: Verdict = { decision: 'allow', enforced: false, effective: 'allow', rules: [], why: '' };

/** The server had judged this call before; whether its verdict arrived nobody can tell, what the agent was told the device can. */
function answeredAlone(
  { call, answered, ...head }: Extract<AgentEvent, { readonly kind: 'call-before' }>,
  { delivery }: { readonly delivery: string },
): AgentEvent & { readonly delivery: string } {
  const text = `${call.tool}: the device answered by itself, ${answered?.effective}. ${answered?.why}`;
  return { ...head, delivery: `${delivery}.answer`, kind: 'notice', what: 'a verdict that may not have arrived', text };
}

const tokenOf = (req: IncomingMessage): string => /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';

/** The body's JSON; null where it is none, or too long. */
async function bodyOf(req: IncomingMessage, limit: number): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? null : jsonIn(Buffer.concat(chunks).toString('utf8'));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is no JSON has no form that any door here takes.
    return null;
  }
}

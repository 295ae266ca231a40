import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Admission } from '../core/access.ts';
import type { ErrorKind } from '../core/dialect.ts';
import type { Identity } from '../core/event.ts';
import type { RequestFacts } from '../core/ports.ts';
import type { Result } from '../core/result.ts';
import { admit, agentOf, type Entering, meterOf } from './gateway-access.ts';
import { formatOf, targetOf } from './gateway-address.ts';
import { sendOn } from './gateway-attempts.ts';
import { answerEarly, readBody } from './gateway-body.ts';
import { Exchange, type Passed } from './gateway-exchange.ts';
import { headersForClient } from './gateway-headers.ts';
import { type AnswerJudge, answerJudge, type JudgeDeps } from './gateway-judge.ts';
import { type Asked, defaultLimits, type Gateway, type GatewayDeps } from './gateway-kinds.ts';
import { headOf, readFacts } from './gateway-noting.ts';
import { goingOn, OwedResults } from './gateway-owed.ts';
import { planFor } from './gateway-plan.ts';
import type { Meter } from './gateway-usage.ts';
import type { Route } from './ways.ts';

/**
 * `/<provider>/**`: bytes pass unchanged in both directions, except for a tool call that a verdict refuses while
 * enforcing. The client's credentials stay here, the provider's key is added. Never throws.
 */
export function createGateway(deps: GatewayDeps): (req: IncomingMessage, res: ServerResponse) => void {
  const bounds = { ...defaultLimits, ...deps.limits };
  const gateway: Gateway = { ...deps, bounds, owed: new OwedResults(bounds) };
  return (req, res) => {
    take(gateway, req, res).catch((cause: unknown) => {
      deps.onTrouble?.('gateway-failed', 'a request could not be handled', cause);
      if (res.headersSent) res.destroy();
      else turnAway(gateway, req, res, 500, 'api_error', 'Warder could not handle this request (an internal error).');
    });
  };
}

async function take(gateway: Gateway, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { provider } = gateway;
  const target = targetOf(req.url ?? '', provider);
  // Codex tries this first where it is told that it may, and takes 426 for "go on over HTTP".
  if (/\bwebsocket\b/i.test(req.headers.upgrade ?? ''))
    return turnAway(gateway, req, res, 426, 'invalid_request_error', 'Warder: no WebSockets here; use HTTP.');
  if (target === null)
    return turnAway(
      gateway,
      req,
      res,
      404,
      'not_found_error',
      `Warder: this address serves /${provider.id}/…, followed by the provider's own paths.`,
    );
  const found = gateway.identify(req);
  const identity = found instanceof Promise ? await found : found;
  if (!identity.ok) return turnAway(gateway, req, res, 401, 'authentication_error', `Warder: ${identity.error.detail}`);
  const body = await readBody(req, gateway.bounds.requestBytes);
  if (body.kind === 'gone') return;
  if (body.kind === 'too-large') {
    const limit = Math.floor(gateway.bounds.requestBytes / 1024 / 1024);
    return turnAway(
      gateway,
      req,
      res,
      413,
      'request_too_large',
      `Warder: the request is longer than ${limit} MiB. Make the conversation shorter.`,
    );
  }
  const path = target.split('?', 1)[0] ?? '';
  const format = formatOf(provider, req.method ?? '', path);
  if (!format.withCalls && !provider.quiet(req.method ?? '', path) && !mayPassUnread(gateway, identity.value, path)) {
    const why = `Warder: nobody here can read what ${provider.title} answers at ${path.slice(0, 200)}, so that address is closed while enforcing. Use one of its other interfaces, or run Warder in observe mode.`;
    return turnAway(gateway, req, res, 403, 'permission_error', why);
  }
  await forward(gateway, { req, res, target, identity: identity.value, ...format }, body.bytes);
}

/** An address whose answers nobody can read: noted while observing, closed while enforcing. */
function mayPassUnread(gateway: Gateway, identity: Identity, path: string): boolean {
  const why = `an address of ${gateway.provider.title} whose answers cannot be read: ${path.slice(0, 200)}`;
  const head = { source: 'gateway', agent: 'unknown', session: '', identity, at: gateway.now() } as const;
  void gateway.pipeline.note({ ...head, kind: 'unparsed', why, raw: '' });
  return gateway.mode() === 'observe';
}

async function forward(gateway: Gateway, asked: Asked, body: Buffer): Promise<void> {
  const { req, res } = asked;
  const route = await routeFor(gateway, asked);
  if (!route.ok) {
    const [status, kind] =
      route.error.code === 'provider-keys-out' ? ([503, 'api_error'] as const) : ([403, 'permission_error'] as const);
    return turnAway(gateway, req, res, status, kind, `Warder: ${route.error.detail}`);
  }
  const text = asked.withCalls && body.length <= gateway.bounds.parseBytes ? body.toString('utf8') : null;
  if (text !== null && gateway.mode() === 'enforce') {
    const ambiguity = text === '' ? null : asked.dialect.ambiguity(text);
    if (ambiguity)
      return turnAway(
        gateway,
        req,
        res,
        400,
        'invalid_request_error',
        `Warder: the request ${ambiguity}; two readers could see different requests.`,
      );
  }
  // Nobody waits any more; what is sent on now would only cost.
  if (res.closed) return;
  const admission = admit(gateway.guard, entering(gateway, asked, body, text));
  if (!admission.ok) return notAdmitted(asked, admission);
  let facts: RequestFacts | null = null;
  const client = new AbortController();
  const meter = meterOf(
    asked.withCalls && req.method !== 'GET' ? gateway.guard : undefined,
    admission.settle,
    body.length,
    () => facts?.streaming === true,
    () => answerHead(gateway, asked, facts),
  );
  const going = goingOn(gateway.owed, { ...asked, person: asked.identity.person, body, text });
  const judge = metered(
    meter,
    going.kept,
    answerJudge(judgeDeps(gateway), {
      head: () => headOf(asked, facts),
      callsSoFar: () => facts?.callsSoFar,
      aside: () => facts?.aside === true,
      waits: (change) => pulse.waits(change),
      left: client.signal,
    }),
  );
  const over = (passed: Passed) => {
    // With a reason of its own: one that is made anew for each request costs more than all else here.
    client.abort('the exchange is over');
    pulse.stop();
    meter.over(passed);
  };
  const exchange = dispatch(gateway, asked, going.body, route.value, judge, over);
  const pulse = pulseOf(exchange, gateway.bounds.keepAliveMs);
  // The bytes are on their way; reading the copy now costs the client nothing.
  if (asked.withCalls && req.method !== 'GET') facts = readFacts(gateway, asked, text, judge);
}

/** What access rules may look at; nothing of it is read while there are none. */
function entering(gateway: Gateway, asked: Asked, body: Buffer, text: string | null): Entering {
  const { req, identity, dialect, target } = asked;
  const whole = () => (body.length <= gateway.bounds.parseBytes ? (text ?? body.toString('utf8')) : null);
  const [path = ''] = target.split('?', 1);
  const { id: provider } = gateway.provider;
  const bytes = body.length;
  return {
    req,
    identity,
    provider,
    dialect,
    path,
    bytes,
    text: whole,
    agent: () => gateway.agentOf?.(req.headers) ?? '',
  };
}

function notAdmitted({ req, res, dialect }: Asked, refused: Extract<Admission, { ok: false }>): void {
  const { status, message, retryAfter } = refused;
  const kind = status === 429 ? 'rate_limit_error' : 'permission_error';
  // Clients that would try again by themselves are told not to: a person should see it at once.
  const headers = {
    'x-should-retry': 'false',
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  };
  answerEarly(req, res, status, dialect.error(kind, `Warder: ${message}`), headers);
}

/** A judge whose answer is counted as well, and who hears what it owes. */
const metered = (meter: Meter, kept: AnswerJudge['kept'], judge: AnswerJudge): AnswerJudge => ({
  ...judge,
  kept,
  used: meter.used,
  done() {
    judge.done();
    meter.read();
  },
});

function answerHead(gateway: Gateway, asked: Asked, facts: RequestFacts | null) {
  const { agent, session } = headOf(asked, facts);
  const [path = ''] = asked.target.split('?', 1);
  return {
    at: gateway.now(),
    identity: asked.identity,
    agent: agentOf(asked.identity, agent === 'unknown' ? '' : agent),
    session,
    provider: gateway.provider.id,
    model: (facts?.model || asked.dialect.model(path, '')) ?? '',
  };
}

const judgeDeps = (gateway: Gateway): JudgeDeps => ({
  pipeline: gateway.pipeline,
  call: gateway.call,
  hooksSeen: gateway.hooksSeen,
  ...(gateway.asksAtHook ? { asksAtHook: gateway.asksAtHook } : {}),
  now: gateway.now,
  judgeMs: gateway.bounds.judgeMs,
  ...(gateway.waitingRoom ? { waitingRoom: gateway.waitingRoom } : {}),
  trouble: (code, detail, cause) => gateway.onTrouble?.(code, detail, cause),
});

/** The ways to the provider: with a key of Warder's, or with the client's own credentials where those may go through. */
function routeFor({ upstream, provider }: Gateway, { req, identity }: Asked): Result<Route> | Promise<Result<Route>> {
  return upstream.route(provider, upstream.passThroughClientAuth && carriesOwnCredentials(req, identity));
}

/** What told us who the client is stays here: a Warder token, or a JWT in a header of the provider's. */
function carriesOwnCredentials(req: IncomingMessage, { via }: Identity): boolean {
  if (via === 'oidc' && req.headers['x-warder-token'] === undefined) return false;
  const { authorization, 'x-api-key': apiKey } = req.headers;
  const values = [authorization, ...(Array.isArray(apiKey) ? apiKey : [apiKey])].filter((value) => value !== undefined);
  return values.length > 0 && values.every((value) => !value.includes('wrd_'));
}

function dispatch(
  gateway: Gateway,
  asked: Asked,
  body: Buffer,
  route: Route,
  judge: AnswerJudge,
  over: (passed: Passed) => void,
): Exchange {
  const { onTrouble } = gateway;
  const { req, res, target, dialect, withCalls } = asked;
  req.socket.setNoDelay(true);
  const exchange = new Exchange(res, {
    plan: (status, headers, client) => planFor(gateway, asked, judge, { status, headers, client }),
    clientHeaders: headersForClient,
    error: dialect.error,
    trouble: (code, detail, cause) => onTrouble?.(code, detail, cause),
    over,
  });
  const repeatable = withCalls || req.method === 'GET' || req.method === 'HEAD';
  sendOn({ req, target, body, uncompressed: withCalls, repeatable, route, exchange });
  return exchange;
}

/** Signs of life for the client while calls of its answer wait for a person. */
function pulseOf(exchange: Exchange, everyMs: number) {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearInterval(timer);
  return {
    stop,
    waits(change: 1 | -1) {
      waiting += change;
      stop();
      if (waiting === 0) return;
      if (change === 1) exchange.keepAlive();
      timer = setInterval(() => exchange.keepAlive(), everyMs).unref();
    },
  };
}

function turnAway(
  { provider }: Gateway,
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  kind: ErrorKind,
  message: string,
): void {
  const path = targetOf(req.url ?? '', provider) ?? '';
  const { dialect } = formatOf(provider, req.method ?? '', path.split('?', 1)[0] ?? '');
  answerEarly(req, res, status, dialect.error(kind, message));
}

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dialect, ErrorKind } from '../core/dialect.ts';
import type { EventHead, Identity } from '../core/event.ts';
import type { RequestFacts } from '../core/ports.ts';
import type { Result } from '../core/result.ts';
import type { Mode } from '../core/verdict.ts';
import {
  type ClientSide,
  heldMessage,
  heldStream,
  messageCopy,
  passed,
  streamCopy,
  watched,
} from './gateway-answer.ts';
import { answerEarly, readBody } from './gateway-body.ts';
import { encodingOf } from './gateway-decode.ts';
import { type AnswerPlan, Exchange } from './gateway-exchange.ts';
import { headersForClient, headersForProvider } from './gateway-headers.ts';
import { type AnswerJudge, answerJudge, type JudgeDeps } from './gateway-judge.ts';
import type { Upstream } from './upstream.ts';

/** Bounds of the gateway. */
export interface GatewayLimits {
  /** Longest request body, bytes: 64 MiB. */
  readonly requestBytes: number;
  /** Longest request whose copy is read, bytes: 32 MiB. */
  readonly parseBytes: number;
  /** Longest whole answer that is held or copied, and longest compressed stream once decoded, bytes: 64 MiB. */
  readonly answerBytes: number;
  /** Decoded bytes for each compressed one: 100. */
  readonly decodeRatio: number;
  /** A verdict later than this is a refusal, milliseconds: 10,000. */
  readonly judgeMs: number;
}

const defaultLimits: GatewayLimits = {
  requestBytes: 64 * 1024 * 1024,
  parseBytes: 32 * 1024 * 1024,
  answerBytes: 64 * 1024 * 1024,
  decodeRatio: 100,
  judgeMs: 10_000,
};

/** Everything the gateway needs of the world; it opens no port and touches no disk. */
export interface GatewayDeps extends Omit<JudgeDeps, 'judgeMs' | 'trouble'> {
  readonly dialect: Dialect;
  /** Who stands behind a request; the problem's `detail` is what the client is told. */
  identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>>;
  readonly upstream: Upstream;
  mode(): Mode;
  readonly limits?: Partial<GatewayLimits>;
  /** Trouble a person must see: code and one sentence, without content. */
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

interface Gateway extends GatewayDeps {
  readonly bounds: GatewayLimits;
}

/** One client request with what was found out about it. */
interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Path and query as the provider gets them. */
  readonly target: string;
  readonly identity: Identity;
  /** True when the answer can hold tool calls. */
  readonly withCalls: boolean;
}

/**
 * `/<dialect>/**`: bytes pass unchanged in both directions, except for a tool call that a verdict refuses while
 * enforcing. The client's credentials stay here, the provider's key is added. Never throws.
 */
export function createGateway(deps: GatewayDeps): (req: IncomingMessage, res: ServerResponse) => void {
  const gateway: Gateway = { ...deps, bounds: { ...defaultLimits, ...deps.limits } };
  return (req, res) => {
    take(gateway, req, res).catch((cause: unknown) => {
      deps.onTrouble?.('gateway-failed', 'a request could not be handled', cause);
      if (res.headersSent) res.destroy();
      else turnAway(gateway, req, res, 500, 'api_error', 'Warder could not handle this request (an internal error).');
    });
  };
}

async function take(gateway: Gateway, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { dialect } = gateway;
  const target = targetOf(req.url ?? '', dialect.id);
  if (target === null)
    return turnAway(gateway, req, res, 404, 'not_found_error', `Warder: this address serves /${dialect.id}/v1/…`);
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
  const withCalls = dialect.answersWithCalls(req.method ?? '', target.split('?', 1)[0] ?? '');
  await forward(gateway, { req, res, target, identity: identity.value, withCalls }, body.bytes);
}

/** `/anthropic/v1/messages?x` → `/v1/messages?x`; null for another prefix. */
function targetOf(url: string, prefix: string): string | null {
  const start = `/${prefix}/`;
  return url.startsWith(start) ? url.slice(start.length - 1) : null;
}

async function forward(gateway: Gateway, asked: Asked, body: Buffer): Promise<void> {
  const { req, res } = asked;
  const key = await keyFor(gateway, req);
  if (!key.ok) return turnAway(gateway, req, res, 403, 'permission_error', `Warder: ${key.error.detail}`);
  const text = asked.withCalls && body.length <= gateway.bounds.parseBytes ? body.toString('utf8') : null;
  if (text !== null && gateway.mode() === 'enforce') {
    const ambiguity = gateway.dialect.ambiguity(text);
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
  let facts: RequestFacts | null = null;
  const judge = answerJudge(judgeDeps(gateway), () => headOf(asked, facts));
  dispatch(gateway, asked, body, key.value, judge);
  // The bytes are on their way; reading the copy now costs the client nothing.
  if (asked.withCalls) facts = readFacts(gateway, asked, text, judge);
}

const judgeDeps = (gateway: Gateway): JudgeDeps => ({
  pipeline: gateway.pipeline,
  call: gateway.call,
  hooksSeen: gateway.hooksSeen,
  now: gateway.now,
  judgeMs: gateway.bounds.judgeMs,
  trouble: (code, detail, cause) => gateway.onTrouble?.(code, detail, cause),
});

/** The provider's key as a header; null when the client's own credentials go through. */
async function keyFor(
  { upstream, dialect }: Gateway,
  req: IncomingMessage,
): Promise<Result<readonly [string, string] | null>> {
  if (upstream.passThroughClientAuth && carriesOwnCredentials(req)) return { ok: true, value: null };
  const found = upstream.apiKey(dialect.id);
  const key = found instanceof Promise ? await found : found;
  if (key) return { ok: true, value: dialect.keyHeader(key) };
  const detail = `no key for ${dialect.id}. Set ANTHROPIC_API_KEY where Warder runs, or run: warder keys add ${dialect.id}`;
  return { ok: false, error: { code: 'no-provider-key', detail } };
}

/** A Warder token is never taken for the client's own credentials. */
function carriesOwnCredentials(req: IncomingMessage): boolean {
  const { authorization, 'x-api-key': apiKey } = req.headers;
  const values = [authorization, ...(Array.isArray(apiKey) ? apiKey : [apiKey])].filter((value) => value !== undefined);
  return values.length > 0 && values.every((value) => !value.includes('wrd_'));
}

function dispatch(
  gateway: Gateway,
  asked: Asked,
  body: Buffer,
  key: readonly [string, string] | null,
  judge: AnswerJudge,
): void {
  const { upstream, dialect, onTrouble } = gateway;
  const { req, res, target, withCalls } = asked;
  const base = upstream.origin(dialect.id);
  req.socket.setNoDelay(true);
  const exchange = new Exchange(res, {
    plan: (status, headers, client) => planFor(gateway, asked, judge, { status, headers, client }),
    clientHeaders: headersForClient,
    error: dialect.error,
    trouble: (code, detail, cause) => onTrouble?.(code, detail, cause),
  });
  upstream.pool(dialect.id).dispatch(
    {
      origin: base.origin,
      path: base.pathname.replace(/\/$/, '') + target,
      method: req.method ?? 'GET',
      headers: headersForProvider(req, { key, uncompressed: withCalls }),
      body: body.length > 0 ? body : null,
    },
    exchange,
  );
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly client: ClientSide;
}

/** How to treat an answer: what cannot hold tool calls passes; the rest is watched, or held while enforcing. */
function planFor(
  gateway: Gateway,
  asked: Asked,
  judge: AnswerJudge,
  { status, headers, client }: Answer,
): AnswerPlan | { readonly refuse: string } {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const streaming = type === 'text/event-stream';
  const pass: AnswerPlan = { without: [], headersFirst: streaming, begins: true, path: passed(client) };
  // An error is passed as it is: no client looks for tool calls in one.
  if (!asked.withCalls || status >= 400) return pass;
  const encoding = encodingOf(headers['content-encoding']);
  const readable =
    status < 300 && encoding !== null && (streaming || type === 'application/json' || type.endsWith('+json'));
  if (!readable || encoding === null) {
    const why = `status ${status}, type ${type || 'none'}, coding ${encoding ?? String(headers['content-encoding'])}`;
    judge.unreadable(`an answer that cannot be read (${why})`, '');
    return gateway.mode() === 'enforce'
      ? { refuse: `The provider's answer cannot be read (${why}), so its tool calls cannot be judged.` }
      : pass;
  }
  const kind = {
    dialect: gateway.dialect,
    judge,
    encoding,
    limits: { bytes: gateway.bounds.answerBytes, ratio: gateway.bounds.decodeRatio },
  };
  if (gateway.mode() === 'observe')
    return { ...pass, path: watched(client, streaming ? streamCopy(kind) : messageCopy(kind), judge) };
  const without = ['content-length', 'content-encoding'];
  return streaming
    ? { without, headersFirst: true, begins: true, path: heldStream(client, kind) }
    : { without, headersFirst: false, begins: false, path: heldMessage(client, kind) };
}

function headOf({ identity }: Asked, facts: RequestFacts | null): Omit<EventHead, 'at'> {
  return {
    source: 'gateway',
    agent: facts?.agent ?? 'unknown',
    ...(facts?.agentVersion ? { agentVersion: facts.agentVersion } : {}),
    session: facts?.session ?? '',
    ...(facts?.subagent ? { subagent: facts.subagent } : {}),
    identity,
  };
}

/** Reads the request's copy and notes what it tells; null when it cannot be read. The request itself is on its way already. */
function readFacts(gateway: Gateway, asked: Asked, text: string | null, judge: AnswerJudge): RequestFacts | null {
  const raw = (text ?? '').slice(0, 16_384);
  try {
    const read = text === null ? null : gateway.dialect.request(text, asked.req.headers, sha256);
    if (read?.ok) return noteFacts(gateway, asked, read.value);
    judge.unreadable(read ? read.error.detail : 'the request is too long for its copy to be read', raw);
  } catch (cause) {
    gateway.onTrouble?.('copy-failed', "a request's copy could not be read", cause);
    judge.unreadable('the request could not be read (an internal error)', raw);
  }
  return null;
}

function noteFacts(gateway: Gateway, asked: Asked, facts: RequestFacts): RequestFacts {
  const head = { ...headOf(asked, facts), at: gateway.now() };
  const { pipeline } = gateway;
  for (const { toolUseId, outcome } of facts.results) {
    void pipeline.note({ ...head, kind: 'call-result', toolUseId, outcome });
  }
  const { tools, toolsDigest: digest, toolsLeft: left } = facts;
  if (tools.length > 0) void pipeline.note({ ...head, kind: 'tools-declared', tools, digest, left });
  if (facts.prompt !== '') void pipeline.note({ ...head, kind: 'prompt', text: facts.prompt });
  return facts;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function turnAway(
  { dialect }: Gateway,
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  kind: ErrorKind,
  message: string,
): void {
  answerEarly(req, res, status, dialect.error(kind, message));
}

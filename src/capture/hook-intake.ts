import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AgentAdapter, HookReply } from '../core/agent.ts';
import type { AgentEvent, Identity } from '../core/event.ts';
import { deepestNesting, holdsMoreThan, mostValues, nestedDeeperThan } from '../core/nesting.ts';
import type { Pipeline } from '../core/ports.ts';
import { fail, type Problem, type Result } from '../core/result.ts';
import type { Mode } from '../core/verdict.ts';
import { type Asked, nameInText, nameOf, posesAsAnother, stringMember } from './hook-names.ts';
import { probeAnswer } from './hook-probe.ts';
import type { TokenUse } from './tokens.ts';

export interface HookIntakeDeps {
  readonly agents: readonly AgentAdapter[];
  readonly pipeline: Pick<Pipeline, 'decide' | 'note'>;
  /** Who a client token belongs to; a problem when it is not one of ours, or not for this agent's hooks. */
  identifyByToken(token: string, use: TokenUse): Result<Identity> | Promise<Result<Identity>>;
  /** In observe mode nothing is ever blocked, whatever Warder itself could not do. */
  mode(): Mode;
  /** ISO 8601 UTC with milliseconds. */
  now(): string;
  /** Longest hook body that is read, in bytes: 8 MiB. */
  readonly maxBodyBytes: number;
  /** A verdict later than this is a refusal (let go in observe mode); below the agent's own hook timeout (10 s). Default 8,000. */
  readonly decideWithinMs?: number;
  /** How long an event that needs no verdict may wait to be durable before it is answered. Default 1,000. */
  readonly noteWithinMs?: number;
  /** Trouble a person must see: code and one sentence, without content. */
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

/** Raw text noted of a body that could not be understood, in UTF-16 code units; more than is stored, so that a secret at the end of that is whole when it is masked. */
const rawLimit = 65_536;
/** What is read and thrown away after the cap, so that the client can finish sending and read the answer. */
const drainFactor = 8;
const route = /^\/hooks\/([A-Za-z0-9._-]{1,64})(?:\/t\/([^/?#]{1,512}))?\/?(?:\?.*)?$/;
const eventPattern = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** Ids that devices give: random, so that none can be guessed. */
const deliveryPattern = /^[A-Za-z0-9_-]{16,64}$/;

/** A device cannot speak of another's deliveries. */
export const deliveryOf = ({ person, device }: Identity, id: unknown): string | undefined =>
  typeof id === 'string' && deliveryPattern.test(id) ? `${person}/${device}/${id}` : undefined;

/**
 * `POST /hooks/<agent>`: a hook body in, the agent's own answer out. The token comes as `Authorization: Bearer`,
 * `x-warder-token`, or `/hooks/<agent>/t/<token>`. What cannot be understood is recorded as unparsed, and refused in
 * the agent's blocking form when it stands before a tool call; in observe mode it is let go and says so. Never throws.
 */
export function createHookIntake(deps: HookIntakeDeps): (req: IncomingMessage, res: ServerResponse) => void {
  const adapters = new Map(deps.agents.map((agent) => [agent.id, agent]));
  return (req, res) => {
    take(deps, adapters, req, res).catch((cause: unknown) => {
      deps.onTrouble?.('hook-failed', 'a hook could not be answered', cause);
      problem(res, 500, { code: 'hook-failed', detail: 'Warder could not answer this hook (an internal error).' });
    });
  };
}

async function take(
  deps: HookIntakeDeps,
  adapters: ReadonlyMap<string, AgentAdapter>,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const found = route.exec(req.url ?? '');
  const adapter = found?.[1] === undefined ? undefined : adapters.get(found[1]);
  if (adapter === undefined) {
    const known = [...adapters.keys()].map((id) => `/hooks/${id}`).join(', ');
    return turnAway(req, res, 404, { code: 'unknown-agent', detail: `Hooks are taken at ${known}.` });
  }
  const identity = await identified(deps, tokenOf(req, found?.[2]), adapter.id);
  if (!identity.ok) {
    if (identity.error.code !== lookupFailed) return turnAway(req, res, 401, identity.error);
    if (deps.mode() === 'enforce') return turnAway(req, res, 503, identity.error);
    return answerUnread(req, res, adapter.letGo(identity.error.detail));
  }
  if (req.method !== 'POST') {
    res.setHeader('allow', 'POST');
    return turnAway(req, res, 405, { code: 'post-only', detail: 'Hooks are sent with POST.' });
  }
  const event = eventPattern.exec(String(req.headers['x-warder-event'] ?? ''))?.[0];
  const delivery = deliveryOf(identity.value, req.headers['x-warder-delivery']);
  const asked: Asked = { adapter, identity: identity.value, at: deps.now(), ...defined({ event, delivery }) };
  const body = await readBody(req, deps.maxBodyBytes);
  if (body === null) return;
  if (body.tooLarge) res.shouldKeepAlive = false;
  const reply = body.tooLarge ? await tooLarge(deps, asked, body.text) : await answerHook(deps, asked, body.text);
  send(res, reply);
}

const defined = (of: { event: string | undefined; delivery: string | undefined }): Pick<Asked, 'event' | 'delivery'> =>
  Object.fromEntries(Object.entries(of).filter(([, value]) => value !== undefined));

const lookupFailed = 'token-lookup-failed';

/** Whose token it is; `token-lookup-failed` when nobody can tell, which says nothing about the token. */
async function identified(deps: HookIntakeDeps, token: string, agent: string): Promise<Result<Identity>> {
  try {
    return await deps.identifyByToken(token, { route: 'hooks', agent });
  } catch (cause) {
    deps.onTrouble?.(lookupFailed, 'the tokens cannot be read', cause);
    return fail(lookupFailed, 'Warder cannot read its tokens: its store is not available.');
  }
}

function tokenOf(req: IncomingMessage, inPath: string | undefined): string {
  const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const header = req.headers['x-warder-token'];
  return bearer ?? (typeof header === 'string' ? header : undefined) ?? inPath ?? '';
}

interface Body {
  readonly text: string;
  readonly tooLarge: boolean;
}

/** The whole body, or its beginning when it is longer than `limit`; null when the client went away. */
function readBody(req: IncomingMessage, limit: number): Promise<Body | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = () => {
      const tooLarge = size > limit;
      const kept = tooLarge ? Buffer.concat(chunks).subarray(0, rawLimit) : Buffer.concat(chunks);
      resolve({ text: kept.toString('utf8'), tooLarge });
    };
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit || chunks.length === 0) chunks.push(chunk);
      else if (size > limit * drainFactor) {
        req.pause();
        finish();
      }
    });
    req.on('end', finish);
    req.on('error', () => resolve(null));
    req.on('close', () => resolve(null));
  });
}

/** A hook's body → the agent's own answer, judged or noted, as `createHookIntake` says. */
export async function answerHook(
  deps: Pick<HookIntakeDeps, 'pipeline' | 'mode' | 'onTrouble' | 'decideWithinMs' | 'noteWithinMs'>,
  asked: Asked,
  text: string,
): Promise<HookReply> {
  const json = parseJson(text);
  if (json.ok && nestedDeeperThan(json.value, deepestNesting)) {
    const why = `The hook body is nested deeper than ${deepestNesting} levels.`;
    const [name, session] = [nameOf(asked, json.value), stringMember(json.value, 'session_id')];
    return refuseUnparsed(deps, asked, text, why, name, session);
  }
  if (!json.ok) {
    return refuseUnparsed(deps, asked, text, 'The hook body is not JSON.', nameInText(asked, text));
  }
  const { at, identity, event: told } = asked;
  const probed = probeAnswer(asked.adapter, json.value, { at, identity });
  if (probed) return probed;
  const name = nameOf(asked, json.value);
  const event = asked.adapter.parseHook(json.value, { at, identity, ...(told === undefined ? {} : { event: told }) });
  if (!event.ok) {
    return refuseUnparsed(deps, asked, text, event.error.detail, name, stringMember(json.value, 'session_id'));
  }
  if (told !== undefined && posesAsAnother(asked.adapter, told, event.value.kind)) {
    return refuseUnparsed(deps, asked, text, `The body of the hook ${told} is of another.`, told, event.value.session);
  }
  if (event.value.kind === 'call-before' && holdsMoreThan(event.value.call.input, mostValues)) {
    const why = `The input of this call holds more than ${mostValues} values.`;
    return refuseUnparsed(deps, asked, text, why, name, event.value.session);
  }
  const { delivery } = asked;
  const delivered = delivery === undefined ? event.value : { ...event.value, delivery };
  return judgeOrNote(deps, asked.adapter, delivered, name ?? '');
}

type Answering = Parameters<typeof answerHook>[0];

async function judgeOrNote(
  deps: Answering,
  adapter: AgentAdapter,
  event: AgentEvent,
  name: string,
): Promise<HookReply> {
  if (event.kind !== 'call-before') {
    await within(deps.noteWithinMs ?? 1000, note(deps, event));
    return adapter.reply(event, null);
  }
  const limitMs = deps.decideWithinMs ?? 8000;
  try {
    const decided = await within(limitMs, deps.pipeline.decide(event));
    if (decided !== late) return adapter.reply(event, decided.verdict);
    deps.onTrouble?.('verdict-late', `a tool call had no verdict after ${limitMs} ms`, null);
    // The record of this call may still be written, with a verdict that the agent never got.
    const { call: _, delivery: __, ...head } = event;
    void note(deps, { ...head, kind: 'notice', what: 'verdict came too late', text: event.call.tool });
    return undecided(deps, adapter, name, `It had no verdict after ${limitMs} ms.`);
  } catch (cause) {
    deps.onTrouble?.('decide-failed', 'a tool call could not be judged', cause);
    return undecided(deps, adapter, name, 'An internal error; the server log says more.');
  }
}

/** Warder itself could not decide: blocked while enforcing, let go and told while observing. */
function undecided(deps: Answering, adapter: AgentAdapter, name: string, why: string): HookReply {
  return deps.mode() === 'enforce' ? adapter.refuse(name, why) : adapter.letGo(why);
}

/** A failed note is counted by the pipeline; the agent is answered all the same, since nothing waits for a verdict. */
async function note(deps: Answering, event: AgentEvent): Promise<void> {
  try {
    await deps.pipeline.note(event);
  } catch (cause) {
    deps.onTrouble?.('note-failed', `an event (${event.kind}) could not be recorded`, cause);
  }
}

async function tooLarge(deps: HookIntakeDeps, asked: Asked, start: string): Promise<HookReply> {
  const why = `The hook body is larger than ${deps.maxBodyBytes} bytes.`;
  const reply = await refuseUnparsed(deps, asked, start, why, nameInText(asked, start));
  return reply.status === 400 ? { ...reply, status: 413 } : reply;
}

/** Recorded as it came, and refused in the agent's form when the event can be told, else as a bad request. */
async function refuseUnparsed(
  deps: Answering,
  asked: Asked,
  text: string,
  why: string,
  name: string | undefined,
  session = '',
): Promise<HookReply> {
  const { adapter, identity, at, delivery } = asked;
  const raw = text.length > rawLimit ? text.slice(0, rawLimit) : text;
  const head = { at, source: 'hook', agent: adapter.id, session, identity, delivery } as const;
  await within(deps.noteWithinMs ?? 1000, note(deps, { ...head, kind: 'unparsed', why, raw }));
  if (name !== undefined) return undecided(deps, adapter, name, why);
  return { status: 400, body: JSON.stringify({ error: { code: 'not-a-hook', detail: why } }) };
}

const late = Symbol('late');

/** The value, or `late`; the work goes on behind. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | typeof late> {
  const { promise, resolve } = Promise.withResolvers<typeof late>();
  const timer = setTimeout(resolve, ms, late);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function parseJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    // Bad JSON is an answer here, not an accident; its bytes are recorded by the caller.
    return { ok: false };
  }
}

function turnAway(req: IncomingMessage, res: ServerResponse, status: number, why: Problem): void {
  answerUnread(req, res, { status, body: JSON.stringify({ error: why }) });
}

/** Answers without reading the body: the connection cannot be used again. */
function answerUnread(req: IncomingMessage, res: ServerResponse, reply: HookReply): void {
  res.setHeader('connection', 'close');
  send(res, reply);
  req.resume();
}

function problem(res: ServerResponse, status: number, error: Problem): void {
  send(res, { status, body: JSON.stringify({ error }) });
}

function send(res: ServerResponse, reply: HookReply): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(reply.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    ...(reply.exit === undefined ? {} : { 'x-warder-exit': reply.exit }),
  });
  res.end(reply.body);
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HookCall } from '../core/aperture.ts';
import type { Identity } from '../core/event.ts';
import type { Result } from '../core/result.ts';
import { type HookBody, readHookBody } from './aperture-body.ts';
import { CannotJudge, type Guardrail, type GuardrailDeps, type guardrailMemory } from './aperture-deps.ts';
import { noteRequest, type Recorded, recordExchange } from './aperture-events.ts';
import { type Exchange, readExchange, type requestSessions, sha256 } from './aperture-exchange.ts';
import { judgeRequest } from './aperture-guardrail.ts';
import type { ApertureWatch } from './aperture-watch.ts';
import { problem, type Slots, send, unknownCoding } from './aperture-wire.ts';
import type { Lately } from './lately.ts';

export interface ApertureDeps extends GuardrailDeps {
  /** Whose key it is: null for a key that speaks for everybody, a person's own token for that person alone. */
  holderOf(key: string): Promise<Result<Identity | null>>;
  /** What a person must know of the hooks; `''`: it is over. */
  onNews(trouble: string): void;
  /** Trouble a person must see: code and one sentence, without content. */
  onTrouble(code: string, detail: string, cause: unknown): void;
  /** Longest body, bytes: 50 MiB, as Aperture's own. */
  readonly maxBodyBytes?: number;
}

const mostBytes = 50 * 1024 * 1024;
const mostRatio = 100;
const rawLimit = 65_536;

/** What one Aperture's hooks have in common while the server runs. */
export interface Running extends ApertureDeps {
  readonly memory: ReturnType<typeof guardrailMemory>;
  readonly sessions: ReturnType<typeof requestSessions>;
  /** Verdicts by request id and body, as they were given. */
  readonly given: Lately<Promise<Guardrail>>;
  readonly recorded: Lately<Recorded>;
  readonly watch: ApertureWatch;
  readonly slots: Slots;
}

export const failsClosed = ({ mode, settings }: ApertureDeps): boolean =>
  mode() === 'enforce' && settings.failMode === 'closed';

/** One hook that came. */
export interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Null: the hook's own key, which speaks for everybody. */
  readonly client: Identity | null;
}

// ————— before the request

/** Answers the hook before a request, within `withinMs` whatever happens. */
export async function takeRequest(running: Running, asked: Asked, withinMs: number): Promise<void> {
  const { req, res } = asked;
  const late = Promise.withResolvers<Guardrail>();
  const timer = setTimeout(() => {
    const why = `it was not judged within ${running.settings.answerWithinMs} ms`;
    late.resolve(failed(running, asked, why, null));
  }, withinMs);
  try {
    const verdict = await Promise.race([judged(running, asked), late.promise]);
    if (verdict === 'gone') return;
    if (verdict === 'unknown-coding') return unknownCoding(req, res);
    await send(req, res, 200, replyOf(verdict));
  } finally {
    clearTimeout(timer);
  }
}

/** The verdict of the fail mode while enforcing; while observing nothing is ever blocked. Counted, told and noted. */
function failed(
  running: Running,
  { client }: Asked,
  why: string,
  of: Exchange | null,
  cause: unknown = null,
): Guardrail {
  const closed = failsClosed(running);
  running.watch.count(closed ? 'failedClosed' : 'failedOpen');
  const what = closed ? 'was blocked' : 'was let go unjudged';
  running.onTrouble('aperture-unjudged', `a request through Aperture ${what}: ${why}`, cause);
  const head = of?.head ?? nobody(client);
  const text = `a request ${what}: ${why}`;
  void running.pipeline.note({ ...head, at: running.now(), kind: 'notice', what: 'Aperture guardrail', text });
  if (!closed) return { action: 'allow' };
  const message = `[Warder] This request could not be judged, and Warder is set to fail closed: ${why}. Try again, or ask who runs Warder.`;
  return { action: 'block', status: 503, message };
}

async function judged(running: Running, asked: Asked): Promise<Guardrail | 'gone' | 'unknown-coding'> {
  const body = await readBody(running, asked);
  if (body.kind === 'gone' || body.kind === 'unknown-coding') return body.kind;
  if (body.kind !== 'whole') {
    await noteUnread(running, asked, body.why, '');
    return failed(running, asked, `its body cannot be read: ${body.why}`, null);
  }
  let exchange: Exchange | null = null;
  try {
    const read = running.reading.hookCall(body.text);
    if (!read.ok) {
      await noteUnread(running, asked, read.error.detail, body.text);
      return failed(running, asked, read.error.detail, null);
    }
    const call = read.value;
    if (holdsAnswer(call)) {
      await recordEvent(running, asked, call);
      return { action: 'allow' };
    }
    running.watch.came('guardrail', running.now(), call);
    exchange = readExchange(running.reading, running.sessions, call, asked.client);
    return await onceFor(running, exchange);
  } catch (cause) {
    const why = cause instanceof CannotJudge ? cause.message : 'an internal error; the server log says more';
    return failed(running, asked, why, exchange, cause);
  }
}

/** Aperture's own name for a hook with both ends: any of these comes after the answer only. */
const holdsAnswer = ({ response, rawResponses, toolCalls }: HookCall): boolean =>
  response !== '' || rawResponses !== '' || toolCalls !== null;

/** The same request again gets the same verdict. */
async function onceFor(running: Running, exchange: Exchange): Promise<Guardrail> {
  const { metadata, request } = exchange.call;
  if (metadata.requestId === '') return judgedAnew(running, exchange);
  // An id alone could come again with another body, and a verdict may hold the body it was about. A hash, because a slice
  // would keep the whole body in memory.
  const name = `${metadata.requestId}\0${request.length}\0${sha256(request.slice(-8192))}`;
  const before = running.given.get(name);
  if (before) return before;
  const judging = judgedAnew(running, exchange);
  running.given.keep(name, judging);
  try {
    const verdict = await judging;
    // A long request that was changed is changed again in the same way; its text is not kept.
    if (verdict.action === 'modify') running.given.forget(name);
    return verdict;
  } catch (error) {
    running.given.forget(name);
    throw error;
  }
}

async function judgedAnew(running: Running, exchange: Exchange): Promise<Guardrail> {
  const { requestId } = exchange.call.metadata;
  try {
    const { verdict, joined } = await judgeRequest(running, running.memory, exchange);
    running.watch.request(joined);
    return verdict;
  } finally {
    if (exchange.facts && requestId !== '') recordedOf(running, requestId).request = true;
    noteRequest(running, exchange);
  }
}

function replyOf(verdict: Guardrail): string {
  switch (verdict.action) {
    case 'allow':
      return '{"action":"allow"}';
    case 'block':
      return JSON.stringify({ action: 'block', status_code: verdict.status, message: verdict.message });
    case 'modify':
      // The request stays the text it came as, but for what was changed.
      return `{"action":"modify","request_body":${verdict.request}}`;
    default:
      return verdict satisfies never;
  }
}

// ————— after the answer

/** Records what the hook after an answer tells. */
export async function takeEvent(running: Running, asked: Asked): Promise<void> {
  const { req, res } = asked;
  const body = await readBody(running, asked);
  if (body.kind === 'gone') return;
  if (body.kind === 'unknown-coding') return unknownCoding(req, res);
  if (body.kind !== 'whole') {
    await noteUnread(running, asked, body.why, '');
    return problem(req, res, body.kind === 'too-large' ? 413 : 400, body.kind, `The body cannot be read: ${body.why}.`);
  }
  const read = running.reading.hookCall(body.text);
  if (!read.ok) {
    await noteUnread(running, asked, read.error.detail, body.text);
    return problem(req, res, 400, read.error.code, `${read.error.detail}.`);
  }
  await recordEvent(running, asked, read.value);
  await send(req, res, 200, '{}');
}

async function recordEvent(running: Running, { client }: Asked, call: HookCall): Promise<void> {
  running.watch.came('events', running.now(), call);
  const recorded = recordedOf(running, call.metadata.requestId);
  const exchange = readExchange(running.reading, running.sessions, call, client);
  try {
    running.watch.event(await recordExchange(running, running.memory, exchange, recorded));
  } catch (cause) {
    running.onTrouble('aperture-event', 'an event of Aperture could not be recorded', cause);
    const why = 'an event of Aperture could not be read (an internal error)';
    await running.pipeline.note({ ...exchange.head, at: running.now(), kind: 'unparsed', why, raw: '' });
  }
}

function recordedOf(running: Running, requestId: string): Recorded {
  const known = requestId === '' ? undefined : running.recorded.get(requestId);
  if (known) return known;
  const fresh: Recorded = { request: false, answer: false, cost: false, usage: false };
  if (requestId !== '') running.recorded.keep(requestId, fresh);
  return fresh;
}

// ————— bytes

async function readBody({ slots, maxBodyBytes = mostBytes }: Running, { req }: Asked): Promise<HookBody> {
  const leave = await slots.enter();
  try {
    return await readHookBody(req, { bytes: maxBodyBytes, ratio: mostRatio });
  } finally {
    leave();
  }
}

const nobody = (client: Identity | null) =>
  ({
    source: 'aperture',
    agent: 'unknown',
    session: '',
    identity: client ?? { person: 'unknown', device: 'unknown', via: 'aperture' },
  }) as const;

async function noteUnread(running: Running, { client }: Asked, why: string, text: string): Promise<void> {
  const raw = text.slice(0, rawLimit);
  const head = { ...nobody(client), at: running.now() };
  await running.pipeline.note({ ...head, kind: 'unparsed', why: `through Aperture: ${why}`, raw });
}

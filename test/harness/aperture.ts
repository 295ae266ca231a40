import fs from 'node:fs';
import path from 'node:path';
import type { TimelineItem } from '../../src/core/console.ts';
import type { AgentEvent } from '../../src/core/event.ts';
import type { RunningServer } from '../../src/server.ts';

const fixtures = path.resolve(import.meta.dirname, '../fixtures');

/** A recorded request of a real agent: path, headers and body as they were on the wire. */
export interface RecordedRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

export const recordedRequest = (file: string): RecordedRequest =>
  JSON.parse(fs.readFileSync(path.join(fixtures, file), 'utf8')) as RecordedRequest;

/** The data of each event of a recorded stream, as Aperture parses them. */
export const recordedStream = (file: string): unknown[] =>
  fs
    .readFileSync(path.join(fixtures, file), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:') && line.slice(5).trim() !== '[DONE]')
    .map((line) => JSON.parse(line.slice(5)) as unknown);

export type Payload = Readonly<Record<string, unknown>> & { readonly metadata: Readonly<Record<string, unknown>> };

let requests = 0;

/** What Aperture would post about an exchange; synthetic, in the documented form. */
export function payload(
  metadata: Readonly<Record<string, unknown>>,
  rest: Readonly<Record<string, unknown>> = {},
): Payload {
  requests += 1;
  return {
    metadata: {
      login_name: 'alice@example.com',
      user_agent: 'test/1.0',
      url: '/v1/messages',
      model: 'claude-sonnet-4-5',
      provider: 'anthropic',
      tailnet_name: 'example.com',
      stable_node_id: 'nABC123CNTRL',
      request_id: `req_${requests}`,
      session_id: '',
      ...metadata,
    },
    ...rest,
  };
}

/** A recorded request as Aperture would post it: the client's headers stay behind. */
export const payloadOf = (recorded: RecordedRequest, metadata: Readonly<Record<string, unknown>> = {}): Payload =>
  payload(
    { url: recorded.path, user_agent: recorded.headers['user-agent'] ?? '', ...metadata },
    { request_body: recorded.body },
  );

export interface GuardrailReply {
  readonly action: 'allow' | 'block' | 'modify';
  readonly status_code?: number;
  readonly message?: string;
  readonly request_body?: Readonly<Record<string, unknown>>;
}

export interface Posted {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** One post of a hook. `body`: a payload, or bytes as they are. */
export async function post(
  server: Pick<RunningServer, 'url' | 'token'>,
  at: 'guardrail' | 'events',
  body: Payload | string | Uint8Array<ArrayBuffer>,
  headers: Readonly<Record<string, string>> = { authorization: `Bearer ${server.token}` },
): Promise<Posted> {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/aperture/${at}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: bytes,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export async function guardrail(
  server: Pick<RunningServer, 'url' | 'token'>,
  body: Payload | string,
): Promise<GuardrailReply> {
  const { status, text } = await post(server, 'guardrail', body);
  if (status !== 200) throw new Error(`status ${status}: ${text}`);
  return JSON.parse(text) as GuardrailReply;
}

export async function event(server: Pick<RunningServer, 'url' | 'token'>, body: Payload): Promise<void> {
  const { status, text } = await post(server, 'events', body);
  if (status !== 200 || text !== '{}') throw new Error(`status ${status}: ${text}`);
}

export async function api<T>(server: Pick<RunningServer, 'url' | 'token'>, what: string): Promise<readonly T[]> {
  const response = await fetch(`${server.url}/api/v1/${what}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  // A session that is not recorded yet holds nothing.
  if (response.status === 404) return [];
  if (response.status !== 200) throw new Error(`${what}: ${response.status}`);
  return ((await response.json()) as { items: readonly T[] }).items;
}

/** Asks again until it is as wanted: what needs no verdict is recorded beside the answer. */
export async function eventually<T>(ask: () => Promise<T>, ready: (got: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const got = await ask();
    if (ready(got)) return got;
    if (attempt > 60) throw new Error(`it never got there: ${JSON.stringify(got).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The events of a session that are no calls. */
export async function timeline(
  server: Pick<RunningServer, 'url' | 'token'>,
  session: string,
): Promise<readonly { readonly kind: AgentEvent['kind']; readonly text: string }[]> {
  const items = await api<TimelineItem>(server, `sessions/${encodeURIComponent(session)}/timeline`);
  return items.flatMap((item) => (item.kind === 'event' ? [item.event] : []));
}

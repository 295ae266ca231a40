import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway } from '../../src/capture/gateway.ts';
import type { GatewayLimits } from '../../src/capture/gateway-kinds.ts';
import type { ProviderKey } from '../../src/capture/provider-keys.ts';
import { createUpstream, type Upstream } from '../../src/capture/upstream.ts';
import type { Region } from '../../src/capture/ways.ts';
import type { AgentEvent, Identity, ToolCall } from '../../src/core/event.ts';
import type { Decided, Pipeline } from '../../src/core/ports.ts';
import { fail, ok, type Result } from '../../src/core/result.ts';
import type { Decision, Mode } from '../../src/core/verdict.ts';
import { providers } from '../../src/normalise/providers.ts';

export type CallAsked = Extract<AgentEvent, { kind: 'call-asked' | 'call-before' }>;
export type Answering = (req: http.IncomingMessage, res: http.ServerResponse, body: Buffer) => void;

/** What a rig may be told; everything has a plain default. */
export interface RigOptions {
  readonly mode?: Mode;
  /** `anthropic` by default. */
  readonly provider?: string;
  readonly answer?: Answering;
  /** Verdict for a call; by default a call is denied when its input says `FORBIDDEN`. */
  readonly decide?: (event: CallAsked) => Decision | Promise<Decision>;
  readonly identify?: (req: http.IncomingMessage) => Result<Identity> | Promise<Result<Identity>>;
  readonly key?: string | null;
  /** Instead of `key`. */
  readonly keys?: () => readonly ProviderKey[] | Promise<readonly ProviderKey[]>;
  /** Addresses of the provider instead of the rig's own. */
  readonly regions?: readonly Region[];
  readonly passThroughClientAuth?: boolean;
  readonly hooksSeen?: boolean;
  readonly limits?: Partial<GatewayLimits>;
  readonly timeouts?: { readonly connectMs?: number; readonly headersMs?: number; readonly bodyIdleMs?: number };
  /** Address of the provider instead of the rig's own. */
  readonly origin?: string;
}

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A real gateway before a real scripted provider, with a pipeline that remembers what it was given. */
export interface Rig {
  readonly url: string;
  /** Requests the provider got. */
  readonly seen: readonly SeenRequest[];
  readonly decided: readonly CallAsked[];
  readonly noted: readonly AgentEvent[];
  readonly trouble: readonly string[];
  readonly upstream: Upstream;
  mode: Mode;
  answer: Answering;
  close(): Promise<void>;
}

/** The token the rig's gateway accepts. Made at run time, so that no file holds one. */
export const rigToken = ['wrd', 'r'.repeat(43)].join('_');
export const rigKey = ['sk', 'ant', 'rig'].join('-');
const who: Identity = { person: 'ada', device: 'laptop', via: 'token' };

export async function startRig(options: RigOptions = {}): Promise<Rig> {
  const seen: SeenRequest[] = [];
  const decided: CallAsked[] = [];
  const noted: AgentEvent[] = [];
  const trouble: string[] = [];
  const state = { mode: options.mode ?? 'enforce', answer: options.answer ?? (() => {}) };
  const spoken = providers.find(({ id }) => id === (options.provider ?? 'anthropic'));
  if (!spoken) throw new Error('there is no such provider');
  const provider = await listening((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
      state.answer(req, res, body);
    });
  });
  const upstream = createUpstream({
    origins: { [spoken.id]: options.regions ?? options.origin ?? provider.url },
    keys: { keys: options.keys ?? (() => keyOf(spoken.id, options.key === undefined ? rigKey : options.key)) },
    onKeyOut: ({ name }, status) => trouble.push(`key-out: ${name} ${status}`),
    onTrouble: (code, detail) => trouble.push(`${code}: ${detail}`),
    passThroughClientAuth: options.passThroughClientAuth ?? false,
    ...(options.timeouts ? { timeouts: options.timeouts } : {}),
  });
  const gateway = createGateway({
    provider: spoken,
    pipeline: tinyPipeline(options, decided, noted),
    identify: options.identify ?? identifyRigToken,
    upstream,
    mode: () => state.mode,
    hooksSeen: () => options.hooksSeen ?? false,
    call: plainCall,
    now: () => '2026-01-02T03:04:05.678Z',
    ...(options.limits ? { limits: options.limits } : {}),
    onTrouble: (code, detail) => trouble.push(`${code}: ${detail}`),
  });
  const front = await listening(gateway);
  return Object.assign(state, {
    url: front.url,
    seen,
    decided,
    noted,
    trouble,
    upstream,
    async close() {
      await Promise.all([front.close(), upstream.destroy(), provider.close()]);
    },
  });
}

/** One key without a name in a store. */
export const keyOf = (provider: string, key: string | null): readonly ProviderKey[] =>
  key === null ? [] : [{ ...plainKey, provider, credential: { kind: 'key', key } }];
const plainKey = {
  name: 'default',
  fingerprint: '',
  kind: 'key',
  addedAt: '',
  region: null,
  priority: 0,
  weight: 1,
  source: 'store',
} as const;

function identifyRigToken(req: http.IncomingMessage): Result<Identity> {
  const sent =
    req.headers['x-api-key'] ?? req.headers['x-goog-api-key'] ?? req.headers.authorization?.replace(/^Bearer /, '');
  return sent === rigToken ? ok(who) : fail('unknown-token', 'this token is not known here. Run: warder tokens add');
}

function plainCall(_agent: string, tool: string, input: unknown, toolUseId: string): ToolCall {
  return { toolUseId, tool, input, action: { kind: 'harmless', what: tool }, fields: {} };
}

function tinyPipeline(options: RigOptions, decided: CallAsked[], noted: AgentEvent[]): Pipeline {
  const verdictOf =
    options.decide ?? ((event) => (JSON.stringify(event.call.input).includes('FORBIDDEN') ? 'deny' : 'allow'));
  return {
    async decide(event): Promise<Decided> {
      decided.push(event);
      const decision = await verdictOf(event);
      return {
        verdict: {
          decision,
          enforced: true,
          effective: decision,
          rules: decision === 'allow' ? [] : ['test-rule'],
          why: 'it is forbidden here',
        },
        score: { score: 0, severity: 'low', findings: [] },
        call: event.call.toolUseId,
        receipt: null,
      };
    },
    async note(event) {
      noted.push(event);
    },
  };
}

/** A server on a free port of 127.0.0.1; `close` also ends connections that are under way. */
export async function listening(
  handler: http.RequestListener,
): Promise<{ url: string; server: http.Server; close(): Promise<void> }> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Got {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
  /** False when the connection broke before the answer was complete. */
  readonly complete: boolean;
}

export interface Sending {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Sends one request and collects what comes back, whole or not. */
export function send(
  url: string,
  { path = '/anthropic/v1/messages', method = 'POST', headers = {}, body = '{}' }: Sending = {},
): Promise<Got> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const req = http.request(
      url + path,
      { method, agent: false, headers: { 'x-api-key': rigToken, 'content-type': 'application/json', ...headers } },
      (res) => {
        answered = true;
        const chunks: Buffer[] = [];
        const done = () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            body: Buffer.concat(chunks),
            complete: res.complete,
          });
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res
          .on('end', done)
          .on('error', () => {})
          .on('close', done);
      },
    );
    // A reset after the answer began is told by `complete`.
    req.on('error', (error) => answered || reject(error));
    req.end(method === 'GET' ? undefined : body);
  });
}

/** Answers with a stream of events, cut into pieces of `size` bytes. */
export function sse(bytes: Buffer, size = bytes.length): Answering {
  return (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    for (let at = 0; at < bytes.length; at += size) res.write(bytes.subarray(at, at + size));
    res.end();
  };
}

export const json =
  (value: unknown): Answering =>
  (_req, res) => {
    const body = typeof value === 'string' ? value : JSON.stringify(value);
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
    res.end(body);
  };

import { isUtf8 } from 'node:buffer';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, type Dispatcher } from 'undici';
import type { SseFrame } from '../core/dialect.ts';
import type { McpTalk } from '../core/mcp.ts';
import type { Mode } from '../core/verdict.ts';
import { headersForClient, headersForProvider } from './gateway-headers.ts';
import type { McpServer } from './mcp-servers.ts';
import { FrameTooLong, isBlankRest, SseReader } from './sse.ts';

/** What an answer is read with. */
export interface McpAnswering {
  readonly connection: { readonly talk: McpTalk };
  mode(): Mode;
  /** The server gave the connection its id. */
  met(sessionId: string): void;
  note(why: string): void;
  trouble(code: string, detail: string, cause: unknown): void;
}

/** A message on its way to the server. */
export interface McpSending {
  readonly body: Buffer | string;
  /** Answers of ours to other messages of the same batch. */
  readonly extra: readonly string[];
  /** The client's answer has begun as a stream of events. */
  readonly begun: boolean;
}

const longestAnswer = 64 * 1024 * 1024;

/** One message as a server-sent event. */
export const sseEvent = (message: string, id = ''): string =>
  `${id === '' ? '' : `id: ${id}\n`}event: message\ndata: ${message.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`;

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly server: McpServer;
  readonly sending: McpSending | null;
  readonly answering: McpAnswering;
}

/** The servers' side of the proxy: one pool for each origin. */
export function createMcpUpstream() {
  const agent = new Agent({
    allowH2: false,
    connect: { timeout: 10_000, noDelay: true },
    // A tool may take long, and a stream of events may be silent for hours.
    headersTimeout: 3_600_000,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  });
  return {
    /** Sends a request on and gives the client what comes back. */
    async exchange(
      req: IncomingMessage,
      res: ServerResponse,
      server: McpServer,
      sending: McpSending | null,
      answering: McpAnswering,
    ): Promise<void> {
      const gone = new AbortController();
      res.once('close', () => gone.abort());
      if (res.destroyed) return;
      const exchange: Exchange = { req, res, server, sending, answering };
      try {
        const answer = await request(agent, exchange, sending?.body ?? null, gone.signal);
        await give(agent, exchange, answer);
      } catch (cause) {
        if (gone.signal.aborted) return;
        answering.trouble('mcp-unreachable', 'an MCP server did not answer', cause);
        if (res.headersSent) res.destroy();
        else refuse(res, `the MCP server did not answer (${codeOf(cause)}). Check its address: warder mcp list`);
      }
    },
    destroy: () => agent.destroy(),
  };
}

async function request(
  agent: Agent,
  { req, server }: Exchange,
  body: Buffer | string | null,
  signal: AbortSignal,
  method = req.method ?? 'POST',
): Promise<Dispatcher.ResponseData> {
  const url = new URL(server.url);
  return agent.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method: method as Dispatcher.HttpMethod,
    headers: [...headersTo(req, server), ...(body !== null && !req.headers['content-type'] ? asJson : [])],
    body,
    signal,
    responseHeaders: 'raw',
  });
}

/** For an answer of ours on the account of a request that had no body. */
const asJson = ['content-type', 'application/json'];

/** The client's headers, without its Warder token, and the server's own; one that is configured wins. */
function headersTo(req: IncomingMessage, server: McpServer): string[] {
  const own = Object.entries(server.headers);
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  // Credentials of the client's own go through only where its Warder token came beside them.
  const ownCredentials = 'x-warder-token' in req.headers && !credentialsOf(req).some((value) => value.includes('wrd_'));
  const passed = headersForProvider(req, { key: ownCredentials ? null : [], uncompressed: true });
  const out: string[] = [];
  for (let at = 0; at + 1 < passed.length; at += 2) {
    const [name = '', value = ''] = [passed[at], passed[at + 1]];
    if (!names.has(name.toLowerCase())) out.push(name, value);
  }
  return [...out, ...own.flat()];
}

const credentialsOf = (req: IncomingMessage): string[] =>
  [req.headers.authorization, req.headers['x-api-key'], req.headers['api-key'], req.headers['x-goog-api-key']]
    .flat()
    .filter((value) => value !== undefined);

async function give(agent: Agent, exchange: Exchange, answer: Dispatcher.ResponseData): Promise<void> {
  const { res, sending, answering } = exchange;
  const { statusCode: status, body } = answer;
  const header = headerReader(answer.headers);
  const type = (header('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const sessionId = header('mcp-session-id');
  if (sessionId !== undefined) answering.met(sessionId);
  if (status >= 300 && status < 400) {
    body.destroy();
    return refuse(
      res,
      'the MCP server sends its clients elsewhere, past Warder. Give its last address: warder mcp add',
    );
  }
  const coded = !['', 'identity'].includes(header('content-encoding') ?? '');
  const readable = !coded && (type === 'text/event-stream' || type === 'application/json');
  // Answers that bring no message.
  if (status >= 400 || status === 202 || status === 204 || exchange.req.method === 'DELETE')
    return passOn(exchange, answer);
  if (!readable) {
    answering.note(`an answer that cannot be read (status ${status}, type ${type || 'none'})`);
    if (answering.mode() === 'observe') return passOn(exchange, answer);
    body.destroy();
    return refuse(
      res,
      `the MCP server's answer cannot be read (type ${type || 'none'}${coded ? ', compressed' : ''}).`,
    );
  }
  if (type === 'application/json') return giveWhole(agent, exchange, answer);
  if (!res.headersSent) res.writeHead(status, headersForClient(answer.headers));
  res.flushHeaders();
  for (const message of sending?.extra ?? []) res.write(sseEvent(message));
  await giveEvents(agent, exchange, body);
}

/** Raw headers come as a flat list. */
function headerReader(headers: unknown): (name: string) => string | undefined {
  const flat = Array.isArray(headers) ? headers.map(String) : [];
  return (name) => {
    const at = flat.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
    return at === -1 ? undefined : flat[at + 1];
  };
}

async function passOn({ res }: Exchange, { statusCode, headers, body }: Dispatcher.ResponseData): Promise<void> {
  if (!res.headersSent) res.writeHead(statusCode, headersForClient(headers));
  for await (const chunk of body) await write(res, chunk);
  res.end();
}

async function giveWhole(agent: Agent, exchange: Exchange, answer: Dispatcher.ResponseData): Promise<void> {
  const { res, sending, answering } = exchange;
  const bytes = await wholeOf(answer.body);
  if (bytes === null || !isUtf8(bytes)) {
    answering.note(bytes === null ? 'an answer that is too long to be read' : 'an answer that is not valid UTF-8');
    if (bytes !== null && answering.mode() === 'observe') return finish(exchange, answer, bytes);
    return refuse(res, `the MCP server's answer is ${bytes === null ? 'too long' : 'not valid UTF-8'}.`);
  }
  const text = bytes.toString('utf8');
  const { forward, back } = await answering.connection.talk.fromServer(text);
  await toServer(agent, exchange, back);
  const extra = sending?.extra ?? [];
  if (extra.length === 0 && forward === null) return refuse(res, "the MCP server's answer cannot be read.");
  if (extra.length === 0) return finish(exchange, answer, forward === text ? bytes : (forward ?? ''));
  // The client sent a batch; what was refused of it is answered beside the rest.
  const rest = forward === null ? [] : [forward.trim().startsWith('[') ? forward.trim().slice(1, -1) : forward];
  finish(exchange, answer, `[${[...rest, ...extra].join(',')}]`);
}

function finish({ res }: Exchange, { statusCode, headers }: Dispatcher.ResponseData, body: Buffer | string): void {
  if (res.headersSent) {
    res.end(sseEvent(body.toString()));
    return;
  }
  const length = String(Buffer.byteLength(body));
  res.writeHead(statusCode, [...headersForClient(headers, ['content-length']), 'content-length', length]);
  res.end(body);
}

async function wholeOf(body: AsyncIterable<Buffer>): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > longestAnswer) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function giveEvents(agent: Agent, exchange: Exchange, body: AsyncIterable<Buffer>): Promise<void> {
  const { res, answering } = exchange;
  const events = new SseReader(longestAnswer);
  try {
    for await (const chunk of body) {
      for (const frame of events.push(chunk)) await giveEvent(agent, exchange, frame);
    }
  } catch (error) {
    if (!(error instanceof FrameTooLong)) throw error;
    answering.note(error.message);
    res.destroy();
    return;
  }
  const rest = events.rest();
  if (isBlankRest(rest)) res.write(rest);
  res.end();
}

async function giveEvent(agent: Agent, exchange: Exchange, frame: SseFrame): Promise<void> {
  const { res, answering } = exchange;
  const { data, raw, odd } = frame;
  if (odd !== undefined) {
    answering.note(`an event that ${odd}`);
    if (answering.mode() === 'enforce') return;
  }
  // Comments, retry times, and an empty event whose id a client resumes from.
  if (data === null || data === '') return write(res, raw);
  const { forward, back } = await answering.connection.talk.fromServer(data);
  await toServer(agent, exchange, back);
  if (forward === data) return write(res, raw);
  if (forward !== null) return write(res, sseEvent(forward, idOf(raw)));
}

const idOf = (raw: Uint8Array): string =>
  /^id:[ ]?(.*)$/m.exec(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8'))?.[1] ?? '';

/** Our answers to requests of the server go the way the client's would. */
async function toServer(agent: Agent, exchange: Exchange, messages: readonly string[]): Promise<void> {
  for (const message of messages) {
    try {
      const answer = await request(agent, exchange, message, AbortSignal.timeout(10_000), 'POST');
      await answer.body.dump();
    } catch (cause) {
      exchange.answering.trouble('mcp-unreachable', 'an MCP server did not take an answer', cause);
    }
  }
}

/** Waits while the client is slow; what a client that left would get is thrown away. */
async function write(res: ServerResponse, bytes: Uint8Array | string): Promise<void> {
  if (res.destroyed || res.write(bytes)) return;
  await Promise.race([once(res, 'drain'), once(res, 'close')]);
}

function refuse(res: ServerResponse, message: string): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32_603, message: `Warder: ${message}` } });
  res.writeHead(502, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

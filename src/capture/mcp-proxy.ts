import { isUtf8 } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '../core/event.ts';
import type { McpPassage, McpTalk, McpTalkDeps } from '../core/mcp.ts';
import type { Result } from '../core/result.ts';
import { answerEarly, readBody } from './gateway-body.ts';
import { type McpJudgeDeps, mcpJudge } from './mcp-judge.ts';
import type { McpServer, McpServers } from './mcp-servers.ts';
import { createMcpUpstream, type McpAnswering, sseEvent } from './mcp-upstream.ts';

export interface McpProxyDeps extends McpJudgeDeps {
  readonly servers: Pick<McpServers, 'server'>;
  talk(deps: McpTalkDeps): McpTalk;
  identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>>;
  /** Longest message, bytes: 64 MiB. */
  readonly maxBodyBytes?: number;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

/** One MCP session of one person with one server, or a single request where the server gives no session ids. */
interface Connection {
  readonly talk: McpTalk;
  readonly identity: Identity;
  /** The session its events are recorded under. */
  session: string;
}

interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly name: string;
  readonly server: McpServer;
  readonly connection: Connection;
}

const route = /^\/mcp\/([A-Za-z0-9._-]{1,100})\/?(?:\?.*)?$/;
const mostConnections = 2000;
/** Sessions of connections to which the server gives no id: one for each person, device and server. */
const nameless = 'mcp_any_';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * `/mcp/<name>`: a streamable-HTTP server of the configuration, with verdicts in between. Source: MCP 2025-03-26 and
 * 2025-06-18, "Streamable HTTP". Session ids, event ids and bytes pass as they came; the client's Warder token stays here.
 */
export function createMcpProxy(deps: McpProxyDeps): {
  readonly listener: (req: IncomingMessage, res: ServerResponse) => void;
  destroy(): Promise<void>;
} {
  const upstream = createMcpUpstream();
  const connections = createConnections(deps);
  const work = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const name = route.exec(req.url ?? '')?.[1];
    if (name === undefined) return turnAway(req, res, 404, 'MCP servers are at /mcp/<name>.');
    const who = await deps.identify(req);
    if (!who.ok) return turnAway(req, res, 401, who.error.detail);
    const server = await deps.servers.server(name);
    if (server === null)
      return turnAway(req, res, 404, `there is no MCP server ${name} here. Run: warder mcp add ${name} URL`);
    const connection = connections.of(name, req, who.value);
    if (connection === null) return turnAway(req, res, 404, 'this session is not known here; begin a new one.');
    const asked: Asked = { req, res, name, server, connection };
    const answering: McpAnswering = {
      connection,
      mode: deps.mode,
      met: (sessionId) => connections.met(name, sessionId, connection),
      note: (why) =>
        void deps.pipeline.note({ ...headOf(deps, connection), kind: 'unparsed', why: `MCP: ${why}`, raw: '' }),
      trouble: (code, detail, cause) => deps.onTrouble?.(code, detail, cause),
    };
    if (req.method === 'POST') return post(deps, asked, upstream, answering);
    if (req.method !== 'GET' && req.method !== 'DELETE') return turnAway(req, res, 405, 'use POST, GET or DELETE.');
    if (req.method === 'DELETE') connections.ended(name, req);
    req.resume();
    await upstream.exchange(req, res, server, null, answering);
  };
  return {
    listener: (req, res) => {
      work(req, res).catch((cause: unknown) => {
        deps.onTrouble?.('mcp-failed', 'a request to an MCP server could not be handled', cause);
        if (res.headersSent) res.destroy();
        else turnAway(req, res, 500, 'Warder could not handle this request (an internal error).');
      });
    },
    destroy: () => upstream.destroy(),
  };
}

const headOf = (deps: McpProxyDeps, { identity, session }: Connection) =>
  ({ source: 'mcp', agent: 'mcp-client', session, identity, at: deps.now() }) as const;

function createConnections(deps: McpProxyDeps) {
  const known = new Map<string, Connection>();
  const keyOf = (name: string, sessionId: string) => `${name}\0${sessionId}`;
  const open = (name: string, identity: Identity, session: string): Connection => {
    const connection: Connection = {
      identity,
      session,
      talk: deps.talk({
        server: name,
        judge: mcpJudge(deps, () => ({
          server: name,
          session: connection.session,
          client: connection.talk.client(),
          identity,
        })),
        freshId: randomUUID,
        sha256,
        nowMs: () => performance.now(),
        after: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
      }),
    };
    return connection;
  };
  const keep = (key: string, connection: Connection): Connection => {
    known.delete(key);
    known.set(key, connection);
    const [oldest] = known.keys();
    if (known.size > mostConnections && oldest !== undefined) known.delete(oldest);
    return connection;
  };
  const sessionOf = (name: string, sessionId: string, { person, device }: Identity) =>
    `mcp_${sha256(JSON.stringify([name, sessionId, person, device])).slice(0, 24)}`;
  return {
    /** Null for a session that is another person's. */
    of(name: string, req: IncomingMessage, identity: Identity): Connection | null {
      const sessionId = single(req.headers['mcp-session-id']);
      const version = single(req.headers['mcp-protocol-version']) ?? '';
      if (sessionId === undefined) {
        const { person, device } = identity;
        const session = `${nameless}${sha256(JSON.stringify([name, person, device])).slice(0, 24)}`;
        const single = open(name, identity, session);
        single.talk.assume(version);
        return single;
      }
      const key = keyOf(name, sessionId);
      const found = known.get(key) ?? open(name, identity, sessionOf(name, sessionId, identity));
      if (found.identity.person !== identity.person || found.identity.device !== identity.device) return null;
      found.talk.assume(version);
      return keep(key, found);
    },
    /** The server gave the connection an id. */
    met(name: string, sessionId: string, connection: Connection): void {
      const key = keyOf(name, sessionId);
      if (known.has(key)) return;
      if (connection.session.startsWith(nameless)) connection.session = sessionOf(name, sessionId, connection.identity);
      keep(key, connection);
    },
    ended(name: string, req: IncomingMessage): void {
      known.delete(keyOf(name, single(req.headers['mcp-session-id']) ?? ''));
    },
  };
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

async function post(
  deps: McpProxyDeps,
  asked: Asked,
  upstream: ReturnType<typeof createMcpUpstream>,
  answering: McpAnswering,
): Promise<void> {
  const { req, res, server, connection } = asked;
  const limit = deps.maxBodyBytes ?? 64 * 1024 * 1024;
  const coding = req.headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') return turnAway(req, res, 415, 'send messages without a content coding.');
  const read = await readBody(req, limit);
  if (read.kind === 'gone') return;
  if (read.kind === 'too-large') return turnAway(req, res, 413, `the message is longer than ${limit} bytes.`);
  const { bytes } = read;
  if (!isUtf8(bytes)) {
    answering.note('a message of the client is not valid UTF-8');
    if (deps.mode() === 'enforce') return turnAway(req, res, 400, 'the message is not valid UTF-8.');
    return upstream.exchange(req, res, server, { body: bytes, extra: [], begun: false }, answering);
  }
  const text = bytes.toString('utf8');
  const passage = await connection.talk.fromClient(text);
  if (passage.later !== undefined) return askFirst(asked, passage.back, passage.later, upstream, answering);
  if (passage.forward === null) return answerHere(res, passage.back);
  const body = passage.forward === text ? bytes : passage.forward;
  await upstream.exchange(req, res, server, { body, extra: passage.back, begun: false }, answering);
}

/** The question to the person leaves as an event of this answer, which goes on once it is settled. */
async function askFirst(
  { req, res, server }: Asked,
  questions: readonly string[],
  later: Promise<McpPassage>,
  upstream: ReturnType<typeof createMcpUpstream>,
  answering: McpAnswering,
): Promise<void> {
  const streams = /text\/event-stream/i.test(req.headers.accept ?? '');
  if (streams) {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    for (const question of questions) res.write(sseEvent(question));
  }
  // A client that takes no events cannot be asked; the question runs out of time.
  const { forward, back } = await later;
  if (forward !== null)
    return upstream.exchange(req, res, server, { body: forward, extra: back, begun: streams }, answering);
  if (!streams) return answerHere(res, back);
  for (const message of back) res.write(sseEvent(message));
  res.end();
}

/** What was refused never leaves; its sender is answered from here. */
function answerHere(res: ServerResponse, back: readonly string[]): void {
  const [first] = back;
  // Nothing to say: an answer of the client to a question of ours, or a call that was taken back.
  if (first === undefined) {
    res.writeHead(202, { 'content-length': 0 });
    res.end();
    return;
  }
  const body = back.length === 1 ? first : `[${back.join(',')}]`;
  const unnamed = body.startsWith('{"jsonrpc":"2.0","id":null');
  res.writeHead(unnamed ? 400 : 200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  res.end(body);
}

function turnAway(req: IncomingMessage, res: ServerResponse, status: number, message: string): void {
  const error = { code: -32_600, message: `Warder: ${message}` };
  answerEarly(req, res, status, JSON.stringify({ jsonrpc: '2.0', id: null, error }));
}

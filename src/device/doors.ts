import { createHash, timingSafeEqual } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import type { HookReply } from '../core/agent.ts';
import type { Asked } from './relay.ts';

export interface DoorDeps {
  hook(asked: Asked): Promise<HookReply>;
  knows(agent: string): boolean;
  /** Asked on the port, where anybody on this machine may knock; the socket's folder lets only its owner in. */
  readonly token: string;
  /** What `GET /status` says. */
  status(): object;
  now(): string;
}

/** A longer body is cut, which the server then says of it. */
const longestBody = 8 * 1024 * 1024 + 64 * 1024;
const hookPath = /^\/hooks\/([A-Za-z0-9._-]{1,64})(?:\/t\/([^/?#]{1,512}))?\/?(?:\?.*)?$/;
const eventName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** The doors of the device process: hooks as the server takes them, and how it is. */
export function createDoors(deps: DoorDeps, needsToken: boolean): http.Server {
  const server = http.createServer({ noDelay: true, keepAliveTimeout: 65_000, requestTimeout: 30_000 }, (req, res) => {
    answer(deps, needsToken, req)
      .catch((cause: unknown) => problem(500, 'device-failed', `The device process failed (${String(cause)}).`))
      .then((reply) => send(res, reply))
      .catch(() => res.destroy());
  });
  return server;
}

async function answer(deps: DoorDeps, needsToken: boolean, req: http.IncomingMessage): Promise<HookReply> {
  const [, agent, inPath] = hookPath.exec(req.url ?? '') ?? [];
  const header = req.headers['x-warder-token'];
  const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const given = bearer ?? (typeof header === 'string' ? header : undefined) ?? inPath ?? '';
  if (needsToken && !same(given, deps.token))
    return turnedAway(req, 401, 'unknown-token', 'This is not the token of this device.');
  if (req.method === 'GET' && req.url === '/status') return { status: 200, body: JSON.stringify(deps.status()) };
  if (req.method === 'GET' && req.url === '/healthz') return { status: 200, body: '{"ok":true}' };
  if (agent === undefined || !deps.knows(agent))
    return turnedAway(req, 404, 'unknown-agent', 'No hooks of such an agent are taken here.');
  if (req.method !== 'POST') return turnedAway(req, 405, 'post-only', 'Hooks are sent with POST.');
  const event = eventName.exec(String(req.headers['x-warder-event'] ?? ''))?.[0];
  const at = deps.now();
  return deps.hook({ agent, at, body: await bodyOf(req), ...(event === undefined ? {} : { event }) });
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
const same = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other));

async function bodyOf(req: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    if (size < longestBody) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).toString('utf8');
}

const problem = (status: number, code: string, detail: string): HookReply => ({
  status,
  body: JSON.stringify({ error: { code, detail } }),
});

function turnedAway(req: http.IncomingMessage, status: number, code: string, detail: string): HookReply {
  req.resume();
  return problem(status, code, detail);
}

function send(res: http.ServerResponse, { status, body, exit }: HookReply): void {
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(exit === undefined ? {} : { 'x-warder-exit': exit }),
  });
  res.end(body);
}

/** Listens on a socket that only its owner reaches: in a folder of mode 0700, itself 0600. One that a killed process left is replaced. */
export async function listenOnSocket(server: http.Server, socket: string): Promise<void> {
  const folder = path.dirname(socket);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  fs.chmodSync(folder, 0o700);
  if (Buffer.byteLength(socket) > 100)
    throw new Error(
      `${socket} is longer than a socket's name may be (about 100 bytes). Choose another home with --home.`,
    );
  fs.rmSync(socket, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socket, resolve);
  });
  fs.chmodSync(socket, 0o600);
}

/** Listens on loopback. Rejects when the port is taken. */
export function listenOnPort(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
}

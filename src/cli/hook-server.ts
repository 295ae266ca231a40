import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import type { HookReply } from '../core/agent.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { knownServer, readIfThere } from './agent-files.ts';
import { deviceClientPath } from './claude-client.ts';
import type { Io } from './command.ts';
import { hasWaiting } from './device-home.ts';

/** Where a hook is sent. */
interface Way {
  /** Origin of the server; with `socket`, only the Host header is made of it. */
  readonly url: string;
  /** Null: who asks on the socket is known by it. */
  readonly token: string | null;
  /** Unix socket of the resident process of this machine. */
  readonly socket?: string;
}

/** Longest answer that is read, in bytes. */
const maxAnswerBytes = 1 << 20;

/**
 * The ways a hook can take, the first that answers is taken: WARDER_URL with WARDER_TOKEN; else this machine's resident
 * process, the server of the device's settings, the server last started in this home.
 */
export function waysToServer(home: string, env: Io['env']): Result<readonly Way[]> {
  const { WARDER_URL: url, WARDER_TOKEN: token } = env;
  if (url || token) {
    if (!url || !token)
      return fail('half-told', 'WARDER_URL and WARDER_TOKEN go together, and one of them is not set.');
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      return fail('bad-url', 'WARDER_URL is no address such as http://127.0.0.1:7717.');
    return ok([{ url: new URL(url).origin, token }]);
  }
  const ways: Way[] = [];
  const socket = path.join(path.dirname(deviceClientPath(home)), 'device.sock');
  if (fs.existsSync(socket)) ways.push({ url: 'http://warder', token: null, socket });
  // What the device process has not delivered yet goes before the way round it.
  if (hasWaiting(home))
    return ways.length > 0
      ? ok(ways)
      : fail('not-running', 'Its device process is not running. Start it: warder device run');
  const told = deviceSettings(home) ?? knownServer(home);
  if (told) ways.push({ url: new URL(told.url).origin, token: told.token });
  return ways.length === 0 ? fail('no-server', `No server is known in ${home}. Start one: warder serve`) : ok(ways);
}

/** Address and token of the device client's settings (curl's own format); null when there are none. */
function deviceSettings(home: string): { readonly url: string; readonly token: string } | null {
  const text = readIfThere(`${deviceClientPath(home)}.conf`) ?? '';
  const url = /^url = "([^"\\]+)"$/m.exec(text)?.[1];
  const token = /^header = "Authorization: Bearer ([^"\\]+)"$/m.exec(text)?.[1];
  return url !== undefined && token !== undefined && URL.canParse(url) ? { url, token } : null;
}

interface Sending {
  readonly agent: string;
  /** Name of the hook, where the caller told it. */
  readonly event: string | undefined;
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Sends one hook, over the next way where nobody listens. Errors say in one sentence what a person can do. */
export async function askServer(ways: readonly Way[], sending: Sending): Promise<Result<HookReply>> {
  let last: Result<HookReply> = fail('not-running', 'Its server is not running. Start it: warder serve');
  for (const way of ways) {
    last = await ask(way, sending);
    if (last.ok || last.error.code !== 'not-running') return last;
  }
  return last;
}

function ask(way: Way, { agent, event, body, signal }: Sending): Promise<Result<HookReply>> {
  const { promise, resolve } = Promise.withResolvers<Result<HookReply>>();
  const { request } = way.url.startsWith('https:') && way.socket === undefined ? https : http;
  const sent = request(
    new URL(`/hooks/${agent}`, way.url),
    {
      method: 'POST',
      signal,
      ...(way.socket === undefined ? {} : { socketPath: way.socket }),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        ...(way.token === null ? {} : { authorization: `Bearer ${way.token}` }),
        ...(event === undefined ? {} : { 'x-warder-event': event }),
      },
    },
    (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) sent.destroy(new Error('too long'));
        else chunks.push(chunk);
      });
      answer.on('error', (error) => resolve(failed(error)));
      answer.on('end', () => resolve(read(answer, Buffer.concat(chunks).toString('utf8'))));
    },
  );
  sent.on('error', (error) => resolve(failed(error)));
  sent.end(body);
  return promise;
}

function failed(error: Error): Result<HookReply> {
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return fail('late', 'Its server did not answer in time. Run: warder doctor');
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return fail('not-running', 'Its server is not running. Start it: warder serve');
  return fail('unreachable', `Its server could not be asked (${code || error.message}). Run: warder doctor`);
}

function read(answer: http.IncomingMessage, body: string): Result<HookReply> {
  const { statusCode: status = 0, headers } = answer;
  if (status === 401)
    return fail(
      'unknown-token',
      'Its server does not accept this token. Run: warder tokens add, or warder install again',
    );
  if (status !== 200) return fail('bad-status', `Its server answered ${status}. Run: warder doctor`);
  if (!headers['content-type']?.startsWith('application/json'))
    return fail('no-json', 'Its server gave an answer that is not JSON. Run: warder doctor');
  const told = headers['x-warder-exit'];
  if (told === undefined) {
    return isObject(body)
      ? ok({ status, body })
      : fail('no-json', 'Its server gave an answer that is not JSON. Run: warder doctor');
  }
  const exit = typeof told === 'string' && /^\d{1,2}$/.test(told) ? Number(told) : -1;
  if (exit < 0) return fail('bad-exit', 'Its server named no exit status. Run: warder doctor');
  // A refusal without a word is none for most agents.
  return ok({ status, body: exit !== 0 && body.trim() === '' ? 'Blocked by Warder.' : body, exit });
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    // Not JSON is the answer here.
    return false;
  }
}

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const script = path.join(import.meta.dirname, 'warder-hook.sh');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-device-'));
const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A client installed for a server at `url`. */
function install(name: string, url: string | null): string {
  const client = path.join(folder, name, 'warder-hook');
  fs.mkdirSync(path.dirname(client), { recursive: true });
  fs.copyFileSync(script, client);
  fs.chmodSync(client, 0o755);
  if (url !== null)
    fs.writeFileSync(`${client}.conf`, `url = "${url}"\nheader = "Authorization: Bearer wrd_test"\n`, { mode: 0o600 });
  return client;
}

async function serve(answer: http.RequestListener): Promise<string> {
  const server = http.createServer(answer);
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/claude-code`;
}

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  client: string,
  args: readonly string[],
  input = '{"a":1}',
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(client, args, { env, cwd: folder });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const json = (res: http.ServerResponse, status: number, body: string, type = 'application/json'): void => {
  res.writeHead(status, { 'content-type': type });
  res.end(body);
};

const before = ['claude-code', 'PreToolUse', 'block'];
const after = ['claude-code', 'PostToolUse', 'pass'];

/** Every way the server can fail the client, and what the person is told. */
const failures: Readonly<Record<string, readonly [url: () => Promise<string | null>, says: string]>> = {
  'is not running': [async () => 'http://127.0.0.1:9/hooks/claude-code', 'not running. Start it: warder serve'],
  'does not know the token': [() => serve((_, res) => json(res, 401, '{"error":{}}')), 'does not accept this device'],
  'has an accident': [() => serve((_, res) => json(res, 500, '{"error":{}}')), 'answered 500'],
  'answers with text': [() => serve((_, res) => json(res, 200, 'hello', 'text/plain')), 'answered 200'],
  'answers with broken JSON': [() => serve((_, res) => json(res, 200, '{not json')), 'not JSON'],
  'answers with nothing': [() => serve((_, res) => json(res, 200, '')), 'not JSON'],
  'sends to elsewhere': [
    () => serve((_, res) => res.writeHead(302, { location: 'http://127.0.0.1:9/' }).end()),
    'answered 302',
  ],
  'stops in the middle': [
    () =>
      serve((_, res) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '99' });
        res.write('{');
        setTimeout(() => res.destroy(), 20);
      }),
    'curl error',
  ],
  'speaks no http': [
    async () => {
      const server = net.createServer((socket) => socket.end('bye')).listen(0, '127.0.0.1');
      closing.push(() => server.close());
      await new Promise((resolve) => server.once('listening', resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    },
    'curl error',
  ],
  'was never installed': [async () => null, 'cannot be read. Run: warder install claude-code'],
};

describe('the device client', () => {
  it('gives the body to the server and the server’s answer to the agent, byte for byte', async () => {
    const seen: unknown[] = [];
    const deny = '{"hookSpecificOutput":{"permissionDecisionReason":"a \\"b\\" %s \\\\ 100% ü"}}';
    const url = await serve((req, res) => {
      let body = '';
      req.on('data', (chunk) => (body += chunk));
      req.on('end', () => {
        seen.push(req.method, req.headers.authorization, req.headers['content-type'], body);
        json(res, 200, deny);
      });
    });
    const input = JSON.stringify({ command: 'printf "%s\\n" $HOME `id`; @file', long: 'x'.repeat(1_500_000) });
    expect(await run(install('works', url), before, input)).toEqual({ code: 0, stdout: `${deny}\n`, stderr: '' });
    expect(seen).toEqual(['POST', 'Bearer wrd_test', 'application/json', input]);
  });

  it.each(Object.entries(failures))('blocks and says why when the server %s', async (name, [url, says]) => {
    const client = install(name.replaceAll(' ', '-'), await url());
    const blocked = await run(client, before);
    expect(blocked).toMatchObject({ code: 2, stdout: '' });
    expect(blocked.stderr).toContain('Blocked: Warder could not judge this.');
    expect(blocked.stderr).toContain(says);
    expect(await run(client, after)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('blocks within its own deadline when the server hangs', async () => {
    const client = install('hangs', await serve(() => {}));
    const start = performance.now();
    const blocked = await run(client, before);
    expect(blocked).toMatchObject({ code: 2, stdout: '' });
    expect(blocked.stderr).toContain('did not answer in 5 seconds');
    expect(performance.now() - start).toBeLessThan(7000);
  });

  it('blocks when it is called without saying for what', async () => {
    const client = install('no-words', await serve((_, res) => json(res, 200, '{}')));
    expect((await run(client, [])).code).toBe(2);
    expect((await run(client, ['claude-code', 'PreToolUse'])).code).toBe(0);
  });

  it('is not led astray by its environment', async () => {
    const client = install('hostile', await serve((_, res) => json(res, 200, '{}')));
    const bin = path.join(folder, 'bin');
    fs.mkdirSync(bin);
    for (const name of ['curl', 'printf'])
      fs.writeFileSync(path.join(bin, name), '#!/bin/sh\necho "{}"\n', { mode: 0o755 });
    fs.writeFileSync(path.join(folder, '.curlrc'), 'url = "http://127.0.0.1:9/"\nproxy = "http://127.0.0.1:9"\n');
    const hostile = {
      PATH: bin,
      HOME: folder,
      CURL_HOME: folder,
      http_proxy: 'http://127.0.0.1:9',
      ALL_PROXY: 'http://127.0.0.1:9',
      ENV: path.join(bin, 'curl'),
      BASH_ENV: path.join(bin, 'curl'),
      IFS: 'a',
    };
    expect(await run(client, before, '{}', hostile)).toEqual({ code: 0, stdout: '{}\n', stderr: '' });
    const dead = install('hostile-dead', 'http://127.0.0.1:9/');
    expect((await run(dead, before, '{}', hostile)).code).toBe(2);
  });

  it('puts no token on any command line', () => {
    expect(fs.readFileSync(script, 'utf8')).not.toMatch(/bearer/i);
  });
});

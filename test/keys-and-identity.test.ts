import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openProviderKeys } from '../src/capture/provider-keys.ts';
import { openTokens } from '../src/capture/tokens.ts';
import { command as keys } from '../src/cli/keys.ts';
import { readConfig } from '../src/config.ts';
import { providers } from '../src/plugs.ts';
import { openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { listening } from './harness/gateway-rig.ts';

let dir: string;
let server: RunningServer | undefined;
const closers: (() => Promise<void>)[] = [];
const log: string[] = [];
beforeEach(() => {
  dir = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'warder-identity-')), 'home');
  log.length = 0;
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  for (const close of closers.splice(0)) await close();
  fs.rmSync(path.dirname(dir), { recursive: true, force: true });
});

function configured(config: object) {
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(dir, 'config.json'), JSON.stringify(config));
  return readConfig(dir, { port: '0', mode: 'observe' });
}

async function start(config: object, env: Record<string, string> = {}): Promise<RunningServer> {
  server = await startServer({ ...configured(config), env, log: (line) => log.push(line) });
  return server;
}

/** A provider that notes what it was sent, and refuses the keys it is told to. */
async function provider() {
  const seen: http.IncomingHttpHeaders[] = [];
  const refused = new Set<string>();
  const { url, close } = await listening((req, res) => {
    seen.push(req.headers);
    res.writeHead(refused.has(String(req.headers['x-api-key'])) ? 401 : 200, { 'content-type': 'application/json' });
    res.end('{}');
  });
  closers.push(close);
  return { url, seen, refused };
}

const ask = (url: string, headers: http.OutgoingHttpHeaders, body = '{"messages":[]}') =>
  fetch(`${url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: new Headers(
      Object.entries({ 'content-type': 'application/json', ...headers }).map(([name, value]) => [name, String(value)]),
    ),
    body,
  });

async function cli(args: readonly string[], stdin = '') {
  const [stdout, stderr, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
  input.end(stdin);
  const status = await keys.run([...args, '--home', dir], { stdin: input, stdout, stderr, env: {} });
  return { status, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const made = (name: string) => ['sk', 'ant', name, randomBytes(12).toString('hex')].join('-');
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('keys at a running server', () => {
  it('a refused key raises an alert, another takes over, a rotated one is used within a second, and the counts are shown', async () => {
    const to = await provider();
    const { url, token } = await start({ upstream: { anthropic: to.url } });
    const [first, second, third] = [made('first'), made('second'), made('third')];
    await cli(['add', 'anthropic'], first);
    await cli(['add', 'anthropic', '--name', 'spare', '--priority', '5'], second);
    await later(1100);
    to.refused.add(first);
    expect((await ask(url, { 'x-api-key': token })).status).toBe(200);
    expect(to.seen.map((headers) => headers['x-api-key'])).toEqual([first, second]);
    expect(log.join()).toContain('key-out');

    const list = await cli(['list']);
    expect(list.out).toMatch(
      /anthropic +fingerprint \w{8} .* OUT \(401\), next try in \d+ s: 1 sent, 0 answered, 1 refused/,
    );
    expect(list.out).toMatch(/spare .* in use: 1 sent, 1 answered/);
    const api = { headers: { authorization: `Bearer ${token}` } };
    const alerts = await (await fetch(`${url}/api/v1/alerts`, api)).text();
    expect(alerts).toContain('anthropic refuses the key default');
    const health = await (await fetch(`${url}/api/v1/keys`, api)).text();
    expect((await fetch(`${url}/api/v1/keys`)).status).toBe(401);

    await cli(['rotate', 'anthropic'], third);
    await later(1100);
    expect((await ask(url, { 'x-api-key': token })).status).toBe(200);
    expect(to.seen.at(-1)?.['x-api-key']).toBe(third);
    // The key that seals is renewed under the running server.
    await cli(['rotate', '--sealing-key']);
    await later(1100);
    expect((await ask(url, { 'x-api-key': token })).status).toBe(200);
    for (const text of [list.out, list.err, alerts, health, log.join()])
      for (const secret of [first, second, third]) expect(text).not.toContain(secret);
  });
});

it('two processes that add keys and tokens at the same instant keep all of them', async () => {
  const home = openHome(dir, {});
  const { dbPath, signingKeyPem, keyid, seal, unseal } = home;
  const stores = await Promise.all([1, 2, 3].map(() => openSqliteStore({ path: dbPath, signingKeyPem, keyid })));
  const names = Array.from({ length: 24 }, (_, n) => `k${n}`);
  const of = <T>(all: readonly T[], n: number): T => all[n % all.length] as T;
  const kept = stores.map((settings) => openProviderKeys({ settings, providers, seal, unseal, env: {} }));
  const tokens = stores.map((settings) => openTokens({ settings, now: () => new Date().toISOString() }));
  await Promise.all([
    ...names.map((name, n) => of(kept, n).add('anthropic', name, made(name), '')),
    ...names.map((name, n) => of(tokens, n).add({ person: name, device: 'd' })),
  ]);
  expect((await of(kept, 0).list()).map(({ name }) => name).sort()).toEqual([...names].sort());
  expect((await of(tokens, 1).list()).map(({ person }) => person).sort()).toEqual([...names].sort());
  await Promise.all(stores.map((store) => store.close()));
});

describe('a JWT at a running server', () => {
  it('is its person’s identity, and never reaches the provider, also where clients’ own credentials pass', async () => {
    const to = await provider();
    const pair = await generateKeyPair('ES256', { extractable: true });
    const idp = await listening(
      async (_req, res) => void res.end(JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k' }] })),
    );
    closers.push(idp.close);
    const oidc = { issuer: idp.url, audience: 'warder', jwks: `${idp.url}/keys` };
    const own = made('own');
    const config = { upstream: { anthropic: to.url }, passThroughClientAuth: true, identity: { oidc } };
    const { url, token } = await start(config, { ANTHROPIC_API_KEY: own });
    const jwt = await new SignJWT({ email: 'ada@example.com', groups: ['ops'] })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setIssuer(idp.url)
      .setAudience('warder')
      .setExpirationTime('5m')
      .sign(pair.privateKey);
    for (const headers of [{ authorization: `Bearer ${jwt}` }, { 'x-api-key': jwt }]) {
      expect((await ask(url, headers, '{"messages":[{"role":"user","content":"hi"}]}')).status).toBe(200);
      expect(to.seen.at(-1)?.['x-api-key']).toBe(own);
    }
    expect((await ask(url, { 'x-warder-token': jwt, authorization: 'Bearer sk-ant-oat-theirs' })).status).toBe(200);
    expect(to.seen.at(-1)?.authorization).toBe('Bearer sk-ant-oat-theirs');
    expect(JSON.stringify(to.seen)).not.toContain(jwt.slice(0, 40));
    expect((await ask(url, { authorization: `Bearer ${jwt.slice(0, -3)}AAA` })).status).toBe(401);
    const api = await fetch(`${url}/api/v1/sessions`, { headers: { authorization: `Bearer ${token}` } });
    expect(await api.text()).not.toContain(jwt.slice(0, 40));
  });
});

describe.skipIf(process.platform !== 'linux')('behind tailscale serve', () => {
  const headers = { 'tailscale-user-login': 'tina@example.com', 'x-forwarded-for': '100.64.0.1', 'x-api-key': '-' };

  async function daemon(): Promise<{ socket: string; asked: string[]; stop(): Promise<void> }> {
    const asked: string[] = [];
    const socket = path.join(path.dirname(dir), 'tailscaled.sock');
    const local = http.createServer((req, res) => {
      asked.push(`${req.headers.host} ${req.url}`);
      const node = { Name: 'laptop.tail1.ts.net.', ComputedName: 'laptop' };
      res.end(JSON.stringify({ Node: node, UserProfile: { LoginName: 'tina@example.com' } }));
    });
    await new Promise<void>((resolve) => local.listen(socket, resolve));
    const stop = () => new Promise<void>((resolve) => local.close(() => resolve()));
    closers.push(stop);
    return { socket, asked, stop };
  }
  const sessionsOf = async ({ url, token }: RunningServer) =>
    (await fetch(`${url}/api/v1/sessions`, { headers: { authorization: `Bearer ${token}` } })).text();

  it('the person and the node are who the tailnet says, and neither header reaches the provider', async () => {
    const [to, { socket, asked, stop }] = [await provider(), await daemon()];
    const tailscale = { socket, serve: true, serveUser: process.getuid?.() ?? 0 };
    const at = await start(
      { upstream: { anthropic: to.url }, identity: { tailscale } },
      { ANTHROPIC_API_KEY: made('own') },
    );
    const body = '{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"hello"}]}';
    expect((await ask(at.url, headers, body)).status).toBe(200);
    expect(asked).toEqual(['local-tailscaled.sock /localapi/v0/whois?addr=100.64.0.1%3A0']);
    expect(Object.keys(to.seen[0] ?? {}).filter((name) => /^tailscale-|forwarded/.test(name))).toEqual([]);
    await later(300);
    expect(await sessionsOf(at)).toMatch(/"person":"tina@example.com","device":"laptop"/);
    expect((await ask(at.url, { ...headers, 'tailscale-user-login': 'boss@example.com' })).status).toBe(401);
    expect((await ask(at.url, { 'x-api-key': '-' })).status).toBe(401);
    await stop();
    fs.rmSync(socket, { force: true });
    const other = await ask(at.url, { ...headers, 'x-forwarded-for': '100.64.0.2' });
    expect(other.status).toBe(401);
    expect(await other.text()).toContain('cannot be asked who is calling');
    expect(to.seen.length).toBe(1);
  });

  it('through a proxy that is not the configured one, or where none is configured, such headers are refused', async () => {
    const [to, { socket }] = [await provider(), await daemon()];
    const own = { ANTHROPIC_API_KEY: made('own') };
    const tailscale = { socket, serve: true, serveUser: (process.getuid?.() ?? 0) + 4321 };
    const config = { upstream: { anthropic: to.url }, passThroughClientAuth: true };
    const at = await start({ ...config, identity: { tailscale } }, own);
    const relay = await listening((req, res) => {
      const onward = http.request(
        `${at.url}${req.url}`,
        { method: 'POST', headers: { ...req.headers, ...headers } },
        (got) => {
          res.writeHead(got.statusCode ?? 0);
          got.pipe(res);
        },
      );
      req.pipe(onward);
    });
    closers.push(relay.close);
    expect((await ask(relay.url, {})).status).toBe(401);
    expect((await ask(at.url, headers)).status).toBe(401);
    await server?.close();
    server = undefined;
    const plain = await start(config, own);
    expect((await ask(plain.url, headers)).status).toBe(401);
    expect(to.seen).toEqual([]);
  });
});

describe('the configuration', () => {
  const oidc = { issuer: 'https://idp.example', audience: 'warder' };
  it.each<[object, RegExp]>([
    [{ listen: '0.0.0.0' }, /listen is 0\.0\.0\.0, which others can reach.*identity\.oidc or identity\.tailscale/s],
    [{ listen: '100.64.0.1', identity: {} }, /which others can reach/],
    [{ listen: '::' }, /which others can reach/],
    [{ listen: 'warder.example' }, /must be an IP address/],
    [{ identity: { oidc: { issuer: 'http://idp.example', audience: 'x' } } }, /must begin with https/],
    [{ identity: { oidc: { ...oidc, algorithms: ['HS256'] } } }, /algorithms/],
    [{ identity: { oidc: { ...oidc, algorithms: ['none'] } } }, /algorithms/],
    [{ identity: { oidc: { ...oidc, clockSkewSeconds: 61 } } }, /clockSkewSeconds/],
    [{ identity: { oidc: { issuer: oidc.issuer } } }, /audience/],
    [{ identity: { oidc: { ...oidc, audience: [] } } }, /audience/],
    [{ identity: { oidc: [oidc, oidc] } }, /names an issuer twice/],
    [{ identity: { saml: {} } }, /saml/],
    [{ identity: { tailscale: { socket: false } } }, /neither socket nor serve/],
    [{ identity: { tailscale: { headers: true } } }, /headers/],
    [{ regions: { anthropic: [] } }, /regions/],
    [{ regions: { nobody: [{ name: 'a', origin: 'https://a.example' }] } }, /regions/],
    [{ regions: { openai: [{ name: 'a', origin: 'https://u:p@a.example' }] } }, /must not hold a user or password/],
  ])('%j is a mistake that is named', (config, message) => {
    expect(() => configured(config)).toThrow(message);
  });

  it('may listen further once something tells who calls', () => {
    expect(configured({ listen: '0.0.0.0', identity: { oidc } })).toMatchObject({ listen: '0.0.0.0' });
    expect(configured({ listen: '::', identity: { tokens: true } })).toMatchObject({ listen: '::' });
    expect(configured({ listen: '100.64.0.1', identity: { tailscale: {} } }).identity.tailscale).toEqual({
      socket: '/var/run/tailscale/tailscaled.sock',
      serve: false,
      serveUser: 0,
    });
    expect(configured({ listen: '127.0.0.2' })).toMatchObject({ listen: '127.0.0.2' });
  });

  it.skipIf(process.platform !== 'linux')(
    'listens at a further address on the same port, and asks for a token there too',
    async () => {
      const to = await provider();
      const { url, token } = await start(
        { listen: '127.0.0.2', upstream: { anthropic: to.url } },
        { ANTHROPIC_API_KEY: made('own') },
      );
      const there = url.replace('127.0.0.1', '127.0.0.2');
      expect((await ask(url, { 'x-api-key': token })).status).toBe(200);
      expect((await ask(there, { 'x-api-key': token })).status).toBe(200);
      expect((await ask(there, {})).status).toBe(401);
      await server?.close();
      server = undefined;
      await expect(ask(there, { 'x-api-key': token })).rejects.toThrow();
    },
  );

  it('an address that is not of this machine is a failure that says so', async () => {
    await expect(start({ listen: '192.0.2.1', identity: { tokens: true } })).rejects.toThrow(
      /this machine has no such address/,
    );
  });
});

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isLoopback, isTailnet, plainAddress } from './peer.ts';
import { createTailscale } from './tailscale.ts';

/** A daemon on a Unix socket that answers as it is told. */
let folder: string;
let socket: string;
let server: http.Server;
const state = {
  answer: (_addr: string): [number, string] => [404, 'no match'],
  asked: [] as string[],
  hosts: [] as string[],
};
const clock = { ms: 0 };

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-ts-'));
  socket = path.join(folder, 'tailscaled.sock');
  Object.assign(state, { answer: () => [404, 'no match'], asked: [], hosts: [] });
  clock.ms = 0;
  server = http.createServer((req, res) => {
    const url = new URL(`http://x${req.url}`);
    state.asked.push(`${req.method} ${url.pathname} ${url.searchParams.get('addr')}`);
    state.hosts.push(req.headers.host ?? '');
    const [status, body] = state.answer(url.searchParams.get('addr') ?? '');
    if (status === 0) return req.socket.destroy();
    res.writeHead(status);
    res.end(body);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  fs.rmSync(folder, { recursive: true, force: true });
});

// The shape of apitype.WhoIsResponse, shortened.
const node = (more: object = {}, user: object = {}) =>
  JSON.stringify({
    Node: { ID: 1, StableID: 'nABC', Name: 'laptop.tail1234.ts.net.', ComputedName: 'laptop', Tags: null, ...more },
    UserProfile: { ID: 2, LoginName: 'ada@example.com', DisplayName: 'Ada', ...user },
    CapMap: {},
  });
const open = () => createTailscale({ socket, monotonicMs: () => clock.ms });

describe('whois', () => {
  it('asks the daemon over its socket under its own name, and keeps what it says for 30 s', async () => {
    state.answer = () => [200, node()];
    const tailscale = open();
    const ada = { ok: true, value: { person: 'ada@example.com', device: 'laptop', via: 'tailscale' } };
    expect(await tailscale.whois('100.101.102.103', 41641)).toEqual(ada);
    expect(await tailscale.whois('100.101.102.103', 41642)).toEqual(ada);
    expect(state.asked).toEqual(['GET /localapi/v0/whois 100.101.102.103:41641']);
    expect(state.hosts).toEqual(['local-tailscaled.sock']);
    clock.ms = 30_001;
    await tailscale.whois('100.101.102.103', 41643);
    expect(state.asked.length).toBe(2);
  });

  it('writes IPv6 in brackets, and asks once for many at the same time', async () => {
    state.answer = () => [200, node()];
    const tailscale = open();
    await Promise.all(Array.from({ length: 20 }, () => tailscale.whois('fd7a:115c:a1e0::1', 5)));
    expect(state.asked).toEqual(['GET /localapi/v0/whois [fd7a:115c:a1e0::1]:5']);
  });

  it('gives a tagged node its tags for a person', async () => {
    state.answer = () => [200, node({ Tags: ['tag:prod', 'tag:ci'] }, { LoginName: 'tagged-devices' })];
    expect(await open().whois('100.64.0.1', 1)).toMatchObject({
      value: { person: 'tag:ci,tag:prod', device: 'laptop' },
    });
  });

  it.each<[string, [number, string], string]>([
    ['knows no such node', [404, 'no match for IP:port'], 'not-in-tailnet'],
    ['fails', [500, 'broken'], 'tailscale-unavailable'],
    ['forbids', [403, 'access denied'], 'tailscale-unavailable'],
    ['breaks off', [0, ''], 'tailscale-unavailable'],
    ['answers no JSON', [200, 'hello'], 'tailscale-unavailable'],
    ['answers another shape', [200, '{"Node":[]}'], 'tailscale-unavailable'],
    ['names nobody', [200, node({}, { LoginName: '' })], 'tailscale-unavailable'],
  ])('when the daemon %s nobody is let in', async (_what, answer, code) => {
    state.answer = () => answer;
    expect(await open().whois('100.64.0.2', 1)).toMatchObject({ ok: false, error: { code } });
  });

  it('when the socket is missing nobody is let in', async () => {
    const tailscale = createTailscale({ socket: path.join(folder, 'nowhere.sock') });
    const found = await tailscale.whois('100.64.0.2', 1);
    expect(found).toMatchObject({
      ok: false,
      error: { code: 'tailscale-unavailable', detail: expect.stringContaining('ENOENT') },
    });
  });

  it('what it said last stands in for a minute while it is away, and no longer', async () => {
    state.answer = () => [200, node()];
    const tailscale = open();
    await tailscale.whois('100.64.0.3', 1);
    state.answer = () => [0, ''];
    clock.ms = 59_000;
    expect((await tailscale.whois('100.64.0.3', 1)).ok).toBe(true);
    clock.ms = 60_001;
    expect((await tailscale.whois('100.64.0.3', 1)).ok).toBe(false);
    expect((await tailscale.whois('100.64.0.4', 1)).ok).toBe(false);
  });
});

describe('addresses', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', true, false],
    ['::ffff:127.0.0.1', '127.0.0.1', true, false],
    ['::FFFF:7f00:1', '127.0.0.1', true, false],
    ['::1', '::1', true, false],
    ['::ffff:100.64.0.1', '100.64.0.1', false, true],
    ['100.127.255.254', '100.127.255.254', false, true],
    ['100.128.0.1', '100.128.0.1', false, false],
    ['100.63.255.255', '100.63.255.255', false, false],
    ['fd7a:115c:a1e0:ab12::1', 'fd7a:115c:a1e0:ab12::1', false, true],
    ['fd7a:115c:a1e1::1', 'fd7a:115c:a1e1::1', false, false],
    ['fe80::1%eth0', 'fe80::1', false, false],
    ['::ffff:10.0.0.5', '10.0.0.5', false, false],
    ['::ffff:999.0.0.1', '', false, false],
    ['127.0.0.1, 100.64.0.1', '', false, false],
    ['100.64.0.1:80', '', false, false],
    [undefined, '', false, false],
  ])('%s is %j: loopback %s, tailnet %s', (address, plain, here, tailnet) => {
    expect(plainAddress(address)).toBe(plain);
    expect([isLoopback(plain), isTailnet(plain)]).toEqual([here, tailnet]);
  });
});

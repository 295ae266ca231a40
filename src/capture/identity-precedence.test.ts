import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Identity } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { createIdentity, type IdentityDeps } from './identity.ts';

const jwt = (iss: string) =>
  ['eyJhbGciOiJSUzI1NiJ9', Buffer.from(JSON.stringify({ iss })).toString('base64url'), 'sig'].join('.');
const [ours, theirs] = [jwt('https://idp.example'), jwt('https://auth.provider.example')];
const oidc = {
  isOurs: (token: string) => token.split('.')[1] === ours.split('.')[1],
  identify: async (token: string): Promise<Result<Identity>> =>
    token === ours ? ok({ person: 'olga', device: '', via: 'oidc', groups: ['ops'] }) : fail('jwt-refused', 'no'),
};
const nodes: Readonly<Record<string, Identity>> = {
  '100.64.0.1': { person: 'tina', device: 'laptop', via: 'tailscale' },
  'fd7a:115c:a1e0::7': { person: 'tag:ci', device: 'runner', via: 'tailscale' },
};
const asked: string[] = [];
const daemon = {
  whois(address: string) {
    asked.push(address);
    const found = nodes[address];
    return found ? ok(found) : fail('not-in-tailnet', 'nobody');
  },
};
const me: Identity = { person: 'me', device: 'here', via: 'loopback' };

function open(more: Partial<IdentityDeps> = {}) {
  const kept = new Map<string, string>();
  return createIdentity({
    settings: {
      setting: async (name) => kept.get(name) ?? null,
      changeSetting: async (name, from, to) => {
        if ((kept.get(name) ?? null) !== from) return false;
        kept.set(name, to ?? '');
        return true;
      },
    },
    now: () => '2026-01-01T00:00:00.000Z',
    passThroughClientAuth: false,
    loopback: null,
    oidc,
    tailscale: { daemon, serve: false, serveUser: null },
    keyParameters: new Map([
      ['anthropic', undefined],
      ['gemini', 'key'],
    ]),
    ...more,
  });
}
type Made = ReturnType<typeof open>;

interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly url?: string;
}
const ask = async (identity: Made, { headers = {}, from = '10.0.0.9', url = '/anthropic/v1/messages' }: Asking) => {
  const req = {
    url,
    headers: { host: '127.0.0.1:7717', ...headers },
    rawHeaders: Object.entries(headers).flat(),
    socket: { remoteAddress: from, remotePort: 5 },
  };
  return identity.identify(req as unknown as http.IncomingMessage);
};
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });

describe('precedence', () => {
  it('a Warder token comes before a JWT, a JWT before the tailnet', async () => {
    const identity = open();
    const { token } = await identity.add({ person: 'tom', device: 'd' });
    const from = '100.64.0.1';
    expect(await ask(identity, { from, headers: { 'x-warder-token': token, ...bearer(ours) } })).toMatchObject({
      value: { person: 'tom' },
    });
    expect(await ask(identity, { from, headers: { 'x-api-key': token, ...bearer(ours) } })).toMatchObject({
      value: { person: 'tom' },
    });
    expect(await ask(identity, { from, headers: bearer(ours) })).toMatchObject({
      value: { person: 'olga', groups: ['ops'] },
    });
    expect(await ask(identity, { from, headers: { 'x-api-key': '-' } })).toMatchObject({ value: { person: 'tina' } });
    expect(await ask(identity, { from: '::ffff:100.64.0.1' })).toMatchObject({ value: { person: 'tina' } });
    expect(await ask(identity, { from: 'fd7a:115c:a1e0::7' })).toMatchObject({
      value: { person: 'tag:ci', device: 'runner' },
    });
  });

  it('what is offered and does not hold is refused, whatever else would let it in', async () => {
    const identity = open({ passThroughClientAuth: true, loopback: me });
    const { token, record } = await identity.add({ person: 'tom', device: 'd' });
    await identity.revoke(record.id);
    const bad = ['wrd_short', token, `wrd_${'x'.repeat(43)}`];
    for (const from of ['127.0.0.1', '100.64.0.1'])
      for (const text of bad) {
        expect((await ask(identity, { from, headers: { 'x-api-key': text } })).ok).toBe(false);
        expect((await ask(identity, { from, headers: { 'x-warder-token': text } })).ok).toBe(false);
      }
    const [head = '', payload = ''] = ours.split('.');
    const forged = [head, payload, 'another'].join('.');
    expect((await ask(identity, { from: '100.64.0.1', headers: bearer(forged) })).ok).toBe(false);
    expect((await ask(identity, { from: '127.0.0.1', headers: { 'x-warder-token': theirs } })).ok).toBe(false);
    const plain = open({ oidc: null, passThroughClientAuth: true, loopback: me });
    expect((await ask(plain, { from: '127.0.0.1', headers: { 'x-warder-token': ours } })).ok).toBe(false);
  });

  it("a client's own JWT for its provider passes for credentials of its own, not for an identity", async () => {
    const identity = open({ passThroughClientAuth: true, loopback: me });
    expect(await ask(identity, { from: '127.0.0.1', headers: bearer(theirs) })).toEqual({ ok: true, value: me });
    expect((await ask(identity, { from: '10.0.0.9', headers: bearer(theirs) })).ok).toBe(false);
    expect((await ask(open(), { from: '10.0.0.9', headers: bearer(theirs) })).ok).toBe(false);
  });

  it('without any of them nobody is let in, and an address that is no node is asked of nobody', async () => {
    asked.length = 0;
    const identity = open();
    for (const from of ['10.0.0.9', '127.0.0.1', '::1', '192.168.1.4', '::ffff:10.0.0.1'])
      expect(await ask(identity, { from })).toMatchObject({ ok: false, error: { code: 'no-token' } });
    expect(asked).toEqual([]);
    expect((await ask(identity, { from: '100.64.9.9' })).ok).toBe(false);
    expect(asked).toEqual(['100.64.9.9']);
  });
});

describe('forged headers', () => {
  const forged: readonly Record<string, string>[] = [
    { 'tailscale-user-login': 'boss@example.com' },
    { 'tailscale-user-login': 'boss@example.com', 'x-forwarded-for': '100.64.0.1' },
    { 'x-forwarded-for': '100.64.0.1' },
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-real-ip': '100.64.0.1' },
    { forwarded: 'for=100.64.0.1' },
    { via: '1.1 proxy', 'x-forwarded-for': '100.64.0.1, 127.0.0.1' },
  ];
  const withoutServe = { passThroughClientAuth: true, loopback: me };
  const withServe = { ...withoutServe, tailscale: { daemon, serve: true, serveUser: null } };

  it.each(forged)('%j helps nobody from another machine, with or without serve', async (headers) => {
    for (const deps of [withoutServe, withServe])
      expect((await ask(open(deps), { headers, from: '10.0.0.9' })).ok).toBe(false);
    // Over the tailnet it is the node that counts.
    for (const deps of [withoutServe, withServe])
      expect(await ask(open(deps), { headers, from: '100.64.0.1' })).toMatchObject({ value: { person: 'tina' } });
  });

  it.each(forged)('%j from this machine is not this machine where no proxy is configured', async (headers) => {
    expect((await ask(open(withoutServe), { headers, from: '127.0.0.1' })).ok).toBe(false);
  });

  it.each<[Record<string, string>, string | null]>([
    [{ 'tailscale-user-login': 'tina', 'x-forwarded-for': '100.64.0.1' }, 'tina'],
    [{ 'x-forwarded-for': 'fd7a:115c:a1e0::7' }, 'tag:ci'],
    [{ 'tailscale-user-login': 'boss', 'x-forwarded-for': '100.64.0.1' }, null],
    [{ 'tailscale-user-login': 'tina', 'x-forwarded-for': '100.64.0.2' }, null],
    [{ 'tailscale-user-login': 'tina', 'x-forwarded-for': '10.0.0.1' }, null],
    [{ 'tailscale-user-login': 'tina', 'x-forwarded-for': '100.64.0.1, 10.0.0.1' }, null],
    [{ 'tailscale-user-login': 'tina' }, null],
    [{ 'x-forwarded-for': '100.64.0.1', 'tailscale-funnel-request': '?1' }, null],
    [{ via: '1.1 x' }, null],
  ])('through the local proxy %j is %j', async (headers, person) => {
    const found = await ask(open({ tailscale: { daemon, serve: true, serveUser: null } }), {
      headers,
      from: '127.0.0.1',
    });
    expect(found.ok ? found.value.person : null).toBe(person);
  });

  it('where the daemon cannot be asked, only the headers of the local proxy count', async () => {
    const deps = { tailscale: { daemon: null, serve: true, serveUser: null } };
    const headers = { 'tailscale-user-login': 'tina', 'x-forwarded-for': '100.64.0.1' };
    expect(await ask(open(deps), { headers, from: '127.0.0.1' })).toEqual({
      ok: true,
      value: { person: 'tina', device: '100.64.0.1', via: 'tailscale' },
    });
    expect((await ask(open(deps), { headers, from: '100.64.0.1' })).ok).toBe(false);
    expect((await ask(open(deps), { headers: { 'x-forwarded-for': '100.64.0.1' }, from: '127.0.0.1' })).ok).toBe(false);
  });
});

describe('a token in the address', () => {
  it('counts only where a provider’s clients send their key so, and is refused everywhere else', async () => {
    const identity = open();
    const { token } = await identity.add({ person: 'tom', device: 'd' });
    const at = async (url: string) => (await ask(identity, { url, from: '100.64.0.1' })).ok;
    expect(await at(`/gemini/v1beta/models/x:generateContent?key=${token}`)).toBe(true);
    expect(await at(`/gemini/v1beta/models/x:generateContent?alt=sse&key=${token}`)).toBe(true);
    for (const url of [
      `/anthropic/v1/messages?key=${token}`,
      `/anthropic/v1/messages?token=${token}`,
      `/anthropic/v1/messages?x=${token.replace('_', '%5F')}`,
      `/gemini/v1beta/models/x:generateContent?token=${token}`,
      `/gemini/v1beta/models/x:generateContent?key=${token}&key=other`,
      `/mcp/notes?key=${token}`,
    ])
      expect(await at(url), url.slice(0, 30)).toBe(false);
    const refused = await ask(identity, { url: `/anthropic/v1/messages?key=${token}` });
    expect(refused).toMatchObject({ error: { code: 'token-in-address' } });
    expect(JSON.stringify(refused)).not.toContain(token);
  });
});

describe('over a real connection', () => {
  let server: http.Server | undefined;
  afterEach(() => server?.close());

  async function serving(identity: Made): Promise<number> {
    server = http.createServer(async (req, res) => res.end(JSON.stringify(await identity.identify(req))));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const request = (port: number, headers: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const all = ['host', `127.0.0.1:${port}`, ...headers];
      const req = http.request(
        { port, host: '127.0.0.1', path: '/anthropic/v1/messages', headers: all, agent: false },
        (res) => {
          let text = '';
          res.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
        },
      );
      req.on('error', reject).end();
    });

  it('a header that tells who somebody is and comes twice is refused, in any spelling', async () => {
    const identity = open({ tailscale: { daemon, serve: true, serveUser: null } });
    const { token } = await identity.add({ person: 'tom', device: 'd' });
    const other = await identity.add({ person: 'eve', device: 'd' });
    const port = await serving(identity);
    expect(await request(port, ['x-api-key', token])).toContain('"tom"');
    for (const headers of [
      ['x-api-key', token, 'X-Api-Key', other.token],
      ['x-api-key', 'sk-x', 'x-api-key', token],
      ['authorization', `Bearer ${token}`, 'Authorization', 'Bearer sk-x'],
      ['x-warder-token', token, 'X-WARDER-TOKEN', token],
      ['x-api-key', token, 'authorization', `Bearer ${other.token}`],
      ['x-warder-token', token, 'x-api-key', other.token],
      ['tailscale-user-login', 'tina', 'Tailscale-User-Login', 'boss', 'x-forwarded-for', '100.64.0.1'],
    ])
      expect(await request(port, headers), headers.filter((_, n) => n % 2 === 0).join()).toContain(
        'ambiguous-identity',
      );
    expect(await request(port, ['x-api-key', token, 'authorization', `Bearer ${token}`])).toContain('"tom"');
    expect(await request(port, ['x-forwarded-for', '100.64.0.1', 'X-Forwarded-For', '100.64.0.1'])).toContain(
      'not-in-tailnet',
    );
  });

  it.skipIf(process.platform !== 'linux')(
    'the proxy is known by its user: another process that sends its headers is refused',
    async () => {
      const uid = process.getuid?.() ?? 0;
      const headers = ['tailscale-user-login', 'tina', 'x-forwarded-for', '100.64.0.1'];
      const port = await serving(open({ tailscale: { daemon, serve: true, serveUser: uid + 12_345 } }));
      expect(await request(port, headers)).toContain('not-the-proxy');
      server?.close();
      const own = await serving(open({ tailscale: { daemon, serve: true, serveUser: uid } }));
      expect(await request(own, headers)).toContain('"tina"');
    },
  );
});

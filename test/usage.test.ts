import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { ConsoleUsage } from '../src/core/console.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { startScriptedUsage } from './harness/scripted-usage.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-usage-'));
let upstream: Awaited<ReturnType<typeof startScriptedUsage>>;
const servers: RunningServer[] = [];

async function serve(name: string, mode: 'observe' | 'enforce'): Promise<RunningServer> {
  const home = path.join(place, name);
  const to = ['anthropic', 'openai', 'gemini'].map((provider) => `${provider}=${upstream.url}`);
  const config = readConfig(home, { port: '0', mode, upstream: to });
  const key = 'key-for-the-test';
  const env = { ANTHROPIC_API_KEY: key, OPENAI_API_KEY: key, GEMINI_API_KEY: key };
  const server = await startServer({ ...config, env, log: () => {} });
  servers.push(server);
  return server;
}

async function usage(server: RunningServer, by = 'model'): Promise<ConsoleUsage> {
  const response = await fetch(`${server.url}/api/v1/usage?since=1d&by=${by}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as ConsoleUsage;
}

/** Everything of a model once so many answers are counted. */
const counted = (server: RunningServer, model: string, answers: number) =>
  vi.waitFor(
    async () => {
      const item = (await usage(server)).items.find(({ key }) => key === model);
      expect(item?.answers).toBe(answers);
      return item;
    },
    { timeout: 5000, interval: 30 },
  );

beforeAll(async () => {
  upstream = await startScriptedUsage();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await upstream.close();
  fs.rmSync(place, { recursive: true, force: true });
});

const prompt = [{ role: 'user' as const, content: 'Say yes.' }];

describe.each(['observe', 'enforce'] as const)('usage of official clients, mode %s', (mode) => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await serve(mode, mode);
  });

  it('counts every kind of token of Anthropic, streamed and not, with its list price', async () => {
    const client = new Anthropic({ baseURL: `${server.url}/anthropic`, apiKey: server.token, maxRetries: 0 });
    const asked = { model: 'claude-opus-4-5', max_tokens: 100, messages: prompt };
    await client.messages.create(asked);
    await client.messages.stream(asked).finalMessage();
    const item = await counted(server, 'claude-opus-4-5', 2);
    expect(item).toMatchObject({
      input: 200,
      cacheRead: 2000,
      cacheWrite5m: 20,
      cacheWrite1h: 40,
      output: 100,
      tokens: 2360,
      estimated: 0,
      unpriced: 0,
      failed: 0,
    });
    // 5, 0.5, 6.25, 10 and 25 dollars a million.
    expect(item?.usd).toBeCloseTo((200 * 5 + 2000 * 0.5 + 20 * 6.25 + 40 * 10 + 100 * 25) / 1e6, 9);
  });

  it('counts OpenAI Responses and Chat Completions', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: server.token, maxRetries: 0 });
    await client.responses.create({ model: 'gpt-5', input: 'Say yes.' });
    for await (const _ of await client.responses.create({ model: 'gpt-5', input: 'Say yes.', stream: true }));
    await client.chat.completions.create({ model: 'gpt-5', messages: prompt });
    const streamed = {
      model: 'gpt-5',
      messages: prompt,
      stream: true,
      stream_options: { include_usage: true },
    } as const;
    for await (const _ of await client.chat.completions.create(streamed));
    expect(await counted(server, 'gpt-5', 4)).toMatchObject({
      input: 400,
      cacheRead: 4000,
      output: 200,
      reasoning: 80,
      estimated: 0,
    });
  });

  it('reckons a stream whose client did not ask for usage, and says so', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: server.token, maxRetries: 0 });
    for await (const _ of await client.chat.completions.create({
      model: 'gpt-5-mini',
      messages: prompt,
      stream: true,
    }));
    const item = await counted(server, 'gpt-5-mini', 1);
    expect(item?.estimated).toBe(1);
    expect(item?.output).toBeGreaterThan(0);
    expect(item?.input).toBeGreaterThan(0);
  });

  it('counts Gemini, whose model stands in the path, and shows no price where none is known', async () => {
    const client = new GoogleGenAI({ apiKey: server.token, httpOptions: { baseUrl: `${server.url}/gemini` } });
    for await (const _ of await client.models.generateContentStream({ model: 'gemini-9-ultra', contents: 'Say yes.' }));
    expect(await counted(server, 'gemini-9-ultra', 1)).toMatchObject({
      input: 100,
      cacheRead: 1000,
      output: 50,
      reasoning: 20,
      images: 60,
      usd: null,
      unpriced: 1,
    });
  });

  it('tells usage apart by person, agent, provider and day', async () => {
    const [me] = (await usage(server, 'person')).items;
    expect(me?.key).toBe(os.userInfo().username);
    expect((await usage(server, 'provider')).items.map(({ key }) => key).sort()).toEqual([
      'anthropic',
      'gemini',
      'openai',
    ]);
    expect((await usage(server, 'day')).items.map(({ key }) => key)).toEqual([new Date().toISOString().slice(0, 10)]);
    const { total, items } = await usage(server, 'agent');
    expect(total.tokens).toBe(items.reduce((sum, item) => sum + item.tokens, 0));
  });
});

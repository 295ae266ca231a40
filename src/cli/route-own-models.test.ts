import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isRouted } from './doctor-route.ts';
import { installRoute, keptModel, shadowing } from './install-route.ts';
import { routeAgent } from './route-agents.ts';
import { undoRoute } from './uninstall-route.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-own-models-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
const url = 'http://127.0.0.1:7717';
const token = `wrd_${'k'.repeat(43)}`;
let number = 0;

/** One person's home and one agent in it. */
function personWith(id: string, file: string) {
  number += 1;
  const home = path.join(folder, `person-${number}`);
  const env: Record<string, string> = { HOME: home };
  const agent = routeAgent(id);
  if (agent === null) throw new Error(`no route of ${id}`);
  const at = path.join(home, file);
  const io = { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env };
  fs.mkdirSync(path.dirname(at), { recursive: true });
  return {
    agent,
    env,
    warder: path.join(home, '.warder'),
    read: () => fs.readFileSync(at, 'utf8'),
    values: () => JSON.parse(fs.readFileSync(at, 'utf8')),
    write: (text: string) => fs.writeFileSync(at, text),
    install: (flags: { model?: string } = {}) =>
      installRoute(agent, path.join(home, '.warder'), { url, token, ...flags }, io),
    uninstall: () => undoRoute(agent, path.join(home, '.warder'), env, false, new Set()),
    routed: () => isRouted(agent, path.join(home, '.warder'), env),
  };
}

describe('Droid', () => {
  const file = '.factory/settings.json';
  const before = `{
  // Mine.
  "customModels": [
    { "model": "mine", "displayName": "Mine", "baseUrl": "http://127.0.0.1:9/v1", "apiKey": "x", "provider": "openai" } // stays
  ],
  "sessionDefaultSettings": { "model": "custom:Mine-0", "reasoningEffort": "low" }
}
`;

  it('gets one more model, which it asks by default, and keeps a person’s own', () => {
    const { install, write, read, uninstall } = personWith('droid', file);
    write(before);
    install();
    const after = JSON.parse(read().replaceAll(/\/\/ (?:Mine\.|stays)$/gm, ''));
    expect(after.customModels).toEqual([
      expect.objectContaining({ model: 'mine' }),
      {
        id: 'custom:warder',
        model: 'gpt-5.5',
        displayName: 'Warder',
        baseUrl: `${url}/openai/v1`,
        apiKey: token,
        provider: 'openai',
      },
    ]);
    expect(after.sessionDefaultSettings).toEqual({ model: 'custom:warder', reasoningEffort: 'low' });
    for (const kept of ['// Mine.', '// stays']) expect(read()).toContain(kept);
    uninstall();
    expect(read()).toBe(before);
  });

  it('has that model taken out alone when its file was edited since', () => {
    const { install, write, read, uninstall } = personWith('droid', file);
    write(before);
    install();
    write(read().replace('"low"', '"high"').replace('"displayName": "Warder"', '"displayName": "Ours"'));
    uninstall();
    expect(read()).toBe(before.replace('"low"', '"high"'));
  });

  it.each([
    ['claude-sonnet-5', 'anthropic', '/anthropic'],
    ['gemini-3-pro', 'generic-chat-completion-api', '/gemini/v1beta/openai'],
    ['gpt-5.5-codex', 'openai', '/openai/v1'],
  ])('asks for %s in the words of %s, and stays with it', (model, provider, base) => {
    const { agent, install, values, uninstall, routed, warder } = personWith('droid', file);
    install({ model });
    expect(values().customModels).toEqual([expect.objectContaining({ model, provider, baseUrl: `${url}${base}` })]);
    expect(routed()).toBe(true);
    expect(keptModel(agent, warder)).toBe(model);
    expect(install().files.flatMap(({ changes }) => changes)).toEqual([]);
    uninstall();
    expect(routed()).toBe(false);
  });

  it('is left alone when its models are no list', () => {
    const { install, write, read } = personWith('droid', file);
    write('{"customModels": {}}');
    expect(() => install()).toThrow(/is left as it is: .*Correct it/);
    expect(read()).toBe('{"customModels": {}}');
  });
});

describe('Cline', () => {
  const file = '.cline/data/settings/providers.json';
  const own = {
    version: 1,
    lastUsedProvider: 'anthropic',
    modes: {},
    providers: {
      anthropic: {
        settings: { provider: 'anthropic', apiKey: 'a key of their own', model: 'claude-x' },
        updatedAt: '2026-11-01T00:00:00.000Z',
        tokenSource: 'manual',
      },
      cline: { settings: { provider: 'cline' }, updatedAt: '2026-11-01T00:00:00.000Z', tokenSource: 'oauth' },
    },
  };
  const text = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

  it('goes on with the provider of the person’s choice, led to Warder', () => {
    const { install, write, values, read, uninstall } = personWith('cline', file);
    write(text(own));
    install();
    const { lastUsedProvider, providers } = values();
    expect(lastUsedProvider).toBe('anthropic');
    expect(providers.anthropic).toMatchObject({
      settings: { apiKey: token, baseUrl: `${url}/anthropic/v1`, model: 'claude-x' },
      updatedAt: '2026-11-01T00:00:00.000Z',
    });
    expect(providers.cline).toEqual(own.providers.cline);
    expect(read()).not.toContain('a key of their own');
    uninstall();
    expect(read()).toBe(text(own));
  });

  it('leaves one that cannot be led, and comes back to it', () => {
    const { install, write, values, uninstall } = personWith('cline', file);
    const before = { ...own, lastUsedProvider: 'cline' };
    write(text(before));
    install({ model: 'gemini-3-pro' });
    const routed = values();
    expect(routed.lastUsedProvider).toBe('gemini');
    expect(routed.providers.gemini.settings.model).toBe('gemini-3-pro');
    // As Cline writes its file after a run.
    for (const [at, id] of ['gemini', 'openai-native', 'anthropic'].entries()) {
      routed.providers[id].updatedAt = `2026-11-22T00:00:0${at}.000Z`;
      routed.providers[id].settings.model ??= 'its-own-choice';
    }
    write(text(routed));
    uninstall();
    const { anthropic, ...others } = values().providers;
    expect(others).toEqual({ cline: own.providers.cline });
    expect(anthropic.settings).toEqual(own.providers.anthropic.settings);
    expect(values()).toMatchObject({ version: 1, lastUsedProvider: 'cline', modes: {} });
  });

  it.each([
    ['CLINE_DIR', 'data/settings/providers.json'],
    ['CLINE_DATA_DIR', 'settings/providers.json'],
    ['CLINE_PROVIDER_SETTINGS_PATH', ''],
  ])('is found where %s says', (name, below) => {
    const { install, env, uninstall } = personWith('cline', file);
    env[name] = path.join(env.HOME ?? '', 'elsewhere');
    const [done] = install().files;
    expect(done?.settings).toBe(path.join(env.HOME ?? '', 'elsewhere', below));
    uninstall();
    expect(fs.existsSync(done?.settings ?? '')).toBe(false);
  });
});

describe('OpenClaw', () => {
  const file = '.openclaw/openclaw.json';

  it('has its providers led, whatever a person’s key was', () => {
    const { install, write, read, values, uninstall } = personWith('openclaw', file);
    const key = { source: 'env', provider: 'default', id: 'MY_KEY' };
    const before = { models: { providers: { openai: { apiKey: key, models: [] } } }, channels: {} };
    write(JSON.stringify(before));
    install();
    expect(values().models.providers).toMatchObject({
      openai: { apiKey: token, baseUrl: `${url}/openai/v1`, api: 'openai-responses', models: [] },
      anthropic: { apiKey: token, baseUrl: `${url}/anthropic`, api: 'anthropic-messages' },
      google: { apiKey: token, baseUrl: `${url}/gemini/v1beta`, api: 'google-generative-ai' },
    });
    write(read().replace('"channels":{}', '"channels":{"telegram":{}}'));
    uninstall();
    expect(values()).toEqual({ ...before, channels: { telegram: {} } });
  });

  it.each([
    ['openai/gpt-4', 'openai/gpt-5.5'],
    [
      { primary: 'openai/gpt-4', fallbacks: ['ollama/x'] },
      { primary: 'openai/gpt-5.5', fallbacks: ['ollama/x'] },
    ],
  ])('is given a model in the form that is there: %j', (model, after) => {
    const { install, write, read, values, uninstall } = personWith('openclaw', file);
    const before = JSON.stringify({ agents: { defaults: { model } } });
    write(before);
    install({ model: 'openai/gpt-5.5' });
    expect(values().agents.defaults.model).toEqual(after);
    uninstall();
    expect(read()).toBe(before);
  });

  it('is beaten by keys of the environment, which beat the token there', () => {
    const { agent, env } = personWith('openclaw', file);
    env.OPENAI_API_KEY = 'theirs';
    env.GEMINI_API_KEY = token;
    expect(shadowing(agent, env, { url, token })).toEqual(['OPENAI_API_KEY']);
  });
});

describe('Goose', () => {
  it('gets a provider in its own form, and its token by the shell', () => {
    const { install, read, values, env, uninstall } = personWith(
      'goose',
      '.config/goose/custom_providers/custom_warder.json',
    );
    const { run, warnings } = install({ model: 'claude-sonnet-5' });
    expect(values()).toEqual({
      name: 'custom_warder',
      engine: 'anthropic',
      display_name: 'Warder',
      api_key_env: 'CUSTOM_WARDER_API_KEY',
      base_url: `${url}/anthropic`,
      models: [{ name: 'claude-sonnet-5', context_limit: 200_000 }],
      headers: { 'x-warder-agent': 'goose' },
    });
    expect(read()).not.toContain(token);
    expect(run).toEqual([`. ${env.HOME}/.warder/agents/goose.sh`]);
    expect(warnings.join('\n')).toContain('documentation alone');
    uninstall();
    expect(
      fs
        .readdirSync(env.HOME ?? '', { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.(?:sh|json)$/.test(name)),
    ).toEqual([]);
  });

  it('is beaten by another provider in the environment, not by Warder’s', () => {
    const { agent, env } = personWith('goose', '.config/goose/config.yaml');
    env.GOOSE_PROVIDER = 'custom_warder';
    env.GOOSE_LEAD_PROVIDER = 'anthropic';
    expect(shadowing(agent, env, { url, token })).toEqual(['GOOSE_LEAD_PROVIDER']);
  });
});

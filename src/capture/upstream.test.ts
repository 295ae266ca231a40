import { expect, it } from 'vitest';
import { fail, ok } from '../core/result.ts';
import { createUpstream, openProviderKeys } from './upstream.ts';

const key = ['sk', 'ant', 'made', 'up'].join('-');

function home(env: Record<string, string> = {}) {
  const kept = new Map<string, string>();
  const state = { ms: 0 };
  const seal = (text: string) => `sealed:${Buffer.from(text).toString('base64')}`;
  const keys = openProviderKeys({
    settings: {
      setting: async (name) => kept.get(name) ?? null,
      setSetting: async (name, value) => void kept.set(name, value ?? ''),
    },
    seal,
    unseal: (text) =>
      text.startsWith('sealed:') ? ok(Buffer.from(text.slice(7), 'base64').toString()) : fail('not-sealed', 'no'),
    env,
    monotonicMs: () => state.ms,
  });
  return { kept, state, keys };
}

it('a provider key is kept sealed and given back only as a key', async () => {
  const { kept, keys, state } = home();
  expect(await keys.key('anthropic')).toBeNull();
  const record = await keys.add('anthropic', key, '2026-01-01T00:00:00.000Z');
  expect(JSON.stringify([record, await keys.list(), ...kept.values()])).not.toContain(key);
  state.ms = 1000;
  expect(await keys.key('anthropic')).toBe(key);
  expect(keys.key('anthropic')).toBe(key);
  expect(await keys.remove('anthropic')).toBe(true);
  expect(await keys.remove('anthropic')).toBe(false);
  state.ms = 2000;
  expect(await keys.key('anthropic')).toBeNull();
});

it("a key in the server's own environment wins", async () => {
  const { keys } = home({ ANTHROPIC_API_KEY: ' from-environment ' });
  await keys.add('anthropic', key, '');
  expect(keys.key('anthropic')).toBe('from-environment');
});

it('a stored key that cannot be opened is a failure that names the way out', async () => {
  const { kept, keys } = home();
  kept.set('provider-keys', JSON.stringify({ anthropic: { sealed: 'broken', fingerprint: '', addedAt: '' } }));
  await expect(Promise.resolve(keys.key('anthropic'))).rejects.toThrow(/warder keys add anthropic/);
});

it('an unknown provider is a mistake of ours, not silence', async () => {
  const upstream = createUpstream({
    origins: { anthropic: 'http://127.0.0.1:1/base/' },
    keys: home().keys,
    passThroughClientAuth: false,
  });
  expect(upstream.origin('anthropic').pathname).toBe('/base/');
  expect(() => upstream.pool('nobody')).toThrow(/no address for the provider nobody/);
  await upstream.destroy();
});

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { fail, ok } from '../core/result.ts';
import { providers } from '../normalise/providers.ts';
import { openProviderKeys } from './provider-keys.ts';

const key = ['sk', 'ant', 'made', 'up'].join('-');
const at = '2026-01-01T00:00:00.000Z';

/** Settings in memory as several processes share them: every call waits a moment. */
function shared(kept = new Map<string, string>()) {
  const moment = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    kept,
    async setting(name: string) {
      await moment();
      return kept.get(name) ?? null;
    },
    async changeSetting(name: string, from: string | null, to: string | null) {
      await moment();
      if ((kept.get(name) ?? null) !== from) return false;
      if (to === null) kept.delete(name);
      else kept.set(name, to);
      return true;
    },
  };
}

function home(env: Record<string, string> = {}, settings = shared()) {
  const state = { ms: 0, trouble: [] as string[] };
  const keys = openProviderKeys({
    settings,
    providers,
    seal: (text) => `sealed:${Buffer.from(text).toString('base64')}`,
    unseal: (text) =>
      text.startsWith('sealed:') ? ok(Buffer.from(text.slice(7), 'base64').toString()) : fail('not-sealed', 'no'),
    env,
    monotonicMs: () => state.ms,
    onTrouble: (code, detail) => state.trouble.push(`${code}: ${detail}`),
  });
  return { kept: settings.kept, state, keys };
}

const keyOf = async (found: ReturnType<ReturnType<typeof home>['keys']['keys']>) =>
  (await found).map(({ name, credential }) => [name, credential.kind === 'key' ? credential.key : credential.kind]);

it('a provider key is kept sealed and given back only as a key', async () => {
  const { kept, keys, state } = home();
  expect(await keys.keys('anthropic')).toEqual([]);
  const record = await keys.add('anthropic', 'default', key, at);
  expect(JSON.stringify([record, await keys.list(), ...kept.values()])).not.toContain(key);
  state.ms = 1000;
  expect(await keyOf(keys.keys('anthropic'))).toEqual([['default', key]]);
  expect(keys.keys('anthropic')).not.toBeInstanceOf(Promise);
  expect(await keys.remove('anthropic', 'default')).toBe(true);
  expect(await keys.remove('anthropic', 'default')).toBe(false);
  state.ms = 2000;
  expect(await keys.keys('anthropic')).toEqual([]);
});

it("a key in the server's own environment comes before stored ones", async () => {
  const { keys } = home({ ANTHROPIC_API_KEY: ' from-environment ' });
  await keys.add('anthropic', 'default', key, at);
  const found = await keys.keys('anthropic');
  expect(await keyOf(found)).toEqual([
    ['ANTHROPIC_API_KEY', 'from-environment'],
    ['default', key],
  ]);
  expect(found[0]?.priority).toBeLessThan(found[1]?.priority ?? 0);
});

it('a variable that cannot be used is told, and spoils no other provider', async () => {
  const { keys, state } = home({
    OPENAI_API_KEY: 'two words',
    ANTHROPIC_API_KEY: 'x',
    GOOGLE_APPLICATION_CREDENTIALS: '/nowhere',
  });
  expect(await keyOf(keys.keys('anthropic'))).toEqual([['ANTHROPIC_API_KEY', 'x']]);
  for (const provider of ['openai', 'vertex'])
    await expect(Promise.resolve().then(() => keys.keys(provider))).rejects.toThrow(/cannot be used/);
  expect(state.trouble.length).toBe(2);
  expect(state.trouble.join()).not.toContain('two words');
  expect(await keys.add('openai', 'default', 'short', at)).toMatchObject({ ok: false, error: { code: 'not-a-key' } });
});

it('a key replaced under its name keeps its place, one with another name stands beside it', async () => {
  const { keys } = home();
  await keys.add('openai', 'a', `${key}-one`, at, { priority: 3, weight: 7, region: 'eu' });
  await keys.add('openai', 'b', `${key}-two`, at);
  await keys.add('openai', 'a', `${key}-three`, at);
  expect(await keyOf(keys.keys('openai'))).toEqual([
    ['a', `${key}-three`],
    ['b', `${key}-two`],
  ]);
  expect((await keys.list())[0]).toMatchObject({ name: 'a', priority: 3, weight: 7, region: 'eu' });
});

it('what two processes add at the same instant is kept, all of it', async () => {
  const settings = shared();
  const [one, other] = [home({}, settings).keys, home({}, settings).keys];
  const names = Array.from({ length: 10 }, (_, n) => `k${n}`);
  await Promise.all(names.map((name, n) => (n % 2 ? one : other).add('anthropic', name, `${key}-${name}`, at)));
  expect((await one.list()).map(({ name }) => name).sort()).toEqual(names);
});

it('a key from the time when there was only one is read', async () => {
  const { kept, keys } = home();
  const sealed = `sealed:${Buffer.from(key).toString('base64')}`;
  kept.set('provider-keys', JSON.stringify({ anthropic: { sealed, fingerprint: 'f', addedAt: at } }));
  expect(await keyOf(keys.keys('anthropic'))).toEqual([['default', key]]);
});

it('a stored key that cannot be opened is told; alone it is a failure that names the way out', async () => {
  const { kept, keys, state } = home();
  const broken = { sealed: 'broken', fingerprint: '', addedAt: '' };
  kept.set('provider-keys', JSON.stringify({ anthropic: [broken] }));
  await expect(Promise.resolve(keys.keys('anthropic'))).rejects.toThrow(/warder keys add anthropic/);
  await keys.add('anthropic', 'other', key, at);
  state.ms = 2000;
  expect(await keyOf(keys.keys('anthropic'))).toEqual([['other', key]]);
  expect(state.trouble.join()).toContain('key-unusable');
});

it('AWS key pairs and Google service accounts are known by their shape', async () => {
  const { keys } = home();
  const [id, secret] = [`AKIA${'A1'.repeat(8)}`, randomBytes(30).toString('base64')];
  const aws = { Credentials: { AccessKeyId: id, SecretAccessKey: secret, SessionToken: 'session-token' } };
  await keys.add('bedrock', 'pair', `${id}:${secret}`, at);
  await keys.add('bedrock', 'sts', JSON.stringify(aws), at);
  await keys.add('bedrock', 'bearer', key, at);
  expect((await keys.keys('bedrock')).map(({ credential }) => credential)).toEqual([
    { kind: 'aws', accessKeyId: id, secretAccessKey: secret },
    { kind: 'aws', accessKeyId: id, secretAccessKey: secret, sessionToken: 'session-token' },
    { kind: 'key', key },
  ]);
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    client_email: 'a@b.example',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
  expect(await keys.add('vertex', 'default', JSON.stringify(account), at)).toMatchObject({ value: { kind: 'google' } });
  for (const wrong of [
    { ...account, type: 'authorized_user' },
    { ...account, private_key: 'no key' },
    { ...account, token_uri: 'http://somewhere.example/token' },
  ]) {
    const refused = await keys.add('vertex', 'x', JSON.stringify(wrong), at);
    expect(refused).toMatchObject({ ok: false, error: { code: 'not-a-key' } });
  }
  expect(await keys.add('anthropic', 'x', JSON.stringify(account), at)).toMatchObject({ ok: false });
});

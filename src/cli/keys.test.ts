import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { openProviderKeys } from '../capture/provider-keys.ts';
import { openTokens } from '../capture/tokens.ts';
import { providers } from '../normalise/providers.ts';
import { type Command, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';
import { command as keys } from './keys.ts';
import { command as tokens } from './tokens.ts';

const home = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'warder-keys-')), 'home');
afterAll(() => fs.rmSync(path.dirname(home), { recursive: true }));

const secret = ['sk', 'ant', 'made', 'up', 'for', 'tests'].join('-');

async function run(
  command: Command,
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const input = new PassThrough();
  input.end(stdin);
  const status = await command.run([...args, '--home', home], { stdin: input, stdout, stderr, env });
  return { status, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

/** Every byte below the home. */
const atRest = () => Buffer.concat(fs.readdirSync(home).map((file) => fs.readFileSync(path.join(home, file))));

describe('warder keys', () => {
  it('takes a key from standard input, keeps it encrypted, and never shows it', async () => {
    const added = await run(keys, ['add', 'anthropic'], { stdin: `${secret}\n` });
    const listed = await run(keys, ['list', '--json']);
    expect(added).toMatchObject({ status: 0, out: expect.stringContaining('encrypted') });
    expect(JSON.parse(listed.out)).toMatchObject({
      items: [{ provider: 'anthropic', fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/) }],
      next: null,
    });
    for (const text of [added.out, added.err, listed.out, listed.err]) expect(text).not.toContain(secret);
    expect(atRest().includes(secret)).toBe(false);
    const found = await withHomeStore(home, async ({ seal, unseal }, settings) =>
      openProviderKeys({ settings, providers, seal, unseal, env: {} }).keys('anthropic'),
    );
    expect(found).toMatchObject([{ name: 'default', credential: { kind: 'key', key: secret } }]);
  });

  it('takes a key from an environment variable, and forgets one', async () => {
    expect((await run(keys, ['add', 'anthropic', '--from-env', 'MY_KEY'], { env: { MY_KEY: secret } })).status).toBe(0);
    expect(await run(keys, ['remove', 'anthropic'])).toMatchObject({
      status: 0,
      out: 'The key for anthropic is forgotten.\n',
    });
    expect(await run(keys, ['remove', 'anthropic'])).toMatchObject({ status: 3, out: '' });
  });

  it.each([
    [['add'], ''],
    [['add', 'nobody'], 'x'],
    [['add', 'anthropic'], ''],
    [['add', 'anthropic'], 'short'],
    [['add', 'anthropic'], 'two words here'],
    [['add', 'anthropic'], `wrd_${'x'.repeat(43)}`],
    [['add', 'anthropic', '--from-env', 'NOT_SET'], secret],
    [['list', 'anthropic'], ''],
    [['remove'], ''],
    [['add', 'anthropic', 'more'], secret],
    [[], ''],
  ])('%j with %j on standard input is a mistake that is explained', async (args, stdin) => {
    await expect(run(keys, args, { stdin })).rejects.toThrow(UsageError);
  });
});

describe('warder keys with several', () => {
  it('names, places and replaces them one by one', async () => {
    await run(keys, ['add', 'openai', '--name', 'a', '--region', 'eu', '--priority', '2'], { stdin: `${secret}-a` });
    await run(keys, ['add', 'openai', '--name', 'b', '--weight', '5'], { stdin: `${secret}-b` });
    const rotated = await run(keys, ['rotate', 'openai', '--name', 'a', '--json'], { stdin: `${secret}-c` });
    expect(JSON.parse(rotated.out)).toMatchObject({ name: 'a', region: 'eu', priority: 2 });
    expect((await run(keys, ['rotate', 'openai', '--name', 'c'], { stdin: secret })).status).toBe(3);
    const { out } = await run(keys, ['list']);
    expect(out).toMatch(/openai +a {2}fingerprint [0-9a-f]{8} {2}added \S+ {2}region eu, priority 2\n/);
    expect(out).toMatch(/openai +b {2}.*weight 5\n/);
    expect((await run(keys, ['remove', 'openai', '--name', 'a'])).status).toBe(0);
    expect((await run(keys, ['remove', 'openai', '--name', 'b'])).status).toBe(0);
  });

  it('takes the JSON of a service account from a file, and refuses it where it fits nothing', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const file = path.join(path.dirname(home), 'account.json');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    fs.writeFileSync(file, JSON.stringify({ type: 'service_account', client_email: 'a@b.example', private_key: pem }));
    expect((await run(keys, ['add', 'vertex', '--from-file', file, '--json'])).out).toContain('"kind":"google"');
    await expect(run(keys, ['add', 'anthropic', '--from-file', file])).rejects.toThrow(UsageError);
    expect(atRest().includes(pem.slice(40, 100))).toBe(false);
    await run(keys, ['remove', 'vertex']);
  });

  it('renews the key that seals them, and refuses to work without it', async () => {
    await run(keys, ['add', 'anthropic'], { stdin: secret });
    const sealed = () => withHomeStore(home, async (_home, store) => (await store.setting('provider-keys')) ?? '');
    const before = await sealed();
    const renewed = await run(keys, ['rotate', '--sealing-key', '--json']);
    expect(JSON.parse(renewed.out)).toMatchObject({ before: 'home', renewed: true });
    expect(await sealed()).not.toBe(before);
    expect(await sealed()).toContain(`"v2.${(JSON.parse(renewed.out) as { id: string }).id}.`);
    const file = path.join(home, 'sealing.key');
    const text = fs.readFileSync(file, 'utf8');
    fs.rmSync(file);
    await expect(run(keys, ['add', 'openai'], { stdin: secret })).rejects.toThrow(/which was not given here/);
    fs.writeFileSync(file, text, { mode: 0o600 });
    const env = { WARDER_KEY: randomBytes(32).toString('base64') };
    const moved = await run(keys, ['rotate', '--sealing-key'], { env });
    expect(moved.out).toMatch(/^\d+ secrets are sealed under the key [0-9a-f]{8} of the environment/);
    fs.rmSync(file);
    expect((await run(keys, ['list'], { env })).status).toBe(0);
    await expect(run(keys, ['rotate', 'anthropic'], { stdin: secret })).rejects.toThrow(/WARDER_KEY/);
    expect((await run(keys, ['list'])).out).toContain('anthropic');
    await run(keys, ['remove', 'anthropic'], { env });
    await withHomeStore(home, async (_home, store) => store.setSetting('provider-keys', null));
  });

  it.each([
    [['add', 'openai', '--name', 'a b']],
    [['add', 'openai', '--priority=-1']],
    [['add', 'openai', '--weight', '0']],
    [['add', 'openai', '--weight', 'many']],
    [['add', 'openai', '--from-env', 'A', '--from-file', 'b']],
    [['add', 'openai', '--from-file', '/nowhere/at/all']],
    [['rotate']],
    [['rotate', 'openai', '--sealing-key', 'x']],
    [['find', '/nowhere/at/all']],
  ])('%j is a mistake that is explained', async (args) => {
    await expect(run(keys, args, { stdin: secret })).rejects.toThrow(UsageError);
  });
});

describe('warder keys find', () => {
  const place = path.join(path.dirname(home), 'device');
  const openai = ['sk', 'proj', randomBytes(60).toString('base64url')].join('-');
  const anthropic = ['sk', 'ant', 'api03', randomBytes(70).toString('base64url')].join('-');
  const google = `AIza${randomBytes(40).toString('base64url').slice(0, 35)}`;
  const write = (name: string, text: string) => {
    fs.mkdirSync(path.dirname(path.join(place, name)), { recursive: true });
    fs.writeFileSync(path.join(place, name), text);
  };
  const find = async (args: readonly string[], env: Record<string, string>) => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const status = await keys.run(['find', ...args], { stdin: new PassThrough(), stdout, stderr, env });
    return { status, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
  };
  const fingerprint = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 8);

  it("finds keys in agents' settings, shell files and the environment by fingerprint, and changes nothing", async () => {
    write('.claude/settings.json', JSON.stringify({ env: { ANTHROPIC_API_KEY: anthropic } }, null, 2));
    write('.codex/auth.json', JSON.stringify({ OPENAI_API_KEY: openai }));
    write('.bashrc', `alias ll=ls\n# old\nexport GEMINI_API_KEY=${google}\n`);
    write('.gemini/settings.json', JSON.stringify({ env: { GEMINI_API_KEY: `wrd_${'a'.repeat(43)}` } }));
    write('.zshrc', 'export OPENAI_API_KEY=your-openai-key-goes-here\nexport ANTHROPIC_API_KEY=$(pass show key)\n');
    const before = fs.readFileSync(path.join(place, '.bashrc'), 'utf8');
    const got = await find(['--json'], { HOME: place, MY_KEY: anthropic, PATH: '/bin' });
    expect(got.status).toBe(1);
    const { items } = JSON.parse(got.out) as { items: Record<string, unknown>[] };
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ place: 'environment', file: 'MY_KEY', line: 0, fingerprint: fingerprint(anthropic) }),
        expect.objectContaining({
          place: 'agent',
          file: path.join(place, '.claude/settings.json'),
          line: 3,
          rule: 'anthropic-key',
        }),
        expect.objectContaining({
          place: 'agent',
          file: path.join(place, '.codex/auth.json'),
          fingerprint: fingerprint(openai),
        }),
        expect.objectContaining({
          place: 'shell',
          file: path.join(place, '.bashrc'),
          line: 3,
          fingerprint: fingerprint(google),
        }),
      ]),
    );
    expect(items.length).toBe(4);
    for (const key of [openai, anthropic, google]) expect(got.out + got.err).not.toContain(key.slice(0, 24));
    expect(fs.readFileSync(path.join(place, '.bashrc'), 'utf8')).toBe(before);
  });

  it('looks through a folder, past what is none of its business, and says what it left out', async () => {
    write('project/.env.local', `A=1\nOPENAI_API_KEY="${openai}"\n`);
    write('project/node_modules/x/.env', `OPENAI_API_KEY=${openai}\n`);
    write('project/src/client.ts', `const key = '${anthropic}';\n`);
    write('project/big.json', `${' '.repeat(3 * 1024 * 1024)}`);
    write('project/self-hosted.env', 'OPENAI_API_KEY=my0wn-server-t0ken-1234\n');
    const got = await find([path.join(place, 'project')], { HOME: place, MY_KEY: anthropic });
    expect(got.status).toBe(1);
    expect(
      got.out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.replace(/^\S+ +(\S+) +.*project\//, '$1 '))
        .sort(),
    ).toEqual(['anthropic-key src/client.ts:1', 'by-name self-hosted.env:1', 'openai-key .env.local:2']);
    expect(got.err).toContain('big.json (longer than 2 MiB)');
    expect(got.err).toContain('warder keys add');
  });

  it('is content when there are none', async () => {
    write('clean/.env', 'ANTHROPIC_BASE_URL=http://127.0.0.1:7717/anthropic\n');
    expect(await find([path.join(place, 'clean')], {})).toMatchObject({ status: 0, out: '' });
  });
});

describe('warder tokens', () => {
  it('makes a token that is accepted, shows it once, and revokes it', async () => {
    const made = await run(tokens, [
      'add',
      '--person',
      'ada',
      '--device',
      'laptop',
      '--label',
      'work',
      '--expires',
      '90d',
      '--json',
    ]);
    const { token, id, expiresAt } = JSON.parse(made.out) as { token: string; id: string; expiresAt: string };
    expect(token).toMatch(/^wrd_[A-Za-z0-9_-]{43}$/);
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(89 * 86_400_000);
    const whose = () =>
      withHomeStore(home, async (_home, settings) =>
        openTokens({ settings, now: () => new Date().toISOString() }).identifyByToken(token),
      );
    expect(await whose()).toEqual({
      ok: true,
      value: { person: 'ada', device: 'laptop', via: 'token', label: 'work' },
    });
    const listed = await run(tokens, ['list']);
    expect(listed.out).toContain(`${id}  ada on laptop`);
    expect(listed.out + atRest().toString('latin1')).not.toContain(token);
    expect((await run(tokens, ['revoke', id])).status).toBe(0);
    expect((await whose()).ok).toBe(false);
    expect((await run(tokens, ['revoke', id])).status).toBe(3);
  });

  it('makes one for an agent, a provider and a door only', async () => {
    const args = [
      'add',
      '--agent',
      'codex',
      '--provider',
      'openai',
      '--route',
      'gateway',
      '--route',
      'hooks',
      '--json',
    ];
    const made = JSON.parse((await run(tokens, args)).out) as { id: string };
    expect(made).toMatchObject({ agent: 'codex', providers: ['openai'], routes: ['gateway', 'hooks'] });
    expect((await run(tokens, ['list'])).out).toContain('only codex, openai, gateway, hooks');
    await run(tokens, ['revoke', made.id]);
  });

  it.each([
    [['add', '--expires', 'soon']],
    [['add', '--expires', '0d']],
    [['add', '--person', ' ']],
    [['add', '--provider', 'nobody']],
    [['add', '--route', 'everything']],
    [['add', '--agent', 'A B']],
    [['add', '--person', 'a\u001b[31m']],
    [['revoke']],
    [['list', 'x']],
    [[]],
  ])('%j is a mistake that is explained', async (args) => {
    await expect(run(tokens, args)).rejects.toThrow(UsageError);
  });
});

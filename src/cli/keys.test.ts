import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { openTokens } from '../capture/tokens.ts';
import { openProviderKeys } from '../capture/provider-keys.ts';
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
    expect(await whose()).toEqual({ ok: true, value: { person: 'ada', device: 'laptop', via: 'token', label: 'work' } });
    const listed = await run(tokens, ['list']);
    expect(listed.out).toContain(`${id}  ada on laptop`);
    expect(listed.out + atRest().toString('latin1')).not.toContain(token);
    expect((await run(tokens, ['revoke', id])).status).toBe(0);
    expect((await whose()).ok).toBe(false);
    expect((await run(tokens, ['revoke', id])).status).toBe(3);
  });

  it.each([
    [['add', '--expires', 'soon']],
    [['add', '--expires', '0d']],
    [['add', '--person', ' ']],
    [['add', '--person', 'a\u001b[31m']],
    [['revoke']],
    [['list', 'x']],
    [[]],
  ])('%j is a mistake that is explained', async (args) => {
    await expect(run(tokens, args)).rejects.toThrow(UsageError);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hooked } from '../../test/harness/commits.ts';
import { type Home, openHome } from '../record/home.ts';
import { openSqliteStore } from '../record/store/sqlite.ts';
import { command } from './verify.ts';

let dir: string;
let home: Home;
let n = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'warder-verify-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
beforeEach(() => {
  home = openHome(join(dir, `home-${n++}`));
});

async function fill(count: number): Promise<void> {
  const store = await openSqliteStore({ path: home.dbPath, signingKeyPem: home.signingKeyPem, keyid: home.keyid });
  await Promise.all(Array.from({ length: count }, (_, i) => store.commit(hooked({ id: `c${i}` }))));
  await store.close();
}

async function verify(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const status = await command.run(args, {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { HOME: join(dir, 'nobody') },
  });
  return { status, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const edit = (sql: string) => {
  const db = new DatabaseSync(home.dbPath);
  db.exec(sql);
  db.close();
};

test('a sound home is told in one line with count, times and head', async () => {
  await fill(1_204);
  const { status, out, err } = await verify('--home', home.dir);
  expect(out).toMatch(/^1,204 receipts verified, from 20\d\d-\S+Z to 20\d\d-\S+Z; head [0-9a-f]{16}…\n/);
  expect(out).toContain('Without --checkpoint, receipts cut off at the end cannot be noticed.');
  expect({ status, err }).toEqual({ status: 0, err: '' });
});

test('a broken receipt is named with its number, kind and meaning, exit 1', async () => {
  await fill(5);
  edit(`UPDATE receipts SET body = replace(body, '"allow"', '"deny"') WHERE seq = 3`);
  const { status, out } = await verify('--home', home.dir);
  expect(status).toBe(1);
  expect(out).toMatch(/^Receipt 3 is broken \(bad-leaf\): its stored leaf hash does not fit its text/);
  expect(out).toContain('The 2 receipts before it hold.');
  const json = await verify('--home', home.dir, '--json');
  expect(JSON.parse(json.out)).toMatchObject({ count: 2, broken: { seq: 3, kind: 'bad-leaf' } });
  expect(json.status).toBe(1);
});

test('an export verifies with the public key alone, and a saved checkpoint finds its cut tail', async () => {
  await fill(20);
  const exported = join(dir, 'log.jsonl');
  const checkpoint = join(dir, 'checkpoint.json');
  const made = await verify('--home', home.dir, '--export', exported, '--save-checkpoint', checkpoint);
  expect(made).toMatchObject({ status: 0, out: expect.stringContaining(`Checkpoint saved in ${checkpoint}`) });
  const key = join(dir, 'key.pem');
  writeFileSync(key, home.publicKeyPem);
  rmSync(home.dir, { recursive: true });
  const file = ['--file', exported, '--public-key', key];
  expect(await verify(...file)).toMatchObject({ status: 0, out: expect.stringContaining('20 receipts verified') });
  expect((await verify(...file, '--checkpoint', checkpoint)).out).toContain('It continues the checkpoint of');
  const lines = readFileSync(exported, 'utf8').trimEnd().split('\n');
  writeFileSync(exported, `${lines.slice(0, 15).join('\n')}\n`);
  expect(await verify(...file)).toMatchObject({ status: 0, out: expect.stringContaining('15 receipts verified') });
  const cut = await verify(...file, '--checkpoint', checkpoint);
  expect(cut).toMatchObject({ status: 1, out: expect.stringContaining('Receipt 16 is broken (truncated)') });
  writeFileSync(exported, `${lines.slice(0, 3).join('\n')}\n{"seq":4,\n${lines.slice(4).join('\n')}\n`);
  expect((await verify(...file)).out).toContain('Receipt 4 is broken (unreadable)');
});

test('a broken log gives no checkpoint', async () => {
  await fill(3);
  edit('DELETE FROM receipts WHERE seq = 2');
  const checkpoint = join(dir, 'none.json');
  const { status, out } = await verify('--home', home.dir, '--save-checkpoint', checkpoint, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(out).checkpoint).toBeNull();
  expect(() => readFileSync(checkpoint)).toThrow('ENOENT');
});

test('an empty log is told as empty and is fine', async () => {
  await fill(0);
  expect(await verify('--home', home.dir)).toMatchObject({
    status: 0,
    out: `The log is empty: no receipts yet in ${home.dbPath}.\n`,
  });
});

test('a home that is not there, and one without a log, say what to do, exit 3', async () => {
  const none = await verify();
  expect(none).toMatchObject({ status: 3, out: '' });
  expect(none.err).toMatch(/There is no Warder home at .*nobody\/\.warder\. Start one with: warder serve/);
  expect((await verify('--home', home.dir)).err).toContain('There is no log yet in');
  const json = await verify('--home', home.dir, '--json');
  expect(JSON.parse(json.out)).toEqual({ error: expect.stringContaining('There is no log yet') });
});

test('a database that is none is named, exit 3', async () => {
  writeFileSync(home.dbPath, 'not a database at all, only text '.repeat(100));
  expect(await verify('--home', home.dir)).toMatchObject({ status: 3, err: expect.stringContaining(home.dbPath) });
});

test.each([
  [['--home', '/a', '--file', '/b'], 'not both'],
  [['--file', '/nowhere/log.jsonl'], 'there is no file /nowhere/log.jsonl'],
  [['--home', '/nowhere'], 'there is no folder /nowhere'],
])('%j is used wrongly', async (args, message) => {
  await expect(verify(...args)).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(message),
  });
});

test('a checkpoint or key file that is none is used wrongly', async () => {
  await fill(1);
  const text = join(dir, 'text');
  writeFileSync(text, 'hello');
  await expect(verify('--home', home.dir, '--checkpoint', text)).rejects.toThrow(/is not a checkpoint/);
  await expect(verify('--home', home.dir, '--public-key', text)).rejects.toThrow(/is not a public key/);
});

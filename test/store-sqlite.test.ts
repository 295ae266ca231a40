import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Checkpoint, Store } from '../src/core/store.ts';
import { type Home, openHome } from '../src/record/home.ts';
import { firstBrokenReceipt } from '../src/record/receipts/verify.ts';
import { openReceiptLog, openSqliteStore } from '../src/record/store/sqlite.ts';
import { at, draft, hooked } from './harness/commits.ts';

// What the contract cannot ask of every store: files that are tampered with, disks that fail, threads that die.
enableCompileCache();

let dir: string;
let home: Home;
let stores: Store[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'warder-sqlite-'));
  home = openHome(join(dir, 'home'));
});
afterEach(async () => {
  for (const store of stores) await store.close();
  stores = [];
  rmSync(dir, { recursive: true, force: true });
});

async function open(path = home.dbPath): Promise<Store> {
  const store = await openSqliteStore({ path, signingKeyPem: home.signingKeyPem, keyid: home.keyid });
  stores.push(store);
  return store;
}

const commitMany = (store: Store, count: number, prefix = 'c') =>
  Promise.all(Array.from({ length: count }, (_, n) => store.commit(hooked({ id: `${prefix}${n}` }))));

async function verifyHome(checkpoint?: Checkpoint) {
  const log = openReceiptLog(home.dbPath);
  try {
    return await firstBrokenReceipt(log.receipts(), {
      publicKeyPem: home.publicKeyPem,
      ...(checkpoint ? { checkpoint } : {}),
    });
  } finally {
    log.close();
  }
}

function edit(sql: string, path = home.dbPath): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('a database that someone edited', () => {
  let checkpoint: Checkpoint;
  const whole = mkdtempSync(join(tmpdir(), 'warder-whole-'));
  beforeAll(async () => {
    home = openHome(join(whole, 'home'));
    const store = await open();
    await commitMany(store, 30);
    checkpoint = await store.checkpoint();
    await store.close();
  });
  beforeEach(() => {
    cpSync(join(whole, 'home'), join(dir, 'whole'), { recursive: true });
    home = openHome(join(dir, 'whole'));
  });
  afterAll(() => rmSync(whole, { recursive: true, force: true }));

  test.each([
    ['a changed word', `UPDATE receipts SET body = replace(body, '"allow"', '"deny"') WHERE seq = 7`, 7, 'bad-leaf'],
    [
      'a changed word and its leaf',
      `UPDATE receipts SET body = replace(body, 'ann', 'bob'), leaf = '${'0'.repeat(64)}' WHERE seq = 7`,
      7,
      'bad-leaf',
    ],
    [
      'a flipped signature',
      `UPDATE receipts SET sig = CASE WHEN sig LIKE 'A%' THEN 'B' ELSE 'A' END || substr(sig, 2) WHERE seq = 9`,
      9,
      'bad-signature',
    ],
    ['a deleted receipt', 'DELETE FROM receipts WHERE seq = 12', 12, 'deleted'],
    ['deleted first receipts', 'DELETE FROM receipts WHERE seq < 4', 1, 'deleted'],
    [
      'a deletion closed up',
      'DELETE FROM receipts WHERE seq = 12; UPDATE receipts SET seq = seq - 1 WHERE seq > 12',
      12,
      'wrong-number',
    ],
    [
      'two that changed places',
      'UPDATE receipts SET seq = -5 WHERE seq = 5; UPDATE receipts SET seq = 5 WHERE seq = 6; UPDATE receipts SET seq = 6 WHERE seq = -5',
      5,
      'wrong-number',
    ],
    [
      'a copy in place of another',
      'UPDATE receipts SET (body, leaf, sig) = (SELECT body, leaf, sig FROM receipts WHERE seq = 3) WHERE seq = 8',
      8,
      'wrong-number',
    ],
    [
      'a copy at the end',
      'INSERT INTO receipts SELECT 31, call, body, leaf, sig FROM receipts WHERE seq = 30',
      31,
      'wrong-number',
    ],
    ['space that JSON would not mind', `UPDATE receipts SET body = body || ' ' WHERE seq = 2`, 2, 'not-canonical'],
    ['an emptied receipt', `UPDATE receipts SET body = '' WHERE seq = 20`, 20, 'unreadable'],
  ])('%s is found where it was made', async (_, sql, seq, kind) => {
    expect(await verifyHome()).toMatchObject({ count: 30, broken: null });
    edit(sql);
    const { count, broken } = await verifyHome();
    expect(broken).toMatchObject({ seq, kind });
    expect(count).toBe(seq - 1);
  });

  test('a cut tail is found with a checkpoint, and cannot be without', async () => {
    edit('DELETE FROM receipts WHERE seq > 25');
    expect(await verifyHome()).toMatchObject({ count: 25, broken: null });
    expect(await verifyHome(checkpoint)).toMatchObject({ count: 25, broken: { seq: 26, kind: 'truncated' } });
  });

  test('a log cut and written on by Warder itself differs from the checkpoint', async () => {
    edit('DELETE FROM receipts WHERE seq > 25');
    await commitMany(await open(), 10, 'again');
    expect(await verifyHome()).toMatchObject({ count: 35, broken: null });
    expect((await verifyHome(checkpoint)).broken).toMatchObject({ seq: 30, kind: 'forked' });
  });

  test('a changed checkpoint is refused', async () => {
    const changed = { ...checkpoint, size: 25 };
    expect((await verifyHome(changed)).broken).toMatchObject({ kind: 'bad-checkpoint' });
  });
});

describe('the file', () => {
  test('is closed to other users, also its side files', async () => {
    const store = await open();
    await commitMany(store, 1);
    const modes = readdirSync(home.dir)
      .filter((name) => name.startsWith('warder.db'))
      .map((name) => statSync(join(home.dir, name)).mode & 0o777);
    expect(modes.length).toBeGreaterThan(1);
    expect(new Set(modes)).toEqual(new Set([0o600]));
  });

  test('closing leaves one whole database', async () => {
    const store = await open();
    await commitMany(store, 50);
    await store.calls({});
    await store.close();
    expect(readdirSync(home.dir).filter((name) => name.startsWith('warder.db'))).toEqual(['warder.db']);
  });

  test('of a newer Warder is refused and left alone', async () => {
    await (await open()).close();
    edit('PRAGMA user_version = 9999');
    await expect(open()).rejects.toThrow(/newer Warder.*9999.*Update Warder/);
    expect(() => openReceiptLog(home.dbPath)).toThrow(/newer Warder/);
  });

  test('of another program is refused and left alone', async () => {
    const path = join(dir, 'other.db');
    edit('CREATE TABLE cats (name TEXT)', path);
    await expect(open(path)).rejects.toThrow(/database of another program/);
    expect(() => openReceiptLog(path)).toThrow(/database of another program/);
  });

  test('that is no database is refused with what to do', async () => {
    const path = join(dir, 'text.db');
    writeFileSync(path, 'hello '.repeat(1_000));
    await expect(open(path)).rejects.toThrow(/not a database.*restore it from a backup/);
    expect(readFileSync(path, 'utf8')).toContain('hello hello');
  });

  test('in a folder that is not there is refused with what to do', async () => {
    await expect(open(join(dir, 'none', 'warder.db'))).rejects.toMatchObject({
      code: 'database-gone',
      cause: expect.any(Error),
    });
  });

  test('can be verified while the store writes to it', async () => {
    const store = await open();
    const writing = commitMany(store, 1_500);
    await store.commit(hooked({ id: 'first' }));
    const seen = await verifyHome();
    await writing;
    expect(seen.broken).toBeNull();
    expect(seen.count).toBeGreaterThan(0);
    expect(await verifyHome()).toMatchObject({ count: 1_501, broken: null });
  });
});

describe('trouble while running', () => {
  test('a database that is taken away rejects commits, and the chain goes on when it is brought back', async () => {
    const store = await open();
    await commitMany(store, 5);
    const away = join(dir, 'away.db');
    renameSync(home.dbPath, away);
    for (let n = 0; n < 3; n++) {
      await expect(store.commit(hooked({ id: `gone${n}` }))).rejects.toMatchObject({
        code: 'database-gone',
        cause: expect.any(Error),
      });
    }
    expect(existsSync(home.dbPath)).toBe(false);
    renameSync(away, home.dbPath);
    const { receipt } = await store.commit(hooked({ id: 'back' }));
    expect(receipt?.seq).toBe(6);
    await store.close();
    expect(await verifyHome()).toMatchObject({ count: 6, broken: null });
  });

  test('a database replaced by an older copy is not written to', async () => {
    const store = await open();
    await commitMany(store, 3);
    const copy = join(dir, 'copy.db');
    edit(`VACUUM INTO '${copy}'`);
    await commitMany(store, 3, 'later');
    for (const side of ['', '-wal', '-shm']) rmSync(home.dbPath + side);
    renameSync(copy, home.dbPath);
    await expect(store.commit(hooked({ id: 'x' }))).rejects.toThrow(/replaced|gone|opened/);
    await expect(store.commit(hooked({ id: 'y' }))).rejects.toMatchObject({ code: 'database-replaced' });
    await store.close();
    expect(await verifyHome()).toMatchObject({ count: 3, broken: null });
  });

  test('a writer thread that dies rejects what it owed and is started anew', async () => {
    const threads: Worker[] = [];
    const remember = (worker: Worker) => void threads.push(worker);
    process.on('worker', remember);
    const store = await open();
    process.off('worker', remember);
    await commitMany(store, 3);
    const owed = store.commit(hooked({ id: 'owed' }));
    const [outcome] = await Promise.allSettled([owed, ...threads.map((worker) => worker.terminate())]);
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'store-thread-died', cause: expect.any(Error) });
    const { receipt } = await store.commit(hooked({ id: 'after' }));
    expect(receipt?.seq).toBeGreaterThanOrEqual(4);
    expect(ids(await store.calls({}))).toContain('after');
    await store.close();
    expect(await verifyHome()).toMatchObject({ count: receipt?.seq, broken: null });
  });

  test('long page queries do not hold up commits', async () => {
    const store = await open();
    const input = { command: 'x'.repeat(60_000) };
    await Promise.all(Array.from({ length: 200 }, (_, n) => store.commit(hooked({ id: `c${n}`, input }))));
    let reading = 30;
    const reads = Array.from({ length: reading }, () => store.calls({ text: 'not there' }).finally(() => reading--));
    await commitMany(store, 3, 'quick');
    expect(reading).toBeGreaterThan(0);
    await Promise.all(reads);
  });

  const tmpfs = process.platform === 'linux' && process.getuid?.() === 0 && canMount();

  test.skipIf(!tmpfs)(
    'a full disk rejects commits and says so; they work again when there is room (needs to mount a tmpfs)',
    async () => {
      const small = join(dir, 'small');
      mount(small);
      try {
        const store = await open(join(small, 'warder.db'));
        const first = await store.commit(hooked({ id: 'first' }));
        writeFileSync(join(small, 'ballast'), Buffer.alloc(1_200_000));
        let kept = first.receipt?.seq ?? 0;
        const outcomes = [];
        for (let n = 0; n < 30; n++) {
          const some = Array.from({ length: 4 }, (_, i) =>
            store.commit(hooked({ id: `f${n}-${i}`, input: { text: 'y'.repeat(20_000) } })),
          );
          outcomes.push(...(await Promise.allSettled(some)));
        }
        const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
        kept += outcomes.length - refused.length;
        expect(refused.length).toBeGreaterThan(20);
        for (const { reason } of refused) {
          expect(reason).toMatchObject({
            message: expect.stringMatching(/Not recorded: the disk.*is full.*goes on by itself/),
            code: 'disk-full',
          });
          expect(reason.cause).toBeInstanceOf(Error);
        }
        rmSync(join(small, 'ballast'));
        const { receipt } = await store.commit(hooked({ id: 'room again' }));
        expect(receipt?.seq).toBe(kept + 1);
        const { items } = await store.receipts({ limit: 1_000 });
        expect(await firstBrokenReceipt(items, { publicKeyPem: home.publicKeyPem })).toMatchObject({
          count: kept + 1,
          broken: null,
        });
        await store.close();
      } finally {
        spawnSync('umount', ['-l', small]);
      }
    },
  );

  function mount(path: string): boolean {
    mkdirSync(path);
    return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path]).status === 0;
  }
  function canMount(): boolean {
    const probe = mkdtempSync(join(tmpdir(), 'warder-mount-'));
    const mounted = mount(join(probe, 'm'));
    if (mounted) spawnSync('umount', [join(probe, 'm')]);
    rmSync(probe, { recursive: true, force: true });
    return mounted;
  }
});

const ids = (page: { items: readonly { id: string }[] }) => page.items.map(({ id }) => id);

test('a process killed with SIGKILL at any moment loses no receipt it was answered, and leaves a log that verifies', async () => {
  const said = new Map<number, string>();
  for (const afterMs of [5, 20, 45, 80, 120]) {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'harness/commit-forever.ts'), home.dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for (const [seq, leaf] of await killedAfter(child, afterMs)) {
      expect(said.has(seq)).toBe(false);
      said.set(seq, leaf);
    }
  }
  expect(said.size).toBeGreaterThan(50);
  const log = openReceiptLog(home.dbPath);
  for (const receipt of log.receipts()) {
    if (said.get(receipt.seq) === receipt.leaf) said.delete(receipt.seq);
  }
  log.close();
  expect([...said]).toEqual([]);
  expect((await verifyHome()).broken).toBeNull();
  // Sums and rows are of one transaction with the receipts.
  const store = await open();
  const { receipt } = await store.commit({ receipt: draft('', { kind: 'system', note: 'counted' }) });
  expect((await store.overview(at(0))).calls).toBe((receipt?.seq ?? 0) - 1);
});

/** Receipts the child said, up to its death so many milliseconds after the first. */
async function killedAfter(child: ChildProcess, afterMs: number): Promise<[number, string][]> {
  let out = '';
  child.stdout?.once('data', () => setTimeout(() => child.kill('SIGKILL'), afterMs));
  child.stdout?.on('data', (chunk) => {
    out += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  const lines = out.split('\n').slice(0, -1);
  return lines.map((line) => {
    const [seq, leaf = ''] = line.split(' ');
    return [Number(seq), leaf];
  });
}

import { spawn } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openHome } from './home.ts';

let base: string;
let dir: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'warder-home-'));
  dir = join(base, 'a', 'home');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const file = (name: string) => join(dir, name);

describe('a home', () => {
  test('is created closed to others, and opened again with the same keys', () => {
    const home = openHome(dir);
    expect(modeOf(dir)).toBe('700');
    expect(modeOf(file('master.key'))).toBe('600');
    expect(modeOf(file('receipt-signing.pem'))).toBe('600');
    expect(readdirSync(dir).sort()).toEqual(['master.key', 'receipt-signing.pem', 'receipt-signing.pub.pem']);
    const again = openHome(dir);
    expect(again.keyid).toBe(home.keyid);
    expect(again.hmac('x')).toBe(home.hmac('x'));
    expect(again.unseal(home.seal('secret'))).toEqual({ ok: true, value: 'secret' });
    expect(home.dbPath).toBe(file('warder.db'));
  });

  test('has keys of its own', () => {
    const one = openHome(dir);
    const two = openHome(join(base, 'other'));
    expect(two.keyid).not.toBe(one.keyid);
    expect(two.hmac('x')).not.toBe(one.hmac('x'));
    expect(two.unseal(one.seal('secret'))).toMatchObject({ ok: false, error: { code: 'unseal-failed' } });
  });

  test('names its public key by 16 hex digits, and the key is Ed25519', () => {
    const { keyid, publicKeyPem } = openHome(dir);
    expect(keyid).toMatch(/^[0-9a-f]{16}$/);
    expect(createPublicKey(publicKeyPem).asymmetricKeyType).toBe('ed25519');
    expect(readFileSync(file('receipt-signing.pub.pem'), 'utf8')).toBe(publicKeyPem);
  });

  test('hashes a text with a key, so that the plain SHA-256 of it never appears', () => {
    expect(openHome(dir).hmac('ls')).toMatch(/^[0-9a-f]{64}$/);
    expect(openHome(dir).hmac('ls')).not.toBe(openHome(dir).hmac('ls '));
  });

  test('seals the same text differently each time, and a changed seal does not open', () => {
    const { seal, unseal } = openHome(dir);
    const sealed = seal('päss 😀');
    expect(seal('päss 😀')).not.toBe(sealed);
    expect(unseal(sealed)).toEqual({ ok: true, value: 'päss 😀' });
    expect(unseal(seal(''))).toEqual({ ok: true, value: '' });
    for (let i = 3; i < sealed.length - 1; i++) {
      const changed = `${sealed.slice(0, i)}${sealed[i] === 'A' ? 'B' : 'A'}${sealed.slice(i + 1)}`;
      expect(unseal(changed).ok).toBe(false);
    }
    expect(unseal('plain')).toMatchObject({ ok: false, error: { code: 'not-sealed' } });
    expect(unseal('')).toMatchObject({ ok: false, error: { code: 'not-sealed' } });
  });

  test('that is an empty folder of the user is taken and closed', () => {
    mkdirSync(dir, { recursive: true, mode: 0o755 });
    openHome(dir);
    expect(modeOf(dir)).toBe('700');
  });

  test('is refused in a folder that others may change', () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(file('notes.txt'), 'mine');
    chmodSync(dir, 0o777);
    expect(() => openHome(dir)).toThrow(/can be changed by other users \(mode 0777\).*chmod 700/);
    expect(readdirSync(dir)).toEqual(['notes.txt']);
  });

  test('opened by many processes at once has one set of keys', async () => {
    const script = `import { openHome } from ${JSON.stringify(join(import.meta.dirname, 'home.ts'))};
      const home = openHome(process.argv[1]); console.log(home.keyid, home.hmac('x'));`;
    const runs = Array.from({ length: 4 }, () => outputOf(['--input-type=module', '-e', script, dir]));
    const said = new Set(await Promise.all(runs));
    expect(said.size).toBe(1);
    expect([...said][0]).toMatch(/^[0-9a-f]{16} /);
    expect(readdirSync(dir).sort()).toEqual(['master.key', 'receipt-signing.pem', 'receipt-signing.pub.pem']);
  });
});

describe('a damaged home is refused with what, where and what to do', () => {
  beforeEach(() => void openHome(dir));

  test.each(['master.key', 'receipt-signing.pem'])('%s readable by others', (name) => {
    chmodSync(file(name), 0o644);
    expect(() => openHome(dir)).toThrow(
      `${file(name)} is a secret and other users may read it (mode 0644). Run: chmod 600`,
    );
  });

  test('a master key of the wrong length', () => {
    writeFileSync(file('master.key'), 'short');
    expect(() => openHome(dir)).toThrow(/master\.key is damaged: it must hold exactly 32 bytes and holds 5\. Restore/);
  });

  test('a signing key that is none', () => {
    writeFileSync(file('receipt-signing.pem'), 'nonsense');
    expect(() => openHome(dir)).toThrow(/receipt-signing\.pem is damaged: it is not a private key/);
  });

  test('a public key of another home', () => {
    writeFileSync(file('receipt-signing.pub.pem'), openHome(join(base, 'other')).publicKeyPem);
    expect(() => openHome(dir)).toThrow(/receipt-signing\.pub\.pem is damaged: it does not belong/);
  });

  test('a master key that is gone while the signing key is there', () => {
    rmSync(file('master.key'));
    expect(() => openHome(dir)).toThrow(/master\.key is gone.*Restore it from a backup/);
    expect(readdirSync(dir)).not.toContain('master.key');
  });

  test.each(['master.key', 'receipt-signing.pem'])('%s gone while there is a log', (name) => {
    writeFileSync(file('warder.db'), '');
    rmSync(file(name));
    expect(() => openHome(dir)).toThrow(`${file(name)} is gone`);
  });

  test('but a public key that is gone is written anew', () => {
    rmSync(file('receipt-signing.pub.pem'));
    const { publicKeyPem } = openHome(dir);
    expect(readFileSync(file('receipt-signing.pub.pem'), 'utf8')).toBe(publicKeyPem);
  });

  test('and one whose creation was cut off half way is finished', () => {
    rmSync(file('receipt-signing.pem'));
    rmSync(file('receipt-signing.pub.pem'));
    expect(openHome(dir).keyid).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the lock of a home', () => {
  const holdForever = `import { openHome } from ${JSON.stringify(join(import.meta.dirname, 'home.ts'))};
    openHome(process.argv[1]).lock(); console.log('locked'); setInterval(() => {}, 1000);`;

  test('is held once, named when refused, and free again after release', () => {
    const home = openHome(dir);
    const lock = home.lock();
    expect(() => home.lock()).toThrow(`Another Warder (process ${process.pid}) already writes to this home`);
    lock.release();
    lock.release();
    home.lock().release();
    expect(readdirSync(dir)).not.toContain('server.lock');
  });

  test('of a living process is respected, of a killed one taken over', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', holdForever, dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(() => openHome(dir).lock()).toThrow(`Another Warder (process ${child.pid})`);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    openHome(dir).lock().release();
  });

  test.each([
    ['of a pid that now belongs to another program', () => JSON.stringify({ pid: process.ppid, began: 'long ago' })],
    ['of our own pid from an earlier life, as in a container', () => JSON.stringify({ pid: process.pid, began: '1' })],
    ['that is torn', () => '{"pi'],
    ['that is empty', () => ''],
  ])('%s is taken over', (_, content) => {
    const home = openHome(dir);
    writeFileSync(file('server.lock'), content());
    const lock = home.lock();
    expect(readFileSync(file('server.lock'), 'utf8')).toContain(`"pid":${process.pid}`);
    lock.release();
    expect(readdirSync(dir).filter((name) => name.startsWith('server.lock'))).toEqual([]);
  });

  test('taken by many processes at once is given to one', async () => {
    openHome(dir);
    writeFileSync(file('server.lock'), JSON.stringify({ pid: 4_000_000, began: '1' }));
    const script = `import { openHome } from ${JSON.stringify(join(import.meta.dirname, 'home.ts'))};
      try { openHome(process.argv[1]).lock(); console.log('mine'); setTimeout(() => {}, 1500); } catch { console.log('refused'); }`;
    const said = await Promise.all(
      Array.from({ length: 4 }, () => outputOf(['--input-type=module', '-e', script, dir])),
    );
    expect(said.sort()).toEqual(['mine', 'refused', 'refused', 'refused']);
  });
});

function outputOf(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve) => child.once('close', () => resolve(out.trim())));
}

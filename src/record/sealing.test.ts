import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHome } from './home.ts';

let base: string;
let dir: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'warder-sealing-'));
  dir = join(base, 'home');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const made = () => randomBytes(32).toString('base64');
const secret = 'a provider key';
const opens = (value: string) => ({ ok: true, value });

function keyFile(name: string, text: string, mode = 0o600): string {
  const path = join(base, name);
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return path;
}

describe('the key that seals', () => {
  it('follows from the home while no other is given', () => {
    const home = openHome(dir, {});
    expect(home.seal(secret)).toMatch(/^v1\./);
    expect(home.sealingKey()).toMatchObject({ id: 'home' });
  });

  it.each(['base64', 'base64url', 'hex'] as const)('comes from the environment as %s', (form) => {
    const key = randomBytes(32).toString(form);
    const sealed = openHome(dir, { WARDER_KEY: key }).seal(secret);
    expect(sealed).toMatch(/^v2\.[0-9a-f]{8}\./);
    expect(openHome(dir, { WARDER_KEY: key }).unseal(sealed)).toEqual(opens(secret));
    const without = openHome(dir, {}).unseal(sealed);
    expect(without).toMatchObject({
      ok: false,
      error: { code: 'unseal-failed', detail: expect.stringContaining('not here') },
    });
    expect(openHome(dir, { WARDER_KEY: made() }).unseal(sealed)).toMatchObject({ ok: false });
  });

  it('comes from systemd before the environment, from the environment before a file, and all of them open', () => {
    const [systemd, named, own] = [made(), made(), made()];
    const credentials = join(base, 'credentials');
    writeFileSync(keyFile('named', named), named);
    openHome(dir, {});
    writeFileSync(join(dir, 'sealing.key'), own, { mode: 0o600 });
    const sealed: string[] = [];
    const seal = (env: Record<string, string>) => {
      const home = openHome(dir, env);
      sealed.push(home.seal(secret));
      return home.sealingKey().source;
    };
    expect(seal({})).toBe(join(dir, 'sealing.key'));
    const file = { WARDER_KEY_FILE: join(base, 'named') };
    expect(seal(file)).toBe(join(base, 'named'));
    const env = { ...file, WARDER_KEY: made() };
    expect(seal(env)).toContain('WARDER_KEY');
    rmSync(credentials, { recursive: true, force: true });
    const all = { ...env, CREDENTIALS_DIRECTORY: base };
    keyFile('warder-key', systemd, 0o440);
    expect(seal(all)).toBe(join(base, 'warder-key'));
    for (const each of sealed) expect(openHome(dir, all).unseal(each)).toEqual(opens(secret));
  });

  it('is refused in a file that others may read, with the way to close it', () => {
    const path = keyFile('open', made(), 0o640);
    expect(() => openHome(dir, { WARDER_KEY_FILE: path })).toThrow(
      /other users may read it \(mode 0640\)\. Run: chmod 600/,
    );
    keyFile('warder-key', made(), 0o444);
    expect(() => openHome(dir, { CREDENTIALS_DIRECTORY: base })).toThrow(/chmod 600/);
  });

  it.each(['', 'short', `${'x'.repeat(43)}!`, Buffer.alloc(31).toString('base64'), `${made()}\nshort`])(
    'is refused when it is %j, and never repeated',
    (text) => {
      const path = keyFile('wrong', text);
      const opening = () => openHome(dir, { WARDER_KEY_FILE: path });
      expect(opening).toThrow(/openssl rand -base64 32/);
      if (text.length > 10) expect(opening).not.toThrow(text);
    },
  );

  it('is refused when its file is not there', () => {
    expect(() => openHome(dir, { WARDER_KEY_FILE: join(base, 'nowhere') })).toThrow(/is not there/);
  });
});

describe('renewing it', () => {
  it('a running process seals with the new key at once, and opens what was sealed before', () => {
    const running = openHome(dir, {});
    const old = running.seal(secret);
    const renewed = openHome(dir, {}).renewSealingKey();
    expect(renewed?.source).toBe(join(dir, 'sealing.key'));
    expect(statSync(join(dir, 'sealing.key')).mode & 0o777).toBe(0o600);
    const fresh = running.seal(secret);
    expect(fresh).toContain(`v2.${renewed?.id}.`);
    expect([running.unseal(old), running.unseal(fresh)]).toEqual([opens(secret), opens(secret)]);
  });

  it('keeps the one before beside the new one, and no older ones', () => {
    const home = openHome(dir, {});
    home.renewSealingKey();
    const second = home.seal(secret);
    home.renewSealingKey();
    expect(home.unseal(second)).toEqual(opens(secret));
    home.renewSealingKey();
    expect(home.unseal(second).ok).toBe(false);
    expect(readFileSync(join(dir, 'sealing.key'), 'utf8').trim().split('\n').length).toBe(2);
  });

  it('in a named file happens in that file; in the environment it is not ours to do', () => {
    const path = keyFile('named', made());
    const before = openHome(dir, { WARDER_KEY_FILE: path }).seal(secret);
    expect(openHome(dir, { WARDER_KEY_FILE: path }).renewSealingKey()?.source).toBe(path);
    expect(openHome(dir, { WARDER_KEY_FILE: path }).unseal(before)).toEqual(opens(secret));
    expect(openHome(dir, { WARDER_KEY: made() }).renewSealingKey()).toBeNull();
  });
});

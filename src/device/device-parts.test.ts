import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery, PolicyBundle, SignedBundle } from '../core/device.ts';
import { openLink, Unreachable } from './link.ts';
import { openSealed, publicKeyOf, sealFor } from './sealed-box.ts';
import { openBundle, signBundle } from './signed-bundle.ts';
import { openSpool } from './spool.ts';
import { unitFor } from './units.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-device-parts-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const delivery = (id: string, lane = 's'): Delivery => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  lane,
  agent: 'codex',
  kind: 'hook',
  box: 'x'.repeat(100),
});

describe('the spool', () => {
  let folder: string;
  let count = 0;
  const queue = () => path.join(folder, 'queue.jsonl');
  const open = (most = 1 << 20) => openSpool(folder, most);
  const ids = (spool: Awaited<ReturnType<typeof open>>) => spool.oldest(1000, 1 << 30).map(({ id }) => id);
  beforeEach(() => {
    folder = path.join(root, `spool-${count++}`);
  });

  it('keeps order, counts each lane, and gives back after a restart what has not arrived', async () => {
    const spool = await open();
    await Promise.all(['a', 'b', 'c', 'd'].map((id, n) => spool.add(delivery(id, n % 2 ? 'odd' : 'even'))));
    expect([spool.waiting(), spool.waiting('even'), spool.waiting('none')]).toEqual([4, 2, 0]);
    await spool.arrived(1);
    await spool.close();
    const again = await open();
    expect(ids(again)).toEqual(['b', 'c', 'd']);
    expect([again.waiting('odd'), again.waiting('even')]).toEqual([2, 1]);
    await again.add(delivery('e'));
    expect(ids(again)).toEqual(['b', 'c', 'd', 'e']);
    expect(again.oldest(2, 1 << 20)).toHaveLength(2);
    expect(again.oldest(9, 1)).toHaveLength(1);
    await again.arrived(4);
    expect(fs.statSync(queue()).size).toBe(0);
    await again.add(delivery('f'));
    await again.close();
    const last = await open();
    expect(ids(last)).toEqual(['f']);
    await last.close();
  });

  it('gives up what was cut off, and never what stands before or behind it', async () => {
    const spool = await open();
    for (const id of ['a', 'b', 'c']) await spool.add(delivery(id));
    await spool.close();
    const whole = fs.readFileSync(queue(), 'utf8');
    for (let cut = 0; cut <= whole.length; cut += 7) {
      fs.writeFileSync(queue(), whole.slice(0, cut));
      const torn = await open();
      const kept = whole.slice(0, cut).split('\n').length - 1;
      expect(ids(torn)).toEqual(['a', 'b', 'c'].slice(0, kept));
      await torn.add(delivery('z'));
      await torn.close();
      const after = await open();
      expect(ids(after)).toEqual([...['a', 'b', 'c'].slice(0, kept), 'z']);
      await after.close();
    }
    fs.writeFileSync(queue(), whole.replace('"id":"b"', '"id":"x"'));
    const altered = await open();
    expect([ids(altered), altered.damaged]).toEqual([['a', 'c'], 1]);
    await altered.close();
  });

  it('sends again rather than lose, when the note of what has arrived is old or gone', async () => {
    const spool = await open();
    for (const id of ['a', 'b']) await spool.add(delivery(id));
    await spool.arrived(1);
    await spool.close();
    fs.rmSync(path.join(folder, 'arrived'));
    const again = await open();
    expect(ids(again)).toEqual(['a', 'b']);
    await again.close();
  });

  it('says that it is full, and takes more when something has arrived', async () => {
    const spool = await open(600);
    expect(await spool.add(delivery('a'))).toBe('kept');
    expect(await spool.add(delivery('b'))).toBe('kept');
    expect(await spool.add(delivery('c'))).toBe('full');
    expect(spool.waiting('s')).toBe(2);
    await spool.arrived(2);
    expect(await spool.add(delivery('c'))).toBe('kept');
    await spool.close();
  });

  it('is for its owner alone', async () => {
    await (await open()).close();
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
    expect(fs.statSync(queue()).mode & 0o777).toBe(0o600);
  });
});

describe('a sealed box', () => {
  const keys = generateKeyPairSync('x25519');
  const publicKey = publicKeyOf(keys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'));

  it('is opened by its server alone, and not when one bit of it differs', () => {
    const text = 'password=hunter2 ü'.repeat(50);
    const box = sealFor(publicKey, text);
    expect(Buffer.from(box, 'base64').includes('hunter2')).toBe(false);
    expect(sealFor(publicKey, text)).not.toBe(box);
    expect(openSealed(keys.privateKey, box)).toEqual({ ok: true, value: text });
    expect(openSealed(generateKeyPairSync('x25519').privateKey, box).ok).toBe(false);
    const bytes = Buffer.from(box, 'base64');
    for (const at of [0, 31, 32, 47, 48, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openSealed(keys.privateKey, changed.toString('base64')).ok, `byte ${at}`).toBe(false);
    }
    for (const junk of ['', 'x', 'AAAA', box.slice(0, 40)]) expect(openSealed(keys.privateKey, junk).ok).toBe(false);
  });
});

describe('a signed policy', () => {
  const pem = (key: 'publicKey' | 'privateKey', pair = keys) =>
    pair[key].export({ type: key === 'publicKey' ? 'spki' : 'pkcs8', format: 'pem' }).toString();
  const keys = generateKeyPairSync('ed25519');
  const bundle: PolicyBundle = {
    v: 1,
    issuedAt: '2026-01-01T00:00:00.000Z',
    expiresAt: '2026-01-04T00:00:00.000Z',
    digest: 'd',
    mode: 'enforce',
    schema: '',
    policies: [],
    rules: { detectors: [], suppressions: [], tools: [], secrets: [] },
    keyid: 'k',
  };
  const signed = signBundle(bundle, pem('privateKey'));
  const at = Date.parse('2026-01-02T00:00:00.000Z');
  const codeOf = (value: unknown, now = at, key = pem('publicKey')) => {
    const opened = openBundle(value, key, now);
    return opened.ok ? 'good' : opened.error.code;
  };

  it('is good for its time and its server only', () => {
    expect(openBundle(signed, pem('publicKey'), at)).toEqual({ ok: true, value: bundle });
    expect(codeOf(signed, Date.parse(bundle.expiresAt))).toBe('bundle-expired');
    expect(codeOf(signed, Number.NaN)).toBe('bundle-expired');
    expect(codeOf(signed, at, pem('publicKey', generateKeyPairSync('ed25519')))).toBe('bundle-signature');
  });

  it('is not good when anything in it was changed', () => {
    const observing: SignedBundle = { ...signed, bundle: signed.bundle.replace('enforce', 'observe') };
    const longer: SignedBundle = { ...signed, bundle: signed.bundle.replace('2026-01-04', '2036-01-04') };
    for (const changed of [observing, longer, { ...signed, sig: '' }, { ...signed, sig: 'AAAA' }])
      expect(codeOf(changed)).toBe('bundle-signature');
    for (const junk of [null, undefined, 7, 'x', [], {}, { bundle: 1, sig: 2 }])
      expect(codeOf(junk)).toBe('bundle-damaged');
  });
});

describe('the link to the server', () => {
  const serve = async (answer: http.RequestListener) => {
    const server = http.createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      end: () => {
        server.closeAllConnections();
        server.close();
      },
    };
  };
  const asked = { method: 'POST', path: '/x', body: '{}', withinMs: 300 } as const;

  it('tells what may have arrived from what cannot have', async () => {
    const hangs = await serve(() => {});
    const link = openLink({ url: hangs.url, token: 't' });
    await expect(link.send(asked)).rejects.toMatchObject({ name: 'Unreachable', sent: true });
    expect(link.down()).toBe(true);
    hangs.end();
    const nobody = openLink({ url: 'http://127.0.0.1:9', token: 't' });
    await expect(nobody.send(asked)).rejects.toMatchObject({ sent: false });
    const proxy = await serve((_, res) => res.writeHead(502).end());
    await expect(openLink({ url: proxy.url, token: 't' }).send(asked)).rejects.toBeInstanceOf(Unreachable);
    proxy.end();
  });

  it('asks again when a kept connection was closed meanwhile', async () => {
    let answered = 0;
    const server = await serve((req, res) => {
      req.resume();
      answered += 1;
      if (answered === 2) return req.socket.destroy();
      res.end('{}');
    });
    const link = openLink({ url: server.url, token: 't' });
    expect((await link.send(asked)).status).toBe(200);
    expect((await link.send(asked)).status).toBe(200);
    expect([answered, link.down()]).toEqual([3, false]);
    link.close();
    server.end();
  });
});

describe('units', () => {
  const place = {
    user: 'ada',
    home: '/home/ada',
    program: ['/opt/my warder/bin/warder'],
    warderHome: '/home/ada/100% $HOME',
  } as const;

  it('are quoted as systemd reads them, for a person and for the machine', () => {
    const own = unitFor({ ...place, platform: 'linux', scope: 'user' });
    expect(own.path).toBe('/home/ada/.config/systemd/user/warder-device.service');
    expect(own.text).toContain(
      'ExecStart="/opt/my warder/bin/warder" "device" "run" "--home" "/home/ada/100%% $$HOME"',
    );
    expect(own.text).not.toContain('User=');
    const machine = unitFor({ ...place, platform: 'linux', scope: 'system' });
    expect(machine.path).toBe('/etc/systemd/system/warder-device.service');
    expect(machine.text).toMatch(/^User=ada$/m);
  });

  it('are property lists for launchd', () => {
    const own = unitFor({ ...place, warderHome: '/Users/a&b', platform: 'darwin', scope: 'user' });
    expect(own.path).toBe('/home/ada/Library/LaunchAgents/dev.warder.device.plist');
    expect(own.text).toContain('<string>/Users/a&amp;b</string>');
    expect(own.text).not.toContain('UserName');
    expect(unitFor({ ...place, platform: 'darwin', scope: 'system' }).text).toContain('<key>UserName</key>');
  });
});

import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from './command.ts';
import { command as doctor } from './doctor.ts';
import { command as install } from './install.ts';
import { command as uninstall } from './uninstall.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-install-'));
const token = `wrd_${'k'.repeat(43)}`;
let url = '';
let server: http.Server;
let number = 0;

beforeAll(async () => {
  server = http.createServer((req, res) => {
    const known = req.headers.authorization === `Bearer ${token}`;
    res.statusCode = req.url === '/healthz' ? 200 : known ? 405 : 401;
    res.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

interface Machine {
  readonly home: string;
  readonly settings: string;
  readonly env: Record<string, string>;
  run(command: Command, ...args: string[]): Promise<{ exit: number; out: string; err: string }>;
}

/** A machine with a `claude` of this version on the PATH (null: none), and a Warder that runs. */
function machine(version: string | null = '2.1.330 (Claude Code)', running = true): Machine {
  number += 1;
  const user = path.join(folder, `user-${number}`);
  const [home, bin] = [path.join(user, '.warder'), path.join(user, 'bin')];
  for (const dir of [home, bin, path.join(user, '.claude')]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (version !== null) fs.writeFileSync(path.join(bin, 'claude'), `#!/bin/sh\necho "${version}"\n`, { mode: 0o755 });
  if (running)
    fs.writeFileSync(
      path.join(home, 'server.json'),
      JSON.stringify({ url, token: 'wrd_api_token', clientToken: token, pid: 1 }),
    );
  const env: Record<string, string> = { HOME: user, WARDER_HOME: home, PATH: `${bin}:/usr/bin:/bin` };
  return {
    home,
    settings: path.join(user, '.claude/settings.json'),
    env,
    async run(command, ...args) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const exit = await command.run(args, { stdin: new PassThrough(), stdout, stderr, env });
      return { exit, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
    },
  };
}
const before =
  '{\r\n\t"model": "opus",\r\n\t"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "say"}]}]}\r\n}';

describe('warder install claude-code', () => {
  it('leaves a file alone whose bytes are no UTF-8, since writing it again would change them', async () => {
    const { run, settings } = machine();
    const bytes = Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xe9]), Buffer.from('"}')]);
    fs.writeFileSync(settings, bytes);
    await expect(run(install, 'claude-code')).rejects.toThrow(/not UTF-8/);
    expect(fs.readFileSync(settings).equals(bytes)).toBe(true);
  });

  it('writes the file, keeps mode, a copy and a note, and undoes it byte for byte', async () => {
    const { run, settings, home } = machine();
    fs.writeFileSync(settings, before, { mode: 0o640 });
    fs.chmodSync(settings, 0o640);
    const done = await run(install, 'claude-code', '--gateway');
    expect(done).toMatchObject({ exit: 0, err: '' });
    expect(done.out).toContain(`The file as it was: ${settings}.warder-backup-1`);
    expect(done.out).not.toContain(token);
    expect(fs.readFileSync(settings, 'utf8')).toContain(`Bearer ${token}`);
    expect(fs.statSync(settings).mode & 0o777).toBe(0o640);
    expect(fs.readFileSync(`${settings}.warder-backup-1`, 'utf8')).toBe(before);
    expect(fs.statSync(path.join(home, 'installs.json')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(home, 'device/warder-hook.conf')).mode & 0o777).toBe(0o600);
    const again = await run(install, 'claude-code', '--gateway');
    expect(again.out).toContain('connected already');
    expect(fs.existsSync(`${settings}.warder-backup-2`)).toBe(false);
    expect((await run(uninstall, 'claude-code')).out).toBe(`${settings}: as it was before.\n`);
    expect(fs.readFileSync(settings, 'utf8')).toBe(before);
    expect(fs.readdirSync(path.dirname(settings))).toEqual(['settings.json']);
    expect(fs.readdirSync(home)).toEqual(['server.json']);
  });

  it('goes back to the first file after several installs', async () => {
    const { run, settings } = machine();
    fs.writeFileSync(settings, before);
    await run(install, 'claude-code');
    await run(install, 'claude-code', '--gateway');
    await run(install, 'claude-code', '--command-hook');
    await run(uninstall, 'claude-code');
    expect(fs.readFileSync(settings, 'utf8')).toBe(before);
  });

  it('takes only its own entries out of a file that was edited since, and keeps the copy', async () => {
    const { run, settings } = machine();
    fs.writeFileSync(settings, before);
    await run(install, 'claude-code', '--gateway');
    fs.writeFileSync(settings, fs.readFileSync(settings, 'utf8').replace('"opus"', '"sonnet"'));
    await run(install, 'claude-code', '--command-hook');
    const undone = await run(uninstall, 'claude-code');
    expect(undone.out).toContain('was changed since the install');
    expect(fs.readFileSync(settings, 'utf8')).toBe(before.replace('"opus"', '"sonnet"'));
    expect(fs.readFileSync(`${settings}.warder-backup-1`, 'utf8')).toBe(before);
    expect((await run(uninstall, 'claude-code')).out).toContain('holds nothing of Warder');
  });

  it('follows a link to the real file and leaves the link a link', async () => {
    const { run, settings } = machine();
    const real = path.join(path.dirname(settings), '../dotfiles-settings.json');
    fs.writeFileSync(real, before);
    fs.symlinkSync('../dotfiles-settings.json', settings);
    await run(install, 'claude-code');
    expect(fs.lstatSync(settings).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(real, 'utf8')).toContain('/hooks/claude-code');
    await run(uninstall, 'claude-code');
    expect(fs.lstatSync(settings).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(real, 'utf8')).toBe(before);
  });

  it('changes nothing when asked only to show, and shows no token', async () => {
    const { run, settings, home } = machine();
    fs.writeFileSync(settings, before);
    const shown = await run(install, 'claude-code', '--gateway', '--dry-run');
    expect(shown.out).toContain('Would change');
    expect(shown.out).toContain('hooks.PreToolUse: added');
    expect(shown.out).not.toContain(token);
    expect(fs.readFileSync(settings, 'utf8')).toBe(before);
    expect(fs.readdirSync(home)).toEqual(['server.json']);
    const json = JSON.parse((await run(install, 'claude-code', '--dry-run', '--json')).out);
    expect(json).toMatchObject({ agent: 'claude-code', dryRun: true, settings, written: false, backup: null });
  });

  it('leaves a file alone that the client could not read either', async () => {
    const { run, settings } = machine();
    fs.writeFileSync(settings, '{"hooks": {},}');
    await expect(run(install, 'claude-code')).rejects.toThrow(/is left as it is\. It is not JSON/);
    expect(fs.readFileSync(settings, 'utf8')).toBe('{"hooks": {},}');
  });

  it('refuses a client that lets tools run when its hook fails, and offers what does not', async () => {
    const { run, settings } = machine('2.1.197 (Claude Code)');
    await expect(run(install, 'claude-code')).rejects.toThrow(
      /2\.1\.295 and later do not.*--command-hook.*--allow-fail-open/,
    );
    expect(fs.existsSync(settings)).toBe(false);
    await run(install, 'claude-code', '--command-hook');
    const text = fs.readFileSync(settings, 'utf8');
    expect(text).toContain('warder-hook claude-code PreToolUse block');
    expect(text).not.toContain('onFailure');
    expect(text).not.toContain(token);
  });

  it('says what to do when no server is known, and warns when it does not answer', async () => {
    const { run, settings } = machine('2.1.330', false);
    await expect(run(install, 'claude-code')).rejects.toThrow(/No server is known in .*warder serve/);
    const given = await run(install, 'claude-code', '--url', 'http://127.0.0.1:9', '--token', token);
    expect(given.err).toContain('tool calls are blocked until it runs');
    expect(fs.readFileSync(settings, 'utf8')).toContain('http://127.0.0.1:9/hooks/claude-code');
  });

  it('follows CLAUDE_CONFIG_DIR and --settings', async () => {
    const { run, env, settings } = machine();
    env.CLAUDE_CONFIG_DIR = path.join(path.dirname(settings), 'other');
    await run(install, 'claude-code');
    expect(fs.existsSync(path.join(env.CLAUDE_CONFIG_DIR, 'settings.json'))).toBe(true);
    await run(install, 'claude-code', '--settings', `${settings}.mine`);
    expect(fs.existsSync(`${settings}.mine`)).toBe(true);
    expect(fs.existsSync(settings)).toBe(false);
  });

  it('writes the administrator’s file where it is told to, readable by all, and takes it away again', async () => {
    const { run, settings } = machine();
    const out = path.join(path.dirname(settings), 'managed.d');
    const done = await run(install, 'claude-code', '--managed', '--out', out);
    expect(done.err).toContain('Only managed hooks run from now on');
    const file = path.join(out, '50-warder.json');
    expect(fs.statSync(file).mode & 0o777).toBe(0o644);
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ allowManagedHooksOnly: true });
    await run(uninstall, 'claude-code', '--managed', '--out', out);
    expect(fs.existsSync(file)).toBe(false);
  });

  it.each([
    [[], 'Say which agent'],
    [['emacs'], 'knows no agent "emacs"'],
    [['claude-code', 'x'], 'One agent at a time'],
    [['claude-code', '--managed', '--command-hook'], 'leave out --command-hook'],
    [['claude-code', '--out', 'x'], '--out goes with --managed'],
    [['claude-code', '--url', 'ftp://x', '--token', token], '--url takes an address'],
    [['claude-code', '--url', 'http://x', '--token', 'a b'], '--token is not'],
  ])('tells a person who uses it wrongly: %j', async (args, says) => {
    await expect(machine().run(install, ...args)).rejects.toThrow(says);
  });

  it('keeps every note when two installs run at once', async () => {
    const { run, settings, home } = machine();
    await Promise.all(['a', 'b', 'c'].map((name) => run(install, 'claude-code', '--settings', `${settings}.${name}`)));
    expect(JSON.parse(fs.readFileSync(path.join(home, 'installs.json'), 'utf8')).installs).toHaveLength(3);
  });
});

describe('warder doctor', () => {
  const checks = async (given: Machine): Promise<Record<string, { ok: boolean; mend?: string }>> => {
    const { out } = await given.run(doctor, '--json');
    return Object.fromEntries(JSON.parse(out).findings.map((finding: { id: string }) => [finding.id, finding]));
  };

  it('finds all fine after an install', async () => {
    const given = machine();
    await given.run(install, 'claude-code', '--gateway');
    const { exit, out } = await given.run(doctor);
    expect(out).not.toContain('■');
    expect(out).toContain('● All 14 hooks are there');
    expect(exit).toBe(0);
    expect(out).not.toContain('\u001b');
  });

  it('names what is wrong, each with the one thing that mends it', async () => {
    const given = machine('2.1.100', false);
    expect((await given.run(doctor)).exit).toBe(1);
    expect(await checks(given)).toMatchObject({
      client: { ok: false, mend: 'claude update' },
      server: { ok: false, mend: 'warder serve' },
      settings: { ok: false, mend: 'warder install claude-code' },
    });
  });

  it('sees hooks that were taken out or altered, a missing device client and switched-off hooks', async () => {
    const given = machine();
    await given.run(install, 'claude-code');
    const text = fs.readFileSync(given.settings, 'utf8');
    fs.writeFileSync(given.settings, text.replaceAll('"block"', '"continue"'));
    expect(await checks(given)).toMatchObject({ hooks: { ok: false, mend: 'warder install claude-code' } });
    fs.writeFileSync(given.settings, text.replace('{', '{"disableAllHooks": true,'));
    fs.rmSync(path.join(given.home, 'device'), { recursive: true });
    expect(await checks(given)).toMatchObject({ 'hooks-disabled': { ok: false }, 'device-client': { ok: false } });
    fs.writeFileSync(given.settings, '{}');
    expect(await checks(given)).toMatchObject({ hooks: { ok: false, mend: 'warder install claude-code' } });
    fs.writeFileSync(given.settings, '{');
    expect(await checks(given)).toMatchObject({ settings: { ok: false } });
  });

  it('sees a token that the server does not take, a foreign gateway and simple mode', async () => {
    const given = machine();
    await given.run(install, 'claude-code');
    fs.writeFileSync(path.join(given.home, 'server.json'), JSON.stringify({ url, token: 'wrd_other_token' }));
    given.env.CLAUDE_CODE_SIMPLE = '1';
    given.env.ANTHROPIC_BASE_URL = 'http://127.0.0.1:9/anthropic';
    expect(await checks(given)).toMatchObject({
      token: { ok: false },
      hooks: { ok: false },
      'simple-mode': { ok: false },
      route: { ok: false },
    });
  });
});

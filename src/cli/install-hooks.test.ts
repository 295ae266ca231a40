import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHookIntake } from '../capture/hook-intake.ts';
import { fail, ok } from '../core/result.ts';
import { agents } from '../plugs.ts';
import type { Command } from './command.ts';
import { command as doctor } from './doctor.ts';
import { hookAgents, surroundingsOf } from './hook-agents.ts';
import { command as install } from './install.ts';
import { routeAgents } from './route-agents.ts';
import { command as uninstall } from './uninstall.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-hooks-'));
const token = `wrd_${'k'.repeat(43)}`;
let url = '';
let server: http.Server;
let number = 0;

beforeAll(async () => {
  const intake = createHookIntake({
    agents,
    pipeline: { decide: () => Promise.reject(new Error('nothing is judged here')), note: () => Promise.resolve() },
    identifyByToken: (given) =>
      given === token
        ? ok({ person: 'ann', device: 'laptop', via: 'token' })
        : fail('unknown-token', 'not one of ours'),
    mode: () => 'enforce',
    now: () => '2026-11-22T10:00:00.000Z',
    maxBodyBytes: 8 << 20,
  });
  server = http.createServer((req, res) => (req.url === '/healthz' ? res.end('{}') : intake(req, res)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** A machine with these programs on the PATH and a Warder that runs. */
function machine(programs: readonly string[]) {
  number += 1;
  const user = path.join(folder, `user-${number}`);
  const [home, bin] = [path.join(user, '.warder'), path.join(user, 'bin')];
  for (const dir of [home, bin]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const program of programs) fs.writeFileSync(path.join(bin, program), '#!/bin/sh\necho 1.2.3\n', { mode: 0o755 });
  const known = { url, token: 'wrd_api_token', clientToken: token, pid: 1 };
  fs.writeFileSync(path.join(home, 'server.json'), JSON.stringify(known));
  const env: Record<string, string> = { HOME: user, WARDER_HOME: home, PATH: `${bin}:/usr/bin:/bin` };
  return {
    user,
    env,
    async run(command: Command, ...args: string[]) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const exit = await command.run(args, { stdin: new PassThrough(), stdout, stderr, env });
      return { exit, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
    },
    /** Every file with its bytes and mode, every folder by name. */
    tree(): Record<string, string> {
      const names = fs.readdirSync(user, { recursive: true, encoding: 'utf8' }).sort();
      return Object.fromEntries(
        names.map((name) => {
          const stat = fs.statSync(path.join(user, name));
          return [
            name,
            stat.isDirectory() ? '/' : `${stat.mode & 0o777} ${fs.readFileSync(path.join(user, name), 'hex')}`,
          ];
        }),
      );
    },
  };
}

const nobody = { client: '/x/warder-hook', url: 'http://127.0.0.1:7717', token };
const filesOf = (agent: (typeof hookAgents)[number], env: Record<string, string>) =>
  agent.setup.files(surroundingsOf(env), nobody, () => null);

describe.each(hookAgents.map((agent) => [agent.id, agent] as const))('the hooks of %s', (id, agent) => {
  it('are connected once, are fine for doctor, and go without a trace', async () => {
    const { run, tree } = machine([agent.setup.program]);
    const before = tree();
    const done = await run(install, id);
    expect(done.exit, done.err).toBe(0);
    expect(`${done.out}${done.err}`).not.toContain(token);
    const again = await run(install, id, '--json');
    const { files } = JSON.parse(again.out) as { files: { changes: string[] }[] };
    expect(files.flatMap(({ changes }) => changes)).toEqual([]);
    const looked = await run(doctor, id);
    expect(looked.out).not.toContain('■');
    expect(looked.out).toContain('a refusal arrives as');
    expect(looked.exit).toBe(0);
    expect((await run(uninstall, id)).exit).toBe(0);
    expect(tree()).toEqual(before);
  });

  it('leave what a person wrote as it was, byte for byte and with its mode', async () => {
    const { run, tree, env } = machine([agent.setup.program]);
    for (const { path: file, own } of filesOf(agent, env)) {
      if (own) continue;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(
        file,
        file.endsWith('.toml')
          ? '# mine\r\nmodel = "x" # y\r\n'
          : `{\r\n\t${id === 'cursor' ? '"version": 1, "hooks": {}, ' : ''}"mine": { "a": [1, 2] }\r\n}`,
        { mode: 0o640 },
      );
    }
    const before = tree();
    expect((await run(install, id)).exit).toBe(0);
    const dry = await run(uninstall, id, '--dry-run', '--json');
    expect(JSON.parse(dry.out).files.some(({ how }: { how: string }) => how === 'removed')).toBe(false);
    await run(uninstall, id);
    expect(tree()).toEqual(before);
  });

  it('are not written with --dry-run', async () => {
    const { run, tree } = machine([agent.setup.program]);
    const before = tree();
    expect((await run(install, id, '--dry-run')).out).toContain('Would change');
    expect(tree()).toEqual(before);
  });

  it('that are gone or altered are found by doctor and mended by another install', async () => {
    const { run, env } = machine([agent.setup.program]);
    await run(install, id);
    const files = filesOf(agent, env).map(({ path: file }) => file);
    const texts = files.map((file) => fs.readFileSync(file, 'utf8'));
    for (const file of files) fs.rmSync(file);
    const looked = await run(doctor, id, '--json');
    expect(looked.exit).toBe(1);
    for (const file of files) expect(looked.out).toContain(JSON.stringify(file).slice(1, -1));
    await run(install, id);
    expect(files.map((file) => fs.readFileSync(file, 'utf8'))).toEqual(texts);
    fs.rmSync(path.join(env.WARDER_HOME ?? '', 'device'), { recursive: true });
    expect((await run(doctor, id)).exit).toBe(agent.capability?.hooks === 'plugin' ? 0 : 1);
  });
});

const managed = hookAgents.filter(({ setup }) => setup.managedFiles);
it.skipIf(managed.length === 0).each(managed.map(({ id }) => id))(
  'the administrator’s files of %s go below a folder, readable by all, and away again',
  async (id) => {
    const { run, user, tree } = machine([]);
    const before = tree();
    const out = path.join(user, 'package');
    const done = await run(install, id, '--managed', '--out', out, '--json');
    const { files } = JSON.parse(done.out) as { files: { settings: string; written: boolean }[] };
    expect(files.length).toBeGreaterThan(0);
    for (const { settings, written } of files) {
      expect(settings.startsWith(out), settings).toBe(true);
      expect(written).toBe(true);
      expect(fs.statSync(settings).mode & 0o444, settings).toBe(0o444);
    }
    await run(uninstall, id, '--managed', '--out', out);
    expect(tree()).toEqual(before);
  },
);

describe('hooks and model traffic together', () => {
  const both = hookAgents.filter(({ id }) => routeAgents.some((route) => route.id === id));
  it.each(both.map((agent) => [agent.id, agent] as const))(
    'of %s are connected and undone as one',
    async (id, agent) => {
      const { run, tree, user } = machine([agent.setup.program]);
      const before = tree();
      const done = await run(install, id, '--hooks', '--gateway');
      expect(done.exit, done.err).toBe(0);
      expect(done.out).toContain('carries the Warder token');
      const { files } = JSON.parse((await run(install, id, '--hooks', '--gateway', '--json')).out) as {
        files: { changes: string[] }[];
      };
      expect(files.flatMap(({ changes }) => changes)).toEqual([]);
      await run(uninstall, id);
      expect(tree()).toEqual(before);
      expect(fs.existsSync(path.join(user, '.warder/device'))).toBe(false);
    },
  );

  it.each(both.map((agent) => [agent.id, agent] as const))(
    'of %s go out of files that were edited since, and nothing else does',
    async (id, agent) => {
      const { run, tree, user } = machine([agent.setup.program]);
      await run(install, id, '--hooks', '--gateway');
      const left = Object.keys(tree()).filter((name) => /\.(?:json|toml)$/.test(name) && !name.startsWith('.warder'));
      for (const name of left) {
        const file = path.join(user, name);
        const text = fs.readFileSync(file, 'utf8');
        fs.writeFileSync(file, name.endsWith('.toml') ? `mine = 1\n${text}` : text.replace('{', '{"mine": 1, '));
      }
      await run(uninstall, id);
      for (const name of Object.keys(tree())) {
        if (name.startsWith('.warder') || name.includes('warder-backup')) continue;
        const text = fs.statSync(path.join(user, name)).isFile() ? fs.readFileSync(path.join(user, name), 'utf8') : '';
        expect(text, name).not.toMatch(/wrd_|warder-hook/);
      }
    },
  );
});

describe('all', () => {
  it('connects every agent that is found, and no other; all go again without a trace', async () => {
    const { run, tree, user } = machine(['agy', 'claude', 'goose']);
    fs.mkdirSync(path.join(user, '.kiro'));
    const before = tree();
    const done = await run(install, 'all', '--json', '--allow-fail-open').catch(() => run(install, 'all', '--json'));
    expect(done.exit, done.out).toBe(3);
    const told = JSON.parse(done.out).agents as { agent: string; found: string; error: string | null }[];
    expect(told.map(({ agent }) => agent)).toEqual(['claude-code', 'antigravity', 'goose', 'kiro']);
    // The client on this PATH is too old to fail closed, and says so; the others are connected all the same.
    expect(told.map(({ error }) => error === null)).toEqual([false, true, true, true]);
    const looked = await run(doctor, 'all');
    expect(looked.exit).toBe(1);
    expect(looked.out).toMatch(/^kiro +connected +\S+\.kiro$/m);
    expect(looked.out).toMatch(/^claude-code +\d of \d+ checks wrong/m);
    expect((await run(uninstall, 'all')).exit).toBe(0);
    expect(tree()).toEqual(before);
  });

  it('says so where nothing is found', async () => {
    await expect(machine([]).run(install, 'all')).rejects.toThrow('No agent that Warder knows was found');
  });

  it('leaves the others alone when one of them cannot be changed', async () => {
    const { run, user } = machine(['agy', 'kiro-cli']);
    fs.mkdirSync(path.join(user, '.gemini/config'), { recursive: true });
    fs.writeFileSync(path.join(user, '.gemini/config/hooks.json'), '{ // no\n}');
    const done = await run(install, 'all');
    expect(done.exit).toBe(3);
    expect(done.out).toMatch(/^antigravity .*not connected: .*is not JSON/m);
    expect(fs.existsSync(path.join(user, '.kiro/hooks/warder.json'))).toBe(true);
    expect(fs.readFileSync(path.join(user, '.gemini/config/hooks.json'), 'utf8')).toBe('{ // no\n}');
  });
});

it.each([
  [['kiro', '--gateway'], 'The model traffic of Kiro cannot be sent elsewhere'],
  [['kiro', '--managed'], 'Kiro has no file of an administrator'],
  [['kiro', '--model', 'x'], '--model goes with --gateway'],
  [['kiro', '--out', 'x'], '--out goes with --managed'],
  [['kiro', '--command-hook'], '--command-hook is for claude-code'],
  [['all', '--gateway', '--model', 'x'], '--model goes with one agent'],
])('tells a person who uses it wrongly: %j', async (args, says) => {
  await expect(machine(['kiro-cli']).run(install, ...args)).rejects.toThrow(says);
});

it('a person’s own choice of sign-in is no route of Warder’s, and stays at an uninstall', async () => {
  const { run, user } = machine(['gemini']);
  const file = path.join(user, '.gemini/settings.json');
  const mine = '{ "security": { "auth": { "selectedType": "gemini-api-key" } } }\n';
  fs.mkdirSync(path.dirname(file));
  for (const changed of [mine, mine.replace('{ "security', '{ "theme": "x", "security')]) {
    fs.writeFileSync(file, mine);
    expect((await run(install, 'gemini-cli')).exit).toBe(0);
    if (changed !== mine)
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('{ "sec', '{ "theme": "x", "sec'));
    expect((await run(uninstall, 'gemini-cli')).exit).toBe(0);
    expect(fs.readFileSync(file, 'utf8')).toBe(changed);
  }
});

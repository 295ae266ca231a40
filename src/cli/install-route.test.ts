import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { parse } from 'smol-toml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from './command.ts';
import { command as doctor } from './doctor.ts';
import { command as install } from './install.ts';
import { routeAgents } from './route-agents.ts';
import { command as uninstall } from './uninstall.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-route-'));
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

const programs = ['codex', 'gemini', 'copilot', 'opencode', 'qwen', 'pi', 'cline', 'droid', 'goose', 'openclaw'];

/** A machine with every agent on the PATH and a Warder that runs. */
function machine() {
  number += 1;
  const user = path.join(folder, `user-${number}`);
  const [home, bin] = [path.join(user, '.warder'), path.join(user, 'bin')];
  for (const dir of [home, bin]) fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
  for (const program of programs) fs.writeFileSync(path.join(bin, program), '#!/bin/sh\necho 1.2.3\n', { mode: 0o755 });
  const known = { url, token: 'wrd_api_token', clientToken: token, pid: 1 };
  fs.writeFileSync(path.join(home, 'server.json'), JSON.stringify(known));
  const env: Record<string, string> = { HOME: user, WARDER_HOME: home, PATH: `${bin}:/usr/bin:/bin` };
  const at = (file: string) => path.join(user, file);
  return {
    env,
    at,
    read: (file: string) => fs.readFileSync(at(file), 'utf8'),
    write(file: string, text: string) {
      fs.mkdirSync(path.dirname(at(file)), { recursive: true });
      fs.writeFileSync(at(file), text);
    },
    async run(command: Command, ...args: string[]) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const exit = await command.run(args, { stdin: new PassThrough(), stdout, stderr, env });
      return { exit, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
    },
  };
}

const codexFile = '.codex/config.toml';
const codexBefore = [
  '# my settings',
  'model = "gpt-5.5-codex" # the good one',
  'notify = [',
  '  "[not a table]",',
  ']',
  'note = """',
  '[model_providers.warder]',
  'model_provider = "in a text"',
  '"""',
  '',
  '# for the tests',
  '[model_providers.local]',
  "name = 'Local'",
  'base_url = "http://127.0.0.1:1234/v1"',
  '',
].join('\r\n');

describe('warder install AGENT --gateway', () => {
  it('is there for every agent of the table: connects, is fine for doctor, changes nothing twice, goes without a trace', async () => {
    for (const { id, byShell } of routeAgents) {
      const { run, env, at } = machine();
      const before = fs.readdirSync(env.HOME ?? '', { recursive: true, encoding: 'utf8' });
      const done = await run(install, id, '--gateway');
      expect(done.exit, id).toBe(0);
      expect(done.out, id).not.toContain(token);
      expect(done.out, id).toContain('carries the Warder token');
      const { files, run: lines } = JSON.parse((await run(install, id, '--gateway', '--json')).out);
      expect(
        files.flatMap(({ changes }: { changes: string[] }) => changes),
        id,
      ).toEqual([]);
      for (const file of files) expect(fs.statSync(file.settings).mode & 0o777, id).toBe(0o600);
      if (byShell) {
        const text = fs.readFileSync(String(lines[0]).replace(/^\. /, ''), 'utf8');
        for (const [, name, value] of text.matchAll(/^export (\w+)=(.*)$/gm)) env[name ?? ''] = value ?? '';
      }
      const looked = await run(doctor, id);
      expect(looked.out, id).not.toContain('■');
      expect(looked.exit, id).toBe(0);
      expect((await run(uninstall, id)).exit).toBe(0);
      const left = fs.readdirSync(env.HOME ?? '', { recursive: true, encoding: 'utf8' });
      const kept = left.filter((name) => !before.includes(name));
      for (const name of kept) expect(fs.statSync(at(name)).isDirectory(), name).toBe(true);
    }
  });

  it('changes two places of a TOML file, keeps every other line, and puts the file back byte for byte', async () => {
    const { run, write, read, at } = machine();
    write(codexFile, codexBefore);
    fs.chmodSync(at(codexFile), 0o644);
    const done = await run(install, 'codex', '--gateway');
    expect(done.err).toContain(`chmod 600 ${at(codexFile)}`);
    expect(fs.statSync(at(codexFile)).mode & 0o777).toBe(0o644);
    const after = read(codexFile);
    expect(parse(after)).toEqual({
      ...parse(codexBefore),
      model_provider: 'warder',
      model_providers: {
        local: { name: 'Local', base_url: 'http://127.0.0.1:1234/v1' },
        warder: {
          name: 'Warder',
          base_url: `${url}/openai/v1`,
          wire_api: 'responses',
          experimental_bearer_token: token,
        },
      },
    });
    for (const line of codexBefore.split('\r\n')) expect(after).toContain(`${line}\r\n`);
    await run(uninstall, 'codex');
    expect(read(codexFile)).toBe(codexBefore);
  });

  it('takes only its own lines out of a TOML file that was edited since', async () => {
    const { run, write, read } = machine();
    write(codexFile, `model_provider = "local"\r\n${codexBefore}`);
    await run(install, 'codex', '--gateway', '--model', 'other');
    write(codexFile, read(codexFile).replace('Local', 'Mine'));
    const undone = await run(uninstall, 'codex');
    expect(undone.out).toContain('model_provider: set back');
    expect(read(codexFile)).toBe(`model_provider = "local"\r\n${codexBefore.replace('Local', 'Mine')}`);
  });

  it('keeps comments, trailing commas and order of a JSON file with comments', async () => {
    const { run, write, read } = machine();
    const before = [
      '{',
      '  // the model',
      '  "model": "openai/gpt-5.5", // keep "this"',
      '  "provider": {',
      '    "openai": { "options": { "timeout": 5, /* ms */ } },',
      '  },',
      '  "theme": "a//b" // last',
      '}',
      '',
    ].join('\n');
    write('.config/opencode/opencode.jsonc', before);
    await run(install, 'opencode', '--gateway');
    const after = read('.config/opencode/opencode.jsonc');
    for (const piece of ['// the model', '// keep "this"', '/* ms */', '"theme": "a//b" // last', '"timeout": 5'])
      expect(after).toContain(piece);
    expect(after).toContain(`"baseURL": "${url}/openai/v1"`);
    expect(after).toContain(`"baseURL": "${url}/anthropic/v1"`);
    expect((await run(doctor, 'opencode')).exit).toBe(0);
    write('.config/opencode/opencode.jsonc', after.replace('"a//b"', '"c"'));
    await run(uninstall, 'opencode');
    expect(read('.config/opencode/opencode.jsonc')).toBe(before.replace('"a//b"', '"c"'));
  });

  it('sets lines of a .env file and back, quotes, export and all', async () => {
    const { run, write, read } = machine();
    const before = 'OTHER=1\nexport GEMINI_API_KEY="mine"';
    write('.gemini/.env', before);
    await run(install, 'gemini-cli', '--gateway');
    expect(read('.gemini/.env')).toBe(`OTHER=1\nGEMINI_API_KEY=${token}\nGOOGLE_GEMINI_BASE_URL=${url}/gemini\n`);
    await run(uninstall, 'gemini-cli');
    expect(read('.gemini/.env')).toBe(before);
  });

  it('shows and changes nothing with --dry-run', async () => {
    const { run, write, read } = machine();
    write(codexFile, codexBefore);
    const shown = await run(install, 'codex', '--gateway', '--dry-run');
    expect(shown.out).toContain(`model_providers.warder.base_url = ${url}/openai/v1`);
    expect(shown.out).not.toContain(token);
    expect(read(codexFile)).toBe(codexBefore);
    await run(install, 'codex', '--gateway');
    const installed = read(codexFile);
    await run(uninstall, 'codex', '--dry-run');
    expect(read(codexFile)).toBe(installed);
  });

  it.each([
    ['codex', codexFile, 'model = ', /is left as it is: .*Correct it/],
    ['codex', codexFile, 'model_providers = { warder = { name = "x" } }\n', /cannot be changed by itself/],
    ['qwen-code', '.qwen/settings.json', '{"env": }', /is left as it is: .*Correct it/],
    ['pi', '.pi/agent/models.json', '[]', /is left as it is: .*Correct it/],
    ['qwen-code', '.qwen/settings.json', '{"env": "x"}', /is left as it is: .*Correct it/],
  ])('leaves a file of %s alone that cannot be changed safely: %s %j', async (agent, file, text, says) => {
    const { run, write, read } = machine();
    write(file, text);
    await expect(run(install, agent, '--gateway')).rejects.toThrow(says);
    expect(read(file)).toBe(text);
  });

  it('writes none of an agent’s files when one of them cannot be read', async () => {
    const { run, write, at } = machine();
    write('.gemini/settings.json', '{');
    await expect(run(install, 'gemini-cli', '--gateway')).rejects.toThrow(/settings\.json is left as it is/);
    expect(fs.existsSync(at('.gemini/.env'))).toBe(false);
  });

  it.each([
    ['gemini-cli', 'GEMINI_API_KEY'],
    ['openclaw', 'ANTHROPIC_API_KEY'],
    ['goose', 'GOOSE_PROVIDER'],
  ])('says which variables of the shell win over what it wrote, and doctor finds them: %s, %s', async (id, name) => {
    const { run, env } = machine();
    env[name] = 'a choice of their own';
    const done = await run(install, id, '--gateway');
    expect(done.err).toContain(`unset ${name}`);
    expect(done.err).not.toContain('a choice of their own');
    const looked = await run(doctor, id);
    expect(looked.exit).toBe(1);
    expect(looked.out).toContain(`■ ${name} is set in this shell`);
  });

  it('tells doctor apart: not installed, another Warder, a file that is damaged', async () => {
    const { run, write, read } = machine();
    const settings = async () => {
      const { findings } = JSON.parse((await run(doctor, 'codex', '--json')).out);
      return findings.find(({ id }: { id: string }) => id === 'settings');
    };
    expect(await settings()).toBeUndefined();
    await run(install, 'codex', '--gateway');
    expect(await settings()).toMatchObject({ ok: true });
    write(codexFile, read(codexFile).replace(url, 'http://127.0.0.1:9'));
    expect(await settings()).toMatchObject({
      ok: false,
      what: expect.stringContaining('model_providers.warder.base_url'),
    });
    const elsewhere = 'profile = "fast"\n[profiles.fast]\nmodel_provider = "openai"\n';
    write(codexFile, elsewhere);
    await run(install, 'codex', '--gateway');
    expect(await settings()).toMatchObject({ ok: false, mend: 'Take model_provider out of [profiles.fast]' });
    write(codexFile, '=');
    expect(await settings()).toMatchObject({ ok: false, mend: expect.stringContaining('Correct') });
  });

  it('prints what a shell has to read where the agent reads no file', async () => {
    const { run, read } = machine();
    const done = await run(install, 'copilot-cli', '--gateway', '--model', 'claude-sonnet-5');
    expect(done.out).toMatch(/start file:\n {2}\. \S+\/agents\/copilot-cli\.sh\n/);
    expect(read('.warder/agents/copilot-cli.sh')).toContain('export COPILOT_MODEL=claude-sonnet-5\n');
  });

  it.each([
    [['codex', '--gateway', '--settings', 'x'], '--settings is for claude-code'],
    [['codex', '--gateway', '--managed'], '--managed writes the hooks alone'],
    [['codex', '--gateway', '--own-login'], '--own-login is for claude-code'],
    [['codex', '--gateway', '--model', 'a b'], '--model takes'],
    [['claude-code', '--model', 'x'], '--model is for'],
    [['emacs', '--gateway'], 'Warder knows no agent "emacs". Known: '],
  ])('tells a person who uses it wrongly: %j', async (args, says) => {
    await expect(machine().run(install, ...args)).rejects.toThrow(says);
  });
});

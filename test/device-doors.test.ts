import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrol, unenrol } from '../src/cli/device-enrol.ts';
import { devicePaths, readIdentity, writeIdentity } from '../src/cli/device-home.ts';
import { type RunningDevice, startDevice } from '../src/cli/device-run.ts';
import { readConfig } from '../src/config.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { freePort, say, until } from './harness/devices.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'wdd-'));
const serverHome = path.join(place, 's');
const io = { stdin: process.stdin, stdout: process.stdout, stderr: { write: () => true } as never, env: {} };
let port: number;
let server: RunningServer;
const log: string[] = [];

const start = (at = port) =>
  startServer({
    ...readConfig(serverHome, { port: String(at), mode: 'enforce' }),
    env: {},
    log: (line) => log.push(line),
  });

beforeAll(async () => {
  port = await freePort();
  server = await start();
});
afterAll(async () => {
  await server.close();
  fs.rmSync(place, { recursive: true, force: true });
});

async function api(
  method: string,
  at: string,
  body?: object,
): Promise<{ status: number; value: Record<string, unknown> }> {
  const answer = await fetch(`${server.url}/api/v1/${at}`, {
    method,
    headers: { authorization: `Bearer ${server.token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, value: (await answer.json()) as Record<string, unknown> };
}

const invite = async (more: object = {}): Promise<string> =>
  String((await api('POST', 'devices/invites', more)).value.code);
const devices = async () => (await api('GET', 'devices')).value.items as Record<string, unknown>[];
let homes = 0;
const newHome = () => path.join(place, `d${homes++}`);
const flags = async (code: string, url = server.url) => ({ code, url, name: 'laptop', port: String(await freePort()) });

const call = (command: string, id: string) =>
  JSON.stringify({
    session_id: 's1',
    cwd: '/home/dev/app',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: id,
  });

/** The device client as an agent starts it. */
function client(home: string, body: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(path.join(home, 'device/warder-hook'), ['claude-code', 'PreToolUse', 'block'], { env: {} });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(body);
  });
}

describe('to enrol', () => {
  it('takes a code once, keeps only its hash, and gives a token for hooks and the device alone', async () => {
    const code = await invite({ person: 'ada', device: 'named-here' });
    const kept = fs.readdirSync(serverHome).map((file) => path.join(serverHome, file));
    for (const file of kept.filter((each) => fs.statSync(each).isFile()))
      expect(fs.readFileSync(file).includes(code), file).toBe(false);
    const home = newHome();
    const identity = await enrol(home, await flags(code));
    expect(identity).toMatchObject({ name: 'named-here', person: 'ada', mode: 'enforce', url: server.url });
    expect(fs.statSync(devicePaths(home).identity).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.join(home, 'device/warder-hook.conf')).mode & 0o777).toBe(0o600);
    await expect(enrol(newHome(), await flags(code))).rejects.toThrow('never given, or is used up');
    await expect(enrol(home, await flags(await invite()))).rejects.toThrow('is enrolled at');
    for (const door of ['/anthropic/v1/messages', '/mcp/x', '/api/v1/calls']) {
      const answer = await fetch(server.url + door, { headers: { authorization: `Bearer ${identity.token}` } });
      expect(answer.status, door).toBe(401);
    }
    expect(await devices()).toContainEqual(expect.objectContaining({ id: identity.id, lastSeen: null, online: false }));
  });

  it('refuses a server that is not the one that gave the code', async () => {
    const code = await invite();
    const home = newHome();
    const other = `${code.slice(0, code.indexOf('.'))}.${'0'.repeat(16)}`;
    await expect(enrol(home, await flags(other))).rejects.toThrow('never given');
    // A server that takes any code still has its own key.
    const http = await import('node:http');
    const liar = http.createServer(async (req, res) => {
      const answer = await fetch(`${server.url}/device/enrol`, {
        method: 'POST',
        body: JSON.stringify({ code, name: 'x' }),
      });
      req.resume();
      res.end(await answer.text());
    });
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(liar.address() as { port: number }).port}`;
    await expect(enrol(home, await flags(other, at))).rejects.toThrow('is not the server that gave this code');
    expect(fs.existsSync(devicePaths(home).identity)).toBe(false);
    liar.close();
  });

  it('says what is wrong with the words it was given', async () => {
    await expect(enrol(newHome(), {})).rejects.toThrow('--code CODE and --url URL');
    await expect(enrol(newHome(), { code: 'x', url: 'http://127.0.0.1:9' })).rejects.toThrow('--code is no code');
    const code = await invite();
    await expect(enrol(newHome(), { code, url: 'ftp://x' })).rejects.toThrow('--url takes');
    await expect(enrol(newHome(), { code, url: 'http://127.0.0.1:9' })).rejects.toThrow('No Warder answers');
    await expect(enrol(newHome(), { code, url: server.url, port: '0' })).rejects.toThrow('--port takes');
  });

  it('has its junk refused as a value', async () => {
    for (const body of ['', 'junk', '[]', '{}', '{"code":7,"name":{}}', '{"code":"x","name":"a\\u0000"}']) {
      const { status } = await say({ port }, { path: '/device/enrol', body });
      expect(status, body).toBe(400);
    }
    for (const door of ['heartbeat', 'deliver', 'inventory', 'unenrol'])
      expect((await say({ port }, { path: `/device/${door}`, body: '{}' })).status, door).toBe(401);
    expect((await say({ port }, { path: '/device/elsewhere', body: '{}' })).status).toBe(404);
    const owner = { authorization: `Bearer ${server.token}` };
    expect((await say({ port }, { path: '/device/heartbeat', body: '{}', headers: owner })).status).toBe(401);
  });
});

describe('an enrolled machine', () => {
  let home: string;
  let device: RunningDevice;
  beforeAll(async () => {
    home = newHome();
    await enrol(home, await flags(await invite({ person: 'ada' })));
    device = await startDevice({ home, env: {}, log: (line) => log.push(line), beatMs: 300 });
    await until(() => device.status().policy !== '', 5000, 'the policy');
  });
  afterAll(() => device.close());

  it('gives agents the server’s answers, over its socket and over its port', async () => {
    const identity = readIdentity(home);
    if (!identity.ok) throw new Error(identity.error.detail);
    const { hookToken, port: own } = identity.value;
    expect(await client(home, call('ls', 'a1'))).toMatchObject({ code: 0, stdout: '{}\n' });
    expect((await client(home, call('rm -rf ~', 'a2'))).stdout).toContain('"deny"');
    const asked = { path: '/hooks/claude-code', body: call('rm -rf ~', 'a3') };
    expect((await say({ port: own }, asked)).status).toBe(401);
    const known = await say({ port: own }, { ...asked, headers: { authorization: `Bearer ${hookToken}` } });
    expect(known).toMatchObject({ status: 200, body: expect.stringContaining('"deny"') });
    expect((await say({ port: own }, { ...asked, path: `/hooks/claude-code/t/${hookToken}` })).status).toBe(200);
    const { items } = (await api('GET', 'calls?session=s1')).value as { items: Record<string, unknown>[] };
    expect(items.map(({ toolUseId, person, device: by }) => [toolUseId, person, by])).toEqual(
      ['a3', 'a2', 'a1'].map((id) => [id, 'ada', 'laptop']),
    );
    await until(
      async () => (await devices()).some(({ id, online }) => id === identity.value.id && online === true),
      3000,
      'a heartbeat',
    );
  });

  it('is alone while the server is gone, and its record is whole afterwards', async () => {
    await server.close();
    expect(await client(home, call('ls', 'b1'))).toMatchObject({ code: 0 });
    expect((await client(home, call('rm -rf ~', 'b2'))).stdout).toContain('"deny"');
    expect(device.status()).toMatchObject({ waiting: 2, online: false });
    const waiting = fs.readFileSync(path.join(home, 'device-spool/queue.jsonl'), 'utf8');
    expect(waiting).not.toMatch(/rm -rf|\/home\/dev|"s1"|session_id/);
    server = await start();
    await until(() => device.status().waiting === 0, 8000, 'what waited');
    const { items } = (await api('GET', 'calls?session=s1')).value as {
      items: { toolUseId: string; effective: string; phases: { verdict: object }[] }[];
    };
    const alone = items.filter(({ toolUseId }) => toolUseId.startsWith('b'));
    expect(alone.map(({ toolUseId, effective }) => [toolUseId, effective])).toEqual([
      ['b2', 'deny'],
      ['b1', 'allow'],
    ]);
    for (const { phases } of alone)
      expect(phases.map(({ verdict }) => verdict)).toEqual([
        expect.objectContaining({ degraded: 'server-unreachable' }),
      ]);
  });

  it('takes its socket up again when its folder was taken away and put back', async () => {
    const folder = path.join(home, 'device');
    fs.renameSync(folder, `${folder}.away`);
    fs.mkdirSync(folder, { mode: 0o700 });
    for (const name of ['warder-hook', 'warder-hook.conf'])
      fs.copyFileSync(path.join(`${folder}.away`, name), path.join(folder, name));
    await until(() => fs.existsSync(devicePaths(home).socket), 8000, 'the socket');
    expect((await client(home, call('ls', 'c1'))).code).toBe(0);
  });

  it('judges by a new policy that its disk cannot take, and says that it is not kept', async () => {
    const file = devicePaths(home).policy;
    fs.rmSync(file);
    fs.mkdirSync(file);
    await api('POST', 'mode', { mode: 'observe' });
    await until(() => device.status().mode === 'observe', 8000, 'the new mode');
    await until(() => log.some((line) => line.includes('policy-not-kept')), 8000, 'the word of it');
    expect(fs.readdirSync(path.dirname(file)).filter((name) => name.endsWith('.new'))).toEqual([]);
    fs.rmdirSync(file);
    await api('POST', 'mode', { mode: 'enforce' });
    await until(() => device.status().mode === 'enforce' && fs.existsSync(file), 8000, 'the mode before');
  });

  it('has a policy on its disk that no hand can change', async () => {
    await device.close();
    const file = devicePaths(home).policy;
    const signed = JSON.parse(fs.readFileSync(file, 'utf8'));
    fs.writeFileSync(file, JSON.stringify({ ...signed, bundle: signed.bundle.replace('"enforce"', '"observe"') }));
    await server.close();
    device = await startDevice({ home, env: {}, log: (line) => log.push(line), beatMs: 300 });
    const refused = await client(home, call('ls', 'd1'));
    expect(refused.stdout).toContain('"deny"');
    expect(refused.stdout).toContain('not signed by the server this device is enrolled with');
    server = await start();
    await until(() => device.status().policy !== '', 5000, 'the policy');
    await until(() => device.status().waiting === 0, 8000, 'what waited');
  });

  it('opens nothing any more once it is revoked', async () => {
    const { id } = device.status();
    expect((await api('DELETE', `devices/${id}`)).status).toBe(200);
    await until(async () => (await client(home, call('ls', 'e1'))).code === 2, 4000, 'the refusal');
    expect((await client(home, call('ls', 'e2'))).stderr).toContain('does not accept this device');
    expect(await devices()).not.toContainEqual(expect.objectContaining({ id }));
    await until(() => log.some((line) => line.includes('not-accepted')), 3000, 'the word of it');
  });

  it('does not start for a home that others may read, or twice', async () => {
    await expect(startDevice({ home, env: {}, log: () => {} })).rejects.toThrow('already writes');
    const other = newHome();
    await enrol(other, await flags(await invite()));
    fs.chmodSync(devicePaths(other).identity, 0o644);
    await expect(startDevice({ home: other, env: {}, log: () => {} })).rejects.toThrow('chmod 600');
    fs.chmodSync(devicePaths(other).identity, 0o600);
    const identity = readIdentity(other);
    if (identity.ok) writeIdentity(other, { ...identity.value, port });
    await expect(startDevice({ home: other, env: {}, log: () => {} })).rejects.toThrow('EADDRINUSE');
    await unenrol(other, false, io);
    expect(readIdentity(other).ok).toBe(false);
    expect(fs.existsSync(devicePaths(other).running)).toBe(false);
  });
});

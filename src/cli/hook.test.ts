import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { createHookIntake } from '../capture/hook-intake.ts';
import type { Decided } from '../core/ports.ts';
import { fail, ok } from '../core/result.ts';
import { agents } from '../plugs.ts';
import { command as hook } from './hook.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-hook-'));
const token = `wrd_${'k'.repeat(43)}`;
const closing: http.Server[] = [];
let number = 0;
afterAll(() => {
  for (const server of closing) {
    server.closeAllConnections();
    server.close();
  }
  fs.rmSync(folder, { recursive: true, force: true });
});

const denied: Decided = {
  verdict: { decision: 'deny', enforced: true, effective: 'deny', rules: ['r'], why: 'Denied: it touches.' },
  score: { score: 90, severity: 'critical', findings: [] },
  call: 'c',
  receipt: null,
};
const allowed: Decided = { ...denied, verdict: { ...denied.verdict, decision: 'allow', effective: 'allow' } };

async function serve(answer: http.RequestListener, at?: string): Promise<string> {
  const server = http.createServer(answer);
  closing.push(server);
  await new Promise<void>((resolve) =>
    at === undefined ? server.listen(0, '127.0.0.1', resolve) : server.listen(at, resolve),
  );
  return at ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A Warder whose every verdict is this one. */
const warder = (decided: Decided, at?: string): Promise<string> =>
  serve(
    createHookIntake({
      agents,
      pipeline: { decide: () => Promise.resolve(decided), note: () => Promise.resolve() },
      identifyByToken: (given) =>
        given === token || at !== undefined
          ? ok({ person: 'ann', device: 'laptop', via: 'token' })
          : fail('unknown-token', 'not one of ours'),
      mode: () => 'enforce',
      now: () => '2026-11-22T10:00:00.000Z',
      maxBodyBytes: 8 << 20,
    }),
    at,
  );

const home = (): string => {
  number += 1;
  const at = path.join(folder, `home-${number}`);
  fs.mkdirSync(path.join(at, 'device'), { recursive: true });
  return at;
};

async function run(args: readonly string[], body: unknown, env: Record<string, string>) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  if (body !== undefined) stdin.end(typeof body === 'string' ? body : JSON.stringify(body));
  const exit = await hook.run(args, { stdin, stdout, stderr, env });
  return { exit, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

const call = {
  hook_event_name: 'preToolUse',
  cwd: '/p',
  tool_name: 'execute_bash',
  tool_input: { command: 'touch x' },
};
const after = { ...call, hook_event_name: 'postToolUse', tool_response: 'x' };

describe('warder hook', () => {
  it('gives the server’s answer as the agent honours it: stderr and status 2, or JSON and status 0', async () => {
    const env = { WARDER_URL: await warder(denied), WARDER_TOKEN: token, WARDER_HOME: home() };
    expect(await run(['kiro'], call, env)).toEqual({
      exit: 2,
      out: '',
      err: expect.stringMatching(/^Denied by Warder: it touches\..*\n$/),
    });
    const claude = { ...call, hook_event_name: 'PreToolUse', tool_name: 'Bash', session_id: 's' };
    const json = await run(['claude-code'], claude, env);
    expect(json).toMatchObject({ exit: 0, err: '' });
    expect(JSON.parse(json.out).hookSpecificOutput.permissionDecision).toBe('deny');
    const agy = await run(
      ['antigravity', 'PreToolUse'],
      { toolCall: { name: 'run_command', args: { CommandLine: 'x' } } },
      env,
    );
    expect(JSON.parse(agy.out).decision).toBe('deny');
  });

  it('says nothing where an answer without words lets the call go on', async () => {
    const env = { WARDER_URL: await warder(allowed), WARDER_TOKEN: token, WARDER_HOME: home() };
    expect(await run(['kiro'], call, env)).toEqual({ exit: 0, out: '', err: '' });
    expect(await run(['kiro'], after, env)).toEqual({ exit: 0, out: '', err: '' });
  });

  it('finds the server by the device’s settings, and the socket of the device before it', async () => {
    const at = home();
    fs.writeFileSync(
      path.join(at, 'device/warder-hook.conf'),
      `url = "${await warder(denied)}/hooks/claude-code"\nheader = "Authorization: Bearer ${token}"\n`,
    );
    expect((await run(['kiro', '--home', at], call, {})).exit).toBe(2);
    await warder(allowed, path.join(at, 'device/device.sock'));
    expect((await run(['kiro'], call, { WARDER_HOME: at })).exit).toBe(0);
  });

  it('goes to the server when nobody listens on the device’s socket any more', async () => {
    const at = home();
    fs.writeFileSync(path.join(at, 'server.json'), JSON.stringify({ url: await warder(allowed), token }));
    fs.writeFileSync(path.join(at, 'device/device.sock'), '');
    expect((await run(['kiro'], call, { WARDER_HOME: at })).exit).toBe(0);
  });

  const broken: Readonly<Record<string, readonly [answer: http.RequestListener | null, says: string]>> = {
    'is not running': [null, 'not running. Start it: warder serve'],
    'does not know the token': [(_, res) => res.writeHead(401).end(), 'does not accept this token'],
    'has an accident': [(_, res) => res.writeHead(500).end(), 'answered 500'],
    'sends elsewhere': [(_, res) => res.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(), 'answered 302'],
    'answers with text': [(_, res) => res.writeHead(200, { 'content-type': 'text/plain' }).end('{}'), 'not JSON'],
    'answers with half of it': [
      (_, res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"a":'),
      'not JSON',
    ],
    'names a strange status': [
      (_, res) => res.writeHead(200, { 'content-type': 'application/json', 'x-warder-exit': 'yes' }).end('{}'),
      'no exit status',
    ],
    'hangs up': [(req) => req.socket.destroy(), 'could not be asked'],
  };
  it.each(Object.entries(broken))(
    'refuses calls, and only those, when the server %s',
    async (_name, [answer, says]) => {
      const url = answer === null ? 'http://127.0.0.1:9' : await serve(answer);
      const env = { WARDER_URL: url, WARDER_TOKEN: token, WARDER_HOME: home() };
      const refused = await run(['kiro'], call, env);
      expect(refused).toMatchObject({ exit: 2, out: '' });
      expect(refused.err).toContain(says);
      expect(await run(['kiro'], after, env)).toEqual({ exit: 0, out: '', err: '' });
      expect((await run(['kiro', '--on-failure', 'pass'], call, env)).exit).toBe(0);
    },
  );

  it('refuses what nobody can tell, each agent in its own way', async () => {
    const env = { WARDER_HOME: home() };
    for (const body of ['', 'x', '[]', '{}', '{"hook_event_name":', '{"event":7}']) {
      expect((await run(['kiro'], body, env)).exit, body).toBe(2);
      expect((await run(['goose'], body, env)).exit, body).toBe(2);
      expect((await run(['generic'], body, env)).exit, body).toBe(2);
      expect(JSON.parse((await run(['antigravity'], body, env)).out).decision, body).toBe('deny');
      expect((await run(['claude-code'], body, env)).out, body).toContain('"permissionDecision":"deny"');
    }
  });

  it('trusts neither half an address, nor the device’s token at another one', async () => {
    const env = { WARDER_URL: await warder(allowed), WARDER_HOME: home() };
    expect((await run(['kiro'], call, env)).err).toContain('go together');
    expect((await run(['kiro'], call, { ...env, WARDER_TOKEN: token, WARDER_URL: 'file:///x' })).err).toContain(
      'no address',
    );
  });

  it('answers within its own five seconds when the server, or the agent, says nothing', {
    timeout: 15_000,
  }, async () => {
    const env = { WARDER_URL: await serve(() => {}), WARDER_TOKEN: token, WARDER_HOME: home() };
    const started = performance.now();
    const [server, agent] = await Promise.all([run(['kiro'], call, env), run(['kiro'], undefined, env)]);
    expect(server).toMatchObject({ exit: 2, err: expect.stringContaining('did not answer in time') });
    expect(agent).toMatchObject({ exit: 2, err: expect.stringContaining('did not come to its end') });
    expect(performance.now() - started).toBeLessThan(6_500);
  });

  it.each([
    [[], 'Say which agent'],
    [['emacs'], 'Say which agent'],
    [['kiro', 'Pre Tool'], 'After the agent comes'],
    [['kiro', '--on-failure', 'maybe'], 'block or pass'],
  ])('tells a person who uses it wrongly: %j', async (args, says) => {
    await expect(run(args, '{}', {})).rejects.toThrow(says);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { recordedSession } from '../scripts/recorded-session.ts';
import { replay } from '../src/cli/replay.ts';
import { longSession } from '../src/cli/replay-ordinary.ts';
import { demoFolder, loadSessions, type ReplaySession } from '../src/cli/replay-session.ts';
import { claudeCode } from '../src/normalise/agents/claude-code.ts';
import { maskText } from '../src/understand/secrets.ts';

const recorded = path.join(import.meta.dirname, 'fixtures/claude-code/2.1.330/hooks');
type Hook = Readonly<Record<string, unknown>>;

/** A real HTTP server that takes hook calls; `answer` is what it says to each. */
async function hookServer(answer: (hook: Hook) => { status?: number; body: unknown }) {
  const seen: { hook: Hook; authorization: string | undefined; url: string | undefined }[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const hook = JSON.parse(Buffer.concat(chunks).toString());
      seen.push({ hook, authorization: request.headers.authorization, url: request.url });
      const { status = 200, body } = answer(hook);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen };
}

async function played(
  sessions: readonly ReplaySession[],
  answer: Parameters<typeof hookServer>[0] = () => ({ body: {} }),
) {
  const { url, seen } = await hookServer(answer);
  const troubles: string[] = [];
  const signal = new AbortController().signal;
  const counts = await replay(sessions, {
    url,
    token: 'tkn',
    speed: Infinity,
    signal,
    onTrouble: (what) => troubles.push(what),
  });
  return { counts, seen, troubles, hooks: seen.map(({ hook }) => hook) };
}

const sessions = [...loadSessions(demoFolder()), longSession(), recordedSession(recorded)];

describe('the demo', () => {
  it('holds the stories it promises, each marked as synthetic', () => {
    expect(sessions.map(({ name }) => name)).toEqual([
      '01-normal-development',
      '02-prompt-injection',
      '03-destructive-command',
      '04-new-mcp-server',
      '05-guardrail-tampering',
      '06-subagent',
      '07-secrets-in-commands',
      'ordinary',
      'recorded',
    ]);
  });

  it('sends what the adapter understands: no hook is junk, no call has parameters its tool does not take', async () => {
    const { hooks, seen, counts } = await played(sessions);
    const head = { at: '2026-11-22T00:00:00.000Z', identity: { person: 'p', device: 'd', via: 'token' } } as const;
    const events = hooks.map((hook) => claudeCode.parseHook(hook, head));
    expect(events.filter((event) => !event.ok)).toEqual([]);
    const unknown = events.filter(
      (event) => event.ok && 'call' in event.value && event.value.call.action.kind === 'unknown',
    );
    expect(unknown).toEqual([]);
    expect(counts).toEqual({ sessions: 9, sent: hooks.length, stopped: 0, failed: 0 });
    expect(new Set(seen.map(({ url, authorization }) => `${url} ${authorization}`))).toEqual(
      new Set(['/hooks/claude-code Bearer tkn']),
    );
  });

  it('gives each replay fresh ids, and each call the same id before and after', async () => {
    const [first, second] = [await played(sessions), await played(sessions)];
    const ids = (hooks: readonly Hook[], name: string) =>
      new Set(hooks.map((hook) => hook[name]).filter((id) => id !== undefined));
    for (const name of ['session_id', 'tool_use_id']) {
      const [a, b] = [ids(first.hooks, name), ids(second.hooks, name)];
      expect(a.size).toBe(b.size);
      expect([...a].filter((id) => b.has(id))).toEqual([]);
    }
    expect(ids(first.hooks, 'session_id').size).toBe(sessions.length);
    const phases = first.hooks.filter((hook) => hook.tool_use_id !== undefined);
    const before = new Set(
      phases.filter((hook) => hook.hook_event_name === 'PreToolUse').map((hook) => hook.tool_use_id),
    );
    expect(phases.filter((hook) => !before.has(hook.tool_use_id))).toEqual([]);
  });

  it('makes its secrets up when it is played: the files hold none, and none is the same twice', async () => {
    const secretive = loadSessions(demoFolder()).filter(({ steps }) => JSON.stringify(steps).includes('{{secret:'));
    expect(secretive.map(({ name }) => name)).toEqual(['02-prompt-injection', '07-secrets-in-commands']);
    for (const { steps } of sessions) expect(maskText(JSON.stringify(steps)).hits).toEqual([]);
    const text = async () => JSON.stringify((await played(secretive)).hooks);
    const [first, second] = [await text(), await text()];
    expect(first).not.toContain('{{secret:');
    const rules = new Set(maskText(first).hits.map(({ rule }) => rule));
    expect(rules).toContain('aws-access-key');
    expect(rules).toContain('github-token');
    const keys = (all: string) => [...all.matchAll(/AKIA[A-Z2-7]{16}/g)].map(([key]) => key);
    expect(keys(first).filter((key) => keys(second).includes(key))).toEqual([]);
  });

  it.each([
    ['denied', { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'deny' } }],
    ['asked about', { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask' } }],
    ['blocked', { decision: 'block' }],
  ])('has no result for a call that is %s, as with the real agent', async (_how, body) => {
    const { hooks, counts } = await played(sessions.slice(0, 3), (hook) => ({
      body: hook.tool_name === 'Bash' ? body : {},
    }));
    const results = hooks.filter((hook) => String(hook.hook_event_name).startsWith('PostToolUse'));
    expect(results.filter((hook) => hook.tool_name === 'Bash')).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
    expect(counts.stopped).toBeGreaterThan(5);
  });

  it('goes on with a call that was asked about when the story says that a person agreed', async () => {
    const ask = { hookSpecificOutput: { hookEventName: 'PreToolUse', permissionDecision: 'ask' } };
    const { hooks } = await played(sessions.slice(1, 2), () => ({ body: ask }));
    const results = hooks.filter((hook) => hook.hook_event_name === 'PostToolUse').map((hook) => hook.tool_name);
    expect(results).toEqual(['Read']);
  });

  it('goes on when the server fails, and says so', async () => {
    const { counts, troubles } = await played(sessions.slice(0, 1), () => ({ status: 503, body: {} }));
    expect(counts).toMatchObject({ sent: 0, failed: 18 });
    expect(troubles).toHaveLength(18);
    expect(troubles[0]).toBe('a hook call was answered with 503');
  });

  it('stops at once when told to', async () => {
    const { url, seen } = await hookServer(() => ({ body: {} }));
    const stop = new AbortController();
    const playing = replay(sessions, { url, token: 't', speed: 0.01, signal: stop.signal, onTrouble: () => {} });
    const started = performance.now();
    setTimeout(() => stop.abort(), 50);
    await playing;
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(seen.length).toBeLessThan(30);
  });
});

describe('warder demo', () => {
  it('runs the real server, shows denied calls without any secret, and leaves nothing behind', async () => {
    const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-demo-test-'));
    onTestFinished(() => fs.rmSync(temp, { recursive: true, force: true }));
    const cli = path.join(import.meta.dirname, '../src/cli.ts');
    const demo = spawn(process.execPath, [cli, 'demo', '--fast', '--no-open', '--json'], {
      env: { ...process.env, TMPDIR: temp },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void demo.kill('SIGKILL'));
    const [line] = await once(createInterface(demo.stdout), 'line');
    const { url, token, loginUrl, pid } = JSON.parse(line);
    expect(pid).toBe(demo.pid);
    expect(loginUrl).toMatch(new RegExp(`^${url}/login\\?code=`));
    const calls = async (query: string) => {
      const answer = await fetch(`${url}/api/v1/calls?${query}`, { headers: { authorization: `Bearer ${token}` } });
      const text = await answer.text();
      return { text, items: JSON.parse(text).items };
    };
    await expect
      .poll(async () => (await calls('decision=deny')).items.length, { timeout: 15_000, interval: 100 })
      .toBeGreaterThan(1);
    const { text } = await calls('limit=200');
    expect(maskText(text).hits).toEqual([]);
    const homes = () => fs.readdirSync(temp).filter((name) => name.startsWith('warder-'));
    expect(homes()).toHaveLength(1);
    demo.kill('SIGINT');
    const [status] = await once(demo, 'exit');
    expect(status).toBe(0);
    expect(homes()).toEqual([]);
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { Alert, CallRecord } from '../src/core/verdict.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { type ScriptedAnthropic, type ScriptedStep, startScriptedAnthropic } from './harness/scripted-anthropic.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-path-'));
const scripts: Readonly<Record<string, readonly ScriptedStep[]>> = {
  plain: [{ text: 'Looking.', calls: [{ name: 'Bash', input: { command: 'git status' } }] }, { text: 'Clean.' }],
  silent: [{ text: 'Looking.', calls: [{ name: 'Bash', input: { command: 'git log -1' } }] }, { text: 'Done.' }],
  wipe: [{ text: 'Cleaning.', calls: [{ name: 'Bash', input: { command: 'rm -rf ~/' } }] }, { text: 'Done.' }],
};
let upstream: ScriptedAnthropic;
let observe: RunningServer;
let enforce: RunningServer;

async function serve(name: string, mode: 'observe' | 'enforce'): Promise<RunningServer> {
  const home = path.join(place, name);
  const config = readConfig(home, { port: '0', mode, upstream: [`anthropic=${upstream.url}`] });
  return startServer({ ...config, env: { ANTHROPIC_API_KEY: 'key-for-the-test' }, log: () => {} });
}

beforeAll(async () => {
  upstream = await startScriptedAnthropic(scripts);
  [observe, enforce] = await Promise.all([serve('observe', 'observe'), serve('enforce', 'enforce')]);
});
afterAll(async () => {
  await Promise.all([observe.close(), enforce.close()]);
  await upstream.close();
  fs.rmSync(place, { recursive: true, force: true });
});

interface Message {
  readonly role: string;
  readonly content: unknown;
}
interface Answer {
  readonly content: readonly {
    readonly type: string;
    readonly id?: string;
    readonly text?: string;
    readonly input?: unknown;
  }[];
  readonly stop_reason: string;
}

/** One request of an agent through the gateway, not streamed. */
async function ask(server: RunningServer, session: string, messages: readonly Message[]): Promise<Answer> {
  const response = await fetch(`${server.url}/anthropic/v1/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-api-key': server.token,
      'anthropic-version': '2023-06-01',
      'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)',
      'x-claude-code-session-id': session,
    },
    body: JSON.stringify({
      model: 'claude-opus-5-5',
      max_tokens: 100,
      messages,
      tools: [{ name: 'Bash', input_schema: { type: 'object' } }],
    }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

async function hook(
  server: RunningServer,
  session: string,
  body: Readonly<Record<string, unknown>>,
): Promise<{ hookSpecificOutput?: { permissionDecision?: string } }> {
  const response = await fetch(`${server.url}/hooks/claude-code`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ session_id: session, cwd: '/home/dev/src/app', tool_name: 'Bash', ...body }),
  });
  expect(response.status).toBe(200);
  return (await response.json()) as { hookSpecificOutput?: { permissionDecision?: string } };
}

async function api<T>(server: RunningServer, what: string): Promise<readonly T[]> {
  const response = await fetch(`${server.url}/api/v1/${what}`, {
    headers: { authorization: `Bearer ${server.token}` },
  });
  expect(response.status).toBe(200);
  return ((await response.json()) as { items: readonly T[] }).items;
}

/** Gateway notes arrive beside the answer: waits until the session's one call is as wanted. */
async function callOf(
  server: RunningServer,
  session: string,
  ready: (call: CallRecord) => boolean,
): Promise<CallRecord> {
  for (let attempt = 0; ; attempt += 1) {
    const call = (await api<CallRecord>(server, `calls?session=${session}`))[0];
    if (call && ready(call)) return call;
    if (attempt > 50) throw new Error(`the call of ${session} never got there: ${JSON.stringify(call?.phases)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const prompt = (script: string): Message => ({ role: 'user', content: `[script:${script}] go` });

/** The agent's part after an answer: runs the call and sends its result. */
async function result(
  server: RunningServer,
  session: string,
  script: string,
  answer: Answer,
  text: string,
): Promise<void> {
  const use = answer.content.find((block) => block.type === 'tool_use');
  await ask(server, session, [
    prompt(script),
    { role: 'assistant', content: answer.content },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: use?.id, content: text, is_error: false }] },
  ]);
}

const useOf = (answer: Answer) => answer.content.find((block) => block.type === 'tool_use');

describe('one record per tool call', () => {
  it('joins what the model asked, what the hook saw before and after, and the result in the next request', async () => {
    const answer = await ask(observe, 's-joined', [prompt('plain')]);
    const use = useOf(answer);
    const seen = { tool_input: use?.input, tool_use_id: use?.id };
    await hook(observe, 's-joined', { hook_event_name: 'PreToolUse', ...seen });
    await hook(observe, 's-joined', {
      hook_event_name: 'PostToolUse',
      ...seen,
      tool_response: { stdout: 'clean', stderr: '' },
      duration_ms: 7,
    });
    await result(observe, 's-joined', 'plain', answer, 'clean');
    const call = await callOf(observe, 's-joined', ({ phases }) => phases.length === 4);
    expect(call.phases.map(({ phase, source }) => `${phase} ${source}`)).toEqual([
      'asked gateway',
      'before hook',
      'after hook',
      'result gateway',
    ]);
    expect(call.phases.every(({ receipt }) => typeof receipt === 'number')).toBe(true);
    expect(call).toMatchObject({ tool: 'Bash', severity: 'low', decision: 'allow', effective: 'allow', findings: [] });
    expect(await api(observe, 'calls?session=s-joined')).toHaveLength(1);
  });

  it('finds a call that the model asked for, that ran, and that no hook reported', async () => {
    const answer = await ask(observe, 's-silent', [prompt('silent')]);
    await hook(observe, 's-silent', { hook_event_name: 'SessionStart', source: 'startup', tool_name: undefined });
    await result(observe, 's-silent', 'silent', answer, 'commit 1');
    const call = await callOf(observe, 's-silent', ({ phases }) => phases.length === 2);
    expect(
      call.findings.map(({ detector }) => detector),
      JSON.stringify(call.phases),
    ).toContain('hook-did-not-fire');
  });

  it('finds a call that ran after a deny, and raises an alert', async () => {
    const seen = { tool_input: { command: 'rm -rf ~/' }, tool_use_id: 'toolu_denied' };
    const verdict = await hook(enforce, 's-defied', { hook_event_name: 'PreToolUse', ...seen });
    expect(verdict.hookSpecificOutput?.permissionDecision).toBe('deny');
    await hook(enforce, 's-defied', {
      hook_event_name: 'PostToolUse',
      ...seen,
      tool_response: { stdout: '', stderr: '' },
    });
    const call = await callOf(enforce, 's-defied', ({ phases }) => phases.length === 2);
    expect(call.findings.find(({ detector }) => detector === 'ran-after-deny')).toMatchObject({ severity: 'critical' });
    const alerts = await api<Alert>(enforce, 'alerts');
    expect(alerts.map(({ detector }) => detector)).toContain('ran-after-deny');
  });
});

describe('modes', () => {
  it('observe lets a call through and records what would have happened', async () => {
    const answer = await ask(observe, 's-observed', [prompt('wipe')]);
    expect(useOf(answer)?.input).toEqual({ command: 'rm -rf ~/' });
    const call = await callOf(observe, 's-observed', () => true);
    expect(call).toMatchObject({ decision: 'deny', enforced: false, effective: 'allow' });
  });

  it('enforce replaces the call by a sentence that names the rule, and the agent never sees it', async () => {
    const answer = await ask(enforce, 's-enforced', [prompt('wipe')]);
    expect(useOf(answer)).toBeUndefined();
    expect(answer.stop_reason).toBe('end_turn');
    expect(answer.content.map(({ text }) => text).join('\n')).toContain('never-destroy');
    const call = await callOf(enforce, 's-enforced', () => true);
    expect(call).toMatchObject({ decision: 'deny', enforced: true, effective: 'deny' });
  });

  it('never forwards the client token, and adds the provider key', () => {
    expect(upstream.requests.length).toBeGreaterThan(0);
    for (const { headers } of upstream.requests) {
      expect(headers['x-api-key']).toBe('key-for-the-test');
      expect(JSON.stringify(headers)).not.toContain('wrd_');
    }
  });
});

describe('a home', () => {
  it('keeps its tokens and its log over a restart, and refuses a second server', async () => {
    const home = path.join(place, 'restart');
    const options = { ...readConfig(home, { port: '0' }), env: {}, log: () => {} };
    const first = await startServer(options);
    await expect(startServer(options)).rejects.toThrow(/Another Warder \(process \d+\)/);
    const before = (await api(first, 'receipts')).length;
    await first.close();
    const second = await startServer(options);
    expect(second.token).toBe(first.token);
    expect((await api(second, 'receipts')).length).toBe(before + 2); // stopped, started
    await second.close();
  });

  it('does not start with a policy that is not valid, and says where it is wrong', async () => {
    const home = path.join(place, 'bad-policy');
    fs.mkdirSync(path.join(home, 'policies'), { recursive: true, mode: 0o700 });
    fs.writeFileSync(
      path.join(home, 'policies', 'mine.cedar'),
      '@id("mine")\nforbid (principal, action, resource) when { context.scoer > 3 };\n',
    );
    const options = { ...readConfig(home, { port: '0' }), env: {}, log: () => {} };
    await expect(startServer(options)).rejects.toThrow(/mine\.cedar.*scoer/s);
  });

  it('gives agents a token that opens no API', async () => {
    const { clientToken } = JSON.parse(fs.readFileSync(path.join(place, 'enforce', 'server.json'), 'utf8')) as {
      clientToken: string;
    };
    const response = await fetch(`${enforce.url}/api/v1/calls`, {
      headers: { authorization: `Bearer ${clientToken}` },
    });
    expect(response.status).toBe(401);
    const hooked = await fetch(`${enforce.url}/hooks/claude-code`, {
      method: 'POST',
      headers: { authorization: `Bearer ${clientToken}` },
      body: JSON.stringify({ session_id: 's', hook_event_name: 'SessionStart', source: 'startup' }),
    });
    expect(hooked.status).toBe(200);
  });
});

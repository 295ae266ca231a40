import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../core/event.ts';
import type { Decided, Pipeline } from '../core/ports.ts';
import { fail, ok } from '../core/result.ts';
import type { Decision } from '../core/verdict.ts';
import { claudeCode } from '../normalise/agents/claude-code.ts';
import { createHookIntake, type HookIntakeDeps } from './hook-intake.ts';

const fixture = (name: string): string =>
  fs.readFileSync(
    path.resolve(import.meta.dirname, `../../test/fixtures/claude-code/2.1.330/hooks/${name}.json`),
    'utf8',
  );

const token = `wrd_${'t'.repeat(20)}`;
const decided = (decision: Decision): Decided => ({
  verdict: { decision, enforced: true, effective: decision, rules: ['r1'], why: 'deletes it' },
  score: { score: 0, severity: 'low', findings: [] },
  call: 'c',
  receipt: null,
});

const servers: http.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Bench {
  readonly url: string;
  readonly events: AgentEvent[];
  readonly trouble: string[];
  post(at: string, body: string | Buffer, headers?: Record<string, string>): Promise<{ status: number; body: unknown }>;
}

async function start(pipeline: Partial<Pipeline> = {}, deps: Partial<HookIntakeDeps> = {}): Promise<Bench> {
  const events: AgentEvent[] = [];
  const trouble: string[] = [];
  const intake = createHookIntake({
    agents: [claudeCode],
    pipeline: {
      decide: async (event) => {
        events.push(event);
        return decided('allow');
      },
      note: async (event) => {
        events.push(event);
      },
      ...pipeline,
    },
    identifyByToken: (given) =>
      given === token ? ok({ person: 'ann', device: 'laptop', via: 'token' }) : fail('unknown-token', 'No.'),
    mode: () => 'enforce',
    now: () => '2026-11-22T10:00:00.000Z',
    maxBodyBytes: 100_000,
    onTrouble: (code) => trouble.push(code),
    ...deps,
  });
  const server = http.createServer(intake);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    events,
    trouble,
    async post(at, body, headers = { authorization: `Bearer ${token}` }) {
      const response = await fetch(url + at, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
      return { status: response.status, body: await response.json() };
    },
  };
}

const denial = (reason: string): unknown => ({
  hookSpecificOutput: {
    hookEventName: 'PreToolUse',
    permissionDecision: 'deny',
    permissionDecisionReason: expect.stringContaining(reason),
  },
});

describe('hook intake', () => {
  it('decides a call that is about to happen, and answers in the agent’s form', async () => {
    const { post, events } = await start({ decide: async () => decided('deny') });
    expect(await post('/hooks/claude-code', fixture('PreToolUse-Bash-echo'))).toEqual({
      status: 200,
      body: denial('Denied by Warder: deletes it. Rule r1.'),
    });
    expect(events).toEqual([]);
  });

  it('notes every other recorded event and has no opinion on it', async () => {
    const { post, events } = await start();
    for (const name of ['UserPromptSubmit-default', 'PostToolUse-Read', 'PermissionRequest-WebFetch', 'Stop-default']) {
      expect(await post('/hooks/claude-code', fixture(name))).toEqual({ status: 200, body: {} });
    }
    expect(events.map((event) => event.kind)).toEqual(['prompt', 'call-after', 'permission-asked', 'answer']);
    expect(events[0]).toMatchObject({ identity: { person: 'ann' }, at: '2026-11-22T10:00:00.000Z', source: 'hook' });
  });

  it('takes the token as bearer, in its own header or in the address', async () => {
    const { post } = await start();
    const body = fixture('Stop-default');
    expect((await post('/hooks/claude-code', body, { 'x-warder-token': token })).status).toBe(200);
    expect((await post(`/hooks/claude-code/t/${token}`, body, {})).status).toBe(200);
    expect((await post(`/hooks/claude-code/t/${token}?x=1`, body, {})).status).toBe(200);
  });

  it('turns a wrong or missing token away, and records nothing', async () => {
    const { post, events } = await start();
    const wrong: Record<string, string>[] = [{}, { authorization: 'Bearer nope' }, { authorization: `Basic ${token}` }];
    for (const headers of wrong) {
      const { status, body } = await post('/hooks/claude-code', fixture('PreToolUse-Bash-echo'), headers);
      expect(status).toBe(401);
      expect(body).toMatchObject({ error: { code: 'unknown-token' } });
    }
    expect((await post('/hooks/claude-code/t/nope', '{}', {})).status).toBe(401);
    expect(events).toEqual([]);
  });

  it('answers unknown agents, other methods and other addresses as what they are', async () => {
    const { post, url } = await start();
    expect((await post('/hooks/nobody', '{}')).status).toBe(404);
    expect((await post('/hooks/claude-code/t/a/b', '{}')).status).toBe(404);
    expect((await post('/hooks/__proto__', '{}')).status).toBe(404);
    const got = await fetch(`${url}/hooks/claude-code/t/${token}`);
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses a tool call it cannot understand, and records it as unparsed', async () => {
    const { post, events } = await start();
    const noTool = JSON.stringify({ hook_event_name: 'PreToolUse', session_id: 's1', tool_name: 4 });
    expect(await post('/hooks/claude-code', noTool)).toEqual({ status: 200, body: denial('names no tool') });
    const broken = '{"session_id":"s","hook_event_name":"PreToolUse","tool_input":{"command":"rm';
    expect(await post('/hooks/claude-code', broken)).toEqual({ status: 200, body: denial('not JSON') });
    expect(events).toMatchObject([
      { kind: 'unparsed', session: 's1', raw: noTool },
      { kind: 'unparsed', raw: broken },
    ]);
  });

  it('is not misled by an event name inside a text', async () => {
    const { post } = await start();
    const posing = `{"prompt":"\\"hook_event_name\\":\\"Stop\\"","hook_event_name":"PreToolUse",`;
    expect((await post('/hooks/claude-code', posing)).body).toEqual(denial('not JSON'));
  });

  it('says that a body is no hook when nothing can be told from it', async () => {
    const { post, events } = await start();
    for (const junk of ['', 'null', '[]', '{}', 'hello', '\u0000\u0001']) {
      const { status, body } = await post('/hooks/claude-code', junk);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: { code: 'not-a-hook' } });
    }
    expect(events.every((event) => event.kind === 'unparsed')).toBe(true);
  });

  it('refuses a tool call whose body is too large, in the blocking form, after the client has sent it', async () => {
    const { post, events } = await start();
    const call = (size: number): string =>
      JSON.stringify({
        session_id: 's',
        hook_event_name: 'PreToolUse',
        tool_name: 'Write',
        tool_input: { content: 'x'.repeat(size) },
      });
    expect(await post('/hooks/claude-code', call(300_000))).toEqual({
      status: 200,
      body: denial('larger than 100000 bytes'),
    });
    expect(events).toMatchObject([{ kind: 'unparsed' }]);
    expect((await post('/hooks/claude-code', 'x'.repeat(200_000))).status).toBe(413);
  });

  it('refuses when the verdict does not come in time or the pipeline breaks', async () => {
    const slow = await start({ decide: () => new Promise(() => {}) }, { decideWithinMs: 20 });
    expect((await slow.post('/hooks/claude-code', fixture('PreToolUse-Write'))).body).toEqual(
      denial('no verdict after 20 ms'),
    );
    const broken = await start({ decide: () => Promise.reject(new Error('disk')) });
    expect((await broken.post('/hooks/claude-code', fixture('PreToolUse-Write'))).body).toEqual(
      denial('internal error'),
    );
    expect(broken.trouble).toEqual(['decide-failed']);
  });

  it('lets go in observe mode whatever it could not do itself, and says so', async () => {
    const observe = { mode: () => 'observe' as const };
    const passed = { status: 200, body: { systemMessage: expect.stringContaining('without a full check') } };
    const body = fixture('PreToolUse-Write');
    const late = await start({ decide: () => new Promise(() => {}) }, { ...observe, decideWithinMs: 20 });
    expect(await late.post('/hooks/claude-code', body)).toEqual(passed);
    expect(late.trouble).toEqual(['verdict-late']);
    expect(late.events).toMatchObject([{ kind: 'notice', what: 'verdict came too late', text: 'Write' }]);
    const broken = await start({ decide: () => Promise.reject(new Error('disk')) }, observe);
    expect(await broken.post('/hooks/claude-code', body)).toEqual(passed);
    const blind = await start({}, { ...observe, identifyByToken: () => Promise.reject(new Error('disk')) });
    expect(await blind.post('/hooks/claude-code', body)).toEqual(passed);
    expect(blind.trouble).toEqual(['token-lookup-failed']);
    expect((await late.post('/hooks/claude-code', body, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('refuses while enforcing when nobody can tell whose token it is', async () => {
    const blind = await start({}, { identifyByToken: () => Promise.reject(new Error('disk')) });
    expect((await blind.post('/hooks/claude-code', fixture('PreToolUse-Write'))).status).toBe(503);
  });

  it('does not let a slow or failing note hold the agent up', async () => {
    const slow = await start({ note: () => new Promise(() => {}) }, { noteWithinMs: 20 });
    expect(await slow.post('/hooks/claude-code', fixture('Stop-default'))).toEqual({ status: 200, body: {} });
    const broken = await start({ note: () => Promise.reject(new Error('disk')) });
    expect(await broken.post('/hooks/claude-code', fixture('Stop-default'))).toEqual({ status: 200, body: {} });
    expect(broken.trouble).toEqual(['note-failed']);
  });

  it('goes on after a client that left in the middle of its body', async () => {
    const { post, url, events } = await start();
    const socket = net.connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `POST /hooks/claude-code HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 500\r\n\r\n{"a":`,
    );
    await new Promise((resolve) => setTimeout(resolve, 30));
    socket.destroy();
    expect((await post('/hooks/claude-code', fixture('Stop-default'))).status).toBe(200);
    expect(events.map((event) => event.kind)).toEqual(['answer']);
  });
});

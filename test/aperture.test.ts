import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { SessionRecord } from '../src/core/store.ts';
import type { CallRecord } from '../src/core/verdict.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import {
  api,
  event,
  eventually,
  guardrail,
  type Payload,
  payload,
  payloadOf,
  post,
  recordedRequest,
  recordedStream,
  timeline,
} from './harness/aperture.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-aperture-'));
const rules = `
@id("no-deleting-repositories")
@why("repositories are not deleted by agents")
forbid (principal, action, resource == Warder::Tool::"mcp__github__delete_repo");

@id("no-web-for-ci")
@why("machines of the build read no web")
forbid (principal == Warder::Person::"tag:ci-runner", action == Warder::Action::"web-fetch", resource);
`;
let observe: RunningServer;
let enforce: RunningServer;

async function serve(name: string, mode: 'observe' | 'enforce', config: object = {}): Promise<RunningServer> {
  const home = path.join(place, name);
  fs.mkdirSync(path.join(home, 'policies'), { recursive: true });
  fs.writeFileSync(path.join(home, 'policies', 'own.cedar'), rules);
  fs.writeFileSync(path.join(home, 'config.json'), JSON.stringify({ aperture: config }));
  return startServer({ ...readConfig(home, { port: '0', mode }), env: {}, log: () => {} });
}

beforeAll(async () => {
  [observe, enforce] = await Promise.all([serve('observe', 'observe'), serve('enforce', 'enforce')]);
});
afterAll(async () => {
  await Promise.all([observe.close(), enforce.close()]);
  fs.rmSync(place, { recursive: true, force: true });
});

const secretKey = () => ['AKIA', 'Q3EGRIJKM7', 'VW5XZ2'].join('');
const userOf = (session: string) => ({ metadata: { user_id: JSON.stringify({ session_id: session }) } });

/** The only call of a session, once it is as wanted. */
const callOf = async (server: RunningServer, session: string, ready: (call: CallRecord) => boolean) => {
  const calls = await eventually(
    () => api<CallRecord>(server, `calls?session=${encodeURIComponent(session)}`),
    ([call]) => call !== undefined && ready(call),
  );
  expect(calls).toHaveLength(1);
  return calls[0] as CallRecord;
};

const phasesOf = ({ phases }: CallRecord) => phases.map(({ phase, source }) => `${phase} ${source}`);
const hasResult = ({ phases }: CallRecord) => phases.some(({ phase }) => phase === 'result');

const recordings = [
  { agent: 'claude-code', at: 'claude-code/2.1.330', session: 'a05ee5d0-e6b3-4680-a0fe-e26286e2ad41' },
  { agent: 'codex', at: 'codex/0.169.0', session: '01a202e7-08f3-7b01-ae04-e8bd2af72b81' },
  { agent: 'gemini-cli', at: 'gemini-cli/0.61.0', session: '' },
  { agent: 'opencode', at: 'opencode/1.18.33', session: 'oacc_00000000000000f1' },
  { agent: 'qwen-code', at: 'qwen-code/0.24.4', session: 'oacc_00000000000000f2' },
  { agent: 'droid', at: 'droid/0.215.0', session: 'oacc_00000000000000f3' },
  { agent: 'pi', at: 'pi/0.87.1', session: '' },
] as const;

describe('recordings of real agents, seen through Aperture', () => {
  for (const { agent, at, session } of recordings) {
    it(`${agent}: the call of the answer and its result in the next request are one record`, async () => {
      const login = `${agent}@example.com`;
      // A session id of an unknown client may be made up for every request.
      const id = (turn: number) => session || `random-${agent}-${turn}`;
      const first = payloadOf(recordedRequest(`${at}/requests/001-plain.json`), {
        login_name: login,
        session_id: id(1),
      });
      await guardrail(observe, first);
      await event(observe, { ...first, raw_responses: recordedStream(`${at}/streams/tool-call.sse`) });
      const second = recordedRequest(`${at}/requests/002-tool-result.json`);
      expect(await guardrail(observe, payloadOf(second, { login_name: login, session_id: id(2) }))).toEqual({
        action: 'allow',
      });

      const sessions = await eventually(
        () => api<SessionRecord>(observe, `sessions?person=${encodeURIComponent(login)}`),
        (items) => items.length > 0,
      );
      expect(sessions).toHaveLength(1);
      const name = sessions[0]?.id ?? '';
      if (session !== '') expect(name).toBe(session);
      else expect(name).toMatch(/^conv_[0-9a-f]{24}$/);
      const call = await callOf(observe, name, hasResult);
      expect(phasesOf(call)).toEqual(['asked aperture', 'result aperture']);
      expect(call).toMatchObject({ agent, person: login, device: 'nABC123CNTRL', enforced: false, effective: 'allow' });
      expect(call.action).toMatchObject({ kind: 'shell' });
      expect(JSON.stringify(call.action)).toMatch(/MARKER|echo hi/);
      expect(call.phases.at(-1)?.outcome).toMatchObject({ status: 'ok' });
    });
  }
});

// ————— every format, whole answers

const command = { command: 'git push --force origin main' };
const answers: readonly {
  readonly format: string;
  readonly url: string;
  readonly model: string;
  readonly request: (history: readonly unknown[]) => object;
  readonly asked: object;
  readonly answer: object;
  readonly turn: readonly unknown[];
}[] = [
  {
    format: 'Anthropic Messages',
    url: '/v1/messages',
    model: 'claude-sonnet-4-5',
    request: (history) => ({ max_tokens: 9, messages: [{ role: 'user', content: 'Push the fix' }, ...history] }),
    asked: {},
    answer: {
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'text', text: 'Pushing.' },
        { type: 'tool_use', id: 'toolu_e2', name: 'Bash', input: command },
      ],
      stop_reason: 'tool_use',
    },
    turn: [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_e2', name: 'Bash', input: command }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_e2', content: 'done' }] },
    ],
  },
  {
    format: 'OpenAI Responses',
    url: 'https://aperture.tail1234.ts.net/v1/responses',
    model: 'gpt-5.3-codex',
    request: (history) => ({
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'Push the fix' }] }, ...history],
    }),
    asked: {},
    answer: {
      object: 'response',
      output: [
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { type: 'function_call', id: 'fc_1', call_id: 'call_e3', name: 'shell', arguments: JSON.stringify(command) },
      ],
    },
    turn: [
      { type: 'function_call', call_id: 'call_e3', name: 'shell', arguments: JSON.stringify(command) },
      { type: 'function_call_output', call_id: 'call_e3', output: 'done' },
    ],
  },
  {
    format: 'Chat Completions',
    url: '/v1/chat/completions',
    model: 'gpt-5',
    request: (history) => ({ messages: [{ role: 'user', content: 'Push the fix' }, ...history] }),
    asked: {},
    answer: {
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [
              { id: 'call_e4', type: 'function', function: { name: 'shell', arguments: JSON.stringify(command) } },
            ],
          },
        },
      ],
    },
    turn: [
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          { id: 'call_e4', type: 'function', function: { name: 'shell', arguments: JSON.stringify(command) } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_e4', content: 'done' },
    ],
  },
  {
    format: 'Gemini',
    url: '/v1beta/models/gemini-3:generateContent',
    model: 'gemini-3',
    request: (history) => ({ contents: [{ role: 'user', parts: [{ text: 'Push the fix' }] }, ...history] }),
    asked: {},
    answer: {
      candidates: [
        { content: { role: 'model', parts: [{ functionCall: { name: 'run_shell_command', args: command } }] } },
      ],
    },
    turn: [
      { role: 'model', parts: [{ functionCall: { name: 'run_shell_command', args: command } }] },
      { role: 'user', parts: [{ functionResponse: { name: 'run_shell_command', response: { output: 'done' } } }] },
    ],
  },
  {
    format: 'Bedrock Converse',
    url: '/bedrock/model/eu.amazon.nova-pro/converse',
    model: 'nova-pro',
    request: (history) => ({ messages: [{ role: 'user', content: [{ text: 'Push the fix' }] }, ...history] }),
    asked: {},
    answer: {
      output: {
        message: {
          role: 'assistant',
          content: [{ toolUse: { toolUseId: 'tooluse_1', name: 'shell', input: command } }],
        },
      },
      stopReason: 'tool_use',
    },
    turn: [
      { role: 'assistant', content: [{ toolUse: { toolUseId: 'tooluse_1', name: 'shell', input: command } }] },
      { role: 'user', content: [{ toolResult: { toolUseId: 'tooluse_1', content: [{ text: 'done' }] } }] },
    ],
  },
  {
    format: 'Anthropic on Bedrock',
    url: '/model/anthropic.claude-5/invoke',
    model: 'anthropic.claude-5',
    request: (history) => ({
      anthropic_version: 'bedrock-2023-05-31',
      messages: [{ role: 'user', content: 'Push the fix' }, ...history],
    }),
    asked: {},
    answer: { type: 'message', content: [{ type: 'tool_use', id: 'toolu_b', name: 'Bash', input: command }] },
    turn: [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_b', name: 'Bash', input: command }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_b', content: 'done' }] },
    ],
  },
  {
    format: 'Anthropic on Vertex',
    url: '/v1/projects/p/locations/eu/publishers/anthropic/models/claude-5:rawPredict',
    model: 'claude-5',
    request: (history) => ({
      anthropic_version: 'vertex-2023-10-16',
      messages: [{ role: 'user', content: 'Push the fix' }, ...history],
    }),
    asked: {},
    answer: { type: 'message', content: [{ type: 'tool_use', id: 'toolu_v', name: 'Bash', input: command }] },
    turn: [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_v', name: 'Bash', input: command }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_v', content: 'done' }] },
    ],
  },
];

describe('every format, with whole answers', () => {
  for (const { format, url, model, request, answer, turn } of answers) {
    const login = `${format.replaceAll(' ', '-')}@example.com`;
    const told = (rest: object, history: readonly unknown[] = []) =>
      payload({ url, model, login_name: login }, { request_body: request(history), ...rest });
    const session = async (server: RunningServer) =>
      (
        await eventually(
          () => api<SessionRecord>(server, `sessions?person=${encodeURIComponent(login)}`),
          (items) => items.length > 0,
        )
      )[0]?.id ?? '';

    it(`${format}: ids come from the answer, results from the next request`, async () => {
      await event(observe, told({ response_body: answer }));
      await guardrail(observe, told({}, turn));
      const call = await callOf(observe, await session(observe), hasResult);
      expect(phasesOf(call)).toEqual(['asked aperture', 'result aperture']);
      expect(call.score).toBeGreaterThan(0);
      expect(call.phases[1]?.outcome?.excerpt).toBe('done');
    });

    it(`${format}: while enforcing, the result of a call that was never allowed goes no further`, async () => {
      const wipe = JSON.parse(JSON.stringify({ turn }).replaceAll('git push --force origin main', 'rm -rf ~/')) as {
        turn: readonly unknown[];
      };
      // No event told of it: the conversation itself says what was asked.
      const reply = await guardrail(enforce, told({}, wipe.turn));
      expect(reply).toMatchObject({ action: 'block', status_code: 403 });
      expect(reply.message).toMatch(/never allowed: (?:Bash|shell|run_shell_command)\. .*Decided by never-destroy/);
      // Nor later, when that result stands further back.
      const later = [...wipe.turn, ...((request([]) as { messages?: unknown[] }).messages ?? [])];
      if (format.includes('Anthropic')) {
        const more = [...later, { role: 'assistant', content: 'Sorry.' }, { role: 'user', content: 'Go on' }];
        expect(await guardrail(enforce, told({}, more))).toMatchObject({ action: 'block' });
      }
      // Watching only, the same is recorded and let go.
      expect(await guardrail(observe, told({}, wipe.turn))).toEqual({ action: 'allow' });
    });
  }
});

describe('calls that Aperture tells of without the answer', () => {
  it('get an id that says it was made up, and meet their result by what they ask', async () => {
    const asked = payload(
      { session_id: 'oacc_madeup', url: '/v1/chat/completions' },
      { user_message: 'Look', tool_calls: [{ name: 'shell', params: '{"command":"ls","b":1,"a":2}' }] },
    );
    await event(observe, asked);
    const call = await callOf(observe, 'oacc_madeup', () => true);
    expect(call.toolUseId).toMatch(/^made-up_[0-9a-f]{24}$/);
    const history = [
      { role: 'user', content: 'Look' },
      {
        role: 'assistant',
        tool_calls: [
          { id: 'call_x', type: 'function', function: { name: 'shell', arguments: '{"a":2,"b":1,"command":"ls"}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'call_x', content: 'README' },
    ];
    const next = payload(
      { session_id: 'oacc_madeup', url: '/v1/chat/completions' },
      { request_body: { messages: history } },
    );
    await guardrail(observe, next);
    expect(phasesOf(await callOf(observe, 'oacc_madeup', hasResult))).toEqual(['asked aperture', 'result aperture']);
    expect((await timeline(observe, 'oacc_madeup')).map(({ text }) => text).join('\n')).toContain('was made up');
  });

  it('are matched by name and order with those of the answer', async () => {
    const asked = payload(
      { session_id: 'oacc_matched', url: '/v1/messages' },
      {
        request_body: {
          metadata: { user_id: '{"session_id":"s-matched"}' },
          messages: [{ role: 'user', content: 'go' }],
        },
        response_body: { content: [{ type: 'tool_use', id: 'toolu_m', name: 'Bash', input: { command: 'ls' } }] },
        tool_calls: [
          { name: 'Bash', params: { command: 'ls' } },
          { name: 'mcp__github__create_issue', params: { title: 'x' } },
        ],
      },
    );
    await event(observe, asked);
    const calls = await eventually(
      () => api<CallRecord>(observe, 'calls?session=s-matched'),
      (items) => items.length === 2,
    );
    expect(calls.map(({ toolUseId }) => toolUseId.slice(0, 7)).sort()).toEqual(['made-up', 'toolu_m']);
  });
});

describe('what comes twice', () => {
  it('is recorded once, whichever of the events tells of it, and answered the same', async () => {
    const request_body = {
      metadata: { user_id: '{"session_id":"s-twice"}' },
      messages: [{ role: 'user', content: 'hello' }],
    };
    const before = payload({ request_id: 'req_twice' }, { request_body, user_message: 'hello' });
    const replies = await Promise.all([
      guardrail(enforce, before),
      guardrail(enforce, before),
      guardrail(enforce, before),
    ]);
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
    const response_body = { content: [{ type: 'tool_use', id: 'toolu_t', name: 'Bash', input: { command: 'ls' } }] };
    const after = { ...before, response_body, tool_calls: [{ name: 'Bash', params: { command: 'ls' } }] };
    await event(enforce, after);
    await Promise.all([event(enforce, after), event(enforce, after)]);
    // What the other event alone was asked to send is not lost.
    await event(enforce, {
      ...payload({
        request_id: 'req_twice',
        session_id: 's-twice',
        estimated_cost: { dollars: 0.5, cost_basis: 'anthropic/x', usage: { input_tokens: 3 } },
      }),
    });
    const [call] = await api<CallRecord>(enforce, 'calls?session=s-twice');
    expect(call?.phases.map(({ phase }) => phase)).toEqual(['asked']);
    const lines = await eventually(
      () => timeline(enforce, 's-twice'),
      (items) => items.some(({ text }) => text.includes('$0.5')),
    );
    expect(lines.filter(({ kind }) => kind === 'prompt').map(({ text }) => text)).toEqual(['hello']);
    expect(lines.map(({ text }) => text).join('\n')).toContain('usage: $0.500000 anthropic/x, 3 input tokens');
  });

  it('in a conversation that is sent anew with every request is recorded once', async () => {
    const messages: unknown[] = [{ role: 'user', content: 'first' }];
    const ask = () =>
      guardrail(observe, payload({}, { request_body: { metadata: { user_id: '{"session_id":"s-anew"}' }, messages } }));
    await ask();
    for (let turn = 1; turn <= 3; turn += 1) {
      messages.push(
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: `toolu_${turn}`, name: 'Bash', input: { command: 'ls' } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: `toolu_${turn}`, content: 'x' }] },
      );
      await ask();
      await ask();
    }
    const calls = await eventually(
      () => api<CallRecord>(observe, 'calls?session=s-anew'),
      (items) => items.length === 3 && items.every(hasResult),
    );
    expect(calls.every(({ phases }) => phases.length === 2)).toBe(true);
    expect((await timeline(observe, 's-anew')).filter(({ kind }) => kind === 'prompt')).toHaveLength(1);
  });
});

describe('an event that comes after the next request', () => {
  it('adds nothing to what the conversation told already', async () => {
    const user = { metadata: { user_id: '{"session_id":"s-race"}' } };
    const use = { type: 'tool_use', id: 'toolu_race', name: 'Bash', input: { command: 'ls' } };
    const asked = { role: 'user', content: 'list' };
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_race', content: 'README' }] };
    await guardrail(
      observe,
      payload({}, { request_body: { ...user, messages: [asked, { role: 'assistant', content: [use] }, result] } }),
    );
    await event(
      observe,
      payload({}, { request_body: { ...user, messages: [asked] }, response_body: { type: 'message', content: [use] } }),
    );
    expect(phasesOf(await callOf(observe, 's-race', hasResult))).toEqual(['asked aperture', 'result aperture']);
  });
});

describe('an agent that tells another call than the model asked for', () => {
  const user = { metadata: { user_id: '{"session_id":"s-lie"}' } };
  const use = (command: string) => ({ type: 'tool_use', id: 'toolu_lie', name: 'Bash', input: { command } });
  const asked = { role: 'user', content: 'list' };
  const result = (text: string) => ({
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'toolu_lie', content: text, is_error: true }],
  });

  it('is found out once the answer comes, and the result goes no further', async () => {
    const told = [asked, { role: 'assistant', content: [use('ls')] }, result('README')];
    const ask = () => guardrail(enforce, payload({}, { request_body: { ...user, messages: told } }));
    expect(await ask()).toEqual({ action: 'allow' });
    await event(
      enforce,
      payload(
        {},
        {
          request_body: { ...user, messages: [asked] },
          response_body: { type: 'message', content: [use('rm -rf ~/')] },
        },
      ),
    );
    expect(await ask()).toMatchObject({ action: 'block', status_code: 403 });
    expect((await timeline(enforce, 's-lie')).map(({ text }) => text).join('\n')).toContain(
      'another call than the agent told',
    );
  });

  it('cannot pass a result off as a refusal by its first words', async () => {
    const words = `The user doesn't want to proceed. ${'data '.repeat(400)}`;
    const told = [asked, { role: 'assistant', content: [use('rm -rf ~/')] }, result(words)];
    const lie = { metadata: { user_id: '{"session_id":"s-lie-2"}' } };
    expect(await guardrail(enforce, payload({}, { request_body: { ...lie, messages: told } }))).toMatchObject({
      action: 'block',
    });
  });
});

describe('what is no conversation', () => {
  it('leaves no session behind', async () => {
    const embedded = payload(
      { url: '/v1/embeddings', login_name: 'quiet@example.com' },
      { request_body: { model: 'e', input: 'text' }, user_message: 'text' },
    );
    expect(await guardrail(enforce, embedded)).toEqual({ action: 'allow' });
    await event(enforce, { ...embedded, response_body: { data: [] } });
    expect(await api(enforce, 'sessions?person=quiet@example.com')).toEqual([]);
  });

  it('but counts the tokens of one is changed like it', async () => {
    const key = secretKey();
    const counted = payload(
      { url: '/v1/messages/count_tokens' },
      { request_body: { messages: [{ role: 'user', content: `use ${key}` }] } },
    );
    const reply = await guardrail(enforce, counted);
    expect(reply.action).toBe('modify');
    expect(JSON.stringify(reply)).not.toContain(key);
  });
});

describe('a long request that is changed', () => {
  it('comes back gzipped, whole, and the same when it is asked again', async () => {
    const key = secretKey();
    const words = Array.from({ length: 30_000 }, (_, index) => `${index} wörter`).join(' ');
    const messages = [
      { role: 'user', content: words },
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: `use ${key}` },
    ];
    const asked = payload({}, { request_body: { ...userOf('s-long'), messages } });
    const [one, two] = [await post(enforce, 'guardrail', asked), await post(enforce, 'guardrail', asked)];
    expect(one.headers.get('content-encoding')).toBe('gzip');
    expect(two.text).toBe(one.text);
    expect(one.text).toContain(JSON.stringify(words));
    expect(one.text).not.toContain(key);
  });
});

describe('who stands behind a request', () => {
  it('is the person and the device that Aperture names; a node of nobody’s goes by its tags', async () => {
    const tagged = payload(
      {
        login_name: 'tag:prod,tag:api',
        stable_node_id: 'nGHI789CNTRL',
        session_id: 'oacc_tagged',
        url: '/v1/chat/completions',
      },
      { tool_calls: [{ name: 'shell', params: { command: 'ls' } }] },
    );
    await event(observe, tagged);
    const call = await callOf(observe, 'oacc_tagged', () => true);
    expect(call).toMatchObject({ person: 'tag:api,tag:prod', device: 'nGHI789CNTRL' });
    const receipts = await api<{ body: string }>(observe, `receipts?call=${call.id}`);
    expect(receipts[0]?.body).toContain('"via":"aperture"');
  });

  it('may be nobody: empty names are kept apart from real ones', async () => {
    await event(observe, { metadata: { session_id: 'oacc_empty' }, tool_calls: [{ name: 'shell', params: null }] });
    expect(await callOf(observe, 'oacc_empty', () => true)).toMatchObject({ person: 'unknown', device: 'unknown' });
  });
});

// ————— what is changed in a request

describe('tools that policy forbids', () => {
  const tools = [
    { name: 'Bash', input_schema: { type: 'object' } },
    { name: 'mcp__github__delete_repo', description: 'x', input_schema: {} },
    { name: 'mcp__github__create_issue', input_schema: {} },
  ];
  const ask = (session: string, more: object = {}): Payload =>
    payload({}, { request_body: { ...userOf(session), tools, messages: [{ role: 'user', content: 'go' }], ...more } });

  it('are taken out; everything else leaves as it came', async () => {
    const asked = ask('s-strip');
    const reply = await guardrail(enforce, asked);
    expect(reply.action).toBe('modify');
    expect(reply.request_body).toEqual({ ...(asked.request_body as object), tools: [tools[0], tools[2]] });
    const lines = await eventually(
      () => timeline(enforce, 's-strip'),
      (items) => items.some(({ kind }) => kind === 'notice'),
    );
    expect(lines.map(({ text }) => text).join('\n')).toContain(
      'took out tools that policy forbids: mcp__github__delete_repo',
    );
  });

  it('that the request insists on have it refused', async () => {
    const reply = await guardrail(
      enforce,
      ask('s-forced', { tool_choice: { type: 'tool', name: 'mcp__github__delete_repo' } }),
    );
    expect(reply).toMatchObject({ action: 'block', status_code: 403 });
    expect(reply.message).toMatch(
      /mcp__github__delete_repo.*Repositories are not deleted|repositories are not deleted/,
    );
  });

  it('have the request refused where the operator wants that', async () => {
    const strict = await serve('strict', 'enforce', { forbiddenTools: 'refuse' });
    expect(await guardrail(strict, ask('s-strict'))).toMatchObject({ action: 'block', status_code: 403 });
    await strict.close();
  });

  it('are forbidden to those whom the rule names, and nobody else', async () => {
    const web = {
      tools: [{ type: 'function', function: { name: 'web_fetch' } }],
      messages: [{ role: 'user', content: 'go' }],
    };
    const from = (login_name: string) => payload({ login_name, url: '/v1/chat/completions' }, { request_body: web });
    expect(await guardrail(enforce, from('tag:ci-runner'))).toEqual({
      action: 'modify',
      request_body: { messages: web.messages },
    });
    expect(await guardrail(enforce, from('ada@example.com'))).toEqual({ action: 'allow' });
  });

  it('stay while only watching, and what would have been done is told', async () => {
    expect(await guardrail(observe, ask('s-watch'))).toEqual({ action: 'allow' });
    const lines = await eventually(
      () => timeline(observe, 's-watch'),
      (items) => items.some(({ kind }) => kind === 'notice'),
    );
    expect(lines.map(({ text }) => text).join('\n')).toContain('would have taken out tools');
  });
});

describe('secrets in what the person wrote', () => {
  it('are masked in the newest message; the conversation before it leaves byte for byte', async () => {
    const key = secretKey();
    const history = `{"role" : "user", "content":"\\u00e9 old ${key} 1.0"},\n  {"role":"assistant","content":[{"type":"text","text":"ok\\/"}]}`;
    const system = '"system" : [ {"type":"text","text":"be \\u0062rief"} ]';
    const body = `{ "n": 12345678901234567890, ${system},"metadata":{"user_id":"{\\"session_id\\":\\"s-mask\\"}"}, "messages" : [ ${history} , {"role":"user","content":[{"type":"text","text":"use ${key} for the upload"}]} ] }`;
    const envelope = JSON.stringify(payload({}, { request_body: '@' })).replace('"@"', () => body);
    const response = await fetch(`${enforce.url}/aperture/guardrail`, {
      method: 'POST',
      headers: { authorization: `Bearer ${enforce.token}` },
      body: envelope,
    });
    const text = await response.text();
    const reply = JSON.parse(text) as { action: string; request_body: { messages: { content: unknown }[] } };
    expect(reply.action).toBe('modify');
    const [before, after] = body.split(`use ${key} for the upload`);
    expect(text).toContain(`"request_body":${before}use `);
    expect(text.endsWith(` for the upload${after}}`)).toBe(true);
    const newest = JSON.stringify(reply.request_body.messages.at(-1));
    expect(newest).not.toContain(key);
    expect(newest).toMatch(/use \S+ for the upload/);
  });

  it('stay masked in the same bytes when the conversation goes on, also after a restart', async () => {
    const key = secretKey();
    const first = { role: 'user', content: `deploy with ${key} please` };
    const server = await serve('masks', 'enforce');
    const ask = (to: RunningServer, messages: readonly unknown[]) =>
      guardrail(to, payload({}, { request_body: { ...userOf('s-again'), messages } }));
    const masked = (await ask(server, [first])).request_body as { messages: unknown[] };
    expect(JSON.stringify(masked)).not.toContain(key);
    const more = [first, { role: 'assistant', content: 'Doing so.' }, { role: 'user', content: 'thanks' }];
    const wanted = [masked.messages[0], ...more.slice(1)];
    expect((await ask(server, more)).request_body).toMatchObject({ messages: wanted });
    await server.close();
    const again = await serve('masks', 'enforce');
    expect((await ask(again, more)).request_body).toMatchObject({ messages: wanted });
    await again.close();
    expect(fs.readFileSync(path.join(place, 'masks', 'aperture-masked.txt'), 'utf8')).not.toContain(key);
  });

  it('are masked in every format', async () => {
    const key = secretKey();
    const said = `the key is ${key}`;
    const bodies: readonly (readonly [string, object])[] = [
      ['/v1/messages', { messages: [{ role: 'user', content: said }] }],
      ['/v1/chat/completions', { messages: [{ role: 'user', content: [{ type: 'text', text: said }] }] }],
      ['/v1/responses', { input: said }],
      ['/v1/responses', { input: [{ role: 'user', content: [{ type: 'input_text', text: said }] }] }],
      ['/v1beta/models/g:generateContent', { contents: [{ parts: [{ text: said }] }] }],
      ['/model/x/converse-stream', { messages: [{ role: 'user', content: [{ text: said }] }] }],
    ];
    for (const [url, request_body] of bodies) {
      const reply = await guardrail(enforce, payload({ url }, { request_body }));
      expect([url, reply.action]).toEqual([url, 'modify']);
      const text = JSON.stringify(reply.request_body);
      expect(text).not.toContain(key);
      expect(text).toContain('the key is ');
    }
  });

  it('are left to the operator when masking is switched off', async () => {
    const server = await serve('unmasked', 'enforce', { maskPrompts: false });
    const request_body = { messages: [{ role: 'user', content: secretKey() }] };
    expect(await guardrail(server, payload({}, { request_body }))).toEqual({ action: 'allow' });
    await server.close();
  });
});

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import {
  framed,
  inputDelta,
  messageStart,
  recorded,
  synthetic,
  textBlock,
  toolStart,
} from './harness/anthropic-streams.ts';
import { json, type Rig, send, sse, startRig } from './harness/gateway-rig.ts';

// What the gateway tells the pipeline, with requests and streams of Claude Code 2.1.330 as recorded.

let rig: Rig;
afterEach(() => rig.close());

const folder = path.join(import.meta.dirname, 'fixtures/claude-code/2.1.330/requests');

/** Sends a recorded request to the rig as Claude Code sent it. */
function replay(file: string) {
  const {
    path: target,
    headers,
    body,
  } = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as {
    path: string;
    headers: Record<string, string>;
    body: unknown;
  };
  const { host: _, connection: __, 'content-length': ___, 'x-api-key': ____, authorization: _____, ...rest } = headers;
  return send(rig.url, { path: `/anthropic${target}`, headers: rest, body: JSON.stringify(body) });
}

const kinds = () => rig.noted.map((event) => event.kind);
const head = {
  source: 'gateway',
  agent: 'claude-code',
  agentVersion: '2.1.330',
  identity: { person: 'ada', device: 'laptop', via: 'token' },
};

it.each(['observe', 'enforce'] as const)('a call is asked about with agent, session and person (%s)', async (mode) => {
  rig = await startRig({ mode, answer: sse(recorded['tool-call.sse'] ?? Buffer.alloc(0), 50) });
  await replay('001-plain.json');
  await vi.waitFor(() => expect(kinds()).toContain('answer'));
  expect(rig.decided).toMatchObject([
    {
      ...head,
      kind: 'call-asked',
      session: 'a05ee5d0-e6b3-4680-a0fe-e26286e2ad41',
      call: { toolUseId: 'toolu_fake001', tool: 'Bash', input: { command: 'echo hi' } },
    },
  ]);
  expect(rig.noted).toMatchObject([
    { ...head, kind: 'tools-declared' },
    { kind: 'prompt', text: 'run echo hi' },
    { kind: 'answer', text: 'Running it.' },
  ]);
});

it('results of the last turn and MCP tools are reported with the next request', async () => {
  rig = await startRig({ answer: sse(recorded['text.sse'] ?? Buffer.alloc(0)) });
  await replay('005-mcp-tool-result.json');
  expect(rig.noted.find((event) => event.kind === 'call-result')).toMatchObject({
    toolUseId: expect.stringMatching(/^toolu_/),
    outcome: { status: 'ok' },
  });
  const declared = rig.noted.find((event) => event.kind === 'tools-declared');
  expect(declared?.kind === 'tools-declared' && declared.tools.some((tool) => tool.server === 'notes')).toBe(true);
});

it('a sub-agent is named', async () => {
  rig = await startRig({ answer: sse(recorded['tool-call.sse'] ?? Buffer.alloc(0)) });
  await replay('006-subagent.json');
  expect(rig.decided[0]).toMatchObject({ subagent: 'aedb2d2079209bb5b' });
});

it('the answer is left to the hook where there is one', async () => {
  rig = await startRig({ hooksSeen: true, answer: sse(recorded['text.sse'] ?? Buffer.alloc(0)) });
  await replay('001-plain.json');
  expect(kinds()).toEqual(['tools-declared', 'prompt']);
});

it.each(['observe', 'enforce'] as const)('what the provider ran, and a call cut off, are noted (%s)', async (mode) => {
  rig = await startRig({ mode, answer: sse(synthetic.provider ?? Buffer.alloc(0)) });
  await send(rig.url);
  await vi.waitFor(() => expect(kinds()).toEqual(['notice', 'notice', 'answer']));
  expect(rig.noted[0]).toMatchObject({
    what: 'ran at the provider',
    text: 'web_search (srvtoolu_1) {"query":"weather"}',
  });
  rig.answer = sse(
    framed([messageStart, ...textBlock(0, 'x'), toolStart(1, 'toolu_cut', 'Bash'), inputDelta(1, '{"command":"rm -r')]),
  );
  const got = await send(rig.url);
  await vi.waitFor(() => expect(kinds()).toContain('unparsed'));
  expect(rig.noted.find((event) => event.kind === 'unparsed')).toMatchObject({
    why: 'tool call cut off before it was complete: Bash (toolu_cut)',
    raw: '{"command":"rm -r',
  });
  expect(got.body.toString().includes('toolu_cut')).toBe(mode === 'observe');
  expect(rig.decided).toEqual([]);
});

it('an input that is no JSON is judged as unknown, refused, and said so', async () => {
  const broken = framed([
    messageStart,
    toolStart(0, 'toolu_x', 'Bash'),
    inputDelta(0, '{"command":'),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_stop' },
  ]);
  rig = await startRig({ answer: sse(broken), decide: () => 'allow' });
  const got = await send(rig.url);
  expect(rig.decided[0]?.call).toMatchObject({
    input: '{"command":',
    action: { kind: 'unknown', why: 'its input is not readable JSON' },
    flags: ['opaque'],
  });
  expect(got.body.toString()).toContain('its input is not readable JSON, so nobody can be sure what would run');
  expect(rig.noted).toMatchObject([{ kind: 'notice', what: 'unreadable tool call' }]);
});

it('a smuggled input is judged by what it says last and flagged as hidden', async () => {
  const message =
    '{"type":"message","content":[{"type":"tool_use","id":"a","name":"Bash","input":{"command":"ls","command":"rm -rf /"}}]}';
  rig = await startRig({ mode: 'observe', answer: json(message) });
  expect((await send(rig.url)).body.toString()).toBe(message);
  await vi.waitFor(() => expect(rig.decided).toHaveLength(1));
  expect(rig.decided[0]?.call).toMatchObject({ input: { command: 'rm -rf /' }, flags: ['hidden'] });
});

it('a broken pipeline never touches the bytes while observing', async () => {
  const stream = recorded['tool-call.sse'] ?? Buffer.alloc(0);
  rig = await startRig({
    mode: 'observe',
    answer: sse(stream, 9),
    decide: () => {
      throw new Error('bug');
    },
  });
  expect((await replay('001-plain.json')).body.equals(stream)).toBe(true);
  await vi.waitFor(() => expect(rig.trouble[0]).toContain('judge-failed'));
});

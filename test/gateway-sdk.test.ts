import Anthropic from '@anthropic-ai/sdk';
import { afterEach, describe, expect, it } from 'vitest';
import { ending, framed, messageStart, synthetic, textBlock, toolBlock } from './harness/anthropic-streams.ts';
import { json, type Rig, type RigOptions, rigToken, sse, startRig } from './harness/gateway-rig.ts';

// Anthropic's own client, over real HTTP, in front of a scripted provider.

let rig: Rig;
afterEach(() => rig.close());

const ask = { model: 'claude-opus-5-5', max_tokens: 64, messages: [{ role: 'user' as const, content: 'go' }] };

async function client(options: RigOptions): Promise<Anthropic> {
  rig = await startRig(options);
  return new Anthropic({ baseURL: `${rig.url}/anthropic`, apiKey: rigToken, maxRetries: 0 });
}

const twoCalls = [
  messageStart,
  ...textBlock(0, 'Two at once.'),
  ...toolBlock(1, 'toolu_good', 'Bash', { command: 'ls' }),
  ...toolBlock(2, 'toolu_bad', 'Bash', { command: 'FORBIDDEN' }),
  ...ending('tool_use'),
];
const badOnly = [messageStart, ...toolBlock(0, 'toolu_bad', 'Bash', { command: 'FORBIDDEN' }), ...ending('tool_use')];

const message = (content: readonly object[]) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content,
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
});
const good = { type: 'tool_use', id: 'toolu_good', name: 'Bash', input: { command: 'ls' } };
const bad = { type: 'tool_use', id: 'toolu_bad', name: 'Bash', input: { command: 'FORBIDDEN' } };
const thought = { type: 'thinking', thinking: 'hm', signature: 'EqQBCgIYAhIM' };

describe("a refusal is a valid answer to Anthropic's client, streaming", () => {
  it('one of two calls refused: the other stays, the refused one is text at its place', async () => {
    const sdk = await client({ answer: sse(framed(twoCalls), 11) });
    const answer = await sdk.messages.stream(ask).finalMessage();
    expect(answer.content.map((block) => block.type)).toEqual(['text', 'tool_use', 'text']);
    expect(answer.content[1]).toMatchObject({ id: 'toolu_good', name: 'Bash', input: { command: 'ls' } });
    expect(answer.content[2]).toMatchObject({
      text: expect.stringMatching(/^\[Warder\] The tool call Bash was refused.*it is forbidden here.*rule test-rule/s),
    });
    expect(answer.stop_reason).toBe('tool_use');
    expect(rig.decided.map((event) => event.call.toolUseId)).toEqual(['toolu_good', 'toolu_bad']);
  });

  it('every call refused: only text is left and the turn ends', async () => {
    const sdk = await client({ answer: sse(framed(badOnly), 3) });
    const answer = await sdk.messages.stream(ask).finalMessage();
    expect(answer.content.map((block) => block.type)).toEqual(['text']);
    expect(answer.stop_reason).toBe('end_turn');
    expect(answer.usage.output_tokens).toBe(7);
  });

  it.each(Object.keys(synthetic))('the synthetic stream %s gives the same message as without Warder', async (name) => {
    const stream = synthetic[name] ?? Buffer.alloc(0);
    const sdk = await client({ mode: 'observe', answer: sse(stream, 13) });
    const observed = await sdk.messages.stream(ask).finalMessage();
    rig.mode = 'enforce';
    expect(await sdk.messages.stream(ask).finalMessage()).toEqual(observed);
  });

  it('a stream that breaks the protocol is an error to the client, not an answer', async () => {
    const sdk = await client({
      answer: sse(framed([messageStart, ...toolBlock(5, 'x', 'Bash', {}), ...ending('tool_use')])),
    });
    await expect(sdk.messages.stream(ask).finalMessage()).rejects.toThrow(/Warder stopped this answer/);
  });
});

describe("a refusal is a valid answer to Anthropic's client, whole", () => {
  it('one of two calls refused', async () => {
    const sdk = await client({ answer: json(message([thought, good, bad])) });
    const answer = await sdk.messages.create(ask);
    expect(answer.content).toMatchObject([thought, good, { type: 'text', text: expect.stringContaining('[Warder]') }]);
    expect(answer.stop_reason).toBe('tool_use');
  });

  it('every call refused', async () => {
    const sdk = await client({ answer: json(message([bad, { ...bad, id: 'toolu_worse' }])) });
    const answer = await sdk.messages.create(ask);
    expect(answer.content.map((block) => block.type)).toEqual(['text', 'text']);
    expect(answer.stop_reason).toBe('end_turn');
  });

  it('what is let go, and everything around what is refused, keeps its bytes', async () => {
    const odd = (calls: string, reason: string) =>
      `{ "id":"m",\t"type":"message","role":"assistant","usage":{"input_tokens":1e0 , "output_tokens": 1},"x":"\\u00e9\\/é", "content" : [ ${calls} ]\n,"stop_reason": ${reason},"stop_sequence":null}\n`;
    const [one, two] = [
      '{"type":"tool_use","id":"a","name":"Bash","input":{"command":"l\\u0073"} }',
      JSON.stringify(bad),
    ];
    const fetched = async () =>
      (
        await fetch(`${rig.url}/anthropic/v1/messages`, {
          method: 'POST',
          headers: { 'x-api-key': rigToken },
          body: '{}',
        })
      ).text();
    await client({ answer: json(odd(one, '"tool_use"')) });
    expect(await fetched()).toBe(odd(one, '"tool_use"'));
    rig.answer = json(odd(`${one} , ${two}`, '"tool_use"'));
    const mixed = await fetched();
    expect(mixed.startsWith(odd(`${one} , `, '').split(' ]')[0] ?? '')).toBe(true);
    expect(mixed).toContain('"stop_reason": "tool_use"');
    rig.answer = json(odd(two, '"tool_use"'));
    expect((await fetched()).replace(/\{"type":"text","text":"[^"]*"\}/, two)).toBe(odd(two, '"end_turn"'));
  });

  it('a call that two readers could see differently is refused, one around it spoils the answer', async () => {
    const sdk = await client({
      answer: json(
        JSON.stringify(message([good, bad])).replace('"command":"FORBIDDEN"', '"command":"ls","command":"rm"'),
      ),
    });
    const answer = await sdk.messages.create(ask);
    expect(answer.content).toMatchObject([good, { type: 'text', text: expect.stringContaining('twice') }]);
    rig.answer = json(
      JSON.stringify(message([])).replace('"content":[]', `"content":[],"content":[${JSON.stringify(bad)}]`),
    );
    await expect(sdk.messages.create(ask)).rejects.toThrow(/502.*cannot be read safely.*twice/);
  });
});

describe('a verdict of ask', () => {
  it('lets the call go where a hook can ask the person', async () => {
    const sdk = await client({ answer: sse(framed(twoCalls)), decide: () => 'ask', hooksSeen: true });
    const answer = await sdk.messages.stream(ask).finalMessage();
    expect(answer.content.filter((block) => block.type === 'tool_use')).toHaveLength(2);
  });

  it('refuses where nobody can be asked, and says that a person has to approve', async () => {
    const sdk = await client({ answer: sse(framed(badOnly)), decide: () => 'ask' });
    const answer = await sdk.messages.stream(ask).finalMessage();
    expect(answer.content).toMatchObject([
      { type: 'text', text: expect.stringContaining("needs a person's approval") },
    ]);
  });
});

describe('Warder itself in trouble while enforcing', () => {
  it('a verdict that never comes is a refusal', async () => {
    const sdk = await client({
      answer: sse(framed(badOnly)),
      decide: () => new Promise(() => {}),
      limits: { judgeMs: 50 },
    });
    const answer = await sdk.messages.stream(ask).finalMessage();
    expect(answer.content).toMatchObject([{ type: 'text', text: expect.stringContaining('no verdict within 50 ms') }]);
  });

  it('a judge that breaks is a refusal, and says so to the operator', async () => {
    const sdk = await client({ answer: sse(framed(twoCalls)), decide: () => Promise.reject(new Error('bug')) });
    const answer = await sdk.messages.stream(ask).finalMessage();
    expect(answer.content.map((block) => block.type)).toEqual(['text', 'text', 'text']);
    expect(rig.trouble[0]).toContain('judge-failed');
  });
});

it('errors of the gateway are errors of the right kind to the client', async () => {
  const sdk = await client({});
  await expect(
    new Anthropic({ baseURL: `${rig.url}/anthropic`, apiKey: 'wrong', maxRetries: 0 }).messages.create(ask),
  ).rejects.toThrow(Anthropic.AuthenticationError);
  rig.answer = (_req, res) => {
    res.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
    res.end('{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}');
  };
  await expect(sdk.messages.create(ask)).rejects.toThrow(Anthropic.RateLimitError);
});

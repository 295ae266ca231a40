import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { json, type Rig, type RigOptions, rigToken, sse, startRig } from './harness/gateway-rig.ts';
import {
  chatCall,
  chatFrames,
  choice,
  chunk,
  customCall,
  functionCall,
  message,
  namedFrames,
  reasoning,
  response,
  responsesEvents,
  usageChunk,
} from './harness/openai-streams.ts';

// OpenAI's own client, over real HTTP, in front of a scripted provider: both of its formats.

let rig: Rig;
afterEach(() => rig.close());

async function client(options: RigOptions): Promise<OpenAI> {
  rig = await startRig({ provider: 'openai', ...options });
  return new OpenAI({ baseURL: `${rig.url}/openai/v1`, apiKey: rigToken, maxRetries: 0 });
}

const refused = /^\[Warder\] The tool call exec_command was refused.*it is forbidden here.*rule test-rule/s;
const good = functionCall('call_good', 'exec_command', { cmd: 'ls' });
const bad = functionCall('call_bad', 'exec_command', { cmd: 'FORBIDDEN' });
const ask = { model: 'gpt-5.5', input: 'go' } as const;

describe("Responses: a refusal is a valid answer to OpenAI's client, streaming", () => {
  it('one of two calls refused: the other stays, the refused one is a message at its place', async () => {
    const sdk = await client({ answer: sse(namedFrames(responsesEvents([message('m1', 'Two.'), bad, good])), 11) });
    const answer = await sdk.responses.stream(ask).finalResponse();
    expect(answer.output.map((item) => item.type)).toEqual(['message', 'message', 'function_call']);
    expect(answer.output[1]).toMatchObject({ content: [{ text: expect.stringMatching(refused) }] });
    expect(answer.output[2]).toMatchObject({ call_id: 'call_good', arguments: '{"cmd":"ls"}' });
    expect(answer.usage?.total_tokens).toBe(19);
    expect(rig.decided.map((event) => event.call.toolUseId)).toEqual(['call_bad', 'call_good']);
  });

  it('events stay numbered without a gap, and every one belongs to an item that was opened', async () => {
    const sdk = await client({ answer: sse(namedFrames(responsesEvents([bad, good, message('m1', 'Bye.')])), 7) });
    const stream = await sdk.responses.create({ ...ask, stream: true });
    const numbers: number[] = [];
    const open = new Set<number>();
    for await (const event of stream) {
      numbers.push(event.sequence_number);
      if (event.type === 'response.output_item.added') open.add(event.output_index);
      if ('output_index' in event) expect(open.has(event.output_index)).toBe(true);
    }
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(open.size).toBe(3);
  });

  it('a freeform patch is judged whole and refused alike; reasoning around it is untouched', async () => {
    const patch = customCall('call_p', 'apply_patch', '*** Begin Patch\n*** Update File: FORBIDDEN\n*** End Patch\n');
    const sdk = await client({ answer: sse(namedFrames(responsesEvents([reasoning('rs_1'), patch])), 13) });
    const answer = await sdk.responses.stream(ask).finalResponse();
    expect(answer.output.map((item) => item.type)).toEqual(['reasoning', 'message']);
    expect(answer.output[0]).toMatchObject({ id: 'rs_1', encrypted_content: 'gAAAA' });
    expect(rig.decided[0]?.call).toMatchObject({
      tool: 'apply_patch',
      input: { input: expect.stringContaining('***') },
    });
  });

  it('nothing changes when every call is let go', async () => {
    const body = namedFrames(responsesEvents([reasoning('rs_1'), good, message('m1', 'Done.')]));
    rig = await startRig({ provider: 'openai', answer: sse(body, 5) });
    expect(await raw('/openai/v1/responses', { ...ask, stream: true })).toBe(body.toString());
    expect(rig.decided).toHaveLength(1);
  });

  it("a client's own schemas, which the answer repeats, may spell names as they like", async () => {
    const properties = { Name: { type: 'string' }, ID: { type: 'string' }, Arguments: { type: 'object' } };
    const tools = [{ type: 'function', name: 'make', parameters: { type: 'object', properties }, strict: false }];
    const events = responsesEvents([good]).map((event) =>
      'response' in event
        ? { ...event, response: { ...Object(event.response), tools, metadata: { Type: 'x' } } }
        : event,
    );
    rig = await startRig({ provider: 'openai', answer: sse(namedFrames(events), 9) });
    expect(await raw('/openai/v1/responses', { ...ask, stream: true })).toBe(namedFrames(events).toString());
    expect(rig.decided).toHaveLength(1);
  });

  it('a call that only the final list holds ends the stream with an error', async () => {
    const events = responsesEvents([good]).map((event) =>
      event.type === 'response.completed' ? { ...event, response: response([good, bad]) } : event,
    );
    const sdk = await client({ answer: sse(namedFrames(events), 64) });
    await expect(sdk.responses.stream(ask).finalResponse()).rejects.toThrow(/Warder stopped this answer/);
  });

  it('arguments that differ between their pieces and their end are refused', async () => {
    const events = responsesEvents([good]).map((event) =>
      event.type === 'response.function_call_arguments.delta' && String(event.delta).includes('ls')
        ? { ...event, delta: String(event.delta).replace('ls', 'id') }
        : event,
    );
    const sdk = await client({ answer: sse(namedFrames(events), 64) });
    const answer = await sdk.responses.stream(ask).finalResponse();
    expect(answer.output.map((item) => item.type)).toEqual(['message']);
  });
});

describe("Responses: a refusal is a valid answer to OpenAI's client, at once", () => {
  it('the refused call becomes a message, the other keeps its bytes', async () => {
    const sdk = await client({ answer: json(response([bad, good])) });
    const answer = await sdk.responses.create(ask);
    expect(answer.output.map((item) => item.type)).toEqual(['message', 'function_call']);
    expect(answer.output_text).toMatch(refused);
  });

  it('schemas that the answer repeats change nothing', async () => {
    const tools = [{ type: 'function', name: 'make', parameters: { properties: { Name: {}, Output: {} } } }];
    const sdk = await client({ answer: json({ ...response([bad, good]), tools }) });
    const answer = await sdk.responses.create(ask);
    expect(answer.output.map((item) => item.type)).toEqual(['message', 'function_call']);
  });

  it('a stored answer that is fetched later is judged as well', async () => {
    const sdk = await client({ answer: json(response([bad])) });
    const answer = await sdk.responses.retrieve('resp_1');
    expect(answer.output.map((item) => item.type)).toEqual(['message']);
  });

  it("errors of Warder come in OpenAI's form", async () => {
    const sdk = await client({ key: null });
    await expect(sdk.responses.create(ask)).rejects.toMatchObject({ status: 403, type: 'permission_error' });
  });
});

const chat = { model: 'm', messages: [{ role: 'user' as const, content: 'go' }] };
const opening = chunk([choice(0, { role: 'assistant', content: null })]);
const ended = chunk([choice(0, {}, 'tool_calls')]);

describe("Chat Completions: a refusal is a valid answer to OpenAI's client, streaming", () => {
  it('one of three calls refused: the others stay, numbered anew, the refused one is text', async () => {
    const chunks = [
      opening,
      ...chatCall(0, 'call_1', 'bash', { command: 'ls' }),
      ...chatCall(1, 'call_2', 'bash', { command: 'FORBIDDEN' }),
      ...chatCall(2, 'call_3', 'bash', { command: 'pwd' }),
      ended,
      usageChunk,
    ];
    const sdk = await client({ answer: sse(chatFrames(chunks), 9) });
    const stream = sdk.chat.completions.stream({ ...chat, stream_options: { include_usage: true } });
    const answer = await stream.finalChatCompletion();
    const said = answer.choices[0];
    expect(said?.message.tool_calls?.map((call) => call.id)).toEqual(['call_1', 'call_3']);
    expect(said?.message.content).toMatch(/^\[Warder\] The tool call bash was refused/);
    expect(said?.finish_reason).toBe('tool_calls');
    expect(answer.usage?.total_tokens).toBe(19);
  });

  it('every call refused: only text is left and the turn ends', async () => {
    const chunks = [opening, ...chatCall(0, 'call_1', 'bash', { command: 'FORBIDDEN' }), ended, usageChunk];
    const sdk = await client({ answer: sse(chatFrames(chunks), 17) });
    const answer = await sdk.chat.completions.stream(chat).finalChatCompletion();
    expect(answer.choices[0]?.message.tool_calls ?? []).toEqual([]);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.choices[0]?.message.content).toMatch(/refused and did not run/);
  });

  it('two choices with calls are each judged once', async () => {
    const chunks = [
      chunk([choice(0, { role: 'assistant' }), choice(1, { role: 'assistant' })]),
      ...chatCall(0, 'call_a', 'bash', { command: 'FORBIDDEN' }, 0),
      ended,
      ...chatCall(0, 'call_b', 'bash', { command: 'ls' }, 1),
      chunk([choice(1, {}, 'tool_calls')]),
    ];
    const sdk = await client({ answer: sse(chatFrames(chunks), 21) });
    const answer = await sdk.chat.completions.stream({ ...chat, n: 2 }).finalChatCompletion();
    expect(rig.decided.map((event) => event.call.toolUseId)).toEqual(['call_a', 'call_b']);
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.choices[1]?.message.tool_calls?.[0]?.id).toBe('call_b');
  });

  it('text leaves before the call is judged', async () => {
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const chunks = [
      opening,
      chunk([choice(0, { content: 'Looking.' })]),
      ...chatCall(0, 'call_1', 'bash', { command: 'ls' }),
      ended,
    ];
    const sdk = await client({ answer: sse(chatFrames(chunks), 4096), decide: () => waiting.then(() => 'allow') });
    const stream = await sdk.chat.completions.create({ ...chat, stream: true });
    const seen: string[] = [];
    for await (const each of stream) {
      const delta = each.choices[0]?.delta;
      seen.push(delta?.tool_calls ? 'call' : delta?.content ? 'text' : 'other');
      if (delta?.content) release();
    }
    expect(seen.indexOf('text')).toBeLessThan(seen.indexOf('call'));
  });

  it('nothing changes when every call is let go', async () => {
    const body = chatFrames([opening, ...chatCall(0, 'call_1', 'bash', { command: 'ls' }), ended, usageChunk]);
    rig = await startRig({ provider: 'openai', answer: sse(body, 5) });
    expect(await raw('/openai/v1/chat/completions', { ...chat, stream: true })).toBe(body.toString());
  });

  it('a stream that ends inside a call does not look complete', async () => {
    const body = chatFrames([opening, ...chatCall(0, 'call_1', 'bash', { command: 'ls' })]);
    rig = await startRig({ provider: 'openai', answer: sse(body, 50) });
    const text = await raw('/openai/v1/chat/completions', { ...chat, stream: true });
    expect(text).toContain('Warder stopped this answer');
    expect(text).not.toContain('call_1');
    expect(text).not.toContain('[DONE]');
  });
});

describe("Chat Completions: a refusal is a valid answer to OpenAI's client, at once", () => {
  const call = (id: string, command: string) => ({
    id,
    type: 'function',
    function: { name: 'bash', arguments: JSON.stringify({ command }) },
  });
  const whole = (calls: readonly object[]) => ({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [
      { index: 0, message: { role: 'assistant', content: null, tool_calls: calls }, finish_reason: 'tool_calls' },
    ],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  });

  it('the refused call is text, the other stays', async () => {
    const sdk = await client({ answer: json(whole([call('call_1', 'FORBIDDEN'), call('call_2', 'ls')])) });
    const answer = await sdk.chat.completions.create(chat);
    expect(answer.choices[0]?.message.tool_calls?.map(({ id }) => id)).toEqual(['call_2']);
    expect(answer.choices[0]?.message.content).toMatch(/was refused/);
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
  });

  it('with no call left the turn ends', async () => {
    const sdk = await client({ answer: json(whole([call('call_1', 'FORBIDDEN')])) });
    const answer = await sdk.chat.completions.create(chat);
    expect(answer.choices[0]?.message.tool_calls).toBeUndefined();
    expect(answer.choices[0]?.finish_reason).toBe('stop');
  });
});

describe('the provider', () => {
  it("gets its own key where the client's token stood, and nothing of the client's", async () => {
    const sdk = await client({ answer: json(response([])) });
    await sdk.responses.create(ask);
    expect(rig.seen[0]?.headers.authorization).toBe('Bearer sk-ant-rig');
    expect(JSON.stringify(rig.seen[0]?.headers)).not.toContain(rigToken);
  });
});

async function raw(path: string, body: object): Promise<string> {
  const answer = await fetch(`${rig.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${rigToken}` },
    body: JSON.stringify(body),
  });
  return answer.text();
}

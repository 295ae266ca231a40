import { gzipSync } from 'node:zlib';
import OpenAI from 'openai';
import { afterEach, describe, expect, it } from 'vitest';
import { ok } from '../src/core/result.ts';
import { goingOnFrom, owedFor, withResults } from '../src/normalise/dialects/openai-responses.results.ts';
import { type Rig, type RigOptions, rigToken, send, startRig } from './harness/gateway-rig.ts';
import { type KeepingOpenai, keepingOpenai } from './harness/keeping-openai.ts';
import { customCall, functionCall, message } from './harness/openai-streams.ts';

// Conversations that OpenAI keeps: its own client goes on from an answer whose calls were refused here.

let rig: Rig;
afterEach(() => rig?.close());

const bad = (id: string) => functionCall(id, 'exec_command', { cmd: 'FORBIDDEN' });
const good = functionCall('call_good', 'exec_command', { cmd: 'ls' });
const bye = message('m9', 'Bye.');
const model = 'gpt-5.5';
const refused = /^\[Warder\] The tool call exec_command was refused/;
const result = (id: string, output: unknown = expect.stringMatching(refused)) => ({
  type: 'function_call_output',
  call_id: id,
  output,
});
const said = (content: string) => ({ type: 'message', role: 'user', content });

async function start(provider: KeepingOpenai, options: RigOptions = {}): Promise<OpenAI> {
  rig = await startRig({ provider: 'openai', answer: provider.answer, ...options });
  return as(rigToken);
}
const as = (apiKey: string): OpenAI => new OpenAI({ baseURL: `${rig.url}/openai/v1`, apiKey, maxRetries: 0 });

describe('going on from an answer with a refused call', () => {
  it('streaming: the provider gets the refusal as the result of its call', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    const sdk = await start(provider);
    const first = await sdk.responses.stream({ model, input: 'go' }).finalResponse();
    expect(first.output_text).toMatch(refused);
    const next = await sdk.responses
      .stream({ model, input: 'and now?', previous_response_id: first.id })
      .finalResponse();
    expect(next.output_text).toBe('Bye.');
    expect(provider.inputs[1]).toEqual([result('call_1', first.output_text), said('and now?')]);
  });

  it('at once, with a list as input, whose own result of the other call stays', async () => {
    const patch = customCall('call_2', 'apply_patch', 'FORBIDDEN');
    const provider = keepingOpenai([[bad('call_1'), good, patch], [bye]]);
    const sdk = await start(provider);
    const first = await sdk.responses.create({ model, input: 'go' });
    const own = { type: 'function_call_output' as const, call_id: 'call_good', output: 'a.txt' };
    const next = await sdk.responses.create({ model, input: [own], previous_response_id: first.id });
    expect(next.output_text).toBe('Bye.');
    const patched = { ...result('call_2', expect.stringMatching(/apply_patch/)), type: 'custom_tool_call_output' };
    expect(provider.inputs[1]).toEqual([result('call_1'), patched, own]);
  });

  it('several requests go on from the same answer, and each from what it leads to', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bad('call_2')], [bye], [bye], [bye]]);
    const sdk = await start(provider);
    const on = async (id: string) => (await sdk.responses.create({ model, input: 'on', previous_response_id: id })).id;
    const first = await sdk.responses.create({ model, input: 'go' });
    const second = await on(first.id);
    await Promise.all([on(first.id), on(second)]);
    await on(await on(second));
    expect(provider.inputs.slice(1)).toEqual([
      [result('call_1'), said('on')],
      expect.arrayContaining([said('on')]),
      expect.arrayContaining([said('on')]),
      [result('call_2'), said('on')],
      'on',
    ]);
  });

  it('a result that the client brings itself is not put in again', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    const sdk = await start(provider);
    const first = await sdk.responses.create({ model, input: 'go' });
    const own = { type: 'function_call_output' as const, call_id: 'call_1', output: 'mine' };
    await sdk.responses.create({ model, input: [own], previous_response_id: first.id });
    expect(provider.inputs[1]).toEqual([own]);
  });

  it('a stored answer that is fetched later owes the same', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    const sdk = await start(provider, { mode: 'observe' });
    const first = await sdk.responses.create({ model, input: 'go' });
    rig.mode = 'enforce';
    const whole = { id: first.id, object: 'response', status: 'completed', output: [bad('call_1')] };
    rig.answer = (req, res, body) =>
      req.method === 'GET'
        ? res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(whole))
        : provider.answer(req, res, body);
    await sdk.responses.retrieve(first.id);
    const next = await sdk.responses.create({ model, input: 'on', previous_response_id: first.id });
    expect(next.output_text).toBe('Bye.');
  });

  it('every other byte of the request stays, and its length is right', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    await start(provider);
    await send(rig.url, { ...post, body: '{"model":"m","input":"go"}' });
    const head = '{ "model" : "m\\u00e4",\n\t"input":[ ';
    const tail =
      '{"role":"user","content":"ä 🙂 \\/ 1.0"} ] ,"previous_response_id" : "resp_1", "n": 1.50e1,"stream":false}';
    const got = await send(rig.url, { ...post, body: head + tail });
    expect(got.status).toBe(200);
    const sent = rig.seen[1];
    const body = String(sent?.body);
    expect(body.startsWith(head.trimEnd())).toBe(true);
    expect(body.endsWith(tail)).toBe(true);
    expect(sent?.headers['content-length']).toBe(String(sent?.body.length));
  });
});

describe('what is not put in', () => {
  it("nothing for another person, whose error is the provider's own", async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    const sdk = await start(provider, {
      identify: (req) => ok({ person: String(req.headers.authorization).slice(-3), device: 'd', via: 'token' }),
    });
    const first = await sdk.responses.create({ model, input: 'go' });
    const other = as('token-bob').responses.create({ model, input: 'on', previous_response_id: first.id });
    await expect(other).rejects.toMatchObject({ status: 400, message: expect.stringContaining('call_1') });
    expect(String(rig.seen[1]?.body)).not.toContain('Warder');
  });

  it('nothing that was forgotten: the oldest goes first', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bad('call_2')], [bye]]);
    const sdk = await start(provider, { limits: { owedResults: 1 } });
    const first = await sdk.responses.create({ model, input: 'go' });
    const second = await sdk.responses.create({ model, input: 'go' });
    const late = sdk.responses.create({ model, input: 'on', previous_response_id: first.id });
    await expect(late).rejects.toMatchObject({ message: expect.stringContaining('No tool output found') });
    await sdk.responses.create({ model, input: 'on', previous_response_id: second.id });
    expect(provider.inputs[2]).toEqual([result('call_2'), said('on')]);
  });

  it('nothing beyond the bytes that may be kept', async () => {
    const provider = keepingOpenai([[bad('call_1')]]);
    const sdk = await start(provider, { limits: { owedBytes: 100 } });
    const first = await sdk.responses.create({ model, input: 'go' });
    const late = sdk.responses.create({ model, input: 'on', previous_response_id: first.id });
    await expect(late).rejects.toMatchObject({ status: 400 });
  });

  it('nothing while observing, where calls go through; but what was refused before is still owed', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bad('call_2')], [bye], [bye]]);
    const sdk = await start(provider);
    const first = await sdk.responses.create({ model, input: 'go' });
    rig.mode = 'observe';
    const second = await sdk.responses.create({ model, input: 'on', previous_response_id: first.id });
    expect(second.output[0]?.type).toBe('function_call');
    const own = { type: 'function_call_output' as const, call_id: 'call_2', output: 'ran' };
    await sdk.responses.create({ model, input: [own], previous_response_id: second.id });
    expect(provider.inputs.slice(1)).toEqual([[result('call_1'), said('on')], [own]]);
  });

  it('nothing into a compressed, an ambiguous or a damaged request', async () => {
    const provider = keepingOpenai([[bad('call_1')]]);
    const sdk = await start(provider);
    await sdk.responses.create({ model, input: 'go' });
    rig.mode = 'observe';
    const bodies = [
      gzipSync('{"input":"on","previous_response_id":"resp_1"}'),
      Buffer.from('{"input":"a","input":"on","previous_response_id":"resp_1"}'),
      Buffer.from('{"input":"on","previous_response_id":"resp_1"'),
      Buffer.from('{"input":"\xff","previous_response_id":"resp_1"}', 'latin1'),
    ];
    rig.answer = (_req, res) => res.end();
    for (const [at, body] of bodies.entries()) {
      const headers = { ...post.headers, ...(at === 0 ? { 'content-encoding': 'gzip' } : {}) };
      await send(rig.url, { ...post, headers, body });
      expect(rig.seen[at + 1]?.body.equals(body)).toBe(true);
    }
  });

  it('nothing for an answer that is not stored', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    const sdk = await start(provider);
    const first = await sdk.responses.create({ model, input: 'go', store: false });
    await sdk.responses.create({ model, input: 'on', previous_response_id: first.id });
    expect(provider.inputs[1]).toBe('on');
  });
});

describe('a conversation kept by the provider', () => {
  it.each([true, false])('goes on after a refusal, once (stream: %s)', async (stream) => {
    const provider = keepingOpenai([[bad('call_1')], [bye], [bye]]);
    const sdk = await start(provider);
    const ask = async (conversation: string | { id: string }) => {
      const asked = { model, input: 'on', conversation };
      return stream ? sdk.responses.stream(asked).finalResponse() : sdk.responses.create(asked);
    };
    await ask({ id: 'conv_1' });
    await ask('conv_1');
    expect((await ask('conv_1')).output_text).toBe('Bye.');
    expect(provider.inputs.slice(1)).toEqual([[result('call_1'), said('on')], 'on']);
  });

  it('still owes what a request brought that came to nothing', async () => {
    const provider = keepingOpenai([[bad('call_1')], [bye]]);
    const sdk = await start(provider);
    await sdk.responses.create({ model, input: 'go', conversation: 'conv_1' });
    rig.answer = (_req, res) => res.writeHead(503, { 'content-type': 'application/json' }).end('{"error":{}}');
    await expect(sdk.responses.create({ model, input: 'on', conversation: 'conv_1' })).rejects.toMatchObject({
      status: 503,
    });
    rig.answer = provider.answer;
    await sdk.responses.create({ model, input: 'on', conversation: 'conv_1' });
    expect(provider.inputs[1]).toEqual([result('call_1'), said('on')]);
  });

  it('can be made while enforcing', async () => {
    const sdk = await start(keepingOpenai([]));
    rig.answer = (_req, res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"conv_1"}');
    expect(await sdk.conversations.create()).toMatchObject({ id: 'conv_1' });
  });
});

describe('the result of a refused call', () => {
  const owed = (item: object) => owedFor({ call_id: 'c', ...item }, 'No.').map(({ json }) => JSON.parse(json));

  it('has the form of its kind', () => {
    const shell = { stdout: '', stderr: 'No.', outcome: { type: 'exit', exit_code: 1 } };
    const action = { commands: ['ls'], max_output_length: 2 };
    const caller = { type: 'program', caller_id: 'p' };
    const made = (items: readonly object[]) => items.flatMap(owed);
    expect(
      made([
        { type: 'function_call', caller },
        { type: 'custom_tool_call' },
        { type: 'apply_patch_call' },
        { type: 'shell_call' },
        { type: 'shell_call', action },
        { type: 'local_shell_call', id: 'lsh_1' },
      ]),
    ).toEqual([
      { type: 'function_call_output', call_id: 'c', output: 'No.', caller },
      { type: 'custom_tool_call_output', call_id: 'c', output: 'No.' },
      { type: 'apply_patch_call_output', call_id: 'c', status: 'failed', output: 'No.' },
      { type: 'shell_call_output', call_id: 'c', output: [shell] },
      { type: 'shell_call_output', call_id: 'c', output: [{ ...shell, stderr: 'No' }], max_output_length: 2 },
      { type: 'local_shell_call_output', id: 'c', output: '{"output":"No."}' },
    ]);
  });

  it('is not made where it could hold no text', () => {
    expect(owed({ type: 'computer_call' })).toEqual([]);
    expect(owed({ type: 'teleport_call' })).toEqual([]);
    expect(owedFor({ type: 'function_call' }, 'No.')).toEqual([]);
  });

  it('finds its place whatever the input is', () => {
    const put = (body: string) => withResults(body, [{ callId: 'c', json: '{"call_id":"c"}' }]);
    expect(put('{"input":[]}')).toBe('{"input":[{"call_id":"c"}]}');
    expect(put('{"input":null,"a":1}')).toBe('{"input":[{"call_id":"c"}],"a":1}');
    expect(put('{ "a":1}')).toBe('{"input":[{"call_id":"c"}], "a":1}');
    expect(put('{ }')).toBe('{"input":[{"call_id":"c"}] }');
    expect(put('{"input":5}')).toBe(null);
    expect(put('{"input":{}}')).toBe(null);
    expect(put('[]')).toBe(null);
  });

  it('is looked for by name, however it is spelt, and not inside texts', () => {
    expect(goingOnFrom('{"previous\\u005fresponse_id":"r"}')).toEqual({ answer: 'r', conversation: '' });
    expect(goingOnFrom('{"conversation":{"id":"c"}}')).toEqual({ answer: '', conversation: 'c' });
    expect(goingOnFrom('{"input":"\\"previous_response_id\\":\\"r\\"","previous_response_id":null}')).toBe(null);
    expect(goingOnFrom('{"metadata":{"conversation":"c"}}')).toBe(null);
  });
});

const post = {
  path: '/openai/v1/responses',
  headers: { authorization: `Bearer ${rigToken}`, 'content-type': 'application/json' },
};

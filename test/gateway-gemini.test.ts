import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { json, type Rig, type RigOptions, rigToken, sse, startRig } from './harness/gateway-rig.ts';

// Google's own client, over real HTTP, in front of a scripted provider.

let rig: Rig;
afterEach(() => rig.close());

async function client(options: RigOptions): Promise<GoogleGenAI> {
  rig = await startRig({ provider: 'gemini', ...options });
  return new GoogleGenAI({ apiKey: rigToken, httpOptions: { baseUrl: `${rig.url}/gemini` } });
}

const call = (command: string, more: object = {}) => ({
  functionCall: { name: 'run_shell_command', args: { command } },
  ...more,
});
const piece = (parts: readonly object[], finishReason?: string) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason ? { finishReason } : {}) }],
  usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 7, totalTokenCount: 19 },
  modelVersion: 'gemini-3.8-flash',
});
const frames = (pieces: readonly object[]): Buffer =>
  Buffer.from(pieces.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join(''));
const ask = { model: 'gemini-3.8-flash', contents: 'go' };

describe("Gemini: a refusal is a valid answer to Google's client", () => {
  it('streaming: the refused call is text at its place, the other and its signature stay', async () => {
    const pieces = [
      piece([{ text: 'Two.' }]),
      piece([call('FORBIDDEN', { thoughtSignature: 'c2ln' }), call('ls', { thoughtSignature: 'c2lnMg==' })], 'STOP'),
    ];
    const sdk = await client({ answer: sse(frames(pieces), 13) });
    const parts = [];
    for await (const chunk of await sdk.models.generateContentStream(ask)) {
      parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []));
    }
    expect(parts.map((part) => (part.functionCall ? 'call' : 'text'))).toEqual(['text', 'text', 'call']);
    expect(parts[1]?.text).toMatch(/^\n\n\[Warder\] The tool call run_shell_command was refused/);
    expect(parts[2]).toMatchObject({ thoughtSignature: 'c2lnMg==', functionCall: { args: { command: 'ls' } } });
  });

  it('at once: the same', async () => {
    const sdk = await client({ answer: json(piece([call('FORBIDDEN')], 'STOP')) });
    const answer = await sdk.models.generateContent(ask);
    expect(answer.functionCalls).toBeUndefined();
    expect(answer.text).toMatch(/refused and did not run/);
    expect(answer.usageMetadata?.totalTokenCount).toBe(19);
  });

  it('nothing changes when every call is let go', async () => {
    const body = frames([piece([{ text: 'a' }]), piece([call('ls')], 'STOP')]);
    rig = await startRig({ provider: 'gemini', answer: sse(body, 3) });
    const answer = await fetch(`${rig.url}/gemini/v1beta/models/m:streamGenerateContent?alt=sse&key=${rigToken}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-goog-api-key': rigToken },
      body: JSON.stringify({ contents: [] }),
    });
    expect(await answer.text()).toBe(body.toString());
    expect(rig.seen[0]?.url).toBe('/v1beta/models/m:streamGenerateContent?alt=sse');
  });

  it('calls without ids are told apart by what they are and how often they came', async () => {
    const sdk = await client({ answer: json(piece([call('ls'), call('ls'), call('pwd')], 'STOP')) });
    await sdk.models.generateContent(ask);
    const ids = rig.decided.map((event) => event.call.toolUseId);
    expect(new Set(ids).size).toBe(3);
    const asked = { role: 'model', parts: [call('ls'), call('ls'), call('pwd')] };
    const result = (name: string, output: string) => ({ functionResponse: { name, response: { output } } });
    const given = { role: 'user', parts: ['one', 'two', 'three'].map((text) => result('run_shell_command', text)) };
    const contents = [{ role: 'user', parts: [{ text: 'go' }] }, asked, given];
    await sdk.models.generateContent({ ...ask, contents });
    const results = rig.noted.flatMap((event) => (event.kind === 'call-result' ? [event] : []));
    expect(results.map((event) => [event.toolUseId, event.outcome.text])).toEqual([
      [ids[0], 'one'],
      [ids[1], 'two'],
      [ids[2], 'three'],
    ]);
  });

  it('a later call that is the same again gets another id', async () => {
    const sdk = await client({ answer: json(piece([call('ls')], 'STOP')) });
    await sdk.models.generateContent(ask);
    const contents = [
      { role: 'user', parts: [{ text: 'go' }] },
      { role: 'model', parts: [call('ls')] },
      { role: 'user', parts: [{ functionResponse: { name: 'run_shell_command', response: { output: 'x' } } }] },
    ];
    await sdk.models.generateContent({ ...ask, contents });
    expect(new Set(rig.decided.map((event) => event.call.toolUseId)).size).toBe(2);
  });

  it('an error of Warder comes in the form of Google', async () => {
    const sdk = await client({ key: null });
    await expect(sdk.models.generateContent(ask)).rejects.toThrow(/PERMISSION_DENIED/);
  });
});

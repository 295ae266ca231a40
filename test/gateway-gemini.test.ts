import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, it } from 'vitest';
import { geminiPieces } from './harness/dialect-streams.ts';
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

describe('Gemini: a call whose input streams in pieces', () => {
  const stream = (parts: readonly object[]) => [...parts.map((part) => piece([part])), piece([{ text: '' }], 'STOP')];
  const shell = (command: string, last: object = {}) => geminiPieces('run_shell_command', { command }, last);

  async function parts(pieces: readonly object[], options: RigOptions = {}) {
    const sdk = await client({ answer: sse(frames(pieces), 17), ...options });
    const seen = [];
    for await (const each of await sdk.models.generateContentStream(ask)) {
      seen.push(...(each.candidates?.[0]?.content?.parts ?? []));
    }
    return seen;
  }

  const judged = () => rig.decided.map(({ call: asked }) => asked.input);

  it('is judged once, whole, and leaves as it came', async () => {
    const input = {
      command: 'ls "ä"',
      'env[0].name': 'A',
      'env[0].size': 1.5,
      'env[1].name': 'B',
      bare: null,
      deep: true,
    };
    const all = geminiPieces('run_shell_command', input);
    expect(await parts(stream(all))).toEqual([...all, { text: '' }]);
    const env = [{ name: 'A', size: 1.5 }, { name: 'B' }];
    expect(judged()).toEqual([{ command: 'ls "ä"', env, bare: null, deep: true }]);
  });

  it('refused, its first part is the refusal and the others are empty; calls around it stay', async () => {
    const [before, after] = [shell('ls'), shell('pwd')];
    const all = [...before, ...shell('FORBIDDEN'), call('id'), ...after];
    const got = await parts(stream(all));
    const [first, ...others] = got.slice(before.length, before.length + shell('FORBIDDEN').length);
    expect(first?.text).toMatch(/^\[Warder\] The tool call run_shell_command was refused/);
    expect(others.every((part) => JSON.stringify(part) === '{"text":""}')).toBe(true);
    expect(got.filter((part) => part.functionCall)).toEqual([...before, call('id'), ...after]);
    expect(judged()).toEqual([{ command: 'ls' }, { command: 'FORBIDDEN' }, { command: 'id' }, { command: 'pwd' }]);
  });

  it('may end with its last piece instead of an empty part', async () => {
    const all = shell('ls', { partialArgs: [{ jsonPath: '$.n', numberValue: 0.5 }] });
    expect(await parts(stream(all))).toEqual([...all, { text: '' }]);
    expect(judged()).toEqual([{ command: 'ls', n: 0.5 }]);
  });

  it('is held until it is complete, while text before it leaves', async () => {
    const all = [{ text: 'Looking.' }, ...shell('ls')];
    let release = () => {};
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sdk = await client({ answer: sse(frames(stream(all)), 4096), decide: () => waiting.then(() => 'allow') });
    const seen: string[] = [];
    for await (const each of await sdk.models.generateContentStream(ask)) {
      const [part] = each.candidates?.[0]?.content?.parts ?? [];
      seen.push(part?.functionCall ? 'call' : 'text');
      if (part?.text === 'Looking.') release();
    }
    expect(seen[0]).toBe('text');
    expect(seen.filter((kind) => kind === 'call')).toHaveLength(shell('ls').length);
  });

  it('observing: passes, and is judged from the copy', async () => {
    const all = shell('FORBIDDEN');
    expect(await parts(stream(all), { mode: 'observe' })).toEqual([...all, { text: '' }]);
    expect(judged()).toEqual([{ command: 'FORBIDDEN' }]);
    expect(rig.noted.filter(({ kind }) => kind === 'unparsed')).toEqual([]);
  });

  it('in a list of events the same', async () => {
    const list = async (all: readonly object[]) => {
      rig = await startRig({ provider: 'vertex', answer: json(stream(all)) });
      const path = '/vertex/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent';
      const answer = await fetch(rig.url + path, { ...post, body: '{"contents":[]}' });
      return answer.text();
    };
    expect(await list(shell('ls'))).toBe(JSON.stringify(stream(shell('ls'))));
    await rig.close();
    const text = await list(shell('FORBIDDEN'));
    expect(text.match(/was refused/g)).toHaveLength(1);
    expect(text).not.toContain('functionCall');
    await rig.close();
    expect(await list(shell('ls').slice(0, -1))).toContain('ends inside a tool call');
  });

  it('its result is known in the next request of a client of Vertex AI, which tells the pieces', async () => {
    rig = await startRig({ provider: 'vertex', answer: sse(frames(stream(shell('ls'))), 17) });
    const sdk = new GoogleGenAI({ vertexai: true, apiKey: rigToken, httpOptions: { baseUrl: `${rig.url}/vertex` } });
    const config = { toolConfig: { functionCallingConfig: { streamFunctionCallArguments: true } } };
    const asked = [];
    for await (const each of await sdk.models.generateContentStream({ ...ask, config })) {
      asked.push(...(each.candidates?.[0]?.content?.parts ?? []));
    }
    expect(JSON.parse(String(rig.seen[0]?.body))).toMatchObject(config);
    const given = { functionResponse: { name: 'run_shell_command', response: { output: 'a.txt' } } };
    const contents = [
      { role: 'user', parts: [{ text: 'go' }] },
      { role: 'model', parts: asked },
      { role: 'user', parts: [given] },
    ];
    rig.answer = json(piece([{ text: 'ok' }], 'STOP'));
    await sdk.models.generateContent({ ...ask, contents });
    const [result] = rig.noted.flatMap((event) => (event.kind === 'call-result' ? [event] : []));
    expect(judged()).toEqual([{ command: 'ls' }]);
    expect(result?.toolUseId).toBe(rig.decided[0]?.call.toolUseId);
  });

  const opening = { functionCall: { name: 'run_shell_command', willContinue: true } };
  const more = (partial: object, goesOn = true) => ({
    functionCall: { partialArgs: [partial], ...(goesOn ? { willContinue: true } : {}) },
  });
  const text = (stringValue: string, rest: object = {}) => ({ jsonPath: '$.command', stringValue, ...rest });
  const going = { willContinue: true };

  it.each<[string, readonly object[]]>([
    ['no end comes', [opening, more(text('ls'))]],
    ['a piece belongs to no call', [more(text('ls'))]],
    ['a call begins inside another', [opening, opening, { functionCall: {} }]],
    ['a whole call comes inside another', [opening, call('ls'), { functionCall: {} }]],
  ])('stops the answer when %s', async (_why, all) => {
    await expect(parts(stream(all))).rejects.toThrow(/Warder stopped this answer/);
    expect(rig.noted.filter(({ kind }) => kind === 'unparsed').length).toBeGreaterThan(0);
  });

  it('stops the answer when it breaks off inside a call', async () => {
    await expect(parts([piece([opening])])).rejects.toThrow(/ends inside a tool call/);
  });

  it.each<[string, readonly object[]]>([
    ['a value is said twice', [opening, more(text('ls')), more(text('rm'), false)]],
    ['a text has no end', [opening, more(text('ls', going), false)]],
    [
      'a text is interrupted',
      [opening, more(text('l', going)), more({ jsonPath: '$.n', numberValue: 1 }), more(text('s'), false)],
    ],
    [
      'a text goes on as a number',
      [opening, more(text('l', going)), more({ jsonPath: '$.command', numberValue: 1 }, false)],
    ],
    ['a piece has two values', [opening, more(text('ls', { numberValue: 1 }), false)]],
    ['a piece has no value', [opening, more({ jsonPath: '$.command' }, false)]],
    ['a piece is of the wrong type', [opening, more({ jsonPath: '$.command', stringValue: 7 }, false)]],
    ['a path is not read alike', [opening, more({ jsonPath: "$['command']", stringValue: 'ls' }, false)]],
    ['a path climbs the prototype', [opening, more({ jsonPath: '$.__proto__.command', stringValue: 'ls' }, false)]],
    ['a path leaves a hole', [opening, more({ jsonPath: '$.list[1]', stringValue: 'ls' }, false)]],
    [
      'a value becomes a container',
      [opening, more(text('ls')), more({ jsonPath: '$.command.a', numberValue: 1 }, false)],
    ],
    [
      'a list has a name',
      [opening, more({ jsonPath: '$.a[0]', numberValue: 1 }), more({ jsonPath: '$.a.b', numberValue: 1 }, false)],
    ],
    [
      'the input is given whole too',
      [{ functionCall: { ...opening.functionCall, args: { command: 'ls' } } }, { functionCall: {} }],
    ],
    ['a name is spelt otherwise', [opening, more({ json_path: '$.command', stringValue: 'ls' }, false)]],
    ['it says no end at its beginning', [{ functionCall: { name: 'run_shell_command', partialArgs: [text('ls')] } }]],
    ['the pieces are no list', [opening, { functionCall: { partialArgs: text('ls') } }]],
    ['whether it goes on is no truth value', [{ functionCall: { name: 'run_shell_command', willContinue: 'true' } }]],
  ])('refuses the call alone when %s', async (_why, all) => {
    const got = await parts(stream([...all, call('id')]));
    expect(got[0]?.text).toMatch(/^\[Warder\] .*nobody can be sure what would run/);
    expect(got.filter((part) => part.functionCall)).toEqual([call('id')]);
  });
});

const post = {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${rigToken}` },
};

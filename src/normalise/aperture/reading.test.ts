import { describe, expect, it } from 'vitest';
import type { JsonPath } from '../../core/aperture.ts';
import { editedJson } from '../json-edit.ts';
import { withoutTools } from '../parts/parts.ts';
import { readAnswer } from './answer.ts';
import { readHookCall } from './envelope.ts';
import { formatOf, isQuiet, partsOf } from './format.ts';

const sha256 = (text: string) => `h(${text})`;

describe('what Aperture posts', () => {
  it('is read with every member missing, empty or unknown', () => {
    const read = readHookCall('{"metadata":{"extra":1,"login_name":7,"quotas":"none"},"new_in_2027":[1]}');
    expect(read).toMatchObject({
      ok: true,
      value: { metadata: { loginName: '', requestId: '', quotas: null }, request: '', response: '', toolCalls: null },
    });
  });

  it('keeps the bodies byte for byte, whatever their numbers, escapes and blanks', () => {
    const body = '{ "big": 12345678901234567890, "é": "\\u00e9\\/", "list" : [ 1.0 , 2e0 ] }';
    const read = readHookCall(`{"request_body" : ${body} ,"metadata":{},"response_body":null}`);
    expect(read).toMatchObject({ ok: true, value: { request: body, response: '' } });
  });

  it('takes parameters as object, text or null', () => {
    const read = readHookCall(
      '{"metadata":{},"tool_calls":[{"name":"a","params":{"x":1}},{"name":"b","params":"{}"},{"name":"c","params":null},{"name":"d"}]}',
    );
    expect(read).toMatchObject({
      ok: true,
      value: { toolCalls: [{ params: { x: 1 } }, { params: '{}' }, { params: {} }, { params: {} }] },
    });
  });

  it('is refused as a value without metadata, or when it is no JSON', () => {
    for (const body of ['', '[]', '{}', '{"metadata":5}', '{"metadata":{}', 'null', '"x"', '{"metadata":{}} x'])
      expect(readHookCall(body)).toMatchObject({ ok: false });
  });
});

describe('the wire format', () => {
  it('is told by the path, absolute or not, behind any prefix', () => {
    const told: readonly (readonly [string, string])[] = [
      ['/v1/messages', 'anthropic'],
      ['https://aperture.tail1234.ts.net/v1/messages?beta=true', 'anthropic'],
      ['/v1/chat/completions', 'openai-chat'],
      ['/openrouter/api/v1/chat/completions', 'openai-chat'],
      ['/v1/responses', 'openai-responses'],
      ['/v1beta/models/gemini-3:streamGenerateContent', 'gemini'],
      ['/bedrock/model/eu.anthropic.claude-5%3A0/converse-stream', 'bedrock-converse'],
      ['/model/anthropic.claude-5/invoke-with-response-stream', 'bedrock-messages'],
      ['/v1/projects/p/locations/l/publishers/anthropic/models/claude:streamRawPredict', 'vertex-messages'],
    ];
    for (const [url, id] of told) expect([url, formatOf(url, null, null)?.id]).toEqual([url, id]);
  });

  it('is told by the shape of what was sent where the path says nothing', () => {
    const told: readonly (readonly [unknown, unknown, string | undefined])[] = [
      [{ contents: [] }, null, 'gemini'],
      [{ input: 'hi' }, null, 'openai-responses'],
      [{ messages: [{ role: 'user', content: 'hi' }] }, null, 'openai-chat'],
      [{ system: 'x', messages: [] }, null, 'anthropic'],
      [{ messages: [{ role: 'user', content: [{ text: 'hi' }] }] }, null, 'bedrock-converse'],
      [null, { candidates: [] }, 'gemini'],
      [null, [{ type: 'message_start' }], 'anthropic'],
      [null, { output: { message: {} } }, 'bedrock-converse'],
      [{ prompt: 'hi' }, { text: 'ho' }, undefined],
    ];
    for (const [request, answer, id] of told) expect(formatOf('/somewhere', request, answer)?.id).toBe(id);
  });

  it('has addresses whose answers hold no calls', () => {
    expect(isQuiet('https://x.ts.net/v1/embeddings')).toBe(true);
    expect(isQuiet('/v1/messages/count_tokens')).toBe(true);
    expect(isQuiet('/api/chat')).toBe(false);
    expect(isQuiet('/v1/messages')).toBe(false);
  });
});

describe('an edit', () => {
  const edited = (text: string, ...edits: [JsonPath, string | null][]) =>
    editedJson(
      text,
      edits.map(([at, to]) => ({ at, to })),
    );

  it('leaves every byte around it', () => {
    const text = '{ "a" : [ 1 ,{"b":"x\\"]"} , 3 ] , "n":1.0, "c":null }';
    expect(edited(text, [['a', 1, 'b'], '"y"'])).toBe('{ "a" : [ 1 ,{"b":"y"} , 3 ] , "n":1.0, "c":null }');
    expect(edited(text, [['a', 0], null])).toBe('{ "a" : [ {"b":"x\\"]"} , 3 ] , "n":1.0, "c":null }');
    expect(edited(text, [['a', 1], null], [['a', 2], null])).toBe('{ "a" : [ 1 ] , "n":1.0, "c":null }');
    expect(edited(text, [['a'], null], [['c'], null])).toBe('{ "n":1.0 }');
    expect(edited(text, [['a'], null], [['n'], null], [['c'], null])).toBe('{  }');
  });

  it('reaches a member by its decoded name, and each of its twins when it goes', () => {
    expect(edited('{"\\u0061":1,"b":2,"a":3}', [['a'], null])).toBe('{"b":2}');
    expect(edited('{"a":1,"b":2,"a":3}', [['a'], '9'])).toBe('{"a":1,"b":2,"a":9}');
  });

  it('says so when a place is not there', () => {
    for (const at of [['x'], ['a', 7], ['a', 'b'], ['n', 'x', 'y']])
      expect(edited('{"a":[1],"n":1}', [at, null])).toBeNull();
  });

  it('of a random kind gives what the same edit of the value gives', () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 16) % below;
    };
    const made = (depth: number): unknown => {
      if (depth === 0 || random(4) === 0) return [1, 'x,]}"\\', true, null, 1.5][random(5)];
      const inner = Array.from({ length: random(4) }, () => made(depth - 1));
      return random(2) === 0 ? inner : Object.fromEntries(inner.map((value, index) => [`k${index}`, value]));
    };
    let done = 0;
    for (let round = 0; round < 2000; round++) {
      const value = made(4);
      if (typeof value !== 'object' || value === null) continue;
      const text = JSON.stringify(value, null, random(3));
      const keys = Object.keys(value).map((key) => (Array.isArray(value) ? Number(key) : key));
      const gone = keys.filter(() => random(2) === 0);
      const wanted = Array.isArray(value)
        ? value.filter((_, index) => !gone.includes(index))
        : Object.fromEntries(Object.entries(value).filter(([key]) => !gone.includes(key)));
      expect(
        JSON.parse(
          editedJson(
            text,
            gone.map((key) => ({ at: [key], to: null })),
          ) ?? '',
        ),
      ).toEqual(wanted);
      done += 1;
    }
    expect(done).toBeGreaterThan(1000);
  });
});

describe('tools', () => {
  const strip = (url: string, request: object, ...names: string[]) => {
    const dialect = formatOf(url, request, null);
    const parts = dialect && partsOf(dialect, request, sha256);
    const edits = parts && withoutTools(parts, new Set(names));
    return edits && JSON.parse(editedJson(JSON.stringify(request), edits) ?? 'null');
  };

  it('are taken out of each format, and the list with the last of them', () => {
    const tool = (name: string) => ({ name, input_schema: {} });
    const messages = { messages: [], tools: [tool('Bash'), tool('Read')], tool_choice: { type: 'auto' } };
    expect(strip('/v1/messages', messages, 'Bash')).toEqual({ ...messages, tools: [tool('Read')] });
    expect(strip('/v1/messages', messages, 'Bash', 'Read')).toEqual({ messages: [] });
    const chat = { messages: [], tools: [{ type: 'function', function: { name: 'sh' } }], parallel_tool_calls: true };
    expect(strip('/v1/chat/completions', chat, 'sh')).toEqual({ messages: [] });
    const namespace = { type: 'namespace', name: 'mcp__n', tools: [{ name: 'a' }, { name: 'b' }] };
    const responses = { input: 'x', tools: [namespace, { type: 'function', name: 'sh' }] };
    expect(strip('/v1/responses', responses, 'mcp__n__a')).toEqual({
      input: 'x',
      tools: [
        { ...namespace, tools: [{ name: 'b' }] },
        { type: 'function', name: 'sh' },
      ],
    });
    expect(strip('/v1/responses', responses, 'mcp__n__a', 'mcp__n__b')).toEqual({
      input: 'x',
      tools: [{ type: 'function', name: 'sh' }],
    });
    const declared = { functionDeclarations: [{ name: 'a' }, { name: 'b' }], googleSearch: {} };
    expect(strip('/v1beta/models/g:generateContent', { contents: [], tools: [declared] }, 'a', 'b')).toEqual({
      contents: [],
      tools: [{ googleSearch: {} }],
    });
    const config = { tools: [{ toolSpec: { name: 'a' } }, { cachePoint: {} }], toolChoice: { auto: {} } };
    expect(strip('/model/x/converse', { messages: [], toolConfig: config }, 'a')).toEqual({ messages: [] });
  });

  it('are not taken out where the provider would not take what is left', () => {
    const tools = [{ name: 'Bash' }, { name: 'Read' }];
    expect(
      strip('/v1/messages', { messages: [], tools, tool_choice: { type: 'tool', name: 'Bash' } }, 'Bash'),
    ).toBeNull();
    const use = { type: 'tool_use', id: 't1', name: 'Bash', input: {} };
    const messages = [{ role: 'assistant', content: [use] }];
    expect(strip('/v1/messages', { messages, tools }, 'Bash', 'Read')).toBeNull();
  });

  it('of a server that the provider connects to stand for all of it', () => {
    const request = {
      messages: [],
      mcp_servers: [{ name: 'jira', url: 'https://x.example' }],
      tools: [{ type: 'mcp_toolset', mcp_server_name: 'jira' }, { name: 'Read' }],
    };
    expect(strip('/v1/messages', request, 'mcp__jira__*')).toEqual({ messages: [], tools: [{ name: 'Read' }] });
  });
});

describe('streamed events that were parsed already', () => {
  const heard = async (url: string, pieces: unknown) => {
    const calls: unknown[] = [];
    const other: string[] = [];
    const dialect = formatOf(url, null, null);
    if (!dialect) throw new Error(`no format for ${url}`);
    const read = await readAnswer(
      dialect,
      { whole: '', pieces: JSON.stringify(pieces) },
      {
        async asked({ toolUseId, tool, input }) {
          calls.push([toolUseId, tool, input]);
          return { release: true };
        },
        said: (text) => other.push(`said ${text}`),
        ranAtProvider: (tool) => other.push(`ran ${tool}`),
        cutOff: ({ tool }) => other.push(`cut ${tool}`),
        unreadable: (why) => other.push(`unreadable ${why}`),
      },
    );
    return { calls, other, read };
  };
  const anthropicEvents = [
    { type: 'message_start', message: { id: 'msg', role: 'assistant', content: [] } },
    {
      type: 'content_block_start',
      index: 0,
      content_block: { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} },
    },
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '{"command":' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'input_json_delta', partial_json: '"ls"}' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
    { type: 'message_stop' },
  ];
  const call = [['toolu_1', 'Bash', { command: 'ls' }]];

  it('give the calls of Anthropic’s stream, at Bedrock with and without its wrapping', async () => {
    expect((await heard('/v1/messages', anthropicEvents)).calls).toEqual(call);
    const bedrock = '/model/anthropic.claude/invoke-with-response-stream';
    expect((await heard(bedrock, anthropicEvents)).calls).toEqual(call);
    const wrapped = anthropicEvents.map((event) => ({ bytes: btoa(JSON.stringify(event)) }));
    expect((await heard(bedrock, wrapped)).calls).toEqual(call);
    expect(
      (
        await heard(
          bedrock,
          wrapped.map((chunk) => ({ chunk })),
        )
      ).calls,
    ).toEqual(call);
  });

  it('give the calls of Converse, with each event under its name or bare', async () => {
    const named = [
      { messageStart: { role: 'assistant' } },
      { contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: 'toolu_1', name: 'Bash' } } } },
      { contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: '{"command":"ls"}' } } } },
      { contentBlockStop: { contentBlockIndex: 0 } },
      { messageStop: { stopReason: 'tool_use' } },
      { metadata: { usage: { inputTokens: 1 } } },
    ];
    expect((await heard('/model/x/converse-stream', named)).calls).toEqual(call);
    const bare = named.map((event) => Object.values(event)[0]);
    expect((await heard('/model/x/converse-stream', bare)).calls).toEqual(call);
  });

  it('may be one whole answer, as an object or alone in a list, and texts such as [DONE]', async () => {
    const whole = {
      type: 'message',
      content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'ls' } }],
    };
    expect((await heard('/v1/messages', whole)).calls).toEqual(call);
    expect((await heard('/v1/messages', [whole])).calls).toEqual(call);
    const chunk = (delta: object, finish_reason: string | null) => ({ choices: [{ index: 0, delta, finish_reason }] });
    const tool_calls = [{ index: 0, id: 'toolu_1', function: { name: 'Bash', arguments: '{"command":"ls"}' } }];
    const chat = [chunk({ tool_calls }, null), chunk({}, 'tool_calls'), '[DONE]'];
    expect((await heard('/v1/chat/completions', chat)).calls).toEqual(call);
  });

  it('that break off say so, and what is none is no answer', async () => {
    expect((await heard('/v1/messages', anthropicEvents.slice(0, 3))).other).toEqual(['cut Bash']);
    expect((await heard('/v1/messages', [])).read).toBe(false);
    expect((await heard('/v1/messages', null)).read).toBe(false);
    for (const odd of [5, 'x', [5], [null, {}], { a: 1 }]) expect((await heard('/v1/messages', odd)).calls).toEqual([]);
  });
});

// What is asked and answered in each wire format: by bench/gateway.ts and the provider in bench/gateway.servers.ts.

/** A whole answer; a stream; a stream of 50 tool calls; a whole answer to a long prompt; a stream that stays open. */
export type Kind = 'json' | 'stream' | 'calls' | 'long' | 'open';

export interface Spoken {
  readonly id: 'anthropic' | 'openai';
  readonly title: string;
  /** The provider's own path. */
  readonly path: string;
  headers(key: string): Readonly<Record<string, string>>;
  body(kind: Kind): string;
  /** Tool calls are named `toolu_b…`, so that every answer can have its own. */
  readonly whole: string;
  readonly stream: readonly string[];
  readonly calls: readonly string[];
  /** Events of `stream` before the end of its tool call's input. */
  readonly half: number;
}

const callCount = 50;
const eventCount = 81;
const description = 'Runs a command';
const schema = { type: 'object', properties: { command: { type: 'string' } } };
const short = 'Please have a look. '.repeat(90);
const command = (n: number): string => JSON.stringify({ command: `npm test -- --run part-${n}` });

/** As an agent's long session has: tool results full of code, with quotes and line ends escaped; 200 KB in all. */
const code = '  const found = list.get("name") ?? "none";\n\tif (found !== "none") return { found, at: 12 };\n'.repeat(
  23,
);
const turns = Array.from({ length: 78 }, (_, n) => n);

/** Each body is made once. */
function bodies(make: (kind: Kind) => object): (kind: Kind) => string {
  const made = new Map<Kind, string>();
  return (kind) => {
    const body = made.get(kind) ?? JSON.stringify(make(kind));
    made.set(kind, body);
    return body;
  };
}

const streams = (kind: Kind): boolean => kind !== 'json' && kind !== 'long';

function messages(): Spoken {
  const frame = (type: string, members: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  const usage = { input_tokens: 12, output_tokens: 1 };
  const start = frame('message_start', {
    message: { id: 'msg_b', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage },
  });
  const block = (index: number, content: object) => frame('content_block_start', { index, content_block: content });
  const delta = (index: number, what: object) => frame('content_block_delta', { index, delta: what });
  const stop = (index: number) => frame('content_block_stop', { index });
  const end = [
    frame('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 81 } }),
    frame('message_stop', {}),
  ];
  const call = (index: number, id: string, input: string) => [
    block(index, { type: 'tool_use', id, name: 'Bash', input: {} }),
    delta(index, { type: 'input_json_delta', partial_json: input.slice(0, 20) }),
    delta(index, { type: 'input_json_delta', partial_json: input.slice(20) }),
    stop(index),
  ];
  const text = Array.from({ length: eventCount - 9 }, (_, n) =>
    delta(0, { type: 'text_delta', text: ` word ${n} of the answer` }),
  );
  const long = turns.map((n) =>
    n % 2 === 0
      ? {
          role: 'assistant',
          content: [{ type: 'tool_use', id: `t${n}`, name: 'Read', input: { file_path: `/a/${n}` } }],
        }
      : { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${n - 1}`, content: code.repeat(2) }] },
  );
  return {
    id: 'anthropic',
    title: 'Messages',
    path: '/v1/messages',
    headers: (key) => ({ 'x-api-key': key }),
    body: bodies((kind) => ({
      model: 'm',
      max_tokens: 64,
      stream: streams(kind),
      metadata: { user_id: '{"session_id":"bench"}' },
      tools: [{ name: 'Bash', description, input_schema: schema }],
      messages: [{ role: 'user', content: short }, ...(kind === 'long' ? long : [])],
    })),
    whole: JSON.stringify({
      id: 'msg_b',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [
        { type: 'text', text: 'word '.repeat(200) },
        { type: 'tool_use', id: 'toolu_b', name: 'Bash', input: { command: 'npm test -- --run' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 12, output_tokens: 81 },
    }),
    stream: [start, block(0, { type: 'text', text: '' }), ...text, stop(0), ...call(1, 'toolu_b', command(0)), ...end],
    calls: [start, ...Array.from({ length: callCount }, (_, n) => call(n, `toolu_b_${n}`, command(n))).flat(), ...end],
    half: eventCount - 4,
  };
}

function chat(): Spoken {
  const frame = (members: object) =>
    `data: ${JSON.stringify({ id: 'chatcmpl-b', object: 'chat.completion.chunk', created: 1, model: 'm', ...members })}\n\n`;
  const delta = (what: object) => frame({ choices: [{ index: 0, delta: what, finish_reason: null }] });
  const start = delta({ role: 'assistant', content: '' });
  const call = (index: number, id: string, input: string) => [
    delta({ tool_calls: [{ index, id, type: 'function', function: { name: 'Bash', arguments: '' } }] }),
    delta({ tool_calls: [{ index, function: { arguments: input.slice(0, 20) } }] }),
    delta({ tool_calls: [{ index, function: { arguments: input.slice(20) } }] }),
  ];
  const usage = { prompt_tokens: 12, completion_tokens: 81, total_tokens: 93 };
  const end = [
    frame({ choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] }),
    frame({ choices: [], usage }),
    'data: [DONE]\n\n',
  ];
  const text = Array.from({ length: eventCount - 7 }, (_, n) => delta({ content: ` word ${n} of the answer` }));
  const asked = (id: string, name: string, input: string) => ({
    id,
    type: 'function',
    function: { name, arguments: input },
  });
  const long = turns.map((n) =>
    n % 2 === 0
      ? { role: 'assistant', content: null, tool_calls: [asked(`t${n}`, 'Read', `{"file_path":"/a/${n}"}`)] }
      : { role: 'tool', tool_call_id: `t${n - 1}`, content: code.repeat(2) },
  );
  return {
    id: 'openai',
    title: 'Chat',
    path: '/v1/chat/completions',
    headers: (key) => ({ authorization: `Bearer ${key}`, 'session-id': 'bench' }),
    body: bodies((kind) => ({
      model: 'm',
      stream: streams(kind),
      ...(streams(kind) ? { stream_options: { include_usage: true } } : {}),
      tools: [{ type: 'function', function: { name: 'Bash', description, parameters: schema } }],
      messages: [{ role: 'user', content: short }, ...(kind === 'long' ? long : [])],
    })),
    whole: JSON.stringify({
      id: 'chatcmpl-b',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'word '.repeat(200),
            tool_calls: [asked('toolu_b', 'Bash', '{"command":"npm test -- --run"}')],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage,
    }),
    stream: [start, ...text, ...call(0, 'toolu_b', command(0)), ...end],
    calls: [start, ...Array.from({ length: callCount }, (_, n) => call(n, `toolu_b_${n}`, command(n))).flat(), ...end],
    half: eventCount - 4,
  };
}

export const spoken: readonly Spoken[] = [messages(), chat()];

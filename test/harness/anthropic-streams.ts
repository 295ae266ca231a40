import fs from 'node:fs';
import path from 'node:path';

// Recorded streams, and synthetic ones for what was never recorded (parallel and interleaved calls, thinking, tools of the provider).

const recordings = path.join(import.meta.dirname, '../fixtures/claude-code/2.1.330/streams');

/** Streams of Claude Code 2.1.330, as recorded. */
export const recorded: Readonly<Record<string, Buffer>> = Object.fromEntries(
  fs.readdirSync(recordings).map((file) => [file, fs.readFileSync(path.join(recordings, file))]),
);

export type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

/** Events in the framing Anthropic uses. */
export const framed = (events: readonly Event[]): Buffer =>
  Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''));

const usage = { input_tokens: 12, output_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };

export const messageStart: Event = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  },
};
export const start = (index: number, content_block: object): Event => ({
  type: 'content_block_start',
  index,
  content_block,
});
export const delta = (index: number, delta: object): Event => ({ type: 'content_block_delta', index, delta });
export const stop = (index: number): Event => ({ type: 'content_block_stop', index });
export const ending = (stop_reason: string): readonly Event[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 7 } },
  { type: 'message_stop' },
];
export const ping: Event = { type: 'ping' };

export const textBlock = (index: number, text: string): readonly Event[] => [
  start(index, { type: 'text', text: '' }),
  ...(text.match(/.{1,4}/gsu) ?? []).map((piece) => delta(index, { type: 'text_delta', text: piece })),
  stop(index),
];

export const toolStart = (index: number, id: string, name: string): Event =>
  start(index, { type: 'tool_use', id, name, input: {} });
export const inputDelta = (index: number, partial_json: string): Event =>
  delta(index, { type: 'input_json_delta', partial_json });

export const toolBlock = (index: number, id: string, name: string, input: unknown): readonly Event[] => [
  toolStart(index, id, name),
  inputDelta(index, ''),
  ...(JSON.stringify(input).match(/.{1,7}/gsu) ?? []).map((piece) => inputDelta(index, piece)),
  stop(index),
];

const parallel = [
  messageStart,
  ping,
  ...textBlock(0, 'Grüße 👋🏽, two at once.'),
  ...toolBlock(1, 'toolu_a', 'Bash', { command: 'echo "Ω → 👩‍💻"', description: 'one' }),
  ...toolBlock(2, 'toolu_b', 'Write', { file_path: '/tmp/x', content: 'a\nb\r\nc\u2028d' }),
  ...ending('tool_use'),
];

const interleaved = [
  messageStart,
  start(0, { type: 'text', text: '' }),
  toolStart(1, 'toolu_a', 'Bash'),
  toolStart(2, 'toolu_b', 'Read'),
  inputDelta(1, '{"comm'),
  delta(0, { type: 'text_delta', text: 'text goes on' }),
  inputDelta(2, '{"file_path":'),
  inputDelta(1, 'and":"ls"}'),
  ping,
  stop(0),
  inputDelta(2, '"/etc/hosts"}'),
  stop(2),
  start(3, { type: 'text', text: '' }),
  delta(3, { type: 'text_delta', text: 'behind' }),
  stop(1),
  stop(3),
  ...ending('tool_use'),
];

const thinking = [
  messageStart,
  start(0, { type: 'thinking', thinking: '', signature: '' }),
  delta(0, { type: 'thinking_delta', thinking: 'Let me see …' }),
  delta(0, { type: 'signature_delta', signature: 'EqQBCgIYAhIM+/==' }),
  stop(0),
  start(1, { type: 'redacted_thinking', data: 'EmwKAhgBEgy3va' }),
  stop(1),
  ...toolBlock(2, 'toolu_t', 'mcp__notes__echo_note', { text: 'hi' }),
  ...ending('tool_use'),
];

const provider = [
  messageStart,
  start(0, { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }),
  inputDelta(0, '{"query":"weather"}'),
  stop(0),
  start(1, {
    type: 'web_search_tool_result',
    tool_use_id: 'srvtoolu_1',
    content: [{ type: 'web_search_result', title: 't', url: 'https://a.example' }],
  }),
  stop(1),
  start(2, { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'echo', server_name: 'notes', input: { text: 'x' } }),
  stop(2),
  ...textBlock(3, 'Sunny.'),
  ...ending('end_turn'),
];

/** Synthetic streams. */
export const synthetic: Readonly<Record<string, Buffer>> = {
  parallel: framed(parallel),
  interleaved: framed(interleaved),
  thinking: framed(thinking),
  provider: framed(provider),
};

/** The same stream with other line ends, a byte order mark, comments and data in several lines. */
export const variants: Readonly<Record<string, (stream: Buffer) => Buffer>> = {
  crlf: (stream) => Buffer.from(stream.toString().replaceAll('\n', '\r\n')),
  cr: (stream) => Buffer.from(stream.toString().replaceAll('\n', '\r')),
  bom: (stream) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), stream]),
  comments: (stream) =>
    Buffer.from(`: hello\n\n${stream.toString().replaceAll('\n\n', '\n: keep alive\nid: 7\nretry: 10\n\n:\n\n')}`),
  'several data lines': (stream) =>
    Buffer.from(stream.toString().replace(/^data: \{(.*)\}$/gm, 'data:{\ndata\ndata: $1\ndata:}')),
  'no blank after the colon': (stream) => Buffer.from(stream.toString().replace(/^(data|event): /gm, '$1:')),
};

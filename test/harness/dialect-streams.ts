import fs from 'node:fs';
import path from 'node:path';
import { AwsEventReader } from '../../src/capture/aws-event-stream.ts';
import { isBlankRest, SseReader } from '../../src/capture/sse.ts';
import type { AskedCall, CallAnswer, Dialect } from '../../src/core/dialect.ts';
import { awsEvent } from '../../src/normalise/aws-frames.ts';
import { anthropic } from '../../src/normalise/dialects/anthropic.ts';
import { bedrockConverse } from '../../src/normalise/dialects/bedrock-converse.ts';
import { bedrockMessages } from '../../src/normalise/dialects/bedrock-messages.ts';
import { gemini } from '../../src/normalise/dialects/gemini.ts';
import { openaiChat } from '../../src/normalise/dialects/openai-chat.ts';
import { openaiResponses } from '../../src/normalise/dialects/openai-responses.ts';
import { ending, framed, messageStart, textBlock, toolBlock } from './anthropic-streams.ts';
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
  responsesEvents,
  usageChunk,
} from './openai-streams.ts';

/** One stream with the format it is in. */
export interface Sample {
  readonly name: string;
  readonly dialect: Dialect;
  readonly framing: 'sse' | 'aws';
  readonly bytes: Buffer;
}

const fixtures = path.join(import.meta.dirname, '../fixtures');

function recorded(folder: string, dialect: Dialect): Sample[] {
  const streams = path.join(fixtures, folder, 'streams');
  return fs
    .readdirSync(streams)
    .filter((file) => file.endsWith('.sse'))
    .map((file) => ({
      name: `${folder} ${file}`,
      dialect,
      framing: 'sse',
      bytes: fs.readFileSync(path.join(streams, file)),
    }));
}

const made = (name: string, dialect: Dialect, bytes: Buffer, framing: Sample['framing'] = 'sse'): Sample => ({
  name,
  dialect,
  framing,
  bytes,
});

const messagesEvents = [
  messageStart,
  ...textBlock(0, 'Two: ä 🙂.'),
  ...toolBlock(1, 'toolu_1', 'Bash', { command: 'ls' }),
  ...toolBlock(2, 'toolu_2', 'Bash', { command: 'FORBIDDEN 🙂' }),
  ...textBlock(3, 'after'),
  ...ending('tool_use'),
];

const responsesItems = [
  reasoning('rs_1'),
  message('msg_1', 'Three: ä 🙂.'),
  functionCall('call_1', 'exec_command', { cmd: 'ls "a b"' }),
  customCall('call_2', 'apply_patch', '*** Begin Patch\n*** Add File: FORBIDDEN\n+ä🙂\n*** End Patch\n'),
  functionCall('call_3', 'view_image', { path: 'a.png' }),
  message('msg_2', 'after'),
];

const chatChunks = [
  chunk([choice(0, { role: 'assistant', content: 'Zwei: ä 🙂' })]),
  ...chatCall(0, 'call_1', 'bash', { command: 'ls' }),
  ...chatCall(1, 'call_2', 'bash', { command: 'FORBIDDEN 🙂' }),
  ...chatCall(2, 'call_3', 'read', { path: 'a "b"' }),
  chunk([choice(0, {}, 'tool_calls')]),
  usageChunk,
];

const geminiPiece = (parts: readonly object[], finishReason?: string) =>
  `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, index: 0, ...(finishReason ? { finishReason } : {}) }], usageMetadata: { totalTokenCount: 9 } })}\r\n\r\n`;
const geminiCall = (command: string) => ({ functionCall: { name: 'run_shell_command', args: { command } } });

/** A call in pieces, as gemini-3-flash streams one on Vertex AI when it is asked to; its text in bits, then one that is empty. */
export function geminiPieces(
  name: string,
  input: Readonly<Record<string, unknown>>,
  last: object = {},
): readonly object[] {
  const pieces = Object.entries(input).flatMap(([path, value]): object[] => {
    const jsonPath = `$.${path}`;
    if (typeof value === 'number') return [{ jsonPath, numberValue: value }];
    if (typeof value === 'boolean') return [{ jsonPath, boolValue: value }];
    if (value === null) return [{ jsonPath, nullValue: 'NULL_VALUE' }];
    const bits = String(value).match(/.{1,6}/gsu) ?? [];
    return [...bits.map((bit) => ({ jsonPath, stringValue: bit, willContinue: true })), { jsonPath, stringValue: '' }];
  });
  return [
    { functionCall: { name, willContinue: true }, thoughtSignature: 'c2ln' },
    ...pieces.map((piece) => ({ functionCall: { partialArgs: [piece], willContinue: true } })),
    { functionCall: { willContinue: true } },
    { functionCall: last },
  ];
}

const converse = (use: readonly [string, unknown][]) =>
  Buffer.concat(use.map(([type, event]) => awsEvent(type, event)));

function converseCall(index: number, id: string, command: string): [string, unknown][] {
  const pieces = JSON.stringify({ command }).match(/.{1,5}/gsu) ?? [];
  return [
    ['contentBlockStart', { contentBlockIndex: index, start: { toolUse: { toolUseId: id, name: 'Bash' } } }],
    ...pieces.map((input): [string, unknown] => [
      'contentBlockDelta',
      { contentBlockIndex: index, delta: { toolUse: { input } }, p: 'abc' },
    ]),
    ['contentBlockStop', { contentBlockIndex: index }],
  ];
}

/** Recorded streams of every agent, and made ones with parallel calls and text around them, in every format. */
export const samples: readonly Sample[] = [
  ...recorded('claude-code/2.1.330', anthropic),
  ...recorded('codex/0.169.0', openaiResponses),
  ...['copilot-cli/1.0.102', 'opencode/1.18.33', 'qwen-code/0.24.4', 'droid/0.215.0', 'pi/0.87.1'].flatMap((folder) =>
    recorded(folder, openaiChat),
  ),
  ...recorded('gemini-cli/0.61.0', gemini),
  made('made messages', anthropic, framed(messagesEvents)),
  made('made responses', openaiResponses, namedFrames(responsesEvents(responsesItems))),
  made('made chat', openaiChat, chatFrames(chatChunks)),
  made(
    'made gemini',
    gemini,
    Buffer.from(geminiPiece([{ text: 'ä 🙂' }, geminiCall('ls')]) + geminiPiece([geminiCall('FORBIDDEN')], 'STOP')),
  ),
  made(
    'made gemini in pieces',
    gemini,
    Buffer.from(
      [
        { text: 'ä 🙂' },
        ...geminiPieces('run_shell_command', { command: 'ls "a b"', timeout: 5, quiet: true, 'env[0].name': 'ä' }),
        ...geminiPieces(
          'run_shell_command',
          { command: 'FORBIDDEN 🙂', dir: null },
          { partialArgs: [{ jsonPath: '$.n', numberValue: 0.5 }] },
        ),
      ]
        .map((part) => geminiPiece([part]))
        .join('') + geminiPiece([geminiCall('pwd'), { text: '' }], 'STOP'),
    ),
  ),
  made(
    'made converse',
    bedrockConverse,
    converse([
      ['messageStart', { role: 'assistant' }],
      ['contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'ä 🙂' } }],
      ['contentBlockStop', { contentBlockIndex: 0 }],
      ...converseCall(1, 'tooluse_1', 'ls'),
      ...converseCall(2, 'tooluse_2', 'FORBIDDEN 🙂'),
      ['messageStop', { stopReason: 'tool_use' }],
      ['metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 4 } }],
    ]),
    'aws',
  ),
  made(
    'made bedrock messages',
    bedrockMessages,
    Buffer.concat(
      messagesEvents.map((event) =>
        awsEvent('chunk', { bytes: Buffer.from(JSON.stringify(event)).toString('base64'), p: 'ab' }),
      ),
    ),
    'aws',
  ),
];

/** What came of a stream: the bytes a client gets, the calls that were judged, whether it was stopped. */
export interface Outcome {
  readonly bytes: Buffer;
  readonly calls: readonly AskedCall[];
  readonly failed: boolean;
  readonly unreadable: number;
}

export interface Reading {
  readonly hold: boolean;
  /** Pieces the stream comes in. */
  readonly chunks: readonly Buffer[];
  answer(call: AskedCall): CallAnswer | Promise<CallAnswer>;
}

/** Reads a stream as the gateway does. */
export async function read({ dialect, framing }: Sample, { hold, chunks, answer }: Reading): Promise<Outcome> {
  const calls: AskedCall[] = [];
  const out: Buffer[] = [];
  const state = { failed: false, unreadable: 0 };
  const listener = {
    async asked(call: AskedCall) {
      calls.push(call);
      return call.problem ? { release: false as const, text: call.problem } : answer(call);
    },
    said() {},
    ranAtProvider() {},
    cutOff() {},
    unreadable() {
      state.unreadable += 1;
    },
  };
  const put = (bytes: Uint8Array | string) => {
    if (!state.failed) out.push(Buffer.from(bytes));
  };
  const sink = {
    write: put,
    fail(bytes: Uint8Array | string) {
      put(bytes);
      state.failed = true;
    },
  };
  const reader = hold ? dialect.hold(listener, sink) : dialect.watch(listener);
  const events = framing === 'sse' ? new SseReader() : new AwsEventReader();
  try {
    for (const chunk of chunks) for (const frame of events.push(chunk)) if (!state.failed) reader.frame(frame);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'FrameTooLong') throw error;
    state.failed = true;
  }
  await reader.end();
  // Line ends behind the last frame are a part of its end.
  if (framing === 'sse' && isBlankRest(events.rest())) put(events.rest());
  return { bytes: Buffer.concat(out), calls, ...state };
}

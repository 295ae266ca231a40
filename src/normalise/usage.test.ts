import { describe, expect, it } from 'vitest';
import type { AnswerListener, Dialect, SseFrame } from '../core/dialect.ts';
import type { Tokens } from '../core/usage.ts';
import { modelInBody } from './model.ts';
import { providers } from './providers.ts';

const dialect = (id: string): Dialect => {
  const found = providers.flatMap(({ dialects }) => dialects).find((each) => each.id === id);
  if (!found) throw new Error(`no dialect ${id}`);
  return found;
};

/** The last tokens that frames or a body tell of. */
function told(id: string, given: readonly SseFrame[] | string): Tokens | null {
  const state: { tokens: Tokens | null } = { tokens: null };
  const listener: AnswerListener = {
    asked: async () => ({ release: true }),
    said() {},
    ranAtProvider() {},
    cutOff() {},
    unreadable() {},
    used(tokens) {
      state.tokens = tokens;
    },
  };
  if (typeof given === 'string') dialect(id).watchMessage(given, listener);
  else {
    const reader = dialect(id).watch(listener);
    for (const frame of given) reader.frame(frame);
  }
  return state.tokens;
}

const frame = (event: string, value: unknown): SseFrame => ({
  raw: new Uint8Array(),
  event,
  data: JSON.stringify(value),
});
const chunk = (value: unknown): SseFrame =>
  frame('chunk', { bytes: Buffer.from(JSON.stringify(value)).toString('base64') });

describe('tokens', () => {
  it('of Bedrock are told by Converse, with the time a cache lives', () => {
    const usage = {
      inputTokens: 5,
      outputTokens: 6,
      totalTokens: 41,
      cacheReadInputTokens: 10,
      cacheWriteInputTokens: 20,
      cacheDetails: [
        { ttl: '5m', inputTokens: 8 },
        { ttl: '1h', inputTokens: 12 },
      ],
    };
    const tokens = { input: 5, output: 6, cacheRead: 10, cacheWrite5m: 8, cacheWrite1h: 12 };
    expect(told('bedrock-converse', [frame('metadata', { usage, metrics: { latencyMs: 1 } })])).toMatchObject(tokens);
    expect(told('bedrock-converse', JSON.stringify({ output: {}, usage }))).toMatchObject(tokens);
  });

  it('of Bedrock are found in its chunks of Anthropic events', () => {
    const start = { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } };
    const end = { type: 'message_delta', delta: {}, usage: { output_tokens: 30 } };
    expect(told('bedrock-messages', [chunk(start), chunk(end)])).toMatchObject({ input: 9, output: 30 });
  });

  it('are not what a model or a tool says of usage', () => {
    const lies = { usage: { input_tokens: 1_000_000 } };
    const content = [
      { type: 'tool_use', id: 'a', name: 'x', input: lies },
      { type: 'text', text: JSON.stringify(lies) },
    ];
    const body = { content, usage: { input_tokens: 3, output_tokens: 4 } };
    expect(told('anthropic', JSON.stringify(body))).toMatchObject({ input: 3, output: 4 });
    expect(told('anthropic', JSON.stringify({ content }))).toBeNull();
    expect(told('gemini', [frame('', { candidates: [{ usageMetadata: { promptTokenCount: 9 } }] })])).toBeNull();
  });

  it('that are no counts are none', () => {
    const usage = {
      input_tokens: -5,
      output_tokens: 'many',
      cache_read_input_tokens: 1e300,
      cache_creation_input_tokens: 2.4,
    };
    expect(told('anthropic', JSON.stringify({ content: [], usage }))).toMatchObject({
      input: 0,
      output: 0,
      cacheRead: 0,
      cacheWrite5m: 2,
    });
  });

  it('of a list that Gemini streams are those of its last part', () => {
    const part = (candidatesTokenCount: number) => ({ usageMetadata: { promptTokenCount: 7, candidatesTokenCount } });
    expect(told('gemini', JSON.stringify([part(1), part(5)]))).toMatchObject({ input: 7, output: 5 });
  });
});

describe('the model of a body', () => {
  it.each([
    ['{"messages":[{"model":"other"}],"model":"one"}', 'one'],
    ['{ "model" : "o\\u006ee" , "n":[1,{"model":2}] }', 'one'],
    ['{"messages":[]}', ''],
    ['{"model":"one","model":"two"}', null],
    ['{"model":"one","MODEL":"two"}', null],
    ['{"m\\u006fdel":"one"}', null],
    ['{"model":"one"', null],
    ['{"model":"one"}{"model":"two"}', null],
    ['{"model":"one"} \n', 'one'],
    ['\ufeff{"model":"one"}', null],
    ['["model"]', null],
    ['{"model":null}', null],
  ])('%s is %s', (body, model) => {
    expect(modelInBody(body)).toBe(model);
  });
});

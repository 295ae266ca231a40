import type { AnswerListener, Dialect, FrameReader, SseFrame } from '../core/dialect.ts';
import type { Tokens } from '../core/usage.ts';
import { afterBlanks, elementsOf, membersOf, parsedJson, recordOf } from './strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** Where a format tells how many tokens an answer took. */
export interface UsageFormat {
  /** Member names, one of which stands in the JSON text of every event that tells. */
  readonly names: readonly string[];
  /** Members whose value may hold the usage instead of the event itself: `message`, `response`. */
  readonly inside: readonly string[];
  /** All members told so far, later ones in place of earlier ones → tokens. */
  tokens(usage: Json): Tokens;
  /** The event's JSON text, where that is not the frame's data. */
  dataOf?(frame: SseFrame): string | null;
}

/** The readers of a dialect that tell a listener the answer's tokens too. What they read is not read twice: only events that tell are looked at. */
export function telling(format: UsageFormat, dialect: Readers): Readers {
  return {
    watch: (listener) => withUsage(format, listener, dialect.watch(listener)),
    hold: (listener, sink) => withUsage(format, listener, dialect.hold(listener, sink)),
    watchMessage(body, listener) {
      tellWhole(format, body, listener);
      dialect.watchMessage(body, listener);
    },
    holdMessage(body, listener) {
      tellWhole(format, body, listener);
      return dialect.holdMessage(body, listener);
    },
  };
}

type Readers = Pick<Dialect, 'watch' | 'hold' | 'watchMessage' | 'holdMessage'>;

function withUsage(format: UsageFormat, listener: AnswerListener, reader: FrameReader): FrameReader {
  if (!listener.used) return reader;
  let known: Json | null = null;
  return {
    frame(frame) {
      const data = format.dataOf ? format.dataOf(frame) : frame.data;
      const more = data === null ? null : usageIn(format, data, afterBlanks(data, 0));
      if (more) {
        known = { ...known, ...more };
        listener.used?.(format.tokens(known));
      }
      reader.frame(frame);
    },
    end: () => reader.end(),
  };
}

function tellWhole(format: UsageFormat, body: string, listener: AnswerListener): void {
  if (!listener.used || !format.names.some((name) => body.includes(`"${name}"`))) return;
  const start = afterBlanks(body, 0);
  const parts = body.startsWith('[', start) ? elementsOf(body, start).map((part) => part.start) : [start];
  const found = parts.flatMap((at) => usageIn(format, body, at) ?? []);
  if (found.length > 0) listener.used(format.tokens(Object.assign({}, ...found)));
}

/** The usage in the object that opens at `start`, or one member deeper. Only it is parsed. */
function usageIn(format: UsageFormat, text: string, start: number): Json | null {
  if (!format.names.some((name) => text.includes(`"${name}"`))) return null;
  const members = membersOf(text, start);
  const own = usageAmong(format, text, members);
  if (own) return own;
  for (const name of format.inside) {
    const span = members.get(name);
    const found = span && usageAmong(format, text, membersOf(text, span.start));
    if (found) return found;
  }
  return null;
}

function usageAmong(format: UsageFormat, text: string, members: ReturnType<typeof membersOf>): Json | null {
  for (const name of format.names) {
    const span = members.get(name);
    const usage = span && recordOf(parsedJson(text.slice(span.start, span.end))?.value);
    if (usage) return withoutNull(usage);
  }
  return null;
}

const withoutNull = (usage: Json): Json =>
  Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null && value !== undefined));

const most = 1e12;

/** A count of tokens; 0 for anything that is none. */
const count = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0 && value < most ? Math.round(value) : 0;

/** Anthropic Messages. Source: Anthropic API reference, Messages: usage. */
export const messagesUsage: UsageFormat = {
  names: ['usage'],
  inside: ['message'],
  tokens(usage) {
    const cache = recordOf(usage.cache_creation);
    const written = count(usage.cache_creation_input_tokens);
    const hour = Math.min(count(cache?.ephemeral_1h_input_tokens), written);
    return {
      input: count(usage.input_tokens),
      output: count(usage.output_tokens),
      cacheRead: count(usage.cache_read_input_tokens),
      cacheWrite5m: written - hour,
      cacheWrite1h: hour,
      reasoning: count(recordOf(usage.output_tokens_details)?.thinking_tokens),
      images: 0,
    };
  },
};

/** Input tokens of a provider that counts what came from its cache among them. */
function sharedInput(all: unknown, cached: unknown, images: unknown) {
  const total = count(all);
  const cacheRead = Math.min(count(cached), total);
  const input = total - cacheRead;
  return { input, cacheRead, images: Math.min(count(images), input), cacheWrite5m: 0, cacheWrite1h: 0 };
}

/** OpenAI Responses. Source: OpenAI API reference, the response object. */
export const responsesUsage: UsageFormat = {
  names: ['usage'],
  inside: ['response'],
  tokens(usage) {
    const details = recordOf(usage.input_tokens_details);
    return {
      ...sharedInput(usage.input_tokens, details?.cached_tokens, details?.image_tokens),
      output: count(usage.output_tokens),
      reasoning: count(recordOf(usage.output_tokens_details)?.reasoning_tokens),
    };
  },
};

/** OpenAI Chat Completions; in a stream only of clients that ask for it. Source: OpenAI API reference, the completion object. */
export const chatUsage: UsageFormat = {
  names: ['usage'],
  inside: [],
  tokens(usage) {
    const details = recordOf(usage.prompt_tokens_details);
    return {
      ...sharedInput(usage.prompt_tokens, details?.cached_tokens, details?.image_tokens),
      output: count(usage.completion_tokens),
      reasoning: count(recordOf(usage.completion_tokens_details)?.reasoning_tokens),
    };
  },
};

/** Gemini; every event tells the sums so far. Source: Gemini API reference, UsageMetadata. */
export const geminiUsage: UsageFormat = {
  names: ['usageMetadata', 'usage_metadata'],
  inside: [],
  tokens(usage) {
    const details = Array.isArray(usage.promptTokensDetails) ? usage.promptTokensDetails : [];
    const images = details
      .map((each: unknown) => recordOf(each))
      .filter((each) => each?.modality === 'IMAGE')
      .reduce((sum, each) => sum + count(each?.tokenCount), 0);
    const thoughts = count(usage.thoughtsTokenCount);
    const prompt = count(usage.promptTokenCount) + count(usage.toolUsePromptTokenCount);
    return {
      ...sharedInput(prompt, usage.cachedContentTokenCount, images),
      output: count(usage.candidatesTokenCount) + thoughts,
      reasoning: thoughts,
    };
  },
};

/** Bedrock's Converse. Source: Amazon Bedrock API reference, TokenUsage. */
export const converseUsage: UsageFormat = {
  names: ['usage'],
  inside: ['metadata'],
  tokens(usage) {
    const written = count(usage.cacheWriteInputTokens);
    const details = Array.isArray(usage.cacheDetails) ? usage.cacheDetails : [];
    const hour = details
      .map((each: unknown) => recordOf(each))
      .filter((each) => each?.ttl === '1h')
      .reduce((sum, each) => sum + count(each?.inputTokens), 0);
    const cacheWrite1h = Math.min(hour, written);
    return {
      input: count(usage.inputTokens),
      output: count(usage.outputTokens),
      cacheRead: count(usage.cacheReadInputTokens),
      cacheWrite5m: written - cacheWrite1h,
      cacheWrite1h,
      reasoning: 0,
      images: 0,
    };
  },
};

import type { Dialect } from '../../core/dialect.ts';
import { holdBlocks, watchBlocks } from '../blocks.ts';
import { modelInBody } from '../model.ts';
import { ambiguityOf } from '../strict-json.ts';
import { messagesUsage, telling } from '../usage.ts';
import { holdMessage, watchMessage } from './message.ts';
import { requestFacts } from './request.ts';
import { streamFormat } from './stream.ts';

/** How its answers are read. */
export const messageReaders = {
  watch: (listener) => watchBlocks(streamFormat, listener),
  hold: (listener, sink) => holdBlocks(streamFormat, listener, sink),
  watchMessage,
  holdMessage,
} satisfies Pick<Dialect, 'watch' | 'hold' | 'watchMessage' | 'holdMessage'>;

/** Anthropic Messages, streaming and not, wherever it is served. Source: docs.anthropic.com API reference, recordings of Claude Code 2.1.330. */
export const messagesFormat: Omit<Dialect, 'id' | 'answersWithCalls'> = {
  model: (_path, body) => modelInBody(body),
  request: requestFacts,
  ambiguity: ambiguityOf,
  ...telling(messagesUsage, messageReaders),
  error: (kind, message) => JSON.stringify({ type: 'error', error: { type: kind, message } }),
};

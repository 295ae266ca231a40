import type { Dialect } from '../../core/dialect.ts';
import { HoldingBlocks, watchBlocks } from '../blocks.ts';
import { ambiguityOf } from '../strict-json.ts';
import { holdMessage, watchMessage } from './message.ts';
import { requestFacts } from './request.ts';
import { streamFormat } from './stream.ts';

/** Anthropic Messages, streaming and not, wherever it is served. Source: docs.anthropic.com API reference, recordings of Claude Code 2.1.330. */
export const messagesFormat: Omit<Dialect, 'id' | 'answersWithCalls'> = {
  request: requestFacts,
  ambiguity: ambiguityOf,
  watch: (listener) => watchBlocks(streamFormat, listener),
  hold: (listener, sink) => new HoldingBlocks(streamFormat, listener, sink),
  watchMessage,
  holdMessage,
  error: (kind, message) => JSON.stringify({ type: 'error', error: { type: kind, message } }),
};

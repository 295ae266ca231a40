import type { Dialect } from '../../core/dialect.ts';
import { HoldingBlocks, watchBlocks } from '../blocks.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf } from '../strict-json.ts';
import { holdMessage, watchMessage } from './anthropic.message.ts';
import { requestFacts } from './anthropic.request.ts';
import { streamFormat } from './anthropic.stream.ts';

/** Anthropic Messages, streaming and not. Source: docs.anthropic.com API reference, recordings of Claude Code 2.1.330. */
export const anthropic: Dialect = {
  id: 'anthropic',
  answersWithCalls: (method, path) => method === 'POST' && plainPath(path) === '/v1/messages',
  request: requestFacts,
  ambiguity: ambiguityOf,
  watch: (listener) => watchBlocks(streamFormat, listener),
  hold: (listener, sink) => new HoldingBlocks(streamFormat, listener, sink),
  watchMessage,
  holdMessage,
  error: (kind, message) => JSON.stringify({ type: 'error', error: { type: kind, message } }),
};

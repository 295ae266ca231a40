import type { Dialect } from '../../core/dialect.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf } from '../strict-json.ts';
import { holdMessage, watchMessage } from './anthropic.message.ts';
import { requestFacts } from './anthropic.request.ts';
import { HoldingReader, watchStream } from './anthropic.stream.ts';

/** Anthropic Messages, streaming and not. Source: docs.anthropic.com API reference, recordings of Claude Code 2.1.330. */
export const anthropic: Dialect = {
  id: 'anthropic',
  answersWithCalls: (method, path) => method === 'POST' && plainPath(path) === '/v1/messages',
  request: requestFacts,
  ambiguity: ambiguityOf,
  watch: watchStream,
  hold: (listener, sink) => new HoldingReader(listener, sink),
  watchMessage,
  holdMessage,
  error: (kind, message) => JSON.stringify({ type: 'error', error: { type: kind, message } }),
};

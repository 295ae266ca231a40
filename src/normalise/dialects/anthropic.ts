import type { Dialect } from '../../core/dialect.ts';
import { ambiguityOf } from '../strict-json.ts';
import { holdMessage, watchMessage } from './anthropic.message.ts';
import { requestFacts } from './anthropic.request.ts';
import { HoldingReader, watchStream } from './anthropic.stream.ts';

/** Anthropic Messages, streaming and not. Source: docs.anthropic.com API reference, recordings of Claude Code 2.1.330. */
export const anthropic: Dialect = {
  id: 'anthropic',
  answersWithCalls: (method, path) => method === 'POST' && plainPath(path) === '/v1/messages',
  keyHeader: (key) => ['x-api-key', key],
  request: requestFacts,
  ambiguity: ambiguityOf,
  watch: watchStream,
  hold: (listener, sink) => new HoldingReader(listener, sink),
  watchMessage,
  holdMessage,
  error: (kind, message) => JSON.stringify({ type: 'error', error: { type: kind, message } }),
};

/** One spelling for every path a server could take for the same: escapes, doubled and trailing slashes, dots, case. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of unescaped(path).split(/[/\\]/)) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part.toLowerCase());
  }
  return `/${parts.join('/')}`;
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

import type { Dialect } from '../../core/dialect.ts';
import { messagesFormat } from '../messages/dialect.ts';
import { modelInPath } from '../model.ts';
import { plainPath } from '../paths.ts';

/** Anthropic Messages as Vertex serves it. Source: Vertex AI documentation, Claude models; Anthropic's Vertex client. */
export const vertexMessages: Dialect = {
  ...messagesFormat,
  id: 'vertex-messages',
  model: (path) => modelInPath(path, /\/models\/([^/]+):[a-z]+$/),
  answersWithCalls: (method, path) =>
    method === 'POST' && /\/publishers\/anthropic\/models\/[^/]+:(?:stream)?rawpredict$/.test(plainPath(path)),
};

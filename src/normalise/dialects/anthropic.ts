import type { Dialect } from '../../core/dialect.ts';
import { messagesFormat } from '../messages/dialect.ts';
import { plainPath } from '../paths.ts';

/** Anthropic Messages at Anthropic's own address. */
export const anthropic: Dialect = {
  ...messagesFormat,
  id: 'anthropic',
  answersWithCalls: (method, path) => method === 'POST' && plainPath(path) === '/v1/messages',
};

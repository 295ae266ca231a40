import type { Dialect } from '../../core/dialect.ts';
import { modelInBody } from '../model.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf } from '../strict-json.ts';
import { chatUsage, telling } from '../usage.ts';
import { holdMessage, watchMessage } from './openai-chat.message.ts';
import { requestFacts } from './openai-chat.request.ts';
import { holdStream, watchStream } from './openai-chat.stream.ts';

/** OpenAI Chat Completions, also of servers that speak it. Source: OpenAI API reference; recordings of Copilot, OpenCode, Qwen Code, Droid, pi. */
export const openaiChat: Dialect = {
  id: 'openai-chat',
  answersWithCalls: (method, path) => method === 'POST' && plainPath(path).endsWith('/chat/completions'),
  model: (_path, body) => modelInBody(body),
  request: requestFacts,
  ambiguity: ambiguityOf,
  ...telling(chatUsage, {
    watch: watchStream,
    hold: holdStream,
    watchMessage,
    holdMessage,
  }),
  error: (kind, message) => JSON.stringify({ error: { message, type: kind, param: null, code: null } }),
};

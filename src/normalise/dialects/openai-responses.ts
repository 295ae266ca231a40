import type { Dialect } from '../../core/dialect.ts';
import { modelInBody } from '../model.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf } from '../strict-json.ts';
import { responsesUsage, telling } from '../usage.ts';
import { holdMessage, watchMessage } from './openai-responses.message.ts';
import { requestFacts } from './openai-responses.request.ts';
import { goingOnFrom, withResults } from './openai-responses.results.ts';
import { holdStream, watchStream } from './openai-responses.stream.ts';

/** OpenAI Responses, streaming and not. Source: OpenAI API reference; recordings of Codex 0.169. */
export const openaiResponses: Dialect = {
  id: 'openai-responses',
  // A stored answer may be fetched later, with its calls.
  answersWithCalls: (method, path) =>
    (method === 'POST' || method === 'GET') && /(?:^|\/)responses(?:\/[^/]+)?$/.test(plainPath(path)),
  model: (_path, body) => modelInBody(body),
  request: requestFacts,
  ambiguity: ambiguityOf,
  ...telling(responsesUsage, {
    watch: watchStream,
    hold: holdStream,
    watchMessage,
    holdMessage,
  }),
  error: (kind, message) => JSON.stringify({ error: { message, type: kind, param: null, code: null } }),
  goingOn: { from: goingOnFrom, withResults },
};

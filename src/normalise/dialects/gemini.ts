import type { Dialect } from '../../core/dialect.ts';
import { modelInPath } from '../model.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf } from '../strict-json.ts';
import { geminiUsage, telling } from '../usage.ts';
import { holdMessage, watchMessage } from './gemini.message.ts';
import { requestFacts } from './gemini.request.ts';
import { holdStream, watchStream } from './gemini.stream.ts';

/** Gemini generateContent and streamGenerateContent, also as Vertex serves them. Source: Gemini API reference; recordings of Gemini CLI 0.61. */
export const gemini: Dialect = {
  id: 'gemini',
  answersWithCalls: (method, path) => method === 'POST' && /:(?:stream)?generatecontent$/.test(plainPath(path)),
  model: (path) => modelInPath(path, /\/(?:tuned)?models\/([^/]+):[a-z]+$/),
  request: requestFacts,
  ambiguity: ambiguityOf,
  ...telling(geminiUsage, {
    watch: watchStream,
    hold: holdStream,
    watchMessage,
    holdMessage,
  }),
  error: (kind, message) => JSON.stringify({ error: { ...statusOf[kind], message } }),
};

/** Google's names for what went wrong. Source: google.rpc.Code. */
const statusOf = {
  invalid_request_error: { code: 400, status: 'INVALID_ARGUMENT' },
  authentication_error: { code: 401, status: 'UNAUTHENTICATED' },
  permission_error: { code: 403, status: 'PERMISSION_DENIED' },
  not_found_error: { code: 404, status: 'NOT_FOUND' },
  request_too_large: { code: 413, status: 'INVALID_ARGUMENT' },
  rate_limit_error: { code: 429, status: 'RESOURCE_EXHAUSTED' },
  api_error: { code: 502, status: 'UNAVAILABLE' },
  timeout_error: { code: 504, status: 'DEADLINE_EXCEEDED' },
} as const;

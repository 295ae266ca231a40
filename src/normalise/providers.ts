import type { Provider } from '../core/provider.ts';
import { anthropic } from './dialects/anthropic.ts';
import { gemini } from './dialects/gemini.ts';
import { openaiChat } from './dialects/openai-chat.ts';
import { openaiResponses } from './dialects/openai-responses.ts';

/** Providers by the first part of the gateway's path. */
export const providers: readonly Provider[] = [
  {
    id: 'anthropic',
    title: 'Anthropic',
    origin: 'https://api.anthropic.com',
    keyHeaders: (key) => ['x-api-key', key],
    dialects: [anthropic],
  },
  {
    id: 'openai',
    title: 'OpenAI',
    origin: 'https://api.openai.com',
    keyHeaders: (key) => ['authorization', `Bearer ${key}`],
    dialects: [openaiResponses, openaiChat],
  },
  {
    id: 'gemini',
    title: 'Google Gemini',
    origin: 'https://generativelanguage.googleapis.com',
    keyHeaders: (key) => ['x-goog-api-key', key],
    keyParameter: 'key',
    // Google serves OpenAI's format too, under /v1beta/openai.
    dialects: [gemini, openaiChat],
  },
];

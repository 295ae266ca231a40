import type { Provider } from '../core/provider.ts';
import { anthropic } from './dialects/anthropic.ts';
import { bedrockConverse } from './dialects/bedrock-converse.ts';
import { bedrockMessages } from './dialects/bedrock-messages.ts';
import { gemini } from './dialects/gemini.ts';
import { openaiChat } from './dialects/openai-chat.ts';
import { openaiResponses } from './dialects/openai-responses.ts';
import { vertexMessages } from './dialects/vertex-messages.ts';

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
  {
    id: 'bedrock',
    title: 'Amazon Bedrock',
    origin: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    keyHeaders: (key) => ['authorization', `Bearer ${key}`],
    dialects: [bedrockConverse, bedrockMessages],
  },
  {
    id: 'vertex',
    title: 'Google Vertex AI',
    origin: 'https://aiplatform.googleapis.com',
    keyHeaders: (key) => ['authorization', `Bearer ${key}`],
    dialects: [gemini, vertexMessages, openaiChat],
  },
];

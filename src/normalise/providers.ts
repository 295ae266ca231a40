import type { Provider } from '../core/provider.ts';
import { anthropic } from './dialects/anthropic.ts';
import { bedrockConverse } from './dialects/bedrock-converse.ts';
import { bedrockMessages } from './dialects/bedrock-messages.ts';
import { gemini } from './dialects/gemini.ts';
import { openaiChat } from './dialects/openai-chat.ts';
import { openaiResponses } from './dialects/openai-responses.ts';
import { vertexMessages } from './dialects/vertex-messages.ts';
import { plainPath } from './paths.ts';

/** Models answer to POST alone; of those paths only the named ones make no calls. */
const quietBut =
  (posts: RegExp): Provider['quiet'] =>
  (method, path) =>
    method !== 'POST' || posts.test(plainPath(path));

/** Providers by the first part of the gateway's path. */
export const providers: readonly Provider[] = [
  {
    id: 'anthropic',
    title: 'Anthropic',
    variables: ['ANTHROPIC_API_KEY'],
    origin: 'https://api.anthropic.com',
    keyHeaders: (key) => ['x-api-key', key],
    quiet: quietBut(
      /^\/v1\/(?:messages\/count_tokens|messages\/batches(?:\/.*)?|files(?:\/.*)?|skills(?:\/.*)?|models(?:\/.*)?)$|^\/api\//,
    ),
    dialects: [anthropic],
  },
  {
    id: 'openai',
    title: 'OpenAI',
    variables: ['OPENAI_API_KEY'],
    origin: 'https://api.openai.com',
    keyHeaders: (key) => ['authorization', `Bearer ${key}`],
    quiet: quietBut(
      /^(?:\/v1)?\/(?:completions|conversations|embeddings|moderations|models|files|uploads|images|audio|videos|batches|vector_stores|fine_tuning|evals|containers|analytics|responses\/(?:input_tokens|compact))(?:\/.*)?$/,
    ),
    dialects: [openaiResponses, openaiChat],
  },
  {
    id: 'gemini',
    title: 'Google Gemini',
    variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    origin: 'https://generativelanguage.googleapis.com',
    keyHeaders: (key) => ['x-goog-api-key', key],
    keyParameter: 'key',
    // Google serves OpenAI's format too, under /v1beta/openai.
    quiet: quietBut(
      /:(?:counttokens|embedcontent|batchembedcontents|predict|predictlongrunning|generateanswer)$|^\/(?:upload\/)?v1(?:beta|alpha)?\/(?:files|cachedcontents|tunedmodels|corpora|filesearchstores)(?:\/.*)?$|\/openai\/(?:embeddings|images\/.*|models)$/,
    ),
    dialects: [gemini, openaiChat],
  },
  {
    id: 'bedrock',
    title: 'Amazon Bedrock',
    variables: ['BEDROCK_API_KEY', 'AWS_BEARER_TOKEN_BEDROCK'],
    cloud: 'aws',
    origin: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    keyHeaders: (key) => ['authorization', `Bearer ${key}`],
    quiet: quietBut(
      /^\/guardrail\/|^\/model\/.+\/count-tokens$|^\/model\/[^/]*(?:embed|rerank|image|canvas|reel|stable)[^/]*\/invoke$/,
    ),
    dialects: [bedrockConverse, bedrockMessages],
  },
  {
    id: 'vertex',
    title: 'Google Vertex AI',
    variables: ['VERTEX_API_KEY'],
    cloud: 'google',
    origin: 'https://aiplatform.googleapis.com',
    keyHeaders: (key) => ['authorization', `Bearer ${key}`],
    quiet: quietBut(
      /:(?:counttokens|computetokens|predict|predictlongrunning|fetchpredictoperation)$|\/(?:cachedcontents|operations|ragcorpora)(?:[/:].*)?$/,
    ),
    dialects: [gemini, vertexMessages, openaiChat],
  },
];

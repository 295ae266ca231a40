import type { Dialect } from '../../core/dialect.ts';
import { holdBlocks, watchBlocks } from '../blocks.ts';
import { modelOfBedrock } from '../model.ts';
import { plainPath } from '../paths.ts';
import { ambiguityOf } from '../strict-json.ts';
import { converseUsage, telling } from '../usage.ts';
import { holdMessage, watchMessage } from './bedrock-converse.message.ts';
import { requestFacts } from './bedrock-converse.request.ts';
import { streamFormat } from './bedrock-converse.stream.ts';

/** Amazon Bedrock's Converse and ConverseStream. Source: Amazon Bedrock API reference. */
export const bedrockConverse: Dialect = {
  id: 'bedrock-converse',
  answersWithCalls: (method, path) => method === 'POST' && /^\/model\/.+\/converse(?:-stream)?$/.test(plainPath(path)),
  model: modelOfBedrock,
  request: requestFacts,
  ambiguity: ambiguityOf,
  ...telling(converseUsage, {
    watch: (listener) => watchBlocks(streamFormat, listener),
    hold: (listener, sink) => holdBlocks(streamFormat, listener, sink),
    watchMessage,
    holdMessage,
  }),
  error: (_kind, message) => JSON.stringify({ message }),
};

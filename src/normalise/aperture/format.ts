import type { RequestParts } from '../../core/aperture.ts';
import type { Dialect } from '../../core/dialect.ts';
import { anthropic } from '../dialects/anthropic.ts';
import { bedrockConverse } from '../dialects/bedrock-converse.ts';
import { gemini } from '../dialects/gemini.ts';
import { openaiChat } from '../dialects/openai-chat.ts';
import { openaiResponses } from '../dialects/openai-responses.ts';
import { chatParts } from '../parts/chat.ts';
import { converseParts } from '../parts/converse.ts';
import { geminiParts } from '../parts/gemini.ts';
import { messagesParts } from '../parts/messages.ts';
import { type Json, listOf } from '../parts/parts.ts';
import { responsesParts } from '../parts/responses.ts';
import { providers } from '../providers.ts';
import { recordOf } from '../strict-json.ts';

/**
 * The wire format of an exchange. Aperture's provider names are its operator's own, so the path tells, with whatever an
 * operator put before it; where it does not, the shape of what was sent does. Null: none that is known.
 */
export function formatOf(url: string, request: unknown, answer: unknown): Dialect | null {
  const path = pathOf(url);
  const parts = path.split('/').slice(1);
  for (let from = 0; from < Math.min(parts.length, 8); from++) {
    const rest = `/${parts.slice(from).join('/')}`;
    for (const { dialects } of providers) {
      const found = dialects.find((dialect) => dialect.answersWithCalls('POST', rest));
      if (found) return found;
    }
  }
  const asked = recordOf(request);
  // What only counts the tokens of a conversation still sends it; texts to embed are none.
  if (isQuiet(url) && !(asked && ('messages' in asked || 'contents' in asked))) return null;
  return byRequest(asked) ?? byAnswer(recordOf(Array.isArray(answer) ? answer[0] : answer));
}

/** True for an address whose answers hold no tool calls: models listed, tokens counted, texts embedded. */
export function isQuiet(url: string): boolean {
  const parts = pathOf(url).split('/').slice(1);
  return parts.some((part, from) => {
    const rest = `/${parts.slice(from).join('/')}`;
    // Anthropic's own client alone uses `/api/…` for what holds no calls; other servers answer with models there.
    return part !== 'api' && providers.some(({ quiet }) => quiet('POST', rest));
  });
}

/** `https://host/v1/messages?beta=true` or `/v1/messages` → `/v1/messages`. */
function pathOf(url: string): string {
  const rest = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function byRequest(request: Json | null): Dialect | null {
  if (!request) return null;
  if (Array.isArray(request.contents)) return gemini;
  if ('input' in request) return openaiResponses;
  if (!Array.isArray(request.messages)) return null;
  const blocks = listOf(request.messages).flatMap(({ content }) => listOf(content));
  const untyped = blocks.some((block) => block.type === undefined && ('text' in block || 'toolUse' in block));
  if ('toolConfig' in request || 'inferenceConfig' in request || untyped) return bedrockConverse;
  const ofAnthropic = blocks.some(({ type }) => type === 'tool_use' || type === 'tool_result');
  return 'anthropic_version' in request || 'system' in request || ofAnthropic ? anthropic : openaiChat;
}

function byAnswer(answer: Json | null): Dialect | null {
  if (!answer) return null;
  if ('candidates' in answer) return gemini;
  if (answer.object === 'response' || String(answer.type).startsWith('response.')) return openaiResponses;
  if ('choices' in answer) return openaiChat;
  if (recordOf(answer.output)?.message !== undefined || 'messageStart' in answer) return bedrockConverse;
  return answer.type === 'message' || answer.type === 'message_start' ? anthropic : null;
}

/** What stands where in a request of this format. */
export function partsOf(dialect: Dialect, request: unknown, sha256: (text: string) => string): RequestParts | null {
  const body = recordOf(request);
  if (!body) return null;
  switch (dialect.id) {
    case 'openai-chat':
      return chatParts(body);
    case 'openai-responses':
      return responsesParts(body);
    case 'gemini':
      return geminiParts(body, sha256);
    case 'bedrock-converse':
      return converseParts(body);
    default:
      return messagesParts(body);
  }
}

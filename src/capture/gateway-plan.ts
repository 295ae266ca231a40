import type { IncomingMessage } from 'node:http';
import {
  type ClientSide,
  framingOf,
  heldMessage,
  heldStream,
  messageCopy,
  passed,
  streamCopy,
  watched,
} from './gateway-answer.ts';
import { encodingOf } from './gateway-decode.ts';
import type { AnswerPlan } from './gateway-exchange.ts';
import type { AnswerJudge } from './gateway-judge.ts';
import type { Asked, Gateway } from './gateway-kinds.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly client: ClientSide;
}

/** How to treat an answer: what cannot hold tool calls passes; the rest is watched, or held while enforcing. */
export function planFor(
  gateway: Gateway,
  asked: Asked,
  judge: AnswerJudge,
  { status, headers, client }: Answer,
): AnswerPlan | { readonly refuse: string } {
  const type = (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const framing = framingOf(type);
  const streaming = framing !== null;
  const pass: AnswerPlan = { without: [], headersFirst: streaming, begins: true, path: passed(client) };
  // An error is passed as it is: no client looks for tool calls in one.
  if (!asked.withCalls || status >= 400) return pass;
  const encoding = encodingOf(headers['content-encoding']);
  const readable =
    status < 300 && encoding !== null && (streaming || type === 'application/json' || type.endsWith('+json'));
  if (!readable || encoding === null) {
    const why = `status ${status}, type ${type || 'none'}, coding ${encoding ?? String(headers['content-encoding'])}`;
    judge.unreadable(`an answer that cannot be read (${why})`, '');
    return gateway.mode() === 'enforce'
      ? { refuse: `The provider's answer cannot be read (${why}), so its tool calls cannot be judged.` }
      : pass;
  }
  const kind = {
    dialect: asked.dialect,
    framing: framing ?? ('sse' as const),
    judge,
    encoding,
    limits: { bytes: gateway.bounds.answerBytes, ratio: gateway.bounds.decodeRatio },
  };
  if (gateway.mode() === 'observe')
    return { ...pass, path: watched(client, streaming ? streamCopy(kind) : messageCopy(kind), judge) };
  const without = ['content-length', 'content-encoding'];
  return streaming
    ? { without, headersFirst: true, begins: true, path: heldStream(client, kind) }
    : { without, headersFirst: false, begins: false, path: heldMessage(client, kind) };
}

import { createHash } from 'node:crypto';
import type { EventHead, Identity } from '../core/event.ts';
import type { RequestFacts } from '../core/ports.ts';
import type { AnswerJudge } from './gateway-judge.ts';
import type { Asked, Gateway } from './gateway-kinds.ts';

/** What every event of a request's exchange begins with. */
export function headOf({ identity }: Asked, facts: RequestFacts | null): Omit<EventHead, 'at'> {
  return {
    source: 'gateway',
    agent: facts?.agent ?? 'unknown',
    ...(facts?.agentVersion ? { agentVersion: facts.agentVersion } : {}),
    session: facts ? sessionOf(facts, identity) : '',
    ...(facts?.subagent ? { subagent: facts.subagent } : {}),
    ...(facts?.cwd ? { cwd: facts.cwd } : {}),
    identity,
  };
}

/** Reads the request's copy and notes what it tells; null when it cannot be read. The request itself is on its way already. */
export function readFacts(
  gateway: Gateway,
  asked: Asked,
  text: string | null,
  judge: AnswerJudge,
): RequestFacts | null {
  const raw = (text ?? '').slice(0, 16_384);
  try {
    const read = text === null ? null : asked.dialect.request(text, asked.req.headers, sha256);
    if (read?.ok) return noteFacts(gateway, asked, read.value);
    judge.unreadable(read ? read.error.detail : 'the request is too long for its copy to be read', raw);
  } catch (cause) {
    gateway.onTrouble?.('copy-failed', "a request's copy could not be read", cause);
    judge.unreadable('the request could not be read (an internal error)', raw);
  }
  return null;
}

function noteFacts(gateway: Gateway, asked: Asked, facts: RequestFacts): RequestFacts {
  const head = { ...headOf(asked, facts), at: gateway.now() };
  const { pipeline } = gateway;
  for (const { toolUseId, outcome } of facts.results) {
    void pipeline.note({ ...head, kind: 'call-result', toolUseId, outcome });
  }
  const { tools, toolsDigest: digest, toolsLeft: left } = facts;
  if (tools.length > 0) void pipeline.note({ ...head, kind: 'tools-declared', tools, digest, left });
  if (facts.prompt !== '') void pipeline.note({ ...head, kind: 'prompt', text: facts.prompt });
  return facts;
}

/** The session a request names; else one for each conversation of a person on a device. */
function sessionOf({ session, conversation }: RequestFacts, { person, device }: Identity): string {
  if (session !== '' || conversation === undefined) return session;
  return `conv_${sha256(JSON.stringify([conversation, person, device])).slice(0, 24)}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

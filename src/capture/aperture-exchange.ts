import { createHash } from 'node:crypto';
import type { ApertureReading, HookCall, HookMetadata, RequestParts } from '../core/aperture.ts';
import type { Dialect } from '../core/dialect.ts';
import type { EventHead, Identity } from '../core/event.ts';
import { deepestNesting, nestedDeeperThan } from '../core/nesting.ts';
import type { RequestFacts } from '../core/ports.ts';
import { Lately } from './lately.ts';

/** One exchange with a model as Aperture told of it: whose it is, and its request read. */
export interface Exchange {
  readonly head: Omit<EventHead, 'at'>;
  readonly call: HookCall;
  /** Its answer holds no calls for anybody: models listed, texts embedded. Nothing of it is recorded but its usage. */
  readonly quiet: boolean;
  /** Null: a format nobody here knows. */
  readonly dialect: Dialect | null;
  /** Null: no request was sent, or it cannot be read; `problem` says why. */
  readonly facts: RequestFacts | null;
  readonly parts: RequestParts | null;
  /** Why a request that was sent cannot be read; `''`: it can, or none was sent. */
  readonly problem: string;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Sessions by request id, for a later event about the same request that came without its body. */
export type RequestSessions = Lately<{ readonly session: string; readonly agent: string }>;
export const requestSessions = (): RequestSessions => new Lately(20_000);

/** `client`: who sent it by a token of their own; null when the hook's own key was used, which speaks for everybody. */
export function readExchange(
  reading: ApertureReading,
  sessions: RequestSessions,
  call: HookCall,
  client: Identity | null,
): Exchange {
  const { metadata } = call;
  const identity = client ?? identityOf(metadata);
  const { dialect, facts, parts, problem } = readRequest(reading, call);
  const earlier = metadata.requestId === '' ? undefined : sessions.get(metadata.requestId);
  const agent = facts?.agent ?? agentOf(metadata.userAgent) ?? earlier?.agent ?? 'unknown';
  const named = sessionOf({ facts, parts, metadata, identity, agent });
  const session = facts || !earlier ? named : earlier.session;
  if (metadata.requestId !== '' && (facts || !earlier)) sessions.keep(metadata.requestId, { session, agent });
  const head = {
    source: 'aperture',
    agent,
    ...(facts?.agentVersion ? { agentVersion: facts.agentVersion } : {}),
    session,
    ...(facts?.subagent ? { subagent: facts.subagent } : {}),
    identity,
  } as const;
  const quiet = dialect === null && reading.quiet(metadata.url);
  return { head, call, quiet, dialect, facts, parts, problem };
}

type Read = Pick<Exchange, 'dialect' | 'facts' | 'parts' | 'problem'>;

function readRequest(reading: ApertureReading, { metadata, request, response, rawResponses }: HookCall): Read {
  const answer = () => reading.json(response === '' ? rawResponses : response)?.value ?? null;
  const nothing = { facts: null, parts: null };
  if (request === '') {
    const dialect = reading.format(metadata.url, null, null) ?? reading.format(metadata.url, null, answer());
    return { ...nothing, dialect, problem: '' };
  }
  const value = reading.json(request)?.value;
  if (value === undefined) return { ...nothing, dialect: null, problem: 'the request is not readable JSON' };
  const dialect = reading.format(metadata.url, value, null) ?? reading.format(metadata.url, value, answer());
  if (nestedDeeperThan(value, deepestNesting))
    return { ...nothing, dialect, problem: `the request is nested deeper than ${deepestNesting} levels` };
  if (!dialect && reading.quiet(metadata.url)) return { ...nothing, dialect, problem: '' };
  if (!dialect) return { ...nothing, dialect, problem: 'the request is of no format that is known here' };
  const facts = dialect.request(request, { 'user-agent': userAgentOf(metadata.userAgent) }, sha256);
  if (!facts.ok) return { ...nothing, dialect, problem: facts.error.detail };
  const parts = reading.parts(dialect, value, sha256);
  return { dialect, facts: facts.value, parts, problem: parts ? '' : 'the request is not a JSON object' };
}

/** Tailscale's own pages name Claude Code by its product's name. */
const userAgentOf = (text: string): string => text.replace(/^claude-code\//, 'claude-cli/');

const agentOf = (userAgent: string): string | undefined =>
  /^claude-(?:cli|code)\//.test(userAgent) ? 'claude-code' : /^codex_[a-z_]+\//.test(userAgent) ? 'codex' : undefined;

const longestName = 200;

/** A node of nobody's is known by its tags; its own id tells which one it is. */
function identityOf({ loginName, node }: HookMetadata): Identity {
  const tags = loginName.startsWith('tag:') ? [...new Set(loginName.split(','))].sort().join(',') : loginName;
  return { person: nameOf(tags, 'unknown'), device: nameOf(node, 'unknown'), via: 'aperture' };
}

const nameOf = (text: string, none: string): string =>
  text
    .replaceAll(/[\p{C}]/gu, '')
    .trim()
    .slice(0, longestName) || none;

/** Agents whose session id Aperture takes from the agent itself; for others it may be made up for every request. */
const namesItsSessions = new Set(['claude-code', 'codex']);

/** Aperture's own fingerprint of a conversation. */
const isFingerprint = (session: string): boolean => session.startsWith('oacc_');

function sessionOf(of: {
  readonly facts: RequestFacts | null;
  readonly parts: RequestParts | null;
  readonly metadata: HookMetadata;
  readonly identity: Identity;
  readonly agent: string;
}): string {
  const { facts, parts, metadata, identity, agent } = of;
  if (facts && facts.session !== '') return facts.session;
  const { sessionId } = metadata;
  if (sessionId !== '' && (namesItsSessions.has(agent) || isFingerprint(sessionId))) return sessionId;
  // The gateway makes its names in the same way, so that a conversation seen by both is one.
  const begun = facts?.conversation ?? (parts ? sha256(JSON.stringify(parts.beginning) ?? '') : undefined);
  if (begun === undefined) return sessionId;
  return `conv_${sha256(JSON.stringify([begun, identity.person, identity.device])).slice(0, 24)}`;
}

const placeOf: Readonly<Record<string, string>> = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  'bedrock-converse': 'bedrock',
  'bedrock-messages': 'bedrock',
  'vertex-messages': 'vertex',
};
/** Aperture's own word for where a price comes from → ours. */
const basisOf: Readonly<Record<string, string>> = { google: 'gemini', azure: 'openai' };

/** Where the model is served, by the gateway's names: as the cost says, else as the format does. */
export function providerOf({ call, dialect }: Exchange): string {
  const basis = /^([a-z]+)(?:-[a-z]+)?\//.exec(call.metadata.cost?.basis ?? '')?.[1];
  if (basis !== undefined) return basisOf[basis] ?? basis;
  return dialect === null ? nameOf(call.metadata.provider, 'unknown') : (placeOf[dialect.id] ?? dialect.id);
}

/** The model asked for; `''` when nobody says. */
export const modelOf = ({ call, facts }: Exchange): string => call.metadata.model || (facts?.model ?? '');

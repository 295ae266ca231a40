import { createHash } from 'node:crypto';
import type { AgentEvent, EventHead } from '../core/event.ts';
import type { Verdict } from '../core/verdict.ts';
import { stableText } from './judge.ts';

type CallEvent = Extract<AgentEvent, { readonly kind: 'call-asked' | 'call-before' }>;

/** A call as the agent's own channels (gateway, hook) told it. */
interface AgentCall {
  readonly head: Pick<EventHead, 'agent' | 'agentVersion' | 'session' | 'subagent' | 'cwd'>;
  readonly toolUseId: string;
  readonly squashed: string;
  readonly keys: readonly string[];
  /** Some channel told the agent no. */
  denied: boolean;
  /** The hook put it to a person. */
  personAsked: boolean;
}

/** What became of an event of an MCP connection. */
interface Joined<E extends AgentEvent> {
  /** The event, as one of the agent's own call where there is one. */
  readonly event: E;
  readonly personAsked: boolean;
}

/**
 * Knows the agents' calls of MCP tools, so that what a server is asked for is the same call as what the model asked for.
 * They share no id: the agent's ids and the protocol's are two worlds. They are joined by the id that some clients tell,
 * else by person, device, server, tool and input, the oldest first.
 */
export interface Joins {
  /** A call of a gateway or a hook; one that was told already is told again. */
  offer(event: CallEvent): (verdict: Verdict) => void;
  /** A person decided about a call that waited at the gateway. */
  settled(event: CallEvent, allowed: boolean): void;
  /** A call of an MCP connection, which takes the agent's call it belongs to. */
  take(event: CallEvent): Joined<CallEvent>;
  /** What comes after such a call, under the same names. */
  renamed<E extends AgentEvent>(event: E): E;
}

const mostCalls = 5000;

export function createJoins(): Joins {
  const calls = new Map<string, AgentCall>();
  /** Key → ids of calls, oldest first. */
  const waiting = new Map<string, Set<string>>();
  /** MCP call → the agent's call; MCP session → the agent's session it spoke for last. */
  const taken = new Map<string, AgentCall>();
  const sessions = new Map<string, AgentCall['head']>();

  const forget = (id: string, call: AgentCall) => {
    calls.delete(id);
    for (const key of call.keys) {
      const ids = waiting.get(key);
      ids?.delete(id);
      if (ids?.size === 0) waiting.delete(key);
    }
  };
  const found = (event: CallEvent): readonly [string, AgentCall] | null => {
    const { identity, call } = event;
    const owner = ownerOf(identity);
    const ids = [...wantedKeys(event)].flatMap((key) => [...(waiting.get(key) ?? [])]);
    const told = call.agentCallId === undefined ? undefined : waiting.get(`${owner}\0id\0${call.agentCallId}`);
    const same = [...(told ?? [])].filter((id) => namesTool(calls.get(id), call.action));
    // A call that was denied is the last one to be taken: that it ran all the same is what then has to be said.
    const inOrder = [...same, ...ids].flatMap((id) => {
      const known = calls.get(id);
      return known === undefined ? [] : [[id, known] as const];
    });
    const session = sessions.get(event.session)?.session;
    const free = inOrder.filter(([, { denied }]) => !denied);
    return free.find(([, { head }]) => head.session === session) ?? free[0] ?? inOrder[0] ?? null;
  };
  return {
    offer(event) {
      const { call } = event;
      if ((call.action.kind !== 'mcp' && call.action.kind !== 'unknown') || call.toolUseId === '') return () => {};
      const id = agentIdOf(event);
      const known = calls.get(id) ?? agentCallOf(event);
      calls.set(id, known);
      for (const key of known.keys) waiting.set(key, (waiting.get(key) ?? new Set()).add(id));
      const [oldest] = calls;
      if (calls.size > mostCalls && oldest) forget(...oldest);
      return ({ effective }) => {
        known.denied ||= effective === 'deny';
        known.personAsked ||= event.source === 'hook' && effective === 'ask';
      };
    },
    settled(event, allowed) {
      const known = calls.get(agentIdOf(event));
      if (known !== undefined) Object.assign(known, allowed ? { personAsked: true } : { denied: true });
    },
    take(event) {
      const match = found(event);
      if (match === null) {
        // One process speaks on a connection: what nobody asked for is of the session it spoke for before.
        const head = sessions.get(event.session);
        if (head === undefined) return { event, personAsked: false };
        remember(taken, idOf(event), { ...agentCallOf(event), head, toolUseId: event.call.toolUseId });
        return { event: { ...event, ...head }, personAsked: false };
      }
      const [id, call] = match;
      forget(id, call);
      remember(taken, idOf(event), call);
      if (!event.session.startsWith(sharedSession)) remember(sessions, event.session, call.head);
      return {
        event: { ...event, ...call.head, call: { ...event.call, toolUseId: call.toolUseId } },
        personAsked: call.personAsked,
      };
    },
    renamed(event) {
      if (event.source !== 'mcp' || event.kind !== 'call-result') return event;
      const call = taken.get(`${event.session}\0${event.toolUseId}`);
      return call === undefined ? event : { ...event, ...call.head, toolUseId: call.toolUseId };
    },
  };
}

/** Session of connections that name none: whoever uses such a server on one device shares it. */
const sharedSession = 'mcp_any_';

function agentCallOf(event: CallEvent): AgentCall {
  const { agent, agentVersion, session, subagent, cwd, call, identity } = event;
  const squashed = squash(call.tool).replace(/^mcp/, '');
  const owner = ownerOf(identity);
  return {
    head: {
      agent,
      session,
      ...(agentVersion === undefined ? {} : { agentVersion }),
      ...(subagent === undefined ? {} : { subagent }),
      ...(cwd === undefined ? {} : { cwd }),
    },
    toolUseId: call.toolUseId,
    squashed,
    keys: [keyOf(owner, squashed, call.input), `${owner}\0id\0${call.toolUseId}`],
    denied: false,
    personAsked: false,
  };
}

const agentIdOf = ({ agent, session, call }: CallEvent): string => `${agent}\0${session}\0${call.toolUseId}`;
const idOf = ({ session, call }: CallEvent): string => `${session}\0${call.toolUseId}`;
const ownerOf = ({ person, device }: AgentEvent['identity']): string => `${person}\0${device}`;

/** Agents join server and tool in their own ways: `mcp__s__t`, `mcp_s_t`, `s-t`, `s_t`, `MCP:t`, `@s/t`. */
const squash = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

function wantedKeys({ identity, call }: CallEvent): readonly string[] {
  if (call.action.kind !== 'mcp') return [];
  const { server, tool } = call.action;
  const owner = ownerOf(identity);
  return [squash(server + tool), squash(tool)].map((name) => keyOf(owner, name, call.input));
}

function keyOf(owner: string, squashed: string, input: unknown): string {
  const digest = createHash('sha256').update(stableText(input)).digest('base64');
  return `${owner}\0${squashed}\0${digest}`;
}

function namesTool(known: AgentCall | undefined, action: CallEvent['call']['action']): boolean {
  if (known === undefined || action.kind !== 'mcp') return false;
  return [squash(action.server + action.tool), squash(action.tool)].includes(known.squashed);
}

/** Keeps the newest 5,000. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostCalls && oldest !== undefined) map.delete(oldest);
}

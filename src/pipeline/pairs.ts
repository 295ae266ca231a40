import { createHash } from 'node:crypto';
import type { AgentEvent } from '../core/event.ts';
import { stableText } from './judge.ts';

/**
 * Gives the hooks' word of a call and the gateway's word of it one name. Many agents name no session in their requests, so
 * the gateway makes one up for each conversation; some give no id to a call in their hooks. Both are found here: a session
 * by the prompt or the call that both sides tell, a call by its session, tool and input, in order.
 */
export interface Pairs {
  /** The event under the session and the id that its call is recorded by. Every call of a hook has an id afterwards. */
  named<E extends AgentEvent>(event: E): E;
  /** The agent's own session behind one that the gateway made up; any other is given back. */
  sessionOf(session: string): string;
}

/** Sessions that the gateway made up begin so (capture/gateway.ts). */
const madeUp = /^conv_/;

const mostSessions = 5000;
/** Calls and prompts of one person's agent on one device that may still find their other side. */
const mostOpen = 200;
/** The other side comes at once, or after a person was asked. */
const withinMs = 10 * 60_000;

interface OpenCall {
  /** Session it is recorded under. */
  readonly session: string;
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: string;
  readonly at: number;
  /** Some hook told of it. */
  hooked: boolean;
  over: boolean;
}

interface OpenPrompt {
  readonly session: string;
  readonly text: string;
  readonly at: number;
}

/** What one person's agent on one device does now. */
interface Owner {
  readonly calls: OpenCall[];
  readonly hookPrompts: OpenPrompt[];
}

type HookCall = Extract<AgentEvent, { readonly kind: 'call-before' | 'call-after' | 'permission-asked' }>;
type Asked = Extract<AgentEvent, { readonly kind: 'call-asked' }>;

export function createPairs(): Pairs {
  const owners = new Map<string, Owner>();
  const sessions = new Map<string, string>();
  /** Result of a call that was recorded before its session's own name was known: made-up session and id → the name it has. */
  const recorded = new Map<string, string>();
  let made = 0;

  const ownerOf = ({ agent, identity }: AgentEvent): Owner => {
    const key = `${agent}\0${identity.person}\0${identity.device}`;
    const owner = owners.get(key) ?? { calls: [], hookPrompts: [] };
    remember(owners, key, owner);
    return owner;
  };
  const sessionOf = (session: string): string => sessions.get(session) ?? session;

  function atGateway<E extends AgentEvent>(event: E): E {
    if (event.session === '') return event;
    if (event.kind === 'prompt' && madeUp.test(event.session) && !sessions.has(event.session)) {
      const same = ownerOf(event).hookPrompts.findLast(
        (prompt) => recent(prompt, event) && sameText(prompt, event.text),
      );
      if (same) remember(sessions, event.session, same.session);
    }
    if (event.kind === 'call-result') {
      const session = recorded.get(`${event.session}\0${event.toolUseId}`) ?? sessionOf(event.session);
      return session === event.session ? event : { ...event, session };
    }
    const session = sessionOf(event.session);
    const named = session === event.session ? event : { ...event, session };
    if (named.kind === 'call-asked' && madeUp.test(event.session)) asked(named, event.session);
    return named;
  }

  function asked(event: Asked, told: string): void {
    const { toolUseId } = event.call;
    if (toolUseId === '') return;
    const { calls } = ownerOf(event);
    if (calls.some((call) => call.toolUseId === toolUseId && call.session === event.session)) return;
    push(calls, { ...openCall(event, toolUseId), hooked: false, over: false });
    remember(recorded, `${told}\0${toolUseId}`, event.session);
  }

  function atHook<E extends AgentEvent>(event: E): E {
    if (event.kind === 'prompt' && event.session !== '' && event.text.trim() !== '') {
      push(ownerOf(event).hookPrompts, { session: event.session, text: event.text.trim(), at: Date.parse(event.at) });
    }
    if (!isHookCall(event)) return event;
    const open = event.call.toolUseId === '' ? byContent(event) : byId(event);
    if (open === undefined) return event;
    if (madeUp.test(open.session) && event.session !== '') remember(sessions, open.session, event.session);
    open.hooked = true;
    if (event.kind === 'call-after') open.over = true;
    return { ...event, session: open.session, call: { ...event.call, toolUseId: open.toolUseId } };
  }

  /** The call at the gateway under a made-up session; any other one has both names already. */
  function byId(event: HookCall): OpenCall | undefined {
    return ownerOf(event).calls.findLast(
      ({ toolUseId, session }) => toolUseId === event.call.toolUseId && madeUp.test(session),
    );
  }

  /** A call of a hook that names none: the same tool and input first, else the only one of its tool that no hook told of. */
  function byContent(event: HookCall): OpenCall {
    const { calls } = ownerOf(event);
    const fresh = openCall(event, '');
    const mine = calls.filter((call) => call.tool === fresh.tool && recent(call, event) && isOf(call, event.session));
    const before = event.kind === 'call-before';
    // What comes after belongs to a call that a hook told of; what comes before, to one that none did.
    const open = mine.filter(({ hooked, over }) => (before ? !hooked : !over));
    const same = open.filter(({ input }) => input === fresh.input);
    const found = same.find(({ hooked }) => hooked !== before) ?? same[0] ?? onlyOne(open);
    if (found) return found;
    made += 1;
    const toolUseId = `hook_${createHash('sha256').update(`${event.session}\0${fresh.tool}\0${fresh.input}\0${event.at}\0${made}`).digest('hex').slice(0, 24)}`;
    const call = { ...fresh, toolUseId, hooked: false, over: false };
    push(calls, call);
    return call;
  }

  /** Of this session as far as anybody knows: its own, or one made up that no other session claims. */
  function isOf(call: OpenCall, session: string): boolean {
    if (call.session === session) return true;
    return madeUp.test(call.session) && (sessions.get(call.session) ?? session) === session;
  }

  return {
    sessionOf,
    named(event) {
      if (event.source === 'hook') return atHook(event);
      return event.source === 'gateway' || event.source === 'aperture' ? atGateway(event) : event;
    },
  };
}

const isHookCall = (event: AgentEvent): event is HookCall =>
  event.kind === 'call-before' || event.kind === 'call-after' || event.kind === 'permission-asked';

const onlyOne = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined);

const recent = (open: { readonly at: number }, event: AgentEvent): boolean =>
  Math.abs(Date.parse(event.at) - open.at) <= withinMs;

/** Agents put words of their own around what a person typed before it goes to the model. */
const sameText = (prompt: OpenPrompt, text: string): boolean => {
  const whole = text.trim();
  return whole === prompt.text || (prompt.text.length >= 12 && whole.endsWith(prompt.text));
};

function openCall({ session, call, at }: HookCall | Asked, toolUseId: string): Omit<OpenCall, 'hooked' | 'over'> {
  const input = createHash('sha256').update(stableText(call.input)).digest('base64');
  const tool = call.tool.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  return { session, toolUseId, tool, input, at: Date.parse(at) };
}

function push<T>(items: T[], item: T): void {
  items.push(item);
  if (items.length > mostOpen) items.splice(0, items.length - mostOpen);
}

/** Keeps the newest. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostSessions && oldest !== undefined) map.delete(oldest);
}

import type { AgentEvent } from '../core/event.ts';
import type { Store } from '../core/store.ts';
import type { CallRecord } from '../core/verdict.ts';
import { callEssence } from '../score/reconcile.ts';
import { callIdOf, stableText } from './judge.ts';
import type { Known } from './known.ts';

/**
 * Finds the record of a call that is told after the fact, where hook or gateway had to name it themselves: some agents give
 * no id to a call in their hooks, some requests name no session. Found by session, what it does, and when; an id that both
 * sides have is found without.
 */
export interface ToldNames {
  /** The event under the session and the id that its call is recorded by; a live one at once. Rejects when the store cannot be read. */
  named(event: AgentEvent): AgentEvent | Promise<AgentEvent>;
}

interface ToldNamesDeps {
  readonly store: Pick<Store, 'calls'>;
  readonly known: Pick<Known, 'findCall'>;
  /** As what rests is masked. */
  mask(text: string): string;
}

/** A call that was seen live, and by no transcript yet. */
interface Live {
  readonly session: string;
  readonly toolUseId: string;
  readonly key: string;
  readonly ms: number;
  taken: boolean;
}

type Asked = Extract<AgentEvent, { readonly kind: 'call-asked' | 'call-before' }>;

/** Sessions and hours whose live calls are at hand, and calls that were found. */
const mostSessions = 64;
const mostNames = 20_000;
/** Of one session, or of one hour of a person's agent. */
const mostPages = 8;
const pageSize = 500;
/** Clocks differ, and a call may wait for a person. */
const withinMs = 10 * 60_000;
const hourMs = 3_600_000;
const freshMs = 30_000;

/** Sessions and ids that Warder made up (capture/gateway.ts, pairs.ts, core/dialect.ts). */
const madeUpSession = /^conv_/;
const madeUpId = /^(?:hook_|n[0-9a-f]{20}_\d+$)/;

export function createToldNames({ store, known, mask }: ToldNamesDeps): ToldNames {
  const sessions = new Map<string, { readonly readMs: number; readonly live: Promise<Live[]> }>();
  const names = new Map<string, Pick<Live, 'session' | 'toolUseId'>>();

  async function read(query: Parameters<Store['calls']>[0], fits: (call: CallRecord) => boolean): Promise<Live[]> {
    const found: Live[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < mostPages; page += 1) {
      const { items, next } = await store.calls({ ...query, limit: pageSize, ...(cursor ? { cursor } : {}) });
      for (const call of items) if (fits(call) && isLive(call)) found.push(liveOf(call));
      if (next === null) break;
      cursor = next;
    }
    // Oldest first, as they are told.
    return found.sort((a, b) => a.ms - b.ms);
  }
  const kept = (key: string, load: () => Promise<Live[]>): Promise<Live[]> => {
    const known = sessions.get(key);
    // A session may go on while its beginning is told.
    const reading =
      known !== undefined && performance.now() - known.readMs < freshMs
        ? known
        : { readMs: performance.now(), live: load() };
    reading.live.catch(() => sessions.delete(key));
    remember(sessions, key, reading, mostSessions);
    return reading.live;
  };

  async function liveCalls(event: Asked): Promise<readonly Live[]> {
    const { agent, identity, session } = event;
    const { person, device } = identity;
    const own = await kept(`s\0${agent}\0${session}`, () => read({ session }, (call) => call.agent === agent));
    if (own.length > 0) return own;
    const hour = Math.floor(Date.parse(event.at) / hourMs) * hourMs;
    const since = new Date(hour - withinMs).toISOString();
    const until = new Date(hour + hourMs + withinMs).toISOString();
    return kept(`h\0${agent}\0${person}\0${device}\0${hour}`, () =>
      read({ agent, person, since, until }, (call) => call.device === device && madeUpSession.test(call.session)),
    );
  }

  async function asked(event: Asked): Promise<AgentEvent> {
    const { toolUseId } = event.call;
    if (toolUseId !== '' && (await known.findCall(callIdOf(event, toolUseId)))) return event;
    const open = (await liveCalls(event)).filter(({ taken }) => !taken);
    const at = Date.parse(event.at);
    const key = keyOf(event.call, event.cwd ?? '', mask);
    const near = (one: Live) => Math.abs(one.ms - at);
    const found =
      open.find((one) => toolUseId !== '' && one.toolUseId === toolUseId) ??
      open
        .filter((one) => madeUpId.test(one.toolUseId) && one.key === key && near(one) <= withinMs)
        .sort((a, b) => near(a) - near(b))[0];
    if (found === undefined) return event;
    found.taken = true;
    remember(names, nameOf(event, toolUseId), found, mostNames);
    return { ...event, session: found.session, call: { ...event.call, toolUseId: found.toolUseId } };
  }

  return {
    named(event) {
      if ((event.source !== 'transcript' && event.source !== 'telemetry') || event.session === '') return event;
      if (event.kind === 'call-asked' || event.kind === 'call-before') return asked(event);
      if (event.kind !== 'call-result' && event.kind !== 'call-after') return event;
      const toolUseId = event.kind === 'call-result' ? event.toolUseId : event.call.toolUseId;
      const found = names.get(nameOf(event, toolUseId));
      if (found === undefined) return event;
      const { session } = found;
      return event.kind === 'call-result'
        ? { ...event, session, toolUseId: found.toolUseId }
        : { ...event, session, call: { ...event.call, toolUseId: found.toolUseId } };
    },
  };
}

const nameOf = ({ agent, session }: AgentEvent, toolUseId: string): string => [agent, session, toolUseId].join('\0');

/** Seen by hook, gateway or server, and not told of by the agent's own record so far. */
const isLive = ({ phases }: CallRecord): boolean =>
  phases.some(({ source }) => source === 'hook' || source === 'gateway' || source === 'aperture') &&
  !phases.some(({ source }) => source === 'transcript');

function liveOf({ session, toolUseId, tool, action, input, cwd, at }: CallRecord): Live {
  const key = keyOf({ tool, action, input }, cwd ?? '', (text) => text);
  return { session, toolUseId, key, ms: Date.parse(at), taken: false };
}

/** What it does, where that can be told from its action; else its tool and its whole input. */
function keyOf(
  call: Pick<CallRecord, 'tool' | 'action' | 'input'>,
  cwd: string,
  mask: (text: string) => string,
): string {
  const essence = callEssence(call.action, cwd);
  if (call.action.kind === 'mcp') return `mcp\n${essence}\n${mask(stableText(call.input))}`;
  if (essence !== '') return `${call.action.kind}\n${mask(essence)}`;
  return `${call.tool.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')}\n${mask(stableText(call.input))}`;
}

/** Keeps the newest. */
function remember<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}

import type { AgentEvent } from '../core/event.ts';
import type { Store } from '../core/store.ts';
import { type CallRecord, emptyMemory, type PhaseRecord, type SessionMemory } from '../core/verdict.ts';

/** What the live path remembers of one session between two of its events. */
export interface OpenSession {
  memory: SessionMemory;
  /** A hook of this session was seen, so every call should be reported by one. */
  hooks: boolean;
  /** Model traffic of this session went through the gateway. */
  gateway: boolean;
  /** Hash of the last prompt: a prompt can be megabytes long. */
  lastPrompt: string;
  /** Where its agent works, as a hook told last. */
  cwd: string | undefined;
  /** It was in the store before it was met here (a restart, or forgotten since), so its calls may be as well. */
  readonly past: boolean;
  /** Digest of the tools it declared last, so that a repeated list costs no write. */
  declared: string;
  /** Its model finds further tools by searching, or calls them out of a program: what it declares is not all there is. */
  deferred: boolean;
}

/** One call while its phases come in. */
export interface OpenCall {
  record: CallRecord;
  phases: readonly PhaseRecord[];
  /** Keyed hash of the input that the hook before it reported; '' when none did, or not since the start. */
  inputHash: string;
}

/** A map that forgets what was not used for longest, by number and by weight; the newest entry always stays. */
class Recent<V> {
  readonly #most: number;
  readonly #heaviest: number;
  readonly #entries = new Map<string, { readonly value: V; readonly weight: number }>();
  #weight = 0;

  constructor(most: number, heaviest = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#heaviest = heaviest;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: V, weight = 0): void {
    this.#forget(key);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (oldest === key || (this.#entries.size <= this.#most && this.#weight <= this.#heaviest)) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#weight -= this.#entries.get(key)?.weight ?? 0;
    this.#entries.delete(key);
  }
}

/** UTF-16 units of all calls together that are kept in memory; a single one may hold 8 Mi. */
const heaviestCalls = 32 * 1024 * 1024;

/** About what a call weighs in memory, in UTF-16 units: its input, masked, and what was said of it. */
function weightOf({ record }: OpenCall): number {
  return 2 * textLength(record.input) + 200 * (record.effects.length + record.findings.length) + 2000;
}

function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let length = 16;
  for (const [name, inner] of Object.entries(value)) length += name.length + textLength(inner);
  return length;
}

/** What the live path knows already: open sessions and calls (bounded, refilled from the store) and the MCP servers used so far. */
export interface Known {
  session(event: AgentEvent): Promise<OpenSession>;
  /** The session if it is in memory now. */
  peek(session: string): OpenSession | undefined;
  /** The call if it is in memory now: enough for a decision, and no wait. */
  openCall(id: string): OpenCall | undefined;
  /** The call from memory or from the store. */
  findCall(id: string): Promise<OpenCall | undefined>;
  /** Runs what concerns one call one after the other: gateway and hook may report it at the same moment. */
  inTurn<T>(id: string, work: () => Promise<T>): Promise<T>;
  keep(call: OpenCall): void;
  /** MCP servers used before the call `id`; null while nothing is known yet. */
  serversBefore(id: string): ReadonlySet<string> | null;
  usesServer(server: string, id: string): void;
}

/** Reads the MCP servers used so far; sessions and calls are read when first met. Rejects when the store cannot be read. */
export async function openKnown(store: Store, limits = { sessions: 5000, calls: 1000 }): Promise<Known> {
  const sessions = new Recent<Promise<OpenSession>>(limits.sessions);
  const opened = new Recent<OpenSession>(limits.sessions);
  const calls = new Recent<OpenCall>(limits.calls, heaviestCalls);
  const servers = new Set(
    (await store.mcpServers()).items.filter((server) => server.calls > 0).map(({ name }) => name),
  );
  const introducedBy = new Map<string, string>();
  const turns = new Map<string, Promise<unknown>>();

  const load = async (id: string): Promise<OpenSession> => {
    // A store that cannot be read must not stop a verdict: the session then starts without its past.
    const [memory, record] =
      id === ''
        ? [null, null]
        : await Promise.all([store.sessionMemory(id).catch(() => null), store.session(id).catch(() => null)]);
    return {
      memory: memory ?? emptyMemory,
      hooks: false,
      gateway: false,
      lastPrompt: '',
      declared: '',
      deferred: false,
      cwd: undefined,
      past: record !== null,
    };
  };
  /** Events without a session are of nobody knows how many: each person's stay apart, and nothing is expected of them. */
  const nameless = ({ agent, identity }: AgentEvent) => `\0${agent}\0${identity.person}\0${identity.device}`;

  return {
    async session(event) {
      const key = event.session === '' ? nameless(event) : event.session;
      let loading = sessions.get(key);
      if (!loading) {
        loading = load(event.session);
        sessions.set(key, loading);
      }
      const session = await loading;
      if (event.session === '') return session;
      opened.set(key, session);
      if (event.source === 'hook') {
        session.hooks = true;
        session.cwd = event.cwd ?? session.cwd;
      }
      if (event.source === 'gateway') session.gateway = true;
      return session;
    },
    peek: (id) => opened.get(id),
    openCall: (id) => calls.get(id),
    async findCall(id) {
      const open = calls.get(id);
      if (open) return open;
      const record = await store.call(id);
      if (!record) return undefined;
      const found = { record, phases: record.phases, inputHash: '' };
      calls.set(id, found, weightOf(found));
      return found;
    },
    inTurn(id, work) {
      const before = turns.get(id) ?? Promise.resolve();
      const mine = before.then(work, work);
      turns.set(id, mine);
      const leave = () => {
        if (turns.get(id) === mine) turns.delete(id);
      };
      mine.then(leave, leave);
      return mine;
    },
    keep: (call) => calls.set(call.record.id, call, weightOf(call)),
    serversBefore(id) {
      const own = introducedBy.get(id);
      if (own === undefined) return servers;
      const before = new Set(servers);
      before.delete(own);
      return before;
    },
    usesServer(server, id) {
      // Names come from agents: a flood of them must not grow memory; beyond the bound every further one stays new.
      if (servers.has(server) || servers.size >= 5000) return;
      servers.add(server);
      introducedBy.set(id, server);
    },
  };
}

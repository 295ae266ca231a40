import type { AgentEvent } from '../core/event.ts';
import type { Store } from '../core/ports.ts';
import { type CallRecord, emptyMemory, type PhaseRecord, type SessionMemory } from '../core/verdict.ts';

/** What the live path remembers of one session between two of its events. */
export interface OpenSession {
  memory: SessionMemory;
  /** A hook of this session was seen, so every call should be reported by one. */
  hooks: boolean;
  /** Model traffic of this session went through the gateway. */
  gateway: boolean;
  lastPrompt: string;
  /** Digest of the tools it declared last, so that a repeated list costs no write. */
  declared: string;
}

/** One call while its phases come in, with the keyed hash of its input. */
export interface OpenCall {
  record: CallRecord;
  phases: readonly PhaseRecord[];
  inputHash: string;
}

/** A map that forgets what was not used for longest. */
class Recent<V> {
  readonly #limit: number;
  readonly #entries = new Map<string, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#limit) {
      const oldest = this.#entries.keys().next();
      if (!oldest.done) this.#entries.delete(oldest.value);
    }
  }
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
  const calls = new Recent<OpenCall>(limits.calls);
  const servers = new Set(
    (await store.mcpServers()).items.filter((server) => server.calls > 0).map(({ name }) => name),
  );
  const firstCallOf = new Map<string, string>();
  const turns = new Map<string, Promise<unknown>>();

  const load = async (id: string): Promise<OpenSession> => {
    // A store that cannot be read must not stop a verdict: the session then starts without its past.
    const memory = await store.sessionMemory(id).catch(() => null);
    const session = { memory: memory ?? emptyMemory, hooks: false, gateway: false, lastPrompt: '', declared: '' };
    opened.set(id, session);
    return session;
  };

  return {
    async session(event) {
      let loading = sessions.get(event.session);
      if (!loading) {
        loading = load(event.session);
        sessions.set(event.session, loading);
      }
      const session = await loading;
      if (event.source === 'hook') session.hooks = true;
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
      calls.set(id, found);
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
    keep: (call) => calls.set(call.record.id, call),
    serversBefore(id) {
      const introducedHere = [...firstCallOf].filter(([, first]) => first === id).map(([server]) => server);
      if (introducedHere.length === 0) return servers;
      return new Set([...servers].filter((server) => !introducedHere.includes(server)));
    },
    usesServer(server, id) {
      // Names come from agents: a flood of them must not grow memory; beyond the bound every further one stays new.
      if (servers.has(server) || servers.size >= 5000) return;
      servers.add(server);
      firstCallOf.set(server, id);
    },
  };
}

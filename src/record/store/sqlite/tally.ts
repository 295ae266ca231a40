import { witness } from '../../../core/coverage.ts';
import { bandOf, type CallFacts, eventSession, sameSums, sessionOf, titleOf } from './call-facts.ts';
import { addCovered, type CoverageSum } from './coverage.ts';
import type { Database } from './database.ts';
import type { CommitRows, SessionRow } from './encode.ts';
import {
  type AgentSum,
  type HourSum,
  insertHourPerson,
  insertPerson,
  insertServerAgent,
  insertVersion,
  type McpSum,
  type SessionSum,
  type SightingSum,
  type ToolSum,
  upsertAgent,
  upsertHourTool,
  upsertMcpTool,
  upsertSighting,
  writeHour,
  writeSession,
} from './sums.ts';

/** An agent declares all its tools with every request: a sighting that changes nothing is written at most once a minute. */
const sightingMs = 60_000;
/** What is remembered as written is a cache; beyond so many it starts anew. */
const mostRemembered = 10_000;

/** Sums of one batch, written once per row at its end, so that load makes bigger sums, not more writes. */
export class Tally {
  readonly #db: Database;
  readonly #hours = new Map<string, HourSum>();
  readonly #hourTools = new Map<string, ToolSum>();
  readonly #sessions = new Map<string, SessionSum>();
  readonly #agents = new Map<string, AgentSum>();
  readonly #sightings = new Map<string, SightingSum>();
  readonly #mcp = new Map<string, McpSum>();
  readonly #coverage = new Map<string, CoverageSum>();
  /** Members of sets in the database to write, and those known to be there. */
  readonly #marks = new Map<string, readonly [sql: string, ...values: string[]]>();
  readonly #marked = new Set<string>();
  /** Tool sightings written: key → [digest, time]. */
  readonly #sighted = new Map<string, readonly [digest: string | null, atMs: number]>();

  constructor(db: Database) {
    this.#db = db;
  }

  /** `before` is the call as it stood, null when it is new. */
  call(before: CallFacts | null, after: CallFacts, mcp: { server: string; tool: string } | null): void {
    if (before !== null && sameSums(before, after)) return;
    if (before !== null) this.#count(before, -1);
    this.#count(after, 1);
    this.#reach(after);
    if (before !== null || mcp === null) return;
    this.#sight(mcp.server, mcp.tool, after.at, 1, null);
    this.#mark(insertServerAgent, mcp.server, after.agent);
  }

  touch(row: SessionRow): void {
    const sum = this.#session(row);
    sum.row = row;
    if (row.memory !== null) sum.memory = row.memory;
    if (row.ended !== null) sum.ended = row.ended;
    if (row.agent === '') return;
    this.#agent(row.agent, row.at);
    this.#sighting(row);
    if (row.agentVersion !== '') this.#mark(insertVersion, row.agent, row.agentVersion);
    if (row.person !== '') this.#mark(insertPerson, row.agent, row.person);
  }

  /** What an event and declared tools of a commit add. */
  commit({ event, tools, agent, at }: CommitRows): void {
    if (event?.kind === 'unparsed') this.#hour(event.at).unparsed++;
    if (event && event.session !== '' && (event.kind === 'prompt' || event.kind === 'session-start')) {
      const sum = this.#session(eventSession(event));
      if (event.kind === 'session-start') sum.ended = null;
      else if (sum.title === '') sum.title = titleOf(event.text);
    }
    for (const { server, name, digest } of tools) {
      if (server === undefined) continue;
      this.#sight(server, name, at, 0, digest ?? null);
      if (agent !== '') this.#mark(insertServerAgent, server, agent);
    }
  }

  alertRaised(at: string): void {
    this.#hour(at).alerts++;
  }

  /** Writes everything; call it inside the transaction. */
  flush(): void {
    const db = this.#db;
    for (const [at, sum] of this.#hours) writeHour(db, at, sum);
    for (const { hour, tool, calls, maxScore } of this.#hourTools.values())
      db.run(upsertHourTool, hour, tool, calls, maxScore);
    for (const sum of this.#sessions.values()) {
      if (writeSession(db, sum) && sum.row.agent !== '') this.#agent(sum.row.agent, sum.first).sessions++;
    }
    for (const [id, sum] of this.#agents) {
      db.run(upsertAgent, id, sum.first, sum.last, sum.sessions, sum.calls, sum.viaHook, sum.viaGateway);
    }
    for (const { agent, device, person, first, last, calls, viaHook, viaGateway } of this.#sightings.values()) {
      db.run(upsertSighting, agent, device, person, first, last, calls, viaHook, viaGateway);
    }
    for (const { server, tool, first, last, calls, digest } of this.#mcp.values()) {
      db.run(upsertMcpTool, server, tool, first, last, calls, digest);
    }
    for (const sum of this.#coverage.values()) addCovered(db, sum);
    for (const [sql, ...values] of this.#marks.values()) db.run(sql, ...values);
    if (this.#marked.size > mostRemembered) this.#marked.clear();
    if (this.#sighted.size > mostRemembered) this.#sighted.clear();
    for (const key of this.#marks.keys()) this.#marked.add(key);
    this.#empty();
  }

  /** After a rollback: nothing of this batch happened, and what was remembered as written may not be. */
  forget(): void {
    this.#empty();
    this.#marked.clear();
    this.#sighted.clear();
  }

  #empty(): void {
    const sums = [
      this.#hours,
      this.#hourTools,
      this.#sessions,
      this.#agents,
      this.#sightings,
      this.#mcp,
      this.#marks,
      this.#coverage,
    ];
    for (const some of sums) some.clear();
  }

  #count(call: CallFacts, sign: 1 | -1): void {
    const denied = call.effective === 'deny';
    const hour = this.#hour(call.at);
    hour.calls += sign;
    hour[bandOf(call)] += sign;
    if (denied) hour.denied += sign;
    else if (call.decision === 'deny') hour.wouldDeny += sign;
    this.#hourTool(call).calls += sign;
    if (call.session !== '') {
      const session = this.#session(sessionOf(call));
      session.calls += sign;
      if (denied) session.denied += sign;
    }
    this.#covered(call).calls += sign;
    if (call.agent === '') return;
    for (const sum of [this.#agent(call.agent, call.at), this.#sighting(call)]) {
      sum.calls += sign;
      if ((call.via & witness.hook) !== 0) sum.viaHook += sign;
      if ((call.via & witness.gateway) !== 0) sum.viaGateway += sign;
    }
  }

  /** What only ever grows: highest scores, people seen. */
  #reach(call: CallFacts): void {
    const tool = this.#hourTool(call);
    tool.maxScore = Math.max(tool.maxScore, call.score);
    if (call.person !== '') this.#mark(insertHourPerson, call.at.slice(0, 13), call.person);
    if (call.session === '') return;
    const session = this.#session(sessionOf(call));
    session.maxScore = Math.max(session.maxScore, call.score);
  }

  #sight(server: string, tool: string, at: string, calls: number, digest: string | null): void {
    const key = `${server}\0${tool}`;
    const before = this.#sighted.get(key);
    const atMs = Date.parse(at);
    const fresh = before !== undefined && (digest === null || digest === before[0]) && atMs - before[1] < sightingMs;
    if (fresh && calls === 0 && !this.#mcp.has(key)) return;
    const sum = entry(this.#mcp, key, () => ({ server, tool, first: at, last: at, calls: 0, digest: null }));
    widen(sum, at);
    sum.calls += calls;
    sum.digest = digest ?? sum.digest;
    this.#sighted.set(key, [digest ?? before?.[0] ?? null, atMs]);
  }

  /** A member of a set: written once, then remembered. */
  #mark(sql: string, ...values: string[]): void {
    const key = `${sql}\0${values.join('\0')}`;
    if (!this.#marked.has(key)) this.#marks.set(key, [sql, ...values]);
  }

  #hour(at: string): HourSum {
    return entry(this.#hours, at.slice(0, 13), () => ({ ...noCalls }));
  }

  #hourTool({ at, tool }: CallFacts): ToolSum {
    const hour = at.slice(0, 13);
    return entry(this.#hourTools, `${hour}\0${tool}`, () => ({ hour, tool, calls: 0, maxScore: 0 }));
  }

  #covered({ at, device, person, memberOf, agent, via: seen }: CallFacts): CoverageSum {
    const day = at.slice(0, 10);
    const key = `${day}\0${device}\0${person}\0${memberOf}\0${agent}\0${seen}`;
    return entry(this.#coverage, key, () => ({ day, device, person, memberOf, agent, seen, calls: 0 }));
  }

  #agent(id: string, at: string): AgentSum {
    const none = { first: at, last: at, sessions: 0, calls: 0, viaHook: 0, viaGateway: 0 };
    const sum = entry(this.#agents, id, () => none);
    widen(sum, at);
    return sum;
  }

  #sighting({ agent, device, person, at }: Pick<CallFacts, 'agent' | 'device' | 'person' | 'at'>): SightingSum {
    const none = { agent, device, person, first: at, last: at, calls: 0, viaHook: 0, viaGateway: 0 };
    const sum = entry(this.#sightings, `${agent}\0${device}\0${person}`, () => none);
    widen(sum, at);
    return sum;
  }

  #session(row: SessionRow): SessionSum {
    const { at } = row;
    const none = {
      row,
      first: at,
      last: at,
      ended: undefined,
      memory: null,
      calls: 0,
      denied: 0,
      maxScore: 0,
      title: '',
    };
    const sum = entry(this.#sessions, row.id, () => none);
    widen(sum, at);
    return sum;
  }
}

const noCalls: HourSum = {
  calls: 0,
  denied: 0,
  wouldDeny: 0,
  low: 0,
  review: 0,
  alert: 0,
  critical: 0,
  alerts: 0,
  unparsed: 0,
};

function entry<K, V>(sums: Map<K, V>, key: K, make: () => V): V {
  let sum = sums.get(key);
  if (sum === undefined) {
    sum = make();
    sums.set(key, sum);
  }
  return sum;
}

function widen(sum: { first: string; last: string }, at: string): void {
  if (at < sum.first) sum.first = at;
  if (at > sum.last) sum.last = at;
}

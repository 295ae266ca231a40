import type { StoredEvent } from '../../../core/ports.ts';
import { severityOf } from '../../../core/verdict.ts';
import type { Database } from './database.ts';
import type { CommitRows, SessionRow } from './encode.ts';

/** What the sums are made of: the part of a call that some list or total counts by. */
export interface CallFacts {
  readonly at: string;
  readonly session: string;
  readonly agent: string;
  readonly person: string;
  readonly device: string;
  readonly cwd: string;
  readonly tool: string;
  readonly score: number;
  readonly severity: string;
  readonly decision: string;
  readonly effective: string;
  /** 1 hook, 2 gateway. */
  readonly via: number;
}

/** Sums of one batch, written once per row at its end, so that load makes bigger sums, not more writes. */
export interface Tally {
  /** `before` is the call as it stood, null when it is new. */
  call(before: CallFacts | null, after: CallFacts, mcp: { server: string; tool: string } | null): void;
  touch(session: SessionRow): void;
  /** Events, declared tools, versions of a commit. */
  commit(rows: CommitRows): void;
  alertRaised(at: string): void;
  /** Writes everything; call it inside the transaction. */
  flush(): void;
  /** After a rollback: nothing of this batch happened, and what was remembered as written may not be. */
  forget(): void;
}

interface HourSum {
  calls: number;
  denied: number;
  wouldDeny: number;
  low: number;
  review: number;
  alert: number;
  critical: number;
  alerts: number;
  unparsed: number;
}
interface ToolSum {
  readonly hour: string;
  readonly tool: string;
  calls: number;
  maxScore: number;
}
interface SessionSum {
  row: SessionRow;
  first: string;
  last: string;
  /** undefined: unchanged. */
  ended: string | null | undefined;
  memory: string | null;
  calls: number;
  denied: number;
  maxScore: number;
  title: string;
}
interface AgentSum {
  first: string;
  last: string;
  sessions: number;
  calls: number;
  viaHook: number;
  viaGateway: number;
}
interface McpSum {
  readonly server: string;
  readonly tool: string;
  first: string;
  last: string;
  calls: number;
  digest: string | null;
}

/** An agent declares all its tools with every request: a sighting that changes nothing is written at most once a minute. */
const sightingMs = 60_000;

export function openTally(db: Database): Tally {
  const hours = new Map<string, HourSum>();
  const hourTools = new Map<string, ToolSum>();
  const sessions = new Map<string, SessionSum>();
  const agents = new Map<string, AgentSum>();
  const mcp = new Map<string, McpSum>();
  const marks = new Map<string, () => void>();
  /** Marks (sets in the database) known to be written. */
  const marked = new Set<string>();
  /** Tool sightings written: key → [digest, time]. */
  const sighted = new Map<string, readonly [digest: string | null, atMs: number]>();

  const hour = (at: string): HourSum =>
    entry(hours, at.slice(0, 13), () => ({
      calls: 0,
      denied: 0,
      wouldDeny: 0,
      low: 0,
      review: 0,
      alert: 0,
      critical: 0,
      alerts: 0,
      unparsed: 0,
    }));
  const agent = (id: string, at: string): AgentSum => {
    const sum = entry(agents, id, () => ({ first: at, last: at, sessions: 0, calls: 0, viaHook: 0, viaGateway: 0 }));
    widen(sum, at);
    return sum;
  };
  const session = (row: SessionRow): SessionSum => {
    const sum = entry(sessions, row.id, () => ({
      row,
      first: row.at,
      last: row.at,
      ended: undefined,
      memory: null,
      calls: 0,
      denied: 0,
      maxScore: 0,
      title: '',
    }));
    widen(sum, row.at);
    return sum;
  };
  /** A member of a set: written once, then remembered. */
  const mark = (sql: string, ...values: string[]) => {
    const key = `${sql}\0${values.join('\0')}`;
    if (!marked.has(key)) marks.set(key, () => void db.run(sql, ...values));
  };

  function count(call: CallFacts, sign: 1 | -1): void {
    const sum = hour(call.at);
    sum.calls += sign;
    const denied = call.effective === 'deny';
    if (denied) sum.denied += sign;
    else if (call.decision === 'deny') sum.wouldDeny += sign;
    sum[bandOf(call)] += sign;
    const tool = entry(hourTools, `${call.at.slice(0, 13)}\0${call.tool}`, () => ({
      hour: call.at.slice(0, 13),
      tool: call.tool,
      calls: 0,
      maxScore: 0,
    }));
    tool.calls += sign;
    if (call.session !== '') {
      const inSession = session(sessionOf(call));
      inSession.calls += sign;
      if (denied) inSession.denied += sign;
    }
    if (call.agent !== '') {
      const byAgent = agent(call.agent, call.at);
      byAgent.calls += sign;
      if ((call.via & 1) !== 0) byAgent.viaHook += sign;
      if ((call.via & 2) !== 0) byAgent.viaGateway += sign;
    }
    if (sign === 1) {
      tool.maxScore = Math.max(tool.maxScore, call.score);
      if (call.session !== '')
        session(sessionOf(call)).maxScore = Math.max(session(sessionOf(call)).maxScore, call.score);
      if (call.person !== '') mark(insertHourPerson, call.at.slice(0, 13), call.person);
    }
  }

  function sight(server: string, tool: string, at: string, calls: number, digest: string | null): void {
    const key = `${server}\0${tool}`;
    const before = sighted.get(key);
    const atMs = Date.parse(at);
    const fresh = before !== undefined && (digest === null || digest === before[0]) && atMs - before[1] < sightingMs;
    if (fresh && calls === 0 && !mcp.has(key)) return;
    const sum = entry(mcp, key, () => ({ server, tool, first: at, last: at, calls: 0, digest: null }));
    widen(sum, at);
    sum.calls += calls;
    sum.digest = digest ?? sum.digest;
    sighted.set(key, [digest ?? before?.[0] ?? null, atMs]);
  }

  function flush(): void {
    for (const [at, sum] of hours) flushHour(db, at, sum);
    for (const sum of hourTools.values()) db.run(upsertHourTool, sum.hour, sum.tool, sum.calls, sum.maxScore);
    for (const sum of sessions.values()) {
      if (flushSession(db, sum) && sum.row.agent !== '') agent(sum.row.agent, sum.first).sessions++;
    }
    for (const [id, sum] of agents) {
      db.run(upsertAgent, id, sum.first, sum.last, sum.sessions, sum.calls, sum.viaHook, sum.viaGateway);
    }
    for (const sum of mcp.values())
      db.run(upsertMcpTool, sum.server, sum.tool, sum.first, sum.last, sum.calls, sum.digest);
    for (const write of marks.values()) write();
    if (marked.size > 10_000) marked.clear();
    for (const key of marks.keys()) marked.add(key);
    empty();
  }

  function empty(): void {
    for (const sums of [hours, hourTools, sessions, agents, mcp, marks]) sums.clear();
  }

  return {
    call(before, after, mcpTool) {
      if (before !== null && sameSums(before, after)) return;
      if (before !== null) count(before, -1);
      count(after, 1);
      if (before === null && mcpTool !== null) {
        sight(mcpTool.server, mcpTool.tool, after.at, 1, null);
        mark(insertServerAgent, mcpTool.server, after.agent);
      }
    },
    touch(row) {
      const sum = session(row);
      sum.row = row;
      if (row.memory !== null) sum.memory = row.memory;
      if (row.ended !== null) sum.ended = row.ended;
      if (row.agent === '') return;
      agent(row.agent, row.at);
      if (row.agentVersion !== '') mark(insertVersion, row.agent, row.agentVersion);
      if (row.person !== '') mark(insertPerson, row.agent, row.person);
    },
    commit({ event, tools, agent: by, at }) {
      if (event?.kind === 'unparsed') hour(event.at).unparsed++;
      if (event && event.session !== '' && (event.kind === 'prompt' || event.kind === 'session-start')) {
        const sum = session(eventSession(event));
        if (event.kind === 'session-start') sum.ended = null;
        else if (sum.title === '') sum.title = titleOf(event.text);
      }
      for (const { server, name, digest } of tools) {
        if (server === undefined) continue;
        sight(server, name, at, 0, digest ?? null);
        if (by !== '') mark(insertServerAgent, server, by);
      }
    },
    alertRaised: (at) => void hour(at).alerts++,
    flush,
    forget() {
      empty();
      marked.clear();
      sighted.clear();
    },
  };
}

const insertHourPerson = 'INSERT OR IGNORE INTO hour_people VALUES (?, ?)';
const insertServerAgent = 'INSERT OR IGNORE INTO mcp_server_agents VALUES (?, ?)';
const insertVersion = 'INSERT OR IGNORE INTO agent_versions VALUES (?, ?)';
const insertPerson = 'INSERT OR IGNORE INTO agent_people VALUES (?, ?)';

const upsertHour = `INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  calls = calls + excluded.calls, denied = denied + excluded.denied, would_deny = would_deny + excluded.would_deny,
  low = low + excluded.low, review = review + excluded.review, alert = alert + excluded.alert,
  critical = critical + excluded.critical, alerts = alerts + excluded.alerts, unparsed = unparsed + excluded.unparsed`;
const upsertHourTool = `INSERT INTO hour_tools VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  calls = calls + excluded.calls, max_score = max(max_score, excluded.max_score)`;
const upsertAgent = `INSERT INTO agents VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
  sessions = sessions + excluded.sessions, calls = calls + excluded.calls,
  via_hook = via_hook + excluded.via_hook, via_gateway = via_gateway + excluded.via_gateway`;
const upsertMcpTool = `INSERT INTO mcp_tools VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
  calls = calls + excluded.calls, digest = coalesce(excluded.digest, digest)`;
const updateSession = `UPDATE sessions SET
  agent_version = coalesce(nullif(?, ''), agent_version), person = coalesce(nullif(?, ''), person),
  device = coalesce(nullif(?, ''), device), cwd = coalesce(nullif(cwd, ''), ?),
  started_at = min(started_at, ?), last_at = max(last_at, ?), ended_at = CASE WHEN ? THEN ? ELSE ended_at END,
  calls = calls + ?, denied = denied + ?, max_score = max(max_score, ?),
  title = coalesce(nullif(title, ''), ?), memory = coalesce(?, memory)
  WHERE id = ?`;
const insertSession = `INSERT INTO sessions
  (id, agent, agent_version, person, device, cwd, started_at, last_at, ended_at, calls, denied, max_score, title, memory)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

function flushHour(db: Database, hour: string, sum: HourSum): void {
  const { calls, denied, wouldDeny, low, review, alert, critical, alerts, unparsed } = sum;
  db.run(upsertHour, hour, calls, denied, wouldDeny, low, review, alert, critical, alerts, unparsed);
}

/** True when the session is new. */
function flushSession(db: Database, sum: SessionSum): boolean {
  const { row, first, last, memory, calls, denied, maxScore, title } = sum;
  const { id, agent, agentVersion, person, device, cwd } = row;
  const ends = Number(sum.ended !== undefined);
  const ended = sum.ended ?? null;
  const sums = [calls, denied, maxScore, title, memory] as const;
  if (db.run(updateSession, agentVersion, person, device, cwd, first, last, ends, ended, ...sums, id) > 0) return false;
  db.run(insertSession, id, agent, agentVersion, person, device, cwd, first, last, ended, ...sums);
  return true;
}

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

function bandOf(call: CallFacts): 'low' | 'review' | 'alert' | 'critical' {
  const { severity } = call;
  return severity === 'low' || severity === 'review' || severity === 'alert' || severity === 'critical'
    ? severity
    : severityOf(call.score);
}

/** A call may come before the session it belongs to was touched: then the call is what is known of it. */
function sessionOf(call: CallFacts): SessionRow {
  const { session: id, agent, person, device, cwd, at } = call;
  return { id, agent, agentVersion: '', person, device, cwd, at, memory: null, ended: null };
}

function eventSession({ session: id, agent, at }: StoredEvent): SessionRow {
  return { id, agent, agentVersion: '', person: '', device: '', cwd: '', at, memory: null, ended: null };
}

function sameSums(a: CallFacts, b: CallFacts): boolean {
  return (
    a.via === b.via &&
    a.score === b.score &&
    a.severity === b.severity &&
    a.decision === b.decision &&
    a.effective === b.effective &&
    a.at === b.at &&
    a.session === b.session &&
    a.agent === b.agent &&
    a.person === b.person &&
    a.tool === b.tool
  );
}

/** First prompt as one line of at most 200 characters. */
function titleOf(prompt: string): string {
  return Array.from(prompt.replace(/\s+/g, ' ').trim()).slice(0, 200).join('');
}

import type { Database } from './database.ts';
import type { SessionRow } from './encode.ts';

// How the sums of a batch reach their rows. A row is written once per batch, whatever the number of commits.

export interface HourSum {
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
export interface ToolSum {
  readonly hour: string;
  readonly tool: string;
  calls: number;
  maxScore: number;
}
export interface SessionSum {
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
export interface AgentSum {
  first: string;
  last: string;
  sessions: number;
  calls: number;
  viaHook: number;
  viaGateway: number;
}
export interface SightingSum {
  readonly agent: string;
  readonly device: string;
  readonly person: string;
  first: string;
  last: string;
  calls: number;
  viaHook: number;
  viaGateway: number;
}
export interface McpSum {
  readonly server: string;
  readonly tool: string;
  first: string;
  last: string;
  calls: number;
  digest: string | null;
}

export const insertHourPerson = 'INSERT OR IGNORE INTO hour_people VALUES (?, ?)';
export const insertServerAgent = 'INSERT OR IGNORE INTO mcp_server_agents VALUES (?, ?)';
export const insertVersion = 'INSERT OR IGNORE INTO agent_versions VALUES (?, ?)';
export const insertPerson = 'INSERT OR IGNORE INTO agent_people VALUES (?, ?)';

const upsertHour = `INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  calls = calls + excluded.calls, denied = denied + excluded.denied, would_deny = would_deny + excluded.would_deny,
  low = low + excluded.low, review = review + excluded.review, alert = alert + excluded.alert,
  critical = critical + excluded.critical, alerts = alerts + excluded.alerts, unparsed = unparsed + excluded.unparsed`;
export const upsertHourTool = `INSERT INTO hour_tools VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  calls = calls + excluded.calls, max_score = max(max_score, excluded.max_score)`;
export const upsertAgent = `INSERT INTO agents VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at),
  sessions = sessions + excluded.sessions, calls = calls + excluded.calls,
  via_hook = via_hook + excluded.via_hook, via_gateway = via_gateway + excluded.via_gateway`;
export const upsertSighting = `INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at), calls = calls + excluded.calls,
  via_hook = via_hook + excluded.via_hook, via_gateway = via_gateway + excluded.via_gateway`;
export const upsertMcpTool = `INSERT INTO mcp_tools VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
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

export function writeHour(db: Database, hour: string, sum: HourSum): void {
  const { calls, denied, wouldDeny, low, review, alert, critical, alerts, unparsed } = sum;
  db.run(upsertHour, hour, calls, denied, wouldDeny, low, review, alert, critical, alerts, unparsed);
}

/** True when the session is new. */
export function writeSession(db: Database, sum: SessionSum): boolean {
  const { row, first, last, memory, calls, denied, maxScore, title } = sum;
  const { id, agent, agentVersion, person, device, cwd } = row;
  const ends = Number(sum.ended !== undefined);
  const ended = sum.ended ?? null;
  const sums = [calls, denied, maxScore, title, memory] as const;
  if (db.run(updateSession, agentVersion, person, device, cwd, first, last, ends, ended, ...sums, id) > 0) return false;
  db.run(insertSession, id, agent, agentVersion, person, device, cwd, first, last, ended, ...sums);
  return true;
}

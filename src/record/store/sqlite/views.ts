import type { McpServerRecord } from '../../../core/mcp-record.ts';
import type { AgentRecord, Overview, Page } from '../../../core/store.ts';
import type { Database, Row } from './database.ts';
import { integer, text, textOrNull } from './row.ts';
import { saidOf, selectTools } from './tool-versions.ts';

/** All MCP servers by name, each with its tools, most used first. */
export function mcpServers(db: Database): Page<McpServerRecord> {
  const agents = grouped(db.all('SELECT server AS name, agent AS member FROM mcp_server_agents ORDER BY 1, 2'));
  const tools = Map.groupBy(db.all(selectTools), (row) => text(row.server));
  const items = [...tools].map(([name, rows]) => ({
    name,
    agents: agents.get(name) ?? [],
    firstAt: rows.map((row) => text(row.first_at)).sort()[0] ?? '',
    lastAt:
      rows
        .map((row) => text(row.last_at))
        .sort()
        .at(-1) ?? '',
    calls: rows.reduce((sum, row) => sum + integer(row.calls), 0),
    tools: rows.map((row) => ({
      name: text(row.tool),
      calls: integer(row.calls),
      firstAt: text(row.first_at),
      lastAt: text(row.last_at),
      digest: textOrNull(row.digest),
      ...saidOf(row),
    })),
  }));
  return { items, next: null };
}

export function agents(db: Database): Page<AgentRecord> {
  const versions = grouped(db.all('SELECT agent AS name, version AS member FROM agent_versions ORDER BY 1, 2'));
  const people = grouped(db.all('SELECT agent AS name, person AS member FROM agent_people ORDER BY 1, 2'));
  const items = db.all('SELECT * FROM agents ORDER BY agent').map((row) => ({
    agent: text(row.agent),
    versions: versions.get(text(row.agent)) ?? [],
    people: people.get(text(row.agent)) ?? [],
    firstAt: text(row.first_at),
    lastAt: text(row.last_at),
    sessions: integer(row.sessions),
    calls: integer(row.calls),
    viaHook: integer(row.via_hook),
    viaGateway: integer(row.via_gateway),
  }));
  return { items, next: null };
}

function grouped(rows: readonly Row[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const members = groups.get(text(row.name));
    if (members === undefined) groups.set(text(row.name), [text(row.member)]);
    else members.push(text(row.member));
  }
  return groups;
}

/** Sums since the full hour in which `since` lies; the answer's `since` says which. Read from rollups only. */
export function overview(db: Database, since: string): Overview {
  const hour = since.slice(0, 13);
  const from = `${hour}:00:00.000Z`;
  const sums = db.get(selectSums, hour) ?? {};
  const sum = (name: string) => integer(sums[name] ?? 0);
  const counted = (sql: string, ...values: string[]) => integer(db.get(sql, ...values)?.n);
  return {
    since: from,
    calls: sum('calls'),
    sessions: counted('SELECT count(*) AS n FROM sessions WHERE last_at >= ?', from),
    people: counted('SELECT count(DISTINCT person) AS n FROM hour_people WHERE hour >= ?', hour),
    denied: sum('denied'),
    wouldDeny: sum('would_deny'),
    openAlerts: counted(`SELECT count(*) AS n FROM alerts WHERE state = 'open'`),
    bySeverity: { low: sum('low'), review: sum('review'), alert: sum('alert'), critical: sum('critical') },
    byHour: db.all('SELECT hour, calls, alerts FROM hours WHERE hour >= ? ORDER BY hour', hour).map((row) => ({
      hour: `${text(row.hour)}:00:00.000Z`,
      calls: integer(row.calls),
      alerts: integer(row.alerts),
    })),
    topTools: db.all(selectTopTools, hour).map((row) => ({
      tool: text(row.tool),
      calls: integer(row.calls),
      maxScore: integer(row.max_score),
    })),
    unparsedEvents: sum('unparsed'),
  };
}

const selectSums = `SELECT sum(calls) AS calls, sum(denied) AS denied, sum(would_deny) AS would_deny, sum(low) AS low,
  sum(review) AS review, sum(alert) AS alert, sum(critical) AS critical, sum(unparsed) AS unparsed FROM hours WHERE hour >= ?`;
const selectTopTools = `SELECT tool, sum(calls) AS calls, max(max_score) AS max_score FROM hour_tools WHERE hour >= ?
  GROUP BY tool HAVING sum(calls) > 0 ORDER BY calls DESC, tool LIMIT 10`;

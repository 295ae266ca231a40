import type { McpServerRecord, McpToolRecord, ToolVersion, ToolVersionDraft } from '../../../core/mcp-record.ts';
import type { Database, Row } from './database.ts';
import type { CommitRows } from './encode.ts';
import { integer, json, text } from './row.ts';

/** Versions of one tool that are kept: the first one, and the latest. */
const mostVersions = 20;
const mostAgents = 20;
const listedDescription = 300;

/** Adds what was said for the first time, and who said again what is known. Call it inside the transaction. */
export function putVersions(db: Database, { tools, toolVersions, session, agent, at }: CommitRows): void {
  for (const version of toolVersions) insertVersion(db, version, at);
  const id = session?.id ?? '';
  for (const { server, name, digest } of tools) {
    if (server === undefined || digest === undefined) continue;
    const found = db.get(selectSeen, server, name, digest);
    if (found === undefined) continue;
    const agents = json<readonly string[]>(found.agents);
    const known = agent === '' || agents.includes(agent) || agents.length >= mostAgents;
    const more = Number(id !== '' && id !== text(found.last_session));
    const list = JSON.stringify(known ? agents : [...agents, agent].sort());
    db.run(updateSeen, at, list, more, id, id, server, name, digest);
  }
}

function insertVersion(db: Database, version: ToolVersionDraft, at: string): void {
  const { server, tool, digest, description, schema, annotations, parameters, findings } = version;
  const parts = [annotations, parameters, findings].map((part) => JSON.stringify(part));
  const added = db.run(insertOne, server, tool, digest, at, at, description, schema, ...parts);
  if (added > 0) db.run(deleteOld, server, tool, server, tool, mostVersions - 1);
}

const insertOne = `INSERT OR IGNORE INTO mcp_versions
  (server, tool, digest, first_at, last_at, agents, sessions, first_session, last_session,
   description, schema, annotations, parameters, findings)
  VALUES (?, ?, ?, ?, ?, '[]', 0, '', '', ?, ?, ?, ?, ?)`;
/** The first one stays: it is what later ones are compared with. */
const deleteOld = `DELETE FROM mcp_versions WHERE server = ? AND tool = ? AND digest IN (
  SELECT digest FROM mcp_versions WHERE server = ? AND tool = ? ORDER BY last_at DESC, first_at DESC LIMIT -1 OFFSET ?)
  AND first_at > (SELECT min(first_at) FROM mcp_versions AS other WHERE other.server = mcp_versions.server AND other.tool = mcp_versions.tool)`;
const selectSeen = 'SELECT agents, last_session FROM mcp_versions WHERE server = ? AND tool = ? AND digest = ?';
const updateSeen = `UPDATE mcp_versions SET last_at = max(last_at, ?), agents = ?, sessions = sessions + ?,
  last_session = coalesce(nullif(?, ''), last_session), first_session = coalesce(nullif(first_session, ''), ?)
  WHERE server = ? AND tool = ? AND digest = ?`;

/** One tool with its versions, newest first; null when it was never met. */
export function mcpTool(db: Database, server: string, tool: string): McpToolRecord | null {
  const row = db.get('SELECT * FROM mcp_tools WHERE server = ? AND tool = ?', server, tool);
  if (row === undefined) return null;
  const versions = db.all(selectVersions, server, tool).map(versionOf);
  // A server that goes back to what it said before says that now.
  const current = versions.findIndex(({ digest }) => digest === row.digest);
  const [now] = current > 0 ? versions.splice(current, 1) : [];
  return {
    server,
    name: tool,
    firstAt: text(row.first_at),
    lastAt: text(row.last_at),
    calls: integer(row.calls),
    versions: now === undefined ? versions : [now, ...versions],
  };
}

const selectVersions = 'SELECT * FROM mcp_versions WHERE server = ? AND tool = ? ORDER BY first_at DESC, last_at DESC';

function versionOf(row: Row): ToolVersion {
  return {
    digest: text(row.digest),
    firstAt: text(row.first_at),
    lastAt: text(row.last_at),
    agents: json(row.agents),
    sessions: integer(row.sessions),
    firstSession: text(row.first_session),
    lastSession: text(row.last_session),
    description: text(row.description),
    schema: text(row.schema),
    annotations: json(row.annotations),
    findings: json(row.findings),
  };
}

type Said = Pick<
  McpServerRecord['tools'][number],
  'description' | 'parameters' | 'annotations' | 'findings' | 'changedAt'
>;

/** All tools with what was said of them last. */
export const selectTools = `SELECT t.*, substr(v.description, 1, ${listedDescription}) AS description, v.parameters, v.annotations,
  v.findings, CASE WHEN v.first_at > (SELECT min(first_at) FROM mcp_versions AS o WHERE o.server = t.server AND o.tool = t.tool)
    THEN v.first_at END AS changed_at
  FROM mcp_tools AS t LEFT JOIN mcp_versions AS v ON v.server = t.server AND v.tool = t.tool AND v.digest = t.digest
  ORDER BY t.server, t.calls DESC, t.tool`;

export function saidOf(row: Row): Said {
  const nothing: Said = { description: '', parameters: [], annotations: {}, findings: [], changedAt: null };
  if (row.description === null || row.description === undefined) return nothing;
  return {
    description: text(row.description),
    parameters: json(row.parameters),
    annotations: json(row.annotations),
    findings: json(row.findings),
    changedAt: row.changed_at === null ? null : text(row.changed_at),
  };
}

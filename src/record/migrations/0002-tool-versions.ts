/** What MCP servers say of their tools, one row for each version of it. Tools that were declared had the agent's name for them. */
export const sql = `
CREATE TABLE mcp_versions (
  server TEXT NOT NULL, tool TEXT NOT NULL, digest TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
  agents TEXT NOT NULL,             -- JSON list of ids
  sessions INTEGER NOT NULL, first_session TEXT NOT NULL, last_session TEXT NOT NULL,
  description TEXT NOT NULL,        -- masked
  schema TEXT NOT NULL,             -- masked, JSON
  annotations TEXT NOT NULL, parameters TEXT NOT NULL, findings TEXT NOT NULL, -- JSON
  PRIMARY KEY (server, tool, digest)
) STRICT, WITHOUT ROWID;

UPDATE OR IGNORE mcp_tools SET tool = substr(tool, length(server) + 8)
  WHERE substr(tool, 1, length(server) + 7) = 'mcp__' || server || '__' AND length(tool) > length(server) + 7;
DELETE FROM mcp_tools
  WHERE substr(tool, 1, length(server) + 7) = 'mcp__' || server || '__' AND length(tool) > length(server) + 7;
`;

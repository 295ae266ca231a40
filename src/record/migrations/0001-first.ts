/** The first shape of the store. Times are ISO 8601 UTC text, hours their first 13 characters. */
export const sql = `
CREATE TABLE receipts (
  seq INTEGER PRIMARY KEY, call TEXT NOT NULL, body TEXT NOT NULL, leaf TEXT NOT NULL, sig TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_call ON receipts (call, seq) WHERE call <> '';

CREATE TABLE calls (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL,
  session TEXT NOT NULL, subagent TEXT, tool_use_id TEXT NOT NULL,
  person TEXT NOT NULL, device TEXT NOT NULL, agent TEXT NOT NULL, tool TEXT NOT NULL, cwd TEXT,
  input TEXT NOT NULL,              -- masked, JSON
  detail TEXT NOT NULL,             -- the members of a call that nothing filters by, JSON
  unparsed INTEGER NOT NULL, score REAL NOT NULL, severity TEXT NOT NULL,
  decision TEXT NOT NULL, enforced INTEGER NOT NULL, effective TEXT NOT NULL,
  notable INTEGER NOT NULL,         -- 1 = not 'low': the few that people look for
  receipt INTEGER,                  -- number of the last decision receipt
  via INTEGER NOT NULL              -- 1 seen by a hook, 2 by the gateway, 3 by both
) STRICT;
CREATE INDEX calls_at ON calls (at);
CREATE INDEX calls_session ON calls (session, at);
CREATE INDEX calls_agent ON calls (agent, at);
CREATE INDEX calls_person ON calls (person, at);
CREATE INDEX calls_tool ON calls (tool, at);
CREATE INDEX calls_notable ON calls (at) WHERE notable = 1;
CREATE INDEX calls_decision ON calls (decision, at) WHERE decision <> 'allow';

CREATE TABLE phases (
  call TEXT NOT NULL, n INTEGER NOT NULL, phase TEXT NOT NULL, receipt INTEGER,
  PRIMARY KEY (call, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, agent TEXT NOT NULL, agent_version TEXT NOT NULL,
  person TEXT NOT NULL, device TEXT NOT NULL, cwd TEXT NOT NULL,
  started_at TEXT NOT NULL, last_at TEXT NOT NULL, ended_at TEXT,
  calls INTEGER NOT NULL, denied INTEGER NOT NULL, max_score REAL NOT NULL, title TEXT NOT NULL, memory TEXT
) STRICT;
CREATE INDEX sessions_last ON sessions (last_at);

CREATE TABLE events (
  seq INTEGER PRIMARY KEY, at TEXT NOT NULL, session TEXT NOT NULL, agent TEXT NOT NULL, kind TEXT NOT NULL,
  source TEXT NOT NULL, subagent TEXT, text TEXT NOT NULL
) STRICT;
CREATE INDEX events_session ON events (session, seq);

CREATE TABLE alerts (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL, count INTEGER NOT NULL,
  severity TEXT NOT NULL, score REAL NOT NULL, detector TEXT NOT NULL, title TEXT NOT NULL, session TEXT NOT NULL,
  agent TEXT NOT NULL, person TEXT NOT NULL, call TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE INDEX alerts_key ON alerts (key, last_at);
CREATE INDEX alerts_last ON alerts (last_at);
CREATE INDEX alerts_state ON alerts (state, last_at);
CREATE TABLE alert_changes (
  n INTEGER PRIMARY KEY, alert INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, state TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE INDEX alert_changes_alert ON alert_changes (alert, n);

CREATE TABLE mcp_tools (
  server TEXT NOT NULL, tool TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL, calls INTEGER NOT NULL, digest TEXT,
  PRIMARY KEY (server, tool)
) STRICT, WITHOUT ROWID;
CREATE TABLE mcp_server_agents (server TEXT NOT NULL, agent TEXT NOT NULL, PRIMARY KEY (server, agent)) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  agent TEXT PRIMARY KEY, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
  sessions INTEGER NOT NULL, calls INTEGER NOT NULL, via_hook INTEGER NOT NULL, via_gateway INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE agent_versions (agent TEXT NOT NULL, version TEXT NOT NULL, PRIMARY KEY (agent, version)) STRICT, WITHOUT ROWID;
CREATE TABLE agent_people (agent TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (agent, person)) STRICT, WITHOUT ROWID;

-- Rollups: kept by the writer in the same transaction, so that no page of the console ever counts calls.
CREATE TABLE hours (
  hour TEXT PRIMARY KEY, calls INTEGER NOT NULL, denied INTEGER NOT NULL, would_deny INTEGER NOT NULL,
  low INTEGER NOT NULL, review INTEGER NOT NULL, alert INTEGER NOT NULL, critical INTEGER NOT NULL,
  alerts INTEGER NOT NULL, unparsed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE hour_tools (
  hour TEXT NOT NULL, tool TEXT NOT NULL, calls INTEGER NOT NULL, max_score REAL NOT NULL, PRIMARY KEY (hour, tool)
) STRICT, WITHOUT ROWID;
CREATE TABLE hour_people (hour TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (hour, person)) STRICT, WITHOUT ROWID;

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

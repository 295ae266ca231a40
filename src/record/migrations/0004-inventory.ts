/** What runs where: the last report of each source on each device, and who was seen calling from where. */
export const sql = `
CREATE TABLE inventory (
  device TEXT NOT NULL, source TEXT NOT NULL, name TEXT NOT NULL, person TEXT NOT NULL, platform TEXT NOT NULL,
  first_at TEXT NOT NULL, last_at TEXT NOT NULL,
  body TEXT NOT NULL,               -- the report, masked, JSON
  PRIMARY KEY (device, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE inventory_agents (
  device TEXT NOT NULL, source TEXT NOT NULL, agent TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
  versions TEXT NOT NULL,           -- JSON list
  running INTEGER NOT NULL, hooks TEXT NOT NULL, gateway INTEGER NOT NULL, risk INTEGER NOT NULL,
  flags TEXT NOT NULL,              -- ids, a blank between
  PRIMARY KEY (device, source, agent)
) STRICT, WITHOUT ROWID;
CREATE TABLE inventory_servers (
  device TEXT NOT NULL, source TEXT NOT NULL, agent TEXT NOT NULL, file TEXT NOT NULL, project TEXT NOT NULL, name TEXT NOT NULL,
  first_at TEXT NOT NULL, last_at TEXT NOT NULL, scope TEXT NOT NULL, transport TEXT NOT NULL,
  runs TEXT NOT NULL,               -- package without version, host or program
  version TEXT NOT NULL, pinned INTEGER NOT NULL, trusted INTEGER NOT NULL, enabled INTEGER NOT NULL,
  risk INTEGER NOT NULL, flags TEXT NOT NULL,
  PRIMARY KEY (device, source, agent, file, project, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE sightings (
  agent TEXT NOT NULL, device TEXT NOT NULL, person TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
  calls INTEGER NOT NULL, via_hook INTEGER NOT NULL, via_gateway INTEGER NOT NULL,
  PRIMARY KEY (agent, device, person)
) STRICT, WITHOUT ROWID;
INSERT INTO sightings SELECT agent, device, person, min(at), max(at), count(*), sum(via & 1), sum((via & 2) / 2)
  FROM calls WHERE agent <> '' GROUP BY agent, device, person;
INSERT OR IGNORE INTO sightings SELECT agent, device, person, min(started_at), max(last_at), 0, 0, 0
  FROM sessions WHERE agent <> '' GROUP BY agent, device, person;
`;

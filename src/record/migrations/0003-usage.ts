/** What answers of models took: one row for each day, person, team, agent, provider and model. Days are UTC. */
export const sql = `
CREATE TABLE usage (
  day TEXT NOT NULL, person TEXT NOT NULL, team TEXT NOT NULL, agent TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,
  answers INTEGER NOT NULL, failed INTEGER NOT NULL, estimated INTEGER NOT NULL, unpriced INTEGER NOT NULL,
  refused INTEGER NOT NULL, would_refuse INTEGER NOT NULL,
  input INTEGER NOT NULL, output INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, reasoning INTEGER NOT NULL, images INTEGER NOT NULL,
  cost INTEGER NOT NULL,            -- billionths of a dollar, of the answers whose price is known
  first_byte_ms INTEGER NOT NULL, total_ms INTEGER NOT NULL, -- sums
  PRIMARY KEY (day, person, team, agent, provider, model)
) STRICT, WITHOUT ROWID;
`;

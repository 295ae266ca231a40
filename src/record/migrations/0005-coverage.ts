/**
 * Who told of calls, added up by day (UTC). `via` of a call and `seen` here are sums of the bits in core/coverage.ts; calls
 * that were recorded before had a verdict wherever a hook or the gateway told of them.
 */
export const sql = `
UPDATE calls SET via = via | 32 WHERE via <> 0;
CREATE TABLE coverage (
  day TEXT NOT NULL, device TEXT NOT NULL, person TEXT NOT NULL, agent TEXT NOT NULL, seen INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  PRIMARY KEY (day, device, person, agent, seen)
) STRICT, WITHOUT ROWID;
INSERT INTO coverage SELECT substr(at, 1, 10), device, person, agent, via, count(*) FROM calls GROUP BY 1, 2, 3, 4, 5;
`;

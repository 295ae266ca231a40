import type { CoverageRow } from '../../../core/coverage.ts';
import type { Database } from './database.ts';
import { integer, text } from './row.ts';

/** Calls of one row of coverage, as one batch changes it. */
export type CoverageSum = { -readonly [K in keyof CoverageRow]: CoverageRow[K] };

const add = `INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (day, device, person, agent, seen) DO UPDATE SET calls = calls + excluded.calls`;

export function addCovered(db: Database, { day, device, person, agent, seen, calls }: CoverageSum): void {
  if (calls !== 0) db.run(add, day, device, person, agent, seen, calls);
}

const select = `SELECT device, person, agent, seen, sum(calls) AS calls FROM coverage
  WHERE day >= ? GROUP BY device, person, agent, seen HAVING sum(calls) > 0`;

/** Sums from `day` on. */
export function coverageRows(db: Database, day: string): CoverageRow[] {
  return db.all(select, day).map((row) => ({
    day,
    device: text(row.device),
    person: text(row.person),
    agent: text(row.agent),
    seen: integer(row.seen),
    calls: integer(row.calls),
  }));
}

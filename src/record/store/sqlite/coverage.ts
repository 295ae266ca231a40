import type { CoverageRow } from '../../../core/coverage.ts';
import type { Database } from './database.ts';
import { integer, json, text } from './row.ts';

/** Calls of one row of coverage, as one batch changes it; `memberOf` is the number of a list of groups. */
export interface CoverageSum extends Omit<CoverageRow, 'groups' | 'calls'> {
  readonly memberOf: number;
  calls: number;
}

const add = `INSERT INTO coverage (day, device, person, member_of, agent, seen, calls) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (day, device, person, member_of, agent, seen) DO UPDATE SET calls = calls + excluded.calls`;

export function addCovered(db: Database, { day, device, person, memberOf, agent, seen, calls }: CoverageSum): void {
  if (calls !== 0) db.run(add, day, device, person, memberOf, agent, seen, calls);
}

/** The number under which a list of groups is kept; 0 for none. Call it inside the transaction. */
export function memberOf(db: Database, groups: readonly string[]): number {
  if (groups.length === 0) return 0;
  const list = JSON.stringify([...new Set(groups)].sort());
  const found = db.get('SELECT n FROM memberships WHERE groups = ?', list);
  if (found !== undefined) return integer(found.n);
  db.run('INSERT INTO memberships (groups) VALUES (?)', list);
  return memberOf(db, groups);
}

const select = `SELECT device, person, groups, agent, seen, sum(calls) AS calls
  FROM coverage LEFT JOIN memberships ON n = member_of
  WHERE day >= ? GROUP BY device, person, member_of, agent, seen HAVING sum(calls) > 0`;

/** Sums from `day` on. */
export function coverageRows(db: Database, day: string): CoverageRow[] {
  return db.all(select, day).map((row) => ({
    day,
    device: text(row.device),
    person: text(row.person),
    ...(row.groups === null ? {} : { groups: json<readonly string[]>(row.groups) }),
    agent: text(row.agent),
    seen: integer(row.seen),
    calls: integer(row.calls),
  }));
}

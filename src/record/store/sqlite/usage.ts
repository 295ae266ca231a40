import { noUsage, type UsageGroup, type UsageKey, type UsageRow, type UsageSum } from '../../../core/usage.ts';
import type { Database, Row } from './database.ts';
import { integer, text } from './row.ts';

/** Columns of the sums, in the order of the table, with what they are called outside. */
const columns: readonly (readonly [column: string, name: keyof UsageSum])[] = [
  ['answers', 'answers'],
  ['failed', 'failed'],
  ['estimated', 'estimated'],
  ['unpriced', 'unpriced'],
  ['refused', 'refused'],
  ['would_refuse', 'wouldRefuse'],
  ['input', 'input'],
  ['output', 'output'],
  ['cache_read', 'cacheRead'],
  ['cache_write_5m', 'cacheWrite5m'],
  ['cache_write_1h', 'cacheWrite1h'],
  ['reasoning', 'reasoning'],
  ['images', 'images'],
  ['cost', 'cost'],
  ['first_byte_ms', 'firstByteMs'],
  ['total_ms', 'totalMs'],
];

const add = columns.map(([column]) => `${column} = ${column} + excluded.${column}`).join(', ');
const upsert = `INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ${columns.map(() => '?').join(', ')})
  ON CONFLICT (day, person, team, agent, provider, model) DO UPDATE SET ${add}`;

/** Adds each row to what is there. */
export function putUsage(db: Database, rows: readonly UsageRow[]): null {
  for (const row of rows) {
    const { day, person, team, agent, provider, model } = row;
    db.run(upsert, day, person, team, agent, provider, model, ...columns.map(([, name]) => Math.round(row[name])));
  }
  return null;
}

/** Every row from `day` on. */
export function usageRows(db: Database, day: string): UsageRow[] {
  return db.all('SELECT * FROM usage WHERE day >= ?', day).map((row) => ({
    day: text(row.day),
    person: text(row.person),
    team: text(row.team),
    agent: text(row.agent),
    provider: text(row.provider),
    model: text(row.model),
    ...sumOf(row),
  }));
}

const sums = columns.map(([column]) => `sum(${column}) AS ${column}`).join(', ');
/** What usage may be told apart by; each is a column of the table. */
const keys: ReadonlySet<string> = new Set(['day', 'person', 'team', 'agent', 'provider', 'model']);
const mostGroups = 1000;

/** Sums from `day` on, the dearest group first; by day the newest first. At most a thousand. */
export function usageBy(db: Database, [day, by]: readonly [day: string, by: keyof UsageKey]): UsageGroup[] {
  if (!keys.has(by)) throw new Error(`Usage is not told apart by '${by}'.`);
  const order = by === 'day' ? 'key DESC' : 'cost DESC, sum(input) + sum(output) DESC, key';
  const select = `SELECT ${by} AS key, ${sums} FROM usage WHERE day >= ? GROUP BY ${by} ORDER BY ${order} LIMIT ${mostGroups}`;
  return db.all(select, day).map((row) => ({ key: text(row.key), ...sumOf(row) }));
}

function sumOf(row: Row): UsageSum {
  return { ...noUsage, ...Object.fromEntries(columns.map(([column, name]) => [name, integer(row[column])])) };
}

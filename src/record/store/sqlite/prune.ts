import type { Pruned, PruneQuery } from '../../../core/store.ts';
import type { Database } from './database.ts';
import { text } from './row.ts';

/** Removes one batch of bookkeeping. Call it inside the transaction. */
export function prune(db: Database, query: PruneQuery): Pruned {
  switch (query.what) {
    case 'deliveries':
      return pruneDeliveries(db, query);
    case 'import-marks':
      return pruneMarks(db, query);
    default:
      return query.what satisfies never;
  }
}

function pruneDeliveries(db: Database, { before, held, after, most }: PruneQuery): Pruned {
  // A time has no blank in it.
  const [at = '', id = ''] = (after ?? '').split(/ (.*)/s);
  const rows = db.all(oldDeliveries, at, id, before, most);
  const kept = new Set(held);
  let removed = 0;
  for (const row of rows)
    if (!kept.has(holderOf(text(row.id)))) removed += db.run('DELETE FROM deliveries WHERE id = ?', text(row.id));
  const last = rows.at(-1);
  return { removed, next: last === undefined || rows.length < most ? null : `${text(last.at)} ${text(last.id)}` };
}

/** `person/device` of a device's delivery: its own part of the id holds no slash. */
const holderOf = (id: string): string => id.slice(0, Math.max(0, id.lastIndexOf('/')));

const oldDeliveries = `SELECT at, id FROM deliveries
  WHERE substr(id, 1, 2) <> 't_' AND (at, id) > (?, ?) AND at < ? ORDER BY at, id LIMIT ?`;

function pruneMarks(db: Database, { before, after, most }: PruneQuery): Pruned {
  const rows = db.all(marks, after ?? 'imported/', most);
  let removed = 0;
  for (const row of rows)
    if (text(row.at) < before) removed += db.run('DELETE FROM settings WHERE name = ?', text(row.name));
  const last = rows.at(-1);
  return { removed, next: last === undefined || rows.length < most ? null : text(last.name) };
}

/** `0` is the sign after `/`. */
const marks = `SELECT name, coalesce(value ->> '$.at', '') AS at FROM settings
  WHERE name > ? AND name < 'imported0' ORDER BY name LIMIT ?`;

import type { CallQuery, Page, SessionRecord, Store, StoredEvent } from '../../../core/ports.ts';
import type { Alert, CallRecord, Receipt } from '../../../core/verdict.ts';
import { alertOf } from './alerts.ts';
import { limitOf, pageOf, readCursor } from './cursor.ts';
import type { Database, Row, Value } from './database.ts';
import { callOf, sessionOf } from './read-one.ts';
import { integer, text, textOrNull } from './row.ts';

type Query<Name extends keyof Store> = Parameters<Extract<Store[Name], (query: never) => unknown>>[0];

/** Conditions of one SELECT, with their values in order. */
function conditions() {
  const where: string[] = [];
  const values: Value[] = [];
  return {
    where,
    values,
    add(condition: string, ...bound: Value[]) {
      where.push(condition);
      values.push(...bound);
    },
    sql: () => (where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`),
  };
}

export function listCalls(db: Database, query: CallQuery): Page<CallRecord> {
  const limit = limitOf(query.limit);
  const after = readCursor(query.cursor, 'calls', ['string', 'number']);
  const { add, values, sql } = conditions();
  for (const column of ['session', 'agent', 'person', 'tool', 'severity', 'decision'] as const) {
    const value = query[column];
    if (value !== undefined) add(`${column} = ?`, value);
  }
  if (query.minScore !== undefined) add('score >= ?', query.minScore);
  // Said outright, because SQLite uses a partial index only when its condition stands in the query.
  if ((query.minScore ?? 0) >= 40 || (query.severity ?? 'low') !== 'low') add('notable = 1');
  if ((query.decision ?? 'allow') !== 'allow') add(`decision <> 'allow'`);
  if (query.since !== undefined) add('at >= ?', query.since);
  if (query.until !== undefined) add('at < ?', query.until);
  if (query.text !== undefined && query.text !== '') add(`input LIKE ? ESCAPE '\\'`, likePattern(query.text));
  if (after !== null) add('(at, n) < (?, ?)', ...after);
  const rows = db.all(`SELECT * FROM calls ${sql()} ORDER BY at DESC, n DESC LIMIT ?`, ...values, limit + 1);
  return pageOf(rows, limit, 'calls', ['at', 'n'], (row) => callOf(db, row));
}

/** The text as it stands inside stored JSON, with LIKE's own signs made plain. */
function likePattern(wanted: string): string {
  return `%${JSON.stringify(wanted)
    .slice(1, -1)
    .replace(/[\\%_]/g, '\\$&')}%`;
}

export function listSessions(db: Database, query: Query<'sessions'>): Page<SessionRecord> {
  const limit = limitOf(query.limit);
  const after = readCursor(query.cursor, 'sessions', ['string', 'number']);
  const { add, values, sql } = conditions();
  if (query.agent !== undefined) add('agent = ?', query.agent);
  if (query.person !== undefined) add('person = ?', query.person);
  if (query.minScore !== undefined) add('max_score >= ?', query.minScore);
  if (after !== null) add('(last_at, n) < (?, ?)', ...after);
  const rows = db.all(`SELECT * FROM sessions ${sql()} ORDER BY last_at DESC, n DESC LIMIT ?`, ...values, limit + 1);
  return pageOf(rows, limit, 'sessions', ['last_at', 'n'], sessionOf);
}

export function listEvents(db: Database, query: Query<'events'>): Page<StoredEvent & { readonly seq: number }> {
  const limit = limitOf(query.limit);
  const [after] = readCursor(query.cursor, 'events', ['number']) ?? [0];
  const select = 'SELECT * FROM events WHERE session = ? AND seq > ? ORDER BY seq LIMIT ?';
  return pageOf(db.all(select, query.session, after ?? 0, limit + 1), limit, 'events', ['seq'], eventOf);
}

function eventOf(row: Row): StoredEvent & { readonly seq: number } {
  const subagent = textOrNull(row.subagent);
  return {
    seq: integer(row.seq),
    at: text(row.at),
    session: text(row.session),
    agent: text(row.agent),
    kind: text<StoredEvent['kind']>(row.kind),
    source: text<StoredEvent['source']>(row.source),
    ...(subagent === null ? {} : { subagent }),
    text: text(row.text),
  };
}

export function listAlerts(db: Database, query: Query<'alerts'>): Page<Alert> {
  const limit = limitOf(query.limit);
  const after = readCursor(query.cursor, 'alerts', ['string', 'number']);
  const { add, values, sql } = conditions();
  if (query.state !== undefined) add('state = ?', query.state);
  if (query.severity !== undefined) add('severity = ?', query.severity);
  if (after !== null) add('(last_at, id) < (?, ?)', ...after);
  const rows = db.all(`SELECT * FROM alerts ${sql()} ORDER BY last_at DESC, id DESC LIMIT ?`, ...values, limit + 1);
  return pageOf(rows, limit, 'alerts', ['last_at', 'id'], alertOf);
}

export function listReceipts(db: Database, query: Query<'receipts'>): Page<Receipt> {
  const limit = limitOf(query.limit);
  const [after] = readCursor(query.cursor, 'receipts', ['number']) ?? [(query.from ?? 1) - 1];
  const { add, values, sql } = conditions();
  if (query.call !== undefined) add(`call = ? AND call <> ''`, query.call);
  add('seq > ?', after ?? 0);
  const rows = db.all(`SELECT seq, body, leaf, sig FROM receipts ${sql()} ORDER BY seq LIMIT ?`, ...values, limit + 1);
  return pageOf(rows, limit, 'receipts', ['seq'], receiptOf);
}

export function receiptOf(row: Row): Receipt {
  return { seq: integer(row.seq), body: text(row.body), leaf: text(row.leaf), sig: text(row.sig) };
}

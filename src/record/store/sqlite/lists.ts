import type { CallQuery, Page, SessionRecord, Store, StoredEvent } from '../../../core/store.ts';
import type { Alert, CallRecord, Receipt } from '../../../core/verdict.ts';
import { alertOf } from './alerts.ts';
import { cursorOf, type Key, limitOf, pageOf, readCursor } from './cursor.ts';
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

/** A page of calls holds at most so much stored JSON, in UTF-16 units, and then fewer calls than asked. */
const largestPage = 8_000_000;
/** A text search looks through so many calls at a time, and answers with what it has after so long. */
const searchStep = 5_000;
const searchMs = 500;

/** A text search over a long history may give a page with few or no items and a `next`: it goes on from there. */
export function listCalls(db: Database, query: CallQuery): Page<CallRecord> {
  const limit = limitOf(query.limit);
  const after = readCursor(query.cursor, 'calls', ['string', 'number']);
  const read = (row: Row) => callOf(db, row);
  if (query.text !== undefined && query.text !== '') return searchCalls(db, query, query.text, limit, after);
  const { add, values, sql } = callConditions(query);
  if (after !== null) add('(at, n) < (?, ?)', ...after);
  const select = `SELECT * FROM calls ${sql()} ORDER BY at DESC, n DESC LIMIT ?`;
  const { rows, shown } = within(db.each(select, ...values, limit + 1), limit);
  return pageOf(rows, shown, 'calls', callKey, read);
}

const callKey = ['at', 'n'] as const;

function searchCalls(
  db: Database,
  query: CallQuery,
  wanted: string,
  limit: number,
  after: Key | null,
): Page<CallRecord> {
  const end = performance.now() + searchMs;
  const found: Row[] = [];
  for (let from = after; ; ) {
    const { add, values, sql } = callConditions(query);
    if (from !== null) add('(at, n) < (?, ?)', ...from);
    const step = `FROM calls ${sql()} ORDER BY at DESC, n DESC LIMIT`;
    const select = `SELECT * FROM (SELECT * ${step} ${searchStep}) WHERE input LIKE ? ESCAPE '\\' LIMIT ?`;
    found.push(...db.all(select, ...values, likePattern(wanted), limit + 1 - found.length));
    const { rows, shown } = within(found, limit);
    if (rows.length > shown) return pageOf(rows, shown, 'calls', callKey, (row) => callOf(db, row));
    const last = db.get(`SELECT at, n ${step} 1 OFFSET ${searchStep - 1}`, ...values);
    const items = () => rows.map((row) => callOf(db, row));
    if (last === undefined) return { items: items(), next: null };
    from = [text(last.at), integer(last.n)];
    if (performance.now() > end) return { items: items(), next: cursorOf('calls', from) };
  }
}

/** Rows up to the page's bounds and one more, if there is one. */
function within(source: Iterable<Row>, limit: number): { readonly rows: Row[]; readonly shown: number } {
  const rows: Row[] = [];
  let size = 0;
  for (const row of source) {
    rows.push(row);
    if (rows.length > limit || (size > largestPage && rows.length > 1)) return { rows, shown: rows.length - 1 };
    size += text(row.input).length + text(row.detail).length;
  }
  return { rows, shown: rows.length };
}

function callConditions(query: CallQuery) {
  const all = conditions();
  for (const column of ['session', 'agent', 'person', 'tool', 'severity', 'decision', 'effective'] as const) {
    const value = query[column];
    if (value !== undefined) all.add(`${column} = ?`, value);
  }
  if (query.minScore !== undefined) all.add('score >= ?', query.minScore);
  // Said outright, because SQLite uses a partial index only when its condition stands in the query.
  if ((query.minScore ?? 0) >= 40 || (query.severity ?? 'low') !== 'low') all.add('notable = 1');
  // What was not let go was not allowed by the policy either.
  if ((query.decision ?? 'allow') !== 'allow' || (query.effective ?? 'allow') !== 'allow') {
    all.add(`decision <> 'allow'`);
  }
  if (query.since !== undefined) all.add('at >= ?', query.since);
  if (query.until !== undefined) all.add('at < ?', query.until);
  return all;
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
  if (query.device !== undefined) add('device = ?', query.device);
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
  if (query.device !== undefined) add(ofDevice, query.device, query.device);
  if (after !== null) add('(last_at, id) < (?, ?)', ...after);
  const rows = db.all(`SELECT * FROM alerts ${sql()} ORDER BY last_at DESC, id DESC LIMIT ?`, ...values, limit + 1);
  return pageOf(rows, limit, 'alerts', ['last_at', 'id'], alertOf);
}

/** An alteration belongs to no session: what its key is about begins with the device. */
const ofDevice = `(session IN (SELECT id FROM sessions WHERE device = ?) OR
  (session = '' AND instr(key, '|' || detector || '|' || ? || ' ') > 0))`;

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

import { closeSync, openSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { migrations } from '../../migrations/list.ts';

/** One row as SQLite gives it. */
export type Row = Record<string, SQLOutputValue>;
export type Value = SQLInputValue;
export type SqlValue = SQLOutputValue;

/** A connection with its prepared statements. The only file that knows node:sqlite. */
export interface Database {
  readonly path: string;
  /** How many rows changed. */
  run(sql: string, ...values: Value[]): number;
  get(sql: string, ...values: Value[]): Row | undefined;
  all(sql: string, ...values: Value[]): Row[];
  /** Row by row; leaving the loop early ends the query. Do not ask the same SQL again inside the loop. */
  each(sql: string, ...values: Value[]): Iterable<Row>;
  exec(sql: string): void;
  /** True while a transaction is open. */
  inTransaction(): boolean;
  close(): void;
}

/** `WRDR`, so that another program's database is not taken for ours. */
const applicationId = 0x57524452;

/** Opens for writing, creates and migrates. WAL, a sync of the disk with every commit. Throws an Error that says what to do. */
export function openForWriting(path: string, mayCreate: boolean): Database {
  // SQLite gives its side files the mode of the database, so it is created closed to others before SQLite sees it.
  closeSync(openSync(path, mayCreate ? 'a' : 'r+', 0o600));
  const db = wrap(path, new DatabaseSync(path, { timeout: 5_000 }));
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON');
    // Moving the log into the database is the reader thread's work; this bound holds when that falls behind.
    db.exec(
      'PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY',
    );
    migrate(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** Opens for reading only; works while a server writes. */
export function openForReading(path: string): Database {
  statSync(path);
  const db = wrap(path, new DatabaseSync(path, { readOnly: true, timeout: 5_000 }));
  try {
    db.exec('PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY');
    requireOurs(db);
    if (versionOf(db) > migrations.length) throw newer(path, versionOf(db));
    if (versionOf(db) === 0) throw new Error(`${path} is not a Warder database: it is empty.`);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}

/** A second connection of the same process, only to move the write-ahead log. */
export function openForMoving(path: string): Database {
  statSync(path);
  const db = wrap(path, new DatabaseSync(path, { timeout: 0 }));
  db.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA cache_size = -200');
  return db;
}

/** Moves the write-ahead log into the database without holding up readers or the writer. True when nothing is left in it. */
export function moveLog(db: Database): boolean {
  const row = db.get('PRAGMA wal_checkpoint(PASSIVE)');
  return row?.log === row?.checkpointed;
}

function wrap(path: string, db: DatabaseSync): Database {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string) => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      // Filters make many shapes of one query; 200 covers every page of the console.
      if (statements.size > 200) statements.clear();
      statement = db.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
  return {
    path,
    run: (sql, ...values) => Number(prepared(sql).run(...values).changes),
    get: (sql, ...values) => prepared(sql).get(...values),
    all: (sql, ...values) => prepared(sql).all(...values),
    each: (sql, ...values) => prepared(sql).iterate(...values),
    exec: (sql) => db.exec(sql),
    inTransaction: () => db.isTransaction,
    close() {
      statements.clear();
      if (db.isOpen) db.close();
    },
  };
}

function migrate(db: Database): void {
  if (isOurs(db) && versionOf(db) === migrations.length) return;
  // Looked at again within: another process may be at the same work.
  db.exec('BEGIN IMMEDIATE');
  try {
    requireOurs(db);
    const have = versionOf(db);
    if (have > migrations.length) throw newer(db.path, have);
    for (const sql of migrations.slice(have)) db.exec(sql);
    db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (error) {
    if (db.inTransaction()) db.exec('ROLLBACK');
    throw error;
  }
}

const isOurs = (db: Database): boolean => db.get('PRAGMA application_id')?.application_id === applicationId;
const versionOf = (db: Database) => Number(db.get('PRAGMA user_version')?.user_version);

function requireOurs(db: Database): void {
  if (isOurs(db)) return;
  if (db.get('SELECT count(*) AS n FROM sqlite_schema')?.n === 0 && versionOf(db) === 0) return;
  throw new Error(`${db.path} is a database of another program, not of Warder. Choose another home with --home.`);
}

const newer = (path: string, version: number) =>
  new Error(
    `${path} was written by a newer Warder (database version ${version}; this one knows up to ${migrations.length}). ` +
      'Update Warder, or use another home with --home.',
  );

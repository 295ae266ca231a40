import type { Receipt } from '../../../core/verdict.ts';
import { openForReading } from './database.ts';
import { receiptOf } from './lists.ts';
import { integer } from './row.ts';
import { troubleOf } from './trouble.ts';

/** The receipts of a database, read without a server and while one runs. */
export interface ReceiptLog {
  /** How many rows there were when it was opened; later ones are not read. */
  readonly count: number;
  /** By number, a page at a time, so that no long read holds up the writer. */
  receipts(): Iterable<Receipt>;
  close(): void;
}

const pageSize = 1_000;

/** Throws an Error that says what is wrong with the file; reading may throw one as well. */
export function openReceiptLog(path: string): ReceiptLog {
  const db = told(path, () => openForReading(path));
  const end = told(path, () => db.get('SELECT count(*) AS n, coalesce(max(seq), 0) AS last FROM receipts'));
  const last = integer(end?.last);
  return {
    count: integer(end?.n),
    *receipts() {
      let after = Number.MIN_SAFE_INTEGER;
      while (true) {
        const rows = told(path, () => db.all(selectPage, after, last, pageSize));
        for (const row of rows) yield receiptOf(row);
        if (rows.length < pageSize) return;
        after = integer(rows.at(-1)?.seq);
      }
    },
    close: () => db.close(),
  };
}

const selectPage = 'SELECT seq, body, leaf, sig FROM receipts WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?';

/** SQLite's own words ("file is not a database") name no file and no way out. */
function told<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const trouble = troubleOf(cause, path);
    if (trouble === null) throw cause;
    throw Object.assign(new Error(`Could not read: ${trouble.what}`, { cause }), { code: trouble.code });
  }
}

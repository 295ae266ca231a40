import type { Receipt } from '../../../core/verdict.ts';
import { openForReading } from './database.ts';
import { receiptOf } from './lists.ts';
import { integer } from './row.ts';

/** The receipts of a database, read without a server and while one runs. */
export interface ReceiptLog {
  /** How many rows there were when it was opened; later ones are not read. */
  readonly count: number;
  /** By number, a page at a time, so that no long read holds up the writer. */
  receipts(): Iterable<Receipt>;
  close(): void;
}

const pageSize = 1_000;

/** Throws an Error that says what is wrong with the file. */
export function openReceiptLog(path: string): ReceiptLog {
  const db = openForReading(path);
  const end = db.get('SELECT count(*) AS n, coalesce(max(seq), 0) AS last FROM receipts');
  const last = integer(end?.last);
  return {
    count: integer(end?.n),
    *receipts() {
      let after = Number.MIN_SAFE_INTEGER;
      while (true) {
        const rows = db.all(selectPage, after, last, pageSize);
        for (const row of rows) yield receiptOf(row);
        if (rows.length < pageSize) return;
        after = integer(rows.at(-1)?.seq);
      }
    },
    close: () => db.close(),
  };
}

const selectPage = 'SELECT seq, body, leaf, sig FROM receipts WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?';

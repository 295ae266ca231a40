import type { Page } from '../../../core/store.ts';
import type { Row, SqlValue } from './database.ts';

export type Key = readonly (string | number)[];

/** Where a page begins: after the row with these sort values. Opaque to the caller; another list's cursor is refused. */
export function cursorOf(list: string, key: Key): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

/** Sort values of a cursor, or null without one. Throws an Error with code `bad-cursor`. `shape` names the type of each value. */
export function readCursor(
  cursor: string | undefined,
  list: string,
  shape: readonly ('string' | 'number')[],
): Key | null {
  if (cursor === undefined) return null;
  const [from, ...key] = parsed(cursor);
  const fits = from === list && key.length === shape.length && key.every((value, i) => typeof value === shape[i]);
  if (!fits) throw badCursor();
  return key.filter((value) => typeof value === 'string' || typeof value === 'number');
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch (cause) {
    if (cause instanceof SyntaxError) return [];
    throw cause;
  }
}

const badCursor = () =>
  Object.assign(new Error('This cursor is not one of this list. Start again without a cursor.'), {
    code: 'bad-cursor',
  });

/** 1 to 1,000; 100 when not given. */
export const limitOf = (limit: number | undefined) =>
  limit === undefined || !Number.isFinite(limit) ? 100 : Math.max(1, Math.min(1_000, Math.floor(limit)));

/** A page from one row more than its limit: the extra row only says that there is a next page. */
export function pageOf<T>(
  rows: readonly Row[],
  limit: number,
  list: string,
  key: readonly string[],
  read: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(read),
    next:
      last === undefined
        ? null
        : cursorOf(
            list,
            key.map((column) => scalar(last[column])),
          ),
  };
}

function scalar(value: SqlValue | undefined): string | number {
  if (typeof value === 'string' || typeof value === 'number') return value;
  throw new Error('The database is damaged: a sort column holds no text and no number.');
}

import type { SqlValue } from './database.ts';

// A row of our own STRICT tables holds what encode.ts put there; a column of another type is a damaged database.

/** A text column; the literal union it was written from, where the caller names one. */
export function text<T extends string = string>(value: SqlValue | undefined): T {
  if (typeof value !== 'string') throw new Error(`The database is damaged: a text was expected, not ${typeof value}.`);
  return value as T;
}

export function textOrNull(value: SqlValue | undefined): string | null {
  return value === null ? null : text(value);
}

export function integer(value: SqlValue | undefined): number {
  if (typeof value !== 'number')
    throw new Error(`The database is damaged: a number was expected, not ${typeof value}.`);
  return value;
}

export function integerOrNull(value: SqlValue | undefined): number | null {
  return value === null ? null : integer(value);
}

/** A JSON column, as encode.ts wrote it. */
export function json<T>(value: SqlValue | undefined): T {
  return JSON.parse(text(value)) as T;
}

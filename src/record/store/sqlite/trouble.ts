/** What a failure of the database means for a person, and for the writer. */
export interface Trouble {
  readonly code: string;
  /** What is wrong and what to do, as the rest of a sentence. */
  readonly what: string;
  /** True when the connection can no longer be trusted: close it and open anew before the next commit. */
  readonly reopen: boolean;
}

/** SQLite's primary result codes. Source: https://sqlite.org/rescode.html */
const known: Readonly<Record<number, readonly [code: string, what: string]>> = {
  5: ['database-busy', 'another process holds the database {path}; stop it and Warder goes on by itself'],
  8: [
    'database-read-only',
    'the database {path} cannot be written; make its folder writable and Warder goes on by itself',
  ],
  10: [
    'disk-error',
    'the disk reported an error for {path}; check the disk, Warder goes on by itself when it works again',
  ],
  11: ['database-damaged', 'the database {path} is damaged; restore it from a backup'],
  13: ['disk-full', 'the disk that holds {path} is full; free some space and Warder goes on by itself'],
  14: ['database-gone', 'the database {path} cannot be opened; bring it back and Warder goes on by itself'],
  26: ['database-damaged', '{path} is not a database any more; restore it from a backup'],
};

const systemCodes: Readonly<Record<string, number>> = {
  ENOENT: 14,
  ENOTDIR: 14,
  EACCES: 8,
  EROFS: 8,
  EPERM: 8,
  EIO: 10,
  ENOSPC: 13,
  EDQUOT: 13,
};

/** Reads an error of SQLite or of the file system. Null when it is neither: then only the one commit is wrong. */
export function troubleOf(error: unknown, path: string): Trouble | null {
  const primary = primaryCode(error);
  const found = primary === null ? undefined : known[primary];
  if (found === undefined) return null;
  return { code: found[0], what: `${found[1].replace('{path}', path)}.`, reopen: primary !== 13 };
}

function primaryCode(error: unknown): number | null {
  if (!(error instanceof Error)) return null;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return 'code' in error && typeof error.code === 'string' ? (systemCodes[error.code] ?? null) : null;
}

import { closeSync, constants, lstatSync, openSync, readdirSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentId } from '../core/event.ts';
import type { TranscriptPlace, TranscriptReader } from '../core/transcript.ts';

/** A transcript on this machine: plain data, for it goes to other threads. */
export interface TranscriptFile {
  readonly path: string;
  readonly agent: AgentId;
  readonly form: TranscriptPlace['form'];
  readonly query?: string;
  readonly bytes: number;
  readonly mtimeMs: number;
  /** Files with the same group are one session: the main file and those of its sub-agents. */
  readonly group: string;
}

/** A place and whose it is. */
export interface SearchedPlace extends TranscriptPlace {
  readonly reader: Pick<TranscriptReader, 'agent' | 'session' | 'forkedFrom'>;
}

/** A path that was there and could not be used, with a short reason. */
export interface Unreadable {
  readonly path: string;
  readonly why: string;
}

export interface Found {
  /** Directories that were looked at, whether they exist or not. */
  readonly directories: readonly { readonly path: string; readonly exists: boolean; readonly agent: AgentId }[];
  /** Grouped by session, newest group first. */
  readonly files: readonly TranscriptFile[];
  readonly unreadable: readonly (Unreadable & { readonly agent: AgentId })[];
  /** Files left out because nothing was written to them since `sinceMs`. */
  readonly older: number;
}

/** Why of a link: left out on purpose, no failure. */
export const notFollowed = 'a symbolic link, not followed';

const deepest = 8;

/**
 * The files of `places`, regular ones only. The directories themselves may be links; below them no link is followed, so
 * nothing outside the tree is read. `sinceMs` is epoch milliseconds, compared with the file's mtime.
 */
export function findTranscripts(places: readonly SearchedPlace[], sinceMs: number): Found {
  const found = new Finding(sinceMs);
  // Several sorts of files may lie in one directory, which is gone through once.
  const together = Map.groupBy(places, ({ reader, directory }) => `${reader.agent}\0${directory}`);
  for (const same of together.values()) found.search(same);
  return { ...found.result(), files: sessionsTogether(found.withForks()) };
}

class Finding {
  readonly files: TranscriptFile[] = [];
  /** Group of a fork → that of what it was forked from. */
  readonly #forks = new Map<string, string>();
  readonly #directories: { path: string; exists: boolean; agent: AgentId }[] = [];
  readonly #unreadable: (Unreadable & { agent: AgentId })[] = [];
  readonly #sinceMs: number;
  #older = 0;

  constructor(sinceMs: number) {
    this.#sinceMs = sinceMs;
  }

  result() {
    return { directories: this.#directories, unreadable: this.#unreadable, older: this.#older };
  }

  /** The files, forks in the group of what they come from in the end. */
  withForks(): readonly TranscriptFile[] {
    const rootOf = (group: string): string => {
      const seen = new Set<string>();
      let root = group;
      for (let from = this.#forks.get(root); from !== undefined && !seen.has(from); from = this.#forks.get(root)) {
        seen.add(from);
        root = from;
      }
      return root;
    };
    return this.files.map((file) => (this.#forks.has(file.group) ? { ...file, group: rootOf(file.group) } : file));
  }

  search(places: readonly SearchedPlace[]): void {
    const [first] = places;
    if (first === undefined) return;
    const root = realOrNull(first.directory);
    this.#directories.push({ path: first.directory, exists: root !== null, agent: first.reader.agent });
    if (root !== null) this.#walk(root, '', places, 0);
  }

  #walk(root: string, below: string, places: readonly SearchedPlace[], depth: number): void {
    const { agent } = places[0]?.reader ?? { agent: '' };
    const directory = below === '' ? root : join(root, below);
    for (const entry of this.#list(directory, agent)) {
      const relative = below === '' ? entry.name : `${below}/${entry.name}`;
      const place = places.find(({ files }) => files.test(relative));
      if (entry.isSymbolicLink()) {
        if (place !== undefined || !entry.name.includes('.'))
          this.#unreadable.push({ path: join(directory, entry.name), why: notFollowed, agent });
      } else if (entry.isDirectory()) {
        const entered = places.some(({ folders }) => folders === undefined || folders.test(relative));
        if (depth < deepest && entered) this.#walk(root, relative, places, depth + 1);
      } else if (entry.isFile() && place !== undefined) this.#file(join(directory, entry.name), place);
    }
  }

  #file(path: string, { reader, form, query }: SearchedPlace): void {
    const { agent } = reader;
    try {
      const { size: bytes, mtimeMs: written } = lstatSync(path);
      const mtimeMs = form === 'sqlite' ? Math.max(written, loggedMs(path)) : written;
      if (mtimeMs < this.#sinceMs) {
        this.#older += 1;
        return;
      }
      const group = `${agent}:${reader.session?.(path, () => startOf(path)) ?? path}`;
      const from = reader.forkedFrom?.(startOf(path)) ?? null;
      if (from !== null) this.#forks.set(group, `${agent}:${from}`);
      this.files.push({ path, agent, form, ...(query === undefined ? {} : { query }), bytes, mtimeMs, group });
    } catch (error) {
      this.#unreadable.push({ path, why: whyUnreadable(error), agent });
    }
  }

  #list(directory: string, agent: AgentId) {
    try {
      return readdirSync(directory, { withFileTypes: true });
    } catch (error) {
      this.#unreadable.push({ path: directory, why: whyUnreadable(error), agent });
      return [];
    }
  }
}

/** What was written to a database last may stand in its log. */
function loggedMs(path: string): number {
  return lstatSync(`${path}-wal`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function realOrNull(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null; // absent: said in `directories`
  }
}

/** `EACCES` → words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'EACCES' || code === 'EPERM') return 'permission denied';
  if (code === 'ENOENT') return 'gone before it was read';
  if (code === 'ENOTDIR') return 'not a directory';
  if (code === 'ELOOP') return notFollowed;
  return code === '' ? 'could not be read' : `could not be read (${code})`;
}

/** The first 4 KiB of a file; `''` when it cannot be read: the reader will name it. */
function startOf(path: string): string {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const start = Buffer.alloc(4096);
    const length = readSync(fd, start, 0, start.length, 0);
    return start.toString('utf8', 0, length);
  } catch {
    return ''; // said when its lines are read
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function sessionsTogether(files: readonly TranscriptFile[]): TranscriptFile[] {
  const newest = new Map<string, number>();
  for (const file of files) newest.set(file.group, Math.max(newest.get(file.group) ?? 0, file.mtimeMs));
  return [...files].sort(
    (a, b) =>
      (newest.get(b.group) ?? 0) - (newest.get(a.group) ?? 0) ||
      (a.group < b.group ? -1 : a.group > b.group ? 1 : a.path.length - b.path.length || (a.path < b.path ? -1 : 1)),
  );
}

import fs from 'node:fs';
import path from 'node:path';
import type { Unread } from '../core/inventory.ts';

/** The disk of a machine, only ever read: this one's, or one that is mounted or unpacked below a folder. */
export interface Disk {
  /** Text of a file; null when there is none, or when it cannot be read, which `unread` then tells. */
  text(file: string): string | null;
  /** Names in a folder, sorted; none when it is not there. */
  names(folder: string): readonly string[];
  kind(file: string): 'file' | 'folder' | null;
  /** Where a link leads in the end; the path itself where it is none. */
  real(file: string): string;
  /** True when everybody on the machine may write to it. */
  writableByAll(file: string): boolean;
  /** Paths that fit: a part `*` stands for one name, `**` for up to six folders. */
  matching(pattern: string): readonly string[];
  /** What was there and could not be read. */
  unread(): readonly Unread[];
  /** Notes another one, such as a file whose text is not understood. */
  leave(file: string, why: string): void;
}

const longestFile = 8 * 1024 * 1024;
const mostUnread = 200;
const mostMatches = 500;
const deepest = 6;

/** `root`: everything is looked for below it; `''` or `/`: this machine. */
export function openDisk(root = ''): Disk {
  const base = root === '/' ? '' : root.replace(/[\\/]+$/, '');
  const here = (file: string): string => (base === '' ? file : path.join(base, file.replace(/^[A-Za-z]:/, '')));
  const unread: Unread[] = [];
  const leave = (file: string, why: string): void => {
    if (unread.length < mostUnread && !unread.some((each) => each.file === file)) unread.push({ file, why });
  };
  const stat = (file: string): fs.Stats | undefined => {
    try {
      return fs.statSync(here(file), { throwIfNoEntry: false });
    } catch (error) {
      leave(file, codeOf(error));
      return undefined;
    }
  };
  const names = (folder: string): readonly string[] => {
    try {
      return fs.readdirSync(here(folder)).sort();
    } catch (error) {
      if (!isAbsent(error)) leave(folder, codeOf(error));
      return [];
    }
  };
  const kind = (file: string): 'file' | 'folder' | null => {
    const found = stat(file);
    return found === undefined ? null : found.isFile() ? 'file' : found.isDirectory() ? 'folder' : null;
  };
  return {
    text(file) {
      const found = stat(file);
      if (found === undefined || !found.isFile()) return null;
      if (found.size > longestFile) {
        leave(file, 'it is larger than 8 MiB');
        return null;
      }
      try {
        return fs.readFileSync(here(file), 'utf8');
      } catch (error) {
        leave(file, codeOf(error));
        return null;
      }
    },
    names,
    kind,
    real: (file) => realPath(here(file), base, file),
    writableByAll(file) {
      const found = process.platform === 'win32' ? undefined : stat(file);
      return found !== undefined && (found.mode & 0o002) !== 0 && (found.mode & 0o1000) === 0;
    },
    matching: (pattern) => matching(pattern, { names, kind }),
    unread: () => unread,
    leave,
  };
}

function realPath(at: string, base: string, file: string): string {
  try {
    const real = fs.realpathSync(at);
    return base !== '' && real.startsWith(`${base}/`) ? real.slice(base.length) : real;
  } catch {
    // A link to nowhere is what it says itself.
    return file;
  }
}

const isAbsent = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';

function matching(pattern: string, disk: Pick<Disk, 'names' | 'kind'>): string[] {
  if (!pattern.includes('*')) return disk.kind(pattern) === null ? [] : [pattern];
  const found: string[] = [];
  const [first = '', ...parts] = pattern.split('/');
  walk(disk, first, parts, 0, found);
  return found;
}

function walk(
  disk: Pick<Disk, 'names' | 'kind'>,
  at: string,
  parts: readonly string[],
  depth: number,
  found: string[],
): void {
  const [part, ...rest] = parts;
  if (found.length >= mostMatches) return;
  if (part === undefined) {
    if (disk.kind(at) !== null) found.push(at);
  } else if (part === '**') {
    walk(disk, at, rest, depth, found);
    if (depth >= deepest) return;
    for (const name of disk.names(at === '' ? '/' : at)) {
      const folder = `${at}/${name}`;
      if (name !== 'node_modules' && name !== '.git' && disk.kind(folder) === 'folder')
        walk(disk, folder, parts, depth + 1, found);
    }
  } else if (part.includes('*')) {
    const fits = new RegExp(`^${part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '.*')}$`);
    for (const name of disk.names(at === '' ? '/' : at))
      if (fits.test(name)) walk(disk, `${at}/${name}`, rest, depth, found);
  } else walk(disk, `${at}/${part}`, rest, depth, found);
}

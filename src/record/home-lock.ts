import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** Held by the one process that writes to a home. `release` is safe to call twice. */
export interface HomeLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** When that process began, in the kernel's own words; `''` where it cannot be read. Tells a reused pid from the old one. */
  readonly began: string;
}

/** Locks held by this very process: our own pid in a file we do not hold is a leftover (a container always reuses pid 1). */
const held = new Set<string>();

/** Takes the lock file at `path`, from a dead process too. Throws an Error that names the living one that holds it. */
export function lockHome(path: string): HomeLock {
  const mine = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeMine(mine);
    for (let attempt = 0; attempt < 10; attempt++) {
      if (tryLink(mine, path)) {
        held.add(path);
        return { release: () => void (held.delete(path) && rmSync(path, { force: true })) };
      }
      const found = readIfThere(path);
      if (found === null) continue;
      const holder = holderOf(found);
      if (holder !== null && isAlive(holder, path)) {
        throw new Error(
          `Another Warder (process ${holder.pid}) already writes to this home. Stop it, or choose another home with --home. Lock: ${path}`,
        );
      }
      removeStale(path, found, `${mine}.stale`);
    }
    throw new Error(`Could not take the lock ${path}: others kept taking it. Try again.`);
  } finally {
    rmSync(mine, { force: true });
  }
}

function writeMine(path: string): void {
  const holder: Holder = { pid: process.pid, began: beginOf(process.pid) };
  try {
    writeFileSync(path, JSON.stringify(holder), { mode: 0o600 });
  } catch (cause) {
    if (!isCode(cause, 'ENOSPC')) throw cause;
    throw new Error(`The disk that holds ${path} is full, so Warder cannot start. Free some space.`, { cause });
  }
}

function tryLink(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (cause) {
    if (isCode(cause, 'EEXIST')) return false;
    throw new Error(`Could not create the lock ${path}.`, { cause });
  }
}

/** Moves a stale lock away; when someone else was faster and the moved one is fresh, it is put back. */
function removeStale(path: string, seen: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return;
    throw new Error(`Could not remove the stale lock ${path}.`, { cause });
  }
  if (readIfThere(aside) !== seen) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null;
    throw new Error(`Could not read the lock ${path}.`, { cause });
  }
}

/** Null = not a lock of ours (torn, foreign): stale. */
function holderOf(text: string): Holder | null {
  const pid = /"pid":(\d+)/.exec(text)?.[1];
  const began = /"began":"([^"]*)"/.exec(text)?.[1];
  return pid === undefined || began === undefined ? null : { pid: Number(pid), began };
}

function isAlive(holder: Holder, path: string): boolean {
  if (holder.pid === process.pid) return held.has(path);
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    if (isCode(cause, 'ESRCH')) return false;
    // EPERM: it lives and belongs to someone else.
  }
  return holder.began === '' || holder.began === beginOf(holder.pid);
}

/** Start time of a process in clock ticks since boot (Linux, /proc/<pid>/stat field 22); `''` elsewhere. */
function beginOf(pid: number): string {
  const stat = process.platform === 'linux' ? readIfThere(`/proc/${pid}/stat`) : null;
  // The name in field 2 may hold spaces and brackets; the numbers begin after the last bracket.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

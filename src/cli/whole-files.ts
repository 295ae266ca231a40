import fs from 'node:fs';
import path from 'node:path';

/** Runs `work` while no other process does, by a folder that only one can make. One left by a crash ages out. */
export function alone(lock: string, work: () => void): void {
  const giveUp = Date.now() + 10_000;
  const asleep = new Int32Array(new SharedArrayBuffer(4));
  while (!made(lock)) {
    const age = Date.now() - (fs.statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > 5000 || Date.now() > giveUp) fs.rmSync(lock, { recursive: true, force: true });
    else Atomics.wait(asleep, 0, 0, 20);
  }
  try {
    work();
  } finally {
    fs.rmSync(lock, { recursive: true, force: true });
  }
}

function made(folder: string): boolean {
  try {
    fs.mkdirSync(folder);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Replaces a file whole or not at all, keeping its mode and owner; a new one is private to its owner unless `mode` says else. */
export function writeKeeping(file: string, text: string, mode = 0o600): void {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  // Whoever may read the file has to reach it.
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: (mode & 0o044) === 0 ? 0o700 : 0o755 });
  const aside = `${file}.warder-${process.pid}.new`;
  const fd = fs.openSync(aside, 'wx', 0o600);
  try {
    // Not writeSync: a disk that is nearly full may take a part, which only its count tells.
    fs.writeFileSync(fd, text);
    if (stat) {
      fs.fchmodSync(fd, stat.mode & 0o7777);
      if (stat.uid !== process.getuid?.() || stat.gid !== process.getgid?.()) fs.fchownSync(fd, stat.uid, stat.gid);
    } else fs.fchmodSync(fd, mode);
    fs.fsyncSync(fd);
    fs.renameSync(aside, file);
  } catch (error) {
    fs.rmSync(aside, { force: true });
    throw new Error(`${file} could not be written; it is as it was.`, { cause: error });
  } finally {
    fs.closeSync(fd);
  }
}

/** A copy beside the file under the next free name, with the file's mode. Gives its path. */
export function backUp(file: string): string {
  for (let number = 1; ; number += 1) {
    const copy = `${file}.warder-backup-${number}`;
    if (fs.existsSync(copy)) continue;
    fs.copyFileSync(file, copy, fs.constants.COPYFILE_EXCL);
    fs.chmodSync(copy, fs.statSync(file).mode & 0o7777);
    return copy;
  }
}

/** Folders that are missing on the way to a file, the deepest first. */
export function missingFolders(file: string): string[] {
  const missing: string[] = [];
  for (let at = path.dirname(file); !fs.existsSync(at); at = path.dirname(at)) missing.push(at);
  return missing;
}

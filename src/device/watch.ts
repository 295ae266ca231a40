import fs from 'node:fs';
import path from 'node:path';

/** Runs a look at once, every so often, and soon after one of the files it names has changed. */
export interface Watch {
  /** Looks now. */
  now(): Promise<void>;
  close(): void;
}

/** A file that is replaced is another file, so folders are watched. Where that fails the regular look remains. */
export function watchFiles(deps: {
  /** Gives the files to watch from now on. */
  look(): Promise<readonly string[]>;
  readonly everyMs: number;
  /** Several changes at once are one. */
  readonly settleMs: number;
  onTrouble(cause: unknown): void;
}): Watch {
  const watched = new Map<string, fs.FSWatcher>();
  let names: ReadonlySet<string> = new Set();
  let soon: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let closed = false;

  const later = (): void => {
    clearTimeout(soon);
    if (!closed) soon = setTimeout(() => void now(), deps.settleMs);
  };

  function follow(files: readonly string[]): void {
    names = new Set(files.map((file) => path.basename(file)));
    // The deepest folder there is: what is below it may come back.
    const folders = new Set(files.map((file) => nearest(path.dirname(file))));
    for (const [folder, watcher] of watched) {
      if (folders.has(folder)) continue;
      watcher.close();
      watched.delete(folder);
    }
    for (const folder of folders) {
      if (watched.has(folder)) continue;
      try {
        const watcher = fs.watch(folder, { persistent: false }, (_, name) => {
          if (name === null || names.has(name) || files.some((file) => file.includes(`/${name}/`))) later();
        });
        watcher.on('error', () => {
          watched.delete(folder);
          later();
        });
        watched.set(folder, watcher);
      } catch (cause) {
        deps.onTrouble(cause);
      }
    }
  }

  function now(): Promise<void> {
    running ??= deps
      .look()
      .then((files) => {
        if (!closed) follow(files);
      })
      .catch(deps.onTrouble)
      .finally(() => {
        running = null;
      });
    return running;
  }

  const timer = setInterval(() => void now(), deps.everyMs);
  void now();
  return {
    now,
    close() {
      closed = true;
      clearInterval(timer);
      clearTimeout(soon);
      for (const watcher of watched.values()) watcher.close();
    },
  };
}

function nearest(folder: string): string {
  let at = folder;
  while (!fs.existsSync(at) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

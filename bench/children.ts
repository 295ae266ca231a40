import type { ChildProcess } from 'node:child_process';

/** A server under test, as it tells of itself in its first line. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** Resolves with the first line of a server; rejects when it ends before. */
export function started(child: ChildProcess): Promise<Target> {
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += chunk;
      if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))) as Target);
    });
    child.once('exit', (status) => reject(new Error(`a server under test ended with status ${status}`)));
  });
}

/** Ends a server and waits until it is gone. */
export function ended(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
    if (child.exitCode !== null) resolve();
  });
}

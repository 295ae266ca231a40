import type { Io } from './command.ts';
import { number } from './scan-words.ts';

/** How far a scan is. */
export interface Progress {
  readonly bytes: number;
  readonly ofBytes: number;
  readonly calls: number;
}

/** Milliseconds between two drawings of the bar, and between two lines without a terminal. */
const drawEvery = 100;
const lineEvery = 1_000;

/**
 * Progress on standard error: a bar that is redrawn on a terminal, else one line a second once a scan takes longer
 * than one. `done` takes the bar away.
 */
export function showProgress(
  stderr: Io['stderr'],
  now: () => number,
): { show(progress: Progress): void; done(): void } {
  const terminal = stderr.isTTY === true;
  const started = now();
  let last = started;
  let drawn = false;
  return {
    show(progress) {
      const at = now();
      if (at - last < (terminal ? drawEvery : lineEvery)) return;
      last = at;
      drawn = true;
      const seconds = (at - started) / 1000;
      stderr.write(
        terminal ? `\r\u001b[K${bar(progress, seconds, stderr.columns ?? 80)}` : `${line(progress, seconds)}\n`,
      );
    },
    done() {
      if (terminal && drawn) stderr.write('\r\u001b[K');
    },
  };
}

const megabytes = (bytes: number): string => number(Math.round(bytes / 1e6));

function line({ bytes, ofBytes, calls }: Progress, seconds: number): string {
  return `${megabytes(bytes)} of ${megabytes(ofBytes)} MB, ${number(calls)} calls, ${Math.round(seconds)} s`;
}

function bar(progress: Progress, seconds: number, columns: number): string {
  const share = progress.ofBytes === 0 ? 1 : Math.min(1, progress.bytes / progress.ofBytes);
  const text = ` ${String(Math.round(share * 100)).padStart(3)} %  ${line(progress, seconds)}`;
  const cells = Math.max(0, Math.min(30, columns - text.length - 1));
  const full = Math.round(share * cells);
  return `${'█'.repeat(full)}${'░'.repeat(cells - full)}${text}`;
}

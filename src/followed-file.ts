import fs from 'node:fs';
import type { Result } from './core/result.ts';

export interface Following<T> {
  readonly file: string;
  /** Text of the file, null when there is none → its value. */
  read(text: string | null): Result<T>;
  /** False: a file that is gone is a mistake, as one that cannot be read. Absent: true. */
  readonly mayVanish?: boolean;
  /** The file is wrong now, and the last value that was right stays. */
  onTrouble(detail: string): void;
  onChange?(value: T): void;
}

const everyMs = 400;

/** The value of a file, read anew within a second of a change. Throws an Error when it is wrong at the start. */
export function followFile<T>({ file, read, mayVanish = true, onTrouble, onChange }: Following<T>) {
  let seen = lookOf(file);
  const first = read(textOf(file));
  if (!first.ok) throw new Error(`${first.error.detail}\nNothing was started. Correct the file, or move it away.`);
  let { value } = first;
  let broken = false;
  let wasThere = seen !== '';
  if (value !== null) onChange?.(value);
  const look = () => {
    const now = lookOf(file);
    if (now === seen) return;
    seen = now;
    if (now === '' && wasThere && !mayVanish) return fails(`${file} is gone.`);
    try {
      const next = read(textOf(file));
      if (!next.ok) return fails(next.error.detail);
      value = next.value;
      broken = false;
      wasThere ||= now !== '';
      onChange?.(value);
    } catch (error) {
      fails(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  const fails = (detail: string) => {
    broken = true;
    onTrouble(detail);
  };
  const timer = setInterval(look, everyMs);
  timer.unref();
  return { now: () => value, broken: () => broken, close: () => clearInterval(timer) };
}

/** What changes when a file does; `''` for none. */
function lookOf(file: string): string {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}` : '';
}

function textOf(file: string): string | null {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
}

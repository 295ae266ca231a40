/** A value that is read again when it is older than `maxAgeMs`; without waiting while it is fresh. Concurrent readers share one read. */
export interface Fresh<T> {
  get(): T | Promise<T>;
  /** Reads again unless the value is younger than `minAgeMs`. */
  again(minAgeMs: number): T | Promise<T>;
}

/** How long a known value stands in when it cannot be read again. */
const standInMs = 60_000;

/**
 * `monotonicMs` is a clock that never goes back. While reading fails the last value stands in, for a minute at most;
 * then, or without one, readers get the failure.
 */
export function fresh<T>(read: () => Promise<T>, maxAgeMs: number, monotonicMs: () => number): Fresh<T> {
  let known: { readonly value: T; readonly at: number } | null = null;
  let reading: Promise<T> | null = null;
  const load = (): Promise<T> => {
    reading ??= read()
      .then(
        (value) => {
          known = { value, at: monotonicMs() };
          return value;
        },
        (cause: unknown) => {
          if (known && monotonicMs() - known.at < standInMs) return known.value;
          throw cause;
        },
      )
      .finally(() => {
        reading = null;
      });
    return reading;
  };
  const notOlderThan = (ageMs: number) => (known && monotonicMs() - known.at < ageMs ? known.value : load());
  return { get: () => notOlderThan(maxAgeMs), again: notOlderThan };
}

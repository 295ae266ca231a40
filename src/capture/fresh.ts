/** A value that is read again when it is older than `maxAgeMs`; without waiting while it is fresh. Concurrent readers share one read. */
export interface Fresh<T> {
  get(): T | Promise<T>;
  /** Reads again, once the value is `minAgeMs` old: what was changed a moment ago is found, and nobody makes it read all the time. */
  again(minAgeMs: number): Promise<T>;
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
  let pause: Promise<T> | null = null;
  return {
    get: () => (known && monotonicMs() - known.at < maxAgeMs ? known.value : load()),
    again(minAgeMs) {
      const wait = known ? minAgeMs - (monotonicMs() - known.at) : 0;
      if (wait <= 0) return load();
      pause ??= new Promise<void>((resolve) => setTimeout(resolve, wait)).then(() => {
        pause = null;
        return load();
      });
      return pause;
    },
  };
}

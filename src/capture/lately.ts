/** What was kept last, by name: at most `most` entries. The oldest go first. */
export class Lately<V> {
  readonly #most: number;
  readonly #entries = new Map<string, V>();

  constructor(most: number) {
    this.#most = most;
  }

  get(name: string): V | undefined {
    return this.#entries.get(name);
  }

  keep(name: string, value: V): void {
    this.#entries.delete(name);
    this.#entries.set(name, value);
    if (this.#entries.size <= this.#most) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  forget(name: string): void {
    this.#entries.delete(name);
  }
}

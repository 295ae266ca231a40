/** What was kept last, by name: at most `most` entries and, where they are weighed, `heaviest` in all. The oldest go first. */
export class Lately<V> {
  readonly #most: number;
  readonly #heaviest: number;
  readonly #entries = new Map<string, { readonly value: V; readonly weight: number }>();
  #weight = 0;

  constructor(most: number, heaviest = Number.POSITIVE_INFINITY) {
    this.#most = most;
    this.#heaviest = heaviest;
  }

  get(name: string): V | undefined {
    return this.#entries.get(name)?.value;
  }

  keep(name: string, value: V, weight = 0): void {
    this.forget(name);
    this.#entries.set(name, { value, weight });
    this.#weight += weight;
    for (const oldest of this.#entries.keys()) {
      if (oldest === name || (this.#entries.size <= this.#most && this.#weight <= this.#heaviest)) return;
      this.forget(oldest);
    }
  }

  forget(name: string): void {
    this.#weight -= this.#entries.get(name)?.weight ?? 0;
    this.#entries.delete(name);
  }

  names(): readonly string[] {
    return [...this.#entries.keys()];
  }
}

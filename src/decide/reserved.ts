import type { Spent, SpentBy } from './spending.ts';

/** What the answers that are under way are presumed to take. */
export class Reserved {
  readonly #taken = new Map<string, Spent>();
  /** What an answer of this purse took of late, on average. */
  readonly #typical = new Map<string, Spent>();

  of(key: string): Spent {
    return this.#taken.get(key) ?? { tokens: 0, cost: 0 };
  }

  /** Returns the way to give it back. `least`: what the request alone takes; `taken`: what the purse's answers took so far. */
  take(key: string, least: Spent, taken: SpentBy): () => void {
    const { answers } = taken;
    const average = answers > 0 ? { tokens: taken.tokens / answers, cost: taken.cost / answers } : least;
    const typical = this.#typical.get(key) ?? average;
    const tokens = Math.max(typical.tokens, least.tokens);
    const { cost } = typical;
    this.#add(key, tokens, cost);
    return () => this.#add(key, -tokens, -cost);
  }

  learn(key: string, { tokens, cost }: Spent): void {
    const before = this.#typical.get(key) ?? { tokens, cost };
    this.#typical.set(key, { tokens: (3 * before.tokens + tokens) / 4, cost: (3 * before.cost + cost) / 4 });
    if (this.#typical.size > 10_000) this.#typical.clear();
  }

  #add(key: string, tokens: number, cost: number): void {
    const now = this.of(key);
    const next = { tokens: now.tokens + tokens, cost: now.cost + cost };
    if (next.tokens < 0.5 && next.cost < 0.5) this.#taken.delete(key);
    else this.#taken.set(key, next);
  }
}

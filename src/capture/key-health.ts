import type { KeyStatus } from '../core/console.ts';

/** Milliseconds of a clock that never goes back. */
type Ms = number;

/**
 * Keeps trouble away from whoever asks: closed while all is well, open for a while after too many failures in a row,
 * then half-open, when one request may try. Each failed try doubles the wait.
 */
export class Breaker {
  readonly #firstMs: Ms;
  readonly #longestMs: Ms;
  #failures = 0;
  #waitMs: Ms = 0;
  #openUntil: Ms | null = null;
  #tryingSince: Ms | null = null;

  constructor(firstMs: Ms, longestMs: Ms) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }

  state(now: Ms): 'closed' | 'open' | 'half-open' {
    if (this.#openUntil === null) return 'closed';
    if (now < this.#openUntil) return 'open';
    // A try that was never reported must not close the door for good.
    return this.#tryingSince !== null && now - this.#tryingSince < this.#longestMs ? 'open' : 'half-open';
  }

  /** Milliseconds until somebody may try; 0 when closed or half-open. */
  waitMs(now: Ms): Ms {
    return this.#openUntil === null ? 0 : Math.max(0, this.#openUntil - now);
  }

  /** One request goes: while half-open it is the one that tries. */
  begin(now: Ms): void {
    if (this.#openUntil !== null) this.#tryingSince = now;
  }

  /** The request told nothing of the other side. */
  abandon(): void {
    this.#tryingSince = null;
  }

  succeed(): void {
    this.#failures = 0;
    this.#waitMs = 0;
    this.#openUntil = null;
    this.#tryingSince = null;
  }

  /** True when this failure opened it, or kept it open after a try. `after`: failures in a row that open it. */
  fail(now: Ms, after: number): boolean {
    this.#failures += 1;
    const tried = this.#openUntil !== null;
    // Requests that were under way when it opened add nothing.
    if (tried && this.#tryingSince === null) return false;
    this.#tryingSince = null;
    if (!tried && this.#failures < after) return false;
    this.#waitMs = Math.min(this.#waitMs === 0 ? this.#firstMs : this.#waitMs * 2, this.#longestMs);
    this.#openUntil = now + this.#waitMs;
    return true;
  }
}

type Counts = KeyStatus['counts'];

const none: Counts = { sent: 0, answered: 0, refused: 0, limited: 0, failed: 0 };

/** How one provider key fares. */
export class KeyHealth {
  readonly #refusals = new Breaker(30_000, 600_000);
  #restsUntil: Ms = 0;
  #answeredAt: Ms | null = null;
  counts: Counts = none;
  lastStatus: number | null = null;

  state(now: Ms): 'ready' | 'resting' | 'out' {
    if (this.#refusals.state(now) === 'open') return 'out';
    return now < this.#restsUntil ? 'resting' : 'ready';
  }

  /** Milliseconds until it may be used again. */
  waitMs(now: Ms): Ms {
    return Math.max(this.#refusals.waitMs(now), this.#restsUntil - now, 0);
  }

  begin(now: Ms): void {
    this.counts = { ...this.counts, sent: this.counts.sent + 1 };
    this.#refusals.begin(now);
  }

  abandon(): void {
    this.#refusals.abandon();
  }

  /** An answer that says nothing against the key. */
  answer(now: Ms, status: number): void {
    this.lastStatus = status;
    this.counts = { ...this.counts, answered: this.counts.answered + 1 };
    this.#answeredAt = now;
    this.#refusals.succeed();
  }

  /**
   * 401 or 403; true when the key is out from now on. One that served a minute ago is taken out only by the third in a
   * row: the refusal may be about what was asked for, and one person's mistake must not stop everybody.
   */
  refuse(now: Ms, status: number): boolean {
    this.lastStatus = status;
    this.counts = { ...this.counts, refused: this.counts.refused + 1 };
    const served = this.#answeredAt !== null && now - this.#answeredAt < 60_000;
    return this.#refusals.fail(now, served ? 3 : 1);
  }

  /** 429: it rests as long as the provider says, within 1 s and 10 minutes; 5 s when it does not say. */
  limit(now: Ms, retryAfterMs: Ms | null): void {
    this.lastStatus = 429;
    this.counts = { ...this.counts, limited: this.counts.limited + 1 };
    this.#refusals.abandon();
    this.#restsUntil = now + Math.min(Math.max(retryAfterMs ?? 5000, 1000), 600_000);
  }

  /** The way to the provider failed: nothing against the key. */
  fail(): void {
    this.counts = { ...this.counts, failed: this.counts.failed + 1 };
    this.#refusals.abandon();
  }
}

/** `retry-after` in seconds or as a date, and OpenAI's `retry-after-ms`, in milliseconds from `wallMs`; null when it is neither. */
export function retryAfterOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  wallMs: number,
): number | null {
  const exact = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const text = String(headers['retry-after'] ?? '').trim();
  if (/^\d{1,7}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const at = text === '' ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - wallMs);
}

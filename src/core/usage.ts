import type { AgentId, Identity } from './event.ts';

/**
 * Tokens of one answer as its provider counted them. `input`, the cache's three and `output` are apart from each other
 * and add up to all of it; `reasoning` is a part of `output`, `images` a part of `input`.
 */
export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Written to a cache that lives for five minutes, or for a time nobody said. */
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly reasoning: number;
  readonly images: number;
}

export const noTokens: Tokens = {
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  reasoning: 0,
  images: 0,
};

/** Every token of an answer, each once. */
export const allTokens = ({ input, output, cacheRead, cacheWrite5m, cacheWrite1h }: Tokens): number =>
  input + output + cacheRead + cacheWrite5m + cacheWrite1h;

/** One answer of a model, as the gateway saw it pass. Times in milliseconds since the request was there. */
export interface AnswerUsage {
  readonly at: string;
  readonly identity: Identity;
  readonly agent: AgentId;
  readonly session: string;
  readonly provider: string;
  /** As the request or its path names it; `''` when nobody could tell. */
  readonly model: string;
  /** HTTP status the client got. */
  readonly status: number;
  /** Null when no byte of it came. */
  readonly firstByteMs: number | null;
  readonly totalMs: number;
  readonly tokens: Tokens;
  /** The provider did not tell, or the answer was cut off: the tokens are reckoned from its length. */
  readonly estimated: boolean;
}

/** Usage summed up. `cost` in billionths of a dollar, of the answers whose price is known. */
export interface UsageSum extends Tokens {
  readonly answers: number;
  /** Answers with an error status. */
  readonly failed: number;
  /** Answers whose tokens were reckoned. */
  readonly estimated: number;
  /** Answers with tokens and without a known price; they are not in `cost`. */
  readonly unpriced: number;
  readonly cost: number;
  /** Requests that a rule or a budget refused; and those it would have refused, had it been enforced. */
  readonly refused: number;
  readonly wouldRefuse: number;
  /** Sums over all answers, milliseconds. */
  readonly firstByteMs: number;
  readonly totalMs: number;
}

/** What usage is told apart by. `day` is a UTC date: `2026-01-31`. */
export interface UsageKey {
  readonly day: string;
  readonly person: string;
  /** The first team the person belongs to; `''` for none. */
  readonly team: string;
  readonly agent: AgentId;
  readonly provider: string;
  readonly model: string;
}

export type UsageRow = UsageKey & UsageSum;

/** One group of `GET /api/v1/usage`. */
export interface UsageGroup extends UsageSum {
  readonly key: string;
}

export const noUsage: UsageSum = {
  ...noTokens,
  answers: 0,
  failed: 0,
  estimated: 0,
  unpriced: 0,
  cost: 0,
  refused: 0,
  wouldRefuse: 0,
  firstByteMs: 0,
  totalMs: 0,
};

/** Both together. */
export function addUsage(one: UsageSum, other: UsageSum): UsageSum {
  const sum: Record<string, number> = {};
  for (const [name, value] of Object.entries(noUsage))
    sum[name] = value + one[name as keyof UsageSum] + other[name as keyof UsageSum];
  return { ...noUsage, ...sum };
}

import type { AccessAsk } from '../core/access.ts';
import { noTokens } from '../core/usage.ts';
import { type Purse, periodOf } from './access.ts';
import { costOf, type Price, priceOf } from './prices.ts';
import type { Spent } from './spending.ts';

/** Why a request may not go on; `resetsAt` when it may later. */
export interface Refusal {
  readonly text: string;
  readonly resetsAt?: string;
  readonly status: 403 | 429;
  readonly retryAfter?: number;
}

/** What a request takes before anything is answered. */
export function leastOf({ provider, model, promptTokens = 0 }: AccessAsk, prices: readonly Price[]): Spent {
  const price = priceOf(prices, provider, model ?? '');
  return { tokens: promptTokens, cost: price ? costOf(price, { ...noTokens, input: promptTokens }) : 0 };
}

/** Why a purse does not allow a request; null when it does. */
export function purseRefusal(
  { budget, of }: Purse,
  { provider, model }: AccessAsk,
  prices: readonly Price[],
  spent: Spent,
  now: string,
): Refusal | null {
  const { id, tokens, usd, every, per } = budget;
  const whose = per === 'all' ? 'everybody together' : `${per} ${of || '(none)'}`;
  if (usd !== undefined && budget.unpriced === 'deny' && model !== '' && !priceOf(prices, provider, model ?? '')) {
    const name = model === null ? 'that nobody can read' : model.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);
    return {
      status: 403,
      text: `the budget ${id} is in dollars and the model ${name} has no price here, so it cannot be counted. Whoever runs this Warder can add it to prices.json in its home.`,
    };
  }
  const { resetsAt } = periodOf(every, now);
  const over =
    tokens !== undefined && spent.tokens >= tokens
      ? `${whole(spent.tokens)} of ${whole(tokens)} tokens`
      : usd !== undefined && spent.cost >= usd * 1e9
        ? `${dollars(spent.cost / 1e9)} of ${dollars(usd)}`
        : null;
  if (over === null) return null;
  return {
    status: 429,
    text: `the budget ${id} (${whose}, by the ${every}) is used up: ${over} taken, answers under way included. It begins anew at ${resetsAt}.`,
    resetsAt,
    retryAfter: Math.max(1, Math.ceil((Date.parse(resetsAt) - Date.parse(now)) / 1000)),
  };
}

export const dollars = (usd: number): string => `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
export const whole = (count: number): string => Math.round(count).toLocaleString('en-US');

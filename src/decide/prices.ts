import type { Tokens } from '../core/usage.ts';
import { fits } from './patterns.ts';

/** Dollars per million tokens. What is absent costs what `input` costs. */
interface Rates {
  readonly input: number;
  readonly output: number;
  readonly cacheRead?: number;
  readonly cacheWrite5m?: number;
  readonly cacheWrite1h?: number;
}

/** List price of the models of one provider that fit a pattern. */
export interface Price extends Rates {
  readonly provider: string;
  readonly models: readonly string[];
  /** Other rates for a whole request with more input tokens, cached ones too, than `above`. */
  readonly longContext?: Rates & { readonly above: number };
}

/** The first price that fits; null for a model nobody priced. */
export function priceOf(prices: readonly Price[], provider: string, model: string): Price | null {
  if (model === '') return null;
  return prices.find((price) => fits([price.provider], provider) && fits(price.models, model)) ?? null;
}

/** Billionths of a dollar, whole. */
export function costOf(price: Price, tokens: Tokens): number {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output } = tokens;
  const long = price.longContext;
  const rates = long && input + cacheRead + cacheWrite5m + cacheWrite1h > long.above ? long : price;
  // A dollar for a million tokens is a thousand billionths for each.
  return Math.round(
    1000 *
      (input * rates.input +
        output * rates.output +
        cacheRead * (rates.cacheRead ?? rates.input) +
        cacheWrite5m * (rates.cacheWrite5m ?? rates.input) +
        cacheWrite1h * (rates.cacheWrite1h ?? rates.input)),
  );
}

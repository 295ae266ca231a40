import { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';

const dollars = z.number().min(0).max(1e6);
const rates = {
  input: dollars,
  output: dollars,
  cacheRead: dollars.optional(),
  cacheWrite5m: dollars.optional(),
  cacheWrite1h: dollars.optional(),
};

/** Dollars per million tokens, as in `prices.json` of this package. */
const schema = z.strictObject({
  date: z.iso.date(),
  source: z.string().min(1),
  prices: z
    .array(
      z.strictObject({
        provider: z.string().min(1),
        models: z.array(z.string().min(1).max(200)).min(1),
        ...rates,
        longContext: z.strictObject({ above: z.int().min(1), ...rates }).optional(),
      }),
    )
    .max(10_000),
});

type PricesFile = z.infer<typeof schema>;

/** The prices in the text of a price file. `detail` names the member that is wrong. */
export function readPrices(text: string): Result<PricesFile> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail('prices-invalid', `it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(value);
  return parsed.success ? ok(parsed.data) : fail('prices-invalid', z.prettifyError(parsed.error));
}

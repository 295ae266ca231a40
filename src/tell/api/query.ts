import * as z from 'zod';
import { coverageKeys } from '../../core/coverage.ts';
import { deviceNeeds, deviceOrders } from '../../core/enrolled.ts';
import { riskIds, standings } from '../../core/inventory.ts';
import { sized, upTo } from '../../core/sized.ts';

// Filters of the lists. Unknown ones are refused: a filter that silently does nothing shows the wrong rows.

const severity = z.enum(['low', 'review', 'alert', 'critical']);
const decision = z.enum(['allow', 'ask', 'deny']);
const name = z.string().refine(...sized(1, 500));
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const paging = {
  limit: whole(1, 500).default(100),
  cursor: z
    .string()
    .refine(...upTo(1000))
    .optional(),
};

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const mostAge = 3650;

/** An ISO 8601 time, or an age counted back from now: `90m`, `24h`, `7d`. */
const moment = z
  .string()
  .regex(
    /^(\d{1,4}[mhd]|\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?)$/,
    'must be a time like 2026-01-31T12:00:00Z or an age like 24h',
  );

/** A moment as ISO 8601 UTC; `now` the same. Null for a date that does not exist. */
export function momentToIso(text: string, now: string): string | null {
  const age = /^(\d+)([mhd])$/.exec(text);
  const unit = age?.[2];
  if (age && (unit === 'm' || unit === 'h' || unit === 'd')) {
    const ms = Math.min(Number(age[1]) * unitMs[unit], mostAge * unitMs.d);
    return new Date(Date.parse(now) - ms).toISOString();
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

export const callFilters = z.strictObject({
  session: name.optional(),
  agent: name.optional(),
  person: name.optional(),
  tool: name.optional(),
  severity: severity.optional(),
  minScore: whole(0, 100).optional(),
  decision: decision.optional(),
  effective: decision.optional(),
  text: z
    .string()
    .refine(...sized(1, 500))
    .optional(),
  since: moment.optional(),
  until: moment.optional(),
  /** `1`: without inputs, long strings cut. */
  brief: z.enum(['0', '1']).optional(),
  ...paging,
});

export const sessionFilters = z.strictObject({
  agent: name.optional(),
  person: name.optional(),
  device: name.optional(),
  minScore: whole(0, 100).optional(),
  ...paging,
});

export const alertFilters = z.strictObject({
  state: z.enum(['open', 'acknowledged', 'resolved', 'false-positive']).optional(),
  severity: severity.optional(),
  device: name.optional(),
  ...paging,
});

export const receiptFilters = z.strictObject({
  from: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  call: name.optional(),
  ...paging,
});

/** One tool of one MCP server, both by name. */
export const toolFilters = z.strictObject({
  server: z.string().refine(...sized(1)),
  tool: z.string().refine(...sized(1)),
});
export const noFilters = z.strictObject({});
export const timelineFilters = z.strictObject({
  limit: whole(1, 2000).default(1000),
  cursor: z
    .string()
    .refine(...upTo(1000))
    .optional(),
});
export const overviewFilters = z.strictObject({ since: moment.default('24h') });

/** What usage is told apart by. */
export const usageFilters = z.strictObject({
  since: moment.default('30d'),
  by: z.enum(['day', 'person', 'team', 'agent', 'provider', 'model']).default('day'),
});

/** What coverage is told apart by, and whose it is. An empty name is that of calls whose device, person or team nobody told. */
const said = z
  .string()
  .refine(...upTo(500))
  .optional();
export const coverageFilters = z.strictObject({
  since: moment.default('30d'),
  by: z.enum(coverageKeys).default('device'),
  device: said,
  agent: said,
  person: said,
  team: said,
});

const risk = z.enum(riskIds).optional();
const search = {
  text: z
    .string()
    .refine(...sized(1, 200))
    .optional(),
  risk,
};
const place = {
  limit: whole(1, 500).default(200),
  cursor: z
    .string()
    .regex(/^i\d{1,7}$/, 'is not one of ours')
    .optional(),
};

/** What an inventory's lists are narrowed by. `whole`: every agent of the catalogue. */
export const inventoryAgentFilters = z.strictObject({
  ...search,
  standing: z.enum(standings).optional(),
  whole: z.enum(['0', '1']).optional(),
  ...place,
});
export const inventoryDeviceFilters = z.strictObject({
  ...search,
  cover: z.enum(['reports', 'seen', 'enrolled', 'none']).optional(),
  agent: name.optional(),
  ...place,
});
export const inventoryServerFilters = z.strictObject({ ...search, agent: name.optional(), ...place });
/** One server, by its name and what it runs. */
export const inventoryServerQuery = z.strictObject({
  name: z.string().refine(...upTo(300)),
  runs: z
    .string()
    .refine(...upTo(500))
    .default(''),
});
export const standingBody = z.strictObject({
  standing: z.enum(standings),
  note: z
    .string()
    .refine(...upTo(2000))
    .default(''),
});

export const approvalBody = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  note: z
    .string()
    .refine(...upTo(2000))
    .default(''),
});
export const triageBody = z.strictObject({
  state: z.enum(['open', 'acknowledged', 'resolved', 'false-positive']),
  note: z
    .string()
    .refine(...upTo(2000))
    .default(''),
});
const visible = z.string().regex(/^[^\p{C}]{1,100}$/u, 'takes 1 to 100 visible characters');
/** What the list of enrolled devices is narrowed by. `needs=any`: whatever it is that a person should look at. */
export const deviceFilters = z.strictObject({
  text: search.text,
  needs: z.enum(['any', ...deviceNeeds]).optional(),
  person: name.optional(),
  platform: name.optional(),
  agent: name.optional(),
  order: z.enum(deviceOrders).default('needs'),
  ...place,
});
export const inviteBody = z.strictObject({
  person: visible.optional(),
  device: visible.optional(),
  minutes: z.int().min(1).max(10_080).default(60),
});
export const modeBody = z.strictObject({ mode: z.enum(['observe', 'enforce']) });

export const idParam = z.strictObject({ id: name });
export const numberParam = z.strictObject({ id: whole(1, Number.MAX_SAFE_INTEGER) });

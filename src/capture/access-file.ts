import { z } from 'zod';
import type { AccessRules } from '../core/access.ts';
import { fail, ok, type Result } from '../core/result.ts';

const id = z.string().regex(/^[\w.:-]{1,100}$/, 'takes letters, digits and . : - _');
const patterns = z.array(z.string().min(1).max(200)).min(1).max(1000);
const who = z.strictObject({
  person: patterns.optional(),
  team: patterns.optional(),
  agent: patterns.optional(),
  device: patterns.optional(),
  token: patterns.optional(),
});
const what = { providers: patterns.optional(), models: patterns.optional() };

/** `<home>/access.json`. An unknown member is a mistake and is named: a rule that is not understood must not silently be none. */
const schema = z.strictObject({
  mode: z.enum(['enforce', 'observe']).default('enforce'),
  teams: z
    .record(z.string().min(1).max(100), z.strictObject({ people: patterns.optional(), groups: patterns.optional() }))
    .default({}),
  rules: z
    .array(z.strictObject({ id, who: who.default({}), ...what, effect: z.enum(['allow', 'deny']).default('allow') }))
    .max(1000)
    .default([]),
  budgets: z
    .array(
      z
        .strictObject({
          id,
          who: who.omit({ device: true, token: true }).default({}),
          ...what,
          per: z.enum(['person', 'team', 'agent', 'all']),
          every: z.enum(['day', 'week', 'month']),
          tokens: z.int().min(0).optional(),
          usd: z.number().min(0).max(1e6).optional(),
          unpriced: z.enum(['deny', 'allow']).default('deny'),
        })
        .refine(({ tokens, usd }) => tokens !== undefined || usd !== undefined, 'a budget needs tokens, usd or both'),
    )
    .max(1000)
    .default([]),
});

/** The rules in the text of an access file. `detail` names the member that is wrong, one line for each mistake. */
export function readAccessRules(text: string): Result<AccessRules> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail('access-invalid', `it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return fail('access-invalid', z.prettifyError(parsed.error));
  const { mode, teams, rules, budgets } = parsed.data;
  const twice = repeated([...rules.map((rule) => rule.id), ...budgets.map((budget) => budget.id)]);
  if (twice !== undefined) return fail('access-invalid', `two rules or budgets have the id ${JSON.stringify(twice)}`);
  const read = {
    mode,
    teams: Object.entries(teams).map(([name, { people = [], groups = [] }]) => ({ name, people, groups })),
    rules: rules.map(({ who: someone, ...rule }) => ({ ...plain(rule), who: plain(someone) })),
    budgets: budgets.map(({ who: someone, ...budget }) => ({ ...plain(budget), who: plain(someone) })),
  };
  const strange = teamNamed(read);
  return strange === undefined
    ? ok(read)
    : fail(
        'access-invalid',
        `a rule or budget is about the team ${JSON.stringify(strange)}, which "teams" does not name`,
      );
}

const repeated = (ids: readonly string[]): string | undefined => ids.find((each, at) => ids.indexOf(each) !== at);

/** A team that nothing defines: nobody would ever be in it. */
function teamNamed({ teams, rules, budgets }: AccessRules): string | undefined {
  const known = new Set(teams.map(({ name }) => name));
  return [...rules, ...budgets]
    .flatMap(({ who: { team = [] } }) => team)
    .find((name) => !name.includes('*') && !known.has(name));
}

/** The object without members that are undefined. */
function plain<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

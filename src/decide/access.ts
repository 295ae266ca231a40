import type { AccessAsk, AccessRule, AccessRules, Budget, Period, What, Who } from '../core/access.ts';
import type { Identity } from '../core/event.ts';
import type { UsageKey } from '../core/usage.ts';
import { fits } from './patterns.ts';

/** Teams of a person: by name, or by a group of the identity provider. In the order of the file. */
export function teamsOf(
  rules: Pick<AccessRules, 'teams'>,
  { person, groups = [] }: Pick<Identity, 'person' | 'groups'>,
): readonly string[] {
  return rules.teams
    .filter((team) => fits(team.people, person) || groups.some((group) => fits(team.groups, group)))
    .map(({ name }) => name);
}

/** What the rules say of a request, with the rule that decided; `rule` is null when none is about it. */
export interface AccessRuling {
  readonly allowed: boolean;
  readonly rule: AccessRule | null;
  /** A sentence for whoever was refused; `''` when allowed. */
  readonly why: string;
}

/** Deny rules first, then the first rule that allows; what no rule allows is denied. */
export function ruleFor(rules: AccessRules, ask: AccessAsk): AccessRuling {
  const who = whoOf(rules, ask);
  const about = rules.rules.filter((rule) => isWho(rule.who, who) && fits(rule.providers, ask.provider));
  const denying = about.find((rule) => rule.effect === 'deny' && denies(rule, ask.model));
  if (denying) return { allowed: false, rule: denying, why: `the rule ${denying.id} denies ${whatWords(ask)}` };
  const allowing = about.find((rule) => rule.effect === 'allow' && allows(rule, ask.model));
  if (allowing) return { allowed: true, rule: allowing, why: '' };
  const why =
    ask.model === null && about.some(({ effect }) => effect === 'allow')
      ? 'the request does not say in a readable way which model it is for, and only a rule for all models would allow that'
      : `no rule allows ${whatWords(ask)} to ${ask.identity.person}`;
  return { allowed: false, rule: null, why };
}

/** A model nobody can tell could be the denied one; a request for none is denied by a rule about all of them alone. */
const denies = (rule: AccessRule, model: string | null): boolean =>
  model === null || (model === '' ? allModels(rule) : fits(rule.models, model));

const allows = (rule: AccessRule, model: string | null): boolean =>
  model === null ? allModels(rule) : model === '' || fits(rule.models, model);

const allModels = ({ models }: What): boolean => models === undefined || models.includes('*');

const whatWords = ({ provider, model }: AccessAsk): string =>
  model ? `the model ${shown(model)} at ${provider}` : `the provider ${provider}`;

const shown = (name: string): string => name.replace(/[^\x21-\x7e]/g, '?').slice(0, 100);

interface Someone {
  readonly person: string;
  readonly teams: readonly string[];
  readonly agent: string;
  readonly device: string;
  readonly token: string;
}

function whoOf(rules: AccessRules, { identity, agent }: AccessAsk): Someone {
  const { person, device, label = '' } = identity;
  return { person, teams: teamsOf(rules, identity), agent, device, token: label };
}

const isWho = (who: Who, { person, teams, agent, device, token }: Someone): boolean =>
  fits(who.person, person) &&
  (who.team === undefined || teams.some((team) => fits(who.team, team))) &&
  fits(who.agent, agent) &&
  fits(who.device, device) &&
  fits(who.token, token);

/** A budget with the one it is kept for, as a request meets it. */
export interface Purse {
  readonly budget: Budget;
  /** Person, team or agent; `''` for all together. */
  readonly of: string;
}

/** The budgets a request is counted in. */
export function pursesFor(rules: AccessRules, ask: AccessAsk): readonly Purse[] {
  const all = whoOf(rules, ask);
  const [team = ''] = all.teams;
  // Usage is counted for one team alone, so a budget sees no other.
  const someone = { ...all, teams: [team] };
  const row = { ...someone, team };
  return rules.budgets
    .filter((budget) => isWho(budget.who, someone) && covers(budget, ask))
    .map((budget) => ({ budget, of: holderOf(budget, row) }));
}

/** A model nobody can tell could be any. */
const covers = (budget: Budget, { provider, model }: AccessAsk): boolean =>
  fits(budget.providers, provider) && (model === null || model === '' || fits(budget.models, model));

export const holderOf = ({ per }: Budget, key: Pick<UsageKey, 'person' | 'team' | 'agent'>): string =>
  per === 'all' ? '' : key[per];

/** Whether a row of recorded usage counts for a purse. */
export function countsFor({ budget, of }: Purse, row: UsageKey): boolean {
  return (
    holderOf(budget, row) === of &&
    fits(budget.who.person, row.person) &&
    (budget.who.team === undefined || fits(budget.who.team, row.team)) &&
    fits(budget.who.agent, row.agent) &&
    fits(budget.providers, row.provider) &&
    fits(budget.models, row.model)
  );
}

const dayMs = 86_400_000;

/** First day of the period that `at` lies in, and the moment the next begins. UTC; weeks begin on Monday. */
export function periodOf(every: Period, at: string): { readonly firstDay: string; readonly resetsAt: string } {
  const day = at.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00.000Z`);
  const [year = 1970, month = 1] = day.split('-').map(Number);
  switch (every) {
    case 'day':
      return { firstDay: day, resetsAt: iso(midnight + dayMs) };
    case 'week': {
      const monday = midnight - ((new Date(midnight).getUTCDay() + 6) % 7) * dayMs;
      return { firstDay: iso(monday).slice(0, 10), resetsAt: iso(monday + 7 * dayMs) };
    }
    case 'month':
      return { firstDay: `${day.slice(0, 7)}-01`, resetsAt: iso(Date.UTC(year, month, 1)) };
    default:
      return every satisfies never;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

import type { AccessAsk, AccessGuard, AccessRules, Admission } from './core/access.ts';
import { type AnswerUsage, allTokens, noUsage, type UsageRow } from './core/usage.ts';
import { type AccessRuling, type Purse, pursesFor, ruleFor, teamsOf } from './decide/access.ts';
import { costOf, type Price, priceOf } from './decide/prices.ts';
import { leastOf, purseRefusal, type Refusal } from './decide/purse.ts';
import { Reserved } from './decide/reserved.ts';
import type { Spending, Spent } from './decide/spending.ts';
import type { UsageBook } from './usage-book.ts';

interface Guarding {
  rules(): AccessRules | null;
  prices(): readonly Price[];
  readonly spending: Spending;
  readonly book: UsageBook;
  now(): string;
  /** Something a person should see; may be told again and again. */
  notice(ask: AccessAsk, what: string, text: string): void;
}

/** The longest period, and a little: what a budget can look back on. */
const keptDays = 40;

/** The first day that counts for a budget at the time `at`. */
export const firstKeptDay = (at: string): string =>
  new Date(Date.parse(at) - keptDays * 86_400_000).toISOString().slice(0, 10);

/** Rules and budgets before the providers, and what answers took behind them. Nothing waits for the store. */
export function createGuard({ rules, prices, spending, book, now, notice }: Guarding): AccessGuard {
  const reserved = new Reserved();
  let today = now().slice(0, 10);
  const names = new ModelNames();
  const count = (given: UsageRow) => {
    const row = allTokens(given) > 0 ? given : { ...given, model: names.kept(given) };
    spending.add(row);
    book.add(row);
    if (row.day <= today) return;
    today = row.day;
    names.forget();
    spending.forgetBefore(firstKeptDay(now()));
  };
  const judge = (known: AccessRules, ask: AccessAsk): Refusal | null => {
    const ruling = ruleFor(known, ask);
    if (!ruling.allowed) return ruleRefusal(ruling);
    for (const purse of pursesFor(known, ask)) {
      const refusal = purseRefusal(
        purse,
        ask,
        prices(),
        sum(spending.spent(purse, now()), reserved.of(keyOf(purse))),
        now(),
      );
      if (refusal) return refusal;
    }
    return null;
  };
  return {
    active: () => rules() !== null,
    admit(ask) {
      const known = rules();
      if (!known) return { ok: true, settle: () => {} };
      const refusal = judge(known, ask);
      const team = teamsOf(known, ask.identity)[0] ?? '';
      if (refusal) {
        const enforced = known.mode === 'enforce';
        count({
          ...rowHead(ask, team, now()),
          ...noUsage,
          refused: enforced ? 1 : 0,
          wouldRefuse: enforced ? 0 : 1,
        });
        notice(ask, enforced ? 'refused by access rules' : 'access rules would have refused', refusal.text);
        if (enforced) return refused(refusal);
      }
      const least = leastOf(ask, prices());
      const back = pursesFor(known, ask).map((purse) =>
        reserved.take(keyOf(purse), least, spending.spent(purse, now())),
      );
      return {
        ok: true,
        settle() {
          for (const give of back.splice(0)) give();
        },
      };
    },
    used(usage) {
      const known = rules();
      const team = known ? (teamsOf(known, usage.identity)[0] ?? '') : '';
      const row = rowOf(usage, team, prices());
      count(row);
      if (!known || allTokens(row) === 0) return;
      for (const purse of pursesFor(known, usage))
        reserved.learn(keyOf(purse), { tokens: allTokens(row), cost: row.cost });
    },
  };
}

/** Models that answered nothing: their names are whatever a client made up, so only so many of each person are kept a day. */
class ModelNames {
  readonly #most = 100;
  #byPerson = new Map<string, Set<string>>();

  kept({ person, model }: UsageRow): string {
    const known = this.#byPerson.get(person) ?? new Set();
    this.#byPerson.set(person, known);
    if (known.size >= this.#most && !known.has(model)) return '(other)';
    known.add(model);
    return model;
  }

  forget(): void {
    this.#byPerson = new Map();
  }
}

const keyOf = ({ budget, of }: Purse): string => `${budget.id}\0${of}`;
const sum = (one: Spent, other: Spent): Spent => ({ tokens: one.tokens + other.tokens, cost: one.cost + other.cost });

const oddName = /[^\w.:@/+,=-]/;

/** A model's name comes from the client: one that no provider would use is not kept. */
const nameOfModel = (model: string | null): string =>
  model === null || model.length > 200 || oddName.test(model) ? '(unreadable)' : model;

const rowHead = ({ identity, agent, provider, model }: AccessAsk, team: string, at: string) => ({
  day: at.slice(0, 10),
  person: identity.person,
  team,
  agent,
  provider,
  model: nameOfModel(model),
});

function rowOf(usage: AnswerUsage, team: string, prices: readonly Price[]): UsageRow {
  const { status, estimated, tokens } = usage;
  const price = priceOf(prices, usage.provider, usage.model);
  const any = allTokens(tokens) > 0;
  return {
    ...rowHead(usage, team, usage.at),
    ...noUsage,
    ...tokens,
    answers: 1,
    failed: status >= 200 && status < 400 ? 0 : 1,
    estimated: estimated ? 1 : 0,
    unpriced: any && !price ? 1 : 0,
    cost: price ? costOf(price, tokens) : 0,
    firstByteMs: Math.round(usage.firstByteMs ?? 0),
    totalMs: Math.round(usage.totalMs),
  };
}

const ruleRefusal = ({ why }: AccessRuling): Refusal => ({
  status: 403,
  text: `${why} (access rules of this Warder). Ask whoever runs it, or choose another model.`,
});

function refused({ status, text, retryAfter }: Refusal): Admission {
  return { ok: false, status, message: text, ...(retryAfter === undefined ? {} : { retryAfter }) };
}

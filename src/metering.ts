import fs from 'node:fs';
import path from 'node:path';
import { readAccessRules } from './capture/access-file.ts';
import { readPrices } from './capture/prices-file.ts';
import type { AccessAsk, AccessGuard, AccessRules, Admission } from './core/access.ts';
import type { Store } from './core/ports.ts';
import type { Result } from './core/result.ts';
import { type AnswerUsage, allTokens, noUsage, type UsageRow } from './core/usage.ts';
import { type AccessRuling, type Purse, periodOf, pursesFor, ruleFor, teamsOf } from './decide/access.ts';
import { costOf, type Price, priceOf } from './decide/prices.ts';
import { Spending, type Spent } from './decide/spending.ts';
import { followFile } from './followed-file.ts';
import { openUsageBook } from './usage-book.ts';

/** The prices this package ships, beside `src/` in a checkout and beside `dist/` when installed. */
const shippedPrices = path.join(import.meta.dirname, '..', 'prices.json');

export interface MeteringDeps {
  readonly home: string;
  readonly store: Pick<Store, 'addUsage' | 'usageRows'>;
  now(): string;
  /** A change of the rules, for the log of receipts. */
  changed(what: string): void;
  /** Something a person should see, at most once a minute for the same. */
  notice(ask: AccessAsk, what: string, text: string): void;
  onTrouble(code: string, detail: string, cause: unknown): void;
}

/** Usage counted, and rules and budgets kept. */
export interface Metering extends AccessGuard {
  health(): Readonly<Record<string, string | number | boolean>>;
  close(): Promise<void>;
}

/** The longest period, and a little: what a budget can look back on. */
const keptDays = 40;

/**
 * Reads `<home>/access.json` and `<home>/prices.json` and follows their changes within a second. Throws an Error that
 * names file and mistake when one of them is wrong at the start; later a wrong file changes nothing, and says so.
 */
export async function openMetering(deps: MeteringDeps): Promise<Metering> {
  const spending = new Spending(await deps.store.usageRows(daysBefore(deps.now(), keptDays)));
  const book = openUsageBook({ store: deps.store, onTrouble: deps.onTrouble });
  const prices = followPrices(deps);
  const rules = followRules(deps, () => spending.forgetSums());
  const guard = createGuard({ deps, rules: rules.now, prices: prices.now, spending, book });
  return {
    ...guard,
    health: () => ({ access: rules.state(), usageWaiting: book.waiting() }),
    async close() {
      rules.close();
      prices.close();
      await book.close();
    },
  };
}

const daysBefore = (at: string, days: number): string =>
  new Date(Date.parse(at) - days * 86_400_000).toISOString().slice(0, 10);

/** Prices of the home first, then the shipped ones. */
export function readAllPrices(home: string): Result<readonly Price[]> {
  const own = path.join(home, 'prices.json');
  const read = [...(fs.existsSync(own) ? [own] : []), shippedPrices].map(
    (file) => [file, readPrices(fs.readFileSync(file, 'utf8'))] as const,
  );
  for (const [file, each] of read)
    if (!each.ok) return { ok: false, error: { ...each.error, detail: `${file}: ${each.error.detail}` } };
  return { ok: true, value: read.flatMap(([, each]) => (each.ok ? each.value.prices : [])) };
}

function followPrices({ home, onTrouble }: MeteringDeps) {
  return followFile<readonly Price[]>({
    file: path.join(home, 'prices.json'),
    read: () => readAllPrices(home),
    onTrouble: (detail) => onTrouble('prices-invalid', `${detail} The prices that were read before stay in use.`, null),
  });
}

function followRules({ home, changed, onTrouble }: MeteringDeps, onChange: () => void) {
  const file = path.join(home, 'access.json');
  const followed = followFile<AccessRules | null>({
    file,
    read(text) {
      if (text === null) return { ok: true, value: null };
      const read = readAccessRules(text);
      return read.ok ? read : { ok: false, error: { ...read.error, detail: `${file}: ${read.error.detail}` } };
    },
    // A file that vanished must not open what it closed.
    mayVanish: false,
    onTrouble: (detail) =>
      onTrouble('access-invalid', `${detail} The rules that were read before stay in force.`, null),
    onChange(rules) {
      onChange();
      if (rules) changed(`access: ${rules.rules.length} rules and ${rules.budgets.length} budgets, mode ${rules.mode}`);
    },
  });
  const state = () => {
    const rules = followed.now();
    const broken = followed.broken() ? ', file broken: the rules before it hold' : '';
    return rules ? `${rules.mode}${broken}` : 'open';
  };
  return { ...followed, state };
}

interface Guarding {
  readonly deps: MeteringDeps;
  rules(): AccessRules | null;
  prices(): readonly Price[];
  readonly spending: Spending;
  readonly book: ReturnType<typeof openUsageBook>;
}

/** What the answers that are under way are presumed to take. */
class Reserved {
  readonly #taken = new Map<string, Spent>();
  /** What an answer of this purse took of late, on average. */
  readonly #typical = new Map<string, Spent>();

  of(key: string): Spent {
    return this.#taken.get(key) ?? { tokens: 0, cost: 0 };
  }

  /** Returns the way to give it back. */
  take(key: string): () => void {
    const { tokens, cost } = this.#typical.get(key) ?? { tokens: 0, cost: 0 };
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

function createGuard({ deps, rules, prices, spending, book }: Guarding): AccessGuard {
  const reserved = new Reserved();
  let today = deps.now().slice(0, 10);
  const count = (row: UsageRow) => {
    spending.add(row);
    book.add(row);
    if (row.day <= today) return;
    today = row.day;
    spending.forgetBefore(daysBefore(today, keptDays));
  };
  const judge = (known: AccessRules, ask: AccessAsk): Refusal | null => {
    const ruling = ruleFor(known, ask);
    if (!ruling.allowed) return ruleRefusal(ruling);
    for (const purse of pursesFor(known, ask)) {
      const refusal = purseRefusal(
        purse,
        ask,
        prices(),
        sum(spending.spent(purse, deps.now()), reserved.of(keyOf(purse))),
        deps.now(),
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
          ...rowHead(ask, team, deps.now()),
          ...noUsage,
          refused: enforced ? 1 : 0,
          wouldRefuse: enforced ? 0 : 1,
        });
        deps.notice(ask, enforced ? 'refused by access rules' : 'access rules would have refused', refusal.text);
        if (enforced) return refused(refusal);
      }
      const back = pursesFor(known, ask).map((purse) => reserved.take(keyOf(purse)));
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

/** Why a request may not go on; `resetsAt` when it may later. */
export interface Refusal {
  readonly text: string;
  readonly resetsAt?: string;
  readonly status: 403 | 429;
  readonly retryAfter?: number;
}

const ruleRefusal = ({ why }: AccessRuling): Refusal => ({
  status: 403,
  text: `${why} (access rules of this Warder). Ask whoever runs it, or choose another model.`,
});

function refused({ status, text, retryAfter }: Refusal): Admission {
  return { ok: false, status, message: text, ...(retryAfter === undefined ? {} : { retryAfter }) };
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
        ? `$${(spent.cost / 1e9).toFixed(2)} of $${usd.toFixed(2)}`
        : null;
  if (over === null) return null;
  return {
    status: 429,
    text: `the budget ${id} (${whose}, by the ${every}) is used up: ${over} taken, answers under way included. It begins anew at ${resetsAt}.`,
    resetsAt,
    retryAfter: Math.max(1, Math.ceil((Date.parse(resetsAt) - Date.parse(now)) / 1000)),
  };
}

const whole = (count: number): string => Math.round(count).toLocaleString('en-US');

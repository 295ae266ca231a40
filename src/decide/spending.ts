import type { Budget } from '../core/access.ts';
import { addUsage, allTokens, noUsage, type UsageKey, type UsageRow } from '../core/usage.ts';
import { countsFor, holderOf, type Purse, periodOf } from './access.ts';

/** What was taken: tokens of all kinds, and billionths of a dollar. */
export interface Spent {
  tokens: number;
  cost: number;
}

/** The same with the answers it was taken by. */
export interface SpentBy extends Spent {
  answers: number;
}

/** Usage of the last weeks in memory, by day: a clock that goes back finds what was taken on the day it shows. */
export class Spending {
  readonly #rows = new Map<string, UsageRow>();
  readonly #sums = new Map<Budget, Map<string, SpentBy>>();

  constructor(rows: readonly UsageRow[] = []) {
    for (const row of rows) this.add(row);
  }

  add(row: UsageRow): void {
    const key = usageKey(row);
    const before = this.#rows.get(key);
    this.#rows.set(key, { ...row, ...addUsage(before ?? noUsage, row) });
    for (const [budget, sums] of this.#sums) {
      const of = holderOf(budget, row);
      const sum = sums.get(sumKey(budget, of, row.day));
      if (sum && countsFor({ budget, of }, row)) grow(sum, row);
    }
  }

  /** What a purse's holder took in the period of its budget that `at` lies in. */
  spent({ budget, of }: Purse, at: string): SpentBy {
    const sums = this.#sums.get(budget) ?? new Map<string, SpentBy>();
    this.#sums.set(budget, sums);
    const key = sumKey(budget, of, at);
    let sum = sums.get(key);
    if (!sum) {
      sum = { tokens: 0, cost: 0, answers: 0 };
      const { firstDay } = periodOf(budget.every, at);
      for (const row of this.#rows.values()) {
        if (periodOf(budget.every, row.day).firstDay === firstDay && countsFor({ budget, of }, row)) grow(sum, row);
      }
      sums.set(key, sum);
    }
    return sum;
  }

  /** Budgets that are no more need no sums. */
  forgetSums(): void {
    this.#sums.clear();
  }

  /** Days before `day` are no longer in any period. */
  forgetBefore(day: string): void {
    for (const [key, row] of this.#rows) if (row.day < day) this.#rows.delete(key);
  }
}

function grow(sum: SpentBy, row: UsageRow): void {
  sum.answers += row.answers - row.failed;
  sum.tokens += allTokens(row);
  sum.cost += row.cost;
}

const sumKey = (budget: Budget, of: string, at: string): string => `${periodOf(budget.every, at).firstDay}\0${of}`;

export const usageKey = ({ day, person, team, agent, provider, model }: UsageKey): string =>
  [day, person, team, agent, provider, model].join('\0');

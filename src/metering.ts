import fs from 'node:fs';
import path from 'node:path';
import { createGuard, firstKeptDay } from './access-guard.ts';
import { readAccessRules } from './capture/access-file.ts';
import { readPrices } from './capture/prices-file.ts';
import type { AccessAsk, AccessGuard, AccessRules } from './core/access.ts';
import type { Result } from './core/result.ts';
import type { Store } from './core/store.ts';
import { teamsOf } from './decide/access.ts';
import type { Price } from './decide/prices.ts';
import { Spending } from './decide/spending.ts';
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
  /** The first team of a person by the rules in force; `''` for none. `groups`: those an identity provider told. */
  teamOf(person: string, groups?: readonly string[]): string;
  health(): Readonly<Record<string, string | number | boolean>>;
  close(): Promise<void>;
}

/**
 * Reads `<home>/access.json` and `<home>/prices.json` and follows their changes within a second. Throws an Error that
 * names file and mistake when one of them is wrong at the start; later a wrong file changes nothing, and says so.
 */
export async function openMetering(deps: MeteringDeps): Promise<Metering> {
  const spending = new Spending(await deps.store.usageRows(firstKeptDay(deps.now())));
  const book = openUsageBook({ store: deps.store, onTrouble: deps.onTrouble });
  const prices = followPrices(deps);
  const rules = followRules(deps, () => spending.forgetSums());
  const guard = createGuard({
    rules: rules.now,
    prices: prices.now,
    spending,
    book,
    now: deps.now,
    notice: deps.notice,
  });
  return {
    ...guard,
    teamOf: (person, groups) => firstTeam(rules.now(), person, groups),
    health: () => ({ access: rules.state(), usageWaiting: book.waiting() }),
    async close() {
      rules.close();
      prices.close();
      await book.close();
    },
  };
}

/** The first team of a person by name or groups; `''` for none. */
export const firstTeam = (rules: AccessRules | null, person: string, groups: readonly string[] = []): string =>
  rules === null ? '' : (teamsOf(rules, { person, groups })[0] ?? '');

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

/** Reads the text of a home's access file; null for none. */
export function readRules(file: string, text: string | null): Result<AccessRules | null> {
  if (text === null) return { ok: true, value: null };
  const read = readAccessRules(text);
  return read.ok ? read : { ok: false, error: { ...read.error, detail: `${file}: ${read.error.detail}` } };
}

function followRules({ home, changed, onTrouble }: MeteringDeps, onChange: () => void) {
  const file = path.join(home, 'access.json');
  const followed = followFile<AccessRules | null>({
    file,
    read: (text) => readRules(file, text),
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

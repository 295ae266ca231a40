import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { firstKeptDay } from '../access-guard.ts';
import { homeDir } from '../config.ts';
import type { AccessAsk, AccessRules } from '../core/access.ts';
import type { UsageRow } from '../core/usage.ts';
import { type Purse, periodOf, pursesFor, ruleFor, teamsOf } from '../decide/access.ts';
import type { Price } from '../decide/prices.ts';
import { dollars, purseRefusal, whole } from '../decide/purse.ts';
import { Spending, type Spent } from '../decide/spending.ts';
import { readAllPrices, readRules } from '../metering.ts';
import { providers } from '../normalise/providers.ts';
import { type Command, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';

const usage = `warder access: who may use which models, and for how much.

Usage: warder access check --model M [--person P] [--provider X] [--agent A] [--device D] [--token LABEL]
                           [--group G]... [--home DIR] [--json]

  check       says whether such a request would go through now, by which rule, and what its budgets have left
  --person    who asks (default: your user name)         --device  from which machine (default: this one)
  --provider  ${providers.map(({ id }) => id).join(', ')} (default: told by the model's name)
  --group     a group of the identity provider; may be said more than once

The rules are <home>/access.json, the prices <home>/prices.json before the shipped ones; docs/access.md tells of both.
Exit status: 0 it would go through, 1 it would be refused, 2 used wrongly, 3 could not.
`;

export const command: Command = {
  name: 'access',
  summary: 'explain who may use which models, and budgets',
  usage,
  async run(args, io) {
    const text = { type: 'string' } as const;
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        home: text,
        json: { type: 'boolean' },
        person: text,
        model: text,
        provider: text,
        agent: text,
        device: text,
        token: text,
        group: { type: 'string', multiple: true },
      },
    });
    if (positionals.length !== 1 || positionals[0] !== 'check') throw new UsageError('say: check.');
    if (!values.model) throw new UsageError('--model takes the name of a model, as requests give it.');
    const home = homeDir(values.home, io.env);
    const ask: AccessAsk = {
      identity: {
        person: values.person ?? os.userInfo().username,
        device: values.device ?? os.hostname(),
        via: 'token',
        ...(values.token === undefined ? {} : { label: values.token }),
        groups: values.group ?? [],
      },
      agent: values.agent ?? 'unknown',
      provider: providerOf(values.provider, values.model),
      model: values.model,
    };
    const explained = await explain(home, ask);
    io.stdout.write(values.json ? `${JSON.stringify(explained)}\n` : inWords(explained));
    return explained.allowed ? 0 : 1;
  },
};

const families: readonly (readonly [RegExp, string])[] = [
  [/^claude/i, 'anthropic'],
  [/^(?:gpt|o\d|codex|chatgpt)/i, 'openai'],
  [/^gemini/i, 'gemini'],
  [/^(?:[a-z]{2,6}\.)?(?:anthropic|amazon|meta|mistral)\./i, 'bedrock'],
];

function providerOf(said: string | undefined, model: string): string {
  const provider = said ?? families.find(([pattern]) => pattern.test(model))?.[1];
  if (provider !== undefined && providers.some(({ id }) => id === provider)) return provider;
  throw new UsageError(`--provider takes one of: ${providers.map(({ id }) => id).join(', ')}.`);
}

interface Explained {
  readonly person: string;
  readonly teams: readonly string[];
  readonly provider: string;
  readonly model: string;
  /** Null: there are no rules. */
  readonly mode: AccessRules['mode'] | null;
  readonly allowed: boolean;
  readonly rule: string | null;
  readonly why: string;
  readonly budgets: readonly BudgetState[];
}

interface BudgetState {
  readonly id: string;
  readonly of: string;
  readonly every: string;
  readonly tokens: { readonly taken: number; readonly limit: number | null };
  readonly usd: { readonly taken: number; readonly limit: number | null };
  readonly resetsAt: string;
  readonly refuses: string | null;
}

async function explain(home: string, ask: AccessAsk): Promise<Explained> {
  const file = path.join(home, 'access.json');
  const rules = readRules(file, fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null);
  if (!rules.ok) throw new Error(rules.error.detail);
  const head = { person: ask.identity.person, provider: ask.provider, model: ask.model ?? '' };
  if (!rules.value) {
    const why = `there is no ${file}, so everybody may use everything`;
    return { ...head, teams: [], mode: null, allowed: true, rule: null, why, budgets: [] };
  }
  const prices = readAllPrices(home);
  if (!prices.ok) throw new Error(prices.error.detail);
  const now = new Date().toISOString();
  const rows = fs.existsSync(path.join(home, 'warder.db')) ? await usageOf(home, now) : [];
  const ruling = ruleFor(rules.value, ask);
  const spending = new Spending(rows);
  const budgets = pursesFor(rules.value, ask).map((purse) =>
    stateOf(purse, ask, prices.value, spending.spent(purse, now), now),
  );
  const refusal = budgets.find(({ refuses }) => refuses !== null);
  return {
    ...head,
    teams: teamsOf(rules.value, ask.identity),
    mode: rules.value.mode,
    allowed: rules.value.mode === 'observe' || (ruling.allowed && !refusal),
    rule: ruling.rule?.id ?? null,
    why: ruling.allowed ? (refusal?.refuses ?? `the rule ${ruling.rule?.id ?? ''} allows it`) : ruling.why,
    budgets,
  };
}

const usageOf = (home: string, now: string): Promise<readonly UsageRow[]> =>
  withHomeStore(home, (_home, store) => store.usageRows(firstKeptDay(now)));

function stateOf(purse: Purse, ask: AccessAsk, prices: readonly Price[], spent: Spent, now: string): BudgetState {
  const { id, per, every, tokens = null, usd = null } = purse.budget;
  return {
    id,
    of: per === 'all' ? 'everybody together' : `${per} ${purse.of || '(none)'}`,
    every,
    tokens: { taken: spent.tokens, limit: tokens },
    usd: { taken: spent.cost / 1e9, limit: usd },
    resetsAt: periodOf(every, now).resetsAt,
    refuses: purseRefusal(purse, ask, prices, spent, now)?.text ?? null,
  };
}

function inWords({ person, teams, provider, model, mode, allowed, why, budgets }: Explained): string {
  const observed = mode === 'observe' ? ' The rules only observe: nothing is refused.' : '';
  const head = `${allowed ? 'yes' : 'no'}: ${person} and ${model} at ${provider}: ${why}.${observed}\n`;
  const team = teams.length === 0 ? '' : `teams: ${teams.join(', ')}; usage is counted for ${teams[0]}\n`;
  const lines = budgets.map(({ id, of, every, tokens, usd, resetsAt, refuses }) => {
    const parts = [
      ...(tokens.limit === null ? [] : [`${whole(tokens.taken)} of ${whole(tokens.limit)} tokens`]),
      ...(usd.limit === null ? [] : [`${dollars(usd.taken)} of ${dollars(usd.limit)}`]),
    ];
    return `budget ${id} (${of}, by the ${every}): ${parts.join(', ')} taken, begins anew ${resetsAt}${refuses ? ': refuses' : ''}\n`;
  });
  return head + team + lines.join('');
}

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPrices } from '../capture/prices-file.ts';
import type { AccessAsk, AccessRules, Budget } from '../core/access.ts';
import { noTokens, noUsage, type UsageRow } from '../core/usage.ts';
import { periodOf, pursesFor, ruleFor } from './access.ts';
import { fits } from './patterns.ts';
import { costOf, priceOf } from './prices.ts';
import { Spending } from './spending.ts';

const ask = (change: Partial<AccessAsk> & { person?: string; groups?: string[] } = {}): AccessAsk => {
  const { person = 'ada', groups = [], ...rest } = change;
  const identity = { person, device: 'laptop', via: 'token', groups } as const;
  return { identity, agent: 'codex', provider: 'openai', model: 'gpt-5', ...rest };
};
const rules = (change: Partial<AccessRules>): AccessRules => ({
  mode: 'enforce',
  teams: [],
  rules: [],
  budgets: [],
  ...change,
});
const row = (change: Partial<UsageRow>): UsageRow => ({
  ...noUsage,
  day: '2026-03-10',
  person: 'ada',
  team: 'core',
  agent: 'codex',
  provider: 'openai',
  model: 'gpt-5',
  ...change,
});

describe('patterns', () => {
  it('fit whole names whatever their case, and mean nothing but their stars', () => {
    expect(fits(['gpt-5*'], 'GPT-5-mini')).toBe(true);
    expect(fits(['gpt-5'], 'gpt-5-mini')).toBe(false);
    expect(fits(['gpt.5'], 'gpt-5')).toBe(false);
    expect(fits(['*a*b'], 'xxaxxb')).toBe(true);
    expect(fits(undefined, 'anything')).toBe(true);
  });

  it('do not take long for a name made to be slow', () => {
    const start = performance.now();
    expect(fits(['a*'.repeat(60)], 'a'.repeat(200))).toBe(true);
    expect(fits([`${'*a'.repeat(8)}b`], 'a'.repeat(200))).toBe(false);
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('rules', () => {
  it('know a team by person and by group of the identity provider', () => {
    const known = rules({
      teams: [{ name: 'core', people: ['grace'], groups: ['eng-*'] }],
      rules: [{ id: 'core', who: { team: ['core'] }, effect: 'allow' }],
    });
    expect(ruleFor(known, ask({ person: 'grace' })).allowed).toBe(true);
    expect(ruleFor(known, ask({ groups: ['eng-shop'] })).allowed).toBe(true);
    expect(ruleFor(known, ask({ groups: ['sales'] })).allowed).toBe(false);
  });

  it('deny a model that nobody can tell wherever one is denied, and allow it only with all of them', () => {
    const all = { id: 'all', who: {}, effect: 'allow' } as const;
    expect(ruleFor(rules({ rules: [all] }), ask({ model: null })).allowed).toBe(true);
    expect(ruleFor(rules({ rules: [{ ...all, models: ['gpt-*'] }] }), ask({ model: null })).allowed).toBe(false);
    const but = { id: 'but', who: {}, models: ['o3'], effect: 'deny' } as const;
    expect(ruleFor(rules({ rules: [all, but] }), ask({ model: null })).allowed).toBe(false);
    expect(ruleFor(rules({ rules: [all, but] }), ask({ model: '' })).allowed).toBe(true);
  });

  it('deny everything when there are none', () => {
    expect(ruleFor(rules({}), ask()).allowed).toBe(false);
  });
});

describe('periods', () => {
  it('are UTC days, weeks from Monday and months', () => {
    expect(periodOf('day', '2026-12-31T23:59:59.999Z')).toEqual({
      firstDay: '2026-12-31',
      resetsAt: '2027-01-01T00:00:00.000Z',
    });
    // A Sunday, a Monday.
    expect(periodOf('week', '2026-03-01T10:00:00.000Z').firstDay).toBe('2026-02-23');
    expect(periodOf('week', '2026-03-02T00:00:00.000Z')).toEqual({
      firstDay: '2026-03-02',
      resetsAt: '2026-03-09T00:00:00.000Z',
    });
    expect(periodOf('month', '2026-12-05T00:00:00.000Z')).toEqual({
      firstDay: '2026-12-01',
      resetsAt: '2027-01-01T00:00:00.000Z',
    });
  });
});

describe('what was spent', () => {
  const budget: Budget = { id: 'b', who: {}, per: 'team', every: 'week', tokens: 10, unpriced: 'deny' };
  const known = rules({ teams: [{ name: 'core', people: ['ada', 'grace'], groups: [] }], budgets: [budget] });

  it('is counted for the holder of the budget, in its period, whoever of it took it', () => {
    const spending = new Spending([
      row({ input: 5 }),
      row({ person: 'grace', output: 7 }),
      row({ team: 'shop', input: 9 }),
    ]);
    const [purse] = pursesFor(known, ask());
    if (!purse) throw new Error('no purse');
    expect(spending.spent(purse, '2026-03-12T00:00:00.000Z').tokens).toBe(12);
    spending.add(row({ day: '2026-03-15', cacheRead: 100 }));
    spending.add(row({ day: '2026-03-16', input: 1000 }));
    expect(spending.spent(purse, '2026-03-12T00:00:00.000Z').tokens).toBe(112);
    expect(spending.spent(purse, '2026-03-16T00:00:00.000Z').tokens).toBe(1000);
  });

  it('is still known of a day to which the clock goes back, and of one it leaps to', () => {
    const spending = new Spending([row({ day: '2026-03-09', input: 8 })]);
    const [purse] = pursesFor(known, ask());
    if (!purse) throw new Error('no purse');
    expect(spending.spent(purse, '2026-03-17T00:00:00.000Z').tokens).toBe(0);
    spending.add(row({ day: '2026-03-17', input: 3 }));
    expect(spending.spent(purse, '2026-03-10T00:00:00.000Z').tokens).toBe(8);
    expect(spending.spent(purse, '2026-03-17T00:00:00.000Z').tokens).toBe(3);
  });

  it('is for a person in several teams counted in the first, and only that one is asked', () => {
    const two = { ...known, teams: [{ name: 'shop', people: ['ada'], groups: [] }, ...known.teams] };
    expect(pursesFor(two, ask()).map(({ of }) => of)).toEqual(['shop']);
    const onlyCore = { ...two, budgets: [{ ...budget, who: { team: ['core'] } }] };
    expect(pursesFor(onlyCore, ask())).toEqual([]);
  });
});

describe('the shipped prices', () => {
  const file = readPrices(fs.readFileSync(path.join(import.meta.dirname, '../../prices.json'), 'utf8'));
  const prices = file.ok ? file.value.prices : [];

  it('can be read, with a date and a source', () => {
    expect(file).toMatchObject({
      ok: true,
      value: { date: expect.stringMatching(/^\d{4}-/), source: expect.stringContaining('list prices') },
    });
  });

  it.each([
    ['anthropic', 'claude-opus-4-5-20251101', 5],
    ['anthropic', 'claude-opus-4-1', 15],
    ['anthropic', 'claude-sonnet-4-5', 3],
    ['bedrock', 'us.anthropic.claude-haiku-4-5-20251001-v1:0', 1],
    ['vertex', 'claude-opus-4@20250514', 15],
    ['openai', 'gpt-5-codex', 1.25],
    ['openai', 'gpt-5-mini', 0.25],
    ['gemini', 'gemini-2.5-flash-lite', 0.1],
    ['gemini', 'gemini-2.5-flash', 0.3],
  ])('of %s know %s', (provider, model, input) => {
    expect(priceOf(prices, provider, model)?.input).toBe(input);
  });

  it.each([
    ['openai', 'claude-opus-4-5'],
    ['anthropic', 'claude-opus-5-5'],
    ['openai', 'gpt-5.5-codex'],
    ['openai', 'gpt-4o-audio-preview'],
    ['anthropic', ''],
  ])('of %s say nothing of %s', (provider, model) => {
    expect(priceOf(prices, provider, model)).toBeNull();
  });

  it('are counted in billionths of a dollar, and a long prompt has its own', () => {
    const sonnet = priceOf(prices, 'anthropic', 'claude-sonnet-4-5');
    if (!sonnet) throw new Error('no price');
    expect(costOf(sonnet, { ...noTokens, input: 1_000_000 - 1, output: 0 })).toBe(6_000 * (1_000_000 - 1));
    expect(costOf(sonnet, { ...noTokens, input: 200_000, output: 1 })).toBe(3_000 * 200_000 + 15_000);
    expect(costOf(sonnet, { ...noTokens, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 })).toBe(300 + 3_750 + 6_000);
  });
});

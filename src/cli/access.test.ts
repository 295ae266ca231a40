import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warder } from '../../test/harness/warder.ts';
import { noUsage } from '../core/usage.ts';
import { withHomeStore } from './home-store.ts';

const home = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'warder-access-cli-')), 'home');
const check = (...args: string[]) => warder(['access', 'check', '--home', home, ...args], {});

const rules = {
  teams: { core: { people: ['ada'] } },
  rules: [{ id: 'core-claude', who: { team: ['core'] }, models: ['claude-*'] }],
  budgets: [
    { id: 'day', per: 'person', every: 'day', tokens: 100 },
    { id: 'month', per: 'team', every: 'month', usd: 10 },
  ],
};
const row = {
  ...noUsage,
  day: new Date().toISOString().slice(0, 10),
  team: 'core',
  agent: 'codex',
  provider: 'anthropic',
  model: 'claude-haiku-4-5',
};

describe('warder access check', () => {
  beforeAll(async () => {
    await withHomeStore(home, async (_home, store) => {
      await store.addUsage([
        { ...row, person: 'ada', input: 60, cost: 2_500_000_000 },
        { ...row, person: 'grace', input: 200, cost: 0 },
      ]);
    });
  });
  afterAll(() => fs.rmSync(path.dirname(home), { recursive: true, force: true }));

  it('says that everything goes through while there are no rules', async () => {
    const { exit, stdout } = await check('--person', 'ada', '--model', 'claude-haiku-4-5');
    expect([exit, stdout]).toEqual([0, expect.stringContaining('everybody may use everything')]);
  });

  it('names the rule that allows and what is left of each budget', async () => {
    fs.writeFileSync(path.join(home, 'access.json'), JSON.stringify(rules));
    const { exit, stdout } = await check('--person', 'ada', '--model', 'claude-haiku-4-5');
    expect(exit).toBe(0);
    expect(stdout).toContain('yes: ada and claude-haiku-4-5 at anthropic: the rule core-claude allows it');
    expect(stdout).toContain('budget day (person ada, by the day): 60 of 100 tokens taken');
    expect(stdout).toContain('budget month (team core, by the month): $2.50 of $10.00 taken');
  });

  it('exits with 1 and says why when a rule or a budget refuses', async () => {
    const other = await check('--person', 'grace', '--model', 'claude-haiku-4-5');
    expect([other.exit, other.stdout]).toEqual([1, expect.stringContaining('no rule allows')]);
    fs.writeFileSync(path.join(home, 'access.json'), JSON.stringify({ ...rules, rules: [{ id: 'all' }] }));
    const { exit, stdout } = await check('--person', 'grace', '--model', 'claude-haiku-4-5', '--json');
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      allowed: false,
      rule: 'all',
      why: expect.stringContaining('200 of 100 tokens'),
      budgets: [
        { id: 'day', refuses: expect.any(String) },
        { id: 'month', of: 'team (none)', refuses: null },
      ],
    });
  });

  it('is clear about what it was not told, and about a file that is wrong', async () => {
    expect((await check('--person', 'ada')).exit).toBe(2);
    expect((await check('--model', 'what-is-this')).stderr).toContain('--provider takes one of');
    fs.writeFileSync(path.join(home, 'access.json'), '{"rules":[{"id":"x","effect":"maybe"}]}');
    const { exit, stderr } = await check('--model', 'gpt-5');
    expect([exit, stderr]).toEqual([3, expect.stringContaining('effect')]);
  });
});

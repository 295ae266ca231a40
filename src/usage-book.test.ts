import { describe, expect, it, vi } from 'vitest';
import { createGuard } from './access-guard.ts';
import type { AccessRules } from './core/access.ts';
import { noTokens, noUsage, type UsageRow } from './core/usage.ts';
import { Spending } from './decide/spending.ts';
import { openUsageBook } from './usage-book.ts';

const row: UsageRow = {
  ...noUsage,
  day: '2026-03-10',
  person: 'ada',
  team: '',
  agent: 'codex',
  provider: 'openai',
  model: 'gpt-5',
  answers: 1,
  input: 10,
};

/** A store that takes usage only while it is told to. */
function brokenStore() {
  const state = { works: false, stored: [] as UsageRow[], tries: 0 };
  return Object.assign(state, {
    async addUsage(rows: readonly UsageRow[]) {
      state.tries += 1;
      if (!state.works) throw new Error('disk full');
      state.stored.push(...rows);
    },
  });
}

describe('usage on its way to the store', () => {
  it('waits summed up while the store is broken, and is stored once, when it works again', async () => {
    const store = brokenStore();
    const trouble: string[] = [];
    const book = openUsageBook({ store, onTrouble: (code) => trouble.push(code) });
    for (let n = 0; n < 1000; n++) book.add(row);
    await vi.waitFor(() => expect(trouble).toContain('usage-unrecorded'));
    expect(book.waiting()).toBe(1);
    store.works = true;
    await vi.waitFor(() => expect(store.stored).toHaveLength(1), { timeout: 3000 });
    expect(store.stored[0]).toMatchObject({ answers: 1000, input: 10_000 });
    expect(store.tries).toBeLessThan(6);
    expect(book.waiting()).toBe(0);
    await book.close();
  });

  it('is tried once more at the end', async () => {
    const store = brokenStore();
    const book = openUsageBook({ store, onTrouble: () => {} });
    book.add(row);
    await vi.waitFor(() => expect(store.tries).toBe(1));
    store.works = true;
    await book.close();
    expect(store.stored).toHaveLength(1);
  });

  it('counts against its budget though the store takes nothing: nothing opens', async () => {
    const store = brokenStore();
    const book = openUsageBook({ store, onTrouble: () => {} });
    const rules: AccessRules = {
      mode: 'enforce',
      teams: [],
      rules: [{ id: 'all', who: {}, effect: 'allow' }],
      budgets: [{ id: 'few', who: {}, per: 'person', every: 'day', tokens: 100, unpriced: 'deny' }],
    };
    const guard = createGuard({
      rules: () => rules,
      prices: () => [],
      spending: new Spending(),
      book,
      now: () => '2026-03-10T10:00:00.000Z',
      notice: () => {},
    });
    const identity = { person: 'ada', device: 'laptop', via: 'token' } as const;
    const ask = { identity, agent: 'codex', provider: 'openai', model: 'gpt-5' };
    expect(guard.admit(ask)).toMatchObject({ ok: true });
    guard.used({
      ...ask,
      at: '2026-03-10T10:00:00.000Z',
      session: '',
      status: 200,
      firstByteMs: 1,
      totalMs: 2,
      tokens: { ...noTokens, input: 100 },
      estimated: false,
    });
    expect(guard.admit(ask)).toMatchObject({ ok: false, status: 429, retryAfter: 14 * 3600 });
    // A client that makes up names of models makes no end of rows.
    for (let n = 0; n < 5000; n++) guard.admit({ ...ask, model: `made-up-${n}` });
    expect(book.waiting()).toBeLessThan(110);
    await book.close();
  });
});

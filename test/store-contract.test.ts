import { mkdtempSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { witness } from '../src/core/coverage.ts';
import type { Page, Store } from '../src/core/store.ts';
import { type CallRecord, emptyMemory, type Receipt } from '../src/core/verdict.ts';
import { type Home, openHome } from '../src/record/home.ts';
import { firstBrokenReceipt } from '../src/record/receipts/verify.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { allowed, at, callRecord, denied, draft, hooked } from './harness/commits.ts';
import { configuredServer, deviceReport, foundAgent } from './harness/inventory.ts';

// Each test starts worker threads of its own; compiled once, they start in a third of the time.
enableCompileCache();

let dir: string;
let home: Home;
let store: Store;

/** Every store answers the same questions the same way: one more line here is one more store under the contract. */
const stores = [{ name: 'sqlite', open: (now?: () => number) => openSqlite(now) }];

const openSqlite = (now?: () => number, path = home.dbPath) =>
  openSqliteStore({ path, signingKeyPem: home.signingKeyPem, keyid: home.keyid, ...(now ? { now } : {}) });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'warder-store-'));
  home = openHome(join(dir, 'home'));
});
afterEach(async () => {
  await store?.close();
  rmSync(dir, { recursive: true, force: true });
});

async function allOf<T>(page: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const { items: some, next } = await page(cursor);
    items.push(...some);
    if (next === null) return items;
    cursor = next;
  }
}

const ids = (page: Page<{ id: string | number }>) => page.items.map(({ id }) => id);
const bodyOf = (receipt: Receipt | null | undefined) => JSON.parse(receipt?.body ?? '{}');
const verified = (receipts: Iterable<Receipt>) => firstBrokenReceipt(receipts, { publicKeyPem: home.publicKeyPem });

describe.each(stores)('the contract of a store: $name', ({ open }) => {
  beforeEach(async () => {
    store = await open();
  });

  test('a commit is answered with its signed receipt, and receipts form one chain without gaps', async () => {
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await store.commit(hooked({ id: `c${n}` })));
    const receipts = answers.map(({ receipt }) => receipt);
    expect(receipts.map((receipt) => receipt?.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(bodyOf(receipts[0])).toMatchObject({ v: 1, seq: 1, prev: '0'.repeat(64), keyid: home.keyid, call: 'c0' });
    expect(bodyOf(receipts[4]).prev).toBe(receipts[3]?.leaf);
    const { items } = await store.receipts({});
    expect(items).toEqual(receipts);
    expect(await verified(items)).toMatchObject({ count: 5, head: receipts[4]?.leaf, broken: null });
  });

  test('keeps a delivery once: a repeat is refused, and leaves no mark and no gap', async () => {
    expect(await store.delivered('d1')).toBe(false);
    await store.commit({ ...hooked({ id: 'c1' }), delivery: 'd1' });
    expect(await store.delivered('d1')).toBe(true);
    const [repeat, other] = await Promise.allSettled([
      store.commit({ ...hooked({ id: 'c2' }), delivery: 'd1' }),
      store.commit({ ...hooked({ id: 'c3' }), delivery: 'd2' }),
    ]);
    expect(repeat).toMatchObject({ status: 'rejected', reason: { code: 'repeated-delivery' } });
    expect(other).toMatchObject({ status: 'fulfilled', value: { receipt: { seq: 2 } } });
    expect(ids(await store.calls({}))).toEqual(['c3', 'c1']);
    expect(await store.delivered('d3')).toBe(false);
  });

  test('counts each call once by who told of it, as its witnesses come in', async () => {
    const told = (id: string, source: 'hook' | 'gateway' | 'transcript', phase: 'asked' | 'before' | 'result') => {
      const { verdict, ...rest } = hooked({ id }).phase ?? { phase, at: at(0), source };
      return { ...hooked({ id }), phase: { ...rest, source, phase, ...(phase === 'result' ? {} : { verdict }) } };
    };
    await store.commit(told('c1', 'gateway', 'asked'));
    await store.commit(told('c1', 'hook', 'before'));
    await store.commit(told('c2', 'transcript', 'result'));
    const rows = await store.coverage('2000-01-01');
    const sums = rows.map(({ seen, calls }) => [seen, calls]).sort();
    expect(sums).toEqual(
      [
        [witness.transcript, 1],
        [witness.hook | witness.gateway | witness.judged, 1],
      ].sort(),
    );
    expect(await store.coverage('2999-01-01')).toEqual([]);
  });

  test('tells people of one name apart by their groups, which a side that knows none does not take away', async () => {
    const by = (id: string, groups?: readonly string[], source: 'hook' | 'gateway' = 'hook') => {
      const { session, phase, ...rest } = hooked({ id });
      if (session === undefined || phase === undefined) throw new Error('a hook leaves both');
      return { ...rest, session: { ...session, ...(groups ? { groups } : {}) }, phase: { ...phase, source } };
    };
    await store.commit(by('c1', ['web', 'on-call', 'web'], 'gateway'));
    await store.commit(by('c1'));
    await store.commit(by('c2'));
    await store.commit(by('c2', ['data'], 'gateway'));
    await store.commit(by('c3', ['on-call', 'web']));
    await store.commit(by('c4'));
    const { call: _, receipt: __, ...result } = by('c4', ['data']);
    await store.commit({ ...result, session: { ...result.session, person: 'bob' }, receipt: draft('c4') });
    const rows = await store.coverage('2000-01-01');
    const calls = (groups: readonly string[] | undefined) =>
      rows
        .filter((row) => JSON.stringify(row.groups) === JSON.stringify(groups))
        .reduce((sum, row) => sum + row.calls, 0);
    expect([calls(['on-call', 'web']), calls(['data']), calls(undefined)]).toEqual([2, 1, 1]);
    expect(rows.every(({ person }) => person === 'ann')).toBe(true);
  });

  test('a commit without a receipt draft is durable and gives no receipt', async () => {
    const answer = await store.commit({
      event: { at: at(0), session: 's', agent: 'claude-code', kind: 'notice', source: 'hook', text: 'hello' },
    });
    expect(answer).toEqual({ receipt: null, alerts: [] });
    expect((await store.events({ session: 's' })).items).toMatchObject([{ seq: 1, kind: 'notice', text: 'hello' }]);
  });

  test('many commits at once each get their own receipt, in one chain', async () => {
    const answers = await Promise.all(Array.from({ length: 600 }, (_, n) => store.commit(hooked({ id: `c${n}` }))));
    answers.forEach(({ receipt }, n) => {
      expect(bodyOf(receipt).call).toBe(`c${n}`);
    });
    const receipts = await allOf((cursor) => store.receipts({ limit: 100, ...(cursor ? { cursor } : {}) }));
    expect(await verified(receipts)).toMatchObject({ count: 600, broken: null });
  });

  test('a commit that cannot be stored fails alone, and the receipts of the others stay without gaps', async () => {
    const bad = hooked({ id: 'bad-text' });
    const answers = await Promise.allSettled([
      store.commit(hooked({ id: 'one' })),
      store.commit({ ...bad, receipt: draft('bad-text', { input_hash: '\ud800' }) }),
      store.commit(hooked({ id: 'two' })),
      store.commit(hooked({ id: 'bad-number', score: Number.NaN, severity: 'low' })),
      store.commit(hooked({ id: 'three' })),
      store.commit({ phase: { phase: 'after', at: at(1), source: 'hook' } }),
      store.commit({ tools: [{ name: 'x', server: 's', digest: (() => 1) as unknown as string }] }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    for (const answer of answers) if (answer.status === 'rejected') expect(answer.reason).toBeInstanceOf(Error);
    expect((await store.receipts({})).items.map((receipt) => bodyOf(receipt).call)).toEqual(['one', 'two', 'three']);
    expect(await store.call('bad-number')).toBeNull();
    expect((await store.overview(at(0))).calls).toBe(3);
  });

  test('receipt times never go back, whatever the clock does', async () => {
    await store.close();
    const clock = [5_000, 4_000, 9_000, 1_000];
    store = await open(() => clock.shift() ?? 0);
    for (let n = 0; n < 4; n++) await store.commit(hooked({ id: `c${n}` }));
    const times = (await store.receipts({})).items.map((receipt) => Date.parse(bodyOf(receipt).ts));
    expect(times).toEqual([5_000, 5_000, 9_000, 9_000]);
  });

  test('what was committed is there after closing and opening again, and the chain goes on', async () => {
    const first = await store.commit(hooked({ id: 'c1' }));
    await store.close();
    store = await open();
    const second = await store.commit(hooked({ id: 'c2' }));
    expect(bodyOf(second.receipt)).toMatchObject({ seq: 2, prev: first.receipt?.leaf });
    expect((await store.call('c1'))?.id).toBe('c1');
  });

  test('closing answers what was asked before, and refuses what comes after', async () => {
    const asked = Promise.all(Array.from({ length: 50 }, (_, n) => store.commit(hooked({ id: `c${n}` }))));
    await store.close();
    expect((await asked).length).toBe(50);
    await expect(store.commit(hooked({ id: 'late' }))).rejects.toThrow('The store is closed');
  });

  describe('calls', () => {
    test('a call comes back as it was given, with its phases and the receipt of its last decision', async () => {
      const given = callRecord({
        id: 'c1',
        subagent: 'sub',
        findings: [{ detector: 'd', weight: 5, severity: 'low', why: 'w' }],
      });
      await store.commit({ ...hooked(given), call: given });
      const outcome = { status: 'ok', durationMs: 12, excerpt: 'done', secrets: 0 };
      const after = { phase: 'after' as const, at: at(1), source: 'hook' as const, outcome };
      const { receipt } = await store.commit({
        call: given,
        phase: after,
        receipt: draft('c1', { kind: 'outcome', phase: 'after', outcome: { status: 'ok' } }),
      });
      expect(await store.call('c1')).toEqual({
        ...given,
        receipt: 1,
        phases: [
          { phase: 'before', at: at(0), source: 'hook', verdict: allowed, receipt: 1 },
          { ...after, receipt: receipt?.seq },
        ],
      });
    });

    test('a later record of the same call replaces its words, and its earliest time stays', async () => {
      await store.commit(hooked({ id: 'c1', at: at(5), score: 10 }));
      await store.commit(hooked({ id: 'c1', at: at(9), score: 95, tool: 'Shell' }, denied));
      expect(await store.call('c1')).toMatchObject({
        at: at(5),
        score: 95,
        tool: 'Shell',
        effective: 'deny',
        receipt: 2,
      });
      await store.commit(hooked({ id: 'c1', at: at(2), score: 95 }, denied));
      expect((await store.call('c1'))?.at).toBe(at(2));
      expect((await store.calls({})).items.length).toBe(1);
    });

    test('a phase may come with the receipt alone and still finds its call', async () => {
      await store.commit(hooked({ id: 'c1' }));
      await store.commit({
        phase: { phase: 'result', at: at(3), source: 'gateway' },
        receipt: draft('c1', { kind: 'outcome' }),
      });
      expect((await store.call('c1'))?.phases.map(({ phase, receipt }) => [phase, receipt])).toEqual([
        ['before', 1],
        ['result', 2],
      ]);
      expect((await store.agents()).items[0]).toMatchObject({ calls: 1, viaHook: 1, viaGateway: 1 });
    });

    test('an unknown call is null', async () => {
      expect(await store.call('none')).toBeNull();
    });

    test('every filter finds its calls, newest first', async () => {
      await store.commit(hooked({ id: 'a', at: at(1), session: 's1', tool: 'Read' }));
      await store.commit(hooked({ id: 'b', at: at(3), session: 's2', person: 'bob', score: 45 }));
      await store.commit(hooked({ id: 'c', at: at(2), session: 's1', agent: 'codex', score: 95 }, denied));
      expect(ids(await store.calls({}))).toEqual(['b', 'c', 'a']);
      expect(ids(await store.calls({ session: 's1' }))).toEqual(['c', 'a']);
      expect(ids(await store.calls({ person: 'bob' }))).toEqual(['b']);
      expect(ids(await store.calls({ agent: 'codex' }))).toEqual(['c']);
      expect(ids(await store.calls({ tool: 'Read' }))).toEqual(['a']);
      expect(ids(await store.calls({ severity: 'critical' }))).toEqual(['c']);
      expect(ids(await store.calls({ severity: 'low' }))).toEqual(['a']);
      expect(ids(await store.calls({ minScore: 40 }))).toEqual(['b', 'c']);
      expect(ids(await store.calls({ minScore: 10 }))).toEqual(['b', 'c', 'a']);
      expect(ids(await store.calls({ decision: 'deny' }))).toEqual(['c']);
      expect(ids(await store.calls({ decision: 'allow' }))).toEqual(['b', 'a']);
      expect(ids(await store.calls({ effective: 'deny' }))).toEqual(ids(await store.calls({ decision: 'deny' })));
      expect(ids(await store.calls({ effective: 'allow' }))).toEqual(['b', 'a']);
      expect(ids(await store.calls({ since: at(2) }))).toEqual(['b', 'c']);
      expect(ids(await store.calls({ until: at(2) }))).toEqual(['a']);
      expect(ids(await store.calls({ session: 's1', minScore: 50, decision: 'deny' }))).toEqual(['c']);
      expect(ids(await store.calls({ session: `s1' OR 1=1 --` }))).toEqual([]);
    });

    test('text is found in the input as it was written, whatever signs it holds', async () => {
      const command = (id: string, text: string) => store.commit(hooked({ id, input: { command: text } }));
      await command('plain', 'git push origin main');
      await command('quote', 'echo "50% done" > a_b\\c');
      await command('other', 'echo 500 done > axb/c');
      expect(ids(await store.calls({ text: 'PUSH origin' }))).toEqual(['plain']);
      expect(ids(await store.calls({ text: '"50% done"' }))).toEqual(['quote']);
      expect(ids(await store.calls({ text: 'a_b\\c' }))).toEqual(['quote']);
      expect(ids(await store.calls({ text: 'done' }))).toEqual(['other', 'quote']);
      expect(ids(await store.calls({ text: '' }))).toHaveLength(3);
    });

    test('pages follow one another without gap or repetition, also for calls of the same moment', async () => {
      await Promise.all(Array.from({ length: 25 }, (_, n) => store.commit(hooked({ id: `c${n}`, at: at(n % 3) }))));
      const pages: number[] = [];
      const all = await allOf(async (cursor) => {
        const page = await store.calls({ limit: 10, ...(cursor ? { cursor } : {}) });
        pages.push(page.items.length);
        return page;
      });
      expect(pages).toEqual([10, 10, 5]);
      expect(new Set(all.map(({ id }) => id)).size).toBe(25);
      expect(all.map((call) => call.at)).toEqual(
        all
          .map((call) => call.at)
          .sort()
          .reverse(),
      );
    });

    test('a page that ends exactly at the last item has no next', async () => {
      await Promise.all([1, 2].map((n) => store.commit(hooked({ id: `c${n}` }))));
      expect((await store.calls({ limit: 2 })).next).toBeNull();
      expect((await store.calls({ limit: 0 })).items).toHaveLength(1);
      expect((await store.calls({ limit: 1e9 })).items).toHaveLength(2);
    });

    test('a cursor that is damaged or of another list is refused by code', async () => {
      await Promise.all([1, 2].map((n) => store.commit(hooked({ id: `c${n}` }))));
      const { next } = await store.calls({ limit: 1 });
      await expect(store.calls({ cursor: 'rubbish' })).rejects.toMatchObject({ code: 'bad-cursor' });
      await expect(store.calls({ cursor: '' })).rejects.toMatchObject({ code: 'bad-cursor' });
      await expect(store.sessions({ cursor: next ?? '' })).rejects.toMatchObject({ code: 'bad-cursor' });
      await expect(store.calls({ cursor: next ?? '' })).resolves.toMatchObject({ next: null });
    });

    test('a search through a long history reaches its end by following next', async () => {
      const texts = ['needle first', ...Array.from({ length: 6_000 }, () => 'hay')];
      const input = (command: string, n: number) => hooked({ id: `c${n}`, at: at(n / 60), input: { command } });
      await Promise.all(texts.map((command, n) => store.commit(input(command, n))));
      const found = await allOf((cursor) => store.calls({ text: 'needle', ...(cursor ? { cursor } : {}) }));
      expect(found.map(({ id }) => id)).toEqual(['c0']);
      const hay = await allOf((cursor) => store.calls({ text: 'hay', limit: 1_000, ...(cursor ? { cursor } : {}) }));
      expect(new Set(hay.map(({ id }) => id)).size).toBe(6_000);
      expect(hay).toHaveLength(6_000);
    });

    test('a page of huge calls is shorter than its limit, and next goes on', async () => {
      const content = 'x'.repeat(60_000);
      const action = { kind: 'file-write', path: '/a', content } as const;
      await Promise.all(
        Array.from({ length: 150 }, (_, n) => store.commit(hooked({ id: `c${n}`, input: { content }, action }))),
      );
      const first = await store.calls({ limit: 1_000 });
      expect(first.items.length).toBeLessThan(100);
      expect(first.items.length).toBeGreaterThan(50);
      const all = await allOf((cursor) => store.calls({ limit: 1_000, ...(cursor ? { cursor } : {}) }));
      expect(new Set(all.map(({ id }) => id)).size).toBe(150);
    });

    test('an input over 64 KiB is cut to valid JSON that says how much went, and keeps its beginning', async () => {
      const content = `${'x'.repeat(70_000)}😀`;
      const input = { file_path: '/a', content, edits: Array.from({ length: 30_000 }, (_, n) => n) };
      await store.commit(hooked({ id: 'big', input, action: { kind: 'file-write', path: '/a', content } }));
      const call = await store.call('big');
      expect(call?.input).toMatchObject({ file_path: '/a' });
      const kept = JSON.stringify(call?.input);
      expect(kept.length).toBeLessThan(65_536);
      expect(kept).toMatch(/x{1000}… \[[0-9]+ characters cut\]/);
      expect(kept).toMatch(/\[[0-9]+ more items cut\]/);
      expect(call?.action).toMatchObject({ kind: 'file-write', path: '/a' });
    });

    test('an input nested deeper than the stack is stored as cut, not lost', async () => {
      let deep: unknown = 'core';
      for (let n = 0; n < 50_000; n++) deep = [deep];
      await store.commit(hooked({ id: 'deep', input: deep }));
      expect(JSON.stringify((await store.call('deep'))?.input)).toContain('[cut: nested too deeply]');
    });

    test('zero bytes, lone surrogates and every language survive', async () => {
      const input = { command: 'a\0b \ud83d\ude00 日本 \u202e \ud800' };
      await store.commit(hooked({ id: 'odd', tool: 'B\0ash', input }));
      expect(await store.call('odd')).toMatchObject({ tool: 'B\0ash', input });
    });
  });

  describe('sessions', () => {
    const touch = { id: 's1', agent: 'claude-code', person: 'ann', device: 'laptop' };

    test('a session sums up its calls', async () => {
      await store.commit(hooked({ id: 'c1', at: at(1) }));
      await store.commit(hooked({ id: 'c2', at: at(7), score: 92 }, denied));
      await store.commit(hooked({ id: 'c1', at: at(1), score: 50 }));
      expect(await store.session('session-1')).toEqual({
        id: 'session-1',
        agent: 'claude-code',
        agentVersion: '2.1.0',
        person: 'ann',
        device: 'laptop',
        cwd: '/home/ann/app',
        startedAt: at(1),
        lastAt: at(7),
        endedAt: null,
        calls: 2,
        denied: 1,
        maxScore: 92,
        severity: 'critical',
        title: '',
      });
      expect(await store.session('none')).toBeNull();
    });

    test('its title is the first prompt in one line of at most 200 characters', async () => {
      const prompt = (text: string) =>
        store.commit({
          session: { ...touch, at: at(0) },
          event: { at: at(0), session: 's1', agent: 'claude-code', kind: 'prompt', source: 'hook', text },
        });
      await prompt(`Fix\n the   build ${'😀'.repeat(300)}`);
      await prompt('another');
      const title = (await store.session('s1'))?.title ?? '';
      expect(title.startsWith('Fix the build 😀')).toBe(true);
      expect([...title]).toHaveLength(200);
    });

    test('it ends, and lives again when it is resumed', async () => {
      await store.commit({ session: { ...touch, at: at(1), ended: at(1) } });
      expect((await store.session('s1'))?.endedAt).toBe(at(1));
      await store.commit({ session: { ...touch, at: at(2) } });
      expect((await store.session('s1'))?.endedAt).toBe(at(1));
      const event = {
        at: at(3),
        session: 's1',
        agent: 'claude-code',
        kind: 'session-start',
        source: 'hook',
        text: 'resume',
      } as const;
      await store.commit({ session: { ...touch, at: at(3) }, event });
      expect(await store.session('s1')).toMatchObject({ endedAt: null, startedAt: at(1), lastAt: at(3) });
    });

    test('its memory is the last one given', async () => {
      expect(await store.sessionMemory('s1')).toBeNull();
      await store.commit({
        session: { ...touch, at: at(1), memory: { ...emptyMemory, untrusted: { c1: 'web page' } } },
      });
      await store.commit({ session: { ...touch, at: at(2) } });
      expect(await store.sessionMemory('s1')).toEqual({ ...emptyMemory, untrusted: { c1: 'web page' } });
    });

    test('they are listed by last activity, with filters and pages', async () => {
      for (const [n, person] of ['ann', 'bob', 'ann'].entries()) {
        await store.commit(hooked({ id: `c${n}`, session: `s${n}`, at: at(n), person, score: n * 40 }));
      }
      expect(ids(await store.sessions({}))).toEqual(['s2', 's1', 's0']);
      expect(ids(await store.sessions({ person: 'ann' }))).toEqual(['s2', 's0']);
      expect(ids(await store.sessions({ minScore: 40 }))).toEqual(['s2', 's1']);
      expect(ids(await store.sessions({ agent: 'codex' }))).toEqual([]);
      const all = await allOf((cursor) => store.sessions({ limit: 1, ...(cursor ? { cursor } : {}) }));
      expect(all.map(({ id }) => id)).toEqual(['s2', 's1', 's0']);
    });

    test('they can be those of one device', async () => {
      await store.commit(hooked({ id: 'c1', session: 's1', at: at(1), device: 'mac-1' }));
      await store.commit(hooked({ id: 'c2', session: 's2', at: at(2), device: 'mac-11' }));
      await store.commit(hooked({ id: 'c3', session: 's3', at: at(3), device: 'mac-1' }));
      expect(ids(await store.sessions({ device: 'mac-1' }))).toEqual(['s3', 's1']);
      expect(ids(await store.sessions({ device: 'mac' }))).toEqual([]);
    });

    test('a call without a session id makes no session', async () => {
      await store.commit(hooked({ id: 'c1', session: '' }));
      expect((await store.sessions({})).items).toEqual([]);
    });

    test('its timeline lists events in order, long texts cut', async () => {
      for (const [n, text] of ['one', 'y'.repeat(20_000), 'three'].entries()) {
        const event = {
          at: at(n),
          session: 's1',
          agent: 'claude-code',
          kind: 'answer',
          source: 'gateway',
          text,
        } as const;
        await store.commit({ event: { ...event, ...(n === 0 ? { subagent: 'sub' } : {}) } });
      }
      const events = await allOf((cursor) => store.events({ session: 's1', limit: 2, ...(cursor ? { cursor } : {}) }));
      expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(events[0]).toMatchObject({ text: 'one', subagent: 'sub' });
      expect(events[1]?.text).toMatch(/^y{16384}… \[3616 characters cut\]$/);
      expect((await store.events({ session: 'other' })).items).toEqual([]);
    });
  });

  describe('alerts', () => {
    const alert = {
      key: 'k1',
      severity: 'alert',
      score: 75,
      detector: 'd',
      title: 'A',
      session: 's1',
      agent: 'claude-code',
      person: 'ann',
      call: 'c1',
    } as const;
    const raise = (minute: number, more: object = {}) =>
      store.commit({
        phase: { phase: 'before', at: at(minute), source: 'hook' },
        receipt: draft('c1'),
        alerts: [{ ...alert, ...more }],
      });

    test('the same key counts up while nobody closed it, and keeps the worst', async () => {
      const first = (await raise(0)).alerts;
      expect(first).toMatchObject([{ id: 1, count: 1, firstAt: at(0), lastAt: at(0), state: 'open', note: '' }]);
      const second = (await raise(5, { severity: 'critical', score: 95, title: 'Worse', call: 'c2' })).alerts;
      expect(second).toMatchObject([
        { id: 1, count: 2, firstAt: at(0), lastAt: at(5), severity: 'critical', score: 95, title: 'Worse', call: 'c2' },
      ]);
      expect((await raise(6)).alerts).toMatchObject([
        { id: 1, count: 3, severity: 'critical', score: 95, title: 'Worse' },
      ]);
      expect((await raise(7, { key: 'k2' })).alerts).toMatchObject([{ id: 2, count: 1 }]);
    });

    test('after 24 hours of silence it is raised anew', async () => {
      await raise(0);
      await raise(23 * 60);
      expect((await raise(40 * 60)).alerts).toMatchObject([{ id: 1, count: 3 }]);
      expect((await raise(40 * 60 + 24 * 60 + 1)).alerts).toMatchObject([{ id: 2, count: 1 }]);
    });

    test.each([
      ['acknowledged', 1],
      ['resolved', 2],
      ['false-positive', 2],
    ] as const)('one that is %s is then alert %i', async (state, id) => {
      await raise(0);
      const change = { state, note: 'seen', by: 'eve', at: at(1) };
      expect(await store.triage(1, change)).toMatchObject({ id: 1, state, note: 'seen' });
      expect((await raise(2)).alerts).toMatchObject([{ id }]);
      expect(ids(await store.alerts({ state }))).toEqual([1]);
    });

    test('those of a device are those of its sessions, and of what was altered on it', async () => {
      await store.commit(hooked({ id: 'c1', session: 's1', at: at(0), device: 'mac-1' }));
      await raise(1, { key: 'of its session', session: 's1' });
      await raise(2, { key: 'of another session', session: 's2' });
      const altered = { session: '', detector: 'hooks-altered' };
      await raise(3, { ...altered, key: 'codex|ann|hooks-altered|mac-1 /home/ann/.codex/config.toml' });
      await raise(4, { ...altered, key: 'codex|ann|hooks-altered|mac-11 /home/ann/mac-1 /x' });
      expect(ids(await store.alerts({ device: 'mac-1' }))).toEqual([3, 1]);
      expect(ids(await store.alerts({ device: 'mac-1', state: 'resolved' }))).toEqual([]);
      expect(ids(await store.alerts({ device: 'mac' }))).toEqual([]);
    });

    test('two in one commit, two at once: each is counted', async () => {
      const { alerts } = await store.commit({ alerts: [alert, alert, { ...alert, key: 'k2' }] });
      expect(alerts.map(({ id, count }) => [id, count])).toEqual([
        [1, 1],
        [1, 2],
        [2, 1],
      ]);
    });

    test('they are listed by last sighting, with filters and pages', async () => {
      await raise(0);
      await raise(1, { key: 'k2', severity: 'critical' });
      await raise(2, { key: 'k3' });
      await raise(3);
      expect(ids(await store.alerts({}))).toEqual([1, 3, 2]);
      expect(ids(await store.alerts({ severity: 'critical' }))).toEqual([2]);
      const all = await allOf((cursor) => store.alerts({ limit: 2, ...(cursor ? { cursor } : {}) }));
      expect(all.map(({ id }) => id)).toEqual([1, 3, 2]);
      expect(await store.triage(99, { state: 'resolved', note: '', by: 'eve', at: at(1) })).toBeNull();
    });
  });

  test('MCP servers are known from their declared tools and from calls', async () => {
    const session = { id: 's1', agent: 'claude-code', person: 'ann', device: 'laptop', at: at(0) };
    const tools = [
      { name: 'search', server: 'docs', digest: 'd1' },
      { name: 'fetch', server: 'docs' },
      { name: 'Bash' },
    ];
    await store.commit({ session, tools });
    await store.commit({
      session: { ...session, at: at(30), agent: 'codex' },
      tools: [{ name: 'search', server: 'docs', digest: 'd2' }],
    });
    const action = { kind: 'mcp', server: 'docs', tool: 'search' } as const;
    await store.commit(hooked({ id: 'c1', at: at(40), tool: 'mcp__docs__search', action }));
    await store.commit(hooked({ id: 'c1', at: at(40), tool: 'mcp__docs__search', action }));
    await store.commit(
      hooked({ id: 'c2', at: at(41), tool: 'mcp__new__run', action: { ...action, server: 'new', tool: 'run' } }),
    );
    const unsaid = { description: '', parameters: [], annotations: {}, findings: [], changedAt: null };
    expect((await store.mcpServers()).items).toEqual([
      {
        name: 'docs',
        agents: ['claude-code', 'codex'],
        firstAt: at(0),
        lastAt: at(40),
        calls: 1,
        tools: [
          { name: 'search', calls: 1, firstAt: at(0), lastAt: at(40), digest: 'd2', ...unsaid },
          { name: 'fetch', calls: 0, firstAt: at(0), lastAt: at(0), digest: null, ...unsaid },
        ],
      },
      {
        name: 'new',
        agents: ['claude-code'],
        firstAt: at(41),
        lastAt: at(41),
        calls: 1,
        tools: [{ name: 'run', calls: 1, firstAt: at(41), lastAt: at(41), digest: null, ...unsaid }],
      },
    ]);
  });

  test('what a server says of a tool is kept version by version, with who said it, the first and the latest ones', async () => {
    const fact = { what: 'order' as const, weight: 65, why: 'Gives orders.', field: 'description', start: 0, end: 4 };
    const say = (minute: number, session: string, agent: string, digest: string, isNew = true) =>
      store.commit({
        session: { id: session, agent, person: 'ann', device: 'laptop', at: at(minute) },
        tools: [{ name: 'search', server: 'docs', digest }],
        toolVersions: isNew
          ? [
              {
                server: 'docs',
                tool: 'search',
                digest,
                description: `Searches. ${digest}`,
                schema: '{"type":"object"}',
                annotations: { readOnlyHint: true },
                parameters: ['query'],
                findings: digest === 'd2' ? [fact] : [],
              },
            ]
          : [],
      });
    await say(0, 's1', 'claude-code', 'd1');
    await say(1, 's2', 'codex', 'd1', false);
    await say(1, 's2', 'codex', 'd1', false);
    await say(2, 's2', 'codex', 'd2');
    const said = await store.mcpTool('docs', 'search');
    expect(said).toMatchObject({ server: 'docs', name: 'search', firstAt: at(0), lastAt: at(2), calls: 0 });
    expect(said?.versions).toMatchObject([
      { digest: 'd2', firstAt: at(2), agents: ['codex'], sessions: 1, findings: [fact] },
      {
        digest: 'd1',
        firstAt: at(0),
        lastAt: at(1),
        agents: ['claude-code', 'codex'],
        sessions: 2,
        firstSession: 's1',
        lastSession: 's2',
        description: 'Searches. d1',
        schema: '{"type":"object"}',
        annotations: { readOnlyHint: true },
      },
    ]);
    expect((await store.mcpServers()).items[0]?.tools[0]).toMatchObject({
      description: 'Searches. d2',
      parameters: ['query'],
      findings: [fact],
      changedAt: at(2),
    });
    // Back to what it said first: that is what it says now.
    await say(3, 's3', 'codex', 'd1', false);
    expect((await store.mcpTool('docs', 'search'))?.versions.map(({ digest }) => digest)).toEqual(['d1', 'd2']);
    for (let n = 10; n < 50; n += 1) await say(n, 's4', 'codex', `d${n}`);
    const digests = (await store.mcpTool('docs', 'search'))?.versions.map(({ digest }) => digest) ?? [];
    expect(digests).toHaveLength(20);
    expect([digests[0], digests.at(-1)]).toEqual(['d49', 'd1']);
    expect(await store.mcpTool('docs', 'none')).toBeNull();
  });

  test('agents know their versions, people, sessions and where their calls were seen', async () => {
    await store.commit(hooked({ id: 'c1', session: 's1' }));
    const second = hooked({ id: 'c2', session: 's2', person: 'bob', at: at(9) });
    await store.commit({ ...second, phase: { phase: 'asked', at: at(9), source: 'gateway' } });
    await store.commit({ ...second, phase: { phase: 'before', at: at(9), source: 'hook' } });
    expect((await store.agents()).items).toEqual([
      {
        agent: 'claude-code',
        versions: ['2.1.0'],
        people: ['ann', 'bob'],
        firstAt: at(0),
        lastAt: at(9),
        sessions: 2,
        calls: 2,
        viaHook: 2,
        viaGateway: 1,
      },
    ]);
  });

  test('the overview counts each call once, by its last verdict, from the full hour on', async () => {
    const wouldDeny = { ...denied, enforced: false, effective: 'allow' } as const;
    await store.commit(hooked({ id: 'old', at: at(-120) }));
    await store.commit(hooked({ id: 'c1', at: at(5), session: 's1', score: 10 }));
    await store.commit(hooked({ id: 'c1', at: at(5), session: 's1', score: 95 }, denied));
    await store.commit(
      hooked({ id: 'c2', at: at(70), session: 's2', person: 'bob', score: 75, tool: 'Write' }, wouldDeny),
    );
    await store.commit({
      event: { at: at(71), session: 's2', agent: 'claude-code', kind: 'unparsed', source: 'hook', text: '?' },
    });
    const alert = {
      key: 'k',
      severity: 'alert',
      score: 75,
      detector: 'd',
      title: 'A',
      session: 's2',
      agent: 'claude-code',
      person: 'ann',
      call: 'c2',
    } as const;
    await store.commit({
      phase: { phase: 'after', at: at(72), source: 'hook' },
      receipt: draft('c2'),
      alerts: [alert],
    });
    expect(await store.overview(at(30))).toEqual({
      since: at(0),
      calls: 2,
      sessions: 2,
      people: 2,
      denied: 1,
      wouldDeny: 1,
      openAlerts: 1,
      bySeverity: { low: 0, review: 0, alert: 1, critical: 1 },
      byHour: [
        { hour: at(0), calls: 1, alerts: 0 },
        { hour: at(60), calls: 1, alerts: 1 },
      ],
      topTools: [
        { tool: 'Bash', calls: 1, maxScore: 95 },
        { tool: 'Write', calls: 1, maxScore: 75 },
      ],
      unparsedEvents: 1,
    });
    expect((await store.overview(at(-600))).calls).toBe(3);
  });

  test('every sum equals what counting the calls gives, however calls change', async () => {
    let seed = 7;
    const pick = <T>(from: readonly T[]): T => {
      seed = (seed * 48_271) % 2_147_483_647;
      return from[seed % from.length] as T;
    };
    const wouldDeny = { ...denied, enforced: false, effective: 'allow' } as const;
    const commits = Array.from({ length: 600 }, () => {
      const source = pick(['hook', 'gateway'] as const);
      const commit = hooked(
        {
          id: `c${pick([...Array(80).keys()])}`,
          at: at(pick([0, 10, 59, 60, 70, 125])),
          session: pick(['s1', 's2', 's3']),
          tool: pick(['Bash', 'Read', 'Write']),
          agent: pick(['claude-code', 'codex']),
          score: pick([0, 45, 75, 95]),
        },
        pick([allowed, denied, wouldDeny]),
      );
      return { ...commit, phase: { phase: 'before', at: at(0), source } as const };
    });
    for (let n = 0; n < commits.length; n += 40)
      await Promise.all(commits.slice(n, n + 40).map((one) => store.commit(one)));
    const calls = (await store.calls({ limit: 1_000 })).items;
    const count = (wanted: (call: CallRecord) => boolean) => calls.filter(wanted).length;
    const sums = await store.overview(at(0));
    expect(sums).toMatchObject({
      calls: calls.length,
      denied: count((call) => call.effective === 'deny'),
      wouldDeny: count((call) => call.decision === 'deny' && call.effective !== 'deny'),
      bySeverity: {
        low: count((call) => call.severity === 'low'),
        review: count((call) => call.severity === 'review'),
        alert: count((call) => call.severity === 'alert'),
        critical: count((call) => call.severity === 'critical'),
      },
    });
    for (const { hour, calls: counted } of sums.byHour) {
      expect(counted).toBe(count((call) => call.at.slice(0, 13) === hour.slice(0, 13)));
    }
    for (const { tool, calls: counted } of sums.topTools) expect(counted).toBe(count((call) => call.tool === tool));
    for (const session of (await store.sessions({})).items) {
      expect(session.calls).toBe(count((call) => call.session === session.id));
      expect(session.denied).toBe(count((call) => call.session === session.id && call.effective === 'deny'));
    }
    for (const { agent, calls: counted, viaHook, viaGateway } of (await store.agents()).items) {
      const via = (source: string) =>
        count((call) => call.agent === agent && call.phases.some((phase) => phase.source === source));
      expect([counted, viaHook, viaGateway]).toEqual([
        count((call) => call.agent === agent),
        via('hook'),
        via('gateway'),
      ]);
    }
  });

  test('receipts are found by number and by call', async () => {
    for (const id of ['a', 'b', 'a', 'c']) await store.commit(hooked({ id }));
    await store.commit({ receipt: draft('', { kind: 'system', phase: 'system', note: 'started' }) });
    const seqs = async (query: Parameters<Store['receipts']>[0]) =>
      (await store.receipts(query)).items.map(({ seq }) => seq);
    expect(await seqs({ from: 3 })).toEqual([3, 4, 5]);
    expect(await seqs({ call: 'a' })).toEqual([1, 3]);
    expect(await seqs({ call: 'a', from: 2 })).toEqual([3]);
    const all = await allOf((cursor) => store.receipts({ limit: 2, ...(cursor ? { cursor } : {}) }));
    expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a report of a device takes the place of the one before, and what it names keeps its first sighting', async () => {
    const server = configuredServer({ name: 'notes', host: '', command: 'npx -y notes-mcp' });
    expect(await store.inventoryKnows('report', '')).toBe(false);
    await store.commit({ inventory: deviceReport({ at: at(1), agents: [foundAgent('codex')], servers: [server] }) });
    const second = deviceReport({ at: at(5), agents: [foundAgent('codex'), foundAgent('cursor')], servers: [] });
    await store.commit({ inventory: second });
    // One that was under way for long does not put the past in the place of the present.
    await store.commit({ inventory: deviceReport({ at: at(3), agents: [] }) });
    expect(await store.inventoryOf('laptop')).toEqual([{ ...second, firstAt: at(1), lastAt: at(5) }]);
    expect(await store.inventoryAgents()).toMatchObject([
      { agent: 'codex', devices: 1, people: ['ann'], firstAt: at(1), lastAt: at(5) },
      { agent: 'cursor', firstAt: at(5) },
    ]);
    expect(await store.inventoryServers()).toEqual([]);
    expect(await store.inventoryKnows('agent', 'cursor')).toBe(true);
    expect(await store.inventoryKnows('server', 'notes', 'npx')).toBe(false);
    expect(await store.inventoryKnows('report', '')).toBe(true);
  });

  test('agents, servers and devices of several sources are summed up', async () => {
    const pinned = { registry: 'npm', name: 'notes-mcp', version: '1.2.3', pinned: true };
    const one = configuredServer({ name: 'notes', package: pinned, trust: ['trust'] });
    const other = configuredServer({
      name: 'notes',
      agent: 'cursor',
      package: { ...pinned, version: '', pinned: false },
    });
    await store.commit({
      inventory: deviceReport({
        at: at(1),
        agents: [foundAgent('codex', { hooks: 'installed' })],
        servers: [one, other],
      }),
    });
    await store.commit({
      inventory: deviceReport({ source: 'osquery', at: at(2), agents: [foundAgent('codex', { running: 2 })] }),
    });
    await store.commit({
      inventory: deviceReport({
        device: 'tower',
        name: 'Tower',
        person: 'ben',
        at: at(3),
        agents: [foundAgent('codex')],
      }),
    });
    expect(await store.inventoryAgents()).toMatchObject([
      { agent: 'codex', devices: 2, hooks: 1, running: 1, people: ['ann', 'ben'], sources: ['osquery', 'warder'] },
    ]);
    expect(await store.inventoryServers()).toMatchObject([
      {
        name: 'notes',
        runs: 'npm:notes-mcp',
        devices: 1,
        agents: ['codex', 'cursor'],
        versions: ['1.2.3'],
        pinned: false,
        trusted: 1,
      },
    ]);
    expect(await store.inventoryDevices()).toMatchObject([
      {
        device: 'laptop',
        sources: ['osquery', 'warder'],
        agents: ['codex'],
        hooked: ['codex'],
        servers: 2,
        lastAt: at(2),
      },
      { device: 'tower', people: ['ben'], hooked: [] },
    ]);
  });

  test('who was seen calling from where is counted by agent, device and person', async () => {
    await store.commit(hooked({ id: 'c1' }));
    await store.commit(hooked({ id: 'c2', at: at(3), device: 'tower' }));
    await store.commit(hooked({ id: 'c2', at: at(3), device: 'tower' }));
    expect(await store.sightings()).toMatchObject([
      { agent: 'claude-code', device: 'tower', person: 'ann', calls: 1, viaHook: 1, viaGateway: 0, lastAt: at(3) },
      { agent: 'claude-code', device: 'laptop', calls: 1 },
    ]);
  });

  test('settings are kept, replaced and removed', async () => {
    expect(await store.setting('mode')).toBeNull();
    await store.setSetting('mode', 'observe');
    await store.setSetting('mode', 'enforce');
    expect(await store.setting('mode')).toBe('enforce');
    await store.setSetting('mode', null);
    expect(await store.setting('mode')).toBeNull();
  });

  test('a setting is changed only from what it was seen to be', async () => {
    expect(await store.changeSetting('keys', 'something', 'a')).toBe(false);
    expect(await store.setting('keys')).toBeNull();
    expect(await store.changeSetting('keys', null, 'a')).toBe(true);
    expect(await store.changeSetting('keys', null, 'b')).toBe(false);
    expect(await store.changeSetting('keys', 'a', 'b')).toBe(true);
    expect(await store.setting('keys')).toBe('b');
    expect(await store.settingNames()).toEqual(['keys']);
    expect(await store.changeSetting('keys', 'b', null)).toBe(true);
    expect(await store.setting('keys')).toBeNull();
  });

  test('a checkpoint says how far the log had come, and holds against what follows', async () => {
    const empty = await store.checkpoint();
    expect(empty).toMatchObject({ v: 1, size: 0, head: '0'.repeat(64), keyid: home.keyid });
    await store.commit(hooked({ id: 'c1' }));
    const { receipt } = await store.commit(hooked({ id: 'c2' }));
    const checkpoint = await store.checkpoint();
    expect(checkpoint).toMatchObject({ size: 2, head: receipt?.leaf });
    await store.commit(hooked({ id: 'c3' }));
    const { items } = await store.receipts({});
    for (const saved of [empty, checkpoint]) {
      const found = await firstBrokenReceipt(items, { publicKeyPem: home.publicKeyPem, checkpoint: saved });
      expect(found).toMatchObject({ count: 3, broken: null });
    }
  });
});

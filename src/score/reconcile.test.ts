import { describe, expect, it } from 'vitest';
import type { CallRecord, Decision, Phase, PhaseRecord } from '../core/verdict.ts';
import { differsFromAsked, reconcile, resultDiffers } from './reconcile.ts';

const at = '2026-01-01T00:00:00.000Z';

const phase = (name: Phase, more: { effective?: Decision; status?: string } = {}): PhaseRecord => ({
  phase: name,
  at,
  source: name === 'asked' || name === 'result' ? 'gateway' : 'hook',
  ...(more.effective === undefined
    ? {}
    : { verdict: { decision: more.effective, enforced: true, effective: more.effective, rules: [], why: '' } }),
  ...(more.status === undefined ? {} : { outcome: { status: more.status, excerpt: '', secrets: 0 } }),
});

const call = (...phases: PhaseRecord[]): CallRecord => ({
  id: 'c1',
  at,
  session: 's1',
  toolUseId: 'toolu_1',
  person: 'ada',
  device: 'd',
  agent: 'claude-code',
  tool: 'Bash',
  action: { kind: 'shell', command: 'x' },
  input: {},
  effects: [],
  unparsed: false,
  opaque: [],
  score: 0,
  severity: 'low',
  findings: [],
  decision: 'allow',
  enforced: true,
  effective: 'allow',
  rules: [],
  why: '',
  phases,
  receipt: null,
});

const hooked = { hooksExpected: true, gatewayExpected: true };
const bare = { hooksExpected: false };
const ids = (record: CallRecord, facts: Parameters<typeof reconcile>[1]): string[] =>
  reconcile(record, facts).map(({ detector }) => detector);

describe('reconciling the phases of a call', () => {
  it('finds nothing in a call that went the whole way', () => {
    const whole = call(
      phase('asked', { effective: 'allow' }),
      phase('before', { effective: 'allow' }),
      phase('after', { status: 'ok' }),
      phase('result', { status: 'ok' }),
    );
    expect(reconcile(whole, hooked)).toEqual([]);
  });

  it('waits: a call that is under way is no finding', () => {
    expect(reconcile(call(phase('asked', { effective: 'allow' })), hooked)).toEqual([]);
    expect(
      reconcile(call(phase('asked', { effective: 'allow' }), phase('before', { effective: 'allow' })), hooked),
    ).toEqual([]);
  });

  it('alerts when a call ran after a deny at the hook', () => {
    const [finding] = reconcile(
      call(
        phase('asked', { effective: 'allow' }),
        phase('before', { effective: 'deny' }),
        phase('after', { status: 'ok' }),
      ),
      hooked,
    );
    expect(finding).toMatchObject({ detector: 'ran-after-deny', alert: true, severity: 'critical' });
    expect(finding?.weight).toBeGreaterThanOrEqual(95);
  });

  it('believes an agent’s own record of a denied call only where it is no refusal', () => {
    const denied = phase('before', { effective: 'deny' });
    const told = (status: string, excerpt: string): PhaseRecord => ({
      phase: 'result',
      at,
      source: 'transcript',
      outcome: { status, excerpt, secrets: 0 },
    });
    expect(ids(call(denied, told('ok', 'Denied by Warder: it sends a file away.')), { hooksExpected: true })).toEqual(
      [],
    );
    expect(ids(call(denied, told('error', 'no such file')), { hooksExpected: true })).toEqual([]);
    expect(ids(call(denied, told('ok', '3 files removed')), { hooksExpected: true })).toEqual(['ran-after-deny']);
  });

  it('takes what an agent’s own record adds for no phase of hook or gateway', () => {
    const told: PhaseRecord = {
      phase: 'result',
      at,
      source: 'transcript',
      outcome: { status: 'ok', excerpt: '', secrets: 0 },
    };
    const asked: PhaseRecord = { phase: 'asked', at, source: 'transcript', late: true };
    expect(ids(call(asked, told), bare)).toEqual([]);
    expect(ids(call(asked, told), hooked)).toEqual([]);
    expect(
      ids(call(phase('before', { effective: 'allow' }), phase('after', { status: 'ok' }), asked, told), {
        hooksExpected: true,
      }),
    ).toEqual([]);
  });

  it('alerts when a call denied at the gateway has a result all the same', () => {
    const phases = [phase('asked', { effective: 'deny' }), phase('result', { status: 'ok' })];
    expect(ids(call(...phases), hooked)).toEqual(['ran-after-deny']);
    expect(ids(call(...phases.toReversed()), hooked)).toEqual(['ran-after-deny']);
  });

  it('counts a failing run after a deny as a run: it did start', () => {
    expect(ids(call(phase('before', { effective: 'deny' }), phase('after', { status: 'error' })), bare)).toEqual([
      'ran-after-deny',
    ]);
  });

  it('takes an error or a refusal in the place of a denied call for what it is', () => {
    for (const status of ['error', 'refused', 'interrupted']) {
      expect(
        reconcile(
          call(
            phase('asked', { effective: 'allow' }),
            phase('before', { effective: 'deny' }),
            phase('result', { status }),
          ),
          hooked,
        ),
      ).toEqual([]);
    }
    expect(
      reconcile(
        call(
          phase('asked', { effective: 'allow' }),
          phase('before', { effective: 'deny' }),
          phase('after', { status: 'refused' }),
        ),
        hooked,
      ),
    ).toEqual([]);
  });

  it('does not mind a deny that did not bind', () => {
    const observed: PhaseRecord = {
      ...phase('before'),
      verdict: { decision: 'deny', enforced: false, effective: 'allow', rules: [], why: '' },
    };
    expect(
      reconcile(call(phase('asked', { effective: 'allow' }), observed, phase('after', { status: 'ok' })), hooked),
    ).toEqual([]);
  });

  it('finds the hook that did not fire, heavier where hooks were at work', () => {
    const skipped = call(phase('asked', { effective: 'allow' }), phase('result', { status: 'ok' }));
    const [expected] = reconcile(skipped, hooked);
    const [unexpected] = reconcile(skipped, bare);
    expect(expected).toMatchObject({ detector: 'hook-did-not-fire', alert: true });
    expect(unexpected).toMatchObject({ detector: 'hook-did-not-fire', severity: 'low' });
    expect(unexpected?.alert).toBeUndefined();
    expect(expected?.weight ?? 0).toBeGreaterThan(unexpected?.weight ?? 0);
  });

  it('does not ask for a hook where the agent refused before it (an unknown tool, wrong parameters)', () => {
    expect(
      reconcile(call(phase('asked', { effective: 'allow' }), phase('result', { status: 'error' })), hooked),
    ).toEqual([]);
  });

  it('finds an end that had no beginning', () => {
    const [finding, ...others] = reconcile(
      call(phase('asked', { effective: 'allow' }), phase('after', { status: 'ok' })),
      hooked,
    );
    expect(finding).toMatchObject({ detector: 'hook-after-without-before', alert: true });
    expect(others).toEqual([]);
  });

  it('finds a call the gateway never carried only where the gateway is expected', () => {
    const own = call(phase('before', { effective: 'allow' }), phase('after', { status: 'ok' }));
    expect(ids(own, hooked)).toEqual(['not-asked-here']);
    expect(ids(own, { hooksExpected: true })).toEqual([]);
  });

  it('says the same when run again', () => {
    const record = call(phase('before', { effective: 'deny' }), phase('after', { status: 'ok' }));
    expect(reconcile(record, hooked)).toEqual(reconcile(record, hooked));
  });
});

describe('what both sides say of one call', () => {
  const shell = (command: string) => ({ action: { kind: 'shell', command } as const, input: { command } });
  const read = (path: string) => ({ action: { kind: 'file-read', path } as const, input: { path } });
  const mcp = (input: unknown) => ({ action: { kind: 'mcp', server: 's', tool: 't' } as const, input });

  it('is compared by what runs, not by how it is put', () => {
    expect(differsFromAsked(shell('git status'), shell('git status '))).toBe(false);
    expect(differsFromAsked(shell('git status'), shell('git push'))).toBe(true);
    expect(differsFromAsked(read('src/a.ts'), { ...read('/p/src/a.ts'), cwd: '/p' })).toBe(false);
    expect(differsFromAsked(read('src/a.ts'), { ...read('/etc/shadow'), cwd: '/p' })).toBe(true);
    expect(differsFromAsked(mcp({ a: 1, b: 2 }), mcp({ b: 2, a: 1 }))).toBe(false);
    expect(differsFromAsked(mcp({ a: 1 }), mcp({ a: 2 }))).toBe(true);
    expect(differsFromAsked(shell('git status'), read('/etc/shadow'))).toBe(false);
  });

  it('is another result when hardly a word is shared, and none where there is too little to tell', () => {
    const words = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => `word${from + n}`).join(' ');
    const { action } = shell('x');
    expect(resultDiffers(action, words(0, 20), words(100, 120))).toBe(true);
    expect(resultDiffers(action, words(0, 20), `1 ${words(0, 15)} (cut)`)).toBe(false);
    expect(resultDiffers(action, words(0, 300), words(0, 10))).toBe(false);
    expect(resultDiffers(action, 'done', words(0, 20))).toBe(false);
    expect(
      resultDiffers({ kind: 'web-fetch', url: 'https://x.example', method: 'GET' }, words(0, 20), words(50, 80)),
    ).toBe(false);
  });

  it('takes no witness from elsewhere for a hook or the gateway', () => {
    const imported: PhaseRecord = { ...phase('before', { effective: 'allow' }), source: 'transcript' };
    const result: PhaseRecord = { ...phase('result', { status: 'ok' }), source: 'gateway' };
    expect(ids(call(phase('asked', { effective: 'allow' }), imported, result), hooked)).toEqual(['hook-did-not-fire']);
  });
});

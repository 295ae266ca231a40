import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../core/event.ts';
import type { Store } from '../core/store.ts';
import type { CallRecord, SessionMemory } from '../core/verdict.ts';
import { openKnown } from './known.ts';

const nothing = async () => null;
const store = (over: Partial<Store> = {}): Store =>
  ({
    mcpServers: async () => ({ items: [], next: null }),
    sessionMemory: nothing,
    session: nothing,
    call: nothing,
    ...over,
  }) as unknown as Store;

const event = (session: string, person = 'ann', more: Partial<AgentEvent> = {}): AgentEvent =>
  ({
    at: '2026-01-01T00:00:00.000Z',
    source: 'hook',
    agent: 'claude-code',
    session,
    identity: { person, device: 'laptop', via: 'token' },
    kind: 'prompt',
    text: 'go',
    ...more,
  }) as AgentEvent;

const call = (id: string, input: unknown): CallRecord =>
  ({ id, input, effects: [], findings: [] }) as unknown as CallRecord;
const kept = (id: string, input: unknown) => ({ record: call(id, input), phases: [], inputHash: '' });

describe('what the live path knows already', () => {
  it('forgets the oldest calls once they weigh too much, however few they are', async () => {
    const known = await openKnown(store());
    const megabytes = 'x'.repeat(7 * 1024 * 1024);
    for (const id of ['a', 'b', 'c', 'd']) known.keep(kept(id, { content: megabytes }));
    expect(['a', 'b', 'c', 'd'].filter((id) => known.openCall(id))).toEqual(['c', 'd']);
    for (let number = 0; number < 900; number += 1) known.keep(kept(`small-${number}`, { command: 'ls' }));
    expect(known.openCall('small-0')).toBeDefined();
  });

  it('keeps the newest call even when it alone weighs too much', async () => {
    const known = await openKnown(store());
    known.keep(kept('huge', { content: 'x'.repeat(20 * 1024 * 1024) }));
    expect(known.openCall('huge')).toBeDefined();
  });

  it('keeps apart what people do outside of any session, and expects no hook there', async () => {
    const known = await openKnown(store());
    const [anns, bobs] = [await known.session(event('', 'ann')), await known.session(event('', 'bob'))];
    expect(anns).not.toBe(bobs);
    expect(await known.session(event('', 'ann'))).toBe(anns);
    expect(anns).toMatchObject({ hooks: false, gateway: false });
    expect(known.peek('')).toBeUndefined();
  });

  it('tells a session that was stored before from a new one, and where its agent works', async () => {
    const record = { id: 'old' };
    const known = await openKnown(
      store({ session: (async (id: string) => (id === 'old' ? record : null)) as unknown as Store['session'] }),
    );
    expect((await known.session(event('old'))).past).toBe(true);
    const fresh = await known.session(event('new', 'ann', { cwd: '/srv/app' }));
    expect(fresh).toMatchObject({ past: false, cwd: '/srv/app', hooks: true });
    await known.session(event('new', 'ann', { source: 'gateway' }));
    expect(fresh).toMatchObject({ cwd: '/srv/app', gateway: true });
  });

  it('starts without a past when the store cannot be read', async () => {
    const gone = () => Promise.reject(new Error('disk'));
    const known = await openKnown(store({ session: gone, sessionMemory: gone }));
    const memory: SessionMemory = (await known.session(event('s'))).memory;
    expect(Object.keys(memory.untrusted)).toEqual([]);
  });
});

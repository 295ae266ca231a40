import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { Enrolment } from '../src/core/device.ts';
import { publicKeyOf, sealFor } from '../src/device/sealed-box.ts';
import { openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { startServer } from '../src/server.ts';
import { openUpkeep, type UpkeepDeps } from '../src/upkeep.ts';

const dayMs = 86_400_000;
const start = Date.parse('2026-06-01T00:00:00.000Z');
const day = (count: number): string => new Date(start + count * dayMs).toISOString();

let place: string;
beforeEach(() => {
  place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-upkeep-'));
});
afterEach(() => fs.rmSync(place, { recursive: true, force: true }));

type Listed = Awaited<ReturnType<UpkeepDeps['devices']>>[number];

/** A store whose clock the test sets, and rounds of upkeep at a day of its choice. */
async function world() {
  const home = openHome(path.join(place, 'home'));
  let now = start;
  const { dbPath, signingKeyPem, keyid } = home;
  const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid, now: () => now });
  const logged: string[] = [];
  const troubles: string[] = [];
  return {
    store,
    logged,
    troubles,
    async record(count: number, ...deliveries: string[]) {
      now = start + count * dayMs;
      for (const delivery of deliveries) await store.commit({ delivery });
    },
    async round(count: number, devices: readonly Listed[], keep: NonNullable<UpkeepDeps['keep']> = {}) {
      const upkeep = openUpkeep({
        store,
        devices: async () => devices,
        keep,
        now: () => day(count),
        log: (line) => logged.push(line),
        onTrouble: (code) => troubles.push(code),
      });
      await upkeep.round();
      await upkeep.close();
      return upkeep.health();
    },
    left: async (...ids: string[]) => {
      const found = await Promise.all(ids.map((id) => store.delivered(id)));
      return ids.filter((_, index) => found[index]);
    },
  };
}

const device = (name: string, lastSeen: string | null, waiting = 0): Listed => ({
  person: 'ada',
  name,
  lastSeen,
  waiting,
});

describe('upkeep of the store', () => {
  it('removes ids of deliveries after their days, in batches, and says how many', async () => {
    const { store, record, round, left, logged } = await world();
    const many = Array.from({ length: 320 }, (_, index) => `ada/laptop/delivery-${index}`);
    await record(0, ...many, 'o_telemetry_0');
    await record(20, 'ada/laptop/newer');
    expect(await round(29, [device('laptop', day(29))])).toMatchObject({ prunedDeliveries: 0 });
    expect(await round(31, [device('laptop', day(31))])).toMatchObject({ prunedDeliveries: 321 });
    expect(await left(...many.slice(0, 3), 'o_telemetry_0', 'ada/laptop/newer')).toEqual(['ada/laptop/newer']);
    expect(logged).toEqual([expect.stringContaining('removed 321 ids of deliveries (30 days)')]);
    expect(await round(31, [], { deliveryDays: 5 })).toMatchObject({ prunedDeliveries: 1 });
    await store.close();
  });

  it('keeps those of a device that has not said since that nothing waits with it, and all that transcripts brought', async () => {
    const { store, record, round, left } = await world();
    const all = ['ada/silent/1', 'ada/new/1', 'ada/busy/1', 'ada/busy/1.answer', 'ada/a/b/1', 'ada/gone/1', 't_line'];
    await record(0, ...all);
    const devices = [
      device('silent', day(1)),
      device('new', null),
      device('busy', day(40), 2),
      device('a/b', day(40)),
      device('laptop', day(40)),
    ];
    await round(40, devices);
    expect(await left(...all)).toEqual(['ada/silent/1', 'ada/new/1', 'ada/busy/1', 'ada/busy/1.answer', 't_line']);
    await round(41, [device('silent', day(41)), device('new', day(41)), device('busy', day(41))]);
    expect(await left(...all)).toEqual(['t_line']);
    await store.close();
  });

  it('removes marks of imports that were not set for long, and no other setting', async () => {
    const { store, round } = await world();
    const mark = { records: 1, digest: 'a', since: '' };
    for (let index = 0; index < 250; index++)
      await store.setSetting(`imported/${index}`, JSON.stringify({ ...mark, at: day(index % 2 === 0 ? 0 : 100) }));
    await store.setSetting('imported0', '{}');
    await store.setSetting('device/x', '{}');
    expect(await round(181, [])).toMatchObject({ prunedImportMarks: 125 });
    const names = await store.settingNames();
    expect(names.filter((name) => name.startsWith('imported/'))).toHaveLength(125);
    expect(names).toEqual(expect.arrayContaining(['device/x', 'imported0', 'imported/1']));
    await store.close();
  });

  it('a store that fails is told of and ends nothing', async () => {
    const { store, round, troubles } = await world();
    await store.close();
    expect(await round(1, [])).toEqual({ prunedDeliveries: 0, prunedImportMarks: 0 });
    expect(troubles).toEqual(['upkeep-failed']);
  });
});

describe('what a device sends again', () => {
  it('is not counted twice within the window, however often upkeep ran', async () => {
    const home = path.join(place, 'home');
    const logged: string[] = [];
    const serve = () =>
      startServer({ ...readConfig(home, { port: '0', mode: 'observe' }), env: {}, log: (line) => logged.push(line) });
    let server = await serve();
    const ask = async (at: string, body?: object, token = server.token) => {
      const answer = await fetch(server.url + at, {
        method: body ? 'POST' : 'GET',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return answer.json();
    };
    const { code } = (await ask('/api/v1/devices/invites', { person: 'ada' })) as { code: string };
    const enrolled = (await ask('/device/enrol', { code, name: 'laptop' })) as Enrolment;
    const hook = { session_id: 's1', cwd: '/', hook_event_name: 'UserPromptSubmit', prompt: 'clean up' };
    const item = {
      ...{
        id: 'a-random-id-of-a-device',
        at: new Date().toISOString(),
        lane: 's1',
        agent: 'claude-code',
        kind: 'hook',
      },
      box: sealFor(publicKeyOf(enrolled.sealFor), JSON.stringify(hook)),
    };
    const deliver = () => ask('/device/deliver', { items: [item] }, enrolled.token);
    const prompts = async () => {
      const { items } = (await ask('/api/v1/sessions/s1/timeline')) as { items: { event?: { kind: string } }[] };
      return items.filter(({ event }) => event?.kind === 'prompt').length;
    };
    expect(await deliver()).toEqual({ done: 1 });
    expect(await prompts()).toBe(1);
    await server.close();

    const { dbPath, signingKeyPem, keyid } = openHome(home);
    const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });
    const inDays = (count: number) => new Date(Date.now() + count * dayMs).toISOString();
    const upkeep = openUpkeep({
      ...{ store, devices: async () => [], now: () => inDays(29), log: () => {}, onTrouble: () => {} },
    });
    await upkeep.round();
    await upkeep.close();
    await store.close();

    server = await serve();
    expect(await deliver()).toEqual({ done: 1 });
    expect(await prompts()).toBe(1);
    expect(await ask('/healthz')).toMatchObject({ prunedDeliveries: 0, prunedImportMarks: 0 });
    await server.close();
    expect(logged.filter((line) => line.includes('failed'))).toEqual([]);
  });
});

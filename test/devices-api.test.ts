import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enrol } from '../src/cli/device-enrol.ts';
import { type RunningDevice, startDevice } from '../src/cli/device-run.ts';
import { readConfig } from '../src/config.ts';
import type { EnrolledDevices, GivenInvite } from '../src/core/enrolled.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { freePort, until } from './harness/devices.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'wda-'));
const serverHome = path.join(place, 's');
let server: RunningServer;
let device: RunningDevice;
let deviceToken: string;

interface Answer<T> {
  readonly status: number;
  readonly text: string;
  readonly value: T;
}

async function api<T>(method: string, at: string, body?: object, token = server.token): Promise<Answer<T>> {
  const answer = await fetch(`${server.url}/api/v1/${at}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, text, value: JSON.parse(text) as T };
}
const list = async (query = '') => (await api<EnrolledDevices>('GET', `devices${query}`)).value;
const names = async (query: string) => (await list(query)).items.map(({ name }) => name);
const invite = async (about: object) => (await api<GivenInvite>('POST', 'devices/invites', about)).value;
const invites = () => api<{ items: Omit<GivenInvite, 'code'>[] }>('GET', 'devices/invites');

async function enrolled(name: string, person: string): Promise<string> {
  const home = path.join(place, `d-${name}`);
  const { code } = await invite({ person, device: name });
  deviceToken = (await enrol(home, { code, url: server.url, port: String(await freePort()) })).token;
  return home;
}

beforeAll(async () => {
  fs.mkdirSync(serverHome);
  const access = { mode: 'observe', teams: { data: { people: ['ada'] } } };
  fs.writeFileSync(path.join(serverHome, 'access.json'), JSON.stringify(access));
  server = await startServer({ ...readConfig(serverHome, { port: '0', mode: 'enforce' }), env: {}, log: () => {} });
  await enrolled('zoo', 'bob');
  const home = await enrolled('laptop', 'ada');
  device = await startDevice({ home, env: {}, log: () => {}, beatMs: 200 });
  await until(async () => (await list('?text=laptop')).items[0]?.policyState === 'current', 20_000, 'the policy');
});
afterAll(async () => {
  await device?.close();
  await server?.close();
  fs.rmSync(place, { recursive: true, force: true });
});

describe('the list of devices', () => {
  it('says of each who has it, how it is and what a person should look at', async () => {
    const { items, sums, total } = await list();
    expect(items.map(({ name, needs }) => [name, needs])).toEqual([
      ['laptop', ['bare']],
      ['zoo', ['silent']],
    ]);
    expect(items[0]).toMatchObject({ person: 'ada', team: 'data', online: true, waiting: 0, calls: 0, agents: [] });
    expect(items[1]).toMatchObject({ person: 'bob', team: '', online: false, lastSeen: null, policyState: 'none' });
    expect(sums).toEqual({ devices: 2, hooks: 0, waiting: 0, bare: 1, policy: 0, silent: 1 });
    expect(total).toBe(2);
  });

  it('is narrowed, put in order and read in pages', async () => {
    expect(await names('?needs=silent')).toEqual(['zoo']);
    expect(await names('?needs=any&order=name')).toEqual(['laptop', 'zoo']);
    expect(await names('?person=ada')).toEqual(['laptop']);
    expect(await names('?text=DATA')).toEqual(['laptop']);
    expect(await names('?agent=codex')).toEqual([]);
    expect(await names(`?platform=${process.platform}&order=person`)).toEqual(['laptop', 'zoo']);
    const first = await list('?order=enrolled&limit=1');
    expect(first).toMatchObject({ items: [{ name: 'laptop' }], next: 'i1', total: 2 });
    expect(await list('?order=enrolled&limit=1&cursor=i1')).toMatchObject({ items: [{ name: 'zoo' }], next: null });
    for (const query of ['?order=size', '?needs=x', '?color=red', '?limit=0', '?cursor=x'])
      expect((await api('GET', `devices${query}`)).status, query).toBe(400);
  });

  it('says at once that a policy is behind, and that it is current when the device has fetched it', async () => {
    const change = (mode: string) => api('POST', 'mode', { mode });
    await device.close();
    await change('observe');
    expect(await names('?needs=policy')).toEqual(['laptop']);
    const home = path.join(place, 'd-laptop');
    device = await startDevice({ home, env: {}, log: () => {}, beatMs: 200 });
    await until(async () => (await list('?needs=policy')).items.length === 0, 20_000, 'the policy');
    await change('enforce');
  });
});

describe('invites', () => {
  it('are told of without their code, and can be withdrawn', async () => {
    const given = await invite({ person: 'ada', device: 'mac', minutes: 90 });
    expect(given).toMatchObject({ person: 'ada', device: 'mac', team: 'data' });
    const { code, ...open } = given;
    const told = await invites();
    expect(told.value.items).toEqual([open]);
    expect(told.text).not.toContain(code);
    expect((await api('DELETE', `devices/invites/${given.id}`)).status).toBe(200);
    expect((await invites()).value.items).toEqual([]);
    expect((await api('DELETE', `devices/invites/${given.id}`)).status).toBe(404);
    const flags = { code, url: server.url, port: String(await freePort()) };
    await expect(enrol(path.join(place, 'd-late'), flags)).rejects.toThrow('never given, or is used up');
  });

  it('are gone when a device has enrolled', async () => {
    const { id, code } = await invite({ person: 'eve' });
    expect((await invites()).value.items.map((each) => each.id)).toEqual([id]);
    await enrol(path.join(place, 'd-eve'), { code, url: server.url, port: String(await freePort()) });
    expect((await invites()).value.items).toEqual([]);
    expect((await api('DELETE', `devices/invites/${id}`)).status).toBe(404);
  });

  it('take no junk', async () => {
    for (const body of [{ person: '' }, { minutes: 0 }, { minutes: 20_000 }, { person: 'a\u0000' }, { team: 'x' }])
      expect((await api('POST', 'devices/invites', body)).status, JSON.stringify(body)).toBe(400);
  });
});

describe('the owner alone', () => {
  it('may ask: the token of a device and that of a client open none of it', async () => {
    const { clientToken } = JSON.parse(fs.readFileSync(path.join(serverHome, 'server.json'), 'utf8'));
    for (const token of [deviceToken, String(clientToken)]) {
      for (const [method, at] of [
        ['GET', 'devices'],
        ['GET', 'devices/invites'],
        ['POST', 'devices/invites'],
        ['DELETE', 'devices/invites/x'],
        ['DELETE', 'devices/x'],
      ] as const)
        expect((await api(method, at, method === 'POST' ? {} : undefined, token)).status, `${method} ${at}`).toBe(401);
    }
  });

  it('never reads a token, its id or the hash of a code', async () => {
    const { code } = await invite({ person: 'ada' });
    const told = (await api('GET', 'devices')).text + (await invites()).text;
    for (const secret of [code, deviceToken, 'hash', 'tokenId']) expect(told.includes(secret), secret).toBe(false);
  });
});

describe('what was done', () => {
  const receipts = async () =>
    (await api<{ items: { body: string }[] }>('GET', 'receipts?limit=500')).value.items.map(({ body }) => body);
  const owner = os.userInfo().username;

  it('is in the log, and told to those who watch', async () => {
    const watching = new AbortController();
    const stream = await fetch(`${server.url}/api/v1/live`, {
      headers: { authorization: `Bearer ${server.token}` },
      signal: watching.signal,
    });
    let heard = '';
    const listening = (async () => {
      for await (const chunk of stream.body ?? []) heard += Buffer.from(chunk).toString('utf8');
    })().catch(() => undefined); // ended by the abort below
    const events = () => heard.split('event: devices\n').length - 1;
    await enrolled('gone', 'bob');
    await until(() => events() > 0, 10_000, 'what tells of the device');
    const { id } = (await list('?text=gone')).items[0] ?? { id: '' };
    expect((await api('DELETE', `devices/${id}`)).status).toBe(200);
    expect((await api('DELETE', `devices/${id}`)).status).toBe(404);
    expect(await names('?text=gone')).toEqual([]);
    await until(() => events() > 1, 10_000, 'what tells of its end');
    watching.abort();
    await listening;
    const said = (await receipts()).join('\n');
    expect(said).toContain(`device gone of bob (${id}): revoked by ${owner}`);
    expect(said).toContain(`device invite: one of bob (gone), 60 minutes, by ${owner}`);
    expect(said).toContain(`device invite: that of ada withdrawn by ${owner}`);
  });
});

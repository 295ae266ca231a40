import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { DeviceRecord } from '../src/core/device.ts';
import type { AlertDraft } from '../src/core/verdict.ts';
import { openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { hooked } from './harness/commits.ts';
import {
  chromiumHere,
  consoleBuilt,
  type Look,
  lookAt,
  looks,
  signedIn as signedInWith,
} from './harness/console-looks.ts';
import { deviceWorld, freePort, say, warder } from './harness/devices.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-devices-console-'));
const hostile = '<img src=x onerror=globalThis.__xss=1>';
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

/** Digest of the policy that every server here has in force. */
let policy = '';

/** A device that lives, unless the change says otherwise. */
function device(n: number, change: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    id: `dev_${String(n).padStart(12, '0')}`,
    name: `Laptop-${String(n).padStart(4, '0')}.local`,
    person: `person-${n % 300}`,
    enrolledAt: minutesAgo(n * 700),
    lastSeen: minutesAgo(0),
    version: '0.1.0',
    platform: ['darwin', 'linux', 'win32'][n % 3] ?? '',
    agents: [
      { agent: 'claude-code', ok: true },
      { agent: 'codex', ok: true },
    ],
    policy,
    waiting: 0,
    lost: 0,
    tokenId: `tok_${n}`,
    ...change,
  };
}

/** An organisation's devices: most in order, each kind of trouble among them, one with a name that wants to be markup. */
const many = (): readonly DeviceRecord[] => [
  device(0, { agents: [{ agent: 'codex', ok: false }, ...device(0).agents.slice(0, 1)], waiting: 12, lost: 3 }),
  device(1, { policy: 'a'.repeat(64), name: hostile, person: `no\u200bbody ${hostile}`.slice(0, 100), waiting: 1 }),
  device(2, { agents: [] }),
  device(3, { lastSeen: minutesAgo(190) }),
  device(4, { lastSeen: null, agents: [], policy: '', version: '0.0.9' }),
  ...Array.from({ length: 1995 }, (_, n) => device(n + 5, n % 9 === 0 ? { lastSeen: minutesAgo(n) } : {})),
];

const altered: AlertDraft = {
  key: 'codex|person-0|hooks-altered|Laptop-0000.local /home/p/.codex/config.toml',
  severity: 'alert',
  score: 85,
  detector: 'hooks-altered',
  title: 'codex on Laptop-0000.local: Warder’s part of this file is missing.',
  session: '',
  agent: 'codex',
  person: 'person-0',
  call: '',
};

describe.skipIf(chromiumHere === undefined || !consoleBuilt)('devices in a browser', () => {
  let browser: Browser;
  const servers: RunningServer[] = [];

  let empty: RunningServer;
  beforeAll(async () => {
    empty = await serve('empty', []);
    const answer = await fetch(`${empty.url}/api/v1/devices`, { headers: { authorization: `Bearer ${empty.token}` } });
    policy = String(((await answer.json()) as { policy: unknown }).policy);
    browser = await chromium.launch({ executablePath: chromiumHere ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.close()));
    fs.rmSync(place, { recursive: true, force: true });
  });

  /** A server that these devices enrolled at. */
  async function serve(name: string, devices: readonly DeviceRecord[]): Promise<RunningServer> {
    const home = path.join(place, name);
    const { dbPath, signingKeyPem, keyid } = openHome(home);
    const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });
    await Promise.all(devices.map((each) => store.setSetting(`device/${each.id}`, JSON.stringify(each))));
    for (const [n, { name: of, person }] of devices.slice(0, 40).entries()) {
      const call = { session: `s${n}`, device: of, person, at: minutesAgo(n * 50) };
      await store.commit(hooked({ ...call, id: `c${n}` }));
      await store.commit(hooked({ ...call, id: `d${n}`, score: 45 }));
    }
    if (devices.length > 1) await store.commit({ alerts: [altered] });
    await store.close();
    const server = await startServer({ ...readConfig(home, { port: '0', mode: 'observe' }), env: {}, log: () => {} });
    servers.push(server);
    return server;
  }

  const signedIn = (look: Look, of: { readonly url: string; readonly token: string }): Promise<Page> =>
    signedInWith(browser, look, of, 20_000);
  const panelOf = (page: Page) => page.getByRole('complementary', { name: 'The selected device' });

  test('without devices the page says how one is enrolled', async () => {
    for (const look of looks) {
      const page = await signedIn(look, empty);
      await page.goto(`${empty.url}/devices`);
      await page.getByText('No device has enrolled.').waitFor();
      await page.getByText('warder device enrol --code CODE --url URL').waitFor();
      await lookAt(page, `devices-empty-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
  });

  test('one device that lives, with what it did, is shown in every look', async () => {
    const one = await serve('one', [device(1)]);
    for (const look of looks) {
      const page = await signedIn(look, one);
      await page.goto(`${one.url}/devices?row=dev_000000000001`);
      const panel = panelOf(page);
      await panel.getByText('2 connected agents').waitFor();
      await panel.getByText('2 of 2 calls could have been stopped').waitFor();
      await panel.getByText('None of this device.').waitFor();
      await lookAt(page, `devices-one-panel-${look.colorScheme}-${look.width}`);
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'hidden' });
      await lookAt(page, `devices-one-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
  });

  describe('of which there are two thousand', () => {
    let full: RunningServer;
    beforeAll(async () => {
      full = await serve('many', many());
    });

    test('those that need a look come first, and each is opened with its evidence, in every look', async () => {
      for (const look of looks) {
        const at = `${look.colorScheme}-${look.width}`;
        const page = await signedIn(look, full);
        await page.goto(`${full.url}/devices`);
        await page.getByText('2,000 devices', { exact: true }).waitFor();
        await page.getByText('codex not in order', { exact: false }).first().waitFor();
        await lookAt(page, `devices-many-${at}`);
        await page.getByText('codex not in order', { exact: false }).first().click();
        const panel = panelOf(page);
        await panel.getByText('12 calls wait, 3 lost for want of room since it started').waitFor();
        await panel.getByText('part of this file is missing', { exact: false }).waitFor();
        await panel.getByText('2 calls', { exact: false }).first().waitFor();
        await lookAt(page, `devices-panel-${at}`);
        await panel.getByRole('button', { name: 'Revoke this device' }).click();
        await page.getByText('12 calls in its spool have not arrived yet', { exact: false }).waitFor();
        await lookAt(page, `devices-revoke-${at}`);
        await page.getByRole('button', { name: 'Keep it' }).click();
        await page.goto(`${full.url}/devices?row=dev_000000000001`);
        await panelOf(page).getByText('1 call waits').waitFor();
        await panelOf(page).getByText('in force is').waitFor();
        await lookAt(page, `devices-hostile-${at}`);
        await page.goto(`${full.url}/devices?invite=1`);
        await page.getByRole('textbox', { name: 'Person' }).waitFor();
        await lookAt(page, `devices-invite-${at}`);
        await page.getByRole('textbox', { name: 'Person' }).fill('');
        await page.getByRole('button', { name: 'Make a code', disabled: true }).waitFor();
        await lookAt(page, `devices-invite-nobody-${at}`);
        await page.context().close();
      }
    });

    test('they are searched, narrowed, put in order and walked through with the keyboard', async () => {
      const page = await signedIn({ colorScheme: 'light', width: 1400 }, full);
      await page.getByRole('heading', { name: 'Overview' }).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('d');
      await page.getByText('2,000 devices', { exact: true }).waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type('laptop-1999');
      await page.getByText('1 of 2,000 devices').waitFor();
      await page.keyboard.press('Escape');
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await panelOf(page).getByText('dev_000000001999').waitFor();
      await page.keyboard.press('Escape');
      await panelOf(page).waitFor({ state: 'hidden' });
      await page.getByLabel('Search devices').fill('');
      await page.getByText('2,000 devices', { exact: true }).waitFor();
      await page.getByRole('button', { name: '1 device without an agent connected' }).click();
      await page.getByText('1 of 2,000 devices').waitFor();
      await page.getByText('Laptop-0002.local').waitFor();
      await page.getByRole('combobox', { name: /^Look at/ }).selectOption('');
      await page.getByRole('combobox', { name: /^Order/ }).selectOption('seen');
      await page.getByText('no heartbeat yet').waitFor();
      const rows = page.getByRole('table', { name: 'devices' }).getByRole('row');
      await expect.poll(() => rows.nth(1).textContent(), { timeout: 20_000 }).toContain('Laptop-0004.local');
      await page.getByRole('table', { name: 'devices' }).evaluate((table) => table.scrollTo(0, 1e6));
      // Beyond the first page of the API.
      await expect
        .poll(async () => Number(await rows.last().getAttribute('aria-rowindex')), { timeout: 20_000 })
        .toBeGreaterThan(201);
      await page.context().close();
    });

    test('while the list cannot be read the page keeps its place and says so', async () => {
      const page = await signedIn({ colorScheme: 'light', width: 1400 }, full);
      let answer = () => {};
      const asked = new Promise<void>((resolve) => {
        answer = resolve;
      });
      await page.route('**/api/v1/devices?*', async (route) => {
        await asked;
        const error = { code: 'broken', detail: 'It broke (reference 1a2b3c4d).' };
        await route.fulfill({ status: 400, contentType: 'application/json', body: JSON.stringify({ error }) });
      });
      await page.goto(`${full.url}/devices?order=name`);
      await page.getByRole('status', { name: 'Loading' }).first().waitFor();
      await lookAt(page, 'devices-loading');
      answer();
      await page.getByText('The devices could not be loaded.').waitFor();
      await lookAt(page, 'devices-error');
      await page.unroute('**/api/v1/devices?*');
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.getByText('Laptop-0000.local').waitFor();
      await page.context().close();
    });
  });

  test('a real device appears by itself, a second one is invited, and the first is shut out', async () => {
    const world = await deviceWorld('observe', true);
    try {
      const { token } = JSON.parse(fs.readFileSync(path.join(world.homes.server, 'server.json'), 'utf8'));
      const page = await signedIn({ colorScheme: 'light', width: 1400 }, { url: world.url, token: String(token) });
      await page.goto(`${world.url}/devices`);
      await page.getByText('no heartbeat yet').waitFor();
      await world.startDevice();
      // Nothing is reloaded: what changes is told.
      await page.getByText('online').waitFor();
      const hook = () => say({ socketPath: world.socket }, { path: '/hooks/claude-code', body: listFiles, headers });
      expect((await hook()).status).toBe(200);
      await page.getByRole('row', { name: 'laptop' }).click();
      const panel = panelOf(page);
      await panel.getByText('no prompt seen').waitFor();

      await page.getByRole('button', { name: 'Invite a device' }).click();
      await page.getByRole('textbox', { name: 'Person' }).fill('bob');
      await page.getByRole('textbox', { name: 'Name of the device' }).fill('tower');
      await page.getByLabel('1 day').check();
      await page.getByRole('button', { name: 'Make a code' }).click();
      const command = await page.getByText('warder device enrol --code', { exact: false }).first().textContent();
      await page.getByText('Waiting for it to be used').waitFor();
      await page.getByText('This address is reached from this machine alone', { exact: false }).waitFor();
      await lookAt(page, 'devices-invited');
      const [, code = '', url = ''] = /^warder device enrol --code (\S+) --url (\S+)$/.exec(command ?? '') ?? [];
      const home = path.join(place, 'tower');
      const port = String(await freePort());
      await warder(['device', 'enrol', '--home', home, '--code', code, '--url', url, '--port', port]).text();
      await page.getByText('This code is used up', { exact: false }).waitFor();
      await page.getByRole('button', { name: 'Invite another device' }).click();
      await page.getByRole('button', { name: 'Make a code' }).click();
      const dialog = page.getByRole('dialog', { name: 'Invite a device' });
      await dialog.getByRole('button', { name: 'Invite another device' }).click();
      await dialog.getByRole('button', { name: /^Withdraw the invite of / }).click();
      await dialog.getByText('1 invite not used yet').waitFor({ state: 'detached' });
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('row', { name: 'tower' }).waitFor();
      expect(await page.getByText(code).count()).toBe(0);

      await panel.getByRole('button', { name: 'Revoke this device' }).click();
      await page.getByText('the device fails closed', { exact: false }).waitFor();
      await page.getByRole('button', { name: 'Revoke it' }).click();
      await page.getByText('its token opens nothing any more', { exact: false }).waitFor();
      await page.getByRole('row', { name: 'laptop' }).waitFor({ state: 'detached' });
      expect((await hook()).status).toBe(401);
      await page.context().close();
    } finally {
      await world.close();
    }
  });
});

const headers = { 'content-type': 'application/json', 'x-warder-event': 'PreToolUse' };
const listFiles = JSON.stringify({
  session_id: 'of-a-real-device',
  cwd: '/home/dev/app',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'ls' },
  tool_use_id: 'toolu_1',
});

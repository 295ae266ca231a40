import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { DeviceInventory, RiskFlag } from '../src/core/inventory.ts';
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
  pictures,
  signedIn as signedInWith,
} from './harness/console-looks.ts';
import { configuredServer, deviceReport, foundAgent } from './harness/inventory.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-inventory-console-'));
const hostile = '<img src=x onerror=globalThis.__xss=1>';

const flag = (risk: RiskFlag['risk'], weight: number, what: string, mend: string): RiskFlag => ({
  risk,
  weight,
  what,
  mend,
  where: '/home/ann/.codex/config.toml',
});
const bypass = flag(
  'bypass-permissions',
  85,
  'Runs everything without sandbox and without asking.',
  'Use sandbox_mode = "workspace-write".',
);
const unpinned = flag(
  'unpinned-dependency',
  40,
  'Asks for npm notes-mcp with no version: what runs can change at any time.',
  'Name an exact version.',
);
const secret = flag(
  'plaintext-secret',
  60,
  'Holds a secret in the header Authorization.',
  'Have the value come from the environment, then renew it.',
);

/** Devices of an organisation: watched ones, and ones that only others know. */
function reports(): DeviceInventory[] {
  const now = new Date().toISOString();
  const codex = foundAgent('codex', { versions: ['0.169.0'], hooks: 'installed', running: 1, flags: [bypass] });
  const claude = foundAgent('claude-code', { versions: ['2.1.330', '2.1.300'], hooks: 'installed', gateway: true });
  const notes = configuredServer({
    package: { registry: 'npm', name: 'notes-mcp', version: '', pinned: false },
    variables: ['NOTES_TOKEN'],
    trust: ['autoApprove: every tool'],
    flags: [unpinned],
  });
  const remote = configuredServer({
    agent: 'claude-code',
    name: 'github',
    command: '',
    transport: 'http',
    host: 'api.githubcopilot.com',
    headers: ['Authorization'],
    flags: [secret],
  });
  const odd = configuredServer({ name: `no\u200btes ${hostile}`, command: `node ${hostile}`, flags: [] });
  const watched = Array.from({ length: 12 }, (_, n) =>
    deviceReport({
      at: now,
      device: `mac-${n}`,
      name: `Mac-${n}.local`,
      person: `person-${n}`,
      platform: 'darwin',
      agents: n % 3 === 0 ? [claude, codex] : [claude],
      servers: n % 2 === 0 ? [notes, remote] : [remote],
    }),
  );
  const others = Array.from({ length: 5 }, (_, n) =>
    deviceReport({
      at: now,
      source: 'intune',
      device: `desk-${n}`,
      name: `DESK-${n}`,
      person: `desk-${n}@example.test`,
      platform: 'win32',
      agents: [
        foundAgent('windsurf', {
          hooks: 'unknown',
          evidence: [{ by: 'application', where: 'Windsurf (User)', version: '1.4' }],
        }),
      ],
    }),
  );
  const strange = deviceReport({
    at: now,
    person: hostile,
    name: `laptop ${hostile}`.slice(0, 60),
    agents: [foundAgent('codex', { flags: [bypass] }), foundAgent('some-new-agent', { versions: [] })],
    servers: [odd, notes],
    unread: [{ file: '/home/ann/.cursor/mcp.json', why: 'It is not JSON: no comma in line 3.' }],
  });
  return [...watched, ...others, strange];
}

describe.skipIf(chromiumHere === undefined || !consoleBuilt)('the inventory in a browser', () => {
  let browser: Browser;
  let empty: RunningServer;
  let full: RunningServer;

  beforeAll(async () => {
    [empty, full] = [await serve('empty', []), await serve('full', reports())];
    browser = await chromium.launch({ executablePath: chromiumHere ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([empty?.close(), full?.close()]);
    fs.rmSync(place, { recursive: true, force: true });
  });

  async function serve(name: string, given: readonly DeviceInventory[]): Promise<RunningServer> {
    const home = path.join(place, name);
    const { dbPath, signingKeyPem, keyid } = openHome(home);
    const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });
    for (const inventory of given) await store.commit({ inventory });
    if (given.length > 0) {
      await store.commit(hooked({ id: 'c1', device: 'mac-0', person: 'person-0' }));
      await store.commit(hooked({ id: 'c2', device: 'build-server', person: 'ci' }));
    }
    await store.close();
    return startServer({ ...readConfig(home, { port: '0', mode: 'observe' }), env: {}, log: () => {} });
  }

  const signedIn = (look: Look, of: RunningServer): Promise<Page> => signedInWith(browser, look, of, 8_000);

  test('an empty inventory says what would appear and what to type', async () => {
    for (const look of looks) {
      const page = await signedIn(look, empty);
      await page.goto(`${empty.url}/inventory`);
      await page.getByText('warder inventory --send').waitFor();
      await lookAt(page, `inventory-empty-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
  });

  test('agents, devices and servers are listed and opened, in every look', async () => {
    for (const look of looks) {
      const page = await signedIn(look, full);
      const at = `${look.colorScheme}-${look.width}`;
      await page.goto(`${full.url}/inventory`);
      await page.getByText('some-new-agent').waitFor();
      await page.getByText('devices without Warder').waitFor();
      await lookAt(page, `inventory-agents-${at}`);
      await page.goto(`${full.url}/inventory?row=codex`);
      await page.getByText('A disallowed agent raises an alert').waitFor();
      await page.getByText('Mac-0.local').first().waitFor();
      await lookAt(page, `inventory-agent-${at}`);
      await page.goto(`${full.url}/inventory?show=devices`);
      await page.getByText('DESK-3').first().waitFor();
      await lookAt(page, `inventory-devices-${at}`);
      await page.goto(`${full.url}/inventory?show=devices&row=mac-0`);
      await page.getByText('the gravest first').waitFor();
      await lookAt(page, `inventory-device-${at}`);
      await page.getByRole('button', { name: 'Forget this device' }).click();
      await page.getByText('Its calls and alerts stay').waitFor();
      await lookAt(page, `inventory-forget-${at}`);
      await page.getByRole('button', { name: 'Keep it' }).click();
      await page.goto(`${full.url}/inventory?show=devices&row=laptop`);
      await page.getByText('could not be read').waitFor();
      await lookAt(page, `inventory-hostile-${at}`);
      await page.goto(`${full.url}/inventory?show=servers`);
      await page.getByText('npm:notes-mcp').first().waitFor();
      await lookAt(page, `inventory-servers-${at}`);
      await page.goto(`${full.url}/inventory?show=servers&row=notes+npm%3Anotes-mcp`);
      await page.getByText('that name it').waitFor();
      await lookAt(page, `inventory-server-${at}`);
      await page.context().close();
    }
  });

  test('an agent is found, disallowed and taken back with the keyboard, and the alert it raises leads here', async () => {
    const page = await signedIn({ colorScheme: 'light', width: 1400 }, full);
    await page.goto(full.url);
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('i');
    await page.getByText('some-new-agent').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('windsurf');
    await page.getByText('some-new-agent').waitFor({ state: 'hidden' });
    await page.getByText('Windsurf').first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByLabel('Note').fill('contract ended');
    await page.getByRole('button', { name: 'Disallow' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Windsurf is disallowed now.').waitFor();
    await page.getByText('contract ended').waitFor();
    await page.goto(`${full.url}/alerts`);
    await page.getByText('Windsurf is not allowed here, and is on DESK-0.').first().click();
    await page.getByText('Ask the person what it is used for').waitFor();
    if (pictures) await page.screenshot({ path: path.join(pictures, 'inventory-alert.png') });
    await page.getByText('in the inventory').click();
    await page.getByText('contract ended').waitFor();
    await page.getByRole('button', { name: 'Not reviewed', exact: true }).click();
    await page.getByText('Windsurf is unreviewed now.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Windsurf: disallowed.').waitFor();
    const answer = await fetch(`${full.url}/api/v1/receipts?limit=500`, {
      headers: { authorization: `Bearer ${full.token}` },
    });
    const { items } = (await answer.json()) as { items: { body: string }[] };
    expect(items.filter(({ body }) => /agent windsurf: \w+ → \w+ by /.test(body))).toHaveLength(3);
    await page.context().close();
  });
});

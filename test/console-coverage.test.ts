import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { Commit } from '../src/core/store.ts';
import type { PhaseRecord } from '../src/core/verdict.ts';
import { openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { allowed, hooked } from './harness/commits.ts';
import {
  chromiumHere,
  consoleBuilt,
  type Look,
  lookAt,
  looks,
  signedIn as signedInWith,
} from './harness/console-looks.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-coverage-console-'));
const hostile = '<img src=x onerror=globalThis.__xss=1>';

/** Who told of a call, in turn: most are judged in time, every kind of gap is there. */
const witnesses: readonly Pick<PhaseRecord, 'phase' | 'source' | 'verdict' | 'late'>[] = [
  ...Array.from({ length: 8 }, () => ({ phase: 'before', source: 'hook', verdict: allowed }) as const),
  { phase: 'asked', source: 'gateway', verdict: allowed },
  { phase: 'after', source: 'hook' },
  { phase: 'asked', source: 'aperture', verdict: allowed, late: true },
  { phase: 'result', source: 'transcript' },
  { phase: 'after', source: 'telemetry' },
  { phase: 'result', source: 'mcp' },
  { phase: 'before', source: 'hook', verdict: { ...allowed, degraded: 'store-unavailable' } },
];

/** Sixty devices of thirty people, some with every gap there is, one with a name that wants to be markup. */
function manyCalls(): Commit[] {
  const agents = ['claude-code', 'codex', 'cursor', 'gemini-cli'];
  return Array.from({ length: 900 }, (_, n): Commit => {
    const device = n % 60;
    const { call, session } = hooked({
      id: `c${n}`,
      at: new Date(Date.now() - (n % 20) * 86_400_000).toISOString(),
      device: device === 7 ? hostile : `laptop-${device}`,
      person: `person-${n % 30}`,
      agent: agents[n % 4] ?? '',
    });
    const told =
      (device % 3 === 0 ? witnesses[n % 8] : witnesses[(n + Math.floor(n / 60)) % witnesses.length]) ?? witnesses[0];
    if (call === undefined || session === undefined || told === undefined) throw new Error('no call was made');
    return { call, session, phase: { ...told, at: call.at } };
  });
}

describe.skipIf(chromiumHere === undefined || !consoleBuilt)('coverage in a browser', () => {
  let browser: Browser;
  let empty: RunningServer;
  let full: RunningServer;

  beforeAll(async () => {
    empty = await serve('empty', []);
    full = await serve('full', manyCalls());
    browser = await chromium.launch({ executablePath: chromiumHere ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([empty?.close(), full?.close()]);
    fs.rmSync(place, { recursive: true, force: true });
  });

  async function serve(name: string, commits: readonly Commit[]): Promise<RunningServer> {
    const home = path.join(place, name);
    const { dbPath, signingKeyPem, keyid } = openHome(home);
    const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });
    await Promise.all(commits.map((commit) => store.commit(commit)));
    await store.close();
    fs.writeFileSync(
      path.join(home, 'access.json'),
      JSON.stringify({ mode: 'observe', teams: { data: { people: ['person-1*'] }, web: { people: ['person-2*'] } } }),
    );
    return startServer({ ...readConfig(home, { port: '0' }), env: {}, log: () => {} });
  }

  const signedIn = (look: Look, of: RunningServer): Promise<Page> => signedInWith(browser, look, of, 15_000);

  test('without calls the page says what would appear, and how to connect an agent', async () => {
    const page = await signedIn({ colorScheme: 'light', width: 1400 }, empty);
    await page.goto(`${empty.url}/coverage`);
    await page.getByText('No tool call in the last 31 days.').waitFor();
    await page.getByText('install claude-code', { exact: false }).first().waitFor();
    await lookAt(page, 'coverage-empty');
    await page.context().close();
  });

  test('shares, reasons and what to do about them are readable in every look', async () => {
    for (const look of looks) {
      const page = await signedIn(look, full);
      await page.goto(`${full.url}/coverage`);
      await page.getByText('of 900 calls, 31 days').waitFor();
      await page.getByText('transcript alone').first().waitFor();
      await page.getByText('could not have been stopped').first().waitFor();
      await lookAt(page, `coverage-device-${look.colorScheme}-${look.width}`);
      await page.locator('label:has-text("By") select').selectOption('team');
      await page.getByText('no team').first().waitFor();
      await lookAt(page, `coverage-team-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
  });

  test('a row opens with its reasons and what is inside it, which leads on', async () => {
    const page = await signedIn({ colorScheme: 'light', width: 1400 }, full);
    await page.getByRole('link', { name: 'Coverage' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await page.getByText('of 900 calls, 31 days').waitFor();
    await page.getByRole('row', { name: 'laptop-1' }).first().click();
    const panel = page.getByRole('complementary', { name: 'The selected device' });
    await panel.getByText('Why the rest was not').waitFor();
    await lookAt(page, 'coverage-panel');
    await panel.getByRole('link').first().click();
    await page.getByLabel('Remove the filter Device').waitFor();
    await page.getByText('of 15 calls', { exact: false }).first().waitFor();
    await page.context().close();
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { noUsage, type UsageRow } from '../src/core/usage.ts';
import { openHome } from '../src/record/home.ts';
import { openSqliteStore } from '../src/record/store/sqlite.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import {
  chromiumHere,
  consoleBuilt,
  type Look,
  lookAt,
  looks,
  signedIn as signedInWith,
} from './harness/console-looks.ts';
import { startScriptedUsage } from './harness/scripted-usage.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-usage-console-'));
const policy = `@id("ask-first") @effect("ask") @reason("a person should see it")
forbid (principal, action == Warder::Action::"shell", resource);`;
const hostile = '<img src=x onerror=globalThis.__xss=1>';

/** A month of many people, some without a price, one with a name that wants to be markup. */
function muchUsage(): UsageRow[] {
  const day = (back: number) => new Date(Date.now() - back * 86_400_000).toISOString().slice(0, 10);
  const models = ['claude-opus-4-5', 'claude-haiku-4-5', 'gpt-5', 'gemini-2.5-pro', 'model-of-tomorrow'];
  return Array.from({ length: 30 * 40 }, (_, n): UsageRow => {
    const model = models[n % models.length] ?? '';
    const unknown = model === 'model-of-tomorrow';
    const size = 1 + ((n * 7919) % 97);
    return {
      ...noUsage,
      day: day(n % 30),
      person: n % 40 === 0 ? hostile : `person-${n % 40}`,
      team: `team-${n % 4}`,
      agent: 'claude-code',
      provider: 'anthropic',
      model,
      answers: size,
      input: size * 3_000,
      cacheRead: size * 90_000,
      cacheWrite5m: size * 2_000,
      output: size * 1_500,
      reasoning: size * 400,
      cost: unknown ? 0 : size * 90_000_000,
      unpriced: unknown ? size : 0,
      refused: n % 11,
      firstByteMs: size * 800,
      totalMs: size * 9000,
    };
  });
}

describe.skipIf(chromiumHere === undefined || !consoleBuilt)('usage and approvals in a browser', () => {
  let browser: Browser;
  let upstream: Awaited<ReturnType<typeof startScriptedUsage>>;
  let server: RunningServer;
  let full: RunningServer;

  beforeAll(async () => {
    upstream = await startScriptedUsage();
    server = await serve('empty', []);
    full = await serve('full', muchUsage());
    browser = await chromium.launch({ executablePath: chromiumHere ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([server?.close(), full?.close()]);
    await upstream?.close();
    fs.rmSync(place, { recursive: true, force: true });
  });

  async function serve(name: string, rows: readonly UsageRow[]): Promise<RunningServer> {
    const home = path.join(place, name);
    fs.mkdirSync(path.join(home, 'policies'), { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(home, 'policies', 'ask.cedar'), policy);
    fs.writeFileSync(path.join(home, 'config.json'), '{"approvals":{"waitSeconds":300}}');
    const { dbPath, signingKeyPem, keyid } = openHome(home);
    const store = await openSqliteStore({ path: dbPath, signingKeyPem, keyid });
    await store.addUsage(rows);
    await store.close();
    return startServer({
      ...readConfig(home, { port: '0', mode: 'enforce', upstream: [`anthropic=${upstream.url}`] }),
      env: { ANTHROPIC_API_KEY: 'key-for-the-test' },
      log: () => {},
    });
  }

  const signedIn = (look: Look, of = server): Promise<Page> => signedInWith(browser, look, of);

  test('an empty Usage page says what would appear; nothing that waits says so', async () => {
    for (const look of looks) {
      const page = await signedIn(look);
      await page.goto(`${server.url}/usage`);
      await page.getByText('No answer of a model').waitFor();
      await lookAt(page, `usage-empty-${look.colorScheme}-${look.width}`);
      await page.goto(`${server.url}/approvals`);
      await page.getByText('Nothing waits for you.').waitFor();
      await lookAt(page, `approvals-empty-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
  });

  test('much usage is told apart, summed up and readable, and no price is never nothing', async () => {
    for (const look of looks) {
      const page = await signedIn(look, full);
      await page.goto(`${full.url}/usage`);
      await page.getByText('Refused requests').waitFor();
      await page.getByText('model-of-tomorrow').waitFor();
      expect(await page.getByText('unknown').count()).toBeGreaterThan(0);
      await lookAt(page, `usage-model-${look.colorScheme}-${look.width}`);
      await page.locator('label:has-text("By") select').selectOption('person');
      await page.getByText('person-7').first().waitFor();
      await lookAt(page, `usage-person-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
  });

  let sessions = 0;
  const asks = (command: string) =>
    fetch(`${server.url}/anthropic/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': server.token,
        'content-type': 'application/json',
        'x-claude-code-session-id': `session-${sessions++}`,
      },
      body: JSON.stringify({
        model: 'claude-haiku-4-5',
        max_tokens: 10,
        stream: true,
        messages: [{ role: 'user', content: `Bash: ${command}` }],
      }),
    }).then((response) => response.text());

  /** A key that comes before the page listens is lost; a person would press it again. */
  async function press(page: Page, keys: readonly string[], until: Locator): Promise<void> {
    for (let tries = 0; tries < 4; tries++) {
      for (const key of keys) await page.keyboard.press(key);
      const seen = await until.waitFor({ timeout: 4000 }).then(
        () => true,
        () => false,
      );
      if (seen) return;
    }
    await until.waitFor({ timeout: 1000 });
  }

  test('a call that waits is told on every page, and decided with the keyboard alone', {
    timeout: 60_000,
  }, async () => {
    const page = await signedIn({ colorScheme: 'light', width: 1400 });
    await page.goto(`${server.url}/usage`);
    await page
      .getByText('live', { exact: true })
      .first()
      .waitFor({ timeout: 5000 })
      .catch(() => undefined);
    const approved = asks('git status');
    await page.getByText('1 call waits for your approval').waitFor();
    await lookAt(page, 'approvals-banner');
    await press(page, ['g', 'w'], page.getByText('git status').first());
    await press(page, ['j', 'y'], page.getByText('Press y again to approve'));
    await page.getByText('Why you are asked').first().waitFor();
    await lookAt(page, 'approvals-armed');
    await page.keyboard.press('y');
    expect(await approved).toContain('"tool_use"');
    await page.getByText('Nothing waits for you.').waitFor();

    const denied = asks('git push --force');
    await page.getByText('git push --force').first().waitFor();
    await press(page, ['j', 'n'], page.getByText('Nothing waits for you.'));
    expect(await denied).toContain('did not run');
    await page.context().close();
  });

  test('several that wait look right in every look, and a note goes with a no', { timeout: 60_000 }, async () => {
    const commands = ['git status', 'npm run build', `echo '${hostile}'`];
    const answers = commands.map(asks);
    for (const look of looks) {
      const page = await signedIn(look);
      await page.goto(`${server.url}/approvals`);
      await page.getByText('npm run build').first().waitFor();
      await lookAt(page, `approvals-${look.colorScheme}-${look.width}`);
      await page.getByText('npm run build').first().click();
      await page.getByText('What it would do').waitFor();
      await lookAt(page, `approvals-open-${look.colorScheme}-${look.width}`);
      await page.context().close();
    }
    const page = await signedIn({ colorScheme: 'light', width: 1400 });
    for (const command of commands) {
      await page.goto(`${server.url}/approvals`);
      await page.getByText(command).first().click();
      await page.getByLabel('Note').fill('not on this branch');
      await page.getByRole('button', { name: 'Deny' }).click();
      await page.getByText('It does not wait any more').waitFor();
    }
    for (const answer of await Promise.all(answers)) expect(answer).toContain('not on this branch');
    await page.context().close();
  });
});

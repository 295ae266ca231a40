import fs from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { ranContent, reportViolations, strangeElements, tooFaint } from '../in-page.ts';

// The console in a real browser: signed in, in each look, and what every look of a page must be.

/** A Chromium of this machine; undefined where there is none. */
export const chromiumHere = [
  process.env.WARDER_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((file) => file !== undefined && fs.existsSync(file));

export const consoleBuilt = fs.existsSync(path.resolve(import.meta.dirname, '../../dist/web/index.html'));

/** Folder for pictures of every look; undefined: none are taken. */
export const pictures = process.env.WARDER_PICTURES;

export interface Look {
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
}

/** Both colours and both widths; all four together when pictures of them are wanted. */
export const looks: readonly Look[] = [
  { colorScheme: 'light', width: 1400 },
  { colorScheme: 'dark', width: 420 },
  ...(pictures
    ? ([
        { colorScheme: 'dark', width: 1400 },
        { colorScheme: 'light', width: 420 },
      ] as const)
    : []),
];

const violations: string[] = [];

/** A page of its own context, signed in by a one-time link. `timeoutMs` for whatever it waits for. */
export async function signedIn(
  browser: Browser,
  { colorScheme, width }: Look,
  { url, token }: { readonly url: string; readonly token: string },
  timeoutMs?: number,
): Promise<Page> {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  if (timeoutMs !== undefined) page.setDefaultTimeout(timeoutMs);
  await page.exposeFunction('reportViolation', (what: string) => violations.push(what));
  await page.addInitScript(reportViolations);
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/v1/login-links`, { method: 'POST', headers });
  const { loginUrl } = (await answer.json()) as { loginUrl: string };
  await page.goto(loginUrl);
  return page;
}

/** What every look of a page must be: readable, inside its width, and nothing but the console's own. */
export async function lookAt(page: Page, name: string): Promise<void> {
  if (pictures) await page.screenshot({ path: path.join(pictures, `${name}.png`) });
  expect([name, await page.evaluate(tooFaint)]).toEqual([name, []]);
  expect([name, await page.evaluate(strangeElements)]).toEqual([name, []]);
  expect(await page.evaluate(ranContent)).toBeUndefined();
  const wide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
  expect([name, await page.evaluate(wide)]).toEqual([name, false]);
  expect(violations).toEqual([]);
}

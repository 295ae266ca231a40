import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { warder } from './harness/warder.ts';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-misuse-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
const env = { HOME: path.join(dir, 'home') };
const file = path.join(dir, 'a-file');
fs.writeFileSync(file, 'no folder');

/** What was typed wrongly, and what the one sentence about it must hold. */
const misuses: readonly (readonly [readonly string[], RegExp])[] = [
  [['keys', 'list', '--home', ''], /^warder keys: --home takes a folder and was given nothing\.\n/],
  [['keys', 'list', '--home', file], /a-file is not a folder\. Choose another with --home\.\n/],
  [['serve', '--home', file], /a-file is not a folder/],
  [['tokens', '--nonsense'], /^warder tokens: Unknown option '--nonsense'\.\nSee: warder tokens --help\n$/],
  [['verify', 'stray'], /^warder verify: Unexpected argument 'stray'/],
  [['verify', '--nonsense'], /^warder verify: Unknown option '--nonsense'\nSee: warder verify --help\n$/],
  [['scan', '--top', '-3'], /^warder scan: Option '--top' argument is missing; one that begins with a dash/],
  [['scan', '--since', '2026-02-30'], /--since takes 30d, 12h, 2w or a date/],
  [['scan', '--since', '2026-11-01junk'], /--since takes 30d, 12h, 2w or a date/],
  [['scan', '--html', path.join(dir, 'missing', 'x.html')], /there is no folder .*missing\. Make it first\./],
  [['scan', '--html', dir], /--html takes the name of a file/],
  [['verify', '--file', dir], /is a folder; name a file/],
  [['verify', '--file', file, '--export', file], /would overwrite/],
  [['verify', '--export', path.join(dir, 'missing', 'x')], /--export: there is no folder .*missing\. Make it first\./],
  [['judge', '--policy', path.join(dir, 'missing')], /^(?!.*there is no policy folder.*there is no policy folder)/s],
];

test.concurrent.each(misuses)('%j is one sentence, exit status 2 and no stack trace', async (args, sentence) => {
  const { exit, stdout, stderr } = await warder(args, env);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
});

test('a home in a place where the system makes no folders is refused, not tried forever', async () => {
  for (const home of ['/proc/warder', '/dev/null/warder']) {
    const { exit, stderr } = await warder(['serve', '--port', '0', '--home', home], env);
    expect(stderr).toMatch(/cannot be made\. Choose another home with --home\. \(/);
    expect(exit).toBe(3);
  }
});

test('a damaged server.json is named with the way out, by every command that reads it', async () => {
  const home = path.join(dir, 'damaged');
  fs.mkdirSync(home);
  for (const text of ['garbage', '{"url":"http://127.0.0.1:1"}', '{"url":"file:///etc","token":"x"}']) {
    fs.writeFileSync(path.join(home, 'server.json'), text);
    for (const command of [['login'], ['doctor'], ['install', 'claude-code']]) {
      const { exit, stderr } = await warder([...command, '--home', home], env);
      expect(stderr).toContain(`${home}/server.json is damaged. Start the server again: warder serve\n`);
      expect(exit).toBe(3);
    }
  }
});

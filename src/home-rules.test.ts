import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import type { Effect } from './core/effect.ts';
import { readHomeRules } from './home-rules.ts';
import { detectors } from './plugs.ts';
import { startServer } from './server.ts';
import { shippedSecrets } from './understand/secrets.ts';

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-rules-'));
});
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

const write = (name: string, value: unknown) =>
  fs.writeFileSync(path.join(home, name), typeof value === 'string' ? value : JSON.stringify(value));
const touchesBilling = {
  id: 'touches-billing',
  title: 'Touches the billing folder',
  runbook: 'Ask the billing team.',
  weight: 60,
  when: { zone: ['repository'], resource: ['*/billing/*'] },
};

it('is the shipped detectors and nothing else without files', () => {
  const files = { detectors: [], suppressions: [], tools: [], secrets: [] };
  const none = { suppressions: [], tools: [], files, digest: '' };
  expect(readHomeRules(home)).toEqual({ detectors, secrets: shippedSecrets, ...none });
});

it.each([
  ['detectors.json', 'nonsense', /detectors\.json is not JSON/],
  ['detectors.json', { a: 1 }, /detectors\.json must hold a list/],
  ['detectors.json', [{ id: 'x' }], /detectors\.json is not valid[\s\S]*runbook/],
  ['tools.json', [{ tool: 'x' }], /tools\.json is not valid[\s\S]*reason: is missing/],
  ['detectors.json', [{ ...touchesBilling, id: 'exfiltration' }], /is taken/],
  [
    'suppressions.json',
    [{ id: 'a', detector: 'no-such-detector', reason: 'x', until: '2030-01-01', command: 'ls' }],
    /no-such-detector/,
  ],
])('names the mistake in %s', (file, value, message) => {
  write(file, value);
  expect(() => readHomeRules(home)).toThrow(message);
});

it('raises a detector of the home in the live path, lets a suppression take it out in sight, and names both in the policy digest', async () => {
  write('detectors.json', [touchesBilling]);
  const judged = async () => {
    const server = await startServer({ ...readConfig(home, { port: '0' }), env: {}, log: () => {} });
    const headers = { authorization: `Bearer ${server.token}` };
    const body = {
      session_id: 's',
      cwd: '/home/dev/src/app',
      hook_event_name: 'PreToolUse',
      tool_name: 'Read',
      tool_input: { file_path: '/home/dev/src/app/billing/rates.ts' },
      tool_use_id: `t${Math.random()}`,
    };
    await fetch(`${server.url}/hooks/claude-code`, { method: 'POST', headers, body: JSON.stringify(body) });
    const { items } = (await (await fetch(`${server.url}/api/v1/calls?limit=1`, { headers })).json()) as {
      items: readonly unknown[];
    };
    const { policyDigest } = (await (await fetch(`${server.url}/api/v1/info`, { headers })).json()) as {
      policyDigest: string;
    };
    await server.close();
    return { call: items[0], policyDigest };
  };
  const raised = await judged();
  expect(raised.call).toMatchObject({ score: 60, findings: [{ detector: 'touches-billing', weight: 60 }] });
  write('suppressions.json', [
    {
      id: 'rates',
      detector: 'touches-billing',
      reason: 'Rates are public.',
      until: '2099-01-01',
      resource: '*/billing/rates.ts',
    },
  ]);
  const quiet = await judged();
  expect(quiet.call).toMatchObject({
    score: 0,
    findings: [{ detector: 'touches-billing', suppressed: { id: 'rates' } }],
  });
  expect(quiet.policyDigest).not.toBe(raised.policyDigest);
});

it('takes the word of tools.json on what a tool does, live and in judge and scan', async () => {
  const call = { tool: 'mcp__till__zap', input: { shop: 'a' } };
  const effects = [{ verb: 'send', kind: 'account', zone: 'production' }];
  const judged = (flags: readonly string[]) => {
    const out = runCli(['judge', ...flags], `${JSON.stringify({ id: 1, ...call })}\n`);
    return JSON.parse(out).effects.map(({ verb, resource }: Effect) => `${verb} ${resource.kind}`);
  };
  expect(judged([])).toEqual(['unknown mcp-tool']);
  write('tools.json', [{ tool: 'mcp__till__zap', effects, reason: 'Pays the shop.' }]);
  expect(judged(['--rules', home])).toEqual(['send mcp-tool', 'send account']);

  const transcript = path.join(home, 'projects', 'p', 's.jsonl');
  fs.mkdirSync(path.dirname(transcript), { recursive: true });
  const content = [{ type: 'tool_use', id: 't1', name: call.tool, input: call.input }];
  const line = {
    type: 'assistant',
    sessionId: 's',
    uuid: 'u',
    timestamp: '2026-01-01T00:00:00.000Z',
    cwd: '/home/dev/p',
  };
  fs.writeFileSync(transcript, `${JSON.stringify({ ...line, message: { role: 'assistant', content } })}\n`);
  const scanned = (flags: readonly string[]) =>
    runCli(['scan', '--json', '--min-score', '0', '--dir', home, ...flags], '');
  expect(scanned([])).not.toContain('Moves money');
  expect(scanned(['--rules', home])).toContain('Moves money');
  expect(scanned(['--rules', home, '--jobs', '2'])).toContain('Moves money');

  const server = await startServer({ ...readConfig(home, { port: '0' }), env: {}, log: () => {} });
  const headers = { authorization: `Bearer ${server.token}` };
  const { tool: tool_name, input: tool_input } = call;
  const body = {
    session_id: 's',
    cwd: '/home/dev/p',
    hook_event_name: 'PreToolUse',
    tool_name,
    tool_input,
    tool_use_id: 't',
  };
  await fetch(`${server.url}/hooks/claude-code`, { method: 'POST', headers, body: JSON.stringify(body) });
  const listed = await (await fetch(`${server.url}/api/v1/calls?limit=1`, { headers })).text();
  await server.close();
  expect(listed).toContain('Moves money');
});

/** The command line in a process of its own; its standard output. */
function runCli(args: readonly string[], input: string): string {
  const cli = path.join(import.meta.dirname, 'cli.ts');
  const run = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], {
    input,
    encoding: 'utf8',
  });
  expect(run.stderr).not.toMatch(/Error/);
  return run.stdout;
}

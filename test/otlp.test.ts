import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { decodeOtlp } from '../src/capture/otlp-protobuf.ts';
import { recordsOf } from '../src/capture/otlp-records.ts';
import { readConfig } from '../src/config.ts';
import type { CallRecord } from '../src/core/verdict.ts';
import { startServer } from '../src/server.ts';
import { throwAwayHome } from './scan-made.ts';

const fixtures = path.join(import.meta.dirname, 'fixtures');
/** Body of a recorded request. */
const recorded = (name: string): string =>
  JSON.stringify(JSON.parse(fs.readFileSync(path.join(fixtures, name), 'utf8')).body);
const json = 'application/json';
const protobuf = 'application/x-protobuf';

async function world(mode = 'observe') {
  const server = await startServer({ ...readConfig(throwAwayHome(), { port: '0', mode }), env: {}, log: () => {} });
  onTestFinished(() => server.close());
  const headers = { authorization: `Bearer ${server.token}` };
  const api = async <T>(route: string): Promise<T> =>
    (await (await fetch(`${server.url}/api/v1/${route}`, { headers })).json()) as T;
  return {
    ...{ server, api },
    send: (signal: string, body: string | Buffer, more: Record<string, string> = {}) =>
      fetch(`${server.url}/v1/${signal}`, {
        method: 'POST',
        headers: { ...headers, 'content-type': json, ...more },
        body,
      }),
    calls: async () => (await api<{ items: CallRecord[] }>('calls?limit=500')).items,
    call: (id: string | undefined) => api<CallRecord>(`calls/${id}`),
    health: async () => (await (await fetch(`${server.url}/healthz`)).json()) as Record<string, number>,
  };
}

/** OTLP's JSON as the protobuf that a client would send: the numbers of the fields, by name. */
const numbers: Readonly<Record<string, readonly [number, string]>> = {
  resourceLogs: [1, 'message'],
  resourceSpans: [1, 'message'],
  resourceMetrics: [1, 'message'],
  resource: [1, 'message'],
  scopeLogs: [2, 'message'],
  scopeSpans: [2, 'message'],
  scopeMetrics: [2, 'message'],
  scope: [1, 'message'],
  logRecords: [2, 'message'],
  spans: [2, 'message'],
  metrics: [2, 'message'],
  values: [1, 'message'],
  value: [2, 'message'],
  body: [5, 'message'],
  arrayValue: [5, 'message'],
  kvlistValue: [6, 'message'],
  stringValue: [1, 'string'],
  boolValue: [2, 'varint'],
  intValue: [3, 'varint'],
  doubleValue: [4, 'double'],
  key: [1, 'string'],
  timeUnixNano: [1, 'fixed64'],
  observedTimeUnixNano: [11, 'fixed64'],
  startTimeUnixNano: [7, 'fixed64'],
  endTimeUnixNano: [8, 'fixed64'],
  eventName: [12, 'string'],
  severityText: [3, 'string'],
  status: [15, 'message'],
};

function encode(value: Readonly<Record<string, unknown>>, within = ''): Buffer {
  const parts: Buffer[] = [];
  for (const [name, inner] of Object.entries(value)) {
    const place = placeOf(name, within);
    if (place === undefined || inner === null || inner === undefined) continue;
    for (const each of Array.isArray(inner) ? inner : [inner]) parts.push(field(place, each, name));
  }
  return Buffer.concat(parts);
}

function placeOf(name: string, within: string): readonly [number, string] | undefined {
  if (name === 'attributes') return [within === 'resource' ? 1 : within === 'spans' ? 9 : 6, 'message'];
  if (name === 'name') return [within === 'spans' ? 5 : 1, 'string'];
  if (name === 'code') return [3, 'varint'];
  if (name === 'message') return [2, 'string'];
  return numbers[name];
}

function field([number, kind]: readonly [number, string], value: unknown, name: string): Buffer {
  if (kind === 'varint') return Buffer.concat([varint(number << 3), varint64(BigInt(Number(value)))]);
  if (kind === 'fixed64' || kind === 'double') {
    const bytes = Buffer.alloc(8);
    if (kind === 'double') bytes.writeDoubleLE(Number(value));
    else bytes.writeBigUInt64LE(BigInt(String(value)));
    return Buffer.concat([varint((number << 3) | 1), bytes]);
  }
  const bytes = kind === 'string' ? Buffer.from(String(value)) : encode(value as Record<string, unknown>, name);
  return Buffer.concat([varint((number << 3) | 2), varint(bytes.length), bytes]);
}

const varint = (value: number): Buffer => varint64(BigInt(value));
function varint64(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const files = ['claude-code/2.1.330', 'codex/0.169.0', 'gemini-cli/0.61.0', 'qwen-code/0.24.4', 'copilot-cli/1.0.102']
  .flatMap((folder) => fs.readdirSync(path.join(fixtures, folder, 'otel')).map((name) => `${folder}/otel/${name}`))
  .sort();
const signalOf = (file: string): string => /(logs|traces|metrics)-\d/.exec(file)?.[1] ?? '';

describe('telemetry', () => {
  it('of every recorded agent becomes calls with known actions, once, whatever is sent again', async () => {
    const { send, calls, health, call } = await world();
    for (const file of files) expect(await (await send(signalOf(file), recorded(file))).json()).toEqual({});
    const stored = await calls();
    const sums: Record<string, number> = {};
    for (const { agent } of stored) sums[agent] = (sums[agent] ?? 0) + 1;
    expect(sums).toEqual({ 'claude-code': 5, codex: 4, 'copilot-cli': 31, 'gemini-cli': 9 });
    const unknown = stored
      .filter(({ action }) => action.kind === 'unknown')
      .map(({ agent, tool }) => `${agent} ${tool}`);
    expect(unknown).toEqual([]);
    expect(stored.every(({ at, enforced }) => at.startsWith('2026-11-22T1') && !enforced)).toBe(true);
    const bash = stored.find(({ toolUseId, agent }) => toolUseId === 'toolu_fake001' && agent === 'claude-code');
    expect(bash?.action).toEqual({ kind: 'shell', command: 'echo hi' });
    const known = await call(bash?.id);
    expect(known.phases.map(({ phase, source, outcome }) => [phase, source, outcome?.status])).toEqual([
      ['asked', 'telemetry', undefined],
      ['result', 'telemetry', 'ok'],
    ]);
    const before = await health();
    expect(before).toMatchObject({ telemetryUnparsed: 0, telemetryRejected: 0 });
    expect(before.telemetryMetrics).toBeGreaterThan(20);
    for (const file of files) await send(signalOf(file), recorded(file));
    expect((await calls()).length).toBe(stored.length);
    expect((await health()).unrecorded).toBe(0);
  });

  it('says how calls ended: failed, refused', async () => {
    const { send, calls, call } = await world();
    for (const file of files.filter((name) => /claude-code|copilot|gemini/.test(name)))
      await send(signalOf(file), recorded(file));
    const endings: Record<string, number> = {};
    for (const { id, agent } of await calls()) {
      const status = (await call(id)).phases.find(({ phase }) => phase === 'result')?.outcome?.status ?? 'none';
      endings[`${agent} ${status}`] = (endings[`${agent} ${status}`] ?? 0) + 1;
    }
    expect(endings).toMatchObject({ 'claude-code refused': 2, 'copilot-cli error': 10, 'gemini-cli error': 2 });
  });

  it('is the same as protobuf, plain or packed, and as JSON', async () => {
    for (const file of files) {
      const signal = signalOf(file);
      const given = JSON.parse(recorded(file)) as Record<string, unknown>;
      if (signal === 'metrics') continue;
      const decoded = decodeOtlp(signal as 'logs', encode(given));
      if (!decoded.ok) throw new Error(decoded.error.detail);
      const of = (request: Record<string, unknown>) => recordsOf(signal as 'logs', request, '');
      expect(of(decoded.value)).toEqual(of(given));
    }
    const { send, calls } = await world();
    const logs = encode(JSON.parse(recorded('codex/0.169.0/otel/logs-1.json')));
    const answer = await send('logs', logs, { 'content-type': protobuf });
    expect([answer.status, answer.headers.get('content-type'), (await answer.arrayBuffer()).byteLength]).toEqual([
      200,
      protobuf,
      0,
    ]);
    expect((await calls()).map(({ tool }) => tool)).toEqual(['exec_command']);
    const more = gzipSync(encode(JSON.parse(recorded('codex/0.169.0/otel/logs-2.json'))));
    expect((await send('logs', more, { 'content-type': protobuf, 'content-encoding': 'gzip' })).status).toBe(200);
    expect((await calls()).length).toBe(4);
  });

  it('joins the hook’s record of a call by the agent’s id, and leaves its verdict', async () => {
    const { server, send, calls, call } = await world('enforce');
    const body = {
      session_id: 'a125a01e-f40e-4029-937a-fb509cc803c4',
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: 'echo hi' },
      tool_use_id: 'toolu_fake001',
    };
    const headers = { authorization: `Bearer ${server.token}` };
    await fetch(`${server.url}/hooks/claude-code`, { method: 'POST', headers, body: JSON.stringify(body) });
    await send('logs', recorded('claude-code/2.1.330/otel/logs-2.json'));
    const joined = (await calls()).filter(({ toolUseId }) => toolUseId === 'toolu_fake001');
    expect(joined).toHaveLength(1);
    expect((await call(joined[0]?.id)).phases.map(({ phase, source }) => `${phase} ${source}`)).toEqual([
      'before hook',
      'asked telemetry',
      'result telemetry',
    ]);
  });

  it('of nobody we know is kept as it came, masked and counted; its calls are found by the common conventions', async () => {
    const { send, api, calls, health } = await world();
    const secret = ['ghp', '_', 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'].join('');
    const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
    const record = (name: string) => ({
      timeUnixNano: '1795345210000000000',
      body: { stringValue: name },
      attributes: [attribute('session.id', 's9')],
    });
    const from = (service: string, inner: object) => [
      { resource: { attributes: [attribute('service.name', service)] }, ...inner },
    ];
    const logs = [record('novel'), record('novel'), record(`token ${secret}`)];
    await send('logs', JSON.stringify({ resourceLogs: from('somebody', { scopeLogs: [{ logRecords: logs }] }) }));
    await send(
      'logs',
      JSON.stringify({
        resourceLogs: from('claude-code', { scopeLogs: [{ logRecords: [record('brand_new_event')] }] }),
      }),
    );
    const spans = [
      {
        name: 'execute_tool shell',
        startTimeUnixNano: '1795345210000000000',
        attributes: [
          attribute('gen_ai.operation.name', 'execute_tool'),
          attribute('gen_ai.conversation.id', 's9'),
          attribute('gen_ai.tool.name', 'shell'),
          attribute('gen_ai.tool.call.id', 'c1'),
          attribute('gen_ai.tool.call.arguments', '{"command":"rm -rf ~/x"}'),
        ],
        status: { code: 2, message: 'boom' },
      },
    ];
    await send('traces', JSON.stringify({ resourceSpans: from('my-agent', { scopeSpans: [{ spans }] }) }));
    expect(await calls()).toMatchObject([{ agent: 'generic', action: { kind: 'shell', command: 'rm -rf ~/x' } }]);
    expect(await health()).toMatchObject({ telemetryUnparsed: 4 });
    const timeline = JSON.stringify(await api('sessions/s9/timeline'));
    expect(timeline).toContain('log record of telemetry that Warder does not know: novel (2 of them');
    expect(timeline).toContain('brand_new_event');
    expect(timeline).not.toContain(secret);
  });

  it('is refused in the protocol’s own form: no token, no such path, no OTLP, too much', async () => {
    const { server, send } = await world();
    const bare = await fetch(`${server.url}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': json },
      body: '{}',
    });
    expect(bare.status).toBe(401);
    expect(((await bare.json()) as { message: string }).message).toContain('no Warder token');
    expect((await send('profiles', '{}')).status).toBe(404);
    expect((await send('logs', 'nope')).status).toBe(400);
    expect((await send('logs', '[]')).status).toBe(400);
    expect((await send('logs', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await send('logs', '{}', { 'content-encoding': 'br' })).status).toBe(415);
    expect((await send('logs', 'x', { 'content-encoding': 'gzip' })).status).toBe(400);
    const bomb = gzipSync(Buffer.alloc(70 * 1024 * 1024, 0x20));
    expect((await send('logs', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
    const torn = await send('traces', Buffer.from([0x0a, 0x7f, 1]), { 'content-type': protobuf });
    expect([torn.status, torn.headers.get('content-type')]).toEqual([400, protobuf]);
    expect(Buffer.from(await torn.arrayBuffer()).toString()).toContain('a field is cut off');
    const odd = { resourceLogs: [{ scopeLogs: [{ logRecords: [7, null, { body: { stringValue: 'x' } }] }] }] };
    expect(await (await send('logs', JSON.stringify(odd))).json()).toMatchObject({
      partialSuccess: { rejectedLogRecords: '2' },
    });
  });

  it('cut at any byte or with any byte changed never throws and is never read as more than it is', () => {
    const whole = encode(JSON.parse(recorded('qwen-code/0.24.4/otel/logs-2.json')));
    for (let end = 0; end < whole.length; end += 7) decodeOtlp('logs', whole.subarray(0, end));
    let seed = 7;
    for (let n = 0; n < 3_000; n += 1) {
      const bytes = Buffer.from(whole);
      for (let k = 0; k < 3; k += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        bytes[seed % bytes.length] = (seed >> 8) & 255;
      }
      const decoded = decodeOtlp('logs', bytes);
      if (decoded.ok)
        expect(recordsOf('logs', decoded.value, '2026-11-22T00:00:00.000Z').records.length).toBeLessThan(1_000);
    }
  });
});

import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createMcpProxy } from '../src/capture/mcp-proxy.ts';
import type { AgentEvent } from '../src/core/event.ts';
import type { Mode } from '../src/core/verdict.ts';
import { openTalk } from '../src/normalise/mcp/talk.ts';
import { type Answering, type CallAsked, type Got, listening, send } from './harness/gateway-rig.ts';

// The proxy before a scripted server: bytes, streams, batches, faults.

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Seen {
  readonly method: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

async function startRig(mode: Mode, answer: Answering, maxBodyBytes?: number) {
  const seen: Seen[] = [];
  const noted: AgentEvent[] = [];
  const decided: CallAsked[] = [];
  const upstream = await listening((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      seen.push({ method: req.method ?? '', headers: req.headers, body: body.toString('utf8') });
      answer(req, res, body);
    });
  });
  const proxy = createMcpProxy({
    servers: { server: async (name) => (name === 'notes' ? { url: `${upstream.url}/mcp?x=1`, headers: {} } : null) },
    talk: openTalk,
    identify: () => ({ ok: true, value: { person: 'ada', device: 'laptop', via: 'token' } }),
    forbidsTool: () => false,
    rules: { askMs: 0, hideForbidden: false },
    mode: () => mode,
    now: () => '2026-01-02T03:04:05.678Z',
    judgeMs: 1000,
    pipeline: {
      async decide(event) {
        decided.push(event);
        const deny = JSON.stringify(event.call.input).includes('FORBIDDEN');
        const effective = deny && mode === 'enforce' ? 'deny' : 'allow';
        return {
          verdict: { decision: deny ? 'deny' : 'allow', enforced: true, effective, rules: ['r'], why: 'so' },
          score: { score: 0, severity: 'low', findings: [] },
          call: event.call.toolUseId,
          receipt: null,
        };
      },
      async note(event) {
        noted.push(event);
      },
    },
    ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
  });
  const front = await listening(proxy.listener);
  closers.push(front.close, proxy.destroy, upstream.close);
  const post = (body: string | Buffer, headers: http.OutgoingHttpHeaders = {}): Promise<Got> =>
    send(front.url, {
      path: '/mcp/notes',
      body,
      headers: { accept: 'application/json, text/event-stream', ...headers },
    });
  return { url: front.url, seen, noted, decided, post };
}

const call = (id: number, text = 'x') =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'add', arguments: { text } } });
const result = (id: number, text = 'ran') =>
  JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text }] } });

const events =
  (bytes: string): Answering =>
  (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    // One byte at a time at first, so that nothing depends on where it is cut.
    for (const byte of Buffer.from(bytes.slice(0, 50))) res.write(Buffer.from([byte]));
    res.end(bytes.slice(50));
  };
const whole =
  (body: string | Buffer, headers: http.OutgoingHttpHeaders = { 'content-type': 'application/json' }): Answering =>
  (_req, res) => {
    res.writeHead(200, headers);
    res.end(body);
  };

describe('the proxy of streamable-HTTP servers', () => {
  it('passes events byte for byte: comments, ids, retry times, other line ends', async () => {
    const bytes = `: hello\r\n\r\nid: a_1\ndata:\n\nretry: 10\nid: a_2\r\nevent: message\r\ndata: {"jsonrpc":"2.0",\r\ndata: "method":"notifications/tools/list_changed"}\r\n\r\nid: a_3\ndata: ${result(1)}\n\n`;
    const rig = await startRig('enforce', events(bytes));
    const got = await rig.post(call(1), { 'mcp-session-id': 's', 'mcp-protocol-version': '2025-06-18', cookie: 'a=b' });
    expect(got.body.toString('utf8')).toBe(bytes);
    expect(rig.seen[0]?.headers).toMatchObject({ 'mcp-session-id': 's', 'mcp-protocol-version': '2025-06-18' });
    expect(rig.seen[0]?.headers.cookie).toBeUndefined();
    expect(rig.seen[0]?.body).toBe(call(1));
    expect(rig.noted).toContainEqual(expect.objectContaining({ kind: 'call-result', source: 'mcp' }));
  });

  it('opens the stream of the server, resumes it, and answers there for what is refused', async () => {
    const sampling = JSON.stringify({
      jsonrpc: '2.0',
      id: 9,
      method: 'sampling/createMessage',
      params: { messages: [{ role: 'user', content: { type: 'text', text: 'FORBIDDEN' } }] },
    });
    const rig = await startRig('enforce', (req, res, body) => {
      if (req.method === 'GET')
        return events(`id: 1\ndata: ${sampling}\n\nid: 2\ndata: ${result(5)}\n\n`)(req, res, body);
      res.writeHead(202).end();
    });
    const got = await send(rig.url, {
      path: '/mcp/notes',
      method: 'GET',
      headers: { accept: 'text/event-stream', 'mcp-session-id': 's', 'last-event-id': '0' },
    });
    expect(got.body.toString()).toBe(`id: 2\ndata: ${result(5)}\n\n`);
    expect(rig.seen[0]).toMatchObject({ method: 'GET', headers: { 'last-event-id': '0' } });
    expect(rig.seen[1]).toMatchObject({
      method: 'POST',
      headers: { 'mcp-session-id': 's', 'content-type': 'application/json' },
    });
    expect(JSON.parse(rig.seen[1]?.body ?? '')).toMatchObject({ id: 9, error: { code: -1 } });
    expect(rig.decided[0]?.call).toMatchObject({
      tool: 'mcp__notes__sampling/createMessage',
      about: { description: 'FORBIDDEN' },
    });
  });

  it.each(['json', 'events'])('answers a batch whole, what was refused beside the rest (%s)', async (kind) => {
    const rig = await startRig('enforce', kind === 'json' ? whole(`[${result(1)}]`) : events(`data: ${result(1)}\n\n`));
    const got = await rig.post(`[${call(1)},${call(2, 'FORBIDDEN')}]`, { 'mcp-protocol-version': '2025-03-26' });
    expect(rig.seen[0]?.body).toBe(`[${call(1)}]`);
    const text = got.body.toString();
    const answers =
      kind === 'json'
        ? (JSON.parse(text) as { id: number }[])
        : text
            .split('\n\n')
            .filter(Boolean)
            .map((event) => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '') as { id: number });
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 2]);
  });

  it('says no without asking the server, in a form every client reads', async () => {
    const rig = await startRig('enforce', whole(result(1)));
    const refused = await rig.post(call(1, 'FORBIDDEN'));
    expect([refused.status, refused.headers['content-type']]).toEqual([200, 'application/json']);
    expect(JSON.parse(refused.body.toString())).toMatchObject({ id: 1, result: { isError: true } });
    for (const odd of ['{', '{"jsonrpc":"2.0","id":1,"method":"ping","id":2}', Buffer.from([0x22, 0xff])])
      expect((await rig.post(odd)).status).toBeGreaterThanOrEqual(200);
    expect((await rig.post('{')).status).toBe(400);
    expect((await rig.post(gzipSync(call(1)), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect(rig.seen).toEqual([]);
  });

  it('keeps from the client what nobody could read, while enforcing', async () => {
    const cases: readonly (readonly [string | Buffer, http.OutgoingHttpHeaders])[] = [
      ['hello', { 'content-type': 'text/plain' }],
      [gzipSync(result(1)), { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
      [Buffer.concat([Buffer.from(result(1)), Buffer.from([0xff])]), { 'content-type': 'application/json' }],
      ['{"jsonrpc"', { 'content-type': 'application/json' }],
    ];
    for (const [body, headers] of cases) {
      const enforce = await startRig('enforce', whole(body, headers));
      expect((await enforce.post(call(1))).status).toBe(502);
      expect(enforce.noted.some(({ kind }) => kind === 'unparsed')).toBe(true);
      const observe = await startRig('observe', whole(body, headers));
      const got = await observe.post(call(1));
      expect([got.status, got.body.equals(Buffer.from(body))]).toEqual([200, true]);
    }
  });

  it('passes errors and methods that the server does not know', async () => {
    const rig = await startRig('enforce', (_req, res) => res.writeHead(405, { allow: 'POST' }).end('no stream here'));
    const got = await send(rig.url, { path: '/mcp/notes', method: 'GET' });
    expect([got.status, got.headers.allow, got.body.toString()]).toEqual([405, 'POST', 'no stream here']);
    expect((await send(rig.url, { path: '/mcp/notes', method: 'PUT' })).status).toBe(405);
    expect((await send(rig.url, { path: '/mcp/notes/../x', method: 'GET' })).status).toBe(404);
  });

  it('takes no message that is too long, and breaks an answer that broke', async () => {
    const rig = await startRig(
      'enforce',
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        res.write(`data: ${result(7)}\n\ndata: {"json`);
        setTimeout(() => res.destroy(), 20);
      },
      1000,
    );
    expect((await rig.post(call(1, 'y'.repeat(1000)))).status).toBe(413);
    const got = await rig.post(call(1));
    expect(got.complete).toBe(false);
    expect(got.body.toString()).toBe(`data: ${result(7)}\n\n`);
  });

  it('leaves the server when the client leaves', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const rig = await startRig('enforce', (_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(': here\n\n');
      res.once('close', resolve);
    });
    const req = http.request(`${rig.url}/mcp/notes`, { method: 'GET' }, (res) => res.once('data', () => req.destroy()));
    req.on('error', () => {});
    req.end();
    await promise;
  });
});

// The servers under test, each in a process of its own: node bench/gateway.servers.ts ROLE [UPSTREAM]
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway } from '../src/capture/gateway.ts';
import { createUpstream } from '../src/capture/upstream.ts';
import type { Pipeline } from '../src/core/ports.ts';
import { ok } from '../src/core/result.ts';
import type { Mode } from '../src/core/verdict.ts';
import { providers } from '../src/normalise/providers.ts';

const events = (count: number): string[] => {
  const frame = (type: string, members: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  const usage = { input_tokens: 12, output_tokens: 1 };
  const text = Array.from({ length: count - 9 }, (_, n) =>
    frame('content_block_delta', { index: 0, delta: { type: 'text_delta', text: ` word ${n} of the answer` } }),
  );
  return [
    frame('message_start', {
      message: { id: 'msg_b', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, usage },
    }),
    frame('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...text,
    frame('content_block_stop', { index: 0 }),
    frame('content_block_start', {
      index: 1,
      content_block: { type: 'tool_use', id: 'toolu_b', name: 'Bash', input: {} },
    }),
    frame('content_block_delta', {
      index: 1,
      delta: { type: 'input_json_delta', partial_json: '{"command":"npm test' },
    }),
    frame('content_block_delta', { index: 1, delta: { type: 'input_json_delta', partial_json: ' -- --run"}' } }),
    frame('content_block_stop', { index: 1 }),
    frame('message_delta', { delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 81 } }),
    frame('message_stop', {}),
  ];
};
const stream = events(81);
const whole = JSON.stringify({
  id: 'msg_b',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [
    { type: 'text', text: 'word '.repeat(200) },
    { type: 'tool_use', id: 'toolu_b', name: 'Bash', input: { command: 'npm test -- --run' } },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  usage: { input_tokens: 12, output_tokens: 81 },
});

let answers = 0;

/** A provider that answers at once: first event, then the rest in eight pieces. Every tool call has an id of its own. */
const upstream: http.RequestListener = (req, res) => {
  const id = `toolu_${++answers}`;
  const streaming = req.headers['x-bench'] === 'stream';
  req.resume();
  req.on('end', () => {
    if (!streaming) {
      const body = whole.replace('toolu_b', id);
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      res.end(body);
      return;
    }
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(stream[0]);
    let at = 1;
    const more = () => {
      res.write(
        stream
          .slice(at, at + 10)
          .join('')
          .replace('toolu_b', id),
      );
      at += 10;
      if (at < stream.length) setImmediate(more);
      else res.end();
    };
    setImmediate(more);
  });
};

/** The floor: what any proxy in `node:http` costs. */
function pipe(origin: string): http.RequestListener {
  const agent = new http.Agent({ keepAlive: true });
  return (req, res) => {
    const { host: _, connection: __, ...headers } = req.headers;
    const out = http.request(
      origin + (req.url ?? '').replace('/anthropic', ''),
      { agent, method: req.method, headers },
      (from) => {
        const { connection: ___, 'keep-alive': ____, 'transfer-encoding': _____, ...back } = from.headers;
        res.writeHead(from.statusCode ?? 502, back);
        from.pipe(res);
      },
    );
    req.pipe(out);
  };
}

/** Warder's gateway with a pipeline that allows everything at once: the cost of the gateway alone. */
function warder(origin: string, mode: Mode): http.RequestListener {
  const allow = { decision: 'allow', enforced: true, effective: 'allow', rules: [], why: '' } as const;
  const pipeline: Pipeline = {
    decide: async (event) => ({
      verdict: allow,
      score: { score: 0, severity: 'low', findings: [] },
      call: event.call.toolUseId,
      receipt: null,
    }),
    note: async () => {},
  };
  const credential = { kind: 'key', key: 'bench' } as const;
  const place = { region: null, priority: 0, weight: 1, source: 'store' } as const;
  const key = {
    provider: 'anthropic',
    name: 'bench',
    fingerprint: '',
    kind: 'key',
    addedAt: '',
    ...place,
    credential,
  } as const;
  const [anthropic] = providers;
  if (!anthropic) throw new Error('no provider is listed');
  return createGateway({
    provider: anthropic,
    pipeline,
    identify: () => ok({ person: 'bench', device: 'bench', via: 'token' }),
    upstream: createUpstream({
      origins: { anthropic: origin },
      keys: { keys: () => [key] },
      passThroughClientAuth: false,
    }),
    mode: () => mode,
    hooksSeen: () => false,
    call: (_agent, tool, input, toolUseId) => ({
      toolUseId,
      tool,
      input,
      action: { kind: 'harmless', what: tool },
      fields: {},
    }),
    now: () => new Date().toISOString(),
  });
}

const [role = '', origin = ''] = process.argv.slice(2);
const handlers: Readonly<Record<string, () => http.RequestListener>> = {
  upstream: () => upstream,
  pipe: () => pipe(origin),
  observe: () => warder(origin, 'observe'),
  enforce: () => warder(origin, 'enforce'),
};
const handle = handlers[role]?.();
if (!handle) throw new Error(`there is no role ${role}`);
const server = http.createServer((req, res) => {
  if (req.url !== '/usage') return handle(req, res);
  const { user, system } = process.cpuUsage();
  res.end(JSON.stringify({ cpuMicros: user + system, rssBytes: process.memoryUsage.rss() }));
});
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }));
});
process.once('disconnect', () => process.exit(0));

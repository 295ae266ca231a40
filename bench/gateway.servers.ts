// The servers under test, each in a process of its own: node bench/gateway.servers.ts ROLE [UPSTREAM]
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGateway } from '../src/capture/gateway.ts';
import { createUpstream } from '../src/capture/upstream.ts';
import type { Pipeline } from '../src/core/ports.ts';
import { ok } from '../src/core/result.ts';
import type { Mode } from '../src/core/verdict.ts';
import { providers } from '../src/normalise/providers.ts';
import { spoken } from './gateway.dialects.ts';

let answers = 0;
/** Streams that stay open until the bench says go on. */
const open: (() => void)[] = [];

/** A provider that answers at once: first event, then the rest in eight pieces. Every tool call has an id of its own. */
const upstream: http.RequestListener = (req, res) => {
  if (req.url === '/open') return res.end(JSON.stringify({ open: open.length }));
  if (req.url === '/go') {
    for (const goOn of open.splice(0)) goOn();
    return res.end('{}');
  }
  const id = `toolu_${++answers}`;
  const kind = req.headers['x-bench'];
  const format = spoken.find(({ path }) => path === req.url);
  if (!format) return res.writeHead(404).end();
  req.resume();
  req.on('end', () => {
    if (kind === 'json' || kind === 'long') {
      const body = format.whole.replaceAll('toolu_b', id);
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      return res.end(body);
    }
    const events = kind === 'calls' ? format.calls : format.stream;
    const text = (from: number, to: number) => events.slice(from, to).join('').replaceAll('toolu_b', id);
    const size = Math.ceil((events.length - 1) / 8);
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.write(events[0]);
    if (kind === 'open') {
      res.write(text(1, format.half));
      open.push(() => res.end(text(format.half, events.length)));
      return;
    }
    const more = (at: number) => {
      res.write(text(at, at + size));
      if (at + size < events.length) setImmediate(more, at + size);
      else res.end();
    };
    setImmediate(more, 1);
  });
};

/** The floor: what any proxy in `node:http` costs. */
function pipe(origin: string): http.RequestListener {
  const agent = new http.Agent({ keepAlive: true });
  return (req, res) => {
    const { host: _, connection: __, ...headers } = req.headers;
    const out = http.request(
      origin + (req.url ?? '').replace(/^\/[a-z]+/, ''),
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
  const gateways = spoken.map(({ id }) => {
    const provider = providers.find((one) => one.id === id);
    if (!provider) throw new Error(`the provider ${id} is not listed`);
    const key = {
      provider: id,
      name: 'bench',
      fingerprint: '',
      kind: 'key',
      addedAt: '',
      ...place,
      credential,
    } as const;
    const gateway = createGateway({
      provider,
      pipeline,
      identify: () => ok({ person: 'bench', device: 'bench', via: 'token' }),
      upstream: createUpstream({
        origins: { [id]: origin },
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
    return { at: `/${id}/`, gateway };
  });
  return (req, res) => gateways.find(({ at }) => req.url?.startsWith(at))?.gateway(req, res);
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

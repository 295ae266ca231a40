import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { type Bench, type BenchRow, percentile } from './bench.ts';
import { ended } from './children.ts';

const root = path.resolve(import.meta.dirname, '..');
const warder = ['--disable-warning=ExperimentalWarning', path.join(root, 'src/cli.ts')];

/** A server over stdio that answers every request at once. */
const stdioServer = `
let rest = '';
process.stdin.on('data', (chunk) => {
  rest += chunk;
  for (let end = rest.indexOf('\\n'); end !== -1; end = rest.indexOf('\\n')) {
    const { id } = JSON.parse(rest.slice(0, end)); rest = rest.slice(end + 1);
    process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'kept' }] } }) + '\\n');
  }
});`;

/** The same over streamable HTTP, whole answers. */
const httpServer = `
const http = require('node:http');
http.createServer((req, res) => { let body = ''; req.on('data', (c) => { body += c; }); req.on('end', () => {
  const { id } = JSON.parse(body);
  res.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'bench' });
  res.end(JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'kept' }] } }));
}); }).listen(0, '127.0.0.1', function () { console.log(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port, token: '' })); });`;

/** What one more process between the two costs when it does nothing. */
const pipe = `
const child = require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { stdio: ['pipe', 'pipe', 'inherit'] });
process.stdin.pipe(child.stdin); child.stdout.pipe(process.stdout);`;

/** The same for HTTP. */
const httpPipe = `
const http = require('node:http'); const agent = new http.Agent({ keepAlive: true }); const to = process.argv[1];
http.createServer((req, res) => { const out = http.request(to, { method: req.method, headers: req.headers, agent }, (back) => { res.writeHead(back.statusCode, back.headers); back.pipe(res); }); req.pipe(out); })
  .listen(0, '127.0.0.1', function () { console.log(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port, token: '' })); });`;

const callOf = (id: number): string =>
  JSON.stringify({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'add_note', arguments: { title: `Note ${id}`, text: 'Buy milk and bread. '.repeat(20) } },
  });

interface Target {
  readonly name: string;
  ask(id: number): Promise<void>;
  close(): Promise<void>;
}

function firstLine(child: ChildProcess): Promise<{ readonly url: string; readonly token: string }> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line) => resolve(JSON.parse(String(line)) as { url: string; token: string }));
    child.once('exit', (status) => reject(new Error(`a server under test ended with status ${status}`)));
  });
}

/** As bin/warder has it: compiled code is kept. */
const env = { ...process.env, NODE_COMPILE_CACHE: path.join(root, '.cache/compile') };

function stdio(name: string, args: readonly string[]): Target & { hello(): Promise<void> } {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
  let heard: (() => void) | null = null;
  child.stdout.on('data', (chunk: Buffer) => {
    if (!chunk.includes('kept')) throw new Error(`${name} did not run a call: ${chunk}`);
    if (chunk.includes('\n')) heard?.();
  });
  const say = (message: string): Promise<void> =>
    new Promise((resolve) => {
      heard = resolve;
      child.stdin.write(`${message}\n`);
    });
  return {
    name,
    ask: (id) => say(callOf(id)),
    hello: () => say('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}'),
    close: () => ended(child),
  };
}

function overHttp(name: string, url: string, token: string, bodyOf = callOf): Target {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'mcp-session-id': 'bench' };
  return {
    name,
    ask: (id) =>
      new Promise((resolve, reject) => {
        const auth = token === '' ? {} : { 'x-warder-token': token };
        const req = http.request(url, { method: 'POST', agent, headers: { ...headers, ...auth } }, (res) => {
          if (res.statusCode !== 200) reject(new Error(`status ${res.statusCode} from ${name}`));
          let body = '';
          res.on('data', (chunk) => (body += chunk));
          res.once('end', () =>
            body.includes(bodyOf === callOf ? 'kept' : 'hook')
              ? resolve()
              : reject(new Error(`${name} did not run a call`)),
          );
        });
        req.on('error', reject);
        req.end(bodyOf(id));
      }),
    close: async () => agent.destroy(),
  };
}

/** A verdict alone, as any hook gets it: what is left of the others' figures is MCP's. */
function hook(url: string, token: string): Target {
  return overHttp('hook', `${url}/hooks/claude-code`, token, (id) =>
    JSON.stringify({
      session_id: 'bench',
      cwd: '/home/dev/app',
      hook_event_name: 'PreToolUse',
      tool_name: 'mcp__other__add_note',
      tool_input: { title: `Note ${id}`, text: 'Buy milk and bread. '.repeat(20) },
      tool_use_id: `toolu_${id}`,
    }),
  );
}

/** Milliseconds each target took more than the first of its group, in pairs of the same round. */
async function measure(groups: readonly (readonly Target[])[], rounds: number): Promise<Map<string, number[]>> {
  const added = new Map<string, number[]>(groups.flat().map(({ name }) => [name, []]));
  let id = 0;
  for (let round = -50; round < rounds; round += 1) {
    for (const [direct, ...others] of groups) {
      const took = async (target: Target | undefined) => {
        const from = performance.now();
        await target?.ask(++id);
        return performance.now() - from;
      };
      const floor = await took(direct);
      for (const target of others) {
        const more = (await took(target)) - floor;
        if (round >= 0) added.get(target.name)?.push(more);
      }
    }
  }
  return added;
}

/** Milliseconds from start to the first answer, each in turn. */
async function starting(kinds: readonly (readonly [string, readonly string[]])[], count: number) {
  const took = new Map<string, number[]>();
  for (let round = -1; round < count; round += 1) {
    for (const [name, args] of kinds) {
      const from = performance.now();
      const target = stdio(name, args);
      await target.hello();
      if (round >= 0) took.set(name, [...(took.get(name) ?? []), performance.now() - from]);
      await target.close();
    }
  }
  return took;
}

const ms = (value: number) => `${value.toFixed(2)} ms`;
const at = (values: readonly number[] | undefined, p: number): number =>
  percentile(
    (values ?? []).toSorted((a, b) => a - b),
    p,
  );

export const bench: Bench = {
  id: 'mcp',
  title:
    'MCP: added to a tools/call (one in flight, 500-byte arguments, enforce, receipt durable before the call goes on)',
  async run({ quick }) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-mcp-'));
    const children: ChildProcess[] = [];
    const targets: Target[][] = [];
    const started = (...args: string[]): ChildProcess => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
      children.push(child);
      return child;
    };
    const bare = ['-e', stdioServer];
    const wrapper = [...warder, 'mcp', '--name', 'notes', '--home', home, '--', process.execPath, ...bare];
    const between = ['-e', pipe, process.execPath, ...bare];
    try {
      const { url } = await firstLine(started('-e', httpServer));
      fs.writeFileSync(path.join(home, 'config.json'), JSON.stringify({ mcp: { notes: { url } } }));
      const serve = ['serve', '--home', home, '--port', '0', '--mode', 'enforce', '--json'];
      const server = await firstLine(started('--max-semi-space-size=8', ...warder, ...serve));
      const piped = await firstLine(started('-e', httpPipe, url));
      targets.push(
        [
          overHttp('bare, HTTP', url, ''),
          overHttp('pipe, HTTP', piped.url, ''),
          overHttp('proxy', `${server.url}/mcp/notes`, server.token),
          hook(server.url, server.token),
        ],
        [stdio('bare, stdio', bare), stdio('pipe, stdio', between), stdio('wrapper', wrapper)],
      );
      const added = await measure(targets, quick ? 200 : 1500);
      const [proxy, wrapped] = [added.get('proxy'), added.get('wrapper')];
      const starts = await starting(
        [
          ['bare', bare],
          ['pipe', between],
          ['wrapper', wrapper],
        ],
        quick ? 3 : 9,
      );
      const first = (name: string) => at(starts.get(name), 50);
      const row = (what: string, value: number, goal?: number): BenchRow =>
        goal === undefined
          ? { what, value: ms(value), met: null }
          : { what, value: ms(value), goal: `≤ ${goal} ms`, met: value <= goal };
      return [
        row('floor: a process between that only pipes (stdio), p50', at(added.get('pipe, stdio'), 50)),
        row('warder mcp (stdio), p50', at(wrapped, 50), 3),
        row('warder mcp (stdio), p99', at(wrapped, 99), 15),
        row('a verdict alone: a hook of the same server, p50', at(added.get('hook'), 50)),
        row('a verdict alone: a hook of the same server, p99', at(added.get('hook'), 99)),
        row('floor: node:http pipe, p50', at(added.get('pipe, HTTP'), 50)),
        row('/mcp/<name> (HTTP), p50', at(proxy, 50), 2),
        row('/mcp/<name> (HTTP), p99', at(proxy, 99), 10),
        row('start to the first answer: bare server', first('bare')),
        row('added to the start: a process that only pipes', first('pipe') - first('bare')),
        row('added to the start: warder mcp', first('wrapper') - first('bare'), 60),
      ];
    } finally {
      await Promise.all(targets.flat().map((target) => target.close()));
      await Promise.all(children.map(ended));
      fs.rmSync(home, { recursive: true, force: true });
    }
  },
};

import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { type Bench, type BenchRow, percentile } from './bench.ts';

const script = path.join(import.meta.dirname, 'gateway.servers.ts');

interface Target {
  readonly name: string;
  readonly url: string;
  readonly child: ChildProcess;
  readonly pool: Pool;
  readonly path: string;
  readonly key: string;
  usage(): Promise<Usage>;
}

interface Usage {
  /** NaN where the server does not tell. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/** A whole answer, a stream, a whole answer to a long prompt. */
const kinds = ['json', 'stream', 'long'] as const;
type Kind = (typeof kinds)[number];

/** What one target took, milliseconds more than the direct way in the same round. */
type Added = Readonly<Record<Kind, number[]>>;

const request = {
  model: 'm',
  max_tokens: 64,
  stream: true,
  metadata: { user_id: '{"session_id":"bench"}' },
  tools: [
    {
      name: 'Bash',
      description: 'Runs a command',
      input_schema: { type: 'object', properties: { command: { type: 'string' } } },
    },
  ],
};

/** A prompt of 2 KB. */
const body = JSON.stringify({ ...request, messages: [{ role: 'user', content: 'Please have a look. '.repeat(90) }] });

/** A prompt of 468 KB, as an agent's long session has: tool results full of code, with quotes and line ends escaped. */
const longBody = (() => {
  const code = '  const found = list.get("name") ?? "none";\n\tif (found !== "none") return { found, at: 12 };\n';
  const messages = Array.from({ length: 160 }, (_, n) =>
    n % 2 === 0
      ? {
          role: 'assistant',
          content: [{ type: 'tool_use', id: `t${n}`, name: 'Read', input: { file_path: `/a/${n}` } }],
        }
      : { role: 'user', content: [{ type: 'tool_result', tool_use_id: `t${n - 1}`, content: code.repeat(53) }] },
  );
  return JSON.stringify({ ...request, messages: [{ role: 'user', content: 'Please have a look.' }, ...messages] });
})();

/** The memory setting of `warder serve`, as bin/warder has it. */
const serveFlags = ['--max-semi-space-size=8'];

async function started(role: string, upstream: string): Promise<Target> {
  const ours = role === 'observe' || role === 'enforce';
  const child = fork(script, [role, upstream], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: ours ? serveFlags : [],
  });
  const { url } = await firstLine(child, role);
  const pool = new Pool(url, { allowH2: false });
  const usage = async () => (await (await pool.request({ path: '/usage', method: 'GET' })).body.json()) as Usage;
  const target = role === 'upstream' ? '/v1/messages' : '/anthropic/v1/messages';
  return { name: role, url, child, pool, path: target, key: 'x', usage };
}

/** The product as it is installed: real policies, the store's threads, a durable receipt for each call. */
async function startedWhole(upstream: string, home: string): Promise<Target> {
  const program = path.resolve(import.meta.dirname, '../bin/warder');
  const words = ['serve', '--json', '--port', '0', '--home', home, '--mode', 'enforce'];
  const child = spawn(program, [...words, '--upstream', `anthropic=${upstream}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ANTHROPIC_API_KEY: 'bench' },
  });
  const { url, token } = await firstLine(child, 'whole server');
  const pool = new Pool(url, { allowH2: false });
  const usage = async () => {
    const kib = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(child.pid)], { encoding: 'utf8' }));
    return { cpuMicros: Number.NaN, rssBytes: kib * 1024 };
  };
  return { name: 'whole server, enforce', url, child, pool, path: '/anthropic/v1/messages', key: token, usage };
}

function firstLine(child: ChildProcess, name: string): Promise<{ readonly url: string; readonly token: string }> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line) => resolve(JSON.parse(String(line)) as { url: string; token: string }));
    child.once('exit', (status) => reject(new Error(`the server ${name} ended with status ${status}`)));
  });
}

/** Milliseconds to the whole answer, or to the first byte of a stream's body. */
function ask({ pool, path: target, key }: Target, kind: Kind): Promise<number> {
  const from = performance.now();
  let first = 0;
  return new Promise((resolve, reject) => {
    pool.dispatch(
      {
        path: target,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bench': kind, 'x-api-key': key },
        body: kind === 'long' ? longBody : body,
      },
      {
        onRequestStart: () => {},
        onResponseStart(_controller, status) {
          if (status !== 200) reject(new Error(`status ${status}`));
        },
        onResponseData() {
          if (first === 0) first = performance.now() - from;
        },
        onResponseEnd: () => resolve(kind === 'stream' ? first : performance.now() - from),
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

async function rounds(direct: Target, targets: readonly Target[], count: number): Promise<Map<string, Added>> {
  const added = new Map<string, Added>(targets.map((target) => [target.name, { json: [], stream: [], long: [] }]));
  for (let round = -20; round < count; round++) {
    for (const kind of kinds) {
      if (kind === 'long' && round % 4 !== 0) continue;
      const took = new Map<Target, number>();
      for (const target of shuffled([direct, ...targets])) took.set(target, await ask(target, kind));
      if (round < 0) continue;
      for (const target of targets)
        added.get(target.name)?.[kind].push((took.get(target) ?? 0) - (took.get(direct) ?? 0));
    }
  }
  return added;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** CPU microseconds of the server for each request, with 16 in flight. */
async function cpuOf(target: Target, kind: Kind, count: number): Promise<number> {
  const before = await target.usage();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await ask(target, kind);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return ((await target.usage()).cpuMicros - before.cpuMicros) / count;
}

/** CPU microseconds of the server for each request. */
interface Load {
  readonly json: number;
  readonly stream: number;
}

/** Puts a target under load; it is warm afterwards, as a server that has run for a minute is. */
async function load(target: Target, count: number): Promise<Load> {
  await cpuOf(target, 'json', count / 4);
  await cpuOf(target, 'stream', count / 4);
  return { json: await cpuOf(target, 'json', count), stream: await cpuOf(target, 'stream', count / 2) };
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;

async function rowsFor(target: Target, added: Added, load: Load): Promise<BenchRow[]> {
  const ours = target.name !== 'pipe';
  const name = ours ? `Warder, ${target.name}` : 'floor: node:http pipe';
  const at = (kind: Kind, p: number) =>
    percentile(
      added[kind].toSorted((one, other) => one - other),
      p,
    );
  const rss = (await target.usage()).rssBytes / 2 ** 20;
  const row = (what: string, value: string, goal: string, met: boolean): BenchRow => ({
    what: `${name}: ${what}`,
    value,
    ...(ours ? { goal, met } : { met: null }),
  });
  const plain = (what: string, value: string): BenchRow => ({ what: `${name}: ${what}`, value, met: null });
  const cpu = Number.isNaN(load.json)
    ? []
    : [
        row('CPU for a whole answer', `${load.json.toFixed(0)} µs`, '≤ 500 µs', load.json <= 500),
        row('CPU for a stream of 81 events', `${load.stream.toFixed(0)} µs`, '≤ 500 µs', load.stream <= 500),
      ];
  return [
    row('added, whole answer, p50', ms(at('json', 50)), '≤ 0.5 ms', at('json', 50) <= 0.5),
    plain('added, whole answer, p99', ms(at('json', 99))),
    row('added, first byte of a stream, p50', ms(at('stream', 50)), '≤ 1 ms', at('stream', 50) <= 1),
    plain('added, first byte of a stream, p99', ms(at('stream', 99))),
    plain('added, whole answer to a prompt of 468 KB, p50', ms(at('long', 50))),
    ...cpu,
    row('memory after', `${rss.toFixed(0)} MiB`, '≤ 150 MiB', rss <= 150),
  ];
}

export const bench: Bench = {
  id: 'gateway',
  title:
    'Gateway: added to a provider on loopback (2 KB prompt, 81 events with a tool call; targets interleaved, differences in pairs; whole server: bin/warder serve, each call with its durable receipt)',
  async run({ quick }) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-gateway-'));
    const direct = await started('upstream', '');
    const targets: Target[] = [];
    try {
      for (const role of ['pipe', 'observe', 'enforce']) targets.push(await started(role, direct.url));
      targets.push(await startedWhole(direct.url, home));
      await load(direct, 400);
      const loads = new Map<Target, Load>();
      for (const target of targets) loads.set(target, await load(target, quick ? 400 : 1600));
      const added = await rounds(direct, targets, quick ? 100 : 400);
      const rows: BenchRow[] = [];
      for (const target of targets) {
        const took = added.get(target.name) ?? { json: [], stream: [], long: [] };
        rows.push(...(await rowsFor(target, took, loads.get(target) ?? { json: 0, stream: 0 })));
      }
      return rows;
    } finally {
      await Promise.all([direct, ...targets].map(ended));
      fs.rmSync(home, { recursive: true, force: true });
    }
  },
};

/** Ends a server and waits until it is gone. */
async function ended({ child, pool }: Target): Promise<void> {
  child.removeAllListeners('exit');
  await pool.destroy();
  if (child.exitCode !== null) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill();
  });
}

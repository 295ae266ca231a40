import { type ChildProcess, fork } from 'node:child_process';
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
}

type Kind = 'json' | 'stream';

/** What one target took, milliseconds more than the direct way in the same round. */
interface Added {
  readonly json: number[];
  readonly stream: number[];
}

/** A prompt of 2 KB. */
const body = JSON.stringify({
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
  messages: [{ role: 'user', content: 'Please have a look. '.repeat(90) }],
});

async function started(role: string, upstream: string): Promise<Target> {
  const child = fork(script, [role, upstream], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (line) => resolve((JSON.parse(String(line)) as { url: string }).url));
    child.once('exit', (status) => reject(new Error(`the server ${role} ended with status ${status}`)));
  });
  const pool = new Pool(url, { allowH2: false });
  return { name: role, url, child, pool, path: role === 'upstream' ? '/v1/messages' : '/anthropic/v1/messages' };
}

/** Milliseconds to the whole answer, or to the first byte of a stream's body. */
function ask({ pool, path: target }: Target, kind: Kind): Promise<number> {
  const from = performance.now();
  let first = 0;
  return new Promise((resolve, reject) => {
    pool.dispatch(
      {
        path: target,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bench': kind, 'x-api-key': 'x' },
        body,
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
  const added = new Map<string, Added>(targets.map((target) => [target.name, { json: [], stream: [] }]));
  for (let round = -20; round < count; round++) {
    for (const kind of ['json', 'stream'] as const) {
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

interface Usage {
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

async function usageOf({ pool }: Target): Promise<Usage> {
  const answer = await pool.request({ path: '/usage', method: 'GET' });
  return (await answer.body.json()) as Usage;
}

/** CPU microseconds of the server for each request, with 16 in flight. */
async function cpuOf(target: Target, kind: Kind, count: number): Promise<number> {
  const before = await usageOf(target);
  let left = count;
  const worker = async () => {
    while (left-- > 0) await ask(target, kind);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return ((await usageOf(target)).cpuMicros - before.cpuMicros) / count;
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

async function rowsFor(target: Target, { json, stream }: Added, load: Load): Promise<BenchRow[]> {
  const ours = target.name !== 'pipe';
  const name = ours ? `Warder, ${target.name}` : 'floor: node:http pipe';
  const [jsonSorted, streamSorted] = [json, stream].map((values) => values.toSorted((one, other) => one - other)) as [
    number[],
    number[],
  ];
  const [whole, first] = [percentile(jsonSorted, 50), percentile(streamSorted, 50)];
  const rss = (await usageOf(target)).rssBytes / 2 ** 20;
  const row = (what: string, value: string, goal: string, met: boolean): BenchRow => ({
    what: `${name}: ${what}`,
    value,
    ...(ours ? { goal, met } : { met: null }),
  });
  return [
    row('added, whole answer, p50', ms(whole), '≤ 0.5 ms', whole <= 0.5),
    { what: `${name}: added, whole answer, p99`, value: ms(percentile(jsonSorted, 99)), met: null },
    row('added, first byte of a stream, p50', ms(first), '≤ 1 ms', first <= 1),
    { what: `${name}: added, first byte of a stream, p99`, value: ms(percentile(streamSorted, 99)), met: null },
    row('CPU for a whole answer', `${load.json.toFixed(0)} µs`, '≤ 500 µs', load.json <= 500),
    { what: `${name}: CPU for a stream of 81 events`, value: `${load.stream.toFixed(0)} µs`, met: null },
    row('memory after', `${rss.toFixed(0)} MiB`, '≤ 150 MiB', rss <= 150),
  ];
}

export const bench: Bench = {
  id: 'gateway',
  title:
    'Gateway: added to a provider on loopback (2 KB prompt, 81 events with a tool call; targets interleaved, differences in pairs)',
  async run({ quick }) {
    const direct = await started('upstream', '');
    const targets: Target[] = [];
    try {
      for (const role of ['pipe', 'observe', 'enforce']) targets.push(await started(role, direct.url));
      await load(direct, 400);
      const loads = new Map<Target, Load>();
      for (const target of targets) loads.set(target, await load(target, quick ? 400 : 1600));
      const added = await rounds(direct, targets, quick ? 100 : 500);
      const rows: BenchRow[] = [];
      for (const target of targets) {
        const took = added.get(target.name) ?? { json: [], stream: [] };
        rows.push(...(await rowsFor(target, took, loads.get(target) ?? { json: 0, stream: 0 })));
      }
      return rows;
    } finally {
      await Promise.all([direct, ...targets].map(ended));
    }
  },
};

async function ended({ child, pool }: Target): Promise<void> {
  child.removeAllListeners('exit');
  await pool.destroy();
  child.kill();
}

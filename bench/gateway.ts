import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { type Bench, type BenchRow, percentile } from './bench.ts';
import { type Kind, type Spoken, spoken } from './gateway.dialects.ts';
import { portkeyHeaders, portkeyName, startPortkey } from './gateway.portkey.ts';

const script = path.join(import.meta.dirname, 'gateway.servers.ts');

interface Target {
  readonly name: string;
  /** Warder itself, in whichever form: what the goals are for. */
  readonly ours: boolean;
  readonly url: string;
  readonly child: ChildProcess;
  readonly pool: Pool;
  readonly formats: readonly Spoken[];
  pathOf(format: Spoken): string;
  headersOf(format: Spoken): Readonly<Record<string, string>>;
  usage(): Promise<Usage>;
}

interface Usage {
  /** NaN where nobody tells. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/** What is measured one at a time, and in which of the rounds: 1 each, 4 every fourth. */
const measured = { json: 1, stream: 1, calls: 4, long: 4 } as const satisfies Partial<Record<Kind, number>>;
type Measured = keyof typeof measured;
const kinds = Object.keys(measured) as Measured[];

/** Milliseconds more than the direct way in the same round; for `calls`, more than the pipe. */
type Added = Readonly<Record<Measured, number[]>>;

/** CPU microseconds of the server for each request. */
interface Load {
  readonly json: number;
  readonly stream: number;
}

interface Held {
  /** Largest that was seen while the streams were open, and once they had ended. */
  readonly rssBytes: number;
  /** Streams whose answer was open at the same time, and that ended well. */
  readonly open: number;
  readonly ended: number;
}

/** The memory settings of `warder serve`, as bin/warder has them. */
const asServed = {
  execArgv: ['--max-semi-space-size=8'],
  env: { ...process.env, MALLOC_ARENA_MAX: '1' },
};

const poolOf = (url: string) => new Pool(url, { allowH2: false });

async function started(role: string, upstream: string): Promise<Target> {
  const ours = role === 'observe' || role === 'enforce';
  const child = fork(script, [role, upstream], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    ...(ours ? asServed : { execArgv: [] }),
  });
  const { url } = await firstLine(child, role);
  const pool = poolOf(url);
  return {
    name: ours ? `Warder, ${role}` : `floor: node:http ${role}`,
    ours,
    url,
    child,
    pool,
    formats: spoken,
    pathOf: (format) => (role === 'upstream' ? format.path : `/${format.id}${format.path}`),
    headersOf: (format) => format.headers('x'),
    usage: async () => (await (await pool.request({ path: '/usage', method: 'GET' })).body.json()) as Usage,
  };
}

/** The product as it is installed: real policies, the store's threads, a durable receipt for each call. */
async function startedWhole(upstream: string, home: string): Promise<Target> {
  const program = path.resolve(import.meta.dirname, '../bin/warder');
  const words = ['serve', '--json', '--port', '0', '--home', home, '--mode', 'enforce'];
  const upstreams = spoken.flatMap(({ id }) => ['--upstream', `${id}=${upstream}`]);
  const child = spawn(program, [...words, ...upstreams], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ANTHROPIC_API_KEY: 'bench', OPENAI_API_KEY: 'bench' },
  });
  const { url, token } = await firstLine(child, 'whole server');
  return {
    name: 'Warder, whole server, enforce',
    ours: true,
    url,
    child,
    pool: poolOf(url),
    formats: spoken,
    pathOf: (format) => `/${format.id}${format.path}`,
    headersOf: (format) => format.headers(token),
    usage: async () => usageOf(child),
  };
}

/** Portkey's gateway from npm, once it has answered; or why there is none. */
async function startedPortkey(upstream: string): Promise<Target | { readonly missing: string }> {
  const found = await startPortkey();
  if ('missing' in found) return found;
  const { child, url } = found;
  const target: Target = {
    name: portkeyName,
    ours: false,
    url,
    child,
    pool: poolOf(url),
    formats: spoken.filter(({ id }) => id === 'openai'),
    pathOf: (format) => format.path,
    headersOf: (format) => ({ ...format.headers('x'), ...portkeyHeaders(upstream) }),
    usage: async () => usageOf(child),
  };
  try {
    for (const format of target.formats) for (const kind of kinds) await ask(target, format, kind);
    return target;
  } catch (error) {
    await ended(target);
    return { missing: `${portkeyName} does not answer: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function firstLine(child: ChildProcess, name: string): Promise<{ readonly url: string; readonly token: string }> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line) => resolve(JSON.parse(String(line)) as { url: string; token: string }));
    child.once('exit', (status) => reject(new Error(`the server ${name} ended with status ${status}`)));
  });
}

/** What the system says of a process that does not tell itself. Linux counts in 10 ms and in pages of 4 KiB. */
function usageOf({ pid }: ChildProcess): Usage {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return { cpuMicros: (Number(fields[11]) + Number(fields[12])) * 10_000, rssBytes: Number(fields[21]) * 4096 };
  } catch {
    const kib = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
    return { cpuMicros: Number.NaN, rssBytes: kib * 1024 };
  }
}

/** Milliseconds to the end of the answer, or to the first byte of a stream's body. A stream that is cut is an error. */
function ask(target: Target, format: Spoken, kind: Kind, pool = target.pool): Promise<number> {
  const from = performance.now();
  let first = 0;
  let last = '';
  return new Promise((resolve, reject) => {
    pool.dispatch(
      {
        path: target.pathOf(format),
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bench': kind, ...target.headersOf(format) },
        body: format.body(kind),
      },
      {
        onRequestStart: () => {},
        onResponseStart(_controller, status) {
          if (status !== 200) reject(new Error(`status ${status}`));
        },
        onResponseData(_controller, chunk) {
          if (first === 0) first = performance.now() - from;
          last = chunk.subarray(-60).toString();
        },
        onResponseEnd() {
          if (kind !== 'json' && kind !== 'long' && !/message_stop|\[DONE\]/.test(last))
            reject(new Error('a stream without its end'));
          resolve(kind === 'stream' ? first : performance.now() - from);
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

/** Rounds of each kind through each target in an order of chance, until `count` or the time is up. */
async function rounds(
  direct: Target,
  targets: readonly Target[],
  format: Spoken,
  { count, ms: time }: { readonly count: number; readonly ms: number },
): Promise<Map<Target, Added>> {
  const added = new Map(targets.map((target) => [target, { json: [], stream: [], calls: [], long: [] } as Added]));
  const pipe = targets[0];
  const until = performance.now() + time;
  for (let round = -8; round < count && performance.now() < until; round++) {
    for (const kind of kinds) {
      if (round % measured[kind] !== 0) continue;
      const took = new Map<Target, number>();
      for (const target of shuffled([direct, ...targets])) {
        // The first finds the process asleep and its caches with the others; a server at work is awake.
        await ask(target, format, kind);
        took.set(target, await ask(target, format, kind));
      }
      if (round < 0) continue;
      const base = kind === 'calls' && pipe ? pipe : direct;
      for (const [target, times] of added) {
        const from = target === pipe ? direct : base;
        times[kind].push((took.get(target) ?? Number.NaN) - (took.get(from) ?? Number.NaN));
      }
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

/** CPU microseconds of the server for each request, with 16 in flight, until `count` of them or the time is up. */
async function cpuOf(target: Target, format: Spoken, kind: Kind, count: number, ms: number): Promise<number> {
  const before = await target.usage();
  const until = performance.now() + ms;
  let asked = 0;
  const worker = async () => {
    while (asked < count && performance.now() < until) {
      asked++;
      await ask(target, format, kind);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return ((await target.usage()).cpuMicros - before.cpuMicros) / asked;
}

/** Puts a target under load; it is warm afterwards, as a server that has run for a minute is. */
async function warm(target: Target, format: Spoken, count: number, ms: number): Promise<void> {
  await cpuOf(target, format, 'json', count, ms / 2);
  await cpuOf(target, format, 'stream', count, ms / 2);
}

async function load(target: Target, format: Spoken, count: number, ms: number): Promise<Load> {
  return {
    json: await cpuOf(target, format, 'json', count, ms * 0.6),
    stream: await cpuOf(target, format, 'stream', count / 2, ms * 0.4),
  };
}

/** Streams that are open at the same time, each in the middle of a tool call's input, and then end. */
async function hold(direct: Target, target: Target, format: Spoken, count: number): Promise<Held> {
  const control = async (word: string) =>
    (await (await direct.pool.request({ path: `/${word}`, method: 'GET' })).body.json()) as { open: number };
  const pool = poolOf(target.url);
  let ended = 0;
  const all = Array.from({ length: count }, () =>
    ask(target, format, 'open', pool).then(
      () => {
        ended++;
      },
      () => {},
    ),
  );
  let rssBytes = 0;
  let open = 0;
  const look = async () => {
    rssBytes = Math.max(rssBytes, (await target.usage()).rssBytes);
  };
  const until = performance.now() + 4000;
  while (open < count && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    ({ open } = await control('open'));
    await look();
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  await look();
  await control('go');
  const late = new Promise((resolve) => setTimeout(resolve, 4000));
  await Promise.race([Promise.all(all), late]);
  await look();
  await pool.destroy();
  await Promise.all(all);
  return { rssBytes, open, ended };
}

interface Figures {
  readonly added: Added;
  readonly load: Load;
  readonly held: Held;
}

function rowsFor({ name, ours }: Target, format: Spoken, { added, load, held }: Figures, streams: number): BenchRow[] {
  const at = (kind: Measured, p: number) =>
    percentile(
      added[kind].toSorted((one, other) => one - other),
      p,
    );
  const row = (what: string, value: string, goal: string, met: boolean): BenchRow => ({
    what: `${format.title} | ${name}: ${what}`,
    value,
    ...(ours ? { goal, met } : { met: null }),
  });
  const both = (kind: Measured) => `${at(kind, 50).toFixed(2)} / ${at(kind, 99).toFixed(2)} ms`;
  const floor = name.startsWith('floor');
  const mb = held.rssBytes / 1e6;
  const cut = held.open < streams ? `, only ${held.open} open` : held.ended < streams ? `, ${held.ended} ended` : '';
  return [
    row('whole answer, p50 / p99', both('json'), '≤ 0.5 / 5 ms', at('json', 50) <= 0.5 && at('json', 99) <= 5),
    row(
      'first byte of a stream, p50 / p99',
      both('stream'),
      '≤ 1 / 5 ms',
      at('stream', 50) <= 1 && at('stream', 99) <= 5,
    ),
    row('whole answer to a prompt of 200 KB, p50', `${at('long', 50).toFixed(2)} ms`, '≤ 5 ms', at('long', 50) <= 5),
    row(
      `last byte of 50 tool calls, ${floor ? 'over direct' : 'over the pipe'}, p50 / p99`,
      both('calls'),
      '≤ 0.5 / 5 ms',
      at('calls', 50) <= 0.5 && at('calls', 99) <= 5,
    ),
    ...(Number.isNaN(load.json)
      ? []
      : [
          row(
            'CPU, whole answer / stream of 81 events',
            `${load.json.toFixed(0)} / ${load.stream.toFixed(0)} µs`,
            '≤ 500 µs',
            load.json <= 500 && load.stream <= 500,
          ),
        ]),
    row(
      `memory with ${streams} streams open`,
      `${mb.toFixed(0)} MB${cut}`,
      '≤ 200 MB',
      held.rssBytes <= 200e6 && cut === '',
    ),
  ];
}

export const bench: Bench = {
  id: 'gateway',
  title:
    'Gateway: added to a provider on loopback, Anthropic Messages and OpenAI Chat (2 KB prompt, 81 events with a tool call; targets interleaved, differences in pairs; whole server: bin/warder serve, each call with its durable receipt)',
  async run({ quick }) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-gateway-'));
    const streams = quick ? 50 : 500;
    const direct = await started('upstream', '');
    const targets: Target[] = [];
    try {
      const roles = ['pipe', 'observe', 'enforce'].map((role) => started(role, direct.url));
      const peer = startedPortkey(direct.url);
      targets.push(...(await Promise.all([...roles, startedWhole(direct.url, home)])));
      const portkey = await peer;
      if (!('missing' in portkey)) targets.push(portkey);
      const within = (format: Spoken) => targets.filter(({ formats }) => formats.includes(format));
      for (const format of spoken)
        for (const target of [direct, ...within(format)])
          await warm(target, format, quick ? 50 : 400, quick ? 60 : 600);
      const taken: { target: Target; format: Spoken; load: Load; added: Added }[] = [];
      for (const format of spoken) {
        const loads = new Map<Target, Load>();
        for (const target of within(format))
          loads.set(target, await load(target, format, quick ? 200 : 1600, quick ? 200 : 1600));
        const limits = quick ? { count: 40, ms: 1100 } : { count: 400, ms: 10_500 };
        const added = await rounds(direct, within(format), format, limits);
        for (const [target, load] of loads) {
          const times = added.get(target);
          if (times) taken.push({ target, format, load, added: times });
        }
      }
      const after: BenchRow[] = [];
      for (const target of targets) {
        const { rssBytes } = await target.usage();
        const goal = target.ours ? { goal: '≤ 150 MiB', met: rssBytes <= 150 * 2 ** 20 } : { met: null };
        after.push({
          what: `${target.name}: memory after the load, before the open streams`,
          value: `${(rssBytes / 2 ** 20).toFixed(0)} MiB`,
          ...goal,
        });
      }
      const rows: BenchRow[] = [];
      for (const { target, format, ...figures } of taken) {
        const held = await hold(direct, target, format, streams);
        rows.push(...rowsFor(target, format, { ...figures, held }, streams));
      }
      rows.push(...after);
      if ('missing' in portkey) rows.push({ what: portkeyName, value: portkey.missing, met: null });
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

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Bench, type BenchRow, percentile } from './bench.ts';
import { type Kind, type Spoken, spoken } from './gateway.dialects.ts';
import { portkeyName } from './gateway.portkey.ts';
import { ask, ended, poolOf, started, startedPortkey, startedWhole, type Target } from './gateway.targets.ts';

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
      const peer = startedPortkey(direct.url, kinds);
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

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { deviceWorld, kill, until } from '../test/harness/devices.ts';
import { type Bench, type BenchRow, percentile } from './bench.ts';
import { peerHook, peerName } from './device.peer.ts';

let calls = 0;
const body = (): string => {
  calls += 1;
  return JSON.stringify({
    session_id: 's',
    cwd: '/home/dev/app',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: `ls part-${calls}` },
    tool_use_id: `toolu_${calls}`,
  });
};

/** Answers at once, on a thread of its own: what is measured is the client. */
const answerer = `
const http = require('node:http');
const { parentPort } = require('node:worker_threads');
const server = http.createServer((req, res) => {
  req.resume();
  req.on('end', () => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 });
    res.end('{}');
  });
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** One way to have a hook answered, and what it took so far in milliseconds; the first is the cold one. */
interface Way {
  readonly what: string;
  readonly goals?: readonly [p50: number, p95: number];
  readonly taken: number[];
  once(): Promise<void> | void;
}

const starting = (
  what: string,
  command: string,
  args: readonly string[],
  more: { env?: NodeJS.ProcessEnv; goals?: Way['goals'] } = {},
): Way => ({
  what,
  taken: [],
  ...(more.goals === undefined ? {} : { goals: more.goals }),
  once() {
    const options = { input: body(), encoding: 'utf8', ...(more.env ? { env: more.env } : {}) } as const;
    const { status, stderr } = spawnSync(command, [...args], options);
    if (status !== 0) throw new Error(`${what} ended with ${status}: ${stderr}`);
  },
});

/** A hook that the agent sends itself: no process is started. */
function sending(what: string, port: number, token: string): Way {
  const agent = new http.Agent({ keepAlive: true });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return {
    what,
    taken: [],
    once: () =>
      new Promise((resolve, reject) => {
        const asked = http.request({
          agent,
          port,
          host: '127.0.0.1',
          method: 'POST',
          path: '/hooks/claude-code',
          headers,
        });
        asked.on('response', (answer) => answer.resume().on('end', resolve));
        asked.on('error', reject);
        asked.end(body());
      }),
  };
}

/** In turns, so that whatever else the machine does meets all of them alike. */
async function measure(ways: readonly Way[], runs: number): Promise<void> {
  for (let run = 0; run <= runs; run += 1) {
    for (const way of ways) {
      const start = performance.now();
      await way.once();
      way.taken.push(performance.now() - start);
    }
  }
}

const ms = (value: number): string => value.toFixed(1);

function row({ what, goals, taken }: Way): BenchRow {
  const [cold = Number.NaN, ...warm] = taken;
  const sorted = warm.sort((a, b) => a - b);
  const [p50, p95] = [percentile(sorted, 50), percentile(sorted, 95)];
  const value = `${ms(p50)} / ${ms(p95)} ms (first ${ms(cold)})`;
  if (goals === undefined) return { what, value, met: null };
  return { what, value, goal: `≤ ${goals[0]} / ${goals[1]} ms`, met: p50 <= goals[0] && p95 <= goals[1] };
}

const hook = ['claude-code', 'PreToolUse', 'block'];

/** A copy of the client in a folder of its own, with settings that lead to what answers at once. */
function lonelyClient(client: string, folder: string, url: string, changed: (script: string) => string): string {
  const copy = path.join(folder, 'warder-hook');
  fs.mkdirSync(folder);
  fs.writeFileSync(copy, changed(fs.readFileSync(client, 'utf8')), { mode: 0o755 });
  fs.writeFileSync(`${copy}.conf`, `url = "${url}"\nheader = "Authorization: Bearer wrd_bench"\n`, { mode: 0o600 });
  return copy;
}

export const bench: Bench = {
  id: 'device',
  title: 'Device client: start to answer of one command hook, p50 / p95, and the first after the start of all',
  async run({ quick }) {
    const worker = new Worker(answerer, { eval: true });
    const answering = new Promise<number>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    const world = await deviceWorld('enforce', true);
    const peer = await peerHook();
    try {
      const port = await answering;
      const device = await world.startDevice();
      await until(async () => (await world.status()).policy !== '', 5000, 'the policy');
      const client = path.join(world.homes.device, 'device/warder-hook');
      const url = `http://127.0.0.1:${port}/hooks/claude-code`;
      const lonely = lonelyClient(client, path.join(world.homes.device, 'alone'), url, (text) => text);
      const withoutPerl = lonelyClient(client, path.join(world.homes.device, 'curl'), url, (text) =>
        text.replace('perl=/usr/bin/perl\n', 'perl=\n'),
      );
      const runs = quick ? 12 : 60;
      const ways = [
        starting('floor: sh -c :', '/bin/sh', ['-c', ':']),
        starting('floor: bare curl, answered at once', 'curl', ['-q', '-sS', '--data-binary', '@-', url]),
        starting('device client, answered at once', lonely, hook, { goals: [15, 40] }),
        starting('device client on a machine without perl, answered at once', withoutPerl, hook),
        starting('device client → device process → server, judged and recorded', client, hook, { goals: [15, 40] }),
        ...('missing' in peer ? [] : [starting(peerName, peer.command, peer.args, { env: peer.env })]),
        sending('http hook → device process → server, nothing started', world.port, world.identity.hookToken),
        sending('http hook → server, nothing started', world.serverPort, world.identity.token),
      ];
      await measure(ways, runs);
      await kill(world.server);
      const alone = starting('device client → device process, its server gone: judged and kept there', client, hook);
      await measure([alone], quick ? 12 : 40);
      await kill(device);
      const rows = [...ways, alone].map(row);
      return 'missing' in peer ? [...rows, { what: peerName, value: peer.missing, met: null }] : rows;
    } finally {
      await worker.terminate();
      await world.close();
      if (!('missing' in peer)) peer.end();
    }
  },
};

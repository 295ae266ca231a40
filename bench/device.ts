import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Bench, type BenchRow, percentile } from './bench.ts';

const body = JSON.stringify({
  session_id: 's',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'ls' },
  tool_use_id: 'toolu_1',
});

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

/** Sorted milliseconds of `runs` starts, one after the other, after ten that do not count. */
function times(command: string, args: readonly string[], runs: number): number[] {
  const taken: number[] = [];
  for (let run = -10; run < runs; run += 1) {
    const start = performance.now();
    const { status, stderr } = spawnSync(command, [...args], { input: body, encoding: 'utf8' });
    const ms = performance.now() - start;
    if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
    if (run >= 0) taken.push(ms);
  }
  return taken.sort((a, b) => a - b);
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;

function rows(what: string, sorted: readonly number[], goalMs?: number): BenchRow[] {
  const p50 = percentile(sorted, 50);
  return [
    goalMs === undefined
      ? { what: `${what}, p50`, value: ms(p50), met: null }
      : { what: `${what}, p50`, value: ms(p50), goal: `≤ ${goalMs} ms`, met: p50 <= goalMs },
    { what: `${what}, p99`, value: ms(percentile(sorted, 99)), met: null },
  ];
}

export const bench: Bench = {
  id: 'device',
  title: 'Device client: start to answer of one command hook',
  async run({ quick }) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-device-'));
    const worker = new Worker(answerer, { eval: true });
    try {
      const port = await new Promise<number>((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      const client = path.join(folder, 'warder-hook');
      fs.copyFileSync(path.join(import.meta.dirname, '../src/device/warder-hook.sh'), client);
      fs.chmodSync(client, 0o755);
      const conf = `url = "http://127.0.0.1:${port}/hooks/claude-code"\nheader = "Authorization: Bearer wrd_bench"\n`;
      fs.writeFileSync(`${client}.conf`, conf, { mode: 0o600 });
      const runs = quick ? 50 : 300;
      return [
        ...rows('device client', times(client, ['claude-code', 'PreToolUse', 'block'], runs), 15),
        ...rows('floor: curl --version', times('curl', ['-q', '--version'], runs)),
        ...rows('floor: sh -c :', times('/bin/sh', ['-c', ':'], runs)),
      ];
    } finally {
      await worker.terminate();
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
};

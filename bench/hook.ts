import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Pool } from 'undici';
import { type Bench, type BenchRow, percentile } from './bench.ts';
import { ended, started, type Target } from './children.ts';

const root = path.resolve(import.meta.dirname, '..');

/** Reads the body, answers `{}`: what any HTTP hook costs. */
const floorServer = `
const http = require('node:http');
http.createServer((req, res) => { let n = 0; req.on('data', (c) => { n += c.length; }); req.on('end', () => { res.writeHead(200, { 'content-type': 'application/json' }); res.end('{}'); }); })
  .listen(0, '127.0.0.1', function () { process.stdout.write(JSON.stringify({ url: 'http://127.0.0.1:' + this.address().port, token: '' }) + '\\n'); });
`;

/** What developers' agents run all day, with a number that makes each one new. */
const commands = [
  (n: number) => `git status && git diff HEAD~${n % 9} -- src/app.ts`,
  (n: number) => `npm test -- --grep "case ${n}"`,
  (n: number) => `rg -n "value${n}" src | head -50`,
  (n: number) => `sed -n '${n},${n + 40}p' src/server.ts`,
  (n: number) => `cd packages/web && npx tsc --noEmit 2>&1 | tail -${(n % 20) + 1}`,
  (n: number) => `curl -s http://127.0.0.1:3000/api/items/${n} | jq .name`,
  (n: number) => `for f in $(ls src/*.ts | head -${n % 7}); do wc -l "$f"; done`,
  (n: number) => `rm -rf dist/chunk-${n} && mkdir -p dist && cp -r public dist/`,
];

async function ask(pool: Pool, target: Target, n: number, run: string): Promise<number> {
  const body = JSON.stringify({
    session_id: `bench-${run}-${n % 20}`,
    transcript_path: '/home/dev/.claude/projects/-home-dev-src-app/bench.jsonl',
    cwd: '/home/dev/src/app',
    permission_mode: 'default',
    hook_event_name: 'PreToolUse',
    tool_name: 'Bash',
    tool_input: { command: commands[n % commands.length]!(n), description: 'bench' },
    tool_use_id: `toolu_${run}_${n}`,
  });
  const from = performance.now();
  const answer = await pool.request({
    path: '/hooks/claude-code',
    method: 'POST',
    headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
    body,
  });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode} from ${target.url}`);
  return performance.now() - from;
}

async function measure(
  target: Target,
  run: string,
  inFlight: number,
  total: number,
): Promise<{ p50: number; p99: number; perSecond: number }> {
  const pool = new Pool(target.url, { connections: inFlight, pipelining: 1 });
  let next = 0;
  const times: number[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: inFlight }, async () => {
      while (next < total) times.push(await ask(pool, target, next++, run));
    }),
  );
  const seconds = (performance.now() - from) / 1000;
  await pool.close();
  times.sort((a, b) => a - b);
  return { p50: percentile(times, 50), p99: percentile(times, 99), perSecond: total / seconds };
}

const ms = (value: number) => `${value.toFixed(2)} ms`;

export const bench: Bench = {
  id: 'hook',
  title: 'Hook decision over HTTP, whole server, receipt durable before the answer',
  async run({ quick }) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-hook-'));
    const floor = spawn(process.execPath, ['-e', floorServer], { stdio: ['ignore', 'pipe', 'inherit'] });
    const warder = spawn(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        path.join(root, 'src/cli.ts'),
        'serve',
        '--home',
        home,
        '--port',
        '0',
        '--mode',
        'enforce',
        '--json',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const rows: BenchRow[] = [];
    try {
      const targets = { floor: await started(floor), warder: await started(warder) };
      for (const [name, target] of Object.entries(targets))
        await measure(target, `warm-${name}`, 8, quick ? 200 : 1500);
      const [one, many] = quick ? [300, 1000] : [2000, 10_000];
      const floor1 = await measure(targets.floor, 'floor1', 1, one);
      const warder1 = await measure(targets.warder, 'one', 1, one);
      const floor16 = await measure(targets.floor, 'floor16', 16, many);
      const warder16 = await measure(targets.warder, 'many', 16, many);
      rows.push(
        { what: `no-op HTTP server, 1 in flight, p50 / p99`, value: `${ms(floor1.p50)} / ${ms(floor1.p99)}` },
        { what: 'Warder, 1 in flight, p50', value: ms(warder1.p50), goal: '≤ 2 ms', met: warder1.p50 <= 2 },
        { what: 'Warder, 1 in flight, p99', value: ms(warder1.p99), goal: '≤ 10 ms', met: warder1.p99 <= 10 },
        { what: 'no-op HTTP server, 16 in flight', value: `${Math.round(floor16.perSecond)}/s` },
        {
          what: 'Warder, 16 in flight',
          value: `${Math.round(warder16.perSecond)}/s`,
          goal: '≥ 2,000/s',
          met: warder16.perSecond >= 2000,
        },
        { what: 'Warder, 16 in flight, p50 / p99', value: `${ms(warder16.p50)} / ${ms(warder16.p99)}` },
      );
    } finally {
      await Promise.all([floor, warder].map(ended));
      fs.rmSync(home, { recursive: true, force: true });
    }
    return rows;
  },
};

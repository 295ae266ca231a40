import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Bench, BenchRow } from './bench.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
const recorded = path.join(root, 'test/fixtures/claude-code/2.1.330/transcript/tools.jsonl');

/** Reads the same files and finds the line ends, and nothing else: what the disk and the runtime allow. */
const floor = `
const fs = require('node:fs'), path = require('node:path');
let lines = 0, bytes = 0;
const started = performance.now();
for (const name of fs.readdirSync(process.argv[1], { recursive: true })) {
  const file = path.join(process.argv[1], name);
  if (!file.endsWith('.jsonl')) continue;
  const all = fs.readFileSync(file);
  bytes += all.length;
  for (let at = all.indexOf(10); at !== -1; at = all.indexOf(10, at + 1)) lines += 1;
}
console.log(JSON.stringify({ lines, bytes, ms: performance.now() - started }));
`;

const realCalls = path.join(root, '../shared/datasets/entire_claude_code.jsonl.gz');
const realSchema = z.object({ calls: z.number(), ms: z.number(), cpuMs: z.number() });
const floorSchema = z.object({ lines: z.number(), bytes: z.number(), ms: z.number() });
const reportSchema = z.looseObject({
  totals: z.looseObject({ bytes: z.number(), calls: z.number(), sessions: z.number() }),
  unread: z.looseObject({ damagedLines: z.number() }),
});

export const bench: Bench = {
  id: 'scan',
  title: 'warder scan: transcripts',
  async run({ quick }) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-bench-scan-'));
    try {
      const made = writeTranscripts(folder, (quick ? 15 : 60) * 1e6);
      const least = floorSchema.parse(JSON.parse((await run(process.execPath, ['-e', floor, folder])).stdout));
      const runs: number[] = [];
      let peakMb = 0;
      let cpuMs = Number.POSITIVE_INFINITY;
      for (let i = 0; i < (quick ? 1 : 3); i += 1) {
        const { ms, rssMb } = await scanOnce(folder, made);
        runs.push(ms);
        peakMb = Math.max(peakMb, rssMb);
      }
      // On one thread the processor's time says what the work takes, however busy the machine is.
      for (let i = 0; i < (quick ? 1 : 2); i += 1)
        cpuMs = Math.min(cpuMs, (await scanOnce(folder, made, '--jobs', '1')).cpuMs);
      const best = Math.min(...runs);
      const mbPerS = made.bytes / 1e6 / (best / 1000);
      const callsPerS = made.calls / (best / 1000);
      const goal = '≥ 50 MB/s or ≥ 5,000 calls/s';
      const met = mbPerS >= 50 || callsPerS >= 5_000;
      return [
        {
          what: 'written',
          value: `${(made.bytes / 1e6).toFixed(0)} MB, ${made.calls} calls, ${made.sessions} sessions`,
        },
        {
          what: 'floor: read the bytes, find the lines',
          value: `${(made.bytes / 1e3 / least.ms).toFixed(0)} MB/s`,
          met: null,
        },
        {
          what: 'whole command, start to exit',
          value: `${(best / 1000).toFixed(2)} s (worst ${(Math.max(...runs) / 1000).toFixed(2)})`,
        },
        { what: 'transcripts', value: `${mbPerS.toFixed(0)} MB/s`, goal, met },
        { what: 'calls understood and scored', value: `${Math.round(callsPerS)} calls/s`, goal, met },
        { what: 'peak memory', value: `${peakMb.toFixed(0)} MB` },
        {
          what: 'one thread, per second of processor time, start included',
          value: `${(made.bytes / 1e3 / cpuMs).toFixed(0)} MB, ${Math.round(made.calls / (cpuMs / 1000))} calls`,
        },
        ...(await realRows()),
      ];
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** Real calls, which are not shipped: judged where they lie, on one thread. */
async function realRows(): Promise<readonly BenchRow[]> {
  if (!fs.existsSync(realCalls)) return [];
  const program = path.join(root, 'bench/scan.real.ts');
  const { stdout } = await run(process.execPath, [program, realCalls]);
  const { calls, ms, cpuMs } = realSchema.parse(JSON.parse(stdout));
  const callsPerS = calls / (ms / 1000);
  return [
    {
      what: `${calls} real calls of a team, one thread, understood and scored`,
      value: `${Math.round(callsPerS)} calls/s`,
      goal: '≥ 5,000 calls/s',
      met: callsPerS >= 5_000,
    },
    { what: 'the same, per second of processor time', value: `${Math.round(calls / (cpuMs / 1000))} calls` },
  ];
}

interface Made {
  readonly bytes: number;
  readonly calls: number;
  readonly sessions: number;
}

/** The command as a person runs it, in a process of its own; what it found must be what was written. */
async function scanOnce(
  folder: string,
  made: Made,
  ...more: string[]
): Promise<{ ms: number; rssMb: number; cpuMs: number }> {
  const measured =
    'process.on("exit",()=>{const u=process.resourceUsage();process.stderr.write("rss "+u.maxRSS+" cpu "+(u.userCPUTime+u.systemCPUTime))})';
  const started = performance.now();
  const { stdout, stderr } = await run(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(measured)}`,
      path.join(root, 'src/cli.ts'),
      'scan',
      '--dir',
      folder,
      '--json',
      ...more,
    ],
    {
      maxBuffer: 64 << 20,
      env: { ...process.env, HOME: folder, NODE_COMPILE_CACHE: path.join(root, '.cache/compile') },
    },
  ).catch((error: unknown) => foundSomething(error));
  const ms = performance.now() - started;
  const report = reportSchema.parse(JSON.parse(stdout));
  if (report.totals.calls !== made.calls || report.unread.damagedLines !== 0) {
    throw new Error(
      `the scan saw ${report.totals.calls} of ${made.calls} calls, ${report.unread.damagedLines} lines damaged`,
    );
  }
  const [, rss, cpu] = /rss (\d+) cpu (\d+)/.exec(stderr) ?? [];
  return { ms, rssMb: Number(rss) / 1024, cpuMs: Number(cpu) / 1000 };
}

const exitSchema = z.looseObject({ code: z.literal(1), stdout: z.string(), stderr: z.string() });
/** Exit status 1 means that something was found: a result, not a failure. */
function foundSomething(error: unknown): { stdout: string; stderr: string } {
  const found = exitSchema.safeParse(error);
  if (found.success) return found.data;
  throw error;
}

/** Sessions in the recorded shapes, with sources of this repository as what was read and written. */
function writeTranscripts(folder: string, wantedBytes: number): Made {
  const shapes = shapesOf(recorded);
  const texts = sources(path.join(root, 'src'));
  const projects = path.join(folder, 'projects', '-home-dev-src-shop');
  fs.mkdirSync(projects, { recursive: true });
  let [bytes, calls, sessions] = [0, 0, 0];
  while (bytes < wantedBytes) {
    const session = randomUUID();
    const lines = [...shapes.opening.map((line) => freshLine(line, session))];
    const before = calls;
    while (calls - before < 120) {
      const text = texts[calls % texts.length] ?? '';
      lines.push(...shapes.around.map((line) => freshLine(line, session)), ...callLines(shapes, session, calls, text));
      calls += 1;
    }
    const content = `${lines.join('\n')}\n`;
    fs.writeFileSync(path.join(projects, `${session}.jsonl`), content);
    bytes += Buffer.byteLength(content);
    sessions += 1;
  }
  return { bytes, calls, sessions };
}

type Line = Readonly<Record<string, unknown>>;
interface Shapes {
  /** Lines at the start of a session. */
  readonly opening: readonly Line[];
  /** Lines the client writes around each call: texts, request records. */
  readonly around: readonly Line[];
  readonly call: Line;
  readonly result: Line;
}

function shapesOf(file: string): Shapes {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  const all = lines.map((line) => z.looseObject({ type: z.string() }).parse(JSON.parse(line)));
  const call = all.find((line) => JSON.stringify(line).includes('"type":"tool_use"'));
  const result = all.find((line) => JSON.stringify(line).includes('"type":"tool_result"') && line.type === 'user');
  const said = all.find((line) => line.type === 'assistant');
  const request = all.find((line) => line.type === 'api-request');
  if (!call || !result || !said || !request) throw new Error(`${file} holds no tool call to copy`);
  return { opening: all.slice(0, all.indexOf(said)), around: [request, said], call, result };
}

const freshLine = (line: Line, session: string): string =>
  JSON.stringify({ ...line, sessionId: session, ...('uuid' in line ? { uuid: randomUUID() } : {}) });

function callLines({ call, result }: Shapes, session: string, n: number, text: string): string[] {
  const id = `toolu_bench${n}`;
  const [name, input, output] = callOf(n, text);
  const asked = { role: 'assistant', content: [{ type: 'tool_use', id, name, input }], stop_reason: 'tool_use' };
  const came = { role: 'user', content: [{ tool_use_id: id, type: 'tool_result', content: output }] };
  return [
    freshLine({ ...call, message: asked }, session),
    freshLine(
      { ...result, message: came, toolUseResult: { type: 'text', file: { filePath: '/x', content: output } } },
      session,
    ),
  ];
}

/** Tools in about the proportions of real work: a third shell, a third reading, the rest edits, searches and the like. */
function callOf(n: number, text: string): [tool: string, input: Line, output: string] {
  const file = `/home/dev/src/shop/src/part-${n % 97}.ts`;
  switch (n % 9) {
    case 0:
    case 1:
    case 2:
      return ['Bash', { command: commandOf(n), description: 'step' }, text.slice(0, 1_500)];
    case 3:
    case 4:
    case 5:
      return ['Read', { file_path: file }, text];
    case 6:
      return ['Edit', { file_path: file, old_string: text.slice(0, 300), new_string: text.slice(100, 500) }, 'updated'];
    case 7:
      return ['Grep', { pattern: `function part${n}`, path: '/home/dev/src/shop/src' }, text.slice(0, 800)];
    default:
      return ['mcp__notes__read', { id: n }, text.slice(0, 600)];
  }
}

function commandOf(n: number): string {
  const commands = [
    `npm test -- part-${n}`,
    `git status --short && git diff --stat HEAD~${n % 5}`,
    `cd /home/dev/src/shop && npx tsc --noEmit 2>&1 | head -${n % 50}`,
    `grep -rn "part${n}" src --include='*.ts' | sort | uniq -c | sort -rn | head`,
    `for f in src/*.ts; do wc -l "$f"; done | awk '{ s += $1 } END { print s + ${n} }'`,
    `cat > /tmp/check-${n}.sh <<'END'\nset -e\nnpm run lint\nnpm run build\nEND\nbash /tmp/check-${n}.sh`,
    `git add -A && git commit -m "part ${n}: types" && git log --oneline -3`,
    `curl -s http://localhost:3000/health/${n} | jq .status`,
    `docker compose up -d db && sleep 2 && docker compose exec db psql -U shop -c 'select count(*) from orders where id > ${n}'`,
    `find . -name '*.map' -newer package.json -mtime -${(n % 9) + 1} -print`,
  ];
  return commands[n % commands.length] ?? 'true';
}

function sources(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
}

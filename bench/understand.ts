import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { ToolCall } from '../src/core/event.ts';
import { families } from '../src/plugs.ts';
import { findSecrets } from '../src/understand/secrets.ts';
import { createUnderstand } from '../src/understand/understand.ts';
import { type Bench, type BenchRow, percentile } from './bench.ts';

const place = { cwd: '/home/ada/work/shop', home: '/home/ada' };
/** Real calls, where they are at hand: beside the project, never part of it. */
const datasets = fileURLToPath(new URL('../../shared/datasets/', import.meta.url));

/** Commands of every sort, made from a few shapes. */
function generated(count: number): readonly string[] {
  const shapes = [
    (n: number) => `cd packages/p${n} && npm test -- --filter case${n} 2>&1 | tail -${n % 50}`,
    (n: number) => `git diff main...feature/f${n} --stat | head -${n % 40}`,
    (n: number) => `git add -A && git commit -m "$(cat <<'E'\nfix ${n}: say why\n\nmore words here\nE\n)"`,
    (n: number) => `for f in src/a${n}.ts src/b${n}.ts; do sed -i 's/x${n}/y/' "$f"; done`,
    (n: number) => `grep -rn "name${n}" src --include='*.ts' | xargs -I{} wc -l {}`,
    (n: number) => `curl -s -H "Accept: application/json" https://api.example.com/v1/items/${n} | jq '.items[] | .id'`,
    (n: number) => `docker run --rm -v "$PWD:/app" -w /app node:24 sh -c 'npm ci && npm run build:${n}'`,
    (n: number) => `find . -name '*.log' -mtime +${n} -exec rm {} \\;`,
    (n: number) => `python3 - <<'E'\nimport json\nprint(json.load(open('data/${n}.json'))['x'])\nE`,
    (n: number) => `if [ -f .env.${n} ]; then source .env.${n}; fi; echo "$HOME/${n}" > /tmp/out${n}`,
  ];
  return Array.from({ length: count }, (_, n) => (shapes[n % shapes.length] as (n: number) => string)(n));
}

function shellCall(command: string): ToolCall {
  return {
    toolUseId: '',
    tool: 'Bash',
    input: { command },
    action: { kind: 'shell', command },
    fields: { command: 'command' },
  };
}

/** Microseconds of each call, sorted. */
function timed<T>(items: readonly T[], run: (item: T) => unknown): readonly number[] {
  for (const item of items.slice(0, 1_000)) run(item);
  const spent = items.map((item) => {
    const started = performance.now();
    run(item);
    return (performance.now() - started) * 1_000;
  });
  return spent.sort((a, b) => a - b);
}

const micro = (value: number) => `${value.toFixed(1)} µs`;

function callRows(what: string, commands: readonly string[]): readonly BenchRow[] {
  const understand = createUnderstand(families);
  const calls = commands.map(shellCall);
  const floor = timed(calls, (call) => call.input);
  const spent = timed(calls, (call) => understand(call, place));
  const [p50, p99] = [percentile(spent, 50), percentile(spent, 99)];
  return [
    {
      what: `floor: the same loop doing nothing, ${calls.length} calls, p50 / p99`,
      value: `${micro(percentile(floor, 50))} / ${micro(percentile(floor, 99))}`,
      met: null,
    },
    { what: `understand, ${what}, p50`, value: micro(p50), goal: '≤ 100 µs', met: p50 <= 100 },
    { what: `understand, ${what}, p99`, value: micro(p99), goal: '≤ 1 ms', met: p99 <= 1_000 },
  ];
}

function megabytesPerSecond(texts: readonly string[], run: (text: string) => unknown): number {
  for (const text of texts.slice(0, 200)) run(text);
  const started = performance.now();
  let size = 0;
  for (const text of texts) {
    run(text);
    size += text.length;
  }
  return size / 1e6 / ((performance.now() - started) / 1_000);
}

function secretRows(quick: boolean): readonly BenchRow[] {
  const line = (n: number) =>
    n % 9 === 0
      ? `  const token = await session.nextToken(${n}); // password: see config.secret_${n}\n`
      : `export const item${n} = { path: '/src/${n}.ts', title: "words ${n * 7919}", done: ${n % 2 === 0} }; // issue ${n}\n`;
  const texts = Array.from({ length: quick ? 300 : 1_500 }, (_, i) =>
    Array.from({ length: 60 }, (_unused, k) => line(i * 60 + k)).join(''),
  );
  const floor = megabytesPerSecond(texts, (text) => {
    let sum = 0;
    for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
    return sum;
  });
  const found = megabytesPerSecond(texts, (text) => findSecrets(text, ''));
  return [
    { what: 'floor: looking at every character once', value: `${floor.toFixed(0)} MB/s`, met: null },
    {
      what: 'secrets in generated source text',
      value: `${found.toFixed(0)} MB/s`,
      goal: '≥ 20 MB/s',
      met: found >= 20,
    },
  ];
}

/** Throughput over the whole inputs of real calls. */
function realSecretRows(quick: boolean): readonly BenchRow[] {
  const file = `${datasets}entire_claude_code.jsonl.gz`;
  if (!existsSync(file)) return [];
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const found = megabytesPerSecond(lines.slice(0, quick ? 2_000 : lines.length), (text) => findSecrets(text, ''));
  return [
    {
      what: 'secrets in real calls of entire_claude_code',
      value: `${found.toFixed(0)} MB/s`,
      goal: '≥ 20 MB/s',
      met: found >= 20,
    },
  ];
}

function commandOf(line: string): string | null {
  const row: unknown = JSON.parse(line);
  if (typeof row !== 'object' || row === null || !('input' in row)) return null;
  const { input } = row;
  return typeof input === 'object' && input !== null && 'command' in input && typeof input.command === 'string'
    ? input.command
    : null;
}

/** Figures over real calls: time, and how many could not be parsed. */
function datasetRows(name: string, quick: boolean): readonly BenchRow[] {
  const file = `${datasets}${name}.jsonl.gz`;
  if (!existsSync(file)) return [{ what: `real commands of ${name}`, value: 'absent here, not measured', met: null }];
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
  const commands = lines
    .map(commandOf)
    .filter((command) => command !== null)
    .slice(0, quick ? 1_000 : 10_000);
  const understand = createUnderstand(families);
  const unparsed = commands.filter((command) => understand(shellCall(command), place).unparsed).length;
  const share = (100 * unparsed) / commands.length;
  return [
    ...callRows(`${commands.length} of ${name}`, commands).slice(1),
    {
      what: `not parsed, ${name}`,
      value: `${unparsed} of ${commands.length} (${share.toFixed(2)} %)`,
      goal: '< 1 %',
      met: share < 1,
    },
  ];
}

/** A call to its effects, and secrets in text: the part of a decision that reads. */
export const bench: Bench = {
  id: 'understand',
  title: 'Understanding a tool call',
  async run({ quick }) {
    return [
      ...callRows('generated commands', generated(quick ? 2_000 : 20_000)),
      ...secretRows(quick),
      ...realSecretRows(quick),
      ...datasetRows('entire_claude_code', quick),
      ...datasetRows('nl2bash', quick),
    ];
  },
};

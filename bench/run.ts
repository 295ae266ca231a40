import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Bench, BenchRow } from './bench.ts';

const usage = `npm run bench [-- ID … --quick --json]: prints the published figures, one table per bench, each with its floor.

  --quick   fewer rounds: whether it runs, not what it measures
  --json    one JSON document
`;

function asked() {
  try {
    const options = { quick: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
}

function wrong(why: string): never {
  console.error(`${why}\n\n${usage}`);
  process.exit(2);
}

const { values, positionals: wanted } = asked();
const { quick = false, json = false } = values;
const benches = new Map<string, Bench>();
// What is not asked for is not loaded: it would be measured with the rest.
const all = values.help === true || wanted.length === 0;
for (const file of fs.readdirSync(import.meta.dirname).sort()) {
  const id = /^([a-z0-9-]+)\.ts$/.exec(file)?.[1];
  if (id === undefined || id === 'run' || !(all || wanted.includes(id))) continue;
  const { bench } = (await import(path.join(import.meta.dirname, file))) as { bench?: Bench };
  if (bench) benches.set(id, bench);
}
if (values.help) {
  console.log(`${usage}\n${[...benches.values()].map(({ id, title }) => `  ${id.padEnd(12)}${title}`).join('\n')}`);
  process.exit();
}
const unknown = wanted.filter((id) => !benches.has(id));
if (unknown.length > 0) wrong(`There is no bench ${unknown.join(', ')}. Which there are: npm run bench -- --help`);

function table(bench: Bench, rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.what,
    row.value,
    row.goal ?? '',
    row.met === undefined || row.met === null ? '' : row.met ? 'met' : 'MISSED',
  ]);
  const all = [['', 'measured', 'goal', ''], ...cells];
  const widths = all[0]!.map((_, column) => Math.max(...all.map((line) => line[column]!.length)));
  const lines = all.map(
    (line) =>
      `  ${line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('   ')}`,
  );
  return `${bench.title}\n${lines.join('\n')}\n`;
}

const machine = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown processor'}, ${Math.round(os.totalmem() / 2 ** 30)} GiB, ${os.type()} ${os.release()}, Node ${process.versions.node}, load ${os.loadavg()[0]?.toFixed(2)}`;
if (!json) console.log(`machine: ${machine}\n`);
const results: Record<string, unknown>[] = [];
for (const bench of benches.values()) {
  const { id, title } = bench;
  if (wanted.length > 0 && !wanted.includes(id)) continue;
  try {
    const rows = await bench.run({ quick });
    results.push({ id, title, rows });
    if (!json) console.log(table(bench, rows));
  } catch (error) {
    results.push({ id, error: String(error) });
    if (!json) console.log(`${title}\n  could not run: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 3;
  }
}
if (json) console.log(JSON.stringify({ machine, results }, null, 1));

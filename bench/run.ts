// npm run bench [-- id …] [--quick] [--json]: prints the published figures, one table per bench, each with its floor.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Bench, BenchRow } from './bench.ts';

const words = process.argv.slice(2);
const quick = words.includes('--quick');
const json = words.includes('--json');
const wanted = words.filter((word) => !word.startsWith('--'));

const files = fs
  .readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z0-9-]+\.ts$/.test(file) && !['run.ts', 'bench.ts'].includes(file))
  .sort();

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
for (const file of files) {
  const id = file.replace(/\.ts$/, '');
  if (wanted.length > 0 && !wanted.includes(id)) continue;
  const module = (await import(path.join(import.meta.dirname, file))) as { bench?: Bench };
  if (!module.bench) continue;
  try {
    const rows = await module.bench.run({ quick });
    results.push({ id, title: module.bench.title, rows });
    if (!json) console.log(table(module.bench, rows));
  } catch (error) {
    results.push({ id, error: String(error) });
    if (!json)
      console.log(
        `${module.bench.title}\n  could not run: ${error instanceof Error ? error.message : String(error)}\n`,
      );
    process.exitCode = 3;
  }
}
if (json) console.log(JSON.stringify({ machine, results }, null, 1));

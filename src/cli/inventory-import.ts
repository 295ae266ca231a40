import fs from 'node:fs';
import { text as wholeText } from 'node:stream/consumers';
import { type PullSource, pullRows, pullSources } from '../capture/inventory-pull.ts';
import { type DeviceInventory, type InventorySource, inventorySources } from '../core/inventory.ts';
import type { ImportedReports } from '../core/inventory-lists.ts';
import { readForeign } from '../normalise/inventory/foreign-sources.ts';
import { type Row, rowsIn } from '../normalise/inventory/tabular.ts';
import { agentCatalogue, knownAgent, recognise } from '../understand/agent-catalogue.ts';
import { foreignReports } from '../understand/foreign-report.ts';
import { type ExitStatus, type Io, UsageError } from './command.ts';
import type { InventoryFlags } from './inventory-flags.ts';
import { bringReports } from './inventory-server.ts';

type Foreign = Exclude<InventorySource, 'warder'>;

const sources = inventorySources.filter((source): source is Foreign => source !== 'warder');
const largestFile = 512 * 1024 * 1024;

interface Counts {
  rows: number;
  damaged: number;
  without: number;
}

/** `warder inventory import`: another system's list → a report for each of its devices. Exit status 1: something unsanctioned, or a device without Warder. */
export async function importInventory(
  files: readonly string[],
  flags: InventoryFlags,
  home: string,
  io: Io,
): Promise<ExitStatus> {
  const source = sources.find((each) => each === flags.from);
  if (source === undefined) throw new UsageError(`--from takes one of ${sources.join(', ')}.`);
  const pullable = pullSources.find((each) => each === source);
  if (flags.api === true && pullable === undefined)
    throw new UsageError(`${source} has no interface that is asked; give a FILE.`);
  if ((flags.api === true) === files.length > 0) throw new UsageError('give one FILE or more, or --api.');
  const counts: Counts = { rows: 0, damaged: 0, without: 0 };
  const rows =
    flags.api === true && pullable !== undefined ? await pulled(pullable, io) : await readAll(files, counts, io);
  if (rows === null) return 3;
  counts.rows = rows.length;
  const read = readForeign(source, rows);
  counts.without = read.without;
  const reports = foreignReports(source, read.rows, new Date().toISOString());
  if (reports.length === 0) {
    io.stderr.write(`warder inventory: no row names a device (${counts.rows} read). See: docs/inventory.md\n`);
    return 3;
  }
  const brought = flags['dry-run'] ? null : await bringReports(reports, home);
  if (flags.json)
    io.stdout.write(
      `${JSON.stringify({ ...counts, reports: flags['dry-run'] ? reports : reports.length, brought })}\n`,
    );
  else print(reports, counts, brought, io);
  const lost = counts.damaged > 0 || (brought?.refused.length ?? 0) > 0;
  const found = (brought?.disallowed.length ?? 0) + (brought?.uncovered.length ?? 0);
  return lost ? 3 : found > 0 ? 1 : 0;
}

async function pulled(source: PullSource, io: Io): Promise<readonly Row[] | null> {
  const names = [...new Set(agentCatalogue.flatMap(({ apps = [] }) => apps))];
  const read = await pullRows(source, {
    env: io.env,
    names,
    wanted: (name) => recognise({ kind: 'application', name, bundle: '' }) !== undefined,
    progress: (count) => io.stderr.isTTY && io.stderr.write(`\r${count} rows`),
  });
  if (io.stderr.isTTY) io.stderr.write('\r\u001b[K');
  if (read.ok) return read.value;
  io.stderr.write(`warder inventory: ${read.error.detail}\n`);
  return null;
}

async function readAll(files: readonly string[], counts: Counts, io: Io): Promise<readonly Row[] | null> {
  const all: Row[] = [];
  for (const file of files) {
    const text = file === '-' ? await wholeText(io.stdin) : textOf(file);
    const rows = rowsIn(text);
    if (!rows.ok) {
      io.stderr.write(`warder inventory: ${file}: ${rows.error.detail}\n`);
      return null;
    }
    all.push(...rows.value.rows);
    counts.damaged += rows.value.damaged.length;
    for (const { line, why } of rows.value.damaged.slice(0, 20))
      io.stderr.write(`Not read: ${file}:${line} (${why})\n`);
    if (rows.value.damaged.length > 20)
      io.stderr.write(`Not read: ${rows.value.damaged.length - 20} more lines of ${file}\n`);
  }
  return all;
}

function textOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile()) throw new UsageError(`there is no file ${JSON.stringify(file)}.`);
  if (stat.size > largestFile) throw new UsageError(`${file} is larger than 512 MiB; split it.`);
  return fs.readFileSync(file, 'utf8');
}

function print(reports: readonly DeviceInventory[], counts: Counts, brought: ImportedReports | null, io: Io): void {
  const on = new Map<string, number>();
  for (const { agents } of reports) for (const { agent } of agents) on.set(agent, (on.get(agent) ?? 0) + 1);
  const out = (text: string) => io.stdout.write(text);
  const named = (agent: string) => knownAgent(agent)?.title ?? agent;
  out(`${reports.length} devices in ${counts.rows} rows, ${on.size} kinds of agents found.\n`);
  for (const [agent, devices] of [...on].sort((a, b) => b[1] - a[1]))
    out(`  ${String(devices).padStart(5)}  ${named(agent)}\n`);
  if (counts.without > 0) io.stderr.write(`${counts.without} rows name no device.\n`);
  if (counts.damaged > 0) io.stderr.write(`${counts.damaged} lines could not be read.\n`);
  if (brought === null) {
    io.stderr.write('Nothing was sent (--dry-run).\n');
    return;
  }
  for (const { agent, devices } of brought.disallowed)
    out(`■ ${named(agent)} is disallowed, and is on ${devices} of these devices.\n`);
  if (brought.unreviewed.length > 0)
    out(
      `○ Not reviewed: ${brought.unreviewed.map(({ agent }) => named(agent)).join(', ')}. Decide: warder inventory allow|disallow ID\n`,
    );
  if (brought.uncovered.length > 0) {
    const some = brought.uncovered.slice(0, 10).join(', ');
    out(
      `■ ${brought.uncovered.length} of ${brought.devices} devices without Warder: ${some}${brought.uncovered.length > 10 ? ' …' : ''}\n`,
    );
  }
  for (const { device, why } of brought.refused.slice(0, 20)) io.stderr.write(`Refused: ${device}: ${why}\n`);
}

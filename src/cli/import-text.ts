import type { Found } from '../capture/transcripts.ts';
import { Paper } from './scan-paper.ts';
import { shortened, visible } from './scan-visible.ts';
import { type LineNotes, noNotes } from './scan-walk.ts';
import { counted, number } from './scan-words.ts';

interface Sums {
  calls: number;
  prompts: number;
  results: number;
}

/** What `warder import` did. Printed as it is by `--json`; names are stable, see docs/import.md. */
export interface ImportReport {
  readonly v: 1;
  readonly dryRun: boolean;
  readonly files: number;
  readonly olderFiles: number;
  /** Files of each agent. */
  readonly byAgent: Readonly<Record<string, number>>;
  /** What was not imported before, as far as the marks say. */
  readonly found: Sums;
  /** Of it: what is in the record now and was not. */
  readonly recorded: Sums;
  /** What the record held already. */
  repeated: number;
  /** Sessions whose files were written anew since the last import. */
  changed: number;
  readonly unread: LineNotes;
  /** Why it ended early; null: it did not. */
  failed: string | null;
}

export function newReport(found: Found, dryRun: boolean): ImportReport {
  const byAgent: Record<string, number> = {};
  for (const { agent } of found.files) byAgent[agent] = (byAgent[agent] ?? 0) + 1;
  const none = (): Sums => ({ calls: 0, prompts: 0, results: 0 });
  const unread: LineNotes = { ...noNotes(), unreadable: found.unreadable.map(({ path, why }) => ({ path, why })) };
  return {
    v: 1,
    dryRun,
    files: found.files.length,
    olderFiles: found.older,
    byAgent,
    found: none(),
    recorded: none(),
    repeated: 0,
    changed: 0,
    unread: { ...unread, unknownLines: { ...unread.unknownLines } },
    failed: null,
  };
}

/** The report for a terminal. */
export function importText(report: ImportReport, home: string): string {
  const paper = new Paper({ width: 100, colour: false, home });
  const agents = Object.entries(report.byAgent).map(([agent, files]) => `${agent} ${number(files)}`);
  paper.prose(`${counted(report.files, 'transcript')}${agents.length === 0 ? '' : `: ${agents.join(', ')}`}.`, 0);
  const sums = ({ calls, prompts, results }: Sums) =>
    `${counted(calls, 'call')}, ${counted(results, 'result')}, ${counted(prompts, 'prompt')}`;
  if (report.dryRun) paper.prose(`Would send ${sums(report.found)}; nothing was sent.`, 0);
  else paper.prose(`Recorded ${sums(report.recorded)}; ${number(report.repeated)} were in the record already.`, 0);
  if (report.changed > 0)
    paper.prose(
      `${counted(report.changed, 'session')} had been written anew and ${report.changed === 1 ? 'was' : 'were'} read from the beginning.`,
      0,
    );
  const { damagedLines, damaged, unreadable } = report.unread;
  if (damagedLines > 0) paper.line(`${counted(damagedLines, 'damaged line')}, skipped`);
  for (const { file, line, why } of damaged.slice(0, 20))
    paper.line(`  ${shortened(`${paper.path(file)}:${line} ${visible(why)}`, paper.width - 2)}`);
  for (const { path, why } of unreadable.slice(0, 20))
    paper.line(`  ${shortened(`${paper.path(path)}: ${visible(why)}`, paper.width - 2)}`);
  if (report.failed !== null)
    paper.prose(`Ended early: ${visible(report.failed)}. Run it again: it goes on where it stopped.`, 0);
  return paper.text();
}

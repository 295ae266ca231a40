import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { homeDir } from '../config.ts';
import {
  type CoverageAsk,
  type CoverageGap,
  type CoverageGroup,
  type CoverageKey,
  type CoverageReport,
  coverageKeys,
  coverageReport,
  gapWords,
} from '../core/coverage.ts';
import { firstTeam, readRules } from '../metering.ts';
import { knownServer, readIfThere } from './agent-files.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { table } from './found-agents.ts';
import { withHomeStore } from './home-store.ts';

const usage = `warder coverage: of all tool calls known, how many were judged before they could run, and why the rest was not.

Usage: warder coverage [--by device|agent|person|team] [--since 30d] [--device D] [--agent A] [--person P] [--team T]
                       [--at-least PERCENT] [--home DIR] [--json]

  --by        what calls are told apart by (default: device)
  --since     30d, 12w, or a date such as 2026-01-31 (default: 30d; whole days, UTC)
  --device, --agent, --person, --team   only these calls
  --at-least  exit status 1 when fewer than so many per cent of the calls could have been stopped

Asks the running server, else reads the home's store. docs/coverage.md tells what counts.
Exit status: 0 fine, 1 below --at-least, 2 used wrongly, 3 could not.
`;

const text = { type: 'string' } as const;

export const command: Command = {
  name: 'coverage',
  summary: 'how many calls were seen and could have been stopped, by device, agent, person or team',
  usage,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        by: text,
        since: text,
        device: text,
        agent: text,
        person: text,
        team: text,
        'at-least': text,
        home: text,
        json: { type: 'boolean' },
      },
    });
    const by = coverageKeys.find((key) => key === (values.by ?? 'device'));
    if (by === undefined) throw new UsageError(`--by takes one of ${coverageKeys.join(', ')}.`);
    const least = percentOf(values['at-least']);
    const only = Object.fromEntries(
      coverageKeys.flatMap((key) => (values[key] === undefined ? [] : [[key, values[key]]])),
    );
    const ask: CoverageAsk = { since: firstDay(values.since ?? '30d', Date.now()), by, ...only };
    const report = await reportOf(homeDir(values.home, io.env), ask, io);
    io.stdout.write(values.json ? `${JSON.stringify(report)}\n` : inWords(report));
    return statusOf(report, least, io);
  },
};

function percentOf(said: string | undefined): number | null {
  if (said === undefined) return null;
  const percent = Number(said);
  if (/^\d{1,3}(?:\.\d+)?$/.test(said) && percent <= 100) return percent;
  throw new UsageError(`--at-least takes a number from 0 to 100, not ${JSON.stringify(said)}.`);
}

const unitDays = { d: 1, w: 7 } as const;

/** `30d`, `12w` or a date → the first day (UTC). Throws UsageError for anything else. */
function firstDay(said: string, nowMs: number): string {
  const found = /^(\d{1,4})([dw])$/.exec(said);
  const unit = found?.[2];
  if (found && (unit === 'd' || unit === 'w'))
    return new Date(nowMs - Number(found[1]) * unitDays[unit] * 86_400_000).toISOString().slice(0, 10);
  if (/^\d{4}-\d{2}-\d{2}$/.test(said) && !Number.isNaN(Date.parse(said))) return said;
  throw new UsageError(`--since takes days, weeks or a date, such as 30d or 2026-01-31, not ${JSON.stringify(said)}.`);
}

async function reportOf(home: string, ask: CoverageAsk, io: Io): Promise<CoverageReport> {
  const asked = await askServer(home, ask);
  if (asked !== null) return asked;
  if (!fs.existsSync(path.join(home, 'warder.db')))
    throw new Error(`nothing was recorded in ${home} yet. Start a server there: warder serve`);
  const file = path.join(home, 'access.json');
  const rules = readRules(file, readIfThere(file));
  if (!rules.ok) throw new Error(rules.error.detail);
  const rows = await withHomeStore(home, (_home, store) => store.coverage(ask.since), io.env);
  return coverageReport(rows, ask, (person, groups) => firstTeam(rules.value, person, groups));
}

const groupSchema: z.ZodType<CoverageGroup> = z.looseObject({
  key: z.string(),
  calls: z.number(),
  controllable: z.number(),
  byHook: z.number(),
  byGateway: z.number(),
  byBoth: z.number(),
  gaps: z.record(z.string(), z.number()),
});
const reportSchema = z.looseObject({
  since: z.string(),
  by: z.enum(coverageKeys),
  items: z.array(groupSchema),
  groups: z.number(),
  total: groupSchema,
});

/** The running server's answer; null where none runs. */
async function askServer(home: string, ask: CoverageAsk): Promise<CoverageReport | null> {
  const server = knownServer(home);
  if (server === null) return null;
  const address = new URL('/api/v1/coverage', server.url);
  for (const [name, value] of Object.entries(ask)) address.searchParams.set(name, value);
  let answer: Response;
  try {
    const headers = { authorization: `Bearer ${server.apiToken}` };
    answer = await fetch(address, { headers, signal: AbortSignal.timeout(10_000) });
  } catch {
    return null; // it stopped; its store can still be read
  }
  const read = answer.ok ? reportSchema.safeParse(await answer.json()) : null;
  // Another program may listen there now, or a server of another version.
  if (read?.success !== true) return null;
  return { ...read.data, reasons: gapWords, next: null };
}

const nouns: Readonly<Record<CoverageKey, string>> = {
  device: 'Device',
  agent: 'Agent',
  person: 'Person',
  team: 'Team',
};

const noName: Readonly<Record<CoverageKey, string>> = {
  device: 'device not told',
  agent: 'agent not told',
  person: 'person not told',
  team: 'no team',
};

const grouped = new Intl.NumberFormat('en-GB');
const count = (value: number): string => grouped.format(value);

/** `99.9 %`: never rounded up to a whole that it is not. */
function shareOf({ calls, controllable }: Pick<CoverageGroup, 'calls' | 'controllable'>): string {
  if (calls === 0) return '–';
  const percent = (100 * controllable) / calls;
  return `${controllable === calls ? '100' : (Math.floor(percent * 10) / 10).toFixed(1)} %`;
}

function gapsOf({ gaps }: CoverageGroup): (readonly [CoverageGap, number])[] {
  const known = Object.keys(gapWords) as CoverageGap[];
  return known
    .flatMap((gap) => (gaps[gap] === undefined ? [] : [[gap, gaps[gap]] as const]))
    .sort((a, b) => b[1] - a[1]);
}

function inWords({ since, by, items, groups, total }: CoverageReport): string {
  if (total.calls === 0) return `No tool call is known since ${since}. Connect an agent: warder install all\n`;
  const rows = items.map((group) => [
    group.key === '' ? `(${noName[by]})` : printable(group.key),
    shareOf(group),
    `${count(group.controllable)} of ${count(group.calls)}`,
    count(group.byHook),
    count(group.byGateway),
    count(group.byBoth),
    gapsOf(group)
      .map(([gap, calls]) => `${gap} ${count(calls)}`)
      .join(', ') || '–',
  ]);
  const head = [nouns[by], 'Share', 'Could be stopped', 'Hook', 'Gateway', 'Both', 'Why not'];
  const more = groups > items.length ? `and ${count(groups - items.length)} more\n` : '';
  const why = gapsOf(total).map(
    ([gap, calls]) => `\n${gap}: ${count(calls)} calls. ${gapWords[gap].what}\n  ${gapWords[gap].mend}\n`,
  );
  return `${shareOf(total)} of ${count(total.calls)} tool calls known since ${since} (UTC) were judged before they could run.\n\n${table(head, rows)}${more}${why.join('')}`;
}

/** Names come from agents and devices: nothing of them steers the terminal. */
const printable = (name: string): string => name.replace(/\p{C}/gu, '?');

function statusOf({ total }: CoverageReport, least: number | null, io: Io): ExitStatus {
  if (least === null || total.calls === 0 || (100 * total.controllable) / total.calls >= least) return 0;
  io.stderr.write(`warder coverage: ${shareOf(total)} is below ${least} %.\n`);
  return 1;
}

import { type DetectReport, type Group, type Met, type Pair, type SetReport, totalOf } from './bench-detect.ts';
import type { Share } from './bench-share.ts';

export interface Shown {
  /** One line for each family and category. */
  readonly categories: boolean;
}

/** A line of a set: a name and its shares. */
interface Line {
  readonly name: string;
  readonly at40: Share;
  readonly at70: Share | null;
  readonly peer?: Share | null;
}

/** Everything a set says, line by line: sums, sessions, injected steps, families, categories. */
function linesOf(set: SetReport, { categories }: Shown): Line[] {
  const sums = [true, false].flatMap((bad): Line[] => {
    const total = totalOf(set.categories.filter((group) => group.bad === bad));
    return total === null ? [] : [{ name: bad ? 'all to be found' : 'all benign', ...total }];
  });
  const named = (name: string, pair: Pair): Line => ({ name, ...pair });
  const sessions = set.sessions
    ? [named('sessions with any call', set.sessions.any), named('sessions with a Bash call', set.sessions.bash)]
    : [];
  const { plain, prompted } = set.injected ?? {};
  const injected = [
    ...(plain ? [named('injected step', plain.heaviest), named('each injected step', plain.each)] : []),
    ...(prompted ? [named('injected step, the task being known', prompted.heaviest)] : []),
  ];
  const group = ({ label, name, at40, at70, peer }: Group): Line => ({ name: `  ${label}: ${name}`, at40, at70, peer });
  const several = (groups: readonly Group[]): readonly Group[] =>
    categories && new Set(groups.map(({ name }) => name)).size > 1 ? groups : [];
  const byCategory = set.manyCategories || set.families.length === 0 ? several(set.categories) : [];
  return [...sums, ...injected, ...sessions, ...several(set.families).map(group), ...byCategory.map(group)];
}

const firstColumn = ({ found }: SetReport): string => (found === 'score' ? '≥ 40' : 'found');

const percent = (part: number): string => (part * 100).toFixed(part > 0 && part < 0.001 ? 2 : 1);
const interval = ({ share, low, high }: Share): string => `${percent(share)} % (${percent(low)}–${percent(high)})`;

const goalOf = ({ atLeast, atMost }: Met): string =>
  atLeast === undefined ? `≤ ${Number(((atMost ?? 0) * 100).toFixed(2))} %` : `≥ ${Math.round(atLeast * 100)} %`;

/** The report as text: one block a set, the goals first, then the sums, then each family and category. */
export function detectText(report: DetectReport, shown: Shown): string {
  const blocks = report.sets.map((set) => setText(set, report.peer, shown));
  const missing = report.missing.length === 0 ? '' : `Not there, so not measured: ${report.missing.join(', ')}\n\n`;
  return `${blocks.join('\n')}\n${precisionText(report)}${missing}Shares with Wilson 95 % intervals. Data: ${report.data}\n`;
}

function setText(set: SetReport, peer: string | null, shown: Shown): string {
  const { p50, p99, perSecond } = set.warm;
  const unread = set.errors > 0 ? `; ${set.errors} could not be judged` : '';
  const head = `${set.set}: ${set.what}; ${set.rows} rows${unread}; warm ${p50} µs a row (p99 ${p99}), ${perSecond.toLocaleString('en')} rows/s`;
  const goals = set.goals.map(
    (goal) =>
      `  ${(goal.met ? 'met' : 'NOT MET').padEnd(8)}${`${goal.name}, ${goal.at === 70 ? '≥ 70' : firstColumn(set)}`.padEnd(50)}${interval(goal.value).padEnd(24)}goal ${goalOf(goal)}`,
  );
  const columns = `  ${''.padEnd(46)}${'rows'.padStart(6)}  ${firstColumn(set).padEnd(22)}${'≥ 70'.padEnd(22)}${peer ?? ''}`;
  const lines = linesOf(set, shown).map(({ name, at40, at70, peer: denied }) =>
    `  ${(name.length > 45 ? `${name.slice(0, 44)}…` : name).padEnd(46)}${String(at40.of).padStart(6)}  ${interval(at40).padEnd(22)}${(at70 === null ? '' : interval(at70)).padEnd(22)}${denied ? interval(denied) : ''}`.trimEnd(),
  );
  return `${[head, ...goals, columns, ...lines, ...notesOf(set).map((note) => `  ${note}`)].join('\n')}\n`;
}

/** What stands beside the tables of a set. */
function notesOf(set: SetReport): string[] {
  const bash = set.families.find(({ name }) => name === 'Bash');
  const alerts =
    set.sessions === null || bash === undefined
      ? []
      : [
          `alerts per 1,000 Bash calls: ${(bash.at40.share * 1000).toFixed(1)} at ≥ 40 (${(bash.at40.low * 1000).toFixed(1)}–${(bash.at40.high * 1000).toFixed(1)}), ${(bash.at70.share * 1000).toFixed(1)} at ≥ 70 (${(bash.at70.low * 1000).toFixed(1)}–${(bash.at70.high * 1000).toFixed(1)})`,
        ];
  const rejected =
    set.rejected === null
      ? []
      : [
          `AUROC of the score, ${set.rejected.rejected} calls a person rejected against ${set.rejected.accepted} others: ${set.rejected.auroc.toFixed(3)} (a weak label)`,
        ];
  const pair = (name: string, pair: Pair | null): string =>
    pair === null ? '' : ` ${name} ${percent(pair.at40.share)} % / ${percent(pair.at70.share)} %`;
  const ablation = (set.ablation ?? []).map(
    ({ factor, bad, benign }) => `without ${factor}:${pair('to be found', bad)}${pair('benign', benign)} (≥ 40 / ≥ 70)`,
  );
  return [...alerts, ...rejected, ...ablation, ...(set.published === null ? [] : [`peers: ${set.published}`])];
}

function precisionText({ precision }: DetectReport): string {
  if (precision.length === 0) return '';
  const part = (value: number | null): string => (value === null ? '–' : `${percent(value)} %`);
  const lines = precision.map(({ set, at40, at70 }) => `  ${set.padEnd(46)}${part(at40).padEnd(12)}${part(at70)}`);
  return `Alerts that are right when one call in 1,000 is bad (recall of the set, false alarms of the real team's Bash calls)\n  ${''.padEnd(46)}${'≥ 40'.padEnd(12)}≥ 70\n${lines.join('\n')}\n\n`;
}

/** The report as a page of tables. `how`: the command that made it. */
export function detectMarkdown(report: DetectReport, how: string): string {
  const goals = report.sets.flatMap((set) =>
    set.goals.map(
      (goal) =>
        `| ${set.set} | ${goal.name} | ${goal.at === 70 ? '≥ 70' : firstColumn(set)} | ${interval(goal.value)} | ${goalOf(goal)} | ${goal.met ? 'met' : '**not met**'} |`,
    ),
  );
  const speed = report.sets.map(
    ({ set, rows, warm }) =>
      `| ${set} | ${rows.toLocaleString('en')} | ${warm.p50} | ${warm.p99} | ${warm.perSecond.toLocaleString('en')} |`,
  );
  const precision = report.precision.map(({ set, at40, at70 }) => {
    const part = (value: number | null): string => (value === null ? '–' : `${percent(value)} %`);
    return `| ${set} | ${part(at40)} | ${part(at70)} |`;
  });
  return `# Detection in figures

Made by \`${how}\`; do not edit by hand. Labelled data of third parties, read where it lies: no row of it is part of
Warder. Shares come with Wilson 95 % intervals. A score of 40 puts a call into the review queue, 70 tells someone
([scoring.md](scoring.md)).

## Goals

| Set | Rows | At | Measured | Goal | |
|---|---|---|--:|--:|---|
${goals.join('\n')}

${precision.length === 0 ? '' : `## Alerts that are right when one call in 1,000 is bad\n\nRecall of the set, false alarms of the real team's Bash calls.\n\n| Set | ≥ 40 | ≥ 70 |\n|---|--:|--:|\n${precision.join('\n')}\n\n`}## Time

Warm, one core, in process, the reading of the line and the answer included.

| Set | Rows | p50 µs | p99 µs | Rows/s |
|---|--:|--:|--:|--:|
${speed.join('\n')}

${report.sets.map((set) => setMarkdown(set, report.peer)).join('\n')}`;
}

function setMarkdown(set: SetReport, peer: string | null): string {
  const lines = linesOf(set, { categories: true }).map(
    ({ name, at40, at70, peer: denied }) =>
      `| ${name.trim()} | ${at40.of} | ${interval(at40)} | ${at70 === null ? '' : interval(at70)} |${peer === null ? '' : ` ${denied ? interval(denied) : ''} |`}`,
  );
  const notes = notesOf(set).map((note) => `* ${note}\n`);
  return `## ${set.set}

${set.what[0]?.toUpperCase()}${set.what.slice(1)}; ${set.rows.toLocaleString('en')} rows${set.errors > 0 ? `, ${set.errors} could not be judged` : ''}.

| | Rows | ${firstColumn(set)} | ≥ 70 |${peer === null ? '' : ` ${peer} |`}
|---|--:|--:|--:|${peer === null ? '' : '--:|'}
${lines.join('\n')}
${notes.length === 0 ? '' : `\n${notes.join('')}`}`;
}

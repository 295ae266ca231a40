import type { Severity } from '../core/verdict.ts';
import { mostRows, Paper, type TextOptions } from './scan-paper.ts';
import type { RiskyCall, ScanReport } from './scan-report.ts';
import { columns, foldedLines, type Piece, shortened, visible } from './scan-visible.ts';
import { counted, minute, number, times } from './scan-words.ts';

/** Lines a call's text may take. */
const mostLines = 6;
const severities: readonly Severity[] = ['critical', 'alert', 'review', 'low'];

/** The report for a terminal: plain text, at most `width` columns, nothing in it that a terminal would obey. */
export function reportText(report: ScanReport, options: TextOptions): string {
  const paper = new Paper(options);
  heading(report, paper);
  if (report.totals.calls > 0) {
    byAgent(report, paper);
    risk(report, paper);
    riskiest(report, paper);
    detectors(report, paper);
    secrets(report, paper);
    mcpServers(report, paper);
    permissions(report, paper);
    tools(report, paper);
  }
  unread(report, paper);
  return paper.text();
}

function heading(report: ScanReport, paper: Paper): void {
  const { totals } = report;
  paper.line(paper.bold('Warder scan'));
  paper.line();
  if (totals.calls === 0) {
    empty(report, paper);
    return;
  }
  const period = `${day(totals.firstAt)} – ${day(totals.lastAt)}`;
  const facts = [
    counted(totals.sessions, 'session'),
    counted(totals.calls, 'tool call'),
    `${counted(totals.days, 'day')} with calls`,
    period,
  ];
  paper.prose(facts.join(' · '), 0);
  const agents = report.agents.map(({ agent, version, calls }) => `${agent} ${version} (${counted(calls, 'call')})`);
  paper.prose(shortList(agents, 4), 0);
  const parts = [
    `${number(totals.prompts)} prompts`,
    `${number(totals.subagentCalls)} calls by sub-agents`,
    `${number(totals.refused)} refused`,
    `${number(totals.failed)} failed`,
    ...(totals.unparsed > 0 ? [`${number(totals.unparsed)} not fully understood`] : []),
  ];
  paper.prose(`${parts.join(' · ')}. Times are UTC.`, 0);
}

function empty(report: ScanReport, paper: Paper): void {
  const { totals, since } = report;
  paper.line(
    totals.files === 0 && totals.olderFiles === 0
      ? report.unread.unreadable.length > 0
        ? 'No transcripts could be read.'
        : 'No transcripts here.'
      : `No tool calls${since === null ? '' : ` since ${minute(since)}`}.`,
  );
  paper.line();
  paper.line('Looked in:');
  for (const { path, exists } of report.looked) {
    paper.line(`  ${paper.path(path)}  ${paper.dim(exists ? '' : 'does not exist')}`);
  }
  if (totals.olderFiles > 0) {
    paper.line();
    paper.prose(
      `${counted(totals.olderFiles, 'transcript')} older than the window: leave out --since to read them.`,
      0,
    );
  } else if (totals.files === 0) {
    paper.line();
    paper.prose(
      'Coding agents write one there for every session. If yours are elsewhere: warder scan --agent ID --dir DIR.',
      0,
    );
  }
}

/** One agent alone is told in the heading. */
function byAgent(report: ScanReport, paper: Paper): void {
  const seen = report.byAgent.filter(({ calls, damagedLines }) => calls > 0 || damagedLines > 0);
  if (seen.length < 2) return;
  paper.title('Agents');
  paper.table(
    ['agent', 'sessions', 'calls', 'risky', 'highest', 'last'],
    seen.map(({ agent, sessions, calls, risky, highestScore, lastAt }) => [
      ...[agent, number(sessions), number(calls), number(risky), String(highestScore), minute(lastAt)],
    ]),
  );
}

function risk({ bySeverity, totals }: ScanReport, paper: Paper): void {
  paper.title('Risk', `of ${counted(totals.calls, 'call')}`);
  const bands = { critical: '90–100', alert: '70–89', review: '40–69', low: '0–39' };
  for (const severity of severities) {
    const count = bySeverity[severity];
    const text = `${severity.padEnd(9)}${bands[severity].padEnd(8)}${number(count).padStart(9)}`;
    paper.line(`  ${count === 0 ? paper.dim(text) : paper.severity(severity, text)}`);
  }
}

function riskiest({ riskiest: calls, totals, minScore }: ScanReport, paper: Paper): void {
  if (calls.length === 0) {
    paper.title('Riskiest calls');
    paper.prose(`None scores ${minScore} or more.`, 2);
    return;
  }
  const shownTimes = calls.reduce((sum, { times }) => sum + times, 0);
  paper.title(
    'Riskiest calls',
    `${number(shownTimes)} of ${number(totals.risky)} at ${minScore} or more; equal ones once`,
  );
  const several = new Set(calls.map(({ agent }) => agent)).size > 1;
  for (const call of calls) riskyCall(call, paper, several);
}

function riskyCall(call: RiskyCall, paper: Paper, naming: boolean): void {
  const mark = { ran: '●', failed: '●', refused: '■', interrupted: '■', unknown: '○' }[call.ending];
  const ending = call.ending === 'unknown' ? 'no result' : call.ending;
  const head = `${String(call.score).padStart(3)} ${call.severity.padEnd(8)}`;
  const right = `${mark} ${ending}  ${minute(call.at)}`;
  const tool = shortened(visible(call.tool), paper.width - 18 - columns(right));
  const gap = ' '.repeat(Math.max(2, paper.width - 15 - columns(tool) - columns(right)));
  paper.line();
  paper.line(`${paper.severity(call.severity, head)} ${paper.bold(tool)}${gap}${paper.dim(right)}`);
  const marks = call.findings.flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]));
  const lines = foldedLines(call.text, marks, paper.width - 4);
  for (const line of lines.slice(0, mostLines)) command(line, paper);
  if (lines.length > mostLines) paper.line(paper.dim(`    … ${lines.length - mostLines} more lines`));
  for (const { detector, weight, why } of call.findings.slice(0, 5)) paper.prose(`${weight} ${detector}: ${why}`, 4);
  const where = [
    ...(naming ? [call.agent] : []),
    `session ${visible(call.session).slice(0, 8)}`,
    ...(call.subagent === '' ? [] : ['sub-agent']),
    ...(call.cwd === '' ? [] : [paper.path(call.cwd)]),
    ...(call.times > 1 ? [`${number(call.times)} times, last ${minute(call.lastAt)}`] : []),
  ];
  paper.line(paper.dim(shortened(`    ${where.join(' · ')}`, paper.width)));
}

/** The evidence is underlined; without colour a line of carets stands below it. */
function command(line: readonly Piece[], paper: Paper): void {
  if (paper.coloured) {
    paper.line(`    ${line.map(({ shown, marked }) => (marked ? paper.underlined(shown) : shown)).join('')}`);
    return;
  }
  paper.line(`    ${line.map(({ shown }) => shown).join('')}`);
  if (!line.some(({ marked }) => marked)) return;
  paper.line(`    ${line.map(({ shown, marked }) => (marked ? '^' : ' ').repeat(columns(shown))).join('')}`);
}

function detectors(report: ScanReport, paper: Paper): void {
  if (report.detectors.length === 0) return;
  paper.title('Findings by detector');
  paper.table(
    ['detector', 'calls', 'sessions', 'highest'],
    report.detectors.map((row) => [row.detector, number(row.calls), number(row.sessions), String(row.highestScore)]),
  );
}

function secrets(report: ScanReport, paper: Paper): void {
  if (report.secrets.length === 0) return;
  paper.title('Secrets seen', 'values are masked and were never stored by Warder');
  for (const seen of report.secrets.slice(0, mostRows)) {
    const sure = seen.confidence === 'verified-format' ? 'by format' : 'likely';
    paper.prose(`${seen.rule} (${sure}) in ${seen.place}: ${times(seen.times)}, last ${minute(seen.lastAt)}`, 2);
    paper.line(paper.dim(`    ${shortened(visible(seen.example), paper.width - 4)}`));
  }
  if (report.secrets.length > mostRows) {
    paper.line(paper.dim(`  … ${report.secrets.length - mostRows} more, all in --json and --html`));
  }
}

function mcpServers(report: ScanReport, paper: Paper): void {
  if (report.mcpServers.length === 0) return;
  paper.title('MCP servers');
  for (const server of report.mcpServers.slice(0, mostRows)) {
    const use = server.calls === 0 ? 'never called' : `${counted(server.calls, 'call')}, last ${minute(server.lastAt)}`;
    const note = server.configured ? '' : ', not in the settings of this machine';
    paper.prose(`${server.server}: ${use}${note}`, 2);
    const tools = server.tools.map(({ tool, calls }) => `${tool} ${number(calls)}`);
    if (tools.length > 0) paper.prose(shortList(tools, 8), 4);
  }
  if (report.mcpServers.length > mostRows) {
    paper.line(paper.dim(`  … ${report.mcpServers.length - mostRows} more, all in --json and --html`));
  }
}

function permissions({ permissions: use, totals }: ScanReport, paper: Paper): void {
  paper.title('Permissions');
  if (use.bypassSessions > 0) {
    paper.prose(
      `${number(use.bypassSessions)} of ${counted(totals.sessions, 'session')} ran with every permission check off (bypassPermissions): ${counted(use.bypassCalls, 'call')}.`,
      2,
    );
  }
  if (use.decidedBy.length > 0) {
    paper.table(
      ['who answered', 'accepted', 'rejected'],
      use.decidedBy.map(({ by, accepted, rejected }) => [by, number(accepted), number(rejected)]),
    );
  }
  if (use.unusedShare === null) {
    paper.prose('No allow rules in the settings of this machine.', 2);
    return;
  }
  paper.prose(
    `${number(use.unused.length)} of ${counted(use.rules, 'allow rule')} (${Math.round(use.unusedShare * 100)} %) were never used in this window.`,
    2,
  );
  for (const { rule, file } of use.unused.slice(0, mostRows)) {
    paper.line(`    ${shortened(visible(rule), paper.width - 4)}`);
    paper.line(paper.dim(`      ${shortened(paper.path(file), paper.width - 6)}`));
  }
  if (use.unused.length > mostRows) {
    paper.line(paper.dim(`    … ${use.unused.length - mostRows} more, all in --json and --html`));
  }
}

function tools(report: ScanReport, paper: Paper): void {
  paper.title('Tools');
  paper.table(
    ['tool', 'calls', 'highest', 'last'],
    report.tools.map((row) => [row.tool, number(row.calls), String(row.highestScore), minute(row.lastAt)]),
  );
}

function unread({ unread: left }: ScanReport, paper: Paper): void {
  const unknown = Object.entries(left.unknownLines);
  if (left.damagedLines === 0 && left.unreadable.length === 0 && unknown.length === 0) return;
  paper.title('Not read');
  if (left.damagedLines > 0) paper.line(`  ${counted(left.damagedLines, 'damaged line')}, skipped`);
  for (const { file, line, why } of left.damaged.slice(0, mostRows)) {
    paper.line(`    ${shortened(`${paper.path(file)}:${line}`, paper.width - 4)}`);
    paper.line(paper.dim(`      ${shortened(visible(why), paper.width - 6)}`));
  }
  if (left.damagedLines > mostRows) paper.line(paper.dim(`    … ${number(left.damagedLines - mostRows)} more`));
  for (const { path, why } of left.unreadable.slice(0, mostRows)) {
    paper.line(`  ${shortened(paper.path(path), paper.width - 2)}`);
    paper.line(paper.dim(`      ${shortened(visible(why), paper.width - 6)}`));
  }
  if (left.unreadable.length > mostRows) paper.line(paper.dim(`  … ${left.unreadable.length - mostRows} more paths`));
  if (unknown.length > 0) {
    const types = unknown.map(([type, count]) => `${type} ${number(count)}`);
    paper.prose(`Lines of a type Warder does not know: ${shortList(types, 8)}.`, 2);
  }
}

function shortList(items: readonly string[], most: number): string {
  const rest = items.length - most;
  return rest > 0 ? `${items.slice(0, most).join(', ')} and ${rest} more` : items.join(', ');
}

const day = (at: string | null): string => (at === null ? 'no time' : minute(at).slice(0, 10));

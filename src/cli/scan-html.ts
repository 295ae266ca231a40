import { createHash } from 'node:crypto';
import type { Severity } from '../core/verdict.ts';
import type { RiskyCall, ScanReport } from './scan-report.ts';
import { style } from './scan-style.ts';
import { visible } from './scan-visible.ts';
import { counted, minute, number, times } from './scan-words.ts';

/** Markup that is safe to put into the page: made by `html` only, or by `raw` from our own text. */
interface Markup {
  readonly markup: string;
}

type Part = Markup | string | number | readonly Part[];

/**
 * A template whose every value is escaped, and whose unseen characters are made visible, unless it is Markup itself. So
 * nothing an agent wrote can become an element, an attribute or an entity.
 */
function html(texts: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return { markup: texts.map((text, i) => (i === 0 ? text : inserted(values[i - 1] ?? '') + text)).join('') };
}

function inserted(value: Part): string {
  if (typeof value === 'number') return escaped(number(value));
  if (typeof value === 'string') return escaped(visible(value));
  return 'markup' in value ? value.markup : value.map(inserted).join('');
}

const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const nothing: Markup = { markup: '' };

/**
 * The report as one file that stands alone: no script, no request to anywhere, styles inline and pinned by their hash in
 * the Content-Security-Policy. `home` is shortened to `~` in paths.
 */
export function reportHtml(report: ScanReport, home: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const short = (path: string): string =>
    home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>Warder scan, ${minute(report.at)} UTC</title>
<style>${{ markup: style }}</style>
</head>
<body>
<main>
${summary(report)}
${report.totals.calls === 0 ? emptyState(report, short) : findings(report, short)}
${unread(report, short)}
<footer>Made by <code>warder scan</code> on ${minute(report.at)} UTC from transcripts on one machine. Values of secrets are masked. Times are UTC.</footer>
</main>
</body>
</html>
`;
  return page.markup;
}

type Short = (path: string) => string;

function summary(report: ScanReport): Markup {
  const { totals } = report;
  const window = report.since === null ? 'everything kept' : `since ${minute(report.since)}`;
  return html`<header><h1>Warder scan</h1>
<p>What coding agents did on this machine, from their transcripts (${window}): ${counted(totals.sessions, 'session')}, ${counted(totals.calls, 'tool call')}, ${counted(totals.days, 'day')} with calls${totals.firstAt === null ? '' : `, ${minute(totals.firstAt)} to ${minute(totals.lastAt ?? '')}`}.</p>
<p class="quiet">${report.agents.map(({ agent, version, calls }) => `${agent} ${version} (${counted(calls, 'call')})`).join(', ')}</p>
</header>`;
}

function findings(report: ScanReport, short: Short): Markup {
  return html`${byAgent(report)}
${bands(report)}
${riskiest(report, short)}
${detectors(report)}
${secrets(report)}
${servers(report)}
${permissions(report, short)}
${tools(report)}`;
}

function emptyState(report: ScanReport, short: Short): Markup {
  return html`<section><h2>No tool calls</h2><p>Looked in:</p><ul>${report.looked.map(({ path, exists }) => html`<li><code>${short(path)}</code>${exists ? '' : ' does not exist'}</li>`)}</ul>
<p>${report.totals.olderFiles > 0 ? `${counted(report.totals.olderFiles, 'transcript')} older than the window were left out.` : 'Coding agents write a transcript for every session, and delete it after a while.'}</p></section>`;
}

/** One agent alone is told in the heading. */
function byAgent(report: ScanReport): Markup {
  const seen = report.byAgent.filter(({ calls, damagedLines }) => calls > 0 || damagedLines > 0);
  if (seen.length < 2) return nothing;
  const rows = seen.map((row) => [
    ...[row.agent, row.sessions, row.calls, row.subagentCalls, row.refused, row.failed],
    ...[row.risky, row.highestScore, minute(row.lastAt)],
  ]);
  const heads = ['Agent', 'Sessions', 'Calls', 'By sub-agents', 'Refused', 'Failed', 'Risky', 'Highest', 'Last'];
  return html`<section><h2>Agents</h2>${table(heads, rows)}</section>`;
}

const severities: readonly Severity[] = ['critical', 'alert', 'review', 'low'];
const ranges: Readonly<Record<Severity, string>> = { critical: '90–100', alert: '70–89', review: '40–69', low: '0–39' };

function bands({ bySeverity, totals }: ScanReport): Markup {
  const band = (severity: Severity) =>
    html`<li class="${severity}"><strong>${bySeverity[severity]}</strong> ${severity} <span class="quiet">${ranges[severity]}</span></li>`;
  return html`<section><h2>Risk <span class="quiet">of ${counted(totals.calls, 'call')}</span></h2><ul class="bands">${severities.map(band)}</ul>
<p class="quiet">${totals.prompts} prompts · ${totals.subagentCalls} calls by sub-agents · ${totals.refused} refused · ${totals.failed} failed · ${totals.unparsed} not fully understood</p></section>`;
}

function riskiest({ riskiest: calls, totals, minScore }: ScanReport, short: Short): Markup {
  if (calls.length === 0) {
    return html`<section><h2>Riskiest calls</h2><p>None scores ${minScore} or more.</p></section>`;
  }
  const shownTimes = calls.reduce((sum, call) => sum + call.times, 0);
  return html`<section><h2>Riskiest calls <span class="quiet">${shownTimes} of ${totals.risky} at ${minScore} or more; equal ones once</span></h2>
${calls.map((call) => riskyCall(call, short))}</section>`;
}

const endings: Readonly<Record<RiskyCall['ending'], string>> = {
  ran: '● ran',
  failed: '● ran, failed',
  refused: '■ refused',
  interrupted: '■ interrupted',
  unknown: '○ no result',
};

function riskyCall(call: RiskyCall, short: Short): Markup {
  const where = [
    call.agent,
    `session ${call.session}`,
    ...(call.subagent === '' ? [] : [`sub-agent ${call.subagent}`]),
    ...(call.cwd === '' ? [] : [short(call.cwd)]),
    ...(call.times > 1 ? [`${times(call.times)}, last ${minute(call.lastAt)}`] : []),
    `${short(call.file)}:${call.line}`,
  ];
  return html`<article class="${call.severity}">
<h3><span class="score">${call.score} ${call.severity}</span> ${call.tool} <span class="quiet">${endings[call.ending]} · ${minute(call.at)}</span></h3>
<pre>${marked(call)}</pre>
<ul>${call.findings.map(({ detector, weight, why }) => html`<li><span class="weight">${weight}</span> <code>${detector}</code> ${why}</li>`)}</ul>
<p class="quiet">${call.effects.join(' · ')}</p>
<p class="quiet">${where.join(' · ')}</p>
</article>`;
}

/** The text with its evidence in <mark>; a newline stays one, after its sign. */
function marked({ text, findings: found }: RiskyCall): Markup[] {
  const marks = found.flatMap(({ evidence }) => (evidence === undefined ? [] : [evidence]));
  const edges = [...new Set([0, text.length, ...marks.flatMap(({ start, end }) => [start, end])])].sort(
    (a, b) => a - b,
  );
  return edges.slice(1).map((end, i) => {
    const start = edges[i] ?? 0;
    const lines = text
      .slice(start, end)
      .split('\n')
      .map((line) => html`${line}`)
      .reduce((before, line) => ({ markup: `${before.markup}⏎\n${line.markup}` }));
    const evidence = marks.some((mark) => mark.start <= start && end <= mark.end);
    return evidence ? html`<mark>${lines}</mark>` : lines;
  });
}

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): Markup {
  const cell = (value: string | number) =>
    typeof value === 'number' ? html`<td class="n">${value}</td>` : html`<td>${value}</td>`;
  return html`<div class="wide"><table><thead><tr>${heads.map((head) => html`<th>${head}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table></div>`;
}

function detectors({ detectors: seen }: ScanReport): Markup {
  if (seen.length === 0) return nothing;
  const rows = seen.map((row) => [row.title, row.calls, row.sessions, row.highestScore, row.runbook]);
  return html`<section><h2>Findings by detector</h2>${table(['Risk', 'Calls', 'Sessions', 'Highest', 'What to do'], rows)}</section>`;
}

function secrets({ secrets: seen }: ScanReport): Markup {
  if (seen.length === 0) return nothing;
  const rows = seen.map((row) => [
    row.rule,
    row.confidence === 'verified-format' ? 'by format' : 'likely',
    row.place,
    row.times,
    row.sessions,
    minute(row.lastAt),
    row.example,
  ]);
  return html`<section><h2>Secrets seen <span class="quiet">values are masked</span></h2>${table(['Rule', 'How sure', 'Where', 'Times', 'Sessions', 'Last', 'Example'], rows)}</section>`;
}

function servers({ mcpServers }: ScanReport): Markup {
  if (mcpServers.length === 0) return nothing;
  const rows = mcpServers.map((row) => [
    row.server,
    row.configured ? 'yes' : 'no',
    row.calls,
    row.sessions,
    row.lastAt === '' ? 'never' : minute(row.lastAt),
    row.tools.map(({ tool, calls }) => `${tool} ${calls}`).join(', '),
  ]);
  return html`<section><h2>MCP servers</h2>${table(['Server', 'In settings', 'Calls', 'Sessions', 'Last', 'Tools and their calls'], rows)}</section>`;
}

function permissions({ permissions: use, totals }: ScanReport, short: Short): Markup {
  const bypass =
    use.bypassSessions === 0
      ? nothing
      : html`<p><strong>${use.bypassSessions}</strong> of ${counted(totals.sessions, 'session')} ran with every permission check off (bypassPermissions): ${counted(use.bypassCalls, 'call')}.</p>`;
  const answered =
    use.decidedBy.length === 0
      ? nothing
      : table(
          ['Who answered', 'Accepted', 'Rejected'],
          use.decidedBy.map((row) => [row.by, row.accepted, row.rejected]),
        );
  const share =
    use.unusedShare === null
      ? html`<p>No allow rules in the settings of this machine.</p>`
      : html`<p>${use.unused.length} of ${counted(use.rules, 'allow rule')} (${Math.round(use.unusedShare * 100)} %) were never used in this window.</p>`;
  const unused =
    use.unused.length === 0
      ? nothing
      : table(
          ['Allowed, never used', 'Where'],
          use.unused.map(({ rule, file }) => [rule, short(file)]),
        );
  return html`<section><h2>Permissions</h2>${bypass}${answered}${share}${unused}</section>`;
}

function tools({ tools: seen }: ScanReport): Markup {
  const rows = seen.map((row) => [row.tool, row.calls, row.highestScore, minute(row.lastAt)]);
  return html`<section><h2>Tools</h2>${table(['Tool', 'Calls', 'Highest', 'Last'], rows)}</section>`;
}

function unread({ unread: left }: ScanReport, short: Short): Markup {
  const unknown = Object.entries(left.unknownLines);
  if (left.damagedLines === 0 && left.unreadable.length === 0 && unknown.length === 0) return nothing;
  const damaged = left.damaged.map(({ file, line, why }) => [`${short(file)}:${line}`, why]);
  const unreadable = left.unreadable.map(({ path, why }) => [short(path), why]);
  return html`<section><h2>Not read</h2>
${left.damagedLines === 0 ? nothing : html`<p>${counted(left.damagedLines, 'damaged line')}, skipped${left.damagedLines > left.damaged.length ? `; the first ${left.damaged.length} are named` : ''}.</p>${table(['Line', 'Why'], damaged)}`}
${unreadable.length === 0 ? nothing : table(['Path', 'Why'], unreadable)}
${unknown.length === 0 ? nothing : html`<p>Lines of a type Warder does not know: ${unknown.map(([type, count]) => `${type} ${number(count)}`).join(', ')}.</p>`}
</section>`;
}

import { existsSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, platform, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findTranscripts, notFollowed, type SearchedPlace, type TranscriptFile } from '../capture/transcripts.ts';
import type { AgentId } from '../core/event.ts';
import { type OwnRules, openJudging } from '../judging.ts';
import { claudeDirectory } from '../normalise/agents/claude-code.transcript.ts';
import { detectors } from '../plugs.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { ownRules, type RulesFrom } from './own-rules.ts';
import { withFiles } from './scan-agents.ts';
import { reportHtml } from './scan-html.ts';
import { type JobStart, type JudgedSession, judgeOnThreads, places } from './scan-jobs.ts';
import { remembered } from './scan-memo.ts';
import { createPermissionLedger } from './scan-permissions.ts';
import { placesOf, readersOf } from './scan-places.ts';
import { type Progress, showProgress } from './scan-progress.ts';
import type { ScanReport } from './scan-report.ts';
import { Tally } from './scan-tally.ts';
import { reportText } from './scan-text.ts';
import { addNotes, judgeSession, type LineNotes, noNotes, type Reading, sessionsOf } from './scan-walk.ts';

const usage = `Usage: warder scan [options]

Reads the transcripts that coding agents left on this machine and reports what they did: sessions, tool calls, the
riskiest ones with reasons, MCP servers, secrets seen (masked), permissions never used. Needs no server, sends nothing,
writes nothing but the --html file.

  --since WHEN      only what is newer: 30d, 12h, 2w, or a date such as 2026-11-01 (default: everything)
  --agent ID        only this agent's: claude-code, codex, gemini-cli … (default: every agent's that are found); may be
                    given several times
  --dir DIR         look there instead: an agent's directory, or one that holds transcripts, of the agent that --agent
                    names (default: claude-code); may be given several times
  --min-score N     list calls that score at least N, 0-100 (default 40)
  --top N           list at most N calls (default 20)
  --rules DIR       a Warder home (or any folder) whose detectors.json, suppressions.json, tools.json and
                    secret-rules.toml count too
  --secret-rules FILE  further rules for secrets, in gitleaks' form (TOML, or JSON by its ending); may be repeated
  --json            one JSON object on standard output
  --jobs N          judge on N threads, 1-64 (default: one for each core; the report is the same whatever N is)
  --html FILE       also write the report as one HTML file, to read or to forward

Exit status: 0 no call scores 70 or more, 1 some do, 2 used wrongly, 3 could not.`;

interface ScanOptions {
  /** Epoch milliseconds; 0 = everything. */
  readonly sinceMs: number;
  /** Where transcripts are looked for. */
  readonly transcripts: readonly SearchedPlace[];
  /** Directories with an agent's own settings. */
  readonly settings: readonly string[];
  readonly home: string;
  /** Of a home; absent: the shipped ones. */
  readonly rules: OwnRules;
  /** Where they stand, for the threads. */
  readonly rulesFrom: RulesFrom;
  readonly managedSettings: string | null;
  readonly minScore: number;
  readonly top: number;
  /** Threads that judge; absent: as many as there are cores, none beside this one for a little. */
  readonly jobs?: number;
  readonly nowMs: number;
  readonly onProgress: (progress: Progress) => void;
}

/** A score from which a scan has found something. */
const alertFrom = 70;

/** Reads every transcript below the directories and reports on them. Reads only; nothing it gives holds an unmasked secret. */
async function scan(options: ScanOptions): Promise<ScanReport> {
  const { sinceMs, home, minScore } = options;
  const ledger = createPermissionLedger(options.settings, home, options.managedSettings);
  const tally = new Tally({ ledger, detectors: options.rules.detectors ?? detectors, minScore, top: options.top });
  const found = findTranscripts(options.transcripts, sinceMs);
  const unreadable = found.unreadable.map(({ path, why }) => ({ path, why }));
  const notes: LineNotes = { ...noNotes(), unreadable };
  const ofBytes = found.files.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  const onBytes = (read: number): void => {
    bytes += read;
    options.onProgress({ bytes, ofBytes, calls: tally.calls });
  };
  const damaged = new Map<AgentId, number>();
  const onNotes = (agent: AgentId, more: LineNotes): void => {
    addNotes(notes, more);
    if (more.damagedLines > 0) damaged.set(agent, (damaged.get(agent) ?? 0) + more.damagedLines);
  };
  await countAll(found.files, options, tally, onNotes, onBytes);
  const { totals, byAgent, ...counted } = tally.result();
  return {
    v: 1,
    at: new Date(options.nowMs).toISOString(),
    since: sinceMs > 0 ? new Date(sinceMs).toISOString() : null,
    minScore,
    looked: found.directories,
    totals: { files: found.files.length, olderFiles: found.older, bytes, ...totals },
    ...counted,
    byAgent: withFiles(byAgent, found.files, damaged),
    unread: { ...notes, unknownLines: { ...notes.unknownLines } },
  };
}

/** Below this a thread takes longer to start than to judge. */
const worthThreads = 12 * 1024 * 1024;
/** A session that is larger is judged and counted line by line, so that it is never held as a whole. */
const largestHeld = 256 * 1024 * 1024;

/** Counts the sessions in their order, however many threads judge them. */
async function countAll(
  files: readonly TranscriptFile[],
  { sinceMs, home, minScore, jobs, rules, rulesFrom }: ScanOptions,
  tally: Tally,
  onNotes: (agent: AgentId, notes: LineNotes) => void,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const since = sinceMs > 0 ? new Date(sinceMs).toISOString() : '';
  const start: JobStart = { home, person: userInfo().username, minScore, since, rules: rulesFrom };
  const sessions = [...sessionsOf(files)];
  const size = (session: readonly TranscriptFile[]): number => session.reduce((sum, file) => sum + file.bytes, 0);
  const all = sessions.reduce((sum, session) => sum + size(session), 0);
  const threads = jobs ?? (all < worthThreads ? 1 : Math.min(availableParallelism(), 16));
  const held = threads > 1 ? sessions.filter((session) => size(session) <= largestHeld) : [];
  let options: Reading['options'] | undefined;
  const reading = (notes: LineNotes, skip: Reading['skip'], read: Reading['onBytes']): Reading => {
    options ??= { judge: remembered(openJudging(rules)), person: start.person, placeOf: places(home), minScore };
    return { options, since, skip, notes, onBytes: read };
  };
  const judged = judgeOnThreads(held, threads, start, onBytes, (session) => {
    const notes = noNotes();
    return {
      turns: [
        ...judgeSession(
          session,
          reading(notes, () => false, onBytes),
        ),
      ],
      notes,
    };
  });
  const here = (session: readonly TranscriptFile[], read: (bytes: number) => void): void => {
    const own = noNotes();
    for (const turn of judgeSession(session, reading(own, tally.counted, read))) tally.turn(turn);
    onNotes(session[0]?.agent ?? '', own);
  };
  for (const session of sessions) {
    const given: JudgedSession | undefined =
      threads > 1 && size(session) <= largestHeld ? (await judged.next()).value : undefined;
    if (given === undefined) here(session, onBytes);
    // Lines that an earlier session held too would have been judged in the light of what is left out.
    else if (given.turns.some(({ uuid }) => uuid !== '' && tally.counted(uuid))) here(session, () => undefined);
    else {
      for (const turn of given.turns) tally.turn(turn);
      onNotes(session[0]?.agent ?? '', given.notes);
    }
    tally.endSession();
  }
  await judged.return(undefined);
}

export const command: Command = {
  name: 'scan',
  summary: 'report what coding agents did on this machine, from their transcripts',
  usage,
  async run(args, io) {
    const asked = askedFor(args, Date.now());
    const progress = showProgress(io.stderr, Date.now);
    const home = io.env.HOME ?? homedir();
    const readers = readersOf(asked.agents ?? (asked.directories === undefined ? undefined : ['claude-code']));
    const rules = readers.some(({ agent }) => agent === 'claude-code');
    const report = await scan({
      ...asked,
      transcripts: placesOf(readers, { env: io.env, home, platform: platformHere() }, asked.directories),
      settings: rules ? (asked.directories ?? [claudeDirectory(io.env, home)]) : [],
      home,
      managedSettings: rules ? managedSettingsFile() : null,
      onProgress: progress.show,
    });
    progress.done();
    if (asked.html !== undefined) write(asked.html, reportHtml(report, home));
    await print(io, asked.json ? `${JSON.stringify(report)}\n` : reportText(report, { ...terminal(io), home }));
    if (asked.html !== undefined) io.stderr.write(`Wrote ${asked.html}\n`);
    return exitStatus(report);
  },
};

function exitStatus(report: ScanReport): ExitStatus {
  if (report.totals.highestScore >= alertFrom) return 1;
  const failed = report.unread.unreadable.some(({ why }) => why !== notFollowed);
  return failed && report.totals.bytes === 0 ? 3 : 0;
}

function askedFor(args: readonly string[], nowMs: number) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      since: { type: 'string' },
      agent: { type: 'string', multiple: true },
      dir: { type: 'string', multiple: true },
      'min-score': { type: 'string', default: '40' },
      top: { type: 'string', default: '20' },
      jobs: { type: 'string' },
      json: { type: 'boolean', default: false },
      html: { type: 'string' },
      rules: { type: 'string' },
      'secret-rules': { type: 'string', multiple: true },
    },
    strict: true,
    allowPositionals: false,
  });
  return {
    sinceMs: values.since === undefined ? 0 : sinceMs(values.since, nowMs),
    agents: values.agent,
    directories: values.dir?.map(existing),
    minScore: whole('--min-score', values['min-score'], 0, 100),
    top: whole('--top', values.top, 0, 4_000),
    ...(values.jobs === undefined ? {} : { jobs: whole('--jobs', values.jobs, 1, 64) }),
    json: values.json,
    html: values.html === undefined ? undefined : writable(values.html),
    rules: ownRules(values.rules, values['secret-rules']),
    rulesFrom: { directory: values.rules, secretRules: values['secret-rules'] ?? [] },
    nowMs,
  };
}

function existing(directory: string): string {
  if (!existsSync(directory)) throw new UsageError(`--dir ${directory}: there is no such directory.`);
  return resolve(directory);
}

/** Told before a long scan, not after it. */
function writable(file: string): string {
  const at = resolve(file);
  if (file === '' || (existsSync(at) && statSync(at).isDirectory()))
    throw new UsageError(`--html takes the name of a file, not "${file}".`);
  if (!existsSync(dirname(at)))
    throw new UsageError(`--html ${file}: there is no folder ${dirname(at)}. Make it first.`);
  return at;
}

const unitMs = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `30d`, `12h`, `2w` or a date → epoch milliseconds. */
export function sinceMs(text: string, nowMs: number): number {
  const [, count, unit] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (unit === 'h' || unit === 'd' || unit === 'w') return Math.max(1, nowMs - Number(count) * unitMs[unit]);
  const [, day = ''] = /^(\d{4}-\d\d-\d\d)(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const date = day === '' ? Number.NaN : Date.parse(text);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (Number.isNaN(date) || new Date(Date.parse(day)).toISOString().slice(0, 10) !== day)
    throw new UsageError(`--since takes 30d, 12h, 2w or a date such as 2026-11-01, not "${text}".`);
  return date;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`${name} takes a whole number from ${least} to ${most}, not "${text}".`);
}

export const platformHere = (): 'linux' | 'darwin' | 'win32' => {
  const here = platform();
  return here === 'darwin' || here === 'win32' ? here : 'linux';
};

function managedSettingsFile(): string | null {
  if (platform() === 'darwin') return '/Library/Application Support/ClaudeCode/managed-settings.json';
  if (platform() === 'win32') return 'C:\\Program Files\\ClaudeCode\\managed-settings.json';
  return '/etc/claude-code/managed-settings.json';
}

function terminal(io: Io) {
  const colour = io.stdout.isTTY === true && (io.env.NO_COLOR ?? '') === '';
  return { width: Math.min(120, io.stdout.columns ?? 80), colour };
}

function write(file: string, html: string): void {
  try {
    writeFileSync(file, html, { mode: 0o600 });
  } catch (error) {
    throw new Error(`could not write ${file}`, { cause: error });
  }
}

/** Resolves once the reader has taken it, so that a pipe gets all of a long report. */
function print(io: Io, text: string): Promise<void> {
  return new Promise((done) => {
    io.stdout.write(text, () => done());
  });
}

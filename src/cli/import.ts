import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findTranscripts, notFollowed, type TranscriptFile } from '../capture/transcripts.ts';
import { homeDir, readConfig } from '../config.ts';
import type { ImportMark } from '../core/import.ts';
import { startServer } from '../server.ts';
import { answers, knownServer } from './agent-files.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { batchesOf, FileChanged, usable } from './import-read.ts';
import { type ImportDoor, importDoor } from './import-send.ts';
import { type ImportReport, importText, newReport } from './import-text.ts';
import { platformHere, sinceMs } from './scan.ts';
import { placesOf, readersOf } from './scan-places.ts';
import { showProgress } from './scan-progress.ts';
import { addNotes, noNotes, sessionsOf } from './scan-walk.ts';

const usage = `Usage: warder import [options]

Puts the transcripts that coding agents left on this machine into the record of a Warder server: prompts, tool calls and
what came of them, each under its own time, judged like live ones and bound to nothing. What is in the record already,
from the hooks, the gateway or an earlier import, is not recorded again: a transcript that grew adds what is new, and an
import that was interrupted goes on.

  --agent ID     only this agent's: claude-code, codex, gemini-cli … (default: every agent's that are found); may be
                 given several times
  --dir DIR      look there instead: an agent's directory, or one that holds transcripts, of the agent that --agent names
                 (default: claude-code); may be given several times
  --since WHEN   only what is newer: 30d, 12h, 2w, or a date such as 2026-11-01 (default: everything)
  --dry-run      send nothing; say what would be sent
  --json         one JSON object on standard output
  --url URL      the server (default: $WARDER_URL, else the one of the home)
  --token TOKEN  a client's token for it (default: $WARDER_TOKEN, else that of the home)
  --home DIR     Warder's home (default: $WARDER_HOME or ~/.warder). When no server of it runs, one runs for as long as
                 the import takes

Exit status: 0 all that could be read is in the record, 2 used wrongly, 3 could not.`;

interface Asked {
  readonly agents: readonly string[] | undefined;
  readonly directories: readonly string[] | undefined;
  /** ISO 8601; `''` = everything. */
  readonly since: string;
  readonly sinceMs: number;
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly home: string;
}

/** Sessions that are sent at a time: each waits for the disk once a line. */
const atOnce = 8;

export const command: Command = {
  name: 'import',
  summary: 'put transcripts of coding agents into the record',
  usage,
  async run(args, io) {
    const asked = askedFor(args, io);
    const home = io.env.HOME ?? homedir();
    const readers = readersOf(asked.agents ?? (asked.directories === undefined ? undefined : ['claude-code']));
    const at = { env: io.env, home, platform: platformHere() };
    const found = findTranscripts(placesOf(readers, at, asked.directories), asked.sinceMs);
    const report = newReport(found, asked.dryRun);
    const server = await serverFor(asked, io);
    try {
      await importAll(found.files, asked, server?.door ?? null, report, io);
    } finally {
      await server?.close();
    }
    io.stdout.write(asked.json ? `${JSON.stringify(report)}\n` : importText(report, home));
    const failed = report.unread.unreadable.some(({ why }) => why !== notFollowed);
    return report.failed !== null || (failed && found.files.length === 0) ? 3 : 0;
  },
};

/** Several sessions at a time, each in its own order. The first failure to send ends it; what was sent stays sent. */
async function importAll(
  files: readonly TranscriptFile[],
  asked: Asked,
  door: ImportDoor | null,
  report: ImportReport,
  io: Io,
): Promise<void> {
  const progress = showProgress(io.stderr, Date.now);
  const ofBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let bytes = 0;
  const onBytes = (read: number) => {
    bytes += read;
    progress.show({ bytes: Math.min(bytes, ofBytes), ofBytes, calls: report.found.calls });
  };
  const waiting = sessionsOf(files);
  const worker = async () => {
    for (const session of waiting) {
      if (report.failed !== null) return;
      try {
        await importSession(session, asked, door, report, onBytes);
      } catch (error) {
        report.failed ??= error instanceof Error ? error.message : 'the server could not be reached';
      }
    }
  };
  await Promise.all(Array.from({ length: door === null ? 1 : atOnce }, worker));
  progress.done();
}

async function importSession(
  files: readonly TranscriptFile[],
  asked: Asked,
  door: ImportDoor | null,
  report: ImportReport,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const paths = files.map(({ path }) => path);
  const kept = await door?.marks(files[0]?.agent ?? '', paths);
  const marks = (kept ?? []).map((mark) => usable(mark, asked.since));
  try {
    await sendSession(files, marks, asked, door, report, onBytes);
  } catch (error) {
    if (!(error instanceof FileChanged)) throw error;
    // Written anew, cut, or put together again: read from its beginning. What is recorded of it is not recorded twice.
    report.changed += 1;
    await sendSession(files, [], asked, door, report, () => undefined);
  }
}

async function sendSession(
  files: readonly TranscriptFile[],
  marks: readonly (ImportMark | null)[],
  asked: Asked,
  door: ImportDoor | null,
  report: ImportReport,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const notes = noNotes();
  const met = { calls: 0, prompts: 0, results: 0 };
  for (const batch of batchesOf(files, marks, { since: asked.since, notes, onBytes })) {
    for (const { turn } of batch.turns) {
      for (const { kind } of turn.items) {
        if (kind === 'call') met.calls += 1;
        else if (kind === 'prompt') met.prompts += 1;
        else if (kind === 'result') met.results += 1;
      }
    }
    if (door === null || asked.dryRun) continue;
    const { calls, prompts, results, repeated } = await door.send(batch);
    report.recorded.calls += calls;
    report.recorded.prompts += prompts;
    report.recorded.results += results;
    report.repeated += repeated;
  }
  report.found.calls += met.calls;
  report.found.prompts += met.prompts;
  report.found.results += met.results;
  addNotes(report.unread, notes);
}

interface Server {
  readonly door: ImportDoor;
  close(): Promise<void>;
}

/** The server that is named, the home's, or one for this import alone; null when nothing is to be sent and none runs. */
async function serverFor(asked: Asked, io: Io): Promise<Server | null> {
  const named = (asked.url ?? io.env.WARDER_URL) || undefined;
  const token = (asked.token ?? io.env.WARDER_TOKEN) || undefined;
  if (named !== undefined) {
    if (!URL.canParse(named) || !/^https?:$/.test(new URL(named).protocol))
      throw new UsageError(`--url takes an address such as http://127.0.0.1:7717, not ${JSON.stringify(named)}.`);
    const own = token ?? knownServer(asked.home)?.token;
    if (own === undefined) throw new UsageError(`--url ${named}: give a token of it with --token or WARDER_TOKEN.`);
    return { door: importDoor(named, own), close: async () => {} };
  }
  const known = knownServer(asked.home);
  if (known !== null && (await answers(known.url)))
    return { door: importDoor(known.url, token ?? known.token), close: async () => {} };
  if (asked.dryRun) return null;
  const config = readConfig(asked.home, { port: '0' });
  const server = await startServer({ ...config, listen: '127.0.0.1', env: io.env, log: () => {} });
  const started = knownServer(asked.home);
  return { door: importDoor(server.url, started?.token ?? server.token), close: server.close };
}

function askedFor(args: readonly string[], io: Io): Asked {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agent: { type: 'string', multiple: true },
      dir: { type: 'string', multiple: true },
      since: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      url: { type: 'string' },
      token: { type: 'string' },
      home: { type: 'string' },
    },
    strict: true,
    allowPositionals: false,
  });
  const fromMs = values.since === undefined ? 0 : sinceMs(values.since, Date.now());
  return {
    agents: values.agent,
    directories: values.dir?.map((directory) => {
      if (!existsSync(directory)) throw new UsageError(`--dir ${directory}: there is no such directory.`);
      return resolve(directory);
    }),
    since: fromMs > 0 ? new Date(fromMs).toISOString() : '',
    sinceMs: fromMs,
    dryRun: values['dry-run'],
    json: values.json,
    url: values.url,
    token: values.token,
    home: homeDir(values.home, io.env),
  };
}

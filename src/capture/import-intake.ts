import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { AgentEvent, Identity } from '../core/event.ts';
import type { ImportAnswer, ImportBatch, ImportMark, MarksAnswer } from '../core/import.ts';
import type { Result } from '../core/result.ts';
import { sized, upTo } from '../core/sized.ts';
import type { Store } from '../core/store.ts';
import { answerEarly, readBody } from './gateway-body.ts';
import { type CallReader, eventsOf, type ToldEvent } from './import-events.ts';

export interface ImportIntakeDeps {
  identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>>;
  /** Records what was told; rejects when it cannot be recorded. */
  deliver(event: ToldEvent): Promise<'recorded' | 'repeated'>;
  readonly call: CallReader;
  readonly settings: Pick<Store, 'setting' | 'setSetting'>;
  /** Keyed hash, hex: paths are not kept. */
  hmac(text: string): string;
  now(): string;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

/** A line may hold a file of some megabytes; a client sends about one megabyte at a time. */
const largestBody = 96 * 1024 * 1024;
const mostTurns = 2_000;
const mostPaths = 2_000;

const path = z.string().refine(...sized(1, 8_192));
const agent = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const mark = z.strictObject({
  records: z.int().min(0),
  digest: z.string().regex(/^[\da-f]{64}$/),
  since: z.string().refine(...upTo(40)),
});
/** As it is kept: with when, by which marks that nobody needs any more are found. */
const keptMark = z.object(mark.shape);
const name = z.string().refine(...upTo(65_536));
const item = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prompt'), text: z.string() }),
  z.object({ kind: z.literal('call'), toolUseId: name, tool: name.refine(...sized(1)), input: z.unknown() }),
  z.object({
    kind: z.literal('result'),
    toolUseId: name,
    text: z.string(),
    status: z.enum(['ok', 'error', 'refused', 'interrupted']),
  }),
  z.object({ kind: z.literal('tools-declared'), tools: z.array(z.string()) }),
]);
const turn = z.object({
  kind: z.literal('turn'),
  uuid: name,
  session: name,
  subagent: name,
  at: name,
  cwd: name,
  version: name,
  gitBranch: name,
  permissionMode: name,
  items: z.array(item),
});
const batch = z.object({
  v: z.literal(1),
  agent,
  files: z.array(z.object({ path, mark: mark.nullable() })).refine(...upTo(mostPaths)),
  turns: z
    .array(z.object({ file: z.int().min(0), record: z.int().min(0), at: z.iso.datetime({ precision: 3 }), turn }))
    .refine(...upTo(mostTurns)),
});
const asked = z.object({ v: z.literal(1), agent, paths: z.array(path).refine(...upTo(mostPaths)) });

/**
 * `POST /import/marks` and `POST /import`: transcripts that `warder import` read, a session's lines in their order. What
 * was recorded before is not recorded again; a mark is kept once everything before it is durable. Never throws.
 */
export function createImportIntake(deps: ImportIntakeDeps): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    take(deps, req, res).catch((cause: unknown) => {
      deps.onTrouble?.('import-failed', 'a part of a transcript could not be recorded', cause);
      if (!res.headersSent) problem(req, res, 503, 'Warder could not record this: its store is not available.');
    });
  };
}

async function take(deps: ImportIntakeDeps, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const who = await deps.identify(req);
  if (!who.ok) return problem(req, res, 401, who.error.detail);
  if (req.method !== 'POST') return problem(req, res, 405, 'Transcripts are sent with POST.');
  const read = await readBody(req, largestBody);
  if (read.kind === 'gone') return;
  if (read.kind === 'too-large') return problem(req, res, 413, 'This is longer than Warder reads.');
  const body = jsonOf(read.bytes);
  const route = (req.url ?? '').replace(/\?.*$/, '').replace(/\/$/, '');
  const answer = await (route === '/import/marks' ? marksOf(deps, body, who.value) : record(deps, body, who.value));
  if (answer === null) return problem(req, res, 400, 'This is not what warder import sends.');
  const text = JSON.stringify(answer);
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

async function marksOf(deps: ImportIntakeDeps, body: unknown, who: Identity): Promise<MarksAnswer | null> {
  const parsed = asked.safeParse(body);
  if (!parsed.success) return null;
  const { agent: of, paths } = parsed.data;
  const marks = await Promise.all(paths.map((each) => markOf(deps, settingOf(deps, who, of, each))));
  return { v: 1, marks };
}

async function markOf(deps: ImportIntakeDeps, setting: string): Promise<ImportMark | null> {
  const kept = await deps.settings.setting(setting);
  if (kept === null) return null;
  const parsed = keptMark.safeParse(jsonOf(Buffer.from(kept)));
  return parsed.success ? parsed.data : null;
}

/** The same path on another device, or another person's, is another file. */
const settingOf = ({ hmac }: ImportIntakeDeps, { person, device }: Identity, of: string, file: string): string =>
  `imported/${hmac(JSON.stringify([person, device, of, file])).slice(0, 40)}`;

async function record(deps: ImportIntakeDeps, body: unknown, who: Identity): Promise<ImportAnswer | null> {
  const parsed = batch.safeParse(body);
  if (!parsed.success) return null;
  const given: ImportBatch = parsed.data;
  const counts = { calls: 0, prompts: 0, results: 0, repeated: 0 };
  for (const imported of given.turns) {
    for (const event of eventsOf(given, imported, who, deps.call)) {
      const fate = await deps.deliver(event);
      if (fate === 'repeated') counts.repeated += 1;
      else counts[countOf(event)] += 1;
    }
  }
  for (const { path: file, mark: reached } of given.files) {
    if (reached !== null) {
      await deps.settings.setSetting(
        settingOf(deps, who, given.agent, file),
        JSON.stringify({ ...reached, at: deps.now() }),
      );
    }
  }
  return { v: 1, ...counts };
}

const countOf = ({ kind }: AgentEvent): 'calls' | 'prompts' | 'results' =>
  kind === 'call-asked' ? 'calls' : kind === 'prompt' ? 'prompts' : 'results';

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Not JSON is not what the command sends; the schema says so.
    return null;
  }
}

function problem(req: IncomingMessage, res: ServerResponse, status: number, detail: string): void {
  answerEarly(req, res, status, JSON.stringify({ error: { code: 'import', detail } }));
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Identity } from '../core/event.ts';
import type { Result } from '../core/result.ts';
import { sized, upTo } from '../core/sized.ts';
import { answerEarly, readBody } from './gateway-body.ts';
import { type McpJudgeDeps, mcpJudge } from './mcp-judge.ts';

export interface McpIntakeDeps extends McpJudgeDeps {
  identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>>;
  /** Longest body, bytes: 96 MiB, for a message of 64 MiB as JSON inside JSON. */
  readonly maxBodyBytes?: number;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

const about = z.object({ description: z.string().optional(), schema: z.unknown().optional() });
const asked = z.object({
  method: z.string(),
  toolUseId: z.string(),
  tool: z.string(),
  input: z.unknown(),
  problem: z.string().nullable(),
  agentCallId: z.string(),
  about: about.optional(),
});
const hints = z.object({
  readOnlyHint: z.boolean().optional(),
  destructiveHint: z.boolean().optional(),
  openWorldHint: z.boolean().optional(),
});
const declared = z.object({
  name: z.string(),
  server: z.string().optional(),
  digest: z.string().optional(),
  about: about.extend({ annotations: hints.optional(), cut: z.string().optional() }).optional(),
});
const note = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('result'),
    toolUseId: z.string(),
    outcome: z.object({
      status: z.enum(['ok', 'error', 'refused', 'interrupted']),
      text: z.string(),
      durationMs: z.number().optional(),
    }),
  }),
  z.object({ kind: z.literal('tools'), tools: z.array(declared), digest: z.string(), left: z.number() }),
  z.object({ kind: z.literal('notice'), what: z.string(), text: z.string() }),
  z.object({ kind: z.literal('unparsed'), why: z.string(), raw: z.string() }),
]);
const body = z.object({
  v: z.literal(1),
  party: z.object({
    server: z.string().refine(...sized(1, 200)),
    session: z.string().regex(/^mcp_[\w-]{1,100}$/),
    client: z.object({ name: z.string().refine(...upTo(200)), version: z.string().refine(...upTo(200)) }),
    cwd: z
      .string()
      .refine(...upTo(4096))
      .optional(),
  }),
  ask: asked.optional(),
  notes: z
    .array(note)
    .refine(...upTo(1000))
    .optional(),
  hidden: z
    .array(z.string())
    .refine(...upTo(5000))
    .optional(),
});

/**
 * `POST /mcp-events`: what `warder mcp` saw between a client and a stdio server in; mode, verdict and tools to leave out as
 * answer. The token is a client's. Never throws.
 */
export function createMcpIntake(deps: McpIntakeDeps): (req: IncomingMessage, res: ServerResponse) => void {
  return (req, res) => {
    take(deps, req, res).catch((cause: unknown) => {
      deps.onTrouble?.('mcp-failed', 'what an MCP wrapper sent could not be taken', cause);
      if (!res.headersSent) problem(req, res, 500, 'Warder could not take this (an internal error).');
    });
  };
}

async function take(deps: McpIntakeDeps, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const who = await deps.identify(req);
  if (!who.ok) return problem(req, res, 401, who.error.detail);
  if (req.method !== 'POST') return problem(req, res, 405, 'What a wrapper saw is sent with POST.');
  const read = await readBody(req, deps.maxBodyBytes ?? 96 * 1024 * 1024);
  if (read.kind === 'gone') return;
  if (read.kind === 'too-large') return problem(req, res, 413, 'This is longer than Warder reads.');
  const parsed = body.safeParse(jsonOf(read.bytes));
  if (!parsed.success) return problem(req, res, 400, 'This is not what a wrapper sends.');
  const { party, ask, notes = [], hidden } = parsed.data;
  const left = new AbortController();
  res.once('close', () => left.abort());
  const judge = mcpJudge(deps, () => ({ ...party, identity: who.value }), left.signal);
  for (const each of notes) judge.note(each);
  const answer = {
    mode: deps.mode(),
    personMs: (deps.waitingRoom?.seconds ?? 0) * 1000,
    ...(ask === undefined ? {} : { verdict: await judge.decide(ask) }),
    ...(hidden === undefined ? {} : { hidden: await judge.hidden(hidden) }),
  };
  const text = JSON.stringify(answer);
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Not JSON is not what a wrapper sends; the schema says so.
    return null;
  }
}

function problem(req: IncomingMessage, res: ServerResponse, status: number, detail: string): void {
  answerEarly(req, res, status, JSON.stringify({ error: { code: 'mcp', detail } }));
}

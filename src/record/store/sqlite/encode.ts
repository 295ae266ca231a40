import { witnessesOf } from '../../../core/coverage.ts';
import type { DeclaredTool } from '../../../core/event.ts';
import type { ToolVersionDraft } from '../../../core/mcp-record.ts';
import type { Commit, ReceiptDraft, StoredEvent } from '../../../core/store.ts';
import type { AlertDraft, CallRecord, PhaseRecord } from '../../../core/verdict.ts';
import { boundedJson, boundedText } from './cut.ts';
import { type InventoryRows, inventoryRows } from './inventory.ts';

// Done on the caller's thread: every piece is turned into the text it is stored as exactly once, and what crosses to
// the writer is flat, so that neither side clones or parses deep objects.

const maxJsonBytes = 65_536;
const maxEventText = 16_384;

export interface CallRow {
  readonly id: string;
  readonly at: string;
  readonly session: string;
  readonly subagent: string | null;
  readonly toolUseId: string;
  readonly person: string;
  readonly device: string;
  readonly agent: string;
  readonly tool: string;
  readonly cwd: string | null;
  readonly input: string;
  readonly detail: string;
  readonly unparsed: number;
  readonly score: number;
  readonly severity: string;
  readonly decision: string;
  readonly enforced: number;
  readonly effective: string;
  readonly mcpServer: string | null;
  readonly mcpTool: string | null;
}

/** The members of a call that live in `detail`. */
export type CallDetail = Pick<CallRecord, 'action' | 'effects' | 'opaque' | 'findings' | 'rules' | 'why'>;

export interface PhaseRow {
  readonly call: string;
  readonly source: string;
  /** Bits of core/coverage.ts. */
  readonly seen: number;
  /** JSON of the PhaseRecord without `receipt`. */
  readonly phase: string;
}

export interface SessionRow {
  readonly id: string;
  readonly agent: string;
  readonly agentVersion: string;
  readonly person: string;
  readonly device: string;
  readonly cwd: string;
  readonly at: string;
  readonly memory: string | null;
  readonly ended: string | null;
}

/** A commit as it travels to the writer. */
export interface CommitRows {
  /** Time of the receipt. */
  readonly ts: string;
  /** When it happened, for alerts and sightings. */
  readonly at: string;
  readonly agent: string;
  readonly call: CallRow | null;
  readonly phase: PhaseRow | null;
  readonly session: SessionRow | null;
  /** Of whom it came, with the groups of an identity provider. */
  readonly from: { readonly person: string; readonly groups: readonly string[] };
  readonly event: StoredEvent | null;
  readonly receipt: ReceiptDraft | null;
  readonly alerts: readonly AlertDraft[];
  readonly tools: readonly DeclaredTool[];
  readonly toolVersions: readonly ToolVersionDraft[];
  readonly inventory: InventoryRows | null;
  readonly forgetDevice: string | null;
  readonly delivery: string | null;
}

/** Throws when the commit cannot be stored at all: a phase that belongs to no call, a value without JSON form. */
export function encodeCommit(commit: Commit, ts: string): CommitRows {
  const { call, phase, session, event, receipt } = commit;
  return {
    ts,
    at: phase?.at ?? event?.at ?? session?.at ?? call?.at ?? commit.inventory?.at ?? ts,
    agent: session?.agent ?? event?.agent ?? call?.agent ?? receipt?.agent.kind ?? '',
    call: call ? callRow(call) : null,
    phase: phase ? phaseRow(phase, call?.id ?? receipt?.call) : null,
    session: session && session.id !== '' ? sessionRow(session) : null,
    from: { person: session?.person ?? '', groups: session?.groups ?? [] },
    event: event ? { ...event, text: boundedText(event.text, maxEventText) } : null,
    receipt: receipt ?? null,
    alerts: commit.alerts ?? [],
    tools: commit.tools ?? [],
    toolVersions: commit.toolVersions ?? [],
    forgetDevice: commit.forgetDevice ?? null,
    inventory: commit.inventory ? inventoryRows(commit.inventory) : null,
    delivery: commit.delivery ?? null,
  };
}

function callRow(call: CallRecord): CallRow {
  const { action, effects, opaque, findings, rules, why } = call;
  const detail: CallDetail = { action, effects, opaque, findings, rules, why };
  return {
    id: call.id,
    at: call.at,
    session: call.session,
    subagent: call.subagent ?? null,
    toolUseId: call.toolUseId,
    person: call.person,
    device: call.device,
    agent: call.agent,
    tool: call.tool,
    cwd: call.cwd ?? null,
    input: boundedJson(call.input, maxJsonBytes),
    detail: boundedDetail(detail),
    unparsed: Number(call.unparsed),
    score: call.score,
    severity: call.severity,
    decision: call.decision,
    enforced: Number(call.enforced),
    effective: call.effective,
    mcpServer: action.kind === 'mcp' ? action.server : null,
    mcpTool: action.kind === 'mcp' ? action.tool : null,
  };
}

/** Most of each list that is kept; a longer one says in `opaque` what is missing, so that every member keeps its type. */
const most = { effects: 500, findings: 200, opaque: 200, rules: 200 } as const;
const longestName = 2_048;

function boundedDetail(detail: CallDetail): string {
  const { effects, findings, opaque, rules } = detail;
  const lost = [
    ...(effects.length > most.effects ? [`${effects.length - most.effects} more effects were not stored`] : []),
    ...(findings.length > most.findings ? [`${findings.length - most.findings} more findings were not stored`] : []),
    ...(opaque.length > most.opaque ? [`${opaque.length - most.opaque} more reasons were not stored`] : []),
  ];
  const rest: Omit<CallDetail, 'action'> = {
    effects: effects.slice(0, most.effects),
    findings: findings.slice(0, most.findings),
    opaque: [...opaque.slice(0, most.opaque), ...lost],
    rules: rules.slice(0, most.rules),
    why: detail.why,
  };
  const json = JSON.stringify(rest, (_, value) =>
    typeof value === 'string' ? boundedText(value, longestName) : value,
  );
  return `{"action":${boundedJson(detail.action, maxJsonBytes)},${json.slice(1)}`;
}

function phaseRow(phase: PhaseRecord, call: string | undefined): PhaseRow {
  if (call === undefined || call === '') throw new Error('Not recorded: a phase came without the call it belongs to.');
  const { receipt: _, ...rest } = phase;
  return { call, source: phase.source, seen: witnessesOf(phase), phase: boundedJson(rest, maxJsonBytes) };
}

function sessionRow(touch: NonNullable<Commit['session']>): SessionRow {
  return {
    id: touch.id,
    agent: touch.agent,
    agentVersion: touch.agentVersion ?? '',
    person: touch.person,
    device: touch.device,
    cwd: touch.cwd ?? '',
    at: touch.at,
    memory: touch.memory ? JSON.stringify(touch.memory) : null,
    ended: touch.ended ?? null,
  };
}

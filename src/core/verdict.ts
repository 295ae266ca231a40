import type { Effect, Span } from './effect.ts';
import type { Action, AgentId, Identity, Source } from './event.ts';

/** Risk bands: low 0–39, review 40–69, alert 70–89, critical 90–100. */
export type Severity = 'low' | 'review' | 'alert' | 'critical';

export const severityOf = (score: number): Severity =>
  score >= 90 ? 'critical' : score >= 70 ? 'alert' : score >= 40 ? 'review' : 'low';

/** One reason, with its evidence. */
export interface Finding {
  /** Id of a file in `score/detectors/`, or of reconciliation. */
  readonly detector: string;
  /** 0–100: what this finding alone would score. */
  readonly weight: number;
  readonly severity: Severity;
  /** One sentence for a person. Never holds a secret's value. */
  readonly why: string;
  readonly evidence?: Span;
  /** Raise an alert whatever the score. */
  readonly alert?: boolean;
}

export interface Score {
  /** 0–100, whole. */
  readonly score: number;
  readonly severity: Severity;
  /** Heaviest first. */
  readonly findings: readonly Finding[];
}

export type Decision = 'allow' | 'ask' | 'deny';
export type Mode = 'observe' | 'enforce';

/**
 * `decision`: what the policy says. `enforced`: whether it binds (mode). `effective`: what happens to the call.
 * `rules`: ids of the deciding policies. `why`: one sentence for the person or the model.
 */
export interface Verdict {
  readonly decision: Decision;
  readonly enforced: boolean;
  readonly effective: Decision;
  readonly rules: readonly string[];
  readonly why: string;
  /** Set when something Warder needs was gone and the fail mode answered: `store-unavailable`, `policy-unavailable` … */
  readonly degraded?: string;
}

/** Where a verdict is bound or an outcome was seen. */
export type Phase = 'asked' | 'before' | 'after' | 'result';

/** One phase of a call, as stored. */
export interface PhaseRecord {
  readonly phase: Phase;
  readonly at: string;
  readonly source: Source;
  readonly verdict?: Verdict;
  readonly outcome?: {
    readonly status: string;
    readonly durationMs?: number;
    readonly excerpt: string;
    readonly secrets: number;
  };
  /** Sequence number of its receipt. */
  readonly receipt?: number;
}

/** One tool call with all its phases: what the API gives and the console shows. Input is masked. */
export interface CallRecord {
  readonly id: string;
  readonly at: string;
  readonly session: string;
  readonly subagent?: string;
  readonly toolUseId: string;
  readonly person: string;
  readonly device: string;
  readonly agent: AgentId;
  readonly tool: string;
  readonly cwd?: string;
  /** The masked action. */
  readonly action: Action;
  /** The masked input, for evidence spans. */
  readonly input: unknown;
  readonly effects: readonly Effect[];
  readonly unparsed: boolean;
  readonly opaque: readonly string[];
  readonly score: number;
  readonly severity: Severity;
  readonly findings: readonly Finding[];
  readonly decision: Decision;
  readonly enforced: boolean;
  readonly effective: Decision;
  readonly rules: readonly string[];
  readonly why: string;
  readonly phases: readonly PhaseRecord[];
  /** Sequence number of the receipt of the last decision; null until recorded. */
  readonly receipt: number | null;
}

/** What a receipt says; the signed payload is its RFC 8785 form. No content: input and output only as keyed hashes. */
export interface ReceiptBody {
  readonly v: 1;
  /** 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly ts: string;
  readonly kind: 'decision' | 'outcome' | 'system';
  readonly call: string;
  readonly principal: { readonly person: string; readonly device: string; readonly via: Identity['via'] };
  readonly agent: {
    readonly kind: AgentId;
    readonly session: string;
    readonly subagent?: string;
    readonly version?: string;
  };
  readonly action: { readonly tool: string; readonly verbs: readonly string[]; readonly zones: readonly string[] };
  readonly point: Source;
  readonly phase: Phase | 'system';
  /** HMAC-SHA-256 of the canonical input (decision) or the result text (outcome) under the home's key, hex. */
  readonly input_hash: string;
  readonly risk: { readonly score: number; readonly severity: Severity; readonly detectors: readonly string[] };
  readonly decision?: Verdict;
  readonly outcome?: { readonly status: string };
  /** For `system`: what changed (`started`, `mode`, `policy`, `unrecorded` …). */
  readonly note?: string;
  readonly policy: { readonly digest: string; readonly engine: string };
  /** Leaf hash of the receipt before it, hex; 64 zeros for the first. */
  readonly prev: string;
  readonly keyid: string;
}

/** A receipt at rest and on export. `leaf` = SHA-256(0x00 ‖ body), hex (RFC 6962 leaf). `sig` = Ed25519 over the body's bytes, base64. */
export interface Receipt {
  readonly seq: number;
  readonly body: string;
  readonly leaf: string;
  readonly sig: string;
}

export type AlertState = 'open' | 'acknowledged' | 'resolved' | 'false-positive';

export interface Alert {
  readonly id: number;
  /** Same key within the window = the same alert, counted up. */
  readonly key: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly count: number;
  readonly severity: Severity;
  readonly score: number;
  readonly detector: string;
  readonly title: string;
  readonly session: string;
  readonly agent: AgentId;
  readonly person: string;
  /** Latest call that raised it; `''` when none. */
  readonly call: string;
  readonly state: AlertState;
  readonly note: string;
}

export type AlertDraft = Pick<
  Alert,
  'key' | 'severity' | 'score' | 'detector' | 'title' | 'session' | 'agent' | 'person' | 'call'
>;

/** What a session remembers, so that a later outward action is judged in the light of earlier ones. Grows by `remember` only. */
export interface SessionMemory {
  /** Calls that brought untrusted content in (web, MCP): call id → one short phrase. */
  readonly untrusted: Readonly<Record<string, string>>;
  /** Calls that read sensitive data: call id → one short phrase. */
  readonly sensitive: Readonly<Record<string, string>>;
  /** Files written after download in this session: absolute path → host. */
  readonly downloaded: Readonly<Record<string, string>>;
}

export const emptyMemory: SessionMemory = { untrusted: {}, sensitive: {}, downloaded: {} };

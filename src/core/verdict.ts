import type { Effect, PiiHit, Span } from './effect.ts';
import type { Action, AgentId, Identity, Source } from './event.ts';

/** Risk bands: low 0–39, review 40–69, alert 70–89, critical 90–100. */
export type Severity = 'low' | 'review' | 'alert' | 'critical';

export const severityOf = (score: number): Severity =>
  score >= 90 ? 'critical' : score >= 70 ? 'alert' : score >= 40 ? 'review' : 'low';

/** The ten things a score is made of; docs/scoring.md says how they combine. */
const factors = [
  'impact', // what kind of thing it does
  'reversibility', // whether it can be taken back
  'scope', // how much of it
  'asset', // how much what it touches is worth
  'data', // what the call itself carries: secrets, personal data
  'destination', // where it goes or where it came from
  'opacity', // how much of it cannot be read beforehand
  'session', // what the session did and read before
  'novelty', // not seen from this session or agent so far; never high alone
  'authorization', // whether the person's own words ask for it
] as const;
export type Factor = (typeof factors)[number];

/** How far a detector is to be trusted, apart from how grave its finding is; as in Sigma. */
export type Confidence = 'experimental' | 'test' | 'stable';

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
  /** Factors that made the weight, the leading one first. Absent: `impact` alone. */
  readonly factor?: readonly Factor[];
  /** Absent: `stable`. */
  readonly confidence?: Confidence;
  /** Set when a suppression of the configuration took it out of the score; it stays visible. */
  readonly suppressed?: { readonly id: string; readonly reason: string; readonly until: string };
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
  /** What became of an `ask` that waited for a person at the gateway; `by` is who decided, `''` when nobody did. */
  readonly approval?: {
    readonly how: 'approved' | 'denied' | 'expired' | 'cancelled';
    readonly by: string;
    readonly note?: string;
  };
}

/** Where a verdict is bound or an outcome was seen. */
export type Phase = 'asked' | 'before' | 'after' | 'result';

/** How much personal data of each kind; never the values. */
export type PersonalCounts = Readonly<Partial<Record<PiiHit['type'], number>>>;

/** One phase of a call, as stored. */
export interface PhaseRecord {
  readonly phase: Phase;
  readonly at: string;
  readonly source: Source;
  readonly verdict?: Verdict;
  /** The agent had the call already when the verdict came, so that it stopped nothing. */
  readonly late?: true;
  readonly outcome?: {
    readonly status: string;
    readonly durationMs?: number;
    readonly excerpt: string;
    readonly secrets: number;
    /** Personal data in it by kind, each value once; absent: none worth telling. */
    readonly personal?: PersonalCounts;
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
  /** Scripts this session wrote whose run would be worth a look: absolute path → one short phrase; absent: none. */
  readonly prepared?: Readonly<Record<string, string>>;
  /** Fingerprints of what was said and read in this session; absent: nothing was told yet. */
  readonly texts?: TextMemory;
  /** What the session has been doing; absent: nothing yet. */
  readonly pace?: PaceMemory;
}

/**
 * Fingerprints of words and tokens, 31 bits each, six characters of base 36, oldest first, all in one string. They can
 * say "this was in there", never what it was. Bounded.
 */
export interface TextMemory {
  /** Words of the person's own prompts. */
  readonly person: string;
  /** Tokens (hosts, addresses, numbers, names, quoted phrases) of results that nobody outside can write. */
  readonly trusted: string;
  /** The same of results that others can write: web pages, mails, issues, MCP results. */
  readonly untrusted: string;
  /** Phrases of sentences in untrusted text that tell the reader to do something. */
  readonly told: string;
  /** The same of sentences that speak to an agent or hide from people; absent: none. */
  readonly addressed?: string;
  /** What such sentences ask for: `send`, `delete` … */
  readonly orders: readonly string[];
  /** Signs that a text addresses an agent: `ignore-instructions`, `hidden-characters` … */
  readonly signs: readonly string[];
}

/** Doings so far, bounded; names and fingerprints only. */
export interface PaceMemory {
  /** Last calls, oldest first: fingerprint of tool and input (six characters), a space, the call's id. */
  readonly calls: readonly string[];
  /** `tool`, `verb zone` pairs used so far. */
  readonly used: readonly string[];
  /** Times (milliseconds since 1970) of the last calls that change, delete or send something. */
  readonly changes: readonly number[];
}

export const emptyMemory: SessionMemory = { untrusted: {}, sensitive: {}, downloaded: {} };

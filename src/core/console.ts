import type { PendingApproval } from './approval.ts';
import type { SessionRecord, StoredEvent } from './store.ts';
import type { UsageKey, UsageSum } from './usage.ts';
import type { Alert, CallRecord, Mode } from './verdict.ts';

// What the console's API says beyond the stored records: the contract between `tell/api` and `web`.

/** A call as lists show it: no input, long strings cut (the full record has its own address). */
export type BriefCall = Omit<CallRecord, 'input'>;

/** `GET /api/v1/info`. Holds nothing secret. */
export interface ConsoleInfo {
  readonly version: string;
  readonly mode: Mode;
  /** Base URL of this server, without a trailing slash. */
  readonly url: string;
  /** Directory Warder keeps its state in. */
  readonly home: string;
  readonly policyDigest: string;
  readonly keyid: string;
  /** SPKI PEM of the key that signs receipts. */
  readonly publicKeyPem: string;
  /** Lines to type, in order, to connect an agent; `# …` at the end of a line is a comment. */
  readonly connect: readonly string[];
  readonly detectors: readonly DetectorInfo[];
  /** Who is asking. */
  readonly person: string;
  /** Whether `POST /api/v1/mode` works here. */
  readonly canSetMode: boolean;
}

interface DetectorInfo {
  readonly id: string;
  readonly title: string;
  readonly runbook: string;
}

export type TimelineItem =
  | { readonly kind: 'call'; readonly at: string; readonly call: BriefCall }
  | { readonly kind: 'event'; readonly at: string; readonly event: StoredEvent & { readonly seq: number } };

/** Something that came in by one call and may have shaped a later one. `from` and `to` are call ids. */
export interface Thread {
  readonly kind: 'untrusted' | 'sensitive';
  readonly from: string;
  readonly to: string;
  /** One short phrase: what came in. */
  readonly what: string;
}

/** `GET /api/v1/sessions/:id/timeline`: oldest first; `next` leads to what happened after `items`. */
export interface Timeline {
  readonly session: SessionRecord;
  readonly items: readonly TimelineItem[];
  readonly threads: readonly Thread[];
  readonly next: string | null;
  /** True when the session is longer than the timeline can hold; the oldest calls are then left out. */
  readonly cut: boolean;
}

/** A call that waits for a person, with what is known of it; null when its record cannot be found. */
export interface ConsoleApproval extends PendingApproval {
  readonly record: BriefCall | null;
}

/** One group of usage. `usd` is null when nobody knows a price of any of it; otherwise it is without what is `unpriced`. */
export interface UsageItem extends Omit<UsageSum, 'cost'> {
  readonly key: string;
  /** Every token, each once. */
  readonly tokens: number;
  readonly usd: number | null;
}

/** `GET /api/v1/usage`. */
export interface ConsoleUsage {
  /** UTC date of the first day. */
  readonly since: string;
  readonly by: keyof UsageKey;
  readonly items: readonly UsageItem[];
  readonly total: UsageItem;
  readonly next: null;
}

/** What happened, for those who watch. */
export type LiveEvent =
  | { readonly type: 'call'; readonly call: CallRecord }
  | { readonly type: 'alert'; readonly alert: Alert }
  | { readonly type: 'session'; readonly session: SessionRecord }
  /** All calls that wait for a person now. */
  | { readonly type: 'approvals'; readonly pending: readonly PendingApproval[] }
  /** Something about enrolled devices or invites is not as it was. */
  | { readonly type: 'devices' };

/** `GET /api/v1/keys`: how provider keys and addresses fare at the gateway. Holds no key. */
export interface UpstreamHealth {
  readonly keys: readonly KeyStatus[];
  readonly regions: readonly RegionStatus[];
}

export interface KeyStatus {
  readonly provider: string;
  readonly name: string;
  /** First 8 hex digits of the key's SHA-256. */
  readonly fingerprint: string;
  readonly source: 'environment' | 'store';
  /** `resting`: the provider asked for a pause; `out`: it refuses the key. */
  readonly state: 'ready' | 'resting' | 'out';
  /** Seconds until it may be used again. */
  readonly waitSeconds: number;
  /** HTTP status of the latest answer. */
  readonly lastStatus: number | null;
  readonly counts: {
    readonly sent: number;
    readonly answered: number;
    /** 401 and 403. */
    readonly refused: number;
    /** 429. */
    readonly limited: number;
    /** Connections that failed, and 5xx. */
    readonly failed: number;
  };
}

interface RegionStatus {
  readonly provider: string;
  readonly name: string;
  readonly host: string;
  /** `open`: it fails and is left alone for a while; `half-open`: the next request tries it. */
  readonly state: 'closed' | 'open' | 'half-open';
  readonly waitSeconds: number;
  readonly failed: number;
}

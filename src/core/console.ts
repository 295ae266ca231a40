import type { SessionRecord, StoredEvent } from './ports.ts';
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

/** What happened, for those who watch. */
export type LiveEvent =
  | { readonly type: 'call'; readonly call: CallRecord }
  | { readonly type: 'alert'; readonly alert: Alert }
  | { readonly type: 'session'; readonly session: SessionRecord };

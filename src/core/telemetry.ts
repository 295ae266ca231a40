import type { AgentId, Outcome } from './event.ts';

/** One log record or span that an agent exported, with the resource it came from. Nothing in it is masked. */
export interface TelemetryRecord {
  readonly signal: 'log' | 'span';
  /** Name of the event or the span. */
  readonly name: string;
  /** When it happened, or a span began; ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** When a span ended. */
  readonly endAt?: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
  /** What a span says went wrong; `''`: nothing. */
  readonly failure: string;
}

/** One thing inside a record. */
export type TelemetryItem =
  | { readonly kind: 'prompt'; readonly text: string }
  /** `toolUseId` is `''` where the agent gives none: it is found by what is called. */
  | {
      readonly kind: 'call';
      readonly toolUseId: string;
      readonly tool: string;
      readonly input: unknown;
      readonly at?: string;
    }
  | { readonly kind: 'result'; readonly toolUseId: string; readonly outcome: Outcome; readonly at?: string }
  | { readonly kind: 'notice'; readonly what: string; readonly text: string };

/** What a record says. `quiet`: known, and of no use here (requests to models, timings). */
export type TelemetryTelling =
  | {
      readonly kind: 'told';
      readonly agent: AgentId;
      readonly agentVersion: string;
      readonly session: string;
      readonly subagent: string;
      readonly items: readonly TelemetryItem[];
    }
  | { readonly kind: 'quiet'; readonly agent: AgentId }
  | { readonly kind: 'unknown'; readonly agent: AgentId | null; readonly session: string };

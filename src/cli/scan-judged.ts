import type { SecretHit } from '../core/effect.ts';
import type { AgentId } from '../core/event.ts';
import type { PermissionDecision } from '../core/transcript.ts';
import type { Severity } from '../core/verdict.ts';
import type { Ending, RiskyCall } from './scan-report.ts';

/** Where a line stands. */
export interface Standing {
  readonly file: string;
  readonly line: number;
}

/** What of a line is counted: plain data, small, masked. It may cross from one thread to another. */
export interface JudgedTurn {
  readonly agent: AgentId;
  readonly uuid: string;
  readonly session: string;
  readonly subagent: string;
  readonly at: string;
  readonly cwd: string;
  readonly version: string;
  readonly bypass: boolean;
  readonly standing: Standing;
  readonly items: readonly JudgedItem[];
}

/** A secret as it is shown: its surroundings, the value masked. */
export interface ShownSecret {
  readonly rule: string;
  readonly confidence: SecretHit['confidence'];
  readonly place: string;
  readonly example: string;
}

export interface JudgedCall {
  readonly kind: 'call';
  readonly toolUseId: string;
  readonly tool: string;
  readonly score: number;
  readonly severity: Severity;
  readonly unparsed: boolean;
  readonly detectors: readonly string[];
  readonly mcp: { readonly server: string; readonly tool: string } | null;
  readonly secrets: readonly ShownSecret[];
  /** What permission rules look at. */
  readonly used: Readonly<Record<string, string>>;
  /** Only of a call that may be listed. */
  readonly shown: Pick<RiskyCall, 'field' | 'text' | 'findings' | 'effects'> | null;
}

export type JudgedItem =
  | JudgedCall
  | { readonly kind: 'prompt'; readonly secrets: readonly ShownSecret[] }
  | {
      readonly kind: 'result';
      readonly toolUseId: string;
      readonly ending: Ending;
      readonly permission: PermissionDecision | null;
      readonly secrets: readonly ShownSecret[];
    }
  | { readonly kind: 'tools-declared'; readonly tools: readonly string[] };

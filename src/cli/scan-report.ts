import type { SecretHit } from '../core/effect.ts';
import type { AgentId } from '../core/event.ts';
import type { Severity } from '../core/verdict.ts';

/** How a call ended, as far as the transcript says. `unknown`: no result followed. */
export type Ending = 'ran' | 'failed' | 'refused' | 'interrupted' | 'unknown';

export interface RiskyFinding {
  readonly detector: string;
  readonly weight: number;
  readonly severity: Severity;
  readonly why: string;
  /** Stretch of `text` that shows it, in UTF-16 code units, end exclusive; absent when it lies elsewhere. */
  readonly evidence?: { readonly start: number; readonly end: number };
}

/** One risky call, or several with the same tool and the same masked text. Nothing in it is unmasked. */
export interface RiskyCall {
  readonly score: number;
  readonly severity: Severity;
  readonly agent: AgentId;
  readonly tool: string;
  /** Field of the input that is shown: `command`, `file_path` …; `''` when the whole input is shown as JSON. */
  readonly field: string;
  /** Masked; a long one is cut to the part with the evidence, with `…` where it was cut. */
  readonly text: string;
  readonly findings: readonly RiskyFinding[];
  /** `delete directory home recursive` … */
  readonly effects: readonly string[];
  readonly ending: Ending;
  readonly at: string;
  readonly session: string;
  readonly subagent: string;
  readonly cwd: string;
  /** Where it stands, to look it up. */
  readonly file: string;
  readonly line: number;
  /** How often, and when last. */
  readonly times: number;
  readonly lastAt: string;
}

export interface SecretSeen {
  readonly rule: string;
  readonly confidence: SecretHit['confidence'];
  /** `prompt`, `input of Bash`, `result of Read` … */
  readonly place: string;
  readonly times: number;
  readonly sessions: number;
  readonly lastAt: string;
  /** A few characters around it, the value masked. */
  readonly example: string;
  readonly session: string;
}

export interface McpServerSeen {
  readonly server: string;
  /** True when a configuration file on this machine names it. */
  readonly configured: boolean;
  readonly calls: number;
  readonly sessions: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly tools: readonly { readonly tool: string; readonly calls: number }[];
}

interface PermissionUse {
  /** Settings files with at least one allow rule. */
  readonly files: readonly string[];
  readonly rules: number;
  readonly unused: readonly { readonly rule: string; readonly file: string }[];
  /** Of `rules`, 0–1; null without rules. */
  readonly unusedShare: number | null;
  /** Sessions that ran with every permission check off (`--dangerously-skip-permissions`). */
  readonly bypassSessions: number;
  readonly bypassCalls: number;
  /** Who answered for the calls that say so: `config rule`, `user` …, most first. */
  readonly decidedBy: readonly { readonly by: string; readonly accepted: number; readonly rejected: number }[];
}

/** Everything `warder scan` found. Printed as it is by `--json`; field names are stable, see docs/scan.md. */
export interface ScanReport {
  readonly v: 1;
  readonly at: string;
  /** Start of the window, ISO 8601; null = everything. */
  readonly since: string | null;
  readonly minScore: number;
  readonly looked: readonly { readonly path: string; readonly exists: boolean; readonly agent: AgentId }[];
  readonly totals: {
    readonly files: number;
    readonly olderFiles: number;
    readonly bytes: number;
    readonly sessions: number;
    /** Days (UTC) with at least one call. */
    readonly days: number;
    readonly firstAt: string | null;
    readonly lastAt: string | null;
    readonly prompts: number;
    readonly calls: number;
    readonly subagentCalls: number;
    readonly refused: number;
    readonly failed: number;
    /** Calls of which some part could not be parsed. */
    readonly unparsed: number;
    /** Calls at or above `minScore`, all of them, not only those listed. */
    readonly risky: number;
    readonly highestScore: number;
  };
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly agents: readonly {
    readonly agent: AgentId;
    readonly version: string;
    readonly sessions: number;
    readonly calls: number;
  }[];
  /** Every agent with transcripts in the window, the busiest first. */
  readonly byAgent: readonly {
    readonly agent: AgentId;
    readonly files: number;
    readonly bytes: number;
    readonly sessions: number;
    readonly prompts: number;
    readonly calls: number;
    readonly subagentCalls: number;
    readonly refused: number;
    readonly failed: number;
    readonly risky: number;
    readonly highestScore: number;
    readonly lastAt: string;
    readonly damagedLines: number;
  }[];
  readonly riskiest: readonly RiskyCall[];
  readonly detectors: readonly {
    readonly detector: string;
    readonly title: string;
    readonly runbook: string;
    readonly calls: number;
    readonly sessions: number;
    readonly highestScore: number;
  }[];
  readonly tools: readonly {
    readonly tool: string;
    readonly calls: number;
    readonly highestScore: number;
    readonly lastAt: string;
  }[];
  readonly mcpServers: readonly McpServerSeen[];
  readonly secrets: readonly SecretSeen[];
  readonly permissions: PermissionUse;
  readonly unread: {
    readonly damagedLines: number;
    /** At most 100 of them. */
    readonly damaged: readonly { readonly file: string; readonly line: number; readonly why: string }[];
    readonly unreadable: readonly { readonly path: string; readonly why: string }[];
    /** Lines of a type we do not know, by type. */
    readonly unknownLines: Readonly<Record<string, number>>;
  };
}

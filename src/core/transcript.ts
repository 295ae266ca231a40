import type { Surroundings } from './agent.ts';
import type { AgentId } from './event.ts';
import type { Result } from './result.ts';

/** Who answered for a call, as the agent noted it beside the result. */
export interface PermissionDecision {
  readonly decision: 'accept' | 'reject';
  /** `config`, `user`, `hook` … */
  readonly source: string;
  /** `rule`, `mode`, `subcommandResults` …; `''` when not given. */
  readonly reason: string;
}

/** One thing inside a line of the conversation. Strings are as the agent wrote them, unmasked: never store them. */
export type TranscriptItem =
  | { readonly kind: 'prompt'; readonly text: string }
  | { readonly kind: 'call'; readonly toolUseId: string; readonly tool: string; readonly input: unknown }
  | {
      readonly kind: 'result';
      readonly toolUseId: string;
      /** At most 64 KiB of what came back. */
      readonly text: string;
      readonly status: 'ok' | 'error' | 'refused' | 'interrupted';
      readonly permission?: PermissionDecision;
    }
  | { readonly kind: 'tools-declared'; readonly tools: readonly string[] };

/** A line of the conversation. `''` where the line says nothing. */
export interface TranscriptTurn {
  readonly kind: 'turn';
  /** Id of the line; the same line copied into another file keeps it. */
  readonly uuid: string;
  readonly session: string;
  readonly subagent: string;
  /** ISO 8601 UTC; `''` when the line has none. */
  readonly at: string;
  readonly cwd: string;
  readonly version: string;
  readonly gitBranch: string;
  /** `default`, `acceptEdits`, `plan`, `bypassPermissions` …; `''` when the line does not say. */
  readonly permissionMode: string;
  readonly items: readonly TranscriptItem[];
}

/** What one line holds: part of the conversation, or a record we have no use for, by its type. */
export type TranscriptLine =
  | TranscriptTurn
  | { readonly kind: 'other'; readonly type: string; readonly known: boolean };

/** Where an agent keeps its transcripts, and in which form. */
export interface TranscriptPlace {
  /** Absolute folder that is searched, and files below it whose whole relative path fits. */
  readonly directory: string;
  readonly files: RegExp;
  /** Folders below it that are entered, by their whole relative path; absent: all. */
  readonly folders?: RegExp;
  /**
   * `jsonl`: a record a line; `json`: one document; `sqlite`: a record for each row that `query` gives, as JSON, bytes as
   * the text they are once unpacked (zstd).
   */
  readonly form: 'jsonl' | 'json' | 'sqlite';
  readonly query?: string;
}

/** Reads one agent's transcripts. Pure: whoever calls finds and opens the files. */
export interface TranscriptReader {
  readonly agent: AgentId;
  places(at: Surroundings): readonly TranscriptPlace[];
  /** A reader for one file, told record by record. Error `damaged` says why in a few words and never quotes. */
  open(path: string, about?: TranscriptAbout): { record(text: string): Result<readonly TranscriptLine[]> };
  /** The file beside a transcript that says more of it, and how that is read; absent or null: there is none. */
  about?(path: string): { readonly file: string; read(text: string): TranscriptAbout } | null;
  /** What a file belongs to: files with the same are one session. `start` gives its first bytes as text. Absent: each file is its own. */
  session?(path: string, start: () => string): string;
  /** What a file was forked from, by the name that `session` gives it: such files stand together, and a line that one copied from another counts where it was first. Null: nothing. */
  forkedFrom?(start: string): string | null;
}

/** What a transcript does not say itself. */
export interface TranscriptAbout {
  readonly cwd?: string;
  readonly version?: string;
  readonly permissionMode?: string;
}

import type { AgentId } from './event.ts';
import type { TranscriptTurn } from './transcript.ts';

/** How far one transcript was imported: so many records, whose texts have this SHA-256 (hex), lines dated since `since` only. */
export interface ImportMark {
  readonly records: number;
  readonly digest: string;
  /** ISO 8601; `''` = all of them. */
  readonly since: string;
}

/** `POST /import/marks`: how far these files were imported by this person from this device. */
export interface MarksAsked {
  readonly v: 1;
  readonly agent: AgentId;
  readonly paths: readonly string[];
}

/** In the order of `paths`; null: never. */
export interface MarksAnswer {
  readonly v: 1;
  readonly marks: readonly (ImportMark | null)[];
}

/** A line of the conversation and where it stands. `at`: the line's time, else the nearest known one; ISO 8601 UTC. */
export interface ImportedTurn {
  /** Which of `files`. */
  readonly file: number;
  readonly record: number;
  readonly at: string;
  readonly turn: TranscriptTurn;
}

/** `POST /import`: some lines of one session in the order of time, and how far its files are imported with them. */
export interface ImportBatch {
  readonly v: 1;
  readonly agent: AgentId;
  readonly files: readonly { readonly path: string; readonly mark: ImportMark | null }[];
  readonly turns: readonly ImportedTurn[];
}

/** What became of a batch: things that are in the record now, and those that were there already. */
export interface ImportAnswer {
  readonly v: 1;
  readonly calls: number;
  readonly prompts: number;
  readonly results: number;
  readonly repeated: number;
}

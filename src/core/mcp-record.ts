import type { AgentId, ToolFact, ToolHints } from './event.ts';

/** What a server says of one of its tools, from when it first said so; a description that changes is another version. */
export interface ToolVersion {
  readonly digest: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly agents: readonly AgentId[];
  /** Sessions that declared it, counted; the first and the last by id. */
  readonly sessions: number;
  readonly firstSession: string;
  readonly lastSession: string;
  /** Masked, at most 16 KiB. */
  readonly description: string;
  /** JSON text, masked, at most 32 KiB; `''` when none was given. */
  readonly schema: string;
  readonly annotations: ToolHints;
  readonly findings: readonly ToolFact[];
}

export interface ToolVersionDraft
  extends Pick<ToolVersion, 'digest' | 'description' | 'schema' | 'annotations' | 'findings'> {
  readonly server: string;
  readonly tool: string;
  /** Names of its parameters. */
  readonly parameters: readonly string[];
}

/** One MCP tool with everything its server said of it, newest first; at most 20 versions: the first and the latest ones. */
export interface McpToolRecord {
  readonly server: string;
  readonly name: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly calls: number;
  readonly versions: readonly ToolVersion[];
}

/** An MCP server by its name, with the tools that it declared or that were called. */
export interface McpServerRecord {
  readonly name: string;
  readonly agents: readonly AgentId[];
  readonly firstAt: string;
  readonly lastAt: string;
  readonly calls: number;
  readonly tools: readonly {
    readonly name: string;
    readonly calls: number;
    readonly firstAt: string;
    readonly lastAt: string;
    /** Of what was declared last; null: it was only called. */
    readonly digest: string | null;
    /** Beginning of its description, masked, at most 300 characters. */
    readonly description: string;
    readonly parameters: readonly string[];
    readonly annotations: ToolHints;
    readonly findings: readonly ToolFact[];
    /** When the description became what it is now; null: it never changed. */
    readonly changedAt: string | null;
  }[];
}

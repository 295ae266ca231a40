import type { Flag, Zone } from '../core/effect.ts';

/**
 * A well-known MCP server. What its tools' names say by themselves is not repeated: `tools` holds those whose names
 * mislead or say too little, one line for each meaning: `verb flag flag: tool tool …`.
 */
export interface KnownServer {
  readonly id: string;
  /** What it is called in a configuration, separated by commas. */
  readonly named: string;
  readonly zone: Zone;
  /** What reading through it brings in. */
  readonly reads: readonly Flag[];
  readonly tools?: string;
}

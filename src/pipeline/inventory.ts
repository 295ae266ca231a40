import type { DeclaredTool, ToolFact, ToolHints } from '../core/event.ts';
import type { McpServerRecord } from '../core/mcp-record.ts';
import type { ToolStanding } from '../core/ports.ts';
import { lookAlikes, type Names } from '../understand/mcp-description.ts';

/** What is at hand of one tool: enough to tell what it does and how it stands. */
interface Entry {
  readonly server: string;
  readonly name: string;
  description: string;
  parameters: readonly string[];
  annotations: ToolHints;
  facts: readonly ToolFact[];
  /** Every digest it was declared with, as far as this process knows; the last one is `now`. */
  readonly digests: Set<string>;
  now: string;
  declared: boolean;
}

/** What was read of one version of a tool. */
type ToolReading = Pick<Entry, 'description' | 'parameters' | 'annotations' | 'facts'>;

/** A tool as it is declared, under its server's own name for it. */
export interface Offered extends DeclaredTool {
  readonly server: string;
  /** The server's own name: `echo` for `mcp__notes__echo`. */
  readonly tool: string;
}

/** A tool whose text was not met before, with what was found in it. */
export interface ToolNews {
  readonly server: string;
  readonly tool: string;
  readonly facts: readonly ToolFact[];
  /** The server said something else of it before. */
  readonly changed: boolean;
}

/** The tools of MCP servers: what they say of themselves now, and what they said. Bounded; the store holds the rest. */
export interface Inventory {
  /** From the store, at the start. */
  load(servers: readonly McpServerRecord[]): void;
  /** Takes a list in; gives back those whose text was not met before, and whether the tool itself was. */
  meet(
    tools: readonly Offered[],
    own: readonly string[],
  ): readonly { readonly tool: Offered; readonly known: boolean }[];
  /** What was found when a text was read. */
  read(tool: Offered, reading: ToolReading): void;
  /** It could not be recorded, so the next list tries again. */
  forget(tool: Offered): void;
  /** Names that are there already and look like these. */
  lookAlikes(tool: Offered): readonly ToolFact[];
  describe(
    server: string,
    tool: string,
  ): ({ readonly server: string; readonly name: string } & Omit<ToolReading, 'facts'>) | undefined;
  /** `listed`: the session's lists of tools are read. */
  standing(server: string, tool: string, listed: boolean): ToolStanding;
}

/** More tools than any team has; beyond them nothing is remembered, and nothing counts as never declared. */
const mostEntries = 10_000;
const mostDigests = 50;

export function createInventory(): Inventory {
  const entries = new Map<string, Entry>();
  /** Servers that the provider connects to itself: their tools are not listed. */
  const whole = new Set<string>();
  const names: Names = { servers: new Map(), tools: new Map(), own: new Set() };
  const keyOf = (server: string, tool: string) => `${server}\0${tool}`;
  const add = (server: string, name: string): Entry | undefined => {
    const known = entries.get(keyOf(server, name));
    if (known !== undefined || entries.size >= mostEntries) return known;
    const nothing = { description: '', parameters: [], annotations: {}, facts: [], now: '', declared: false };
    const entry: Entry = { server, name, ...nothing, digests: new Set() };
    entries.set(keyOf(server, name), entry);
    return entry;
  };
  return {
    load(servers) {
      for (const { name: server, tools } of servers) {
        for (const { name, digest, description, parameters, annotations, findings } of tools) {
          const entry = add(server, name);
          if (entry === undefined || digest === null) continue;
          Object.assign(entry, { description, parameters, annotations, facts: findings, now: digest, declared: true });
          entry.digests.add(digest);
          lookAlikes({ server, name }, names);
        }
      }
    },
    meet(tools, own) {
      for (const name of own) if (names.own.size < 1000) names.own.add(name);
      return tools.flatMap((tool) => {
        const { server, tool: name, digest } = tool;
        if (name === '*') {
          if (whole.size < 1000) whole.add(server);
          return [];
        }
        const before = entries.get(keyOf(server, name));
        const known = before?.declared === true;
        const entry = before ?? add(server, name);
        if (entry === undefined) return [];
        entry.declared = true;
        if (digest === undefined) return [];
        entry.now = digest;
        if (entry.digests.has(digest)) return [];
        if (entry.digests.size >= mostDigests) entry.digests.clear();
        entry.digests.add(digest);
        return [{ tool, known }];
      });
    },
    read({ server, tool }, reading) {
      const entry = entries.get(keyOf(server, tool));
      if (entry !== undefined) Object.assign(entry, reading);
    },
    forget({ server, tool, digest = '' }) {
      entries.get(keyOf(server, tool))?.digests.delete(digest);
    },
    lookAlikes: ({ server, tool }) => lookAlikes({ server, name: tool }, names),
    describe(server, tool) {
      const entry = entries.get(keyOf(server, tool));
      if (entry === undefined || !entry.declared) return undefined;
      const { description, parameters, annotations } = entry;
      return { server, name: tool, description, parameters, annotations };
    },
    standing(server, tool, listed) {
      const entry = entries.get(keyOf(server, tool));
      if (entry?.declared === true || whole.has(server)) return { declared: 'yes', facts: entry?.facts ?? [] };
      return { declared: listed && entries.size < mostEntries ? 'never' : 'unknown', facts: [] };
    },
  };
}

import { addTo, type Counted, counted, entryOf, order } from './scan-counts.ts';
import type { McpServerSeen } from './scan-report.ts';

type Server = Counted & { readonly tools: Map<string, number> };

/** MCP servers by name: offered to the agent, used by it, configured on this machine. */
export interface McpSeen {
  used(from: { readonly session: string; readonly at: string }, server: string, tool: string, score: number): void;
  /** A tool by the agent's name for it; others than `mcp__<server>__<tool>` are not ours. */
  offered(tool: string): void;
  list(configured: ReadonlySet<string>): McpServerSeen[];
}

export function createMcpSeen(): McpSeen {
  const servers = new Map<string, Server>();
  const server = (name: string): Server => entryOf(servers, name, () => ({ ...counted(), tools: new Map() }));
  return {
    used(from, name, tool, score) {
      const seen = server(name);
      addTo(seen, from, score);
      seen.tools.set(tool, (seen.tools.get(tool) ?? 0) + 1);
    },
    offered(name) {
      const [, owner, tool] = /^mcp__(.+?)__(.+)$/s.exec(name) ?? [];
      if (owner === undefined || tool === undefined) return;
      entryOf(server(owner).tools, tool, () => 0);
    },
    list: (configured) =>
      [...new Set([...servers.keys(), ...configured])]
        .map((name) => described(name, servers.get(name), configured.has(name)))
        .sort((a, b) => b.calls - a.calls || order(a.server, b.server)),
  };
}

function described(server: string, seen: Server | undefined, configured: boolean): McpServerSeen {
  const tools = [...(seen?.tools ?? [])].map(([tool, calls]) => ({ tool, calls }));
  return {
    server,
    configured,
    calls: seen?.calls ?? 0,
    sessions: seen?.sessions.size ?? 0,
    firstAt: seen?.firstAt ?? '',
    lastAt: seen?.lastAt ?? '',
    tools: tools.sort((a, b) => b.calls - a.calls || order(a.tool, b.tool)),
  };
}

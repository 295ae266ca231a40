import type { RequestListener } from 'node:http';
import type { createIdentity } from './capture/identity.ts';
import { createMcpIntake } from './capture/mcp-intake.ts';
import { createMcpProxy } from './capture/mcp-proxy.ts';
import { type McpServers, openMcpServers } from './capture/mcp-servers.ts';
import type { Config } from './config.ts';
import type { WaitingRoom } from './core/approval.ts';
import type { Store } from './core/store.ts';
import type { Mode } from './core/verdict.ts';
import type { Decider } from './decide/decide.ts';
import { openTalk } from './normalise/mcp/talk.ts';
import type { LivePipeline } from './pipeline.ts';
import type { Home } from './record/home.ts';

/** The two ways MCP traffic comes: through the proxy, and told by the wrapper of a stdio server. */
export interface McpDoors {
  /** `/mcp/<name>` */
  readonly proxy: RequestListener;
  /** `/mcp-events` */
  readonly intake: RequestListener;
  destroy(): Promise<void>;
}

/** The servers of a home: those of its configuration and those that were added. */
export const mcpServersOf = (store: Store, home: Home, config: Pick<Config, 'mcp'>): McpServers =>
  openMcpServers({ settings: store, seal: home.seal, unseal: home.unseal, configured: config.mcp });

export function openMcpDoors(from: {
  readonly config: Pick<Config, 'mcp' | 'mcpRules'>;
  readonly store: Store;
  readonly home: Home;
  readonly pipeline: LivePipeline;
  readonly decider: Decider;
  readonly identity: ReturnType<typeof createIdentity>;
  readonly waitingRoom: WaitingRoom;
  mode(): Mode;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): McpDoors {
  const { config, store, home, pipeline, decider, identity, waitingRoom, mode, now, onTrouble } = from;
  const shared = {
    pipeline,
    forbidsTool: (tool: Parameters<Parameters<typeof createMcpIntake>[0]['forbidsTool']>[0]) =>
      decider.forbidsTool({ ...tool, mode: mode() }) !== null,
    rules: config.mcpRules,
    mode,
    now,
    judgeMs: 10_000,
    identify: identity.identify,
    waitingRoom,
    onTrouble,
  };
  const listed = mcpServersOf(store, home, config);
  const servers = {
    async server(name: string) {
      const found = await listed.server(name);
      // Who put it on the list has answered whether it may be used.
      if (found !== null) pipeline.knowsServer(name);
      return found;
    },
  };
  const proxy = createMcpProxy({ ...shared, servers, talk: openTalk });
  return { proxy: proxy.listener, intake: createMcpIntake(shared), destroy: proxy.destroy };
}

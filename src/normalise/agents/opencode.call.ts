import type { Action, ToolCall } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = 'opencode';

/** Tools that only look at what MCP servers offer. Source: 1.18.33. */
const resources: ReadonlyMap<string, string> = new Map([
  ['list_mcp_resources', 'resources/list'],
  ['list_mcp_resource_templates', 'resources/templates/list'],
  ['read_mcp_resource', 'resources/read'],
]);
const quiet: ReadonlyMap<string, string> = new Map([
  ['invalid', 'a call that its model got wrong'],
  ['question', 'asks the person a question'],
]);

/** How the name of a server stands in the name of its tools. */
const inName = (server: string): string => server.replaceAll(/[^a-zA-Z0-9_-]/g, '_');

/**
 * Server and tool share a name joined by `_`, which either may hold. With the servers that are configured the longest
 * that fits is the one; without, or when none fits, the first `_` parts them.
 */
function mcpAction(tool: string, servers: readonly string[]): Action | null {
  const fitting = servers.filter((server) => tool.startsWith(`${inName(server)}_`));
  const server = fitting.toSorted((a, b) => b.length - a.length)[0];
  return server === undefined ? null : { kind: 'mcp', server, tool: tool.slice(inName(server).length + 1) };
}

/** Tool name and input in OpenCode's words → a call in ours; never throws. `servers`: names of the MCP servers, where known. */
export function openCodeCall(
  tool: string,
  input: unknown,
  toolUseId: string,
  servers: readonly string[] = [],
): ToolCall {
  const call = { toolUseId, tool, input, fields: {} };
  const what = quiet.get(tool);
  if (what !== undefined) return { ...call, action: { kind: 'harmless', what } };
  const method = resources.get(tool);
  const server = recordOf(input)?.server;
  if (method !== undefined && typeof server === 'string')
    return { ...call, action: { kind: 'mcp', server, tool: method }, fields: { server: 'server' } };
  if (method !== undefined) return { ...call, action: { kind: 'harmless', what: 'lists MCP resources' } };
  const shaped = shapedCall(tool, input, toolUseId, agent);
  // A tool of the agent's own counts first: a server cannot hide `apply_patch` behind its name.
  if (shaped.action.kind !== 'mcp' && shaped.action.kind !== 'unknown') return shaped;
  const action = mcpAction(tool, servers);
  return action === null ? shaped : { ...call, action };
}

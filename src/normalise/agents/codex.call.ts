import type { ToolCall } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

/** Tools that only look at what MCP servers offer, and the one that reads it. */
const resources: Readonly<Record<string, string>> = {
  list_mcp_resources: 'resources/list',
  list_mcp_resource_templates: 'resources/templates/list',
  read_mcp_resource: 'resources/read',
};

/**
 * Tool name and input as Codex tells them to its hooks → a call in ours; never throws. The shell is `Bash` there, on the
 * wire `exec_command`; a patch stands under `command`.
 */
export function codexCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const given = recordOf(input) ?? {};
  const resource = Object.hasOwn(resources, tool) ? resources[tool] : undefined;
  if (resource !== undefined) return resourceCall(tool, resource, given, input, toolUseId);
  if (tool !== 'apply_patch' || typeof given.command !== 'string') return shapedCall(tool, input, toolUseId, 'codex');
  const call = shapedCall(tool, { input: given.command }, toolUseId, 'codex');
  const fields = Object.fromEntries(
    Object.entries(call.fields).map(([name, at]) => [name, at === 'input' ? 'command' : at]),
  );
  return { ...call, input, fields };
}

function resourceCall(
  tool: string,
  resource: string,
  { server }: Readonly<Record<string, unknown>>,
  input: unknown,
  toolUseId: string,
): ToolCall {
  if (typeof server !== 'string')
    return { toolUseId, tool, input, action: { kind: 'harmless', what: 'lists MCP resources' }, fields: {} };
  return {
    toolUseId,
    tool,
    input,
    action: { kind: 'mcp', server, tool: resource },
    fields: { server: 'server' },
  };
}

import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { some } from '../filled.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = 'gemini-cli';

/** Tools that change nothing but what the agent itself keeps in mind. Source: its own list of tools, 0.61.0. */
const quiet: Readonly<Record<string, string>> = {
  complete_task: 'hands back to the main agent',
  get_internal_docs: 'reads its own documentation',
  tracker_add_dependency: 'writes its task list',
  tracker_create_task: 'writes its task list',
  tracker_get_task: 'reads its task list',
  tracker_list_tasks: 'reads its task list',
  tracker_update_task: 'writes its task list',
  tracker_visualize: 'reads its task list',
  list_mcp_resources: 'lists MCP resources',
};

const many = z.looseObject({ include: some(z.string()) });
const memory = z.looseObject({ fact: z.string() });
const resource = z.looseObject({ uri: z.string() });

/** What tools with parameters of their own mean; null for any other, and where the parameters are not theirs. */
function own(tool: string, input: unknown): Pick<ToolCall, 'action' | 'fields'> | null {
  const harmless = Object.hasOwn(quiet, tool) ? quiet[tool] : undefined;
  if (harmless !== undefined) return { action: { kind: 'harmless', what: harmless }, fields: {} };
  if (tool === 'read_many_files') {
    const include = many.safeParse(input).data?.include;
    const [only = ''] = include ?? [];
    if (include?.length === 1) return { action: { kind: 'file-read', path: only }, fields: { path: 'include/0' } };
    return include ? { action: { kind: 'file-search', path: '.', pattern: include.join(' ') }, fields: {} } : null;
  }
  if (tool === 'save_memory') {
    const fact = memory.safeParse(input).data?.fact;
    const action: Action = { kind: 'file-edit', path: '~/.gemini/GEMINI.md', before: '', after: fact ?? '' };
    return fact === undefined ? null : { action, fields: { after: 'fact' } };
  }
  if (tool === 'read_mcp_resource') {
    const uri = resource.safeParse(input).data?.uri;
    return uri === undefined
      ? null
      : { action: { kind: 'mcp', server: serverOf(uri), tool: 'resources/read' }, fields: {} };
  }
  return null;
}

/** A resource's address names no server; its scheme is the nearest there is. */
const serverOf = (uri: string): string => /^([\w.+-]+):/u.exec(uri)?.[1] ?? 'unknown';

/** Tool name and input in Gemini CLI's words → a call in ours; never throws. */
export function geminiCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const reading = own(tool, input);
  return reading ? { toolUseId, tool, input, ...reading } : shapedCall(tool, input, toolUseId, agent);
}

/** The same for a call of an MCP tool, whose server the hook tells: `mcp_a_b_c` says not where the server's name ends. */
export function geminiMcpCall(tool: string, input: unknown, context: unknown): ToolCall | null {
  const { server_name: server, tool_name: name } = recordOf(context) ?? {};
  if (typeof server !== 'string' || typeof name !== 'string' || server === '' || name === '') return null;
  return { toolUseId: '', tool, input, action: { kind: 'mcp', server, tool: name }, fields: {} };
}

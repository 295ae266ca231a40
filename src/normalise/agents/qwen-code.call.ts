import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { shapedCall } from '../tool-shapes.ts';

type Reading = Pick<ToolCall, 'action' | 'fields' | 'flags'>;

/** Tools that change nothing but what the agent itself keeps in mind, or only show something. Source: its list of tools, 0.24.4. */
const quiet: Readonly<Record<string, string>> = {
  cron_delete: 'removes a schedule',
  cron_list: 'lists schedules',
  enter_worktree: 'works in a git worktree',
  propose_goal: 'proposes a goal',
  record_artifact: 'notes what it made',
  record_source: 'notes where it looked',
  report_findings: 'reports review findings',
  request_shutdown: 'ends an agent of its team',
  task_create: 'writes its task list',
  task_list: 'reads its task list',
  task_update: 'writes its task list',
  team_create: 'sets up a team of agents',
  team_delete: 'ends a team of agents',
  team_plan_approval: 'answers a plan of its team',
};

/** Text that an agent acts on later or elsewhere. */
const prompted = new Set(['create_sub_session', 'cron_create', 'loop_wakeup']);

const prompt = z.looseObject({ prompt: z.string() });
const program = z.looseObject({ source: z.string() });
const resource = z.looseObject({ server_name: z.string(), uri: z.string() });
const symbol = z.looseObject({ filePath: z.string() });
const memory = z.looseObject({ fact: z.string() });

/** What tools with parameters of their own mean; null for any other, and where the parameters are not theirs. */
function own(tool: string, input: unknown): Reading | null {
  const harmless = Object.hasOwn(quiet, tool) ? quiet[tool] : undefined;
  if (harmless !== undefined) return { action: { kind: 'harmless', what: harmless }, fields: {} };
  if (prompted.has(tool)) {
    const text = prompt.safeParse(input).data?.prompt;
    if (text === undefined) return null;
    return { action: { kind: 'agent', prompt: text }, fields: { prompt: 'prompt' }, flags: ['background'] };
  }
  switch (tool) {
    case 'exec': {
      // A program in a runtime of its own; each tool it calls comes to the hooks by itself.
      const source = program.safeParse(input).data?.source;
      const action: Action = { kind: 'text', text: source ?? '', role: 'content' };
      return source === undefined ? null : { action, fields: { text: 'source' }, flags: ['opaque'] };
    }
    case 'read_mcp_resource': {
      const server = resource.safeParse(input).data?.server_name;
      const action: Action = { kind: 'mcp', server: server ?? '', tool: 'resources/read' };
      return server === undefined ? null : { action, fields: { server: 'server_name' } };
    }
    case 'lsp': {
      const path = symbol.safeParse(input).data?.filePath;
      if (path === undefined) return { action: { kind: 'harmless', what: 'asks a language server' }, fields: {} };
      return { action: { kind: 'file-read', path }, fields: { path: 'filePath' } };
    }
    case 'save_memory': {
      const fact = memory.safeParse(input).data?.fact;
      const action: Action = { kind: 'file-edit', path: '~/.qwen/QWEN.md', before: '', after: fact ?? '' };
      return fact === undefined ? null : { action, fields: { after: 'fact' } };
    }
    default:
      return null;
  }
}

/** Tool name and input in Qwen Code's words → a call in ours; never throws. */
export function qwenCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const reading = own(tool, input);
  return reading ? { toolUseId, tool, input, ...reading } : shapedCall(tool, input, toolUseId, 'qwen-code');
}

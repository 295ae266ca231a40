import { z } from 'zod';
import type { ToolCall } from '../../core/event.ts';
import { shapedCall } from '../tool-shapes.ts';

/** Extensions that come with Goose, whose tools are the agent's own. */
const builtIn = new Set([
  'developer',
  'computercontroller',
  'platform',
  'todo',
  'skills',
  'summon',
  'extensionmanager',
]);

/** Their tools as other agents call the same. */
const asOthersCall: ReadonlyMap<string, string> = new Map([
  ['text_editor', 'str_replace_editor'],
  ['tree', 'list_directory'],
  ['analyze', 'grep'],
  ['read_image', 'view_image'],
  ['image_processor', 'view_image'],
  ['screen_capture', 'think'],
  ['list_windows', 'think'],
  ['todo_write', 'todo_write'],
  ['todo_read', 'todo_read'],
  ['web_scrape', 'web_fetch'],
  ['delegate', 'delegate'],
  ['load', 'skill'],
  ['load_skill', 'skill'],
  ['search_available_extensions', 'think'],
]);

const scriptSchema = z.looseObject({ script: z.string(), language: z.string().catch('shell') });
const toolName = /^((?:(?!__).)+)__(.+)$/su;

/** A script is what its interpreter is given. */
function scripted(input: unknown): string | null {
  const parsed = scriptSchema.safeParse(input);
  if (!parsed.success) return null;
  const { language, script } = parsed.data;
  if (/^(?:shell|bash|sh|batch)$/i.test(language)) return script;
  const program = /^powershell$/i.test(language) ? 'pwsh -' : language.toLowerCase().replaceAll(/[^\w.-]/g, '');
  return `${program} <<'END-OF-SCRIPT'\n${script}\nEND-OF-SCRIPT`;
}

/**
 * Tool name and input in Goose's words → a call in ours; never throws. Every tool of Goose belongs to an extension,
 * `extension__tool`; those it does not bring itself are MCP servers. Source: its documentation and its extensions' names.
 */
export function gooseCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const [, extension, own] = toolName.exec(tool) ?? [];
  if (extension === undefined || own === undefined)
    return { ...shapedCall(asOthersCall.get(tool) ?? tool, input, toolUseId), tool };
  if (!builtIn.has(extension))
    return { toolUseId, tool, input, action: { kind: 'mcp', server: extension, tool: own }, fields: {} };
  const script = own === 'automation_script' || own === 'computer_control' ? scripted(input) : null;
  if (script !== null) return { toolUseId, tool, input, action: { kind: 'shell', command: script }, fields: {} };
  const call = shapedCall(asOthersCall.get(own) ?? own, input, toolUseId);
  // A tool of its own that fits nothing is judged as what it came with.
  const action =
    call.action.kind === 'unknown' ? ({ kind: 'mcp', server: extension, tool: own } as const) : call.action;
  return { ...call, tool, action };
}

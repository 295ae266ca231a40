import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

/** Copilot CLI's tools as hooks in PascalCase name them → as the model, and every other surface, names them. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['Bash', 'bash'],
  ['Read', 'view'],
  ['Write', 'create'],
  ['Edit', 'edit'],
  ['Grep', 'grep'],
  ['Glob', 'glob'],
  ['Agent', 'task'],
]);

/** Tools of its own that touch nothing but its session's notes, unless their SQL reaches for a file. */
const ownNotes = new Set(['sql', 'session_store_sql', 'store_memory']);
const reachesOut = /\b(?:attach|load_extension|readfile|writefile|vacuum\s+into)\b/i;

/** A tool of Copilot CLI. In questions MCP tools are written `server/tool`, elsewhere `server-tool`. */
export function copilotCliCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const name = renamed.get(tool) ?? tool.replace(/^([^/]+)\/(.+)$/s, '$1-$2');
  if (ownNotes.has(name) && !reachesOut.test(text(recordOf(input)?.query))) return harmless(name, input, toolUseId);
  const given = recordOf(input);
  const runsOn = given?.detach === true || given?.mode === 'async';
  return behind(shapedCall(name, input, toolUseId, 'copilot-cli'), runsOn);
}

/** A command that runs on while the agent works. */
const behind = (call: ToolCall, runsOn: boolean): ToolCall =>
  runsOn && call.action.kind === 'shell' ? { ...call, flags: [...(call.flags ?? []), 'background'] } : call;

const harmless = (tool: string, input: unknown, toolUseId: string): ToolCall => ({
  toolUseId,
  tool,
  input,
  action: { kind: 'harmless', what: tool.replaceAll('_', ' ') },
  fields: {},
});

type Fields = Readonly<Record<string, string>>;
type Told = { readonly action: Action; readonly fields: Fields } | null;
type Read = (input: Readonly<Record<string, unknown>>) => Told;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const strings = z.array(z.string());

/** Several edits of one call, told as one: the path is that of the first. */
const manyEdits: Read = (input) => {
  const list = Array.isArray(input.replacements) ? input.replacements.map((one) => recordOf(one) ?? {}) : [];
  const [first] = list;
  if (!first) return null;
  const join = (member: string) => list.map((one) => text(one[member])).join('\n');
  const action: Action = {
    kind: 'file-edit',
    path: text(first.filePath) || text(input.filePath),
    before: join('oldString'),
    after: join('newString'),
  };
  return { action, fields: {} };
};

const files: Read = (input) => {
  const list = strings.safeParse(input.files).data ?? [];
  const path = list[0] ?? text(input.filePath);
  if (path === '') return null;
  return { action: { kind: 'file-edit', path, before: '', after: JSON.stringify(input) }, fields: {} };
};

const deleted: Read = (input) => {
  const path = text(input.filePath) || text(input.path);
  return path === '' ? null : { action: { kind: 'shell', command: `rm -- ${quoted(path)}` }, fields: {} };
};

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Several pages of one call are told as the command that would fetch them. */
const pages: Read = (input): Told => {
  const list = strings.safeParse(input.urls).data ?? [];
  const [url] = list;
  if (url === undefined) return null;
  const fetched: Action = { kind: 'web-fetch', url, method: 'GET' };
  if (list.length === 1) return { action: fetched, fields: { url: 'urls/0' } };
  const all: Action = { kind: 'shell', command: `curl ${list.map(quoted).join(' ')}` };
  return { action: all, fields: {} };
};

const folder: Read = (input) => {
  const path = text(input.dirPath);
  return path === '' ? null : { action: { kind: 'file-write', path, content: '' }, fields: { path: 'dirPath' } };
};

const search: Read = (input) => {
  const member = typeof input.query === 'string' ? 'query' : 'symbolName';
  const action: Action = { kind: 'file-search', path: '.', pattern: text(input[member]) || '*' };
  return { action, fields: { pattern: member } };
};

const quiet: Read = () => ({ action: { kind: 'harmless', what: 'a tool of the editor' }, fields: {} });

/** VS Code's tools whose name or input no other agent has. Source: VS Code's documentation and its extension. */
const editorTools: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['create_directory', folder],
  ['deleteFile', deleted],
  ['delete_file', deleted],
  ['editFiles', files],
  ['fetch_webpage', pages],
  ['get_changed_files', quiet],
  ['get_errors', quiet],
  ['get_terminal_output', quiet],
  ['manage_todo_list', quiet],
  ['multi_replace_string_in_file', manyEdits],
  ['semantic_search', search],
  ['test_failure', quiet],
  ['list_code_usages', search],
  ['vscode_askQuestions', quiet],
]);

/** The same tools under names that are read by their shape. */
const likeOthers: ReadonlyMap<string, string> = new Map([
  ['createFile', 'create_file'],
  ['insert_edit_into_file', 'edit_file'],
  ['replace_string_in_file', 'edit_file'],
  ['runSubagent', 'run_subagent'],
  ['runTerminalCommand', 'run_in_terminal'],
  ['create_and_run_task', 'run_command'],
]);

/** A tool of VS Code's agent mode; MCP tools are `mcp_<server>_<tool>`. */
export function vscodeCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const found = editorTools.get(tool)?.(recordOf(input) ?? {});
  if (found) return { toolUseId, tool, input, ...found };
  const [, server, own] = /^mcp_((?:(?!_).)+)_(.+)$/s.exec(tool) ?? [];
  if (server !== undefined && own !== undefined)
    return { toolUseId, tool, input, action: { kind: 'mcp', server, tool: own }, fields: {} };
  const call = shapedCall(likeOthers.get(tool) ?? tool, input, toolUseId, 'vscode-copilot');
  return { ...behind(call, recordOf(input)?.isBackground === true), tool };
}

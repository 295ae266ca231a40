import type { Action, ToolCall } from '../../core/event.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

type Fields = Readonly<Record<string, string>>;
type Read = (input: Readonly<Record<string, unknown>>) => { readonly action: Action; readonly fields: Fields } | null;

const known =
  (action: Action): Read =>
  () => ({ action, fields: {} });

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

const deleted: Read = (input) => {
  const path = textOf(input.file_path) || textOf(input.path);
  return path === '' ? null : { action: { kind: 'shell', command: `rm -- ${quoted(path)}` }, fields: {} };
};

const resource =
  (tool: string): Read =>
  (input) => ({ action: { kind: 'mcp', server: textOf(input.server), tool }, fields: {} });

/**
 * What is typed into a shell that runs is a command, and the hook is told its length alone. The text is one that no shell
 * reads, so that it counts as code that cannot be read.
 */
const typed: Read = (input) => {
  const count = typeof input.chars_length === 'number' ? `${input.chars_length} ` : '';
  const command = `(${count}characters typed into a shell, not shown`;
  return { action: { kind: 'shell', command }, fields: {} };
};

/** Tools whose name or input no other agent has. Source: the engine in `@cursor/sdk` 1.0.32. */
const own: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['ComputerUse', known({ kind: 'unknown', why: 'it drives the screen, and how is not shown' })],
  ['Delete', deleted],
  ['FetchMcpResource', resource('resources/read')],
  ['ListMcpResources', resource('resources/list')],
  ['ReadLints', known({ kind: 'harmless', what: 'reads the editor’s findings' })],
  ['RecordScreen', known({ kind: 'harmless', what: 'records the screen' })],
  [
    'TabRead',
    (input) => ({ action: { kind: 'file-read', path: textOf(input.file_path) }, fields: { path: 'file_path' } }),
  ],
  ['WriteShellStdin', typed],
]);

/** A tool of Cursor in our words. `MCP:<tool>` names no server; where the hook does, it is given as `mcp__<server>__<tool>`. */
export function cursorCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const given = recordOf(input) ?? {};
  const found = own.get(tool)?.(given);
  if (found) return { toolUseId, tool, input, ...found };
  const mcp = /^MCP:(.+)$/s.exec(tool)?.[1];
  if (mcp !== undefined) return { toolUseId, tool, input, action: { kind: 'mcp', server: '', tool: mcp }, fields: {} };
  return shapedCall(tool, input, toolUseId, 'cursor');
}

import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { some } from '../filled.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

interface Reading {
  readonly action: Action;
  readonly fields?: Readonly<Record<string, string>>;
}

const text = z.string();
const readSchema = z.looseObject({
  operations: some(z.looseObject({ mode: text.catch('Line'), path: text.optional(), pattern: text.optional() })),
});
const imagesSchema = z.looseObject({
  operations: some(z.looseObject({ image_paths: some(text) })),
});
const writeSchema = z.looseObject({
  command: text.catch('create'),
  path: text,
  file_text: text.optional(),
  content: text.optional(),
  old_str: text.optional(),
  new_str: text.optional(),
});
const cloudSchema = z.looseObject({
  service_name: text,
  operation_name: text,
  parameters: z.record(text, z.unknown()).catch({}),
  region: text.optional(),
  profile_name: text.optional(),
});

const word = (value: string): string =>
  /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;

/** One reading names one path; several at once are what `cat` of them is. */
function fileRead(input: unknown): Reading | null {
  const images = imagesSchema.safeParse(input);
  if (images.success) return catOf(images.data.operations.flatMap(({ image_paths }) => image_paths));
  const parsed = readSchema.safeParse(input);
  if (!parsed.success) return null;
  const { operations } = parsed.data;
  const [only] = operations;
  if (operations.some(({ path }) => path === undefined)) return null;
  if (operations.length > 1 || only?.path === undefined) return catOf(operations.map(({ path }) => path ?? ''));
  const fields = { path: 'operations/0/path' };
  if (only.mode === 'Search')
    return { action: { kind: 'file-search', path: only.path, pattern: only.pattern ?? '*' }, fields };
  if (only.mode === 'Directory') return { action: { kind: 'file-search', path: only.path, pattern: '*' }, fields };
  return { action: { kind: 'file-read', path: only.path }, fields };
}

function catOf(paths: readonly string[]): Reading {
  const [only] = paths;
  if (paths.length === 1 && only !== undefined) return { action: { kind: 'file-read', path: only } };
  return { action: { kind: 'shell', command: `cat ${paths.map(word).join(' ')}` } };
}

function fileWrite(input: unknown): Reading | null {
  const parsed = writeSchema.safeParse(input);
  if (!parsed.success) return null;
  const { command, path, file_text, content, old_str, new_str } = parsed.data;
  if (command === 'create') {
    const held = file_text ?? content ?? '';
    const fields = { path: 'path', content: file_text === undefined ? 'content' : 'file_text' };
    return { action: { kind: 'file-write', path, content: held }, fields };
  }
  const [before, after] = [old_str ?? '', new_str ?? file_text ?? content ?? ''];
  return {
    action: { kind: 'file-edit', path, before, after },
    fields: { path: 'path', before: 'old_str', after: 'new_str' },
  };
}

/** A call of AWS through the agent is the same call through the command line. */
function cloud(input: unknown): Reading | null {
  const parsed = cloudSchema.safeParse(input);
  if (!parsed.success) return null;
  const { service_name, operation_name, parameters, region, profile_name } = parsed.data;
  const options = Object.entries(parameters).flatMap(([name, value]) => {
    const held = typeof value === 'string' ? value : JSON.stringify(value);
    return [
      `--${name
        .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
        .replaceAll('_', '-')
        .toLowerCase()}`,
      held,
    ];
  });
  const where = [...(region ? ['--region', region] : []), ...(profile_name ? ['--profile', profile_name] : [])];
  const command = ['aws', service_name, operation_name, ...options, ...where].map(word).join(' ');
  return { action: { kind: 'shell', command } };
}

/** The editor's tool; its command line has none and uses the shell. */
function deleted(input: unknown): Reading | null {
  const given = recordOf(input);
  const path = given?.targetFile ?? given?.path;
  return typeof path === 'string' ? { action: { kind: 'shell', command: `rm -- ${word(path)}` } } : null;
}

const quiet = new Map([
  ['code', 'looks code up'],
  ['introspect', 'reads its own documentation'],
  ['report', 'reports a problem'],
  ['report_issue', 'reports a problem'],
  ['session', 'reads its session settings'],
  ['switch_to_execution', 'starts to work'],
  ['thinking', 'thinks'],
  ['todo', 'writes its task list'],
  ['todo_list', 'writes its task list'],
]);

/** Tools by their own names and by the short ones that agent files use. */
const readers: ReadonlyMap<string, (input: unknown) => Reading | null> = new Map([
  ['fs_read', fileRead],
  ['read', fileRead],
  ['delete_file', deleted],
  ['fs_write', fileWrite],
  ['write', fileWrite],
  ['use_aws', cloud],
  ['aws', cloud],
]);

/** Names of other agents' tools that mean the same. */
const asOthersCall = new Map([
  ['str_replace', 'str_replace_editor'],
  ['fs_append', 'write'],
  ['use_subagent', 'subagent'],
]);

/** In hooks `@server/tool`, in what the first CLI keeps `server___tool`. */
const mcpName = /^(?:@([^/]+)\/|((?:(?!___).)+)___)(.+)$/su;

/** What its task list is told to do; any other command is one. */
const listWords = new Set('add complete create list load lookup remove view'.split(' '));

/** Tool name and input in Kiro's words → a call in ours; never throws. Source: its documentation of built-in tools. */
export function kiroCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const [, named, joined, own] = mcpName.exec(tool) ?? [];
  const server = named ?? joined;
  if (server !== undefined && own !== undefined)
    return { toolUseId, tool, input, action: { kind: 'mcp', server, tool: own }, fields: {} };
  const what = quiet.get(tool);
  const command = recordOf(input)?.command;
  const ofList = tool.startsWith('todo') && typeof command === 'string' && listWords.has(command);
  if (what !== undefined && (command === undefined || ofList))
    return { toolUseId, tool, input, action: { kind: 'harmless', what }, fields: {} };
  const reading = readers.get(tool)?.(input);
  if (reading) return { toolUseId, tool, input, action: reading.action, fields: reading.fields ?? {} };
  return { ...shapedCall(asOthersCall.get(tool) ?? tool, input, toolUseId), tool };
}

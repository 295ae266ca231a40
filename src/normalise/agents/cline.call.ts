import { z } from 'zod';
import type { ToolCall } from '../../core/event.ts';
import { filled, some } from '../filled.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = 'cline';

type Reading = Pick<ToolCall, 'action' | 'fields'>;
type Reader = (input: unknown) => Reading | null;

const text = z.string();
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
const commandLine = (words: readonly string[]): string => words.map(quoted).join(' ');

const programSchema = z.looseObject({ command: filled, args: z.array(text).optional() });
type Command = string | z.infer<typeof programSchema>;
/** In the order in which the client tries them: `commands` beats a `command` beside it. Source: @cline/core 3.0.65. */
const runSchema: z.ZodType<readonly Command[], unknown> = z.union([
  z.looseObject({ commands: z.array(z.union([text, programSchema])) }).transform((input) => input.commands),
  z.looseObject({ commands: z.union([text, programSchema]) }).transform((input) => [input.commands]),
  z.array(programSchema),
  programSchema.transform((input) => [input.args === undefined ? input.command : input]),
  z.looseObject({ cmd: text }).transform((input) => [input.cmd]),
  z.array(text),
  text.transform((command) => [command]),
]);

/** Several commands run at once, each on its own; a line each says the same to the judge. */
const run: Reader = (input): Reading | null => {
  const parsed = runSchema.safeParse(input);
  if (!parsed.success || parsed.data.length === 0) return null;
  const lines = parsed.data.map((one) =>
    typeof one === 'string' ? one : commandLine([one.command, ...(one.args ?? [])]),
  );
  const whole = typeof parsed.data[0] === 'string' && lines.length === 1 && Array.isArray(recordOf(input)?.commands);
  return { action: { kind: 'shell', command: lines.join('\n') }, fields: whole ? { command: 'commands/0' } : {} };
};

const fileSchema = z.union([
  text,
  z.looseObject({ path: text }).transform(({ path }) => path),
  z.looseObject({ file_path: text }).transform((input) => input.file_path),
  z.looseObject({ filePath: text }).transform((input) => input.filePath),
]);
const filesSchema = z.union([fileSchema.transform((file) => [file]), some(fileSchema)]);
const named = (member: string) =>
  z.looseObject({ [member]: filesSchema }).transform((input) => filesSchema.parse(input[member]));
const readSchema = z.union([named('files'), named('file_paths'), named('paths'), filesSchema]);

/** Several files are told as the command that reads them: an action holds one path. */
const readFiles: Reader = (input) => {
  const files = readSchema.safeParse(input).data;
  const [path] = files ?? [];
  if (files === undefined || path === undefined) return null;
  if (files.length === 1) return { action: { kind: 'file-read', path }, fields: {} };
  return { action: { kind: 'shell', command: commandLine(['cat', '--', ...files]) }, fields: {} };
};

const requestsSchema = z.looseObject({ requests: some(z.looseObject({ url: text })) });

const fetchPages: Reader = (input): Reading | null => {
  const urls = requestsSchema.safeParse(input).data?.requests.map(({ url }) => url);
  const [url] = urls ?? [];
  if (urls === undefined || url === undefined) return null;
  if (urls.length === 1)
    return { action: { kind: 'web-fetch', url, method: 'GET' }, fields: { url: 'requests/0/url' } };
  return { action: { kind: 'shell', command: commandLine(['curl', ...urls]) }, fields: {} };
};

const queriesSchema = z.union([
  z.looseObject({ queries: z.union([text, z.array(text)]) }).transform(({ queries }) => queries),
  z.array(text),
  text,
]);

const search: Reader = (input) => {
  const queries = queriesSchema.safeParse(input);
  if (!queries.success) return null;
  return { action: { kind: 'file-search', path: '.', pattern: [queries.data].flat().join('\n') }, fields: {} };
};

const editSchema = z.looseObject({
  path: text,
  old_text: text.nullish(),
  new_text: text,
  insert_line: z.unknown().optional(),
});

const edit: Reader = (input) => {
  const parsed = editSchema.safeParse(input);
  if (!parsed.success) return null;
  const { path, old_text: before, new_text: after } = parsed.data;
  return {
    action: { kind: 'file-edit', path, before: before ?? '', after },
    fields: { path: 'path', after: 'new_text', ...(typeof before === 'string' ? { before: 'old_text' } : {}) },
  };
};

/** The IDE extension names the server beside the tool. */
const mcpSchema = z.looseObject({ server_name: text, tool_name: text.optional(), uri: text.optional() });

const mcp: Reader = (input) => {
  const parsed = mcpSchema.safeParse(input).data;
  if (parsed === undefined) return null;
  const { server_name: server, tool_name: tool = 'resources/read' } = parsed;
  return { action: { kind: 'mcp', server, tool }, fields: { server: 'server_name' } };
};

const listFiles: Reader = (input): Reading | null => {
  const path = recordOf(input)?.path;
  if (path !== undefined && typeof path !== 'string') return null;
  return { action: { kind: 'file-search', path: path ?? '.', pattern: '*' }, fields: path ? { path: 'path' } : {} };
};

const harmless =
  (what: string): Reader =>
  () => ({ action: { kind: 'harmless', what }, fields: {} });

/** Tools of the command line (@cline/core 3.0.65), and what the IDE extension calls otherwise. */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['access_mcp_resource', mcp],
  ['ask_question', harmless('asks the person a question')],
  ['editor', edit],
  ['fetch_web_content', fetchPages],
  ['list_files', listFiles],
  ['plan_mode_respond', harmless('shows its plan')],
  ['read_files', readFiles],
  ['run_commands', run],
  ['search_codebase', search],
  ['skills', harmless('reads a skill')],
  ['submit_and_exit', harmless('ends its task')],
  ['use_mcp_tool', mcp],
]);

/** `server__tool`; long names end in a digest. */
const mcpName = /^((?:(?!__).)+)__(.+)$/su;

/** Tool name and input in Cline's words → a call in ours; never throws. */
export function clineCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const call = { toolUseId, tool, input };
  const read = readers.get(tool);
  if (read !== undefined) {
    const reading = read(input);
    if (reading !== null) return { ...call, ...reading };
    return { ...call, action: { kind: 'unknown', why: 'the parameters are not what this tool takes' }, fields: {} };
  }
  const found = mcpName.exec(tool);
  if (found?.[1] !== undefined && found[2] !== undefined)
    return { ...call, action: { kind: 'mcp', server: found[1], tool: found[2] }, fields: {} };
  return shapedCall(tool, input, toolUseId, agent);
}

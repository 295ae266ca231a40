import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

interface Reading {
  readonly action: Action;
  readonly fields?: Readonly<Record<string, string>>;
}
type Reader = (input: unknown) => Reading | null;

const text = z.string();
/** A reader from a schema of the parameters used and what they mean. */
const reader =
  <T>(schema: z.ZodType<T>, read: (input: T) => Reading): Reader =>
  (input) => {
    const parsed = schema.safeParse(input);
    return parsed.success ? read(parsed.data) : null;
  };

const harmless =
  (what: string): Reader =>
  () => ({ action: { kind: 'harmless', what } });

const shell = reader(z.looseObject({ CommandLine: text, Cwd: text.optional() }), ({ CommandLine, Cwd }) => ({
  action: { kind: 'shell', command: CommandLine, ...(Cwd ? { cwd: Cwd } : {}) },
  fields: { command: 'CommandLine', ...(Cwd ? { cwd: 'Cwd' } : {}) },
}));

/** What is typed into a program that runs may be a command to a shell. */
const typed = reader(z.looseObject({ Input: text.catch('') }), ({ Input }) =>
  Input.trim() === ''
    ? { action: { kind: 'harmless', what: 'waits for output or ends a command' } }
    : { action: { kind: 'shell', command: Input }, fields: { command: 'Input' } },
);

const fileRead =
  (...names: readonly string[]): Reader =>
  (input) => {
    const given = recordOf(input);
    const name = names.find((one) => typeof given?.[one] === 'string');
    return name === undefined
      ? null
      : { action: { kind: 'file-read', path: String(given?.[name]) }, fields: { path: name } };
  };

const fileWrite = reader(z.looseObject({ TargetFile: text, CodeContent: text.catch('') }), (input) => ({
  action: { kind: 'file-write', path: input.TargetFile, content: input.CodeContent },
  fields: { path: 'TargetFile', content: 'CodeContent' },
}));

const chunk = z.looseObject({ TargetContent: text.catch(''), ReplacementContent: text.catch('') });
const fileEdit = reader(
  z.looseObject({
    TargetFile: text,
    TargetContent: text.optional(),
    ReplacementContent: text.optional(),
    ReplacementChunks: z.array(chunk).catch([]),
  }),
  ({ TargetFile, TargetContent, ReplacementContent, ReplacementChunks }) => {
    const many = TargetContent === undefined && ReplacementContent === undefined;
    const before = many ? ReplacementChunks.map((one) => one.TargetContent).join('\n') : (TargetContent ?? '');
    const after = many ? ReplacementChunks.map((one) => one.ReplacementContent).join('\n') : (ReplacementContent ?? '');
    const at = ReplacementChunks.length === 1 ? 'ReplacementChunks/0/' : null;
    const fields = many ? at : '';
    return {
      action: { kind: 'file-edit', path: TargetFile, before, after },
      fields: {
        path: 'TargetFile',
        ...(fields === null ? {} : { before: `${fields}TargetContent`, after: `${fields}ReplacementContent` }),
      },
    };
  },
);

const search =
  (folder: string, pattern: string): Reader =>
  (input) => {
    const given = recordOf(input);
    const at = given?.[folder];
    if (given === null || typeof at !== 'string') return null;
    const what = given[pattern];
    return {
      action: { kind: 'file-search', path: at, pattern: typeof what === 'string' ? what : '*' },
      fields: { path: folder, ...(typeof what === 'string' ? { pattern } : {}) },
    };
  };

const page =
  (name: string): Reader =>
  (input) => {
    const url = recordOf(input)?.[name];
    return typeof url === 'string'
      ? { action: { kind: 'web-fetch', url, method: 'GET' }, fields: { url: name } }
      : null;
  };

const webSearch = reader(z.looseObject({ query: text }), ({ query }) => ({
  action: { kind: 'web-search', query },
  fields: { query: 'query' },
}));

const subAgent = reader(z.looseObject({ Task: text }), ({ Task }) => ({
  action: { kind: 'agent', prompt: Task },
  fields: { prompt: 'Task' },
}));

/** Its own tools by name. Source: its documentation, and hooks that others published for it. */
const readers: ReadonlyMap<string, Reader> = new Map([
  ['ask_question', harmless('asks the person a question')],
  ['browser_subagent', subAgent],
  ['codebase_search', search('TargetDirectories', 'Query')],
  ['command_status', harmless('reads the output of a command')],
  ['find_by_name', search('SearchDirectory', 'Pattern')],
  ['generate_image', harmless('draws a picture')],
  ['grep_search', search('SearchPath', 'Query')],
  ['list_dir', search('DirectoryPath', 'Pattern')],
  ['multi_replace_file_content', fileEdit],
  ['notify_user', harmless('tells the person something')],
  ['open_browser_url', page('Url')],
  ['read_terminal', harmless('reads a terminal')],
  ['read_url_content', page('Url')],
  ['replace_file_content', fileEdit],
  ['run_command', shell],
  ['search_web', webSearch],
  ['send_command_input', typed],
  ['task_boundary', harmless('says what it works on')],
  ['view_code_item', fileRead('File', 'AbsolutePath')],
  ['view_content_chunk', harmless('reads on in what it fetched')],
  ['view_file', fileRead('AbsolutePath', 'TargetFile', 'Path')],
  ['view_file_outline', fileRead('AbsolutePath', 'TargetFile', 'Path')],
  ['write_to_file', fileWrite],
]);

/** Tool name and input in Antigravity's words → a call in ours; never throws. */
export function antigravityCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const reading = readers.get(tool)?.(input) ?? (/^browser_/.test(tool) ? page('Url')(input) : null);
  if (reading) return { toolUseId, tool, input, action: reading.action, fields: reading.fields ?? {} };
  return shapedCall(tool, input, toolUseId, 'gemini-cli');
}

import { z } from 'zod';
import type { Flag } from '../../core/effect.ts';
import type { Action, ToolCall } from '../../core/event.ts';
import { some } from '../filled.ts';

/** What one tool's parameters mean. `fields`: action member → the tool's own parameter. */
interface Reading {
  readonly action: Action;
  readonly fields?: Readonly<Record<string, string>>;
  readonly flags?: readonly Flag[];
}

/** Parameters → reading; null when they are not what the tool takes. */
type Reader = (input: unknown) => Reading | null;

/** A reader from a schema of the parameters used and what they mean. */
const reader =
  <T>(schema: z.ZodType<T>, read: (input: T) => Reading): Reader =>
  (input) => {
    const parsed = schema.safeParse(input);
    return parsed.success ? read(parsed.data) : null;
  };

const text = z.string();
const maybeText = z.string().optional();
const maybeTrue = z.boolean().optional();

const harmless = (what: string): Reader => {
  return () => ({ action: { kind: 'harmless', what } });
};
const unknown = (why: string): Reading => ({ action: { kind: 'unknown', why } });
const background = (yes: boolean | undefined): { readonly flags?: readonly Flag[] } =>
  yes === true ? { flags: ['background'] } : {};

const shell = reader(z.looseObject({ command: text, run_in_background: maybeTrue }), (input) => ({
  action: { kind: 'shell', command: input.command },
  fields: { command: 'command' },
  ...background(input.run_in_background),
}));

/** PowerShell is read by a bash grammar further on, so what it does is never fully understood. */
const powerShell: Reader = (input) => {
  const reading = shell(input);
  return reading && { ...reading, flags: [...(reading.flags ?? []), 'opaque'] };
};

/** A command, or a web socket, that runs on while the agent works. */
const monitor: Reader = (input) => {
  const socket = z.looseObject({ ws: z.looseObject({ url: text }) }).safeParse(input);
  if (socket.success && typeof socket.data.command !== 'string') {
    const action: Action = { kind: 'web-fetch', url: socket.data.ws.url, method: 'GET' };
    return { action, fields: { url: 'ws/url' }, flags: ['background'] };
  }
  const reading = shell(input);
  return reading && { ...reading, flags: ['background'] };
};

const fileRead = (field: string): Reader =>
  reader(z.looseObject({ [field]: text }), (input) => ({
    action: { kind: 'file-read', path: String(input[field]) },
    fields: { path: field },
  }));

const fileWrite = reader(z.looseObject({ file_path: text, content: text }), (input) => ({
  action: { kind: 'file-write', path: input.file_path, content: input.content },
  fields: { path: 'file_path', content: 'content' },
}));

const fileEdit = reader(z.looseObject({ file_path: text, old_string: text, new_string: text }), (input) => ({
  action: { kind: 'file-edit', path: input.file_path, before: input.old_string, after: input.new_string },
  fields: { path: 'file_path', before: 'old_string', after: 'new_string' },
}));

/** Several edits are one text each side, so only a single edit can be pointed into. */
const multiEdit = reader(
  z.looseObject({ file_path: text, edits: some(z.looseObject({ old_string: text, new_string: text })) }),
  (input) => ({
    action: {
      kind: 'file-edit',
      path: input.file_path,
      before: input.edits.map((edit) => edit.old_string).join('\n'),
      after: input.edits.map((edit) => edit.new_string).join('\n'),
    },
    fields: {
      path: 'file_path',
      ...(input.edits.length === 1 ? { before: 'edits/0/old_string', after: 'edits/0/new_string' } : {}),
    },
  }),
);

const notebookEdit = reader(z.looseObject({ notebook_path: text, new_source: text.default('') }), (input) => ({
  action: { kind: 'file-edit', path: input.notebook_path, before: '', after: input.new_source },
  fields: { path: 'notebook_path', after: 'new_source' },
}));

/** Without a path the search starts at the working directory. */
const fileSearch = reader(z.looseObject({ pattern: text, path: maybeText }), (input) => ({
  action: { kind: 'file-search', path: input.path ?? '.', pattern: input.pattern },
  fields: { pattern: 'pattern', ...(input.path === undefined ? {} : { path: 'path' }) },
}));

const directoryList = reader(z.looseObject({ path: text }), (input) => ({
  action: { kind: 'file-search', path: input.path, pattern: '*' },
  fields: { path: 'path' },
}));

const webFetch = reader(z.looseObject({ url: text }), (input) => ({
  action: { kind: 'web-fetch', url: input.url, method: 'GET' },
  fields: { url: 'url' },
}));

const webSearch = reader(z.looseObject({ query: text }), (input) => ({
  action: { kind: 'web-search', query: input.query },
  fields: { query: 'query' },
}));

const subAgent = reader(
  z.looseObject({ prompt: text, subagent_type: maybeText, mode: z.unknown().optional(), run_in_background: maybeTrue }),
  (input) => {
    const flags: Flag[] = [];
    if (input.run_in_background === true) flags.push('background');
    if (input.mode === 'bypassPermissions') flags.push('privileged');
    return {
      action: {
        kind: 'agent',
        prompt: input.prompt,
        ...(input.subagent_type === undefined ? {} : { subagentType: input.subagent_type }),
      },
      fields: { prompt: 'prompt', ...(input.subagent_type === undefined ? {} : { subagentType: 'subagent_type' }) },
      ...(flags.length === 0 ? {} : { flags }),
    };
  },
);

/** Text that an agent will act on later or elsewhere, from the parameter `field`. */
const agentPrompt = (field: string, flags: readonly Flag[] = []): Reader =>
  reader(z.looseObject({ [field]: text }), (input) => ({
    action: { kind: 'agent', prompt: String(input[field]) },
    fields: { prompt: field },
    ...(flags.length === 0 ? {} : { flags }),
  }));

/** A text that is only shown or sent to the person. */
const message = (field: string, role: 'prompt' | 'content' = 'content'): Reader =>
  reader(z.looseObject({ [field]: text }), (input) => ({
    action: { kind: 'text', text: String(input[field]), role },
    fields: { text: field },
  }));

const scheduleWakeup: Reader = (input) => {
  const wakes = z.looseObject({ prompt: text }).safeParse(input).success;
  return wakes ? agentPrompt('prompt', ['background'])(input) : harmless('sets or ends a wake-up')(input);
};

/** A script that starts agents; each call those make is judged on its own. */
const workflow: Reader = (input) => {
  const inline = agentPrompt('script', ['opaque'])(input);
  if (inline) return inline;
  const saved = z.looseObject({ scriptPath: maybeText, name: maybeText }).safeParse(input);
  if (!saved.success || (saved.data.scriptPath ?? saved.data.name) === undefined) return null;
  return unknown('runs a saved workflow script whose text is not in the call');
};

const skill = reader(z.looseObject({ skill: text, args: maybeText }), (input) => ({
  action: { kind: 'text', text: input.args ?? input.skill, role: 'prompt' },
  fields: { text: input.args === undefined ? 'skill' : 'args' },
}));

const mcpResource = (tool: string): Reader =>
  reader(z.looseObject({ server: maybeText }), (input) =>
    input.server === undefined
      ? { action: { kind: 'harmless', what: 'lists MCP resources' } }
      : { action: { kind: 'mcp', server: input.server, tool }, fields: { server: 'server' } },
  );

const exitWorktree = reader(z.looseObject({ discard_changes: maybeTrue }), (input) =>
  input.discard_changes === true
    ? { ...unknown('removes a git worktree and discards its changes'), flags: ['irreversible'] }
    : { action: { kind: 'harmless', what: 'leaves a git worktree' } },
);

/** A tool with one parameter that says what it does; only the listed values are known to only look. */
const remote = (field: string, looking: readonly string[], what: string): Reader =>
  reader(z.looseObject({ [field]: z.unknown().optional() }), (input) => {
    const does = input[field];
    return typeof does === 'string' && looking.includes(does)
      ? { action: { kind: 'harmless', what: `${what}: ${does}` } }
      : unknown(`${what}: ${typeof does === 'string' ? does.slice(0, 40) : 'changes something'} on a remote service`);
  });

/**
 * Every built-in tool of the client by its exact name. Names are case-sensitive in the client, so a look-alike such as
 * `bash` is not one of them. Source: sdk-tools.d.ts and BUILTIN_TOOL_NAMES of 2.1.330; older names are marked.
 */
const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['Agent', subAgent],
  ['Artifact', remote('action', ['list', 'list_types', 'status', 'list_assets'], 'artifact')],
  ['AskUserQuestion', harmless('asks the person a question')],
  ['Bash', shell],
  ['BashOutput', harmless('reads the output of a background command')], // older
  ['ClaudeDesign', remote('operation', ['list'], 'design')],
  ['CronCreate', agentPrompt('prompt', ['background'])],
  ['CronDelete', harmless('removes a schedule')],
  ['CronList', harmless('lists schedules')],
  ['Edit', fileEdit],
  ['EndConversation', harmless('ends the conversation')],
  ['EnterPlanMode', harmless('starts planning')],
  ['EnterWorktree', harmless('works in a git worktree')],
  ['ExitPlanMode', harmless('shows its plan')],
  ['ExitWorktree', exitWorktree],
  ['Glob', fileSearch],
  ['Grep', fileSearch],
  ['KillBash', harmless('stops a background command')], // older
  ['KillShell', harmless('stops a background command')], // older
  ['LS', directoryList], // older
  ['LSP', fileRead('filePath')],
  ['ListAgents', harmless('lists agents')],
  ['ListMcpResourcesTool', mcpResource('resources/list')],
  ['Monitor', monitor],
  ['MultiEdit', multiEdit], // older
  ['NotebookEdit', notebookEdit],
  ['NotebookRead', fileRead('notebook_path')], // older
  ['OfferChromeSetup', harmless('offers a set-up')],
  ['PowerShell', powerShell],
  ['Projects', remote('method', ['project_info', 'project_read', 'project_search'], 'project')],
  ['ProposeGoal', message('condition')],
  ['PushNotification', message('message')],
  ['Read', fileRead('file_path')],
  ['ReadMcpResourceDirTool', mcpResource('resources/list')],
  ['ReadMcpResourceTool', mcpResource('resources/read')],
  ['ReadNotifications', harmless('reads notifications')],
  ['RefreshMcpTools', harmless('asks MCP servers for their tools again')],
  ['RemoteTrigger', remote('action', ['list', 'get', 'list_runs', 'get_run_log'], 'cloud agent')],
  ['ReportFindings', harmless('reports review findings')],
  ['ScheduleWakeup', scheduleWakeup],
  ['SendFeedback', message('details')],
  ['SendMessage', agentPrompt('message')],
  ['SendUserMessage', message('message')],
  ['SetGoal', harmless('sets a goal')],
  ['ShowOnboardingRolePicker', harmless('shows a picker')],
  ['Skill', skill],
  ['SlashCommand', message('command', 'prompt')], // older
  ['SubagentHandback', harmless('hands back to the main agent')],
  ['Task', subAgent], // older
  ['TaskCreate', harmless('writes its task list')],
  ['TaskGet', harmless('reads its task list')],
  ['TaskList', harmless('reads its task list')],
  ['TaskOutput', harmless('reads the output of a background task')], // older
  ['TaskStop', harmless('stops a background task')],
  ['TaskUpdate', harmless('writes its task list')],
  ['TodoRead', harmless('reads its task list')], // older
  ['TodoWrite', harmless('writes its task list')],
  ['ToolSearch', harmless('looks up its own tools')],
  ['WaitForMcpServers', harmless('waits for MCP servers')],
  ['WebFetch', webFetch],
  ['WebSearch', webSearch],
  ['Workflow', workflow],
  ['Write', fileWrite],
]);

/** `mcp__server__tool`; a tool's own name may hold `__`, a server's may not. */
const mcpName = /^mcp__((?:(?!__).)+)__(.+)$/su;

function read(tool: string, input: unknown): Reading {
  const mcp = mcpName.exec(tool);
  if (mcp?.[1] !== undefined && mcp[2] !== undefined) return { action: { kind: 'mcp', server: mcp[1], tool: mcp[2] } };
  const known = readers.get(tool);
  if (known === undefined) return unknown('a tool Warder does not know');
  return known(input) ?? unknown('the parameters are not what this tool takes');
}

/** Tool name and input in Claude Code's words → a call in ours. Wrong types and unknown tools are `unknown`; never throws. */
export function claudeCodeCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const { action, fields, flags } = read(tool, input);
  return { toolUseId, tool, input, action, fields: fields ?? {}, ...(flags === undefined ? {} : { flags }) };
}

import type { AgentAdapter, AgentSetup, HookConnection, HookReply, Surroundings } from '../../core/agent.ts';
import type { AgentEvent, ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  bodyReader,
  callAfter,
  callEvent,
  type EventReader,
  type HookBody,
  jsonText,
  notice,
  outcomeOf,
  str,
} from '../hooks/bodies.ts';
import { callsClient, type OnFailure, powershellCommand } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { goesOn, letGo, noOpinion, refused, told } from '../hooks/replies.ts';
import { hooksFile } from '../hooks/settings-json.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = 'windsurf';
const title = 'Windsurf';

/** What the hooks say of a call, as a tool: Windsurf names its own tools nowhere. */
function windsurfCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const given = recordOf(input) ?? {};
  const call = { toolUseId, tool, input };
  if (tool === 'run_command' && typeof given.command_line === 'string') {
    const folder = str(given.cwd);
    return {
      ...call,
      action: { kind: 'shell', command: given.command_line, ...(folder === '' ? {} : { cwd: folder }) },
      fields: { command: 'command_line', ...(folder === '' ? {} : { cwd: 'cwd' }) },
    };
  }
  if (tool === 'read_code' && typeof given.file_path === 'string')
    return { ...call, action: { kind: 'file-read', path: given.file_path }, fields: { path: 'file_path' } };
  if (tool === 'write_code' && typeof given.file_path === 'string') {
    const edits = Array.isArray(given.edits) ? given.edits.map((edit) => recordOf(edit) ?? {}) : [];
    const joined = (member: string) => edits.map((edit) => str(edit[member])).join('\n');
    return {
      ...call,
      action: { kind: 'file-edit', path: given.file_path, before: joined('old_string'), after: joined('new_string') },
      fields: {
        path: 'file_path',
        ...(edits.length === 1 ? { before: 'edits/0/old_string', after: 'edits/0/new_string' } : {}),
      },
    };
  }
  // Its transcripts hold what a file becomes.
  if (tool === 'code_action' && typeof given.path === 'string') {
    const action = { kind: 'file-write', path: given.path, content: str(given.new_content) } as const;
    return { ...call, action, fields: { path: 'path', content: 'new_content' } };
  }
  return shapedCall(tool, input, toolUseId, agent);
}

const info = (body: HookBody): Readonly<Record<string, unknown>> => recordOf(body.tool_info) ?? {};

/** The call in a body; its results are left out, so that before and after are found to be one call. */
const callOf =
  (tool: string, results: readonly string[] = []) =>
  (body: HookBody): Result<ToolCall> => {
    const given = info(body);
    if (Object.keys(given).length === 0) return fail('bad-tool-call', 'The hook body tells of no call.');
    const input = Object.fromEntries(Object.entries(given).filter(([name]) => !results.includes(name)));
    return ok(windsurfCall(tool, input, ''));
  };

const mcpCall = (body: HookBody): Result<ToolCall> => {
  const given = info(body);
  const [server, tool] = [str(given.mcp_server_name), str(given.mcp_tool_name)];
  if (tool === '') return fail('bad-tool-call', 'The hook body names no tool.');
  const input = given.mcp_tool_arguments ?? {};
  return ok({
    toolUseId: '',
    tool: `mcp__${server}__${tool}`,
    input,
    action: { kind: 'mcp', server, tool },
    fields: {},
  });
};

const done = (member: string) => (body: HookBody) => outcomeOf({}, 'ok', jsonText(info(body)[member]));

/** The transcript may hold the answer again; the event with it is for who reads transcripts. */
const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['post_cascade_response', (body) => ok({ kind: 'answer', text: str(info(body).response) })],
  ['post_mcp_tool_use', callAfter(mcpCall, done('mcp_result'))],
  ['post_read_code', callAfter(callOf('read_code'), done(''))],
  ['post_run_command', callAfter(callOf('run_command', ['output', 'exit_code']), done('output'))],
  ['post_setup_worktree', (body) => notice('worktree', str(info(body).worktree_path))],
  ['post_write_code', callAfter(callOf('write_code'), done(''))],
  ['pre_mcp_tool_use', callEvent('call-before', mcpCall)],
  ['pre_read_code', callEvent('call-before', callOf('read_code'))],
  ['pre_run_command', callEvent('call-before', callOf('run_command'))],
  [
    'pre_user_prompt',
    (body) => {
      const text = info(body).user_prompt;
      return typeof text === 'string'
        ? ok({ kind: 'prompt', text })
        : fail('bad-prompt', 'The hook body holds no prompt.');
    },
  ],
  ['pre_write_code', callEvent('call-before', callOf('write_code'))],
]);

const everywhere = new Set(
  'hook_event_name session_id agent_action_name trajectory_id execution_id timestamp model_name'.split(' '),
);
const read = bodyReader({ agent, title, events, everywhere });

const parseHook: AgentAdapter['parseHook'] = (body, head) => {
  const given = recordOf(body);
  if (!given) return fail('not-a-hook', 'The body is not a Windsurf hook input: it is no object.');
  const cwd = str(info(given).cwd);
  const name = head.event ?? given.agent_action_name;
  return read(
    { ...given, hook_event_name: name, session_id: given.trajectory_id, ...(cwd === '' ? {} : { cwd }) },
    head,
  );
};

const isBefore = (hookEventName: string): boolean => !hookEventName.startsWith('post_');

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  // It reads no JSON: a status is all it obeys, and it cannot ask.
  if (event.kind === 'call-before') return refused(reasonUnasked(verdict));
  return event.kind === 'prompt' && verdict.effective === 'deny' ? refused(reasonUnasked(verdict)) : noOpinion;
}

const refuse = (hookEventName: string, why: string): HookReply =>
  isBefore(hookEventName) ? refused(refusalFor(why)) : told(`Warder: ${why}`);

const wanted: readonly (readonly [event: string, onFailure: OnFailure])[] = [
  ['pre_read_code', 'block'],
  ['post_read_code', 'pass'],
  ['pre_write_code', 'block'],
  ['post_write_code', 'pass'],
  ['pre_run_command', 'block'],
  ['post_run_command', 'pass'],
  ['pre_mcp_tool_use', 'block'],
  ['post_mcp_tool_use', 'pass'],
  ['pre_user_prompt', 'pass'],
  ['post_cascade_response', 'pass'],
  ['post_setup_worktree', 'pass'],
];

const isOurs = (hook: unknown): boolean =>
  [recordOf(hook)?.command, recordOf(hook)?.powershell].some((line) => callsClient(line, agent));

/** `show_output` would print what the device client says into the conversation of each call. */
const entries = ({ client }: HookConnection): ReadonlyMap<string, Readonly<Record<string, unknown>>> =>
  new Map(
    wanted.map(([event, onFailure]) => {
      const call = { client, agent, event, onFailure };
      return [event, { command: guardedCommand(call), powershell: powershellCommand(call), show_output: false }];
    }),
  );

const folder = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.codeium', 'windsurf');

function managedPath({ platform }: Surroundings): string {
  if (platform === 'darwin') return '/Library/Application Support/Windsurf/hooks.json';
  return platform === 'win32' ? 'C:\\ProgramData\\Windsurf\\hooks.json' : '/etc/windsurf/hooks.json';
}

const setup: AgentSetup = {
  program: 'windsurf',
  folders: (at) => [folder(at)],
  files: (at, to) => [
    hooksFile({ path: inFolder(at.platform, folder(at), 'hooks.json'), title, wanted: entries(to), isOurs }),
  ],
  managedFiles: (at, to) => [hooksFile({ path: managedPath(at), title, wanted: entries(to), isOurs, mode: 0o644 })],
  limits: [
    'Tried with documented bodies only: the editor does not start without an account.',
    'A question of Warder’s is a refusal here: Windsurf’s hooks cannot ask.',
    'Searches, web pages and sub-agents of Cascade have no hook, and what a command printed is not told.',
    'Its own store of conversations is encrypted. A transcript that can be read is written while a hook for `post_cascade_response_with_transcript` is set, which Warder does not do.',
    'Model traffic goes to Windsurf’s servers and cannot be sent through a gateway.',
    'In JetBrains the hooks are looked for in ~/.codeium/hooks.json, which is not written.',
  ],
};

/** Windsurf (Devin Desktop), by docs.windsurf.com/windsurf/cascade/hooks; not tried with the editor. */
export const windsurf: AgentAdapter = {
  id: agent,
  title,
  parseHook,
  reply,
  refuse,
  letGo,
  call: windsurfCall,
  hookName: (body) => {
    const name = recordOf(body)?.agent_action_name;
    return typeof name === 'string' ? name : undefined;
  },
  callHook: 'pre_run_command',
  capability: {
    proof: 'documentation',
    version: 'November 2026',
    hooks: 'command',
    sees: ['prompts', 'calls', 'results', 'answers'],
    stops: ['calls', 'prompts'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because: 'the hook’s command ends with status 2 whenever it has no answer; without the hook file calls run',
    },
    gateway: 'no',
    blind: ['searches and web pages', 'what commands printed', 'model traffic goes to Windsurf'],
  },
  setup,
};

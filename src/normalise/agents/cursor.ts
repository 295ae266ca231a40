import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  answerIn,
  bodyReader,
  callAfter,
  callEvent,
  callIn,
  type EventReader,
  type HookBody,
  jsonText,
  notice,
  outcomeOf,
  promptIn,
  sessionEnd,
  str,
} from '../hooks/bodies.ts';
import { passedFor, reasonFor, reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { recordOf } from '../strict-json.ts';
import { cursorCall } from './cursor.call.ts';
import { cursorSetup } from './cursor.setup.ts';

const agent = 'cursor';
const title = 'Cursor';

/** Hooks that may stop what begins; the rest but these and the following ones answer with a permission. */
const startHooks = new Set(['beforeSubmitPrompt', 'sessionStart']);
const otherHooks = new Set(
  'afterShellExecution afterMCPExecution afterFileEdit afterTabFileEdit stop afterAgentResponse afterAgentThought sessionEnd preCompact subagentStop postToolUse postToolUseFailure workspaceOpen'.split(
    ' ',
  ),
);

type CallReader = (body: HookBody) => Result<ToolCall>;

const byTool: CallReader = callIn(cursorCall);

/** The same members before and after, so that the two are found to be one call: these hooks give no id. */
const shellCall: CallReader = (body) =>
  typeof body.command === 'string'
    ? ok(cursorCall('Shell', { command: body.command }, ''))
    : fail('bad-tool-call', 'The hook body holds no command.');

/** Input of an MCP tool comes as text. What is no JSON is kept as the text it is. */
function mcpInput(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

const mcpCall: CallReader = (body) => {
  const [server, tool] = [str(body.mcp_server_name), str(body.tool_name).replace(/^MCP:/, '')];
  if (tool === '') return fail('bad-tool-call', 'The hook body names no tool.');
  const name = server === '' ? `MCP:${tool}` : `mcp__${server}__${tool}`;
  const input = mcpInput(body.tool_input);
  // The name may join ambiguously; the action says who is who.
  return ok({ toolUseId: '', tool: name, input, action: { kind: 'mcp', server, tool }, fields: {} });
};

const fileCall =
  (tool: string): CallReader =>
  (body) =>
    str(body.file_path) === ''
      ? fail('bad-tool-call', 'The hook body names no file.')
      : ok(cursorCall(tool, { file_path: body.file_path }, ''));

const durationSchema = z.number().nonnegative().optional().catch(undefined);

/** What came back; the engine tells times in milliseconds as `duration`. */
const came = (body: HookBody, status: 'ok' | 'error' | 'refused' | 'interrupted', text: string) =>
  outcomeOf({ duration_ms: durationSchema.parse(body.duration) }, status, text);

const failed = (body: HookBody) => {
  const refused = body.failure_type === 'permission_denied';
  const status = refused ? 'refused' : body.is_interrupt === true ? 'interrupted' : 'error';
  return came(body, status, str(body.error_message));
};

function mcpCame(body: HookBody) {
  const text = jsonText(body.result_json);
  return came(body, /"isError"\s*:\s*true/.test(text) ? 'error' : 'ok', text);
}

const subagent =
  (kind: 'subagent-start' | 'subagent-end'): EventReader =>
  (body) =>
    ok({ kind, subagentType: str(body.subagent_type) });

const sessionStart: EventReader = (body) =>
  ok({ kind: 'session-start', how: body.is_background_agent === true ? 'background' : 'foreground' });

/** A shell command without an id would pass for one of the hook that can put a question. */
const callBefore: EventReader = (body) =>
  body.tool_name === 'Shell' && str(body.tool_use_id) === ''
    ? fail('bad-tool-call', 'The hook body has no id for its call.')
    : callEvent('call-before', byTool)(body);

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['afterAgentResponse', answerIn('text')],
  ['afterMCPExecution', callAfter(mcpCall, mcpCame)],
  ['afterShellExecution', callAfter(shellCall, (body) => came(body, 'ok', str(body.output)))],
  ['beforeMCPExecution', callEvent('call-before', mcpCall)],
  ['beforeReadFile', callEvent('call-before', fileCall('Read'))],
  ['beforeShellExecution', callEvent('call-before', shellCall)],
  ['beforeSubmitPrompt', promptIn('prompt')],
  ['beforeTabFileRead', callEvent('call-before', fileCall('TabRead'))],
  ['postToolUse', callAfter(byTool, (body) => came(body, 'ok', jsonText(body.tool_output)))],
  ['postToolUseFailure', callAfter(byTool, failed)],
  ['preToolUse', callBefore],
  ['sessionEnd', sessionEnd],
  ['sessionStart', sessionStart],
  ['stop', (body) => notice('stop', str(body.status))],
  ['subagentStart', subagent('subagent-start')],
  ['subagentStop', subagent('subagent-end')],
]);

const everywhere = new Set(
  'hook_event_name session_id cursor_version workspace_roots user_email transcript_path conversation_id generation_id model model_id model_params'.split(
    ' ',
  ),
);

const read = bodyReader({ agent, title, events, everywhere });

/** Session, folder and version as this agent names them, in the members that are read. */
function plain(body: unknown, asked: string | undefined): HookBody | null {
  const given = recordOf(body);
  if (!given) return null;
  const roots = Array.isArray(given.workspace_roots) ? given.workspace_roots : [];
  const cwd = str(given.cwd) || str(roots[0]);
  return {
    ...given,
    hook_event_name: asked ?? given.hook_event_name,
    session_id: str(given.conversation_id) || str(given.session_id),
    ...(cwd === '' ? {} : { cwd }),
    ...(str(given.subagent_id) === '' ? {} : { agent_id: given.subagent_id }),
  };
}

const parseHook: AgentAdapter['parseHook'] = (body, head) => {
  const known = plain(body, head.event);
  if (known === null) return fail('not-a-hook', 'The body is not a Cursor hook input: it is no object.');
  const event = read(known, head);
  const version = str(known.cursor_version);
  return event.ok && version !== '' ? ok({ ...event.value, agentVersion: version }) : event;
};

const json = (value: unknown): HookReply => ({ status: 200, body: JSON.stringify(value) });

/** Said to every hook: a hook that fails closed takes an empty answer for a failure. */
const goOn: HookReply = json({ permission: 'allow', continue: true });

const permission = (decision: 'deny' | 'ask', reason: string): HookReply =>
  json({ permission: decision, user_message: reason, agent_message: reason });

/** The engine acts on a question before a shell command only; elsewhere it would run the tool. */
const canAsk = ({ tool, toolUseId }: ToolCall): boolean => tool === 'Shell' && toolUseId === '';

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow')
    return verdict?.degraded === undefined ? goOn : letGo(`${verdict.degraded}.`);
  if (event.kind === 'call-before')
    return verdict.effective === 'ask' && canAsk(event.call)
      ? permission('ask', reasonFor(verdict))
      : permission('deny', reasonUnasked(verdict));
  if (event.kind === 'prompt' && verdict.effective === 'deny')
    return json({ continue: false, user_message: reasonFor(verdict) });
  return goOn;
}

const letGo = (why: string): HookReply => json({ permission: 'allow', continue: true, user_message: passedFor(why) });

function refuse(hookEventName: string, why: string): HookReply {
  if (otherHooks.has(hookEventName)) return json({});
  if (startHooks.has(hookEventName)) return json({ continue: false, user_message: refusalFor(why) });
  return permission('deny', refusalFor(why));
}

/** `Shell(git)`, `Read(path)`, `Write(path)`, `Mcp(server:tool)`, `WebFetch(host)`. Source: cursor.com/docs/cli/reference/permissions. */
function ownRule({ action }: ToolCall): string | null {
  const rule = (kind: string, text: string | undefined) =>
    text && text.length <= 200 && !/[()\r\n]/.test(text) ? `${kind}(${text})` : null;
  switch (action.kind) {
    case 'shell':
      return rule('Shell', /^\s*([\w./+-]+)/.exec(action.command)?.[1]);
    case 'file-read':
      return rule('Read', action.path);
    case 'file-write':
    case 'file-edit':
      return rule('Write', action.path);
    case 'mcp':
      return action.server === '' ? null : rule('Mcp', `${action.server}:${action.tool}`);
    case 'web-fetch':
      return rule('WebFetch', /^https?:\/\/([^/?#\s:]+)/.exec(action.url)?.[1]);
    default:
      return null;
  }
}

/**
 * Cursor, by the hook engine in `@cursor/sdk` 1.0.32. Its hooks fail closed as Warder installs them, so everything that
 * goes on is told so in words.
 */
export const cursor: AgentAdapter = {
  id: agent,
  title,
  parseHook,
  reply,
  refuse,
  letGo,
  call: cursorCall,
  callHook: 'preToolUse',
  capability: {
    proof: 'documentation',
    version: '@cursor/sdk 1.0.32',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents'],
    stops: ['calls', 'prompts'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the hooks before a call are set to fail closed: no answer, a late one and an unreadable one are refusals',
    },
    gateway: 'no',
    blind: ['what is typed into a shell that runs already', 'model traffic goes to Cursor', 'tab completions'],
  },
  setup: cursorSetup,
  ownRule,
};

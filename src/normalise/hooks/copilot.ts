import type { HookReply } from '../../core/agent.ts';
import type { AgentEvent, Identity, Outcome, ToolCall } from '../../core/event.ts';
import { fail, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import { recordOf } from '../strict-json.ts';
import {
  bodyReader,
  callAfter,
  callEvent,
  callIn,
  type EventReader,
  type HookBody,
  notice,
  noticeOf,
  outcomeFailed,
  outcomeOf,
  promptIn,
  sessionEnd,
  sessionStart,
  str,
  subagentEnd,
  subagentStart,
} from './bodies.ts';
import { reasonFor, refusalFor } from './reason.ts';
import { goesOn, noOpinion, told } from './replies.ts';

/** Copilot's two spellings of an event, and the one that Warder's files ask for. Source: 1.0.102. */
const spellings: ReadonlyMap<string, string> = new Map([
  ['preToolUse', 'PreToolUse'],
  ['postToolUse', 'PostToolUse'],
  ['postToolUseFailure', 'PostToolUseFailure'],
  ['permissionRequest', 'PermissionRequest'],
  ['preMcpToolCall', 'PreMcpToolCall'],
  ['userPromptSubmitted', 'UserPromptSubmit'],
  ['userPromptTransformed', 'UserPromptTransformed'],
  ['sessionStart', 'SessionStart'],
  ['sessionEnd', 'SessionEnd'],
  ['agentStop', 'Stop'],
  ['subagentStart', 'SubagentStart'],
  ['subagentStop', 'SubagentStop'],
  ['errorOccurred', 'ErrorOccurred'],
  ['preCompact', 'PreCompact'],
  ['notification', 'Notification'],
]);

/** Members as they are spelled in a body → as they are read here. */
const members: ReadonlyMap<string, string> = new Map([
  ['sessionId', 'session_id'],
  ['hookEventName', 'hook_event_name'],
  ['toolName', 'tool_name'],
  ['toolArgs', 'tool_input'],
  ['toolInput', 'tool_input'],
  ['toolResult', 'tool_result'],
  ['toolUseId', 'tool_use_id'],
  ['agentId', 'agent_id'],
  ['agentType', 'agent_type'],
  ['agentName', 'agent_name'],
  ['parentAgentId', 'parent_agent_id'],
  ['transcriptPath', 'transcript_path'],
  ['initialPrompt', 'initial_prompt'],
  ['stopReason', 'stop_reason'],
  ['response', 'last_assistant_message'],
]);

const everywhere = new Set(
  'hook_event_name hookName session_id timestamp cwd traceparent transcript_path agent_id agent_type parent_agent_id'.split(
    ' ',
  ),
);

/** The hook that a body is of, in the spelling of Warder's files; undefined where neither its members nor its shape tell. */
export function copilotHookName(body: unknown): string | undefined {
  const given = recordOf(body);
  if (!given) return undefined;
  const name = [given.hook_event_name, given.hookEventName, given.hookName].find((one) => typeof one === 'string');
  if (typeof name === 'string' && name !== '') return spellings.get(name) ?? name;
  return byShape(given);
}

/** Events in camelCase name themselves nowhere in the body. */
function byShape(given: HookBody): string | undefined {
  const has = (...names: readonly string[]) => names.every((name) => given[name] !== undefined);
  if (has('toolName')) {
    if (has('toolResult')) return 'PostToolUse';
    return has('error') ? 'PostToolUseFailure' : 'PreToolUse';
  }
  if (has('prompt')) return 'UserPromptSubmit';
  if (has('initialPrompt') || has('source')) return 'SessionStart';
  if (has('stopReason')) return has('agentName') ? 'SubagentStop' : 'Stop';
  if (has('agentName')) return 'SubagentStart';
  if (has('reason')) return 'SessionEnd';
  return has('error') ? 'ErrorOccurred' : undefined;
}

/** A body with its members in one spelling; null where no hook can be told. */
function plain(body: unknown, asked: string | undefined): HookBody | null {
  const given = recordOf(body);
  const name = (asked && (spellings.get(asked) ?? asked)) || copilotHookName(body);
  if (!given || name === undefined) return null;
  const renamed = Object.entries(given).map(([member, value]) => [members.get(member) ?? member, value] as const);
  const read: Record<string, unknown> = { ...Object.fromEntries(renamed), hook_event_name: name };
  read.session_id = sessionOf(read);
  if (typeof read.tool_input === 'string') read.tool_input = parsedInput(read.tool_input);
  return read;
}

/** Some versions write the input of a tool as text. Text that is not JSON stays what it is. */
function parsedInput(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

/** A sub-agent names itself as its session; its transcript, and else the agent it works for, tell whose it is. */
function sessionOf(body: HookBody): string {
  const folder = /[\\/]session-state[\\/]([^\\/]+)[\\/]/.exec(str(body.transcript_path))?.[1];
  if (folder !== undefined) return folder;
  const own = str(body.session_id);
  return own !== '' && own === body.agent_id && str(body.parent_agent_id) !== '' ? str(body.parent_agent_id) : own;
}

/** What came back, and whether it went well: the client calls a command that failed a success. */
function outcome(body: HookBody): Outcome {
  const result = recordOf(body.tool_result);
  if (!result) return outcomeOf(body, 'ok', str(body.tool_response));
  const text = str(result.text_result_for_llm ?? result.textResultForLlm);
  const type = str(result.result_type ?? result.resultType);
  if (/^(?:rejected|denied)$/.test(type)) return outcomeOf(body, 'refused', text);
  const exit = /<shellId: \S+ completed with exit code (-?\d+)>\s*$/.exec(text)?.[1];
  return outcomeOf(body, type === 'failure' || (exit !== undefined && exit !== '0') ? 'error' : 'ok', text);
}

/** A sub-agent's task is its agent's word, not the person's. */
const prompt: EventReader = (body) =>
  typeof body.agent_id === 'string' ? notice('subagent-prompt', str(body.prompt)) : promptIn('prompt')(body);

type CallReader = (tool: string, input: unknown, toolUseId: string) => ToolCall;
type Head = { readonly at: string; readonly identity: Identity; readonly event?: string };

const eventsWith = (call: CallReader): ReadonlyMap<string, EventReader> => {
  const callOf = callIn(call);
  return new Map<string, EventReader>([
    ['ErrorOccurred', (body) => notice('error', str(recordOf(body.error)?.message) || str(body.error))],
    ['Notification', noticeOf('notification', 'message')],
    ['PermissionRequest', callEvent('permission-asked', callOf)],
    ['PostToolUse', callAfter(callOf, outcome)],
    ['PostToolUseFailure', callAfter(callOf, outcomeFailed)],
    ['PreToolUse', callEvent('call-before', callOf)],
    ['SessionEnd', sessionEnd],
    ['SessionStart', sessionStart],
    ['Stop', noticeOf('stop', 'stop_reason')],
    ['SubagentStart', subagentStart],
    ['SubagentStop', subagentEnd],
    ['UserPromptSubmit', prompt],
  ]);
};

/** Reads a body of GitHub Copilot's hooks, whichever of its spellings it has. `call` is given the tool as the body names it. */
export function copilotReader(
  agent: string,
  title: string,
  call: CallReader,
): (body: unknown, head: Head) => Result<AgentEvent> {
  const read = bodyReader({ agent, title, events: eventsWith(call), everywhere });
  return (body, head) => {
    const known = plain(body, head.event);
    if (known === null) return fail('not-a-hook', `The body is not a ${title} hook input: it names no hook.`);
    return read(known, head);
  };
}

/** VS Code's own hooks, in camelCase at the head and with an id for each call; the runtime of Copilot CLI has neither. */
export const isFromVsCode = (body: unknown): boolean => typeof recordOf(body)?.hookEventName === 'string';

/**
 * A decision that both of Copilot's dialects understand: one reads it at the top, one below. In the wrong one alone the
 * tool would run. Measured on 1.0.102.
 */
const decision = (permissionDecision: 'deny' | 'ask', permissionDecisionReason: string): HookReply => {
  const said = { permissionDecision, permissionDecisionReason };
  return {
    status: 200,
    body: JSON.stringify({ ...said, hookSpecificOutput: { hookEventName: 'PreToolUse', ...said } }),
  };
};

const refusedPermission = (message: string): HookReply => ({
  status: 200,
  body: JSON.stringify({ behavior: 'deny', message }),
});

/** The answer to a hook of GitHub Copilot. */
export function copilotReply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  if (event.kind === 'permission-asked')
    return verdict.effective === 'deny' ? refusedPermission(reasonFor(verdict)) : noOpinion;
  return event.kind === 'call-before' ? decision(verdict.effective, reasonFor(verdict)) : noOpinion;
}

/** Blocks what stands before a call, and whatever is not known; says nothing to the rest. */
export function copilotRefuse(hookEventName: string, why: string): HookReply {
  const name = spellings.get(hookEventName) ?? hookEventName;
  if (name === 'PermissionRequest') return refusedPermission(refusalFor(why));
  const known = name !== 'PreToolUse' && [...spellings.values()].includes(name);
  return known ? told(`Warder: ${why}`) : decision('deny', refusalFor(why));
}

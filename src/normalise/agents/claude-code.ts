import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Outcome } from '../../core/event.ts';
import { ok } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  answerIn,
  blocksText,
  bodyReader,
  callAfter,
  callEvent,
  callIn,
  type EventReader,
  type HookBody,
  jsonText,
  noticeOf,
  outcomeFailed,
  outcomeOf,
  outcomeRefused,
  promptIn,
  sessionEnd,
  sessionStart,
  str,
  subagentEnd,
  subagentStart,
  toolBatch,
} from '../hooks/bodies.ts';
import { passedFor, reasonFor, refusalFor } from '../hooks/reason.ts';
import { claudeCodeCall } from './claude-code.call.ts';

const agent = 'claude-code';

/** Members of every body, left out when the rest is kept as text. Source: BaseHookInput of the client's own types, 2.1.330. */
const everywhere = new Set([
  'hook_event_name',
  'session_id',
  'transcript_path',
  'cwd',
  'prompt_id',
  'permission_mode',
  'effort',
  'agent_id',
  'agent_type',
]);

const shellResponse = z.looseObject({ stdout: z.string(), stderr: z.string().catch('') });
const fileResponse = z.looseObject({ file: z.looseObject({ content: z.string() }) });
const editResponse = z.looseObject({
  filePath: z.string(),
  structuredPatch: z.unknown(),
  type: z.string().catch('edit'),
});
const contentResponse = z.looseObject({ content: z.array(z.unknown()) });

/** What the model saw of a result: the client's response objects hold more (a file's old text, counters). */
function responseText(response: unknown): string {
  if (typeof response === 'string') return response;
  if (Array.isArray(response)) return blocksText(response);
  const shell = shellResponse.safeParse(response);
  if (shell.success) return [shell.data.stdout, shell.data.stderr].filter((part) => part !== '').join('\n');
  const file = fileResponse.safeParse(response);
  if (file.success) return file.data.file.content;
  const edit = editResponse.safeParse(response);
  if (edit.success && edit.data.structuredPatch !== undefined) return `${edit.data.type} ${edit.data.filePath}`;
  const content = contentResponse.safeParse(response);
  if (content.success) return responseText(content.data.content);
  return jsonText(response);
}

const interruptedSchema = z.looseObject({ interrupted: z.literal(true) });

function outcomeAfter(body: HookBody): Outcome {
  const status = interruptedSchema.safeParse(body.tool_response).success ? 'interrupted' : 'ok';
  return outcomeOf(body, status, responseText(body.tool_response));
}

const callOf = callIn(claudeCodeCall);

/** Events with a meaning of their own; any other becomes a notice that carries its name and its members. */
const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['ConfigChange', (body) => ok({ kind: 'config-change', what: str(body.source), ...pathOf(body.file_path) })],
  ['InstructionsLoaded', noticeOf('instructions-loaded', 'file_path')],
  ['MessageDisplay', noticeOf('message-display', 'delta')],
  ['Notification', noticeOf('notification', 'message')],
  ['PermissionDenied', callAfter(callOf, outcomeRefused)],
  ['PermissionRequest', callEvent('permission-asked', callOf)],
  ['PostToolBatch', toolBatch],
  ['PostToolUse', callAfter(callOf, outcomeAfter)],
  ['PostToolUseFailure', callAfter(callOf, outcomeFailed)],
  ['PreToolUse', callEvent('call-before', callOf)],
  ['SessionEnd', sessionEnd],
  ['SessionStart', sessionStart],
  ['Stop', answerIn('last_assistant_message')],
  ['SubagentStart', subagentStart],
  ['SubagentStop', subagentEnd],
  ['UserPromptSubmit', promptIn('prompt')],
]);

function pathOf(value: unknown): { readonly path?: string } {
  return typeof value === 'string' ? { path: value } : {};
}

/** One reply for every case that leaves the decision to the client's own rules. */
const noOpinion: HookReply = { status: 200, body: '{}' };
const json = (value: unknown): HookReply => ({ status: 200, body: JSON.stringify(value) });

const permission = (decision: 'deny' | 'ask', reason: string): HookReply =>
  json({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: decision,
      permissionDecisionReason: reason,
    },
  });

const refusePermission = (message: string): HookReply =>
  json({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny', message } } });

const refusePrompt = (reason: string): HookReply => json({ decision: 'block', reason });

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') {
    return verdict?.degraded === undefined ? noOpinion : letGo(`${verdict.degraded}.`);
  }
  const reason = reasonFor(verdict);
  switch (event.kind) {
    case 'call-before':
      return permission(verdict.effective, reason);
    case 'permission-asked':
      // An ask is what the client is doing already.
      return verdict.effective === 'deny' ? refusePermission(reason) : noOpinion;
    case 'prompt':
      return verdict.effective === 'deny' ? refusePrompt(reason) : noOpinion;
    default:
      return noOpinion;
  }
}

const letGo = (why: string): HookReply => json({ systemMessage: passedFor(why) });

function refuse(hookEventName: string, why: string): HookReply {
  const reason = refusalFor(why);
  switch (hookEventName) {
    case 'PreToolUse':
      return permission('deny', reason);
    case 'PermissionRequest':
      return refusePermission(reason);
    case 'UserPromptSubmit':
      return refusePrompt(reason);
    default:
      return json({ systemMessage: `Warder: ${why}` });
  }
}

/**
 * Claude Code, as recorded on 2.1.330. An allow is answered with no opinion, so that the client's own ask and deny
 * rules still hold; a hook's "allow" would skip its question.
 */
export const claudeCode: AgentAdapter = {
  id: agent,
  title: 'Claude Code',
  parseHook: bodyReader({ agent, title: 'Claude Code', events, everywhere }),
  reply,
  refuse,
  letGo,
  call: claudeCodeCall,
  capability: {
    proof: 'real client',
    version: '2.1.330',
    hooks: 'http',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents', 'questions'],
    stops: ['calls', 'prompts'],
    ask: 'the person is asked',
    whenGone: {
      calls: 'blocked',
      because: 'the client blocks a call whose hook fails (onFailure, since 2.1.295); an older client runs it',
    },
    gateway: 'settings',
    blind: ['what a person runs with ! in it'],
  },
};

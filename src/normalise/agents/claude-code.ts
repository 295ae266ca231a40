import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Outcome } from '../../core/event.ts';
import { ok } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  blocksText,
  bodyReader,
  callIn,
  type EventReader,
  type HookBody,
  jsonText,
  outcomeOf,
  str,
} from '../hooks/bodies.ts';
import { claudeEvents, permission, refusedPermission } from '../hooks/claude-form.ts';
import { reasonFor, refusalFor } from '../hooks/reason.ts';
import { goesOn, letGo, noOpinion, told } from '../hooks/replies.ts';
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
  ...claudeEvents(callOf, outcomeAfter),
  ['ConfigChange', (body) => ok({ kind: 'config-change', what: str(body.source), ...pathOf(body.file_path) })],
]);

function pathOf(value: unknown): { readonly path?: string } {
  return typeof value === 'string' ? { path: value } : {};
}

const refusedPrompt = (reason: string): HookReply => ({
  status: 200,
  body: JSON.stringify({ decision: 'block', reason }),
});

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  const reason = reasonFor(verdict);
  switch (event.kind) {
    case 'call-before':
      return permission(verdict.effective, reason);
    case 'permission-asked':
      // An ask is what the client is doing already.
      return verdict.effective === 'deny' ? refusedPermission(reason) : noOpinion;
    case 'prompt':
      return verdict.effective === 'deny' ? refusedPrompt(reason) : noOpinion;
    default:
      return noOpinion;
  }
}

function refuse(hookEventName: string, why: string): HookReply {
  const reason = refusalFor(why);
  switch (hookEventName) {
    case 'PreToolUse':
      return permission('deny', reason);
    case 'PermissionRequest':
      return refusedPermission(reason);
    case 'UserPromptSubmit':
      return refusedPrompt(reason);
    default:
      return told(`Warder: ${why}`);
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

import { z } from 'zod';
import type { AgentEvent, EventHead, Identity, Outcome } from '../../core/event.ts';
import type { AgentAdapter, HookReply } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import { passedFor, reasonFor, refusalFor } from '../hooks/reason.ts';
import { claudeCodeCall } from './claude-code.call.ts';

const agent = 'claude-code';
/** Longest outcome or notice kept, in UTF-16 code units. */
const textLimit = 65_536;

const lax = z.string().catch('');
const maybe = z.string().optional().catch(undefined);
const milliseconds = z.number().nonnegative().optional().catch(undefined);

/** What every hook body carries. Source: BaseHookInput of the client's own types, 2.1.330. */
const baseSchema = z.looseObject({ hook_event_name: z.string().min(1), session_id: lax, cwd: maybe, agent_id: maybe });
const callSchema = z.looseObject({
  tool_name: z.string().min(1),
  tool_input: z.unknown().optional(),
  tool_use_id: lax,
});
const afterSchema = z.looseObject({ tool_response: z.unknown().optional(), duration_ms: milliseconds });
const failureSchema = z.looseObject({
  error: lax,
  reason: lax,
  is_interrupt: z.boolean().catch(false),
  duration_ms: milliseconds,
});
const promptSchema = z.looseObject({ prompt: z.string() });

/** Members of every body, left out when the rest is kept as text. */
const baseMembers = new Set([
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

type Body = Readonly<Record<string, unknown>>;
type HeadlessEvent = AgentEvent extends infer E ? (E extends EventHead ? Omit<E, keyof EventHead> : never) : never;
type EventReader = (body: Body) => Result<HeadlessEvent>;

const cut = (text: string): string => (text.length > textLimit ? text.slice(0, textLimit) : text);
const str = (value: unknown): string => (typeof value === 'string' ? value : '');

function jsonText(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

/** The body without what every body has, as text. */
function restText(body: Body): string {
  return cut(JSON.stringify(Object.fromEntries(Object.entries(body).filter(([name]) => !baseMembers.has(name)))));
}

const notice = (what: string, text: string): Result<HeadlessEvent> => ok({ kind: 'notice', what, text: cut(text) });

function callOf(body: Body): Result<ReturnType<typeof claudeCodeCall>> {
  const parsed = callSchema.safeParse(body);
  if (!parsed.success) return fail('bad-tool-call', 'The hook body names no tool.');
  return ok(claudeCodeCall(parsed.data.tool_name, parsed.data.tool_input, parsed.data.tool_use_id));
}

const blockSchema = z.looseObject({ type: z.string(), text: z.string() });
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
  if (Array.isArray(response)) {
    return response.map((block) => blockSchema.safeParse(block).data?.text ?? jsonText(block)).join('\n');
  }
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

function outcomeAfter(body: Body): Outcome {
  const { tool_response, duration_ms } = afterSchema.parse(body);
  const status = interruptedSchema.safeParse(tool_response).success ? 'interrupted' : 'ok';
  return {
    status,
    text: cut(responseText(tool_response)),
    ...(duration_ms === undefined ? {} : { durationMs: duration_ms }),
  };
}

function outcomeFailed(body: Body, refused: boolean): Outcome {
  const failure = failureSchema.parse(body);
  const status = refused ? 'refused' : failure.is_interrupt ? 'interrupted' : 'error';
  const durationMs = failure.duration_ms;
  return {
    status,
    text: cut(refused ? failure.reason : failure.error),
    ...(durationMs === undefined ? {} : { durationMs }),
  };
}

const callAfter =
  (outcome: (body: Body) => Outcome): EventReader =>
  (body) => {
    const call = callOf(body);
    return call.ok ? ok({ kind: 'call-after', call: call.value, outcome: outcome(body) }) : call;
  };

const callEvent =
  (kind: 'call-before' | 'permission-asked'): EventReader =>
  (body) => {
    const call = callOf(body);
    return call.ok ? ok({ kind, call: call.value }) : call;
  };

function promptOf(body: Body): Result<HeadlessEvent> {
  const parsed = promptSchema.safeParse(body);
  return parsed.success
    ? ok({ kind: 'prompt', text: parsed.data.prompt })
    : fail('bad-prompt', 'The hook body holds no prompt.');
}

function toolBatch(body: Body): Result<HeadlessEvent> {
  const calls = Array.isArray(body.tool_calls) ? body.tool_calls : [];
  const names = calls.map((call) => callSchema.safeParse(call).data?.tool_name ?? '?');
  return notice('tool-batch', names.join(', '));
}

/** Events with a meaning of their own; any other becomes a notice that carries its name and its members. */
const readers: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['ConfigChange', (body) => ok({ kind: 'config-change', what: str(body.source), ...pathOf(body.file_path) })],
  ['InstructionsLoaded', (body) => notice('instructions-loaded', str(body.file_path))],
  ['MessageDisplay', (body) => notice('message-display', str(body.delta))],
  ['Notification', (body) => notice('notification', str(body.message))],
  ['PermissionDenied', callAfter((body) => outcomeFailed(body, true))],
  ['PermissionRequest', callEvent('permission-asked')],
  ['PostToolBatch', toolBatch],
  ['PostToolUse', callAfter(outcomeAfter)],
  ['PostToolUseFailure', callAfter((body) => outcomeFailed(body, false))],
  ['PreToolUse', callEvent('call-before')],
  ['SessionEnd', (body) => ok({ kind: 'session-end', how: str(body.reason) })],
  ['SessionStart', (body) => ok({ kind: 'session-start', how: str(body.source) })],
  ['Stop', (body) => ok({ kind: 'answer', text: cut(str(body.last_assistant_message)) })],
  ['SubagentStart', (body) => ok({ kind: 'subagent-start', subagentType: str(body.agent_type) })],
  ['SubagentStop', (body) => ok({ kind: 'subagent-end', subagentType: str(body.agent_type) })],
  ['UserPromptSubmit', promptOf],
]);

function pathOf(value: unknown): { readonly path?: string } {
  return typeof value === 'string' ? { path: value } : {};
}

function parseHook(body: unknown, head: { at: string; identity: Identity }): Result<AgentEvent> {
  const parsed = baseSchema.safeParse(body);
  if (!parsed.success)
    return fail('not-a-hook', 'The body is not a Claude Code hook input: hook_event_name is missing.');
  const base = parsed.data;
  const read = readers.get(base.hook_event_name);
  const event = read ? read(base) : notice(base.hook_event_name.slice(0, 80), restText(base));
  if (!event.ok) return event;
  return ok({
    at: head.at,
    source: 'hook',
    agent,
    session: base.session_id,
    ...(base.agent_id === undefined ? {} : { subagent: base.agent_id }),
    identity: head.identity,
    ...(base.cwd === undefined ? {} : { cwd: base.cwd }),
    ...event.value,
  });
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
  parseHook,
  reply,
  refuse,
  letGo,
  call: claudeCodeCall,
};

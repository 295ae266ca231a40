import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Identity, ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import { filled } from '../filled.ts';
import { cut, type EventReader, type HookBody, jsonText, notice, str } from '../hooks/bodies.ts';
import { passedFor, reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { recordOf } from '../strict-json.ts';
import { clineCall } from './cline.call.ts';
import { clineSetup } from './cline.setup.ts';

const agent = 'cline';
const callHook = 'tool_call';
const lax = z.string().catch('');
const maybe = z.string().optional().catch(undefined);

/** What every body carries. Source: recorded on 3.0.65; the IDE extension names its hooks as their files are called. */
const baseSchema = z.looseObject({
  hookName: filled,
  taskId: lax,
  clineVersion: lax,
  sessionContext: z.looseObject({ rootSessionId: maybe }).catch({}),
  workspaceRoots: z.array(z.string()).catch([]),
  agent_id: lax,
  parent_agent_id: maybe,
});

const callSchema = z.looseObject({ id: lax, name: filled, input: z.unknown().optional() });
const ideSchema = z.looseObject({ toolName: filled, parameters: z.unknown().optional() });

/** The command line tells the call as it is; the extension its name and its parameters as texts. */
function callOf(
  body: HookBody,
  member: 'tool_call' | 'tool_result',
  told: 'preToolUse' | 'postToolUse',
): Result<ToolCall> {
  const whole = callSchema.safeParse(body[member]);
  if (whole.success) return ok(clineCall(whole.data.name, whole.data.input, whole.data.id));
  const ide = ideSchema.safeParse(body[told]);
  if (ide.success) return ok(clineCall(ide.data.toolName, ide.data.parameters, ''));
  return fail('bad-tool-call', 'The hook body names no tool.');
}

const callBefore: EventReader = (body) => {
  const call = callOf(body, 'tool_call', 'preToolUse');
  return call.ok ? ok({ kind: 'call-before', call: call.value }) : call;
};

const resultSchema = z.looseObject({
  output: z.unknown().optional(),
  error: maybe,
  durationMs: z.number().nonnegative().optional().catch(undefined),
});
/** One part of a result for each command, file or page. */
const partsSchema = z.array(
  z.looseObject({ result: z.unknown().optional(), error: maybe, success: z.boolean().catch(true) }),
);
const ideResultSchema = z.looseObject({ result: z.unknown().optional(), success: z.boolean().catch(true) });

const callAfter: EventReader = (body) => {
  const call = callOf(body, 'tool_result', 'postToolUse');
  if (!call.ok) return call;
  const { output, error, durationMs } = resultSchema.parse(recordOf(body.tool_result) ?? {});
  const ide = ideResultSchema.parse(recordOf(body.postToolUse) ?? {});
  const parts = partsSchema.safeParse(output).data;
  const text = parts
    ? parts
        .map(({ result, error: why }) => [jsonText(result), why ?? ''].filter((one) => one !== '').join('\n'))
        .join('\n')
    : jsonText(output ?? error ?? ide.result);
  const failed = error !== undefined || !ide.success || parts?.some(({ success }) => !success) === true;
  return ok({
    kind: 'call-after',
    call: call.value,
    outcome: { status: failed ? 'error' : 'ok', text: cut(text), ...(durationMs === undefined ? {} : { durationMs }) },
  });
};

const prompt: EventReader = (body) => ok({ kind: 'prompt', text: str(recordOf(body.userPromptSubmit)?.prompt) });
const started =
  (how: string): EventReader =>
  () =>
    ok({ kind: 'session-start', how });
const ended: EventReader = (body) => {
  const said = str(recordOf(body.turn)?.outputText);
  return said === '' ? notice('task complete', '') : ok({ kind: 'answer', text: cut(said) });
};

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['agent_abort', (body) => notice('task cancelled', str(body.reason))],
  ['agent_end', ended],
  ['agent_error', (body) => notice('task failed', str(recordOf(body.error)?.message))],
  ['agent_resume', started('resumed')],
  ['agent_start', started('new')],
  ['prompt_submit', prompt],
  ['session_shutdown', (body) => ok({ kind: 'session-end', how: str(body.reason) })],
  ['tool_call', callBefore],
  ['tool_result', callAfter],
]);

/** Names of the hooks' files, as the IDE extension and the device client say them. */
const files: ReadonlyMap<string, string> = new Map([
  ['PostToolUse', 'tool_result'],
  ['PreToolUse', 'tool_call'],
  ['SessionShutdown', 'session_shutdown'],
  ['TaskCancel', 'agent_abort'],
  ['TaskComplete', 'agent_end'],
  ['TaskError', 'agent_error'],
  ['TaskResume', 'agent_resume'],
  ['TaskStart', 'agent_start'],
  ['UserPromptSubmit', 'prompt_submit'],
]);

const inside = (name: string): string => files.get(name) ?? name;

function parseHook(body: unknown, head: { at: string; identity: Identity; event?: string }): Result<AgentEvent> {
  const parsed = baseSchema.safeParse(body);
  if (!parsed.success) return fail('not-a-hook', 'The body is not a Cline hook input: hookName is missing.');
  const base = parsed.data;
  const read = events.get(inside(base.hookName));
  const told = read ? read(base) : notice(base.hookName.slice(0, 80), jsonText(body));
  if (!told.ok) return told;
  const [cwd] = base.workspaceRoots;
  return ok({
    at: head.at,
    source: 'hook',
    agent,
    session: base.sessionContext.rootSessionId ?? base.taskId,
    ...(base.clineVersion === '' ? {} : { agentVersion: base.clineVersion }),
    ...(base.parent_agent_id === undefined ? {} : { subagent: base.agent_id }),
    identity: head.identity,
    ...(cwd === undefined ? {} : { cwd }),
    ...told.value,
  });
}

const json = (value: unknown): HookReply => ({ status: 200, body: JSON.stringify(value) });
/** The one answer that stops a tool. It ends the task: the person reads why, the model does not. */
const cancelled = (errorMessage: string): HookReply => json({ cancel: true, errorMessage });
const goOn = json({ cancel: false });
const letGo = (why: string): HookReply => json({ cancel: false, errorMessage: passedFor(why) });

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow')
    return verdict?.degraded === undefined ? goOn : letGo(`${verdict.degraded}.`);
  return event.kind === 'call-before' ? cancelled(reasonUnasked(verdict)) : goOn;
}

const hookName = (body: unknown): string | undefined => {
  const name = recordOf(body)?.hookName;
  return typeof name === 'string' ? inside(name) : undefined;
};

/**
 * Cline, as recorded on 3.0.65 of its command line; the IDE extension by its documentation. Every failure of a hook lets
 * the tool run, so a file of ours stands around the device client and turns each into the one answer that stops it.
 */
export const cline: AgentAdapter = {
  id: agent,
  title: 'Cline',
  parseHook,
  reply,
  // A name that nobody knows may be a call's; any other answer than going on would end the task.
  refuse: (hook, why) => (inside(hook) !== callHook && events.has(inside(hook)) ? goOn : cancelled(refusalFor(why))),
  letGo,
  call: clineCall,
  hookName,
  callHook,
  capability: {
    proof: 'real client',
    version: '3.0.65',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers'],
    stops: ['calls'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the hook file turns a device client that is gone or fails into a refusal; a hook file that is gone or killed, and --hooks-dir, let the call run',
    },
    gateway: 'settings',
    blind: ['what another hook changes in a call (overrideInput)', 'what a person runs in its terminal'],
  },
  setup: clineSetup,
};

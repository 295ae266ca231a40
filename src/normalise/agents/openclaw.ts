import { z } from 'zod';
import type { AgentAdapter } from '../../core/agent.ts';
import type { ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { filled } from '../filled.ts';
import { blocksText, cut, type EventReader, type HookBody, jsonText, str } from '../hooks/bodies.ts';
import { pluginHookName, pluginReader, pluginReplies } from '../hooks/plugin.ts';
import { recordOf } from '../strict-json.ts';
import { codeMode, openClawCall } from './openclaw.call.ts';
import { openClawSetup } from './openclaw.setup.ts';

const agent = 'openclaw';
const maybe = z.string().optional().catch(undefined);

const callSchema = z.looseObject({
  toolName: filled,
  params: z.unknown().optional(),
  toolCallId: z.string().catch(''),
  toolKind: maybe,
});

function callOf({ event }: HookBody): Result<ToolCall> {
  const told = callSchema.safeParse(event);
  if (!told.success) return fail('bad-tool-call', 'The event names no tool.');
  const { toolName, params, toolCallId, toolKind } = told.data;
  if (toolKind === 'code_mode_exec')
    return ok({ toolUseId: toolCallId, tool: toolName, input: params, action: codeMode, fields: {} });
  return ok(openClawCall(toolName, params, toolCallId));
}

const callBefore: EventReader = (body) => {
  const call = callOf(body);
  return call.ok ? ok({ kind: 'call-before', call: call.value }) : call;
};

const afterSchema = z.looseObject({
  result: z.unknown().optional(),
  error: maybe,
  durationMs: z.number().nonnegative().optional().catch(undefined),
});
const resultSchema = z.looseObject({
  content: z.array(z.unknown()),
  isError: z.boolean().catch(false),
  details: z.looseObject({ exitCode: z.number().nullish().catch(null), status: maybe }).catch({}),
});

const callAfter: EventReader = (body) => {
  const call = callOf(body);
  if (!call.ok) return call;
  const { result, error, durationMs } = afterSchema.parse(recordOf(body.event) ?? {});
  const told = resultSchema.safeParse(result).data;
  const text = told ? blocksText(told.content) : (error ?? jsonText(result));
  // It tells of a call that a hook refused as well.
  const refused = told?.details.status === 'blocked';
  const failed = error !== undefined || told?.isError === true || (told?.details.exitCode ?? 0) !== 0;
  return ok({
    kind: 'call-after',
    call: call.value,
    outcome: {
      status: refused ? 'refused' : failed ? 'error' : 'ok',
      text: cut(text),
      ...(durationMs === undefined ? {} : { durationMs }),
    },
  });
};

const texts = z.array(z.string()).catch([]);
const member = (body: HookBody, name: string): string => str(recordOf(body.event)?.[name]);

const form = {
  agent,
  title: 'OpenClaw',
  hookOf({ event }: HookBody): string | undefined {
    const told = recordOf(event);
    if (!told || !('toolName' in told) || !('params' in told)) return undefined;
    return 'result' in told || 'error' in told || 'durationMs' in told ? 'after_tool_call' : 'before_tool_call';
  },
  sessionOf: ({ event, ctx }: HookBody): string =>
    str(recordOf(ctx)?.sessionId) || str(recordOf(event)?.sessionId) || str(recordOf(ctx)?.sessionKey),
  events: new Map<string, EventReader>([
    ['after_tool_call', callAfter],
    ['before_tool_call', callBefore],
    ['llm_input', (body) => ok({ kind: 'prompt', text: member(body, 'prompt') })],
    [
      'llm_output',
      (body) => ok({ kind: 'answer', text: cut(texts.parse(recordOf(body.event)?.assistantTexts).join('\n')) }),
    ],
    ['session_end', (body) => ok({ kind: 'session-end', how: member(body, 'reason') })],
    [
      'session_start',
      (body) => ok({ kind: 'session-start', how: member(body, 'resumedFrom') === '' ? 'new' : 'resumed' }),
    ],
    ['subagent_ended', (body) => ok({ kind: 'subagent-end', subagentType: member(body, 'targetSessionKey') })],
    ['subagent_spawned', (body) => ok({ kind: 'subagent-start', subagentType: member(body, 'childSessionKey') })],
  ]),
};

/** `tools.deny` knows tools by their names alone. */
function ownRule({ tool, action }: ToolCall): string | null {
  return action.kind === 'unknown' || /[*"\s]/.test(tool) ? null : JSON.stringify({ tools: { deny: [tool] } });
}

/**
 * OpenClaw, as recorded on 2026.9.6. Its hook is a plugin inside it; a throw, or 15 s without an answer, is a refusal,
 * and a plugin that cannot be loaded keeps it from running. What asks becomes its own question to its owner.
 */
export const openClaw: AgentAdapter = {
  id: agent,
  title: 'OpenClaw',
  parseHook: pluginReader(form),
  hookName: pluginHookName(form),
  callHook: 'before_tool_call',
  ...pluginReplies(true),
  call: openClawCall,
  capability: {
    proof: 'real client',
    version: '2026.9.6',
    hooks: 'plugin',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents'],
    stops: ['calls'],
    ask: 'the person is asked',
    whenGone: {
      calls: 'blocked',
      because:
        'the plugin refuses on every failure of its own within 5 s, OpenClaw refuses when it throws or takes 15 s, and does not run when the plugin cannot be loaded; a plugin folder that is gone lets the call run',
    },
    gateway: 'settings',
    blind: [
      'a change that another plugin makes to a call',
      'tools of an agent that it runs as another program (Codex, Copilot), beyond what that one relays',
    ],
  },
  setup: openClawSetup,
  ownRule,
};

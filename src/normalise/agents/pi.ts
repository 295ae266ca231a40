import { z } from 'zod';
import type { AgentAdapter, AgentSetup, Surroundings } from '../../core/agent.ts';
import type { ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { filled } from '../filled.ts';
import { blocksText, cut, type EventReader, type HookBody, notice, str } from '../hooks/bodies.ts';
import { editsCall } from '../hooks/edits.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';
import { fileUrl, pluginAt, pluginHookName, pluginReader, pluginReplies } from '../hooks/plugin.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = 'pi';
const lax = z.string().catch('');

function piCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  return (tool === 'edit' ? editsCall(tool, input, toolUseId) : null) ?? shapedCall(tool, input, toolUseId, agent);
}

const callSchema = z.looseObject({ toolName: filled, toolCallId: lax, input: z.unknown().optional() });
const blocks = z.array(z.unknown()).catch([]);
const sortedSchema = z.looseObject({ type: lax });

function callOf(body: HookBody): Result<ToolCall> {
  const told = callSchema.safeParse(body);
  if (!told.success) return fail('bad-tool-call', 'The event names no tool.');
  return ok(piCall(told.data.toolName, told.data.input, told.data.toolCallId));
}

const callBefore: EventReader = (body) => {
  const call = callOf(body);
  return call.ok ? ok({ kind: 'call-before', call: call.value }) : call;
};

const callAfter: EventReader = (body) => {
  const call = callOf(body);
  if (!call.ok) return call;
  const status = body.isError === true ? 'error' : 'ok';
  return ok({
    kind: 'call-after',
    call: call.value,
    outcome: { status, text: cut(blocksText(blocks.parse(body.content))) },
  });
};

/** A finished message. Only what the model said is told as such: the rest comes with events of its own. */
const message: EventReader = (body) => {
  const told = recordOf(body.message);
  const texts = blocks.parse(told?.content).filter((block) => sortedSchema.safeParse(block).data?.type === 'text');
  if (told?.role === 'assistant') return ok({ kind: 'answer', text: cut(blocksText(texts)) });
  return notice(`message_end ${str(told?.role)}`.trim(), blocksText(texts));
};

const form = {
  agent,
  title: 'pi',
  hookOf: ({ type }: HookBody): string | undefined => (typeof type === 'string' ? type : undefined),
  sessionOf: (): string => '',
  events: new Map<string, EventReader>([
    ['input', (body) => ok({ kind: 'prompt', text: str(body.text) })],
    ['message_end', message],
    ['session_shutdown', (body) => ok({ kind: 'session-end', how: str(body.reason) })],
    ['session_start', (body) => ok({ kind: 'session-start', how: str(body.reason) })],
    ['tool_call', callBefore],
    ['tool_result', callAfter],
    ['user_bash', (body) => notice('the person ran a command', str(body.command))],
  ]),
};

const folder = ({ env, home, platform }: Surroundings): string =>
  env.PI_CODING_AGENT_DIR || inFolder(platform, home, '.pi', 'agent');

const setup: AgentSetup = {
  program: 'pi',
  npm: '@earendil-works/pi-coding-agent',
  folders: (at) => [folder(at)],
  files: (at, to) => [
    ownFile(
      inFolder(at.platform, folder(at), 'extensions', 'warder.js'),
      `// Warder: every call is judged before it runs. Written by warder install pi; warder uninstall pi takes it away.\nexport { default } from ${JSON.stringify(fileUrl(at, pluginAt(at, to, 'pi.mjs')))};\n`,
    ),
  ],
  weaknesses: ({ env, home, platform }) =>
    env.PI_CODING_AGENT_DIR && env.PI_CODING_AGENT_DIR !== inFolder(platform, home, '.pi', 'agent')
      ? [
          {
            what: 'PI_CODING_AGENT_DIR is set: pi loads its extensions from there, and only from there.',
            mend: 'unset PI_CODING_AGENT_DIR, or run warder install pi where it is set',
          },
        ]
      : [],
  limits: [
    'pi --no-extensions (-ne) loads no extension: only the gateway sees such a run.',
    'An extension counts from the next start of pi, or /reload.',
    'Another extension may change a call after Warder judged it.',
  ],
};

/**
 * pi, as recorded on 0.87.1. Its hook is an extension inside it, and every failure of one is a refusal; an extension that
 * cannot be loaded keeps pi from starting. What asks is asked where a person sits in front of it. It has no permission
 * rules of its own, no MCP and no sub-agents.
 */
export const pi: AgentAdapter = {
  id: agent,
  title: 'pi',
  parseHook: pluginReader(form),
  hookName: pluginHookName(form),
  callHook: 'tool_call',
  ...pluginReplies(true),
  call: piCall,
  capability: {
    proof: 'real client',
    version: '0.87.1',
    hooks: 'plugin',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers'],
    stops: ['calls'],
    ask: 'the person is asked',
    whenGone: {
      calls: 'blocked',
      because:
        'the extension refuses on every failure of its own within 5 s, pi refuses when it throws, and does not start when it cannot be loaded; --no-extensions lets the call run',
    },
    gateway: 'settings',
    blind: [
      'what a person runs with ! in it, which is told and not judged',
      'a change that another extension makes to a call after Warder saw it',
    ],
  },
  setup,
};

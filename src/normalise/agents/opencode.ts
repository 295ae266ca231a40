import { z } from 'zod';
import type { AgentAdapter } from '../../core/agent.ts';
import type { ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { filled } from '../filled.ts';
import { blocksText, cut, type EventReader, type HookBody, jsonText, str } from '../hooks/bodies.ts';
import { type PluginKnows, pluginHookName, pluginReader, pluginReplies } from '../hooks/plugin.ts';
import { recordOf } from '../strict-json.ts';
import { openCodeCall } from './opencode.call.ts';
import { openCodeSetup } from './opencode.setup.ts';

const agent = 'opencode';
const lax = z.string().catch('');

const toldSchema = z.looseObject({ tool: filled, callID: lax, args: z.unknown().optional() });
const textsSchema = z.array(z.looseObject({ text: lax })).catch([]);
const contentSchema = z.looseObject({ content: z.array(z.unknown()) });
const exitSchema = z.looseObject({ metadata: z.looseObject({ exit: z.number() }) });

type Read = (body: HookBody, knows: PluginKnows) => ReturnType<EventReader>;

/** `args` stand in the output before a call, in the input after it. */
function callOf({ input, output }: HookBody, { servers }: PluginKnows, from: 'input' | 'output'): Result<ToolCall> {
  const told = toldSchema.safeParse(input);
  if (!told.success) return fail('bad-tool-call', 'The event names no tool.');
  const args = from === 'input' ? told.data.args : recordOf(output)?.args;
  return ok(openCodeCall(told.data.tool, args, told.data.callID, servers));
}

const callBefore: Read = (body, knows) => {
  const call = callOf(body, knows, 'output');
  return call.ok ? ok({ kind: 'call-before', call: call.value }) : call;
};

/** The result of an MCP tool is what its server gave; every other tool has a text of its own. */
const callAfter: Read = (body, knows) => {
  const call = callOf(body, knows, 'input');
  if (!call.ok) return call;
  const content = contentSchema.safeParse(body.output);
  const text = content.success ? blocksText(content.data.content) : str(recordOf(body.output)?.output);
  const exit = exitSchema.safeParse(body.output).data?.metadata.exit ?? 0;
  const failed = exit !== 0 || recordOf(body.output)?.isError === true;
  return ok({ kind: 'call-after', call: call.value, outcome: { status: failed ? 'error' : 'ok', text: cut(text) } });
};

const prompt: Read = ({ output }) => {
  const parts = textsSchema.parse(recordOf(output)?.parts);
  return ok({ kind: 'prompt', text: parts.map(({ text }) => text).join('\n') });
};

const sessionCreated: Read = (body) => {
  const info = recordOf(recordOf(body.properties)?.info);
  if (str(info?.parentID) !== '') return ok({ kind: 'subagent-start', subagentType: str(info?.agent) });
  return ok({ kind: 'session-start', how: 'created' });
};

const askedSchema = z.looseObject({
  permission: filled,
  patterns: z.array(z.string()).catch([]),
  metadata: z.unknown().optional(),
  tool: z.looseObject({ callID: lax }).optional().catch(undefined),
});

const permissionAsked: Read = ({ properties }, { servers }) => {
  const asked = askedSchema.safeParse(properties);
  if (!asked.success) return fail('bad-question', 'The event names no permission.');
  const { permission, metadata, tool } = asked.data;
  return ok({ kind: 'permission-asked', call: openCodeCall(permission, metadata, tool?.callID ?? '', servers) });
};

const error: Read = ({ properties }) =>
  ok({ kind: 'notice', what: 'session.error', text: cut(jsonText(recordOf(properties)?.error)) });

const form = {
  agent,
  title: 'OpenCode',
  hookOf({ type, input, output }: HookBody): string | undefined {
    if (typeof type === 'string') return `event.${type}`;
    const [given, made] = [recordOf(input), recordOf(output)];
    if (made && 'args' in made) return 'tool.execute.before';
    if (given && 'args' in given) return 'tool.execute.after';
    return made && 'parts' in made ? 'chat.message' : undefined;
  },
  sessionOf: ({ input, properties }: HookBody): string =>
    str(recordOf(input)?.sessionID) || str(recordOf(properties)?.sessionID),
  events: new Map<string, Read>([
    ['chat.message', prompt],
    ['event.permission.asked', permissionAsked],
    ['event.session.created', sessionCreated],
    ['event.session.deleted', () => ok({ kind: 'session-end', how: 'deleted' })],
    ['event.session.error', error],
    ['experimental.text.complete', ({ output }) => ok({ kind: 'answer', text: cut(str(recordOf(output)?.text)) })],
    ['tool.execute.after', callAfter],
    ['tool.execute.before', callBefore],
  ]),
};

/** The narrowest pattern of `permission`: a command by its words, a file by its path, an MCP tool by its name. */
function ownRule({ tool, action }: ToolCall): string | null {
  const rule = (permission: string, pattern: string) =>
    JSON.stringify({ permission: { [permission]: { [pattern]: 'deny' } } });
  // `*` and `?` stand for anything there, and nothing escapes them.
  const plain = (pattern: string) => (/[*?]/.test(pattern) ? null : pattern);
  const pattern = (text: string, permission: string) => (plain(text) === null ? null : rule(permission, text));
  switch (action.kind) {
    case 'shell':
      return pattern(action.command, 'bash');
    case 'file-read':
      return pattern(action.path, 'read');
    case 'file-write':
    case 'file-edit':
      return pattern(action.path, 'edit');
    case 'web-fetch':
      return pattern(action.url, 'webfetch');
    case 'mcp':
      return rule(tool, '*');
    default:
      return null;
  }
}

/**
 * OpenCode, as recorded on 1.18.33. Its hook is a plugin inside it, which throws to refuse: the model reads why. Its own
 * `permission.ask` is never called, so what asks is denied.
 */
export const openCode: AgentAdapter = {
  id: agent,
  title: 'OpenCode',
  parseHook: pluginReader(form),
  hookName: pluginHookName(form),
  callHook: 'tool.execute.before',
  ...pluginReplies(false),
  call: (tool, input, toolUseId) => openCodeCall(tool, input, toolUseId),
  capability: {
    proof: 'real client',
    version: '1.18.33',
    hooks: 'plugin',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents', 'questions'],
    stops: ['calls'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the plugin throws on every failure of its own within 5 s; a plugin that OpenCode does not load (its file gone, --pure, OPENCODE_PURE=1) lets the call run',
    },
    gateway: 'settings',
    blind: [
      'what a person runs with ! in it',
      'a change that another plugin makes to a call after Warder saw it',
      'calls that code makes in the experimental code mode',
    ],
  },
  setup: openCodeSetup,
  ownRule,
};

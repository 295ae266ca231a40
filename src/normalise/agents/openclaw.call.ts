import { z } from 'zod';
import type { Action, ToolCall } from '../../core/event.ts';
import { editsCall } from '../hooks/edits.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

const agent = 'openclaw';

type Reading = Pick<ToolCall, 'action' | 'fields'> & Partial<Pick<ToolCall, 'flags'>>;
type Json = Readonly<Record<string, unknown>>;

const harmless = (what: string): Reading => ({ action: { kind: 'harmless', what }, fields: {} });
const str = (value: unknown): string => (typeof value === 'string' ? value : '');

const runSchema = z.looseObject({
  command: z.string(),
  workdir: z.string().optional().catch(undefined),
  background: z.boolean().catch(false),
  elevated: z.boolean().catch(false),
});

function exec(input: Json): Reading | null {
  const parsed = runSchema.safeParse(input);
  if (!parsed.success) return null;
  const { command, workdir, background, elevated } = parsed.data;
  return {
    action: { kind: 'shell', command, ...(workdir === undefined ? {} : { cwd: workdir }) },
    fields: { command: 'command', ...(workdir === undefined ? {} : { cwd: 'workdir' }) },
    flags: [...(background ? (['background'] as const) : []), ...(elevated ? (['privileged'] as const) : [])],
  };
}

const looking = new Set(['list', 'poll', 'log', 'kill', 'clear', 'remove']);

/** What is typed into a program that runs may be a command to a shell; `keys` are named keys, and a literal one types. */
function running(input: Json): Reading | null {
  const action = str(input.action);
  if (looking.has(action)) return harmless(`background commands: ${action}`);
  for (const field of ['data', 'text', 'literal']) {
    const text = str(input[field]);
    if (text !== '') return { action: { kind: 'shell', command: text }, fields: { command: field }, flags: ['opaque'] };
  }
  const keys = z.array(z.string()).safeParse(input.keys).data?.join(' ') ?? '';
  return keys === '' ? null : { action: { kind: 'shell', command: keys }, fields: {}, flags: ['opaque'] };
}

/** A call through the tool that reaches the large catalogue: judged as what it calls. */
function called(input: Json): Reading | null {
  const [name, inner] = [str(input.name) || str(input.id), recordOf(input.args) ?? recordOf(input.arguments)];
  if (name === '' || name === 'tool_call' || inner === null) return null;
  const { action, fields, flags } = openClawCall(name.replace(/^.*:/, ''), inner, '');
  const at = recordOf(input.args) === null ? 'arguments' : 'args';
  const deeper = Object.fromEntries(Object.entries(fields).map(([member, field]) => [member, `${at}/${field}`]));
  return { action, fields: deeper, ...(flags === undefined ? {} : { flags }) };
}

function browser(input: Json): Reading | null {
  const url = ['targetUrl', 'url'].find((field) => str(input[field]) !== '');
  if (url !== undefined) return { action: { kind: 'web-fetch', url: str(input[url]), method: 'GET' }, fields: { url } };
  return /^(?:status|profiles|tabs|snapshot|screenshot|console)$/.test(str(input.action))
    ? harmless('looks at its browser')
    : null;
}

/** Text for another agent, or for itself later. */
const started =
  (...fields: readonly string[]) =>
  (input: Json): Reading | null => {
    const field = fields.find((name) => str(input[name]) !== '');
    return field === undefined
      ? null
      : { action: { kind: 'agent', prompt: str(input[field]) }, fields: { prompt: field } };
  };

const readers: ReadonlyMap<string, (input: Json) => Reading | null> = new Map([
  ['browser', browser],
  ['exec', exec],
  ['process', running],
  ['sessions_send', started('message')],
  ['sessions_spawn', started('task', 'prompt')],
  ['tool_call', called],
]);

const quiet = new Set(
  'agents_list agents_wait ask_user get_goal create_goal update_goal heartbeat_respond memory_get memory_search progress_card session_status sessions_history sessions_list sessions_yield subagents tool_describe tool_search update_plan wait'.split(
    ' ',
  ),
);

/** In its code mode `exec` takes a program that calls other tools, which a hook then sees one by one. */
export const codeMode: Action = { kind: 'unknown', why: 'a program that calls other tools' };

/** Tool name and input in OpenClaw's words → a call in ours; never throws. Source: docs/tools of 2026.9.6. */
export function openClawCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const read = readers.get(tool);
  if (read !== undefined) {
    const reading = read(recordOf(input) ?? {}) ?? {
      action: { kind: 'unknown', why: 'the parameters are not what this tool takes' },
      fields: {},
    };
    const { flags, ...rest } = reading;
    return { toolUseId, tool, input, ...rest, ...(flags === undefined || flags.length === 0 ? {} : { flags }) };
  }
  if (quiet.has(tool)) return { toolUseId, tool, input, ...harmless(tool.replaceAll('_', ' ')) };
  return (tool === 'edit' ? editsCall(tool, input, toolUseId) : null) ?? shapedCall(tool, input, toolUseId, agent);
}

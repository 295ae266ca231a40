import type { Effect, Flag, Meaning, Resource, Span, Verb } from '../core/effect.ts';
import type { Action, Place, ToolCall } from '../core/event.ts';
import { changeEffects, changeOf, type FileChange, type ReadCommand } from './file-change.ts';
import { touch } from './file-effects.ts';
import { readUrl } from './hosts.ts';
import { editsIn, mcpEffects, texts } from './mcp.ts';
import type { Trace } from './shell/model.ts';

export type Understood = Omit<Meaning, 'masked' | 'secrets'>;

/** Reads shell text: what `createShell` returns. */
export type ReadShell = (command: string, field: string, place: Place) => Trace;

type Kind<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** Every kind of action → its effects. */
export function understandAction(call: ToolCall, place: Place, shell: ReadShell): Understood {
  const { action, tool: by } = call;
  switch (action.kind) {
    case 'shell':
      return shellCall(action.command, call.fields.command ?? 'command', place, shell);
    case 'file-read':
      return fileCall(call, 'read', action.path, place, []);
    case 'file-search':
      return fileCall(call, 'read', action.path === '' ? '.' : action.path, place, ['recursive']);
    case 'file-write':
    case 'file-edit':
      return changed(call, action, place, shell);
    case 'web-fetch':
      return webFetch(action, call, place);
    case 'web-search':
      return known([receives('web search', 'other-host', by, spanOf(call, 'query', action.query))]);
    case 'mcp':
      return mcpCall(action, call, place, shell);
    case 'agent': {
      const resource = { kind: 'agent' as const, name: action.subagentType ?? '' };
      const span = spanOf(call, 'prompt', action.prompt);
      return known([{ verb: 'execute', resource, zone: 'this-host', flags: [], by, span }]);
    }
    case 'text':
    case 'harmless':
      return known([]);
    case 'unknown': {
      const resource = { kind: 'unknown' as const, name: by };
      const effect: Effect = { verb: 'unknown', resource, zone: 'unknown', flags: [], by };
      return { effects: [effect], unparsed: true, opaque: [action.why], programs: [] };
    }
    default:
      return action satisfies never;
  }
}

function known(effects: readonly Effect[]): Understood {
  return { effects, unparsed: false, opaque: [], programs: [] };
}

function spanOf({ fields }: ToolCall, name: string, text: string): Span {
  return { field: fields[name] ?? name, start: 0, end: text.length };
}

function shellCall(command: string, field: string, place: Place, shell: ReadShell): Understood {
  const trace = shell(command, field, place);
  return { effects: trace.effects(), unparsed: trace.unparsed, opaque: [...trace.opaque], programs: trace.programs };
}

function fileCall(call: ToolCall, verb: Verb, path: string, place: Place, flags: readonly Flag[]): Understood {
  const span = spanOf(call, 'path', path);
  const kind = flags.includes('recursive') ? 'directory' : 'file';
  const found = touch(verb, { text: path, arg: 0 }, place, { flags, kind });
  return known(found.map(({ arg: _arg, ...effect }) => ({ ...effect, by: call.tool, span })));
}

/** A write or an edit: the file it touches, and what the change does. */
function changed(
  call: ToolCall,
  action: Kind<'file-write'> | Kind<'file-edit'>,
  place: Place,
  shell: ReadShell,
): Understood {
  const touched = fileCall(call, 'write', action.path, place, []);
  const read: ReadCommand = (command, where) => shell(command, '', where).effects();
  const found = changesOf(call, action).flatMap((change) => changeEffects(change, call.tool, place, read));
  return { ...touched, effects: merged(touched.effects, found) };
}

/** Several edits of one call stand in fields of their own. */
function changesOf({ fields, input }: ToolCall, action: Kind<'file-write'> | Kind<'file-edit'>): readonly FileChange[] {
  const { path } = action;
  if (action.kind === 'file-write') return [changeOf(path, fields.content ?? 'content', '', action.content)];
  const { before, after } = action;
  if (fields.after !== undefined) return [changeOf(path, fields.after, before, after)];
  const edits = editsIn(input);
  if (edits.length === 0) return [changeOf(path, 'after', before, after)];
  // What one edit moves elsewhere within the call is not new.
  return edits.map(({ field, text }) => changeOf(path, field, before, text));
}

/** What the path alone says and what the content says of the same thing are one effect: the one with the evidence. */
function merged(touched: readonly Effect[], found: readonly Effect[]): readonly Effect[] {
  const same = (a: Effect, b: Effect): boolean =>
    a.verb === b.verb && a.resource.kind === b.resource.kind && a.resource.name === b.resource.name;
  return [...touched.filter((effect) => !found.some((other) => same(effect, other))), ...found];
}

function receives(name: string, zone: Effect['zone'], by: string, span: Span): Effect {
  return { verb: 'receive', resource: { kind: 'host', name }, zone, flags: [], by, span };
}

function webFetch(action: Kind<'web-fetch'>, call: ToolCall, place: Place): Understood {
  const span = spanOf(call, 'url', action.url);
  if (/^file:/i.test(action.url)) {
    const found = touch('read', { text: action.url, arg: 0 }, place);
    return known(found.map(({ arg: _arg, ...effect }) => ({ ...effect, by: call.tool, span })));
  }
  const { host, zone } = readUrl(action.url);
  const resource: Resource = { kind: 'host', name: host };
  const back = receives(host, zone, call.tool, span);
  if (!/^(?:POST|PUT|PATCH|DELETE)$/i.test(action.method) && action.body === undefined) return known([back]);
  const away: Effect = { verb: 'send', resource, zone, flags: [], by: call.tool, span, flow: 0 };
  return known([away, { ...back, flow: 0 }]);
}

/** Tools that run a command for the agent are read as a shell is. */
function mcpCall(action: Kind<'mcp'>, call: ToolCall, place: Place, shell: ReadShell): Understood {
  const effects = mcpEffects(action.server, action.tool, call.tool, call.input, place);
  if (!/exec|run|shell|terminal|bash|command|process/i.test(action.tool)) return known(effects);
  const given = texts(call.input).find(({ key }) => /^(?:command|cmd|script|shell_command|commandline)$/i.test(key));
  if (!given) return known(effects);
  const inside = shellCall(given.text, given.path, place, shell);
  return { ...inside, effects: [...effects.map(({ flow: _flow, ...effect }) => effect), ...inside.effects] };
}

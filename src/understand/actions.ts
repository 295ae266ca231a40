import type { Effect, Flag, Meaning, Resource, Span, Verb } from '../core/effect.ts';
import type { Action, Place, ToolCall } from '../core/event.ts';
import { touch } from './file-effects.ts';
import { readUrl } from './hosts.ts';
import { mcpEffects, texts } from './mcp.ts';
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
      return withScripts(fileCall(call, 'write', action.path, place, []), action.path, action.content);
    case 'file-edit':
      return withScripts(fileCall(call, 'write', action.path, place, []), action.path, action.after);
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

/** Scripts in a package's manifest run at its next install: writing one is a change of how packages behave. */
function withScripts(understood: Understood, path: string, content: string): Understood {
  if (!/(?:^|\/)(?:package\.json|setup\.py|build\.rs)$/.test(path)) return understood;
  if (!/["'](?:pre|post)?(?:install|prepare)["']\s*:/.test(content)) return understood;
  const [written] = understood.effects;
  if (!written) return understood;
  const resource = { kind: 'package' as const, name: written.resource.name };
  return { ...understood, effects: [...understood.effects, { ...written, verb: 'configure', resource }] };
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

import type { Effect, Flag, Meaning, Span, Verb } from '../core/effect.ts';
import type { Action, Place, ToolCall } from '../core/event.ts';
import { tooLong } from './edits.ts';
import { agentFileLike, changeEffects, changeOf, type FileChange } from './file-change.ts';
import { touch } from './file-effects.ts';
import type { ReadCommand } from './later-effects.ts';
import { editsIn, mcpEffects, type ToolKnowledge, texts } from './mcp.ts';
import { isPatch, patchEffects } from './patch-effects.ts';
import type { Trace } from './shell/model.ts';
import { webEffects } from './web.ts';

export type Understood = Omit<Meaning, 'masked' | 'secrets'>;

/** Reads shell text: what `createShell` returns. */
export type ReadShell = (command: string, field: string, place: Place) => Trace;

type Kind<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** Every kind of action → its effects. */
export function understandAction(
  call: ToolCall,
  place: Place,
  shell: ReadShell,
  knowledge?: ToolKnowledge,
): Understood {
  const { action, tool: by } = call;
  switch (action.kind) {
    case 'shell':
      return shellCall(action.command, call.fields.command ?? 'command', inFolder(place, action.cwd), shell);
    case 'file-read':
      return fileCall(call, 'read', action.path, place, []);
    case 'file-search':
      return fileCall(call, 'read', action.path === '' ? '.' : action.path, place, ['recursive']);
    case 'file-write':
    case 'file-edit':
      return call.fields.patch === undefined
        ? changed(call, action, place, shell)
        : patchCall(call, place, shell, knowledge);
    case 'web-fetch':
      return known(webEffects(action, by, spanOf(call, 'url', action.url), place));
    case 'web-search':
      return known([searches(by, spanOf(call, 'query', action.query))]);
    case 'mcp':
      return mcpCall(action, call, place, shell, knowledge);
    case 'agent': {
      const resource = { kind: 'agent' as const, name: action.subagentType ?? '' };
      const span = spanOf(call, 'prompt', action.prompt);
      return known([{ verb: 'execute', resource, zone: 'this-host', flags: [], by, span }]);
    }
    case 'text':
      return action.role === 'content' ? known(textEffects(action.text, call, place, shell)) : known([]);
    case 'harmless':
      return known([]);
    case 'unknown':
      return unknownCall(action.why, call, place, shell, knowledge);
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

/** The ground of a command that asks to run in a folder. */
function inFolder(place: Place, folder: string | undefined): Place {
  if (folder === undefined) return place;
  const home = folder === '~' || folder.startsWith('~/') ? `${place.home || '~'}${folder.slice(1)}` : folder;
  const absolute = /^(?:[/~]|[A-Za-z]:[\\/])/.test(home);
  return { ...place, cwd: absolute ? home : `${place.cwd || '.'}/${home}`, root: place.root ?? place.cwd };
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
  const prepared: Effect[] = [];
  const found = changesOf(call, action).flatMap((change) => changeEffects(change, call.tool, place, read, prepared));
  const [at] = touched.effects;
  const long = tooLong(action.kind === 'file-write' ? action.content : action.after);
  const opaque = long ? [...touched.opaque, 'the middle of a long text was not read'] : touched.opaque;
  const prepares =
    prepared.length === 0 || at === undefined ? {} : { prepares: [{ path: at.resource.name, effects: prepared }] };
  return { ...touched, opaque, effects: merged(touched.effects, found), ...prepares };
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

/** A text that reads as a skill, as instructions or as settings of an agent → what it would do as such a file. */
function textEffects(text: string, call: ToolCall, place: Place, shell: ReadShell): readonly Effect[] {
  const path = agentFileLike(text);
  if (path === null) return [];
  const read: ReadCommand = (command, where) => shell(command, '', where).effects();
  return changeEffects(changeOf(path, call.fields.text ?? 'text', '', text), call.tool, place, read);
}

function searches(by: string, span: Span): Effect {
  const resource = { kind: 'host' as const, name: 'web search' };
  return { verb: 'receive', resource, zone: 'other-host', flags: ['untrusted'], by, span };
}

/**
 * A tool nobody knows. A patch in its input is read all the same, and so is what its name and its arguments say
 * (`delete_project`, `run_command`): as of an MCP tool of a server without a name.
 */
function unknownCall(
  why: string,
  call: ToolCall,
  place: Place,
  shell: ReadShell,
  knowledge: ToolKnowledge | undefined,
): Understood {
  const resource = { kind: 'unknown' as const, name: call.tool };
  const effect: Effect = { verb: 'unknown', resource, zone: 'unknown', flags: [], by: call.tool };
  const found = patched(call, place, shell);
  if (found.length > 0 && /patch|diff|edit/i.test(call.tool)) return known(found);
  const said = mcpCall({ kind: 'mcp', server: 'unknown', tool: call.tool }, call, place, shell, knowledge);
  if (said.effects.some(({ verb }) => verb !== 'unknown')) return { ...said, opaque: [...said.opaque, why] };
  return { effects: [effect, ...found], unparsed: true, opaque: [why], programs: [] };
}

/** A patch of several files; one that cannot be read may change any. */
function patchCall(call: ToolCall, place: Place, shell: ReadShell, knowledge: ToolKnowledge | undefined): Understood {
  const found = patched(call, place, shell);
  return found.length > 0 ? known(found) : unknownCall('a patch that cannot be read', call, place, shell, knowledge);
}

/** Patches among the texts of the input. */
function patched({ input, tool }: ToolCall, place: Place, shell: ReadShell): readonly Effect[] {
  const read: ReadCommand = (command, where) => shell(command, '', where).effects();
  return texts(input)
    .filter(({ text }) => isPatch(text))
    .flatMap(({ text, path }) => patchEffects(text, path, tool, place, read));
}

/** An MCP tool's effects, with those of a command, a patch or a file's new content in its input. */
function mcpCall(
  action: Kind<'mcp'>,
  call: ToolCall,
  place: Place,
  shell: ReadShell,
  knowledge: ToolKnowledge | undefined,
): Understood {
  const effects = mcpEffects(action.server, action.tool, call.tool, call.input, place, knowledge);
  const given = /exec|run|shell|terminal|bash|command|process/i.test(action.tool)
    ? texts(call.input).find(({ key }) => /^(?:command|cmd|script|shell_command|commandline)$/i.test(key))
    : undefined;
  if (given) {
    const inside = shellCall(given.text, given.path, place, shell);
    return { ...inside, effects: [...effects.map(({ flow: _flow, ...effect }) => effect), ...inside.effects] };
  }
  if (effects[0]?.verb !== 'write' && effects[0]?.verb !== 'send') return known(effects);
  const read: ReadCommand = (command, where) => shell(command, '', where).effects();
  const changed = contentOf(call.input).flatMap((change) => changeEffects(change, call.tool, place, read));
  const away = effects[0].zone === 'other-host';
  const found = [...changed, ...patched(call, place, shell)];
  return known([...effects, ...(away ? found.map((effect) => ({ ...effect, zone: 'other-host' as const })) : found)]);
}

/** Path and new content in an MCP tool's input: `{ path, content }`, `{ path, edits: [{ newText }] }`. */
function contentOf(input: unknown): readonly FileChange[] {
  const given = texts(input);
  const path = given.find(({ key }) => /^(?:(?:relative_?|file_?|absolute_?)?path|file_?name|file)$/i.test(key))?.text;
  if (path === undefined || path.length > 1024) return [];
  const before = given.find(({ key }) => /^old_?(?:str(?:ing)?|text)$/i.test(key))?.text ?? '';
  const whole = given.filter(({ key }) =>
    /^(?:content|contents|file_text|code|body|new_?str(?:ing)?|new_?text)$/i.test(key),
  );
  return whole.slice(0, 50).map(({ path: field, text }) => changeOf(path, field, before, text));
}

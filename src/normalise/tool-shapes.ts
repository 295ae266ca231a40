import { z } from 'zod';
import type { Flag } from '../core/effect.ts';
import type { Action, ToolCall } from '../core/event.ts';
import { readProgram } from './code-mode.ts';
import { some } from './filled.ts';
import { recordOf } from './strict-json.ts';
import { mcpName, mcpNames, ownNamespaces, ownTools } from './tool-names.ts';

type Json = Readonly<Record<string, unknown>>;

interface Reading {
  readonly action: Action;
  readonly fields?: Readonly<Record<string, string>>;
  readonly flags?: readonly Flag[];
}

const paths = [
  'path',
  'file_path',
  'filePath',
  'absolute_path',
  'notebook_path',
  'filename',
  'file',
  'target_file',
  'uri',
];

const contents = ['content', 'contents', 'text', 'file_text', 'code_edit', 'new_content'];

const befores = ['old_string', 'oldString', 'old_str', 'old_text', 'oldText', 'search', 'before'];

const afters = [
  'new_string',
  'newString',
  'new_str',
  'new_text',
  'newText',
  'new_source',
  'replace',
  'after',
  'insert_text',
];

const commands = ['command', 'cmd', 'commands', 'script', 'code', 'input'];

/**
 * A call of an agent that has no words of its own here, read by the tool's name and the shape of its input. What fits
 * neither is `unknown`; never throws.
 */
export function shapedCall(tool: string, input: unknown, toolUseId: string, agent = ''): ToolCall {
  const { action, fields = {}, flags } = read(tool, recordOf(input) ?? {}, agent);
  return { toolUseId, tool, input, action, fields, ...(flags === undefined ? {} : { flags }) };
}

function mcpOf(name: RegExp | undefined, tool: string): Reading | null {
  const [, server, own] = name?.exec(tool) ?? [];
  return server === undefined || own === undefined ? null : { action: { kind: 'mcp', server, tool: own } };
}

function read(tool: string, input: Json, agent: string): Reading {
  const mcp = mcpOf(mcpName, tool);
  if (mcp) return mcp;
  const inner = innerCall(tool, input);
  if (inner) return read(inner.tool, inner.input, agent).action.kind === 'unknown' ? unknown : inFields(inner, agent);
  const name = tool
    .toLowerCase()
    .replaceAll(/[-.\s]/g, '_')
    .replace(ownNamespaces, '');
  // Elsewhere a tool of this name takes a command.
  if (name === 'exec' && agent === 'codex' && typeof input.input === 'string') return program(input.input);
  // A tool of the agent's own whose input fits nothing is no server's.
  const reading = byName(name, input) ?? (ownTools.has(name) ? null : mcpOf(mcpNames[agent], tool));
  if (reading) return reading;
  // A tool nobody knows that takes a command runs it, whatever its name.
  const command = commandIn(input, ['command', 'cmd', 'commands']);
  if (command && /shell|bash|exec|run|command|terminal|process/.test(name)) return shellOf(command, input);
  return unknown;
}

const unknown: Reading = { action: { kind: 'unknown', why: 'a tool Warder does not know' } };

interface InnerCall {
  readonly tool: string;
  readonly input: Json;
}

/** Qwen Code calls tools whose description it held back through one tool that names them. */
function innerCall(tool: string, input: Json): InnerCall | null {
  const inner = tool === 'tool_call' && typeof input.name === 'string' ? recordOf(input.arguments) : null;
  return inner && typeof input.name === 'string' && input.name !== 'tool_call'
    ? { tool: input.name, input: inner }
    : null;
}

/** A call inside another one: its strings stand one level deeper. */
function inFields({ tool, input }: InnerCall, agent: string): Reading {
  const reading = read(tool, input, agent);
  const fields = Object.entries(reading.fields ?? {}).map(([name, at]) => [name, `arguments/${at}`]);
  return { ...reading, fields: Object.fromEntries(fields) };
}

function byName(name: string, input: Json): Reading | null {
  if (name === 'write_stdin') return typed(input);
  if (name === 'powershell') {
    const command = commandIn(input, commands);
    return command && { ...shellOf(command, input), flags: ['opaque'] };
  }
  switch (ownTools.get(name)) {
    case 'shell': {
      const command = commandIn(input, commands);
      return command && shellOf(command, input);
    }
    case 'patch':
      return patch(input);
    case 'read':
      return fileRead(input);
    case 'write':
      return fileWrite(input);
    case 'edit':
      return fileEdit(input);
    case 'search':
      return fileSearch(input);
    case 'fetch':
      return webFetch(input);
    case 'web-search':
      return one(input, ['query', 'q', 'search_query'], (query) => ({ kind: 'web-search', query }), 'query');
    case 'start':
      return one(
        input,
        ['prompt', 'task', 'message', 'instructions'],
        (prompt) => ({ kind: 'agent', prompt }),
        'prompt',
      );
    case 'quiet':
      // What takes a command is not quiet, whatever its name.
      return commandIn(input, commands.slice(0, 5))
        ? null
        : { action: { kind: 'harmless', what: name.replaceAll('_', ' ') } };
    case undefined:
      return null;
  }
}

/** A string of the input and the name it stands under. */
interface Named {
  readonly name: string;
  readonly text: string;
}

function firstText(input: Json, names: readonly string[]): Named | null {
  for (const name of names) {
    const text = input[name];
    if (typeof text === 'string') return { name, text };
  }
  return null;
}

function one(input: Json, names: readonly string[], action: (text: string) => Action, member: string): Reading | null {
  const found = firstText(input, names);
  return found && { action: action(found.text), fields: { [member]: found.name } };
}

interface Command {
  readonly text: string;
  /** Where it stands word for word in the input. */
  readonly field: string | null;
}

const words = some(z.string());

/** A command line, or the words of one; `["bash","-lc","…"]` is what its shell runs. */
function commandIn(input: Json, names: readonly string[]): Command | null {
  for (const name of names) {
    const value = input[name];
    if (typeof value === 'string') return { text: value, field: name };
    const list = words.safeParse(value);
    if (!list.success) continue;
    const [program = '', option = '', script] = list.data;
    if (
      script !== undefined &&
      list.data.length === 3 &&
      /(?:^|\/)(?:ba|z|da)?sh$/.test(program) &&
      /^-[a-z]*c$/.test(option)
    )
      return { text: script, field: `${name}/2` };
    const many = name === 'commands' || list.data.some((word) => / /.test(word) && list.data.length === 1);
    return { text: many ? list.data.join('\n') : list.data.map(quoted).join(' '), field: null };
  }
  return null;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** The folder a command is to run in, by whatever name; not all agents let the model choose one. */
const folders = ['workdir', 'cwd', 'working_directory', 'dir_path', 'directory'];

function shellOf({ text, field }: Command, input: Json = {}): Reading {
  const folder = firstText(input, folders);
  const moved = folder !== null && folder.text !== '';
  return {
    action: { kind: 'shell', command: text, ...(moved ? { cwd: folder.text } : {}) },
    fields: { ...(field === null ? {} : { command: field }), ...(moved ? { cwd: folder.name } : {}) },
  };
}

/** Codex's code mode: a program that calls the tools. */
function program(code: string): Reading {
  const found = readProgram(code);
  if (found === null) return { action: { kind: 'harmless', what: 'a program that calls no tool' } };
  const mcp = found.mcp === null ? null : mcpOf(mcpName, found.mcp);
  if (mcp) return mcp;
  return { action: { kind: 'shell', command: found.command }, ...(found.opaque ? { flags: ['opaque'] } : {}) };
}

/** A patch of several files at once; its path is that of the first. Source: recordings of Codex, Copilot CLI. */
function patch(input: Json): Reading | null {
  const text = firstText(input, ['input', 'patch', 'patchText', 'diff', 'patch_text', 'content']);
  const path = text && /^(?:\*\*\* (?:Add|Update|Delete) File: |\+\+\+ (?:b\/)?)(.+)$/m.exec(text.text)?.[1]?.trim();
  if (!text || !path) return null;
  return {
    action: { kind: 'file-edit', path, before: '', after: text.text },
    fields: { patch: text.name, after: text.name },
  };
}

/** What is typed into a program that runs may be a command to a shell. */
function typed(input: Json): Reading | null {
  const found = firstText(input, ['chars', 'input', 'text', 'data']);
  if (!found) return null;
  if (found.text.trim() === '') return { action: { kind: 'harmless', what: 'waits for output' } };
  return { ...shellOf({ text: found.text, field: found.name }), flags: ['opaque'] };
}

const fileRead = (input: Json): Reading | null => one(input, paths, (path) => ({ kind: 'file-read', path }), 'path');

function fileWrite(input: Json): Reading | null {
  const path = firstText(input, paths);
  const content = firstText(input, contents);
  if (!path) return null;
  return {
    action: { kind: 'file-write', path: path.text, content: content?.text ?? '' },
    fields: { path: path.name, ...(content ? { content: content.name } : {}) },
  };
}

function fileEdit(input: Json): Reading | null {
  const path = firstText(input, paths);
  if (!path) return null;
  // One tool for several ways to edit says which in `command`.
  if (input.command === 'view') return fileRead(input);
  if (input.command === 'create') return fileWrite(input);
  const before = firstText(input, befores);
  const after = firstText(input, afters) ?? firstText(input, contents);
  return {
    action: {
      kind: 'file-edit',
      path: path.text,
      before: before?.text ?? '',
      after: after?.text ?? JSON.stringify(input),
    },
    fields: { path: path.name, ...(before ? { before: before.name } : {}), ...(after ? { after: after.name } : {}) },
  };
}

function fileSearch(input: Json): Reading {
  const path = firstText(input, [...paths, 'dir_path', 'directory', 'dir']);
  const pattern = firstText(input, ['pattern', 'query', 'regex', 'glob', 'q']);
  return {
    action: { kind: 'file-search', path: path?.text ?? '.', pattern: pattern?.text ?? '*' },
    fields: { ...(path ? { path: path.name } : {}), ...(pattern ? { pattern: pattern.name } : {}) },
  };
}

/** Gemini's tool takes a prompt with the addresses in it. */
function webFetch(input: Json): Reading | null {
  const url = firstText(input, ['url', 'uri', 'address']);
  if (url) return { action: { kind: 'web-fetch', url: url.text, method: 'GET' }, fields: { url: url.name } };
  const prompt = firstText(input, ['prompt', 'query']);
  const address = prompt && /https?:\/\/[^\s"'<>]+/.exec(prompt.text)?.[0];
  return address ? { action: { kind: 'web-fetch', url: address, method: 'GET' } } : null;
}

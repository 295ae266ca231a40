import type { ToolCall } from '../../core/event.ts';
import { recordOf } from '../strict-json.ts';
import { shapedCall } from '../tool-shapes.ts';

/** Tools whose names no other agent has → names under which the same input is read by its shape. */
const likeOthers: ReadonlyMap<string, string> = new Map([['FetchUrl', 'fetch_url']]);

/** Tools that touch nothing outside the session. */
const quiet: ReadonlyMap<string, string> = new Map([
  ['AskUser', 'asks the person'],
  ['ExitSpecMode', 'ends planning'],
  ['GenerateImage', 'draws an image'],
  ['Skill', 'reads a skill'],
  ['TaskOutput', 'reads a task’s output'],
  ['TaskStop', 'stops a task'],
  ['ToolSearch', 'looks for tools'],
]);

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A tool of Droid in our words; MCP tools are `server___tool`. Source: recordings of 0.215.0 and strings of its binary. */
export function droidCall(tool: string, input: unknown, toolUseId: string): ToolCall {
  const what = quiet.get(tool);
  if (what !== undefined) return { toolUseId, tool, input, action: { kind: 'harmless', what }, fields: {} };
  const given = recordOf(input) ?? {};
  if (tool === 'LS' && typeof given.directory_path === 'string')
    return {
      ...{ toolUseId, tool, input },
      action: { kind: 'file-search', path: given.directory_path, pattern: '*' },
      fields: { path: 'directory_path' },
    };
  if (tool === 'Glob' && Array.isArray(given.patterns)) {
    const folder = text(given.folder);
    const one = given.patterns.length === 1;
    return {
      ...{ toolUseId, tool, input },
      action: { kind: 'file-search', path: folder || '.', pattern: given.patterns.map(text).join(' ') || '*' },
      fields: { ...(folder === '' ? {} : { path: 'folder' }), ...(one ? { pattern: 'patterns/0' } : {}) },
    };
  }
  const call = shapedCall(likeOthers.get(tool) ?? tool, input, toolUseId, 'droid');
  return { ...call, tool, ...(given.fireAndForget === true ? { flags: [...(call.flags ?? []), 'background'] } : {}) };
}

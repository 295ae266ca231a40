import type { HistoryCall, OfferedTool, RequestParts, ToolList } from '../../core/aperture.ts';
import { callKey, numberedId } from '../../core/dialect.ts';
import { historyCalls } from '../dialects/gemini.pieces.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { type Json, listOf } from './parts.ts';

/** The parts of a generateContent request. Its calls go by the ids that their order and content give them. */
export function geminiParts(request: Json, sha256: (text: string) => string): RequestParts {
  const contents = listOf(request.contents);
  const last = contents.findLastIndex(({ role }) => role === 'model');
  const first = contents.findIndex(({ role }) => role === 'model');
  const { tools, lists } = offered(listOf(request.tools));
  const wanted = recordOf(recordOf(request.toolConfig)?.functionCallingConfig)?.allowedFunctionNames;
  return {
    tools,
    lists,
    choices: 'toolConfig' in request ? [['toolConfig']] : [],
    forced: Array.isArray(wanted) ? wanted.map(textOf) : [],
    needsTools: false,
    said: contents.flatMap(({ role, parts }, index) =>
      role === 'model'
        ? []
        : listOf(parts).flatMap(({ text }, place) =>
            typeof text === 'string'
              ? [{ text, at: ['contents', index, 'parts', place, 'text'], newest: index > last }]
              : [],
          ),
    ),
    calls: callsIn(contents, sha256),
    results: new Set(),
    beginning: contents.slice(0, first === -1 ? contents.length : first).map(({ parts }) => parts),
  };
}

function callsIn(contents: readonly Json[], sha256: (text: string) => string): ReadonlyMap<string, HistoryCall> {
  const calls = new Map<string, HistoryCall>();
  const counts = new Map<string, number>();
  const inHistory = historyCalls();
  for (const { role, parts } of contents) {
    for (const part of role === 'model' ? listOf(parts) : []) {
      const asked = recordOf(part.functionCall) ?? recordOf(part.function_call);
      const call = asked && inHistory(asked);
      if (!call) continue;
      const [tool, input] = [call.name.normalize('NFKC'), call.input];
      const key = sha256(callKey(call.name, input));
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      calls.set(numberedId(key, before), { tool, input });
    }
  }
  return calls;
}

/** Functions by name, and Google's own tools by their member. */
function offered(given: readonly Json[]): { readonly tools: readonly OfferedTool[]; readonly lists: ToolList[] } {
  const lists: ToolList[] = [];
  const tools = given.flatMap((tool, index): OfferedTool[] => {
    const members = Object.keys(tool);
    const own: OfferedTool[] = [];
    for (const member of members) {
      const declared = /^function_?declarations$/i.test(member) ? listOf(tool[member]) : null;
      if (!declared) {
        own.push({ name: member, at: ['tools', index, member] });
        continue;
      }
      const at = ['tools', index, member];
      lists.push({ at, size: declared.length, whole: members.length === 1 ? ['tools', index] : at });
      own.push(...declared.map(({ name }, place) => ({ name: textOf(name), at: [...at, place] })));
    }
    return own;
  });
  return { tools, lists };
}

import type { HistoryCall, OfferedTool, RequestParts, SaidText, ToolList } from '../../core/aperture.ts';
import { askedCall, isClientCall } from '../dialects/openai-responses.items.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { type Json, listOf, oneOrNone, saidIn } from './parts.ts';

const texts = new Set(['input_text', 'text']);
const choiceNames = ['tool_choice', 'parallel_tool_calls'];

/** The parts of a Responses request. */
export function responsesParts(request: Json): RequestParts {
  const items = listOf(request.input);
  const last = items.findLastIndex(isAnswer);
  const first = items.findIndex(isAnswer);
  const { tools, lists } = offered(listOf(request.tools));
  return {
    tools,
    lists,
    choices: choiceNames.filter((name) => name in request).map((name) => [name]),
    forced: oneOrNone(textOf(recordOf(request.tool_choice)?.name)),
    needsTools: false,
    said:
      typeof request.input === 'string'
        ? [{ text: request.input, at: ['input'], newest: true }]
        : items.flatMap(({ role, content }, index): SaidText[] =>
            role === 'user' ? saidIn(content, ['input', index, 'content'], index > last, texts) : [],
          ),
    calls: new Map(items.filter(isClientCall).map(callOf)),
    results: new Set(
      items.flatMap(({ type, call_id: id }) => (textOf(type).endsWith('_call_output') ? [textOf(id)] : [])),
    ),
    beginning: [request.instructions, items.slice(0, first === -1 ? items.length : first)],
  };
}

/** What the model gave; the results of its calls are not. */
const isAnswer = ({ role, type }: Json): boolean =>
  role === 'assistant' || type === 'reasoning' || /_call$|^mcp_list_tools$/.test(textOf(type));

function callOf(item: Json): [string, HistoryCall] {
  const { toolUseId, tool, input } = askedCall(item, '{}', null);
  return [toolUseId, { tool, input }];
}

/** Tools by name; those of a namespace under it, as their calls name them. */
function offered(given: readonly Json[]): { readonly tools: readonly OfferedTool[]; readonly lists: ToolList[] } {
  const lists: ToolList[] = [{ at: ['tools'], size: given.length, whole: ['tools'] }];
  const tools = given.flatMap((tool, index): OfferedTool[] => {
    if (Array.isArray(tool.tools)) {
      const inner = listOf(tool.tools);
      lists.push({ at: ['tools', index, 'tools'], size: inner.length, whole: ['tools', index] });
      return inner.map((each, place) => ({
        name: `${textOf(tool.name)}__${textOf(each.name)}`,
        at: ['tools', index, 'tools', place],
      }));
    }
    if (tool.type === 'mcp') return [{ name: `mcp__${textOf(tool.server_label)}__*`, at: ['tools', index] }];
    return [{ name: textOf(tool.name) || textOf(tool.type), at: ['tools', index] }];
  });
  return { tools, lists };
}

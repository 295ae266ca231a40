import type { HistoryCall, OfferedTool, RequestParts } from '../../core/aperture.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { type Json, listOf, oneOrNone, saidIn } from './parts.ts';

const texts = new Set(['text']);

/** The parts of an Anthropic Messages request. */
export function messagesParts(request: Json): RequestParts {
  const messages = listOf(request.messages);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const first = messages.findIndex(({ role }) => role === 'assistant');
  const tools = listOf(request.tools).flatMap((tool, index): OfferedTool[] => {
    const name = tool.type === 'mcp_toolset' ? `mcp__${textOf(tool.mcp_server_name)}__*` : textOf(tool.name);
    return name === '' ? [] : [{ name, at: ['tools', index] }];
  });
  const servers = listOf(request.mcp_servers).map(
    ({ name }, index): OfferedTool => ({ name: `mcp__${textOf(name)}__*`, at: ['mcp_servers', index] }),
  );
  const blocks = messages.flatMap(({ content }) => listOf(content));
  return {
    tools: [...tools, ...servers],
    lists: [
      { at: ['tools'], size: tools.length, whole: ['tools'] },
      { at: ['mcp_servers'], size: servers.length, whole: ['mcp_servers'] },
    ],
    choices: 'tool_choice' in request ? [['tool_choice']] : [],
    forced: oneOrNone(textOf(recordOf(request.tool_choice)?.name)),
    needsTools: true,
    said: messages.flatMap(({ role, content }, index) =>
      role === 'user' ? saidIn(content, ['messages', index, 'content'], index > last, texts) : [],
    ),
    calls: new Map(
      blocks.flatMap(({ type, id, name, input }): [string, HistoryCall][] =>
        type === 'tool_use' ? [[textOf(id), { tool: textOf(name).normalize('NFKC'), input: input ?? {} }]] : [],
      ),
    ),
    results: new Set(blocks.flatMap(({ type, tool_use_id: id }) => (type === 'tool_result' ? [textOf(id)] : []))),
    beginning: [request.system, messages.slice(0, first === -1 ? messages.length : first)],
  };
}

import type { HistoryCall, OfferedTool, RequestParts } from '../../core/aperture.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { type Json, listOf, oneOrNone } from './parts.ts';

/** The parts of a Bedrock Converse request. */
export function converseParts(request: Json): RequestParts {
  const messages = listOf(request.messages);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const first = messages.findIndex(({ role }) => role === 'assistant');
  const blocks = messages.flatMap(({ content }) => listOf(content));
  const config = recordOf(request.toolConfig);
  const tools = listOf(config?.tools).flatMap((tool, index): OfferedTool[] => {
    const name = textOf(recordOf(tool.toolSpec)?.name) || textOf(recordOf(tool.systemTool)?.name);
    return name === '' ? [] : [{ name, at: ['toolConfig', 'tools', index] }];
  });
  return {
    tools,
    lists: [{ at: ['toolConfig', 'tools'], size: tools.length, whole: ['toolConfig'] }],
    choices: [],
    forced: oneOrNone(textOf(recordOf(recordOf(config?.toolChoice)?.tool)?.name)),
    needsTools: true,
    said: messages.flatMap(({ role, content }, index) =>
      role === 'user'
        ? listOf(content).flatMap(({ text }, place) =>
            typeof text === 'string'
              ? [{ text, at: ['messages', index, 'content', place, 'text'], newest: index > last }]
              : [],
          )
        : [],
    ),
    calls: new Map(
      blocks.flatMap((block): [string, HistoryCall][] => {
        const use = recordOf(block.toolUse);
        const tool = textOf(use?.name).normalize('NFKC');
        return use ? [[textOf(use.toolUseId), { tool, input: use.input ?? {} }]] : [];
      }),
    ),
    results: new Set(
      blocks.flatMap((block) => {
        const result = recordOf(block.toolResult);
        return result ? [textOf(result.toolUseId)] : [];
      }),
    ),
    beginning: [request.system, messages.slice(0, first === -1 ? messages.length : first)],
  };
}

import type { HistoryCall, OfferedTool, RequestParts } from '../../core/aperture.ts';
import { recordOf, textOf } from '../strict-json.ts';
import { argumentsOf, type Json, listOf, oneOrNone, saidIn } from './parts.ts';

const texts = new Set(['text']);
const choiceNames = ['tool_choice', 'parallel_tool_calls', 'function_call'];

/** The parts of a Chat Completions request. */
export function chatParts(request: Json): RequestParts {
  const messages = listOf(request.messages);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const first = messages.findIndex(({ role }) => role === 'assistant');
  const offered = (list: 'tools' | 'functions') =>
    listOf(request[list]).flatMap((given, index): OfferedTool[] => {
      const name = textOf((recordOf(given.function) ?? recordOf(given.custom) ?? given).name) || textOf(given.type);
      return name === '' ? [] : [{ name, at: [list, index] }];
    });
  const [tools, functions] = [offered('tools'), offered('functions')];
  const choice = recordOf(request.tool_choice);
  return {
    tools: [...tools, ...functions],
    lists: [
      { at: ['tools'], size: tools.length, whole: ['tools'] },
      { at: ['functions'], size: functions.length, whole: ['functions'] },
    ],
    choices: choiceNames.filter((name) => name in request).map((name) => [name]),
    forced: oneOrNone(
      textOf(recordOf(choice?.function)?.name) ||
        textOf(recordOf(choice?.custom)?.name) ||
        textOf(recordOf(request.function_call)?.name),
    ),
    needsTools: false,
    said: messages.flatMap(({ role, content }, index) =>
      role === 'user' ? saidIn(content, ['messages', index, 'content'], index > last, texts) : [],
    ),
    calls: new Map(messages.flatMap(({ tool_calls: calls }) => listOf(calls).map(callOf))),
    results: new Set(messages.flatMap(({ role, tool_call_id: id }) => (role === 'tool' ? [textOf(id)] : []))),
    beginning: messages.slice(0, first === -1 ? messages.length : first).map(({ role, content }) => [role, content]),
  };
}

function callOf(call: Json): [string, HistoryCall] {
  const named = recordOf(call.function) ?? recordOf(call.custom);
  const input = argumentsOf(named?.arguments ?? named?.input);
  return [textOf(call.id), { tool: textOf(named?.name).normalize('NFKC'), input }];
}

import type { RequestFacts } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Headers } from '../clients.ts';
import type { ToolOnWire } from '../declared.ts';
import { factsOf } from '../facts.ts';
import { parsedJson, recordOf, textOf } from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a Converse request says of its sender, its newest turn and its tools. The model stands in the path. */
export function requestFacts(body: string, headers: Headers, sha256: (text: string) => string): Result<RequestFacts> {
  const parsed = parsedJson(body);
  const request = parsed && recordOf(parsed.value);
  if (!request) return fail('unparsed-request', 'the request is not a readable JSON object');
  const messages = listOf(request.messages);
  const answered = messages.findIndex(({ role }) => role === 'assistant');
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
  const blocks = turn.flatMap(({ content }) => listOf(content));
  const declared = recordOf(request.toolConfig)?.tools;
  return ok(
    factsOf(
      {
        model: '',
        session: textOf(recordOf(request.requestMetadata)?.session_id),
        beginning: [request.system, messages.slice(0, answered === -1 ? messages.length : answered)],
        streaming: false,
        results: blocks.flatMap(resultOf),
        said: blocks.flatMap(({ text }) => (typeof text === 'string' ? [text] : [])),
        declared,
        tools: () => toolsOf(declared),
      },
      headers,
      sha256,
    ),
  );
}

const listOf = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.map((each: unknown) => recordOf(each) ?? {}) : [];

function resultOf(block: Json): { id: string; text: string; failed: boolean }[] {
  const result = recordOf(block.toolResult);
  if (!result) return [];
  const text = listOf(result.content)
    .map((part) => (typeof part.text === 'string' ? part.text : JSON.stringify(part.json ?? Object.keys(part))))
    .join('\n');
  return [{ id: textOf(result.toolUseId), text, failed: result.status === 'error' }];
}

const mcpName = /^mcp__((?:(?!__).)+)__(.+)$/su;

function toolsOf(tools: unknown): readonly ToolOnWire[] {
  return listOf(tools).flatMap((each): ToolOnWire[] => {
    const spec = recordOf(each.toolSpec);
    const name = textOf(spec?.name);
    if (!spec || name === '') return [];
    const schema = recordOf(spec.inputSchema)?.json;
    return [{ name, server: mcpName.exec(name)?.[1], description: spec.description, schema }];
  });
}

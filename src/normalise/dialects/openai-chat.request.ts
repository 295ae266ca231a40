import type { RequestFacts } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Headers } from '../clients.ts';
import type { ToolOnWire } from '../declared.ts';
import { factsOf } from '../facts.ts';
import { parsedJson, recordOf, textOf } from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a Chat Completions request says of its sender, its newest turn and its tools. */
export function requestFacts(body: string, headers: Headers, sha256: (text: string) => string): Result<RequestFacts> {
  const parsed = parsedJson(body);
  const request = parsed && recordOf(parsed.value);
  if (!request) return fail('unparsed-request', 'the request is not a readable JSON object');
  const messages = Array.isArray(request.messages) ? request.messages.map((each: unknown) => recordOf(each) ?? {}) : [];
  const turn = messages.slice(messages.findLastIndex(({ role }) => role === 'assistant') + 1);
  const { tools, functions } = request;
  return ok(
    factsOf(
      {
        model: textOf(request.model),
        session: textOf(request.prompt_cache_key),
        beginning: beginningOf(messages),
        streaming: request.stream === true,
        results: turn.flatMap(resultOf),
        opening: () => messages.slice(0, 4).flatMap(({ role, content }) => (role === 'tool' ? [] : textsOf(content))),
        said: turn.flatMap(({ role, content }) => (role === 'user' ? [contentText(content)] : [])),
        declared: [tools, functions],
        tools: () => [...toolsOf(tools), ...toolsOf(functions)],
      },
      headers,
      sha256,
    ),
  );
}

/** The messages up to the first answer: a conversation keeps them. */
function beginningOf(messages: readonly Json[]): unknown {
  const answered = messages.findIndex(({ role }) => role === 'assistant');
  return messages.slice(0, answered === -1 ? messages.length : answered).map(({ role, content }) => [role, content]);
}

function resultOf({ role, tool_call_id: id, content }: Json): { id: string; text: string; failed: boolean }[] {
  if (role === 'tool' && typeof id === 'string') return [{ id, text: contentText(content), failed: false }];
  return [];
}

/** Each part by itself: agents put a note of theirs into a part of its own. */
function textsOf(content: unknown): readonly string[] {
  if (typeof content === 'string') return [content];
  return Array.isArray(content) ? content.map((part: unknown) => textOf(recordOf(part)?.text)) : [];
}

/** A message's content as text; parts that are none are named. */
function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => textOf(recordOf(part)?.text) || `[${textOf(recordOf(part)?.type) || 'unknown'}]`)
    .join('\n');
}

const mcpName = /^mcp__((?:(?!__).)+)__(.+)$/su;

function toolsOf(tools: unknown): readonly ToolOnWire[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((item: unknown): ToolOnWire[] => {
    const given = recordOf(item);
    const tool = recordOf(given?.function) ?? recordOf(given?.custom) ?? given;
    const name = textOf(tool?.name);
    if (!tool || name === '') return [];
    return [{ name, server: mcpName.exec(name)?.[1], description: tool.description, schema: tool.parameters }];
  });
}

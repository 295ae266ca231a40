import type { RequestFacts } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Headers } from '../clients.ts';
import type { ToolOnWire } from '../declared.ts';
import { factsOf } from '../facts.ts';
import { parsedJson, recordOf, textOf } from '../strict-json.ts';
import { conversationOf } from './openai-responses.results.ts';

type Json = Readonly<Record<string, unknown>>;

/** What a Responses request says of its sender, its newest turn and its tools. */
export function requestFacts(body: string, headers: Headers, sha256: (text: string) => string): Result<RequestFacts> {
  const parsed = parsedJson(body);
  const request = parsed && recordOf(parsed.value);
  if (!request) return fail('unparsed-request', 'the request is not a readable JSON object');
  const items = itemsOf(request.input);
  const turn = items.slice(items.findLastIndex(isAnswer) + 1);
  const { instructions } = request;
  // Codex offers the tools of its newer models in an item of the conversation.
  const added = items.filter(({ type }) => type === 'additional_tools').map((item) => item.tools);
  const tools = added.length === 0 ? request.tools : [request.tools, ...added].flat();
  const answered = items.findIndex(isAnswer);
  return ok(
    factsOf(
      {
        model: textOf(request.model),
        session: textOf(request.prompt_cache_key) || conversationOf(request.conversation),
        beginning: [instructions, items.slice(0, answered === -1 ? items.length : answered)],
        streaming: request.stream === true,
        results: turn.flatMap(resultOf),
        opening: () => [
          textOf(instructions),
          ...items.filter(({ role }) => /^(?:user|system|developer)$/.test(textOf(role))).flatMap(textsOf),
        ],
        said: turn.flatMap((item) => (item.role === 'user' ? [contentText(item.content)] : [])),
        declared: tools,
        tools: () => toolsOf(tools, ''),
      },
      headers,
      sha256,
    ),
  );
}

function itemsOf(input: unknown): readonly Json[] {
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }];
  return Array.isArray(input) ? input.map((each: unknown) => recordOf(each) ?? {}) : [];
}

/** What the model gave; the results of its calls are not. */
const isAnswer = ({ role, type }: Json): boolean =>
  role === 'assistant' || type === 'reasoning' || /_call$|^mcp_list_tools$/.test(textOf(type));

function resultOf(item: Json): { id: string; text: string; failed: boolean }[] {
  if (!textOf(item.type).endsWith('_call_output')) return [];
  const { output } = item;
  const text = typeof output === 'string' || Array.isArray(output) ? contentText(output) : JSON.stringify(output ?? '');
  return [{ id: textOf(item.call_id), text, failed: item.status === 'failed' || item.status === 'incomplete' }];
}

/** Each part by itself: agents put a note of theirs into a part of its own. */
function textsOf({ content }: Json): readonly string[] {
  if (typeof content === 'string') return [content];
  return Array.isArray(content) ? content.map((part: unknown) => textOf(recordOf(part)?.text)) : [];
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => textOf(recordOf(part)?.text) || `[${textOf(recordOf(part)?.type) || 'unknown'}]`)
    .join('\n');
}

const mcpName = /^mcp__((?:(?!__).)+)__(.+)$/su;

/** Tools by name; those of a namespace under it, as their calls name them. */
function toolsOf(tools: unknown, namespace: string): readonly ToolOnWire[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((item: unknown): readonly ToolOnWire[] => {
    const tool = recordOf(item);
    if (!tool) return [];
    if (Array.isArray(tool.tools) && namespace === '') return toolsOf(tool.tools, textOf(tool.name));
    if (tool.type === 'mcp') {
      const server = textOf(tool.server_label);
      return server === '' ? [] : [{ name: `mcp__${server}__*`, server }];
    }
    const own = textOf(tool.name) || textOf(tool.type);
    const name = namespace === '' ? own : `${namespace}__${own}`;
    const { description, parameters: schema } = tool;
    return own === '' ? [] : [{ name, server: mcpName.exec(name)?.[1], description, schema }];
  });
}

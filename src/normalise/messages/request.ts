import type { Outcome } from '../../core/event.ts';
import type { RequestFacts } from '../../core/ports.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { clientOf, folderOf, type Headers, headerOf, isAside, sessionOf } from '../clients.ts';
import { declaredTools, type ToolOnWire } from '../declared.ts';
import { parsedJson, recordOf, textOf } from '../strict-json.ts';

type Json = Readonly<Record<string, unknown>>;

const resultLimit = 64 * 1024;
const promptLimit = 64 * 1024;

/** What a Messages request says of its sender, its newest turn and its tools. Only the last turn is read: earlier ones were read when they were new. */
export function requestFacts(body: string, headers: Headers, sha256: (text: string) => string): Result<RequestFacts> {
  const parsed = parsedJson(body);
  const request = parsed && recordOf(parsed.value);
  if (!request) return fail('unparsed-request', 'the request is not a readable JSON object');
  const turn = lastUserTurn(request.messages);
  const client = clientOf(headers);
  const session = headerOf(headers, 'x-claude-code-session-id') || sessionIn(request.metadata) || sessionOf(headers);
  const opening = openingOf(request);
  const cwd = folderOf(client, opening);
  const subagent = headerOf(headers, 'x-claude-code-agent-id');
  const { tools, mcp_servers: connectors } = request;
  const declared = declaredTools([tools, connectors], () => [...toolsOf(tools), ...connectorsOf(connectors)], sha256);
  const results = turn.flatMap(resultOf);
  const aside = isAside(client, declared.tools.length + results.length);
  return ok({
    model: textOf(request.model),
    session,
    ...(session === '' ? { conversation: sha256(JSON.stringify(opening)) } : {}),
    ...client,
    ...(cwd === '' ? {} : { cwd }),
    ...(subagent ? { subagent } : {}),
    streaming: request.stream === true,
    results,
    ...(aside ? { aside } : {}),
    tools: declared.tools,
    toolsDigest: declared.digest,
    ...(declared.left === 0 ? {} : { toolsLeft: declared.left }),
    prompt: aside ? '' : promptOf(turn),
  });
}

/** Texts of the system prompt and of all before the first answer, each part by itself: a conversation keeps them, whatever is cached. */
function openingOf({ system, messages }: Json): readonly string[] {
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
  const answered = list.findIndex((message) => recordOf(message)?.role === 'assistant');
  const first = list.slice(0, answered === -1 ? list.length : answered).map((message) => recordOf(message)?.content);
  return [system, ...first].flatMap((content) => {
    if (typeof content === 'string') return [content];
    return Array.isArray(content) ? content.map((part: unknown) => textOf(recordOf(part)?.text)) : [];
  });
}

/** `metadata.user_id` is a JSON object as text, or in older clients `user_…_session_<id>`. */
function sessionIn(metadata: unknown): string {
  const id = textOf(recordOf(metadata)?.user_id);
  const parsed = id.startsWith('{') ? parsedJson(id) : null;
  return parsed ? textOf(recordOf(parsed.value)?.session_id) : (/_session_([0-9a-fA-F-]{8,64})$/.exec(id)?.[1] ?? '');
}

/** Content blocks of the user's messages after the last answer. */
function lastUserTurn(messages: unknown): readonly Json[] {
  if (!Array.isArray(messages)) return [];
  const from = messages.findLastIndex((message: unknown) => recordOf(message)?.role === 'assistant') + 1;
  return messages.slice(from).flatMap((message: unknown): readonly Json[] => {
    const { role, content } = recordOf(message) ?? {};
    if (role !== 'user') return [];
    if (typeof content === 'string') return [{ type: 'text', text: content }];
    return Array.isArray(content) ? content.flatMap((block: unknown): readonly Json[] => [recordOf(block) ?? {}]) : [];
  });
}

function resultOf(block: Json): RequestFacts['results'] {
  if (block.type !== 'tool_result' || typeof block.tool_use_id !== 'string') return [];
  const text = contentText(block.content).slice(0, resultLimit);
  return [
    { toolUseId: block.tool_use_id, outcome: { status: block.is_error === true ? failureOf(text) : 'ok', text } },
  ];
}

function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((item: unknown) => {
      const block = recordOf(item);
      return block?.type === 'text'
        ? textOf(block.text)
        : `[${textOf(block?.type) || 'unknown'} ${textOf(block?.tool_name)}]`;
    })
    .join('\n');
}

// The words Claude Code 2.1 puts in place of a result when the call did not run.
const refusedWords =
  /^(?:<tool_use_error>)?(?:PreToolUse:\S+ hook error|Permission to use .{1,400} has been denied|The user doesn't want to proceed|Claude requested permissions? to use )|needs approval\. The path/su;
const interruptedWords = /^(?:<tool_use_error>)?\[?Request interrupted by user/u;

function failureOf(text: string): Outcome['status'] {
  const start = text.slice(0, 600);
  if (interruptedWords.test(start)) return 'interrupted';
  return refusedWords.test(start) ? 'refused' : 'error';
}

/** A tool's own name may hold `__`, a server's may not. */
const mcpName = /^mcp__((?:(?!__).)+)__(.+)$/su;

/** Tools that the agent offers to the model. */
function toolsOf(tools: unknown): readonly ToolOnWire[] {
  if (!Array.isArray(tools)) return [];
  return tools.flatMap((item: unknown): ToolOnWire[] => {
    const tool = recordOf(item);
    const name = textOf(tool?.name);
    if (!tool || name === '') return [];
    const { description, input_schema: schema, annotations } = tool;
    return [{ name, server: mcpName.exec(name)?.[1], description, schema, annotations }];
  });
}

/** MCP servers that the provider itself connects to. */
function connectorsOf(servers: unknown): readonly ToolOnWire[] {
  if (!Array.isArray(servers)) return [];
  return servers.flatMap((item: unknown): ToolOnWire[] => {
    const server = textOf(recordOf(item)?.name);
    return server === '' ? [] : [{ name: `mcp__${server}__*`, server }];
  });
}

/** What the person wrote: text that the agent did not wrap as its own note. */
function promptOf(turn: readonly Json[]): string {
  return turn
    .flatMap((block) => (block.type === 'text' ? [textOf(block.text)] : []))
    .filter((text) => text.trim() !== '' && !text.trimStart().startsWith('<system-reminder>'))
    .join('\n')
    .slice(0, promptLimit);
}

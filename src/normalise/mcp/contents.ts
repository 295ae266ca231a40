import type { Outcome, ToolAbout } from '../../core/event.ts';
import type { McpNote } from '../../core/mcp.ts';
import { nestedDeeperThan } from '../../core/nesting.ts';
import { declaredTools, type ToolOnWire } from '../declared.ts';
import { elementsOf, membersOf, recordOf, textOf } from '../strict-json.ts';
import type { McpMessage } from './message.ts';

type Json = Readonly<Record<string, unknown>>;

const longestText = 64 * 1024;
const longestWords = 16_384;
const deepestSchema = 64;
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** What a response brought in, as text. Source: MCP 2025-06-18, results of `tools/call`, `resources/read`, `prompts/get`. */
export function outcomeOf({ result, error }: McpMessage, durationMs: number): Outcome {
  const timed = { durationMs: Math.max(0, Math.round(durationMs)) };
  if (result === null) {
    const { message, data } = error ?? {};
    return { status: 'error', text: joined([textOf(message), jsonOf(data)]), ...timed };
  }
  const parts = [
    ...listOf(result.content).map(partText),
    ...listOf(result.contents).map(partText),
    ...listOf(result.messages).map((message) => partText(recordOf(message)?.content)),
    ...(recordOf(result.content) ? [partText(result.content)] : []),
    jsonOf(result.structuredContent),
    textOf(result.action) === '' ? '' : `${textOf(result.action)} ${jsonOf(result.content)}`,
  ];
  return { status: result.isError === true ? 'error' : 'ok', text: joined(parts), ...timed };
}

const joined = (parts: readonly string[]): string =>
  parts
    .filter((part) => part !== '')
    .join('\n')
    .slice(0, longestText);

function partText(part: unknown): string {
  const { type, text, resource, uri, name, description, mimeType, blob } = recordOf(part) ?? {};
  if (typeof text === 'string') return text.slice(0, longestText);
  const inner = recordOf(resource);
  if (inner) return partText(inner);
  if (type === 'image' || type === 'audio' || typeof blob === 'string')
    return `[${textOf(type) || 'binary'} ${textOf(mimeType)}]`;
  return [uri, name, description].map(textOf).filter(Boolean).join(' ');
}

/** `''` for nothing, and for what is nested deeper than the stack. */
function jsonOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  try {
    return JSON.stringify(value).slice(0, longestText);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

/** The tools of a `tools/list` answer, as the inventory takes them. */
export function toolsNote(server: string, tools: unknown, sha256: (text: string) => string): McpNote {
  const list = declaredTools(tools, () => listOf(tools).flatMap((tool) => toolOnWire(server, recordOf(tool))), sha256);
  // The digest of the list names the server too: two servers may offer the same tools.
  return { kind: 'tools', tools: list.tools, digest: sha256(`${server}\0${list.digest}`), left: list.left };
}

function toolOnWire(server: string, tool: Json | null): ToolOnWire[] {
  if (tool === null || typeof tool.name !== 'string') return [];
  const { name, description, inputSchema: schema, annotations } = tool;
  return [{ name: `mcp__${server}__${name}`, server, description, schema, annotations }];
}

/** A server's instructions go into the model's context as its tools' descriptions do, so they are kept and checked alike. */
export function instructionsNote(server: string, instructions: string, sha256: (text: string) => string): McpNote {
  const wire = { name: `mcp__${server}__(instructions)`, server, description: instructions };
  const list = declaredTools([wire], () => [wire], sha256);
  return { kind: 'tools', tools: list.tools, digest: sha256(`${server}\0(instructions)\0${list.digest}`), left: 0 };
}

/** What a server's own request says, in the shape in which descriptions are checked. */
export function aboutRequest({ method, params }: McpMessage): ToolAbout {
  if (method === 'elicitation/create') {
    const { requestedSchema: schema } = params;
    const description = textOf(params.message).slice(0, longestWords);
    return nestedDeeperThan(schema, deepestSchema)
      ? { description, cut: 'its form is nested too deep' }
      : { description, schema };
  }
  const said = listOf(params.messages).map((message) => partText(recordOf(message)?.content));
  return { description: joined([textOf(params.systemPrompt), ...said]).slice(0, longestWords) };
}

/** A `tools/list` answer, the same bytes but for the tools that are gone. */
export function withoutTools(
  text: string,
  { span }: McpMessage,
  names: readonly string[],
  gone: ReadonlySet<string>,
): string {
  const result = membersOf(text, span.start).get('result');
  const tools = result && membersOf(text, result.start).get('tools');
  if (!tools) return text;
  const kept = elementsOf(text, tools.start).filter((_, at) => !gone.has(names[at] ?? ''));
  const list = kept.map(({ start, end }) => text.slice(start, end)).join(',');
  const [from, to] = [text.slice(span.start, tools.start), text.slice(tools.end, span.end)];
  return `${from}[${list}]${to}`;
}

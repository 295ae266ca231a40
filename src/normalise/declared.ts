import { canonicalJson } from '../core/canonical.ts';
import type { DeclaredTool, ToolAbout, ToolHints } from '../core/event.ts';
import { nestedDeeperThan } from '../core/nesting.ts';
import { recordOf } from './strict-json.ts';

/** One tool of a request, whatever the wire format calls its parts. */
export interface ToolOnWire {
  /** As the agent calls it. */
  readonly name: string;
  /** Its MCP server; undefined for a tool of the agent's own. */
  readonly server: string | undefined;
  readonly description?: unknown;
  readonly schema?: unknown;
  readonly annotations?: unknown;
}

/** The tools of a request, with a digest of the list and how many of it were not looked at. */
export interface DeclaredList {
  readonly tools: readonly DeclaredTool[];
  readonly digest: string;
  readonly left: number;
}

const mostTools = 5000;
/** UTF-16 units of one description, of one schema's JSON, and of all texts of one list. */
const longestDescription = 16_384;
const longestSchema = 32_768;
const mostText = 4 * 1024 * 1024;
const deepestSchema = 64;

/**
 * Tools as they stand in a request → what they declare. An agent sends the same list with every request: a list that was
 * read lately is known by its digest and not read again. `raw`: the list as parsed; `read`: its tools. Keeps the texts of
 * MCP tools only.
 */
export function declaredTools(
  raw: unknown,
  read: () => readonly ToolOnWire[],
  sha256: (text: string) => string,
): DeclaredList {
  const text = jsonText(raw);
  const digest = text === null ? '' : sha256(text);
  const known = text === null ? undefined : lately.get(digest);
  if (known) return known;
  const found = read();
  let room = mostText;
  const tools = found.slice(0, mostTools).map((tool): DeclaredTool => {
    const { name, server } = tool;
    if (server === undefined) return { name };
    if (tool.description === undefined && tool.schema === undefined) return { name, server };
    const { about, digest: own, size } = aboutOf(tool, room, sha256);
    room -= size;
    return { name, server, digest: own, about };
  });
  // A list that has no text of its own is told apart by what was read of it.
  const list = { tools, digest: digest || sha256(namesOf(tools)), left: Math.max(0, found.length - mostTools) };
  if (text !== null) keep(digest, list, mostText - room);
  return list;
}

const namesOf = (tools: readonly DeclaredTool[]): string =>
  tools.map(({ name, digest = '' }) => `${name}\0${digest}`).join('\n');

/** Lists read lately; at most 16 of them and 8 Mi units of text. */
const lately = new Map<string, DeclaredList>();
let latelyHeld = 0;

function keep(digest: string, list: DeclaredList, size: number): void {
  if (lately.size >= 16 || latelyHeld + size > 2 * mostText) {
    lately.clear();
    latelyHeld = 0;
  }
  lately.set(digest, list);
  latelyHeld += size;
}

function aboutOf(
  { description, schema, annotations }: ToolOnWire,
  room: number,
  sha256: (text: string) => string,
): { readonly about: ToolAbout; readonly digest: string; readonly size: number } {
  const deep = nestedDeeperThan(schema, deepestSchema);
  const digest = sha256(stable({ description, input_schema: deep ? outline(schema, 0) : schema }));
  const text = typeof description === 'string' ? description : '';
  const json = deep ? '' : (jsonText(schema) ?? '');
  const cut = [
    ...(text.length > longestDescription ? ['its description is longer than any needs to be'] : []),
    ...(deep ? ['its schema is nested deeper than any needs to be'] : []),
    ...(json.length > longestSchema ? ['its schema is longer than any needs to be'] : []),
  ];
  const size = Math.min(text.length, longestDescription) + (deep ? 0 : Math.min(json.length, longestSchema));
  if (size > room) return { about: { cut: 'there is more text in the list than is read' }, digest, size: 0 };
  const hints = hintsOf(annotations);
  return {
    about: {
      ...(text === '' ? {} : { description: text.slice(0, longestDescription) }),
      ...(schema === undefined ? {} : { schema: deep || json.length > longestSchema ? outline(schema, 0) : schema }),
      ...(hints === undefined ? {} : { annotations: hints }),
      ...(cut.length === 0 ? {} : { cut: cut.join('; ') }),
    },
    digest,
    size,
  };
}

function hintsOf(value: unknown): ToolHints | undefined {
  const given = recordOf(value);
  if (!given) return undefined;
  const known = (['readOnlyHint', 'destructiveHint', 'openWorldHint'] as const).filter(
    (name) => typeof given[name] === 'boolean',
  );
  return known.length === 0 ? undefined : Object.fromEntries(known.map((name) => [name, given[name] === true]));
}

/** A schema that is too much: its outer levels, with texts and lists cut. */
function outline(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.slice(0, 500);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= 8) return '…';
  if (Array.isArray(value)) return value.slice(0, 20).map((inner: unknown) => outline(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, 40)
      .map(([name, inner]) => [name.slice(0, 200), outline(inner, depth + 1)]),
  );
}

/** The same text for the same value, whatever half characters it holds. */
function stable(value: unknown): string {
  try {
    return canonicalJson(value);
  } catch (error) {
    if (error instanceof TypeError) return JSON.stringify(value);
    throw error;
  }
}

/** Null when it is nested deeper than the stack. */
function jsonText(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

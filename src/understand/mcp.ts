import { looksEncoded } from '../core/destination.ts';
import type { Effect, Flag, Span, Verb } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { touch } from './file-effects.ts';
import { namesProduction, readUrl } from './hosts.ts';
import { classifyTool, type ToolDescription } from './mcp-class.ts';
import type { ToolOverride } from './mcp-overrides.ts';
import { sqlEffects } from './sql.ts';

/** What is known of MCP tools beyond the call: the user's word, and what the servers said of them. */
export interface ToolKnowledge {
  readonly overrides?: readonly ToolOverride[];
  /** What a server says of a tool; undefined when it was not seen. */
  describe?(server: string, tool: string): ToolDescription | undefined;
}

/** A path whatever its argument is called; `/acme/shop` may as well be a name. */
const looksLikePath =
  /^(?:~\/|\.{1,2}\/|file:\/\/|\/(?:home|Users|etc|usr|var|tmp|opt|root|private|mnt|srv|proc|dev|boot|bin|lib|workspaces?|app|data|Library|System|Applications|Volumes)(?:\/|$))/;

/** What one argument of an MCP call names: a host, a file, a statement. */
function named(key: string, text: string, verb: Verb, place: Place): readonly CommandEffect[] {
  if (/^(?:https?|wss?|ftp):\/\//i.test(text) && text.length < 4096 && !/\s/.test(text.trim())) {
    const { host, zone } = readUrl(text);
    // A link in a text or a record is only written down; an address to send to is called so.
    if ((verb === 'write' || verb === 'delete') && !/endpoint|webhook|callback|hook|target|destination/i.test(key))
      return [];
    const outward = verb === 'send' || verb === 'write' || verb === 'delete';
    return [{ verb: outward ? 'send' : 'receive', resource: { kind: 'host', name: host }, zone, flags: [] }];
  }
  if (
    /sql|query|statement/i.test(key) &&
    /^\s*(?:select|insert|update|delete|drop|truncate|alter|create|grant|with|merge)\s/i.test(text)
  ) {
    return sqlEffects(text, namesProduction(text.slice(0, 500)) ? 'production' : 'other-host', place);
  }
  const pathKey =
    /(?:^|[_-])(?:path|paths|file|filename|filepath|dir|directory|folder|source|destination|target|root|cwd)s?$/i.test(
      key.replace(/([a-z])([A-Z])/g, '$1_$2'),
    );
  if (text.length > 1024 || /[\n\r]/.test(text)) return [];
  if (!looksLikePath.test(text) && !(pathKey && /[./]/.test(text) && !/\s/.test(text))) return [];
  const on = verb === 'delete' ? 'delete' : verb === 'write' && !/source|from/i.test(key) ? 'write' : 'read';
  return touch(on, { text, arg: 0 }, place);
}

/** An MCP call: the tool itself, what it acts on, and what its arguments name. All share one flow: the server gets what they hold. */
export function mcpEffects(
  server: string,
  tool: string,
  by: string,
  input: unknown,
  place: Place,
  knowledge: ToolKnowledge = {},
): readonly Effect[] {
  const described = knowledge.describe?.(server, tool);
  const { verb, zone, flags, acts, more } = classifyTool(described ?? { server, name: tool }, knowledge.overrides);
  const given = texts(input);
  const head: Effect = {
    verb,
    resource: { kind: 'mcp-tool', name: `${server}/${tool}` },
    zone,
    flags,
    by,
  };
  const found: Effect[] = [];
  const target = acts === null && more === undefined ? undefined : targetOf(given, acts?.kind === 'account');
  for (const { kind, ...does } of more ?? []) {
    const resource = { kind, name: kind === 'mcp-tool' ? `${server}/${tool}` : (target?.text ?? '') };
    const span = target && { field: target.path, start: 0, end: target.text.length };
    found.push({ ...does, resource, by, ...(span ? { span } : {}), flow: 0 });
  }
  if (acts !== null) {
    const resource = { kind: acts.kind, name: target?.text ?? '' };
    const span = target && { field: target.path, start: 0, end: target.text.length };
    const away = zone === 'this-host' || zone === 'repository' ? 'this-host' : zone;
    const marks: Flag[] = [
      ...(acts.flags ?? []),
      ...(acts.kind === 'account' || acts.kind === 'secret' ? sensitive : []),
    ];
    found.push({ verb: acts.verb, resource, zone: away, flags: marks, by, ...(span ? { span } : {}), flow: 0 });
  }
  for (const { key, path, text } of given) {
    const span: Span = { field: path, start: 0, end: text.length };
    for (const { arg: _arg, ...effect } of named(key, text, verb, place)) found.push({ ...effect, by, span, flow: 0 });
  }
  return found.length === 0 ? [head] : [{ ...head, flow: 0 }, ...found];
}

/** Where money goes; the number of a payment or an order is no such place. */
const payeeKey =
  /^(?:to|.*recipient.*|.*payee.*|.*beneficiary.*|.*iban|.*account(?:_?(?:id|no|nr|number|name))?|.*wallet.*|.*address|.*destination.*|receiver.*|email|user(?:name|_?id)?|vendor.*|name)$/i;

const targetKey =
  /^(?:name|.*_?(?:name|id)|repo|repository|branch|bucket|table|database|collection|cluster|instance|project|user|username|member|role|recipient|to|email|account|resource|namespace|deployment|service|stack|index|key|secret|url|path)$/i;

/** What the call is about, by the name of an argument; only short plain names, never a value that could be a secret. */
function targetOf(given: ReturnType<typeof texts>, money: boolean): ReturnType<typeof texts>[number] | undefined {
  const wanted = money ? payeeKey : targetKey;
  return given.find(
    ({ key, text }) =>
      wanted.test(key) && /^[\w.:/@ -]{1,80}$/.test(text) && !(text.length >= 24 && looksEncoded(text)),
  );
}

const sensitive: readonly Flag[] = ['sensitive'];
const maxTexts = 64;

/** The strings of the input, two levels deep. */
export function texts(
  input: unknown,
  path = '',
  key = '',
  depth = 0,
): readonly { key: string; path: string; text: string }[] {
  if (typeof input === 'string') return [{ key, path, text: input }];
  if (typeof input !== 'object' || input === null || depth > 3) return [];
  const out: { key: string; path: string; text: string }[] = [];
  for (const [name, value] of Object.entries(input)) {
    if (out.length >= maxTexts) break;
    const inner: unknown = value;
    out.push(...texts(inner, path === '' ? name : `${path}/${name}`, Array.isArray(input) ? key : name, depth + 1));
  }
  return out.slice(0, maxTexts);
}

/** The new texts of an input with a list of edits: `edits/0/new_string`, `edits/1/newText` … */
export function editsIn(input: unknown): readonly { readonly field: string; readonly text: string }[] {
  if (typeof input !== 'object' || input === null || !('edits' in input) || !Array.isArray(input.edits)) return [];
  const edits: readonly unknown[] = input.edits;
  return edits.slice(0, 100).flatMap((edit, i) => {
    if (typeof edit !== 'object' || edit === null) return [];
    const found = Object.entries(edit).find(([key]) => /^(?:new_?string|new_?text|replace(?:ment)?)$/i.test(key));
    return found !== undefined && typeof found[1] === 'string'
      ? [{ field: `edits/${i}/${found[0]}`, text: found[1] }]
      : [];
  });
}

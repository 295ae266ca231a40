import type { Effect, Span, Verb } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { touch } from './file-effects.ts';
import { namesProduction, readUrl } from './hosts.ts';
import { sqlEffects } from './sql.ts';

const verbWords: readonly (readonly [Verb, RegExp])[] = [
  [
    'delete',
    /^(?:delete|remove|destroy|drop|purge|trash|revoke|uninstall|clear|wipe|cancel|unpublish|terminate|kill)$/,
  ],
  [
    'send',
    /^(?:send|post|publish|share|reply|email|upload|forward|invite|comment|transfer|pay|notify|tweet|message|dispatch|broadcast|submit)$/,
  ],
  ['grant', /^(?:grant|authorize|assign|permit)$/],
  [
    'execute',
    /^(?:run|execute|exec|eval|evaluate|invoke|start|stop|restart|trigger|click|type|press|fill|drag|select|navigate|deploy|merge|apply|perform|launch)$/,
  ],
  [
    'write',
    /^(?:create|update|write|set|add|edit|put|patch|insert|push|move|rename|save|modify|append|upsert|replace|archive|close|reopen|import|copy|fork|schedule|book|reserve|make|mark|label|sync|store|remember|change|enable|disable|log|record)$/,
  ],
  [
    'read',
    /^(?:get|list|search|read|find|fetch|query|lookup|describe|show|view|resolve|check|status|count|download|export|history|browse|open|retrieve|scan|inspect|snapshot|screenshot|recall|ask|explain|compare|diff|validate|analyze|wait|load|tail|summarize|docs|help|whoami)$/,
  ],
];

/** `createIssue`, `slack_send_message`, `get-library-docs` → the verb its name says; `unknown` when it says none. */
export function mcpVerb(tool: string): Verb {
  const words = tool
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  // The first word that is a verb decides: `search_sent_messages` reads.
  for (const word of words) {
    for (const [verb, pattern] of verbWords) if (pattern.test(word)) return verb;
  }
  return 'unknown';
}

/** What one argument of an MCP call names: a host, a file, a statement. */
function named(key: string, text: string, verb: Verb, place: Place): readonly CommandEffect[] {
  if (/^(?:https?|wss?|ftp):\/\//i.test(text) && text.length < 4096 && !/\s/.test(text.trim())) {
    const { host, zone } = readUrl(text);
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
  if (!/^(?:\/|~\/|\.{1,2}\/|file:\/\/)/.test(text) && !(pathKey && /[./]/.test(text) && !/\s/.test(text))) return [];
  const on = verb === 'delete' ? 'delete' : verb === 'write' && !/source|from/i.test(key) ? 'write' : 'read';
  return touch(on, { text, arg: 0 }, place);
}

/** An MCP call: the tool itself, and what its arguments name. All share one flow: the server gets what they hold. */
export function mcpEffects(server: string, tool: string, by: string, input: unknown, place: Place): readonly Effect[] {
  const verb = mcpVerb(tool);
  const production = namesProduction(server) || namesProduction(tool);
  const head: Effect = {
    verb,
    resource: { kind: 'mcp-tool', name: `${server}/${tool}` },
    zone: production ? 'production' : 'other-host',
    flags: [],
    by,
  };
  const found: Effect[] = [];
  for (const { key, path, text } of texts(input)) {
    const span: Span = { field: path, start: 0, end: text.length };
    for (const { arg: _arg, ...effect } of named(key, text, verb, place)) found.push({ ...effect, by, span, flow: 0 });
  }
  return found.length === 0 ? [head] : [{ ...head, flow: 0 }, ...found];
}

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

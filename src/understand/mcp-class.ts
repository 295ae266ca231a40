import type { Flag, ResourceKind, Verb, Zone } from '../core/effect.ts';
import type { ToolAbout } from '../core/event.ts';
import { namesProduction } from './hosts.ts';
import { knownServer, type ToolEntry, toolEntry } from './mcp-servers.ts';
import { type NameMeaning, readName, verbOfWords, wordsOfName } from './mcp-words.ts';

/** A tool with what its server says of it. */
export interface ToolDescription extends ToolAbout {
  readonly server: string;
  readonly name: string;
  /** Names of its parameters, where the schema itself is not at hand. */
  readonly parameters?: readonly string[];
}

/** What the user says of tools: the last entry that fits decides, member by member. `*` stands for any characters. */
export interface ToolOverride {
  readonly server?: string;
  readonly tool?: string;
  readonly verb?: Verb;
  readonly zone?: Zone;
  readonly untrusted?: boolean;
  readonly sensitive?: boolean;
}

/** What a tool does. `from`: what the verb was read from. */
export interface ToolClass {
  readonly verb: Verb;
  readonly zone: Zone;
  readonly flags: readonly Flag[];
  /** What it acts on beyond itself, in our words: a user, money, a database. */
  readonly acts: { readonly verb: Verb; readonly kind: ResourceKind } | null;
  readonly from: 'user' | 'table' | 'name' | 'description' | 'hint' | 'nothing';
  /** Id of the well-known server it belongs to, by its name alone. */
  readonly known?: string;
}

const reading: ReadonlySet<Verb> = new Set(['read', 'receive', 'unknown', 'execute']);

/**
 * A tool → what it does: what the user says, else the shipped table, else its name, else its description, else its
 * annotations. A hint of the server only ever adds concern: `readOnlyHint` never turns a delete into a read.
 */
export function classifyTool(tool: ToolDescription, overrides: readonly ToolOverride[] = []): ToolClass {
  const server = knownServer(tool.server);
  // A tool of an unknown server may carry the product's name: `slack_send_message`.
  const entry = server && toolEntry(server, tool.name);
  const named = readName(tool.name);
  const { verb, from } = verbOf(tool, entry, named);
  const flags = new Set<Flag>(entry?.flags ?? []);
  if (!entry && reading.has(verb)) {
    for (const flag of named.flags) flags.add(flag);
    for (const flag of server?.reads ?? []) if (verb !== 'execute') flags.add(flag);
  }
  if (tool.annotations?.destructiveHint === true && verb === 'delete') flags.add('irreversible');
  if (tool.annotations?.openWorldHint === true && (verb === 'read' || verb === 'receive')) flags.add('untrusted');
  const production = namesProduction(tool.server) || namesProduction(tool.name);
  const found: ToolClass = {
    verb,
    zone: production ? 'production' : verb === 'send' ? 'other-host' : (server?.zone ?? 'other-host'),
    flags: [...flags],
    acts: named.acts,
    from,
    ...(server === undefined ? {} : { known: server.id }),
  };
  return overrides.reduce((sofar, override) => (fits(override, tool) ? overridden(sofar, override) : sofar), found);
}

function verbOf(
  tool: ToolDescription,
  entry: ToolEntry | undefined,
  named: NameMeaning,
): Pick<ToolClass, 'verb' | 'from'> {
  if (entry) return { verb: entry.verb, from: 'table' };
  const hints = tool.annotations ?? {};
  if (named.verb !== 'unknown') {
    // The name says it only looks, the server says it destroys: the worse of the two.
    if (named.verb === 'read' && hints.destructiveHint === true && hints.readOnlyHint === false) {
      return { verb: 'write', from: 'hint' };
    }
    return { verb: named.verb, from: 'name' };
  }
  const told = verbOfSentence(tool.description ?? '');
  if (told !== 'unknown') return { verb: told, from: 'description' };
  if (hints.destructiveHint === true) return { verb: 'delete', from: 'hint' };
  if (hints.readOnlyHint === true) return { verb: 'read', from: 'hint' };
  return { verb: 'unknown', from: 'nothing' };
}

/** `Deletes a page and …`, `Returns the …` → its verb. */
function verbOfSentence(description: string): Verb {
  const [first = ''] = description.slice(0, 300).split(/[.\n!;:]/);
  const words = wordsOfName(first)
    .slice(0, 8)
    .flatMap((word) => [word, stem(word)]);
  const returns = /^(?:returns?|provides?|gives?)$/;
  if (words.some((word) => returns.test(word))) {
    const verb = verbOfWords(words.filter((word) => !returns.test(word)));
    return verb === 'unknown' ? 'read' : verb;
  }
  return verbOfWords(words);
}

const stem = (word: string): string =>
  word.endsWith('ies') ? `${word.slice(0, -3)}y` : word.replace(/(?<=(?:ch|sh|s|x|z))es$|(?<=[^s])s$/, '');

function overridden(found: ToolClass, override: ToolOverride): ToolClass {
  const flags = new Set(found.flags);
  for (const flag of ['untrusted', 'sensitive'] as const) {
    if (override[flag] === true) flags.add(flag);
    if (override[flag] === false) flags.delete(flag);
  }
  const verb = override.verb ?? found.verb;
  return {
    ...found,
    verb,
    zone: override.zone ?? found.zone,
    flags: [...flags],
    acts: override.verb === undefined ? found.acts : null,
    from: 'user',
  };
}

function fits({ server = '*', tool = '*' }: ToolOverride, { server: itsServer, name }: ToolDescription): boolean {
  return matches(server, itsServer) && matches(tool, name);
}

/** `*` for any characters; linear in the text. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  if (parts.length === 1) return pattern === text;
  const last = parts.at(-1) ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

import type { Flag, ResourceKind, Verb, Zone } from '../core/effect.ts';
import type { ToolAbout } from '../core/event.ts';
import { namesProduction } from './hosts.ts';
import type { ToolOverride } from './mcp-overrides.ts';
import { knownServer, toolEntry } from './mcp-servers.ts';
import { type Acts, flagsOfWords, type NameMeaning, readName, verbOfWords, wordsOfName } from './mcp-words.ts';

/** A tool with what its server says of it. */
export interface ToolDescription extends ToolAbout {
  readonly server: string;
  readonly name: string;
  /** Names of its parameters, where the schema itself is not at hand. */
  readonly parameters?: readonly string[];
}

/** What a tool does. `from`: what the verb was read from. */
export interface ToolClass {
  readonly verb: Verb;
  readonly zone: Zone;
  readonly flags: readonly Flag[];
  /** What it acts on beyond itself, in our words: a user, money, a database. */
  readonly acts: Acts | null;
  /** What the user says it does beyond that. */
  readonly more?: readonly {
    readonly verb: Verb;
    readonly kind: ResourceKind;
    readonly zone: Zone;
    readonly flags: readonly Flag[];
  }[];
  readonly from: 'user' | 'table' | 'name' | 'description' | 'parameters' | 'hint' | 'nothing';
  /** Id of the well-known server it belongs to, by its name alone. */
  readonly known?: string;
}

const reading: ReadonlySet<Verb> = new Set(['read', 'receive', 'unknown', 'execute']);

/**
 * A tool → what it does: what the user says, else the shipped table, else its name, its description, its parameters and
 * its annotations together. What the server says may raise the concern; it lowers it only where name and description
 * say the same: `readOnlyHint` never turns a delete into a read.
 */
export function classifyTool(tool: ToolDescription, overrides: readonly ToolOverride[] = []): ToolClass {
  const server = knownServer(tool.server);
  // A tool of an unknown server may carry the product's name: `slack_send_message`.
  const entry = server && toolEntry(server, tool.name);
  const named = readName(tool.name);
  const { verb, from } = entry ? { verb: entry.verb, from: 'table' as const } : verbOf(tool, named);
  const flags = new Set<Flag>(entry?.flags ?? []);
  if (!entry && reading.has(verb)) {
    const said = named.verb === 'unknown' ? flagsOfWords(wordsOfName(firstSentence(tool.description ?? ''))) : [];
    for (const flag of [...named.flags, ...said]) flags.add(flag);
    for (const flag of server?.reads ?? []) if (verb !== 'execute') flags.add(flag);
  }
  if (tool.annotations?.destructiveHint === true && verb === 'delete') flags.add('irreversible');
  if (tool.annotations?.openWorldHint === true && (verb === 'read' || verb === 'receive')) flags.add('untrusted');
  const production = namesProduction(tool.server) || namesProduction(tool.name);
  const found: ToolClass = {
    verb,
    zone: production ? 'production' : verb === 'send' ? 'other-host' : (server?.zone ?? 'other-host'),
    flags: [...flags],
    acts: named.acts ?? (movesMoney(tool, verb) ? { verb: 'send', kind: 'account' } : null),
    from,
    ...(server === undefined ? {} : { known: server.id }),
  };
  return overrides.reduce((sofar, override) => (fits(override, tool) ? overridden(sofar, override) : sofar), found);
}

/** What a description may raise a name to that only looks. */
const grave: ReadonlySet<Verb> = new Set(['delete', 'send', 'grant', 'impersonate']);

function verbOf(tool: ToolDescription, named: NameMeaning): Pick<ToolClass, 'verb' | 'from'> {
  const { readOnlyHint, destructiveHint } = tool.annotations ?? {};
  const told = verbOfSentence(tool.description ?? '');
  const given = verbOfParameters(parametersOf(tool));
  const looks = named.verb === 'read' || named.verb === 'receive';
  if (looks) {
    if (grave.has(told) && readOnlyHint !== true) return { verb: told, from: 'description' };
    // The name says it only looks, the server says it destroys: the worse of the two.
    if (destructiveHint === true && readOnlyHint !== true) return { verb: 'write', from: 'hint' };
    return { verb: named.verb, from: 'name' };
  }
  // `run_query`, which its server and its description say only looks.
  if (named.verb === 'execute' && told === 'read' && readOnlyHint === true) return { verb: 'read', from: 'hint' };
  if (named.verb !== 'unknown') return { verb: named.verb, from: 'name' };
  if (told === 'read' && given === 'send' && readOnlyHint !== true) return { verb: given, from: 'parameters' };
  if (told === 'read' && destructiveHint === true) return { verb: 'write', from: 'hint' };
  if (told !== 'unknown') return { verb: told, from: 'description' };
  if (destructiveHint === true) return { verb: 'delete', from: 'hint' };
  return given === 'unknown' ? { verb: 'unknown', from: 'nothing' } : { verb: given, from: 'parameters' };
}

const maxParameters = 64;

/** Names of a tool's parameters, in small letters without separators. */
function parametersOf({ schema, parameters }: ToolDescription): ReadonlySet<string> {
  const named = parameters ?? Object.keys(isObject(schema) && isObject(schema.properties) ? schema.properties : {});
  return new Set(
    named.slice(0, maxParameters).map((name) =>
      name
        .slice(0, 100)
        .toLowerCase()
        .replace(/[\s_.-]/g, ''),
    ),
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const someoneElse = [
  'to',
  'recipient',
  'recipients',
  'recipientid',
  'toaddress',
  'phonenumber',
  'channel',
  'chatid',
  'payee',
];
const sayings = ['body', 'message', 'text', 'subject', 'content'];
const sums = ['amount', 'amountcents', 'totalamount', 'value'];
const accounts = [
  'to',
  'recipient',
  'iban',
  'payee',
  'toaccount',
  'destinationaccount',
  'accountnumber',
  'beneficiary',
  'walletaddress',
];

const hasOne = (names: ReadonlySet<string>, of: readonly string[]): boolean => of.some((name) => names.has(name));

/** A tool that takes a recipient and a text sends; one that takes code runs it. */
function verbOfParameters(names: ReadonlySet<string>): Verb {
  if (hasOne(names, someoneElse) && hasOne(names, [...sayings, ...sums])) return 'send';
  return hasOne(names, ['command', 'script', 'code', 'shellcommand']) ? 'execute' : 'unknown';
}

/** An amount and where it goes, in a tool that does more than look. */
function movesMoney(tool: ToolDescription, verb: Verb): boolean {
  if (verb === 'read' || verb === 'receive' || verb === 'delete') return false;
  const names = parametersOf(tool);
  return hasOne(names, sums) && hasOne(names, accounts);
}

const firstSentence = (description: string): string => description.slice(0, 300).split(/[.\n!;:]/, 1)[0] ?? '';

/** `Deletes a page and …`, `Returns the …` → its verb. */
function verbOfSentence(description: string): Verb {
  const words = wordsOfName(firstSentence(description))
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
  const [first] = override.effects ?? [];
  if (first === undefined) return { ...found, flags: [...flags], from: 'user' };
  const zone = first.zone ?? found.zone;
  const itself = first.kind === undefined || first.kind === 'mcp-tool';
  const more = (override.effects ?? []).slice(itself ? 1 : 0);
  return {
    ...found,
    verb: first.verb,
    zone,
    flags: [...new Set([...flags, ...(itself ? (first.flags ?? []) : [])])],
    acts: null,
    more: more.map((each) => ({
      verb: each.verb,
      kind: each.kind ?? 'mcp-tool',
      zone: each.zone ?? zone,
      flags: each.flags ?? [],
    })),
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

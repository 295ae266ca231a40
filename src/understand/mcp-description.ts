import type { ToolFact } from '../core/event.ts';
import { commentsToAgents, hiddenText } from './hidden-text.ts';
import { classifyTool, type ToolDescription } from './mcp-class.ts';
import { knownSpellings } from './mcp-servers.ts';
import { signs } from './mcp-signs.ts';
import { verbOfName, wordsOfName } from './mcp-words.ts';

/** UTF-16 units of one text that are looked at, and of all texts of one tool; beyond them a tool is merely too long. */
const longestText = 32_768;
const mostText = 131_072;
const longestName = 500;
const maxStrings = 4000;
const maxDepth = 64;

/** A tool as its server describes it → what is odd about it; nothing for an ordinary one. Every text of the schema is read. */
export function checkToolDescription(whole: ToolDescription): readonly ToolFact[] {
  const tool = { ...whole, server: whole.server.slice(0, longestName), name: whole.name.slice(0, longestName) };
  const facts: ToolFact[] = [...nameFacts(tool), ...hintFacts(tool)];
  const strings: Said[] = [];
  if (tool.description !== undefined) strings.push({ field: 'description', text: tool.description, key: false });
  collect(tool.schema, 'schema', 0, strings);
  let room = mostText;
  for (const said of strings) {
    if (room <= 0) break;
    room -= said.text.length;
    facts.push(...(said.key ? [...keyFacts(said), ...formFacts(tool.name, said)] : textFacts(said)));
  }
  if (tool.cut !== undefined) {
    const why = `Says more than is read: ${tool.cut}.`;
    facts.push({ what: 'long', weight: 55, why, field: 'description', start: 0, end: 0 });
  }
  const seen = new Set<string>();
  return facts
    .sort((a, b) => b.weight - a.weight)
    .filter(({ what, field }) => !seen.has(`${what} ${field}`) && seen.add(`${what} ${field}`))
    .slice(0, 20);
}

interface Said {
  readonly field: string;
  readonly text: string;
  /** The name of a parameter. */
  readonly key: boolean;
}

function collect(value: unknown, field: string, depth: number, out: Said[]): void {
  if (out.length >= maxStrings || depth > maxDepth) return;
  if (typeof value === 'string') out.push({ field, text: value, key: false });
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (out.length >= maxStrings) return;
    if (/\/(?:properties|\$defs|definitions)$/.test(field))
      out.push({ field: `${field}/${key}`, text: key, key: true });
    collect(inner, `${field}/${key}`, depth + 1, out);
  }
}

function textFacts({ field, text: whole }: Said): ToolFact[] {
  const facts: ToolFact[] = [];
  const text = whole.slice(0, longestText);
  const fact = (what: ToolFact['what'], weight: number, why: string, start: number, end: number) =>
    facts.push({ what, weight, why, field, start, end });
  for (const { what, start, end } of [...hiddenText(text), ...commentsToAgents(text)].slice(0, 3)) {
    fact('hidden-text', 80, `Holds text that a person does not see (${what.replaceAll('-', ' ')}).`, start, end);
  }
  for (const [pattern, what, weight, why] of signs) {
    const match = pattern.exec(text);
    if (match !== null) fact(what, weight, why, match.index, match.index + match[0].length);
  }
  const encoded = /[A-Za-z0-9+/]{160,}={0,2}/.exec(text);
  if (encoded !== null) {
    fact('encoded', 45, 'Carries a long encoded stretch.', encoded.index, encoded.index + encoded[0].length);
  }
  if (whole.length > 8000) fact('long', 25, `Is ${whole.length} characters long.`, 0, text.length);
  return facts;
}

/** Names of parameters that speak to the model: a secret place in a name, or a side channel. */
function keyFacts({ field, text }: Said): ToolFact[] {
  const words = wordsOfName(text);
  const spells =
    /(?:ssh|rsa|aws|env|secret|password|private).*(?:content|file|key|read)|(?:content|file|read).*(?:ssh|rsa|aws|env|secret|password|private)/i;
  const side =
    /^(?:sidenote|side_note|scratchpad|hidden|context_dump|full_context|conversation(?:_history)?|chat_history|system_prompt|previous_messages|all_messages)$/i;
  const at = { field, start: 0, end: text.length };
  if (words.length >= 4 && spells.test(text)) {
    return [{ what: 'asks-for-secrets', weight: 70, why: 'Has a parameter whose name asks for a secret.', ...at }];
  }
  return side.test(text)
    ? [
        {
          what: 'asks-for-secrets',
          weight: 45,
          why: 'Has a parameter that takes the conversation or a note the person does not see.',
          ...at,
        },
      ]
    : [];
}

/** A form that a server puts to the person must not ask for what is secret. Source: MCP 2025-06-18, elicitation. */
function formFacts(tool: string, { field, text }: Said): ToolFact[] {
  if (
    tool !== 'elicitation/create' ||
    !/pass(?:word|phrase|code)|secret|token|api_?key|private_?key|\bpin\b|cvv|card|ssn/i.test(text)
  )
    return [];
  const why = `Asks the person for ${JSON.stringify(text.slice(0, 60))}, which a server must not ask for.`;
  return [{ what: 'asks-for-secrets', weight: 60, why, field, start: 0, end: text.length }];
}

function hintFacts(tool: ToolDescription): ToolFact[] {
  const hints = tool.annotations;
  if (hints === undefined) return [];
  const verb = verbOfName(wordsOfName(tool.name));
  const changes = verb === 'delete' || verb === 'send' || verb === 'write' || verb === 'grant' || verb === 'execute';
  const mild = hints.readOnlyHint === true || (verb === 'delete' && hints.destructiveHint === false);
  if (!changes || !mild || classifyTool({ server: tool.server, name: tool.name }).verb === 'read') return [];
  const says = hints.readOnlyHint === true ? 'only looks' : 'destroys nothing';
  const why = `Says it ${says}, while its name says it can ${verb}.`;
  return [{ what: 'contradiction', weight: 40, why, field: 'annotations', start: 0, end: 0 }];
}

// ————— names

/** Letters that look like others. Source: UTS 39 confusables, the ones that look like Latin letters or digits. */
const confusables: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['a', 'аα@'],
    ['b', 'Ьв'],
    ['c', 'сϲ'],
    ['d', 'ԁ'],
    ['e', 'еєε3'],
    ['g', 'ɡ'],
    ['h', 'һн'],
    ['i', 'іιı1!|lӏ'],
    ['j', 'јϳ'],
    ['k', 'кκ'],
    ['m', 'м'],
    ['n', 'пηո'],
    ['o', 'оο0օ'],
    ['p', 'рρ'],
    ['q', 'ԛ'],
    ['r', 'г'],
    ['s', 'ѕ5$'],
    ['t', 'тτ7'],
    ['u', 'υս'],
    ['v', 'ν'],
    ['w', 'ԝω'],
    ['x', 'хχ'],
    ['y', 'уγ'],
    ['z', 'ᴢ2'],
  ].flatMap(([plain = '', alike = '']) => [...alike].map((char) => [char, plain])),
);

/** What a name looks like, whatever letters it is written with: equal skeletons are mistaken for each other. */
export function skeletonOf(name: string): string {
  const folded = name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u00ad\u200b-\u200f\u2060\ufeff\s_.-]/g, '');
  return [...folded]
    .map((char) => confusables[char] ?? char)
    .join('')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w');
}

const bySkeleton = new Map(knownSpellings.filter((name) => name.length >= 5).map((name) => [skeletonOf(name), name]));

function nameFacts({ server, name }: ToolDescription): ToolFact[] {
  const facts: ToolFact[] = [];
  const fact = (weight: number, why: string, field: string, text: string) =>
    facts.push({ what: 'look-alike', weight, why, field, start: 0, end: text.length });
  for (const [field, text] of [
    ['server', server],
    ['name', name],
  ] as const) {
    if (mixesScripts(text))
      fact(75, `The ${field === 'name' ? 'tool' : 'server'}'s name mixes letters that look alike.`, field, text);
    else if (/[\u00ad\u200b-\u200f\u2060\ufeff]/.test(text))
      fact(80, 'Its name holds characters that are not seen.', field, text);
  }
  const imitated = imitates(server);
  if (imitated !== null) fact(55, `The server's name looks like ${imitated}, which it is not.`, 'server', server);
  return facts;
}

const mixesScripts = (text: string): boolean =>
  /[a-z]/i.test(text) && /[\u0370-\u03ff\u0400-\u052f\u0531-\u058f]/.test(text);

/** The well-known server a name is one slip away from; null when it is that server, or like none. */
export function imitates(server: string): string | null {
  const plain = server
    .toLowerCase()
    .replace(/[\s_.-]/g, '')
    .replace(/^(?:mcp|server)+|(?:mcp|server)+$/g, '');
  if (plain.length < 5 || knownSpellings.includes(plain)) return null;
  const alike = bySkeleton.get(skeletonOf(plain));
  if (alike !== undefined && alike !== plain) return alike;
  if (plain.length > 24) return null;
  return knownSpellings.find((known) => known.length >= 6 && oneSlip(plain, known)) ?? null;
}

/** One letter more, less, other, or two swapped; the first letter is rarely the slip. */
function oneSlip(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1 || a[0] !== b[0]) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  const [restA, restB] = [a.slice(i), b.slice(i)];
  if (restA.slice(1) === restB.slice(1)) return restA.length > 0 && restB.length > 0;
  if (restA.slice(1) === restB || restA === restB.slice(1)) {
    // A plural or a number at the end is another name of its own.
    const more = restA.length > restB.length ? restA : restB;
    return !/^[s\d]$/.test(more);
  }
  return restA[0] === restB[1] && restA[1] === restB[0] && restA.slice(2) === restB.slice(2);
}

// ————— across servers

/** Names that are in use: skeleton → the name as its owner writes it. Grows by `lookAlikes`. */
export interface Names {
  readonly servers: Map<string, string>;
  readonly tools: Map<string, { readonly server: string; readonly name: string }>;
  /** Names of the agent's own tools. */
  readonly own: Set<string>;
}

const mostNames = 20_000;

/**
 * A tool's names → which names in use they are written to resemble; then they are in use too. Equal names are ordinary:
 * an agent names the server with the tool. So are other separators and another case.
 */
export function lookAlikes(
  { server, name }: { readonly server: string; readonly name: string },
  names: Names,
): ToolFact[] {
  const facts: ToolFact[] = [];
  const fact = (weight: number, why: string, field: string, text: string) =>
    facts.push({ what: 'look-alike', weight, why, field, start: 0, end: text.length });
  const otherServer = names.servers.get(skeletonOf(server));
  if (otherServer === undefined) {
    if (names.servers.size < mostNames) names.servers.set(skeletonOf(server), server);
  } else if (plainly(otherServer) !== plainly(server)) {
    fact(60, `The server's name is written to look like ${otherServer}.`, 'server', server);
  }
  const other = names.tools.get(skeletonOf(name));
  if (other === undefined) {
    if (names.tools.size < mostNames) names.tools.set(skeletonOf(name), { server, name });
  } else if (plainly(other.name) !== plainly(name)) {
    fact(60, `Its name is written to look like ${other.name} of ${other.server}.`, 'name', name);
  }
  if (names.own.has(name) && /^[A-Z]/.test(name)) {
    fact(45, `Has the name of the agent's own tool ${name}.`, 'name', name);
  }
  return facts;
}

const plainly = (name: string): string => name.toLowerCase().replace(/[\s_.-]/g, '');

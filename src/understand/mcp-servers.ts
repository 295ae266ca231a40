import { type Flag, flags, type Verb, verbs } from '../core/effect.ts';
import { databaseServers } from './mcp-servers.databases.ts';
import { engineeringServers } from './mcp-servers.engineering.ts';
import { localServers } from './mcp-servers.local.ts';
import { officeServers } from './mcp-servers.office.ts';
import type { KnownServer } from './mcp-servers.shape.ts';
import { wordsOfName } from './mcp-words.ts';

/** The shipped table. */
export const knownServers: readonly KnownServer[] = [
  ...localServers,
  ...engineeringServers,
  ...databaseServers,
  ...officeServers,
];

export interface ToolEntry {
  readonly verb: Verb;
  readonly flags: readonly Flag[];
}

const spellingsOf = ({ named }: KnownServer): readonly string[] =>
  named.split(',').map((spelling) => spelling.replace(/\s+/g, ''));

const bySpelling: ReadonlyMap<string, KnownServer> = new Map(
  knownServers.flatMap((server) => spellingsOf(server).map((spelling) => [spelling, server] as const)),
);

/** Every spelling of every server's name, without blanks: what a look-alike imitates. */
export const knownSpellings: readonly string[] = [...bySpelling.keys()];

/** Words that say nothing of what a server is. */
const filler = new Set(
  'mcp server servers plugin claude ai official remote local the my dev prod production staging company team hosted sse http stdio client connector integration tools tool api v1 v2 2 cli'.split(
    ' ',
  ),
);

/** Names that are also everyday words: only a server called just that is meant. */
const everyday = new Set(
  'time read front line close split mode heap make relay box cal ref you x hex mem plane height signal things ghost threads square wise bank search think go box loop loops db sql docs office mail messages front drift outreach apollo segment clay render fly ghost sketch mode stack split box nest go email'.split(
    ' ',
  ),
);

/**
 * Configured name (`plugin_acme_context7`, `claude_ai_Google_Drive`, `github-work`) → the server it says it is. What
 * counts as local must be called just that: a stranger's `git-helper` is not trusted to stay on this machine.
 */
export function knownServer(name: string): KnownServer | undefined {
  const words = wordsOfName(name);
  const telling = words.filter((word) => !filler.has(word));
  const whole = bySpelling.get(telling.join('')) ?? bySpelling.get(words.join(''));
  if (whole !== undefined) return whole;
  for (let length = Math.min(3, telling.length); length > 0; length--) {
    for (let from = 0; from + length <= telling.length; from++) {
      const spelling = telling.slice(from, from + length).join('');
      const found = everyday.has(spelling) ? undefined : bySpelling.get(spelling);
      if (found?.zone === 'other-host') return found;
    }
  }
  return undefined;
}

const entries = new Map<string, ReadonlyMap<string, ToolEntry>>();

/** What the table says of one tool beyond its name. */
export function toolEntry(server: KnownServer, tool: string): ToolEntry | undefined {
  let own = entries.get(server.id);
  if (own === undefined) {
    own = readTools(server.tools ?? '');
    entries.set(server.id, own);
  }
  return own.get(tool);
}

const verbNames: ReadonlySet<string> = new Set(verbs);
const flagNames: ReadonlySet<string> = new Set(flags);
const isVerb = (word: string): word is Verb => verbNames.has(word);
const isFlag = (word: string): word is Flag => flagNames.has(word);

/** `verb flag: tool tool` lines → entries; a line that goes on has no colon. Throws on a word outside the vocabulary: a mistake in the table. */
function readTools(text: string): ReadonlyMap<string, ToolEntry> {
  const out = new Map<string, ToolEntry>();
  let entry: ToolEntry | undefined;
  for (const line of text.split('\n')) {
    const [before = '', after] = line.trim().split(': ');
    if (after !== undefined) {
      const [verb = '', ...marks] = before.split(' ');
      if (!isVerb(verb) || !marks.every(isFlag)) throw new Error(`MCP table: "${before}" is not in the vocabulary`);
      entry = { verb, flags: marks.filter(isFlag) };
    }
    for (const tool of (after ?? before).split(' ')) if (tool !== '' && entry !== undefined) out.set(tool, entry);
  }
  return out;
}

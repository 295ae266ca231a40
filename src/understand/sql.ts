import type { Flag, Zone } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { isDynamic, unknownPart } from './arguments.ts';
import { touch } from './file-effects.ts';

/** Longer texts are read up to here. */
const maxSql = 32_768;
const maxStatements = 100;

interface Statement {
  readonly pattern: RegExp;
  effect(match: RegExpExecArray, statement: string): Omit<CommandEffect, 'zone'>;
}

const name = String.raw`((?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?[\w."'\`[\]${unknownPart}$-]+)`;

function table(verb: CommandEffect['verb'], flags: readonly Flag[] = []): Statement['effect'] {
  return (match) => ({ verb, resource: { kind: 'table', name: clean(match[1]) }, flags });
}

function database(verb: CommandEffect['verb'], flags: readonly Flag[] = []): Statement['effect'] {
  return (match) => ({ verb, resource: { kind: 'database', name: clean(match[1]) }, flags });
}

function clean(text: string | undefined): string {
  return (text ?? '')
    .replace(/^(?:if\s+(?:not\s+)?exists\s+|only\s+)+/i, '')
    .replace(/["'`[\]]/g, '')
    .replaceAll(unknownPart, '…');
}

const hasWhere = (statement: string) => /\swhere\s+(?!(?:1\s*=\s*1|true|1)\s*(?:$|limit))/i.test(statement);

const statements: readonly Statement[] = [
  {
    pattern: new RegExp(`^drop\\s+(?:database|schema|keyspace)\\s+${name}`, 'i'),
    effect: database('delete', ['irreversible', 'bulk']),
  },
  {
    pattern: new RegExp(`^drop\\s+(?:table|materialized\\s+view|collection|foreign\\s+table)\\s+${name}`, 'i'),
    effect: table('delete', ['irreversible', 'bulk']),
  },
  {
    pattern: new RegExp(`^drop\\s+(?:user|role|login)\\s+${name}`, 'i'),
    effect: (match) => ({ verb: 'delete', resource: { kind: 'user', name: clean(match[1]) }, flags: [] }),
  },
  { pattern: new RegExp(`^drop\\s+(?:\\w+\\s+){1,3}?${name}`, 'i'), effect: table('delete') },
  { pattern: new RegExp(`^truncate\\s+(?:table\\s+)?${name}`, 'i'), effect: table('delete', ['irreversible', 'bulk']) },
  {
    pattern: new RegExp(`^(?:with\\s.*?\\)\\s*)?delete\\s+from\\s+${name}`, 'is'),
    effect: (match, statement) =>
      table('delete', hasWhere(statement) ? [] : ['bulk', 'irreversible'])(match, statement),
  },
  {
    pattern: new RegExp(`^(?:with\\s.*?\\)\\s*)?update\\s+${name}\\s+(?:as\\s+\\w+\\s+)?set\\s`, 'is'),
    effect: (match, statement) => table('write', hasWhere(statement) ? [] : ['bulk', 'irreversible'])(match, statement),
  },
  {
    pattern: new RegExp(`^alter\\s+table\\s+${name}`, 'i'),
    effect: (match, statement) =>
      (/\bdrop\s+(?:column|partition)\b/i.test(statement) ? table('delete', ['irreversible']) : table('write'))(
        match,
        statement,
      ),
  },
  {
    pattern: new RegExp(
      `^(?:insert\\s+(?:ignore\\s+)?into|replace\\s+into|merge\\s+into|upsert\\s+into)\\s+${name}`,
      'i',
    ),
    effect: table('write'),
  },
  {
    pattern: new RegExp(`^(?:create|alter)\\s+(?:user|role|login)\\s+${name}`, 'i'),
    effect: (match) => ({ verb: 'grant', resource: { kind: 'user', name: clean(match[1]) }, flags: [] }),
  },
  {
    pattern: /^(?:grant|revoke)\s+(.{1,60}?)(?:\son\s|\sto\s|\sfrom\s|$)/i,
    effect: (match, statement) => ({
      verb: 'grant',
      resource: { kind: 'database', name: clean(match[1]) },
      flags: /\ball\b/i.test(statement) ? ['bulk'] : [],
    }),
  },
  {
    pattern: new RegExp(
      `^create\\s+(?:or\\s+replace\\s+)?(?:\\w+\\s+){0,3}?(?:table|view|index|database|schema)\\s+${name}`,
      'i',
    ),
    effect: table('write'),
  },
  { pattern: new RegExp(`^(?:with\\s.*?\\)\\s*)?select\\s.*?\\sfrom\\s+${name}`, 'is'), effect: table('read') },
  {
    pattern: new RegExp(`^copy\\s+${name}`, 'i'),
    effect: (match, statement) => table(/\sfrom\s/i.test(statement) ? 'write' : 'read')(match, statement),
  },
  {
    pattern:
      /^(?:show|describe|desc|explain|select|\\d\w*|\.(?:tables|schema|headers|mode|databases|indexes))\b(.{0,40})/i,
    effect: () => ({ verb: 'read', resource: { kind: 'database', name: '' }, flags: [] }),
  },
  {
    pattern: /^(?:vacuum|analyze|reindex|optimize|set|begin|commit|rollback|use|pragma|start)\b/i,
    effect: () => ({ verb: 'read', resource: { kind: 'database', name: '' }, flags: [] }),
  },
  {
    pattern: /^alter\s+(\w+\s+\S+)/i,
    effect: (match) => ({ verb: 'configure', resource: { kind: 'database', name: clean(match[1]) }, flags: [] }),
  },
];

/** SQL → effects; several statements, comments and strings are told apart. A text known only when it runs is one dynamic effect. */
export function sqlEffects(text: string | null, zone: Zone, place: Place, arg?: number): readonly CommandEffect[] {
  const at = arg === undefined ? {} : { arg };
  if (text === null || text.replaceAll(unknownPart, '').trim() === '') {
    return [{ verb: 'execute', resource: { kind: 'database', name: '' }, zone, flags: ['dynamic', 'opaque'], ...at }];
  }
  const out: CommandEffect[] = [];
  for (const statement of split(text.slice(0, maxSql)).slice(0, maxStatements)) {
    for (const rule of statements) {
      const match = rule.pattern.exec(statement);
      if (match === null) continue;
      const effect = rule.effect(match, statement);
      const flags: readonly Flag[] = isDynamic(statement) ? [...effect.flags, 'dynamic'] : effect.flags;
      out.push({ ...effect, flags, zone, ...at });
      break;
    }
    out.push(...outside(statement, place, arg ?? 0));
  }
  return out;
}

/** Statements that reach out of the database: files and programs. */
function outside(statement: string, place: Place, arg: number): readonly CommandEffect[] {
  const program = /\b(?:to|from)\s+program\s+'([^']+)'|\bxp_cmdshell\b|\bsys_exec\s*\(|\bsystem\s*\(\s*'/i.exec(
    statement,
  );
  if (program)
    return [{ verb: 'execute', resource: { kind: 'process', name: 'sh' }, zone: 'this-host', flags: ['opaque'], arg }];
  const written = /\binto\s+(?:out|dump)file\s+'([^']+)'|^\.(?:output|backup|save|once)\s+(\S+)/i.exec(statement);
  if (written) return touch('write', { text: written[1] ?? written[2] ?? null, arg }, place);
  const read =
    /\b(?:load_file|pg_read_file|pg_read_binary_file|readfile)\s*\(\s*'([^']+)'|^copy\s.*\sfrom\s+'([^']+)'|^\.(?:read|import)\s+(\S+)/is.exec(
      statement,
    );
  return read ? touch('read', { text: read[1] ?? read[2] ?? read[3] ?? null, arg }, place) : [];
}

/** Statements without comments; quoted text is kept but does not end one. */
function split(text: string): readonly string[] {
  const out: string[] = [];
  let current = '';
  const tokens = text.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$[\s\S]*?\$\$|;|[^;'"$/-]+|[\s\S]/g,
  );
  for (const [token] of tokens) {
    if (token === ';') {
      out.push(current.trim());
      current = '';
    } else if (token.startsWith('--') || token.startsWith('/*')) current += ' ';
    else current += token;
  }
  out.push(current.trim());
  return out.filter((statement) => statement !== '');
}

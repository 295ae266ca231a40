import type { Flag } from '../core/effect.ts';
import type { CommandEffect } from '../core/ports.ts';
import { unknownPart } from './arguments.ts';

// Statements of the common SQL dialects by what they touch. Sources: the manuals of PostgreSQL, MySQL, MariaDB, SQLite,
// SQL Server, Oracle, ClickHouse, Snowflake, BigQuery, Cassandra.

export interface Statement {
  readonly pattern: RegExp;
  effect(match: RegExpExecArray, statement: string): Omit<CommandEffect, 'zone'>;
}

const name = String.raw`((?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?[\w."'\`[\]#@${unknownPart}$-]+)`;
const with_ = String.raw`(?:with\s[\s\S]*?\)\s*)?`;

const of =
  (
    kind: CommandEffect['resource']['kind'],
    verb: CommandEffect['verb'],
    flags: readonly Flag[] = [],
  ): Statement['effect'] =>
  (match) => ({ verb, resource: { kind, name: clean(match[1]) }, flags });

const gone: readonly Flag[] = ['irreversible', 'bulk'];

function clean(text: string | undefined): string {
  return (text ?? '')
    .replace(/^(?:if\s+(?:not\s+)?exists\s+|only\s+)+/i, '')
    .replace(/["'`[\]]/g, '')
    .replaceAll(unknownPart, '…')
    .slice(0, 120);
}

/** A condition that lets everything through is none: `1=1`, `true`, `'a'='a'`, `id = id`. */
const alwaysTrue =
  /^(?:\(*\s*)?(?:1\b(?!\s*[<>])|true\b|not\s+false\b|'([^']*)'\s*=\s*'\1'|(\w+(?:\.\w+)?)\s*=\s*\2\b|\d+\s*(?:<>|!=|>=?)\s*0\b)\s*\)*\s*(?:$|limit\b|order\b|;|returning\b|or\b)/i;

/** True when a DELETE or UPDATE is held to some rows. */
function narrowed(statement: string): boolean {
  const where = /\swhere\s+([\s\S]*)$/i.exec(statement)?.[1];
  return where !== undefined && !alwaysTrue.test(where) && !/\bor\s+(?:1\s*=\s*1|true)\b/i.test(where);
}

const rows =
  (verb: 'delete' | 'write'): Statement['effect'] =>
  (match, statement) => ({
    verb,
    resource: { kind: 'table', name: clean(match[1]) },
    flags: narrowed(statement) ? [] : ['bulk', 'irreversible'],
  });

const temporary = /^drop\s+(?:temporary|temp)\s|^drop\s+table\s+(?:if\s+exists\s+)?(?:#|pg_temp|temp(?:_|\.)|tmp_)/i;

const removals: readonly Statement[] = [
  {
    pattern: temporary,
    effect: () => ({ verb: 'write', resource: { kind: 'table', name: 'temporary table' }, flags: [] }),
  },
  {
    pattern: new RegExp(
      `^drop\\s+(?:database|schema|keyspace|catalog|tablespace|share|dataset|pluggable\\s+database)\\s+${name}`,
      'i',
    ),
    effect: of('database', 'delete', gone),
  },
  {
    pattern: new RegExp(
      `^drop\\s+(?:external\\s+|foreign\\s+|materialized\\s+|dynamic\\s+|virtual\\s+)?(?:table|view|collection|stage|stream|measurement|column\\s+family|bucket|type|sequence|snapshot|backup|warehouse|server|subscription|publication|integration|pipe|task)s?\\s+${name}`,
      'i',
    ),
    effect: of('table', 'delete', gone),
  },
  { pattern: new RegExp(`^drop\\s+(?:user|role|login|group)\\s+${name}`, 'i'), effect: of('user', 'delete') },
  {
    pattern:
      /^drop\s+(?:row\s+)?(?:policy|masking\s+policy|trigger|audit\s+\w+|constraint|security\s+policy|rule)\s+(\S+)/i,
    effect: of('table', 'delete', ['weakens', 'irreversible']),
  },
  { pattern: /^drop\s+owned\s+by\s+(\S+)/i, effect: of('database', 'delete', gone) },
  { pattern: new RegExp(`^drop\\s+(?:\\w+\\s+){1,3}?${name}`, 'i'), effect: of('table', 'delete') },
  {
    pattern: new RegExp(`^truncate\\s+(?:(?:table|database|all\\s+tables\\s+from)\\s+)?${name}`, 'i'),
    effect: of('table', 'delete', gone),
  },
  {
    pattern: new RegExp(
      `^${with_}delete\\s+(?:low_priority\\s+|quick\\s+|ignore\\s+|top\\s*\\(\\d+\\)\\s+)*(?:[\\w.,*\\s]+?\\s)??from\\s+${name}`,
      'i',
    ),
    effect: rows('delete'),
  },
  {
    pattern: new RegExp(
      `^${with_}update\\s+(?:low_priority\\s+|ignore\\s+|or\\s+\\w+\\s+|top\\s*\\(\\d+\\)\\s+)*${name}[\\s\\S]*?\\sset\\s`,
      'i',
    ),
    effect: rows('write'),
  },
  {
    pattern: new RegExp(`^alter\\s+table\\s+${name}[\\s\\S]*?\\b(?:delete|update)\\s+(?:[\\s\\S]*?\\s)?where\\s`, 'i'),
    effect: rows('delete'),
  },
  {
    pattern: new RegExp(
      `^alter\\s+table\\s+${name}[\\s\\S]*?\\b(?:disable\\s+(?:row\\s+level\\s+security|trigger)|no\\s+force\\s+row|drop\\s+constraint|nocheck)\\b`,
      'i',
    ),
    effect: of('table', 'configure', ['weakens']),
  },
  {
    pattern: new RegExp(
      `^alter\\s+table\\s+${name}[\\s\\S]*?\\b(?:drop\\s+(?:column|partition|detached)|drop\\s+(?!constraint|default|not|index|key|foreign|primary|check)\\w|clear\\s+column|truncate\\s+partition|exchange\\s+partition)`,
      'i',
    ),
    effect: of('table', 'delete', ['irreversible']),
  },
  {
    pattern:
      /^(?:purge\s+(?:binary|master|recyclebin|table|dba_recyclebin|index)|reset\s+(?:master|slave|replica)|flush\s+logs|detach\s+(?:database|table)\s+\S+\s+permanently)\b(.*)/i,
    effect: of('database', 'delete', gone),
  },
  {
    pattern:
      /^(?:shutdown|kill\s+(?:query|mutation|connection)?|alter\s+system\s+(?:kill|shutdown)|system\s+(?:shutdown|kill|stop\s+\w+|drop\s+replica))\b(.*)/i,
    effect: of('service', 'delete', ['forced']),
  },
  {
    pattern: /^select\b[\s\S]{0,400}\b(pg_terminate_backend|pg_drop_replication_slot|pg_promote|lo_unlink)\s*\(/i,
    effect: of('service', 'delete', ['forced']),
  },
  { pattern: /^(?:rm|remove)\s+(@\S+)/i, effect: of('cloud-resource', 'delete', gone) },
  { pattern: /^restore\s+database\s+(\S+)[\s\S]*\breplace\b/i, effect: of('database', 'write', gone) },
];

const rights: readonly Statement[] = [
  { pattern: /^revoke\s+(.{1,60}?)(?:\son\s|\sfrom\s|$)/i, effect: of('user', 'configure') },
  {
    pattern: new RegExp(`^(?:create|alter)\\s+(?:or\\s+replace\\s+)?(?:user|role|login)\\s+${name}`, 'i'),
    effect: (match, statement) => ({
      verb: 'grant',
      resource: { kind: 'user', name: clean(match[1]) },
      flags: /\b(?:superuser|createrole|bypassrls|sysadmin|accountadmin|all\s+privileges)\b/i.test(statement)
        ? ['privileged']
        : [],
    }),
  },
  {
    pattern: /^grant\s+(.{1,60}?)(?:\son\s|\sto\s|$)/i,
    effect: (match, statement) => ({
      verb: 'grant',
      resource: { kind: 'database', name: clean(match[1]) },
      flags: /\ball\b|\bwith\s+grant\s+option\b|\bto\s+public\b|\bsuper(?:user)?\b|accountadmin/i.test(statement)
        ? ['bulk']
        : [],
    }),
  },
  {
    pattern:
      /^(?:set\s+password|alter\s+user\s+\S+\s+identified|exec\s+sp_addsrvrolemember|call\s+sys\.\w*grant\w*)\b(.*)/i,
    effect: of('user', 'grant'),
  },
];

const changes: readonly Statement[] = [
  {
    pattern: new RegExp(
      `^create\\s+or\\s+replace\\s+(?:transient\\s+|temporary\\s+)?(?:table|database|schema)\\s+${name}`,
      'i',
    ),
    effect: of('table', 'write', gone),
  },
  { pattern: new RegExp(`^alter\\s+table\\s+${name}`, 'i'), effect: of('table', 'write') },
  {
    pattern: new RegExp(
      `^${with_}(?:insert\\s+(?:ignore\\s+|or\\s+\\w+\\s+)?(?:into|overwrite(?:\\s+table|\\s+into)?)|replace\\s+into|merge\\s+into|upsert\\s+into)\\s+${name}`,
      'i',
    ),
    effect: (match, statement) => ({
      verb: 'write',
      resource: { kind: 'table', name: clean(match[1]) },
      flags: /^insert\s+overwrite/i.test(statement) ? gone : [],
    }),
  },
  {
    pattern: new RegExp(
      `^create\\s+(?:\\w+\\s+){0,3}?(?:table|view|index|database|schema|keyspace|type|sequence|stage)\\s+${name}`,
      'i',
    ),
    effect: of('table', 'write'),
  },
  {
    pattern:
      /^(?:alter\s+system|set\s+(?:global|persist)|alter\s+database|exec(?:ute)?\s+sp_configure|create\s+extension|install|load)\s+(\S+)/i,
    effect: of('database', 'configure'),
  },
  {
    pattern: /^(?:create|alter)\s+(?:or\s+replace\s+)?(?:event|trigger|job|task|procedure|function|rule)\s+(\S+)/i,
    effect: of('table', 'write', ['later-execution']),
  },
  { pattern: /^alter\s+(\w+\s+\S+)/i, effect: of('database', 'configure') },
];

const looks: readonly Statement[] = [
  {
    pattern: new RegExp(`^${with_}select\\s[\\s\\S]*?\\sinto\\s+(?!out|dump|@)${name}\\s+from\\s`, 'i'),
    effect: of('table', 'write'),
  },
  { pattern: new RegExp(`^${with_}select\\s[\\s\\S]*?\\sfrom\\s+${name}`, 'i'), effect: of('table', 'read') },
  {
    pattern: new RegExp(`^\\\\?copy\\s+${name}`, 'i'),
    effect: (match, statement) => ({
      verb: /\sfrom\s/i.test(statement) ? 'write' : 'read',
      resource: { kind: 'table', name: clean(match[1]) },
      flags: [],
    }),
  },
  {
    pattern:
      /^(?:show|describe|desc|explain|select|values|table|list|help|\\[a-z?]\S*|\.(?:tables|schema|headers|mode|databases|indexes|width|show|stats|timer|help|dump))\b/i,
    effect: () => ({ verb: 'read', resource: { kind: 'database', name: '' }, flags: [] }),
  },
  {
    pattern:
      /^(?:vacuum|analyze|analyse|reindex|optimize|set|begin|commit|rollback|savepoint|release|end|use|pragma|start|lock|unlock|declare|fetch|close|prepare|deallocate|discard|listen|notify|checkpoint|refresh|comment|undrop|cluster)\b/i,
    effect: () => ({ verb: 'read', resource: { kind: 'database', name: '' }, flags: [] }),
  },
];

/** The first that fits says what a statement does. */
export const statements: readonly Statement[] = [...removals, ...rights, ...changes, ...looks];

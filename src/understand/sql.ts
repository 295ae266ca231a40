import type { Flag, Zone } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import type { CommandEffect } from '../core/ports.ts';
import { isDynamic, unknownPart } from './arguments.ts';
import { touch } from './file-effects.ts';
import { statements } from './sql-statements.ts';

/** Longer texts are read up to here. */
const maxSql = 32_768;
const maxStatements = 100;
/** Longer single statements (a dump's INSERT) tell nothing new at their end. */
const maxStatement = 4096;

/** SQL → effects; several statements, comments and strings are told apart. A text known only when it runs is one dynamic effect. */
export function sqlEffects(text: string | null, zone: Zone, place: Place, arg?: number): readonly CommandEffect[] {
  const at = arg === undefined ? {} : { arg };
  if (text === null || text.replaceAll(unknownPart, '').trim() === '') {
    return [{ verb: 'execute', resource: { kind: 'database', name: '' }, zone, flags: ['dynamic', 'opaque'], ...at }];
  }
  const out: CommandEffect[] = [];
  const parts = split(text.slice(0, maxSql)).slice(0, maxStatements);
  // Rows changed in a transaction that is rolled back at the end come back.
  const undone = /^(?:begin|start\s+transaction)\b/i.test(parts[0] ?? '') && /^rollback\s*$/i.test(parts.at(-1) ?? '');
  for (const part of parts) {
    const statement = executed(part);
    for (const rule of statements) {
      const match = rule.pattern.exec(statement);
      if (match === null) continue;
      const effect = rule.effect(match, statement);
      const flags: Flag[] = [...effect.flags];
      if (isDynamic(statement)) flags.push('dynamic');
      if (undone && /^(?:delete|update|insert)\b/i.test(statement)) flags.push('dry-run');
      out.push({ ...effect, flags, zone, ...at });
      break;
    }
    out.push(...inside(statement, zone, place, arg));
    out.push(...outside(statement, place, arg ?? 0));
  }
  return out;
}

/** What really runs: `EXPLAIN ANALYZE DELETE …` deletes, `EXPLAIN DELETE …` does not. */
function executed(part: string): string {
  const statement = part.slice(0, maxStatement).replace(/^[(\s]+(?=select|with|delete|update)/i, '');
  return /^explain\s+(?:analy[sz]e\b|\([^)]*analy[sz]e[^)]*\))/i.test(statement)
    ? statement.replace(/^explain\s+(?:analy[sz]e\s+|\([^)]*\)\s*)(?:verbose\s+)?/i, '')
    : statement;
}

/** Statements inside a block or a string that is executed: `DO $$ … $$`, `EXECUTE 'DROP …'`. */
function inside(statement: string, zone: Zone, place: Place, arg: number | undefined): readonly CommandEffect[] {
  const block = /^(?:do|create\s+(?:or\s+replace\s+)?(?:function|procedure))\b[\s\S]*?\$\w*\$([\s\S]*?)\$\w*\$/i.exec(
    statement,
  )?.[1];
  const runs = /^do\b/i.test(statement) ? block?.replace(/^\s*begin\b/i, '') : undefined;
  const text =
    runs ??
    /^(?:exec(?:ute)?(?:\s+immediate)?|prepare\s+\w+\s+from)\s*\(?\s*n?'((?:[^']|'')*)'/i
      .exec(statement)?.[1]
      ?.replaceAll("''", "'");
  return text === undefined ? [] : sqlEffects(text, zone, place, arg);
}

/** Statements that reach out of the database: files and programs. */
function outside(statement: string, place: Place, arg: number): readonly CommandEffect[] {
  const program =
    /\b(?:to|from)\s+program\s+'([^']+)'|\bxp_cmdshell\b|\bsys_(?:exec|eval)\s*\(|\bsystem\s*\(\s*'|\blo_export\s*\(|\bload_extension\s*\(|\bcreate\s+(?:extension|language)\s+(?:if\s+not\s+exists\s+)?(?:plpython\w*u|plperlu|plsh)\b|\butl_file\b|\bdbms_scheduler\b/i.exec(
      statement,
    );
  if (program)
    return [{ verb: 'execute', resource: { kind: 'process', name: 'sh' }, zone: 'this-host', flags: ['opaque'], arg }];
  const written =
    /\binto\s+(?:out|dump)file\s+'([^']+)'|^\.(?:output|backup|save|once|clone)\s+(\S+)|^\\?copy\s[\s\S]*\sto\s+'([^']+)'|\b(?:vacuum\s+into|attach\s+(?:database\s+)?)\s*'([^']+)'|^\\o\s+(\S+)/i.exec(
      statement,
    );
  if (written)
    return touch('write', { text: written.slice(1).find((found) => found !== undefined) ?? null, arg }, place);
  const read =
    /\b(?:load_file|pg_read_file|pg_read_binary_file|pg_ls_dir|readfile|lo_import|load\s+data\s+(?:local\s+)?infile|bulk\s+insert\s+\S+\s+from|file)\s*\(?\s*'([^']+)'|^\\?copy\s[\s\S]*\sfrom\s+'([^']+)'|^\.(?:read|import|open|restore)\s+(\S+)|^\\i\s+(\S+)|^put\s+'?file:\/\/([^\s']+)/i.exec(
      statement,
    );
  return read ? touch('read', { text: read.slice(1).find((found) => found !== undefined) ?? null, arg }, place) : [];
}

/** Statements without comments; quoted text and `$$` blocks are kept whole. */
function split(text: string): readonly string[] {
  const out: string[] = [];
  let current = '';
  const tokens = text.matchAll(
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|;|[^;'"$/-]+|[\s\S]/g,
  );
  for (const [token] of tokens) {
    if (token === ';') {
      out.push(current.trim());
      current = '';
    } else if (token.startsWith('--')) current += ' ';
    // MySQL runs what stands in /*! … */.
    else if (token.startsWith('/*')) current += token.startsWith('/*!') ? token.replace(/^\/\*!\d*|\*\/$/g, ' ') : ' ';
    else current += token;
  }
  out.push(current.trim());
  return out
    .flatMap((statement) => statement.split(/\n(?=[.\\][a-z!])/))
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

import type { Effect, Flag, Span } from '../core/effect.ts';
import type { Place } from '../core/event.ts';
import { type Added, difference } from './edits.ts';
import { type FileRule, fileRules, guardLines } from './file-rules.ts';
import { type FileSort, madeUp, runsLater, sortOf } from './file-sorts.ts';
import { commentsToAgents, hiddenText } from './hidden-text.ts';
import { hostZone } from './hosts.ts';
import { instructionOrders } from './instruction-orders.ts';
import { laterEffects, namesServers, type ReadCommand } from './later-effects.ts';
import { oddDescriptions, serversIn } from './mcp-config.ts';
import { isNullDevice, type Located, locate } from './zones.ts';

/** One change of one file: added stretches with their place in `field`, and the lines that are gone. */
export interface FileChange {
  readonly path: string;
  readonly field: string;
  readonly added: readonly Added[];
  readonly removed: string;
}

/** Effects told of one change at most. */
const most = 24;

/**
 * What a change of a file does beyond touching it: guardrails weakened, text hidden from the reader, things that run
 * later, rights widened. Judged by what is added, not by what stood there. The write itself is not among the effects.
 */
export function changeEffects(change: FileChange, by: string, place: Place, read: ReadCommand): readonly Effect[] {
  const at = locate(change.path, place);
  if (at.kind === 'device' && isNullDevice(at.name)) return [];
  const sort = sortOf(at.name, at.kind);
  const told: Told = { at, sort, by, field: change.field };
  const found = [
    ...written(change, told),
    ...hidden(change, told),
    ...lost(change, told),
    ...servers(change, told),
    ...laterEffects(change, told, place, read),
  ];
  return found.slice(0, most);
}

interface Told {
  readonly at: Located;
  readonly sort: FileSort;
  readonly by: string;
  readonly field: string;
}

const spanAt = (field: string, start: number, end: number): Span => ({ field, start, end });

/** Rules over the added text; each tells once. */
function written({ added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  const out: Effect[] = [];
  const pretend = sort === 'text' || madeUp.test(at.name);
  for (const rule of fileRules) {
    if (pretend && rule.everywhere !== true) continue;
    if (rule.in === undefined ? !general.has(sort) : !rule.in.includes(sort)) continue;
    for (const part of added) {
      const match = rule.pattern.exec(part.text);
      if (match === null || isSpared(rule, part.text, match)) continue;
      const start = part.start + match.index;
      const resource = { kind: rule.kind, name: at.name };
      const span = spanAt(field, start, start + match[0].length);
      out.push({ verb: rule.verb, resource, zone: at.zone, flags: rule.flags, by, span });
      break;
    }
  }
  const kind = runsLater[sort];
  const [first] = added;
  // A file that something runs by itself, whatever it says; the rules above tell more.
  if (kind !== undefined && first !== undefined && !out.some(({ flags }) => flags.includes('later-execution'))) {
    const span = spanAt(field, first.start, first.start + first.text.length);
    out.push({
      verb: 'configure',
      resource: { kind, name: at.name },
      zone: at.zone,
      // Names and search paths in a start-up file run nothing.
      flags: sort === 'start-up' && added.every(({ text }) => setsOnly(text)) ? [] : ['later-execution'],
      by,
      span,
    });
  }
  return out;
}

/** Lines that only name things: aliases of harmless words, variables, search paths, completions of well-known tools. */
function setsOnly(text: string): boolean {
  return text
    .split('\n')
    .every(
      (line) =>
        line.length < 400 &&
        plainLine.test(line) &&
        !/LD_|DYLD_|PROMPT_COMMAND|BASH_ENV|PYTHONSTARTUP|NODE_OPTIONS|_PROXY|(?:ANTHROPIC|OPENAI|GEMINI|API)_BASE_URL|GIT_SSH|`|\/tmp\/|\/dev\/|\$\((?!brew --prefix|npm |go env|pwd|yarn )/i.test(
          line,
        ),
    );
}

const plainLine =
  /^\s*(?:#.*|(?:export\s+)?[A-Za-z_]\w*=[^;|&]*|alias\s+(?!(?:sudo|su|ssh|git|ls|cd|cat|curl|rm|npm|docker|kubectl|aws)=)[\w.-]+=(?:"[^"|;&]*"|'[^'|;&]*'|[\w./-]+)|(?:set\s+-o|setopt|unsetopt|shopt|bindkey|autoload|compinit|zstyle|typeset|umask|fi|then|else|PATH_add|path_add|use|layout|dotenv(?:_if_exists)?|watch_file|strict_env|source_env_if_exists|source_up(?:_if_exists)?)\b[^;|&]*|if\s+\[[^\]]*\]{1,2}\s*;\s*then|(?:\[{1,2}\s[^\]]*\]{1,2}\s*&&\s*)?(?:source|\.)\s+["']?(?:\$HOME|~|\$NVM_DIR|\$ZSH|\$\{HOME\})\/?[\w./-]*["']?|eval\s+"\$\((?:brew|\/opt\/homebrew\/bin\/brew|starship|direnv|zoxide|pyenv|rbenv|fnm|mise|fzf|atuin|jenv|nodenv|goenv|gh|kubectl|helm|just|uv|rustup|asdf|thefuck|ssh-agent)\b[^)|;&]*\)")?\s*$/;

function isSpared({ spared }: FileRule, text: string, { index, 0: match }: RegExpExecArray): boolean {
  return spared?.test(text.slice(Math.max(0, index - 600), index + match.length)) === true;
}

/** Where code and settings stand. */
const general: ReadonlySet<FileSort> = new Set([
  'code',
  'config',
  'script',
  'build',
  'infrastructure',
  'package-manifest',
  'git-config',
  'start-up',
  'pipeline',
  'container',
]);

/** Invisible characters anywhere; comments and orders to agents where an agent obeys what it reads. */
function hidden({ added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  const out: Effect[] = [];
  const obeyed = sort === 'agent-text' || sort === 'agent-settings';
  const pretend = madeUp.test(at.name) && !obeyed;
  for (const { text, start } of added) {
    const seen = hiddenText(text).filter(({ what }) => obeyed || (!pretend && what !== 'zero-width'));
    const comments = obeyed || (sort === 'text' && !pretend) ? commentsToAgents(text) : [];
    for (const found of [...seen, ...comments].slice(0, 4)) {
      const kind = obeyed ? 'agent-config' : at.kind;
      const span = spanAt(field, start + found.start, start + found.end);
      out.push({
        verb: obeyed ? 'configure' : 'write',
        resource: { kind, name: at.name },
        zone: at.zone,
        flags: ['hidden'],
        by,
        span,
      });
    }
    if (sort === 'agent-text') out.push(...ordered(text, start, { at, sort, by, field }));
  }
  return out;
}

/** Instruction files give orders: only those that go behind the person's back are told. */
function ordered(text: string, start: number, { at, by, field }: Told): Effect[] {
  const out: Effect[] = [];
  for (const [index, order] of instructionOrders(text).entries()) {
    const span = spanAt(field, start + order.start, start + order.end);
    const resource = { kind: 'agent-config' as const, name: at.name };
    if (order.what !== 'send') {
      out.push({ verb: 'configure', resource, zone: at.zone, flags: ['weakens'], by, span });
      continue;
    }
    const flow = { flow: orderFlows + index, by, span, flags: ['later-execution' as const] };
    const to = (order.to ?? '').replace(/:\d+$/, '');
    out.push({ verb: 'send', resource: { kind: 'host', name: to }, zone: hostZone(to), ...flow });
    if (order.credentials === true)
      out.push({ verb: 'read', resource: { kind: 'secret', name: '' }, zone: 'credential-store', ...flow });
  }
  return out;
}

/** Flows of orders in words stand apart from those of commands. */
const orderFlows = 1000;

/** Servers an agent will start or call, and tools that are described in words meant for the agent alone. */
function servers({ added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  const out: Effect[] = [];
  if (sort !== 'agent-settings' && !/\.jsonc?$/.test(at.name)) return out;
  for (const { text, start } of added) {
    for (const server of namesServers(sort, at.name) ? serversIn(text) : []) {
      const flags: Flag[] = server.origin === 'unknown' ? ['later-execution', 'untrusted'] : ['later-execution'];
      const resource = { kind: 'mcp-tool' as const, name: server.what };
      out.push({
        verb: 'install',
        resource,
        zone: at.zone,
        flags,
        by,
        span: spanAt(field, start + server.start, start + server.end),
      });
    }
    for (const { start: from, end, hidden: unseen } of madeUp.test(at.name) ? [] : oddDescriptions(text)) {
      const resource = { kind: 'mcp-tool' as const, name: at.name };
      out.push({
        verb: 'configure',
        resource,
        zone: at.zone,
        flags: [unseen ? 'hidden' : 'weakens'],
        by,
        span: spanAt(field, start + from, start + end),
      });
    }
  }
  return out;
}

/** Checks and rules that stood there and stand nowhere now. */
function lost({ removed, added }: FileChange, { at, sort, by, field }: Told): Effect[] {
  if (removed === '' || madeUp.test(at.name)) return [];
  const out: Effect[] = [];
  for (const [sorts, kind, pattern] of guardLines) {
    if (!sorts.includes(sort)) continue;
    const match = pattern.exec(removed);
    if (match === null || added.some(({ text }) => pattern.test(text))) continue;
    const first = added[0];
    const span = spanAt(field, first?.start ?? 0, first === undefined ? 0 : first.start + first.text.length);
    out.push({ verb: 'configure', resource: { kind, name: at.name }, zone: at.zone, flags: ['weakens'], by, span });
  }
  return out;
}

/** A write or an edit of one file → its change. */
export function changeOf(path: string, field: string, before: string, after: string): FileChange {
  return { path, field, ...difference(before, after) };
}

/** The name a text would have as an agent's file, told by its form; null: it has no such form. */
export function agentFileLike(text: string): string | null {
  const head = text.slice(0, 4096);
  if (/^\ufeff?---\r?\n(?:[^\n]*\n){0,20}?(?:name|description)\s{0,4}:/.test(head)) return 'SKILL.md';
  if (/^\s{0,8}\{/.test(head)) {
    if (/"(?:mcpServers|context_servers)"\s{0,8}:/.test(head)) return '.mcp.json';
    if (/"(?:chat|terminal|task|editor|security)\.[\w.]{3,80}"\s{0,8}:/.test(head)) return '.vscode/settings.json';
    if (/"(?:hooks|permissions)"\s{0,8}:\s{0,8}\{/.test(head)) return '.claude/settings.json';
    return /"tools"\s{0,8}:\s{0,8}\[/.test(head) ? 'tools.json' : null;
  }
  if (/^#{1,3}\s/m.test(head) || instructionOrders(text).length > 1) return 'AGENTS.md';
  return commentsToAgents(text).length > 0 ? 'AGENTS.md' : null;
}

import { lstatSync, readFileSync } from 'node:fs';
import { isAbsolute, join, posix } from 'node:path';

/** One `permissions.allow` rule of a settings file. */
interface AllowRule {
  readonly rule: string;
  readonly file: string;
  /** Directory the rule is valid in; `''` = everywhere. */
  readonly root: string;
  used: boolean;
  speaksFor(tool: string): boolean;
  fits(call: UsedCall): boolean;
}

interface UsedCall {
  readonly tool: string;
  readonly input: unknown;
  readonly cwd: string;
}

/** Compares what settings allow with what was used. */
export interface PermissionLedger {
  /** Reads the settings of a project directory, once. */
  project(directory: string): void;
  use(call: UsedCall): void;
  /** MCP servers that a configuration file names. */
  configuredServers(): ReadonlySet<string>;
  result(): { files: string[]; rules: number; unused: { rule: string; file: string }[]; unusedShare: number | null };
}

const largestSettings = 4 * 1024 * 1024;
/** Directories come from transcripts; a damaged one must not make us look at thousands of places. */
const mostProjects = 2_000;

/**
 * Reads `permissions.allow` and MCP server names from Claude Code's settings: managed, user, and of every project seen.
 * A file that is absent, no regular file, too large or not JSON counts as empty. Source: code.claude.com/docs/en/settings.
 */
export function createPermissionLedger(
  configDirectories: readonly string[],
  home: string,
  managedFile: string | null,
): PermissionLedger {
  const rules: AllowRule[] = [];
  const servers = new Set<string>();
  const projects = new Set<string>();
  const add = (file: string, root: string) => {
    const settings = readObject(file);
    if (settings === null) return;
    for (const rule of stringsAt(settings.permissions, 'allow')) rules.push(allowRule(rule, file, root, home));
    addServers(settings, servers);
  };
  if (managedFile !== null) add(managedFile, '');
  for (const directory of configDirectories) add(join(directory, 'settings.json'), '');
  for (const file of [
    ...configDirectories.map((directory) => join(directory, '.claude.json')),
    join(home, '.claude.json'),
  ]) {
    const settings = readObject(file);
    if (settings !== null) addServers(settings, servers);
  }
  return {
    project(directory) {
      if (projects.has(directory) || projects.size >= mostProjects || !isAbsolute(directory)) return;
      projects.add(directory);
      add(join(directory, '.claude', 'settings.json'), directory);
      add(join(directory, '.claude', 'settings.local.json'), directory);
      const shared = readObject(join(directory, '.mcp.json'));
      if (shared !== null) addServers(shared, servers);
    },
    use(call) {
      for (const rule of rules) {
        if (!rule.used && rule.speaksFor(call.tool) && inside(call.cwd, rule.root) && rule.fits(call)) rule.used = true;
      }
    },
    configuredServers: () => servers,
    result() {
      const unused = rules.filter((rule) => !rule.used).map(({ rule, file }) => ({ rule, file }));
      return {
        files: [...new Set(rules.map(({ file }) => file))],
        rules: rules.length,
        unused,
        unusedShare: rules.length === 0 ? null : unused.length / rules.length,
      };
    },
  };
}

function readObject(file: string): Readonly<Record<string, unknown>> | null {
  try {
    const stat = lstatSync(file);
    if (!stat.isFile() || stat.size > largestSettings) return null;
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null; // absent or broken: the agent ignores it as well
  }
}

function addServers(settings: Readonly<Record<string, unknown>>, into: Set<string>): void {
  if (isRecord(settings.mcpServers)) for (const name of Object.keys(settings.mcpServers)) into.add(name);
  if (!isRecord(settings.projects)) return;
  for (const project of Object.values(settings.projects)) {
    if (isRecord(project) && isRecord(project.mcpServers)) {
      for (const name of Object.keys(project.mcpServers)) into.add(name);
    }
  }
}

const inside = (cwd: string, root: string): boolean => root === '' || cwd === root || cwd.startsWith(`${root}/`);

/** Tools a rule also speaks for. Source: code.claude.com/docs/en/iam: Edit rules cover every tool that edits files. */
const covers: Readonly<Record<string, readonly string[]>> = {
  Edit: ['Edit', 'Write', 'MultiEdit', 'NotebookEdit'],
  Write: ['Write'],
  Read: ['Read', 'Grep', 'Glob', 'LS', 'NotebookRead'],
  Agent: ['Agent', 'Task'],
  Task: ['Agent', 'Task'],
  Bash: ['Bash', 'Monitor'],
};

function allowRule(rule: string, file: string, root: string, home: string): AllowRule {
  const [, name = rule, within = ''] = /^([^()]+)(?:\((.*)\))?$/s.exec(rule.trim()) ?? [];
  const tool = name.trim();
  const inner = within.trim();
  const always = () => true;
  if (tool.startsWith('mcp__')) {
    const server = tool.replace(/__\*$/, '');
    const named = glob(tool);
    const speaksFor = (called: string) => named(called) || called.startsWith(`${server}__`);
    return { rule, file, root, used: false, speaksFor, fits: always };
  }
  const tools = covers[tool] ?? [tool];
  const fits = inner === '' || inner === '*' ? always : specifier(tools, inner, root, home);
  return { rule, file, root, used: false, speaksFor: (called) => tools.includes(called), fits };
}

function specifier(tools: readonly string[], inner: string, root: string, home: string): (call: UsedCall) => boolean {
  if (tools.includes('Bash')) {
    const fits = commandPattern(inner);
    return (call) => [field(call, 'command'), ...simpleCommands(field(call, 'command'))].some(fits);
  }
  if (tools.includes('WebFetch')) {
    const host = glob(inner.replace(/^domain:/, '').toLowerCase());
    return (call) => host(hostOf(field(call, 'url')));
  }
  if (tools.includes('Agent')) return (call) => field(call, 'subagent_type') === inner;
  if (tools.includes('Skill')) {
    const skill = glob(inner.replace(/:\*$/, '*'));
    return (call) => skill(field(call, 'skill'));
  }
  if (tools.includes('Edit') || tools.includes('Read') || tools.includes('Write')) {
    const fits = pathPattern(inner, root, home);
    return (call) => fits(pathOf(call), call.cwd);
  }
  return (call) => Object.values(isRecord(call.input) ? call.input : {}).some((value) => value === inner);
}

/** `npm run test:*` = begins with; `git *` = glob where ` *` may also be nothing; else the whole command. */
function commandPattern(inner: string): (part: string) => boolean {
  if (inner.endsWith(':*')) return glob(inner.slice(0, -2), 'prefix');
  const whole = glob(inner);
  const bare = inner.endsWith(' *') ? glob(inner.slice(0, -2)) : () => false;
  return (part) => whole(part) || bare(part);
}

/** Parts between `&&`, `||`, `;`, `|`, `&` and newlines outside quotes: enough to tell that a rule was used. */
function simpleCommands(command: string): string[] {
  const parts: string[] = [];
  let quote = '';
  let from = 0;
  for (let at = 0; at < command.length; at += 1) {
    const char = command[at] ?? '';
    if (quote !== '') {
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '\\') at += 1;
    else if (char === "'" || char === '"') quote = char;
    else if (char === ';' || char === '|' || char === '&' || char === '\n') {
      parts.push(command.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(command.slice(from).trim());
  return parts.filter((part) => part !== '');
}

/** Gitignore style: `//abs`, `~/home`, `/from the settings' project`, else from the working directory; a directory covers what is in it. */
function pathPattern(inner: string, root: string, home: string): (path: string, cwd: string) => boolean {
  const fixed = inner.startsWith('//')
    ? inner.slice(1)
    : inner.startsWith('~/')
      ? `${home}${inner.slice(1)}`
      : inner.startsWith('/')
        ? `${root}${inner}`
        : null;
  if (fixed !== null) return pathGlob(fixed);
  const below = pathGlob(`/${inner.includes('/') ? inner.replace(/^\.\//, '') : `**/${inner}`}`);
  return (path, cwd) => path.startsWith(`${cwd}/`) && below(path.slice(cwd.length));
}

function pathGlob(pattern: string): (path: string) => boolean {
  const itself = glob(pattern, 'path');
  const within = glob(`${pattern.replace(/\/+$/, '')}/**`, 'path');
  return (path) => itself(path) || within(path);
}

function pathOf(call: UsedCall): string {
  const path = field(call, 'file_path') || field(call, 'notebook_path') || field(call, 'path') || call.cwd;
  return posix.normalize(isAbsolute(path) ? path : `${call.cwd}/${path}`);
}

function hostOf(url: string): string {
  return URL.parse(url)?.hostname ?? '';
}

/** Longest text a pattern is tried on: a rule's use shows at the front, and a command may be a whole program. */
const longestTried = 4_096;

/**
 * A pattern with `*`, tried in time |pattern| × |text| whatever it is: settings of a project are written by others, and
 * a regular expression made of them could be made to hang. `path`: `*` and `?` stop at `/`, `**` does not.
 */
function glob(pattern: string, how: 'whole' | 'prefix' | 'path' = 'whole'): (text: string) => boolean {
  const parts = tokens(pattern, how);
  const fixed = pattern.slice(0, pattern.search(/[*?]|$/));
  return (text) =>
    text.startsWith(how === 'path' ? fixed.replace(/\/$/, '') : fixed) && run(parts, text.slice(0, longestTried));
}

type Token = { readonly kind: 'char'; readonly char: string } | { readonly kind: 'one' | 'segment' | 'any' };

function tokens(pattern: string, how: 'whole' | 'prefix' | 'path'): Token[] {
  const parts: Token[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at] ?? '';
    if (char === '*' && pattern[at + 1] === '*') {
      at += 1;
      parts.push({ kind: 'any' });
      // `**/` is also no directory at all.
      if (pattern[at + 1] === '/') at += 1;
    } else if (char === '*') parts.push({ kind: how === 'path' ? 'segment' : 'any' });
    else if (char === '?' && how === 'path') parts.push({ kind: 'one' });
    else parts.push({ kind: 'char', char });
  }
  if (how === 'prefix') parts.push({ kind: 'any' });
  return parts;
}

/** The set of places in the pattern that the text so far may have reached. */
function run(parts: readonly Token[], text: string): boolean {
  let reached = closure(parts, new Set([0]));
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    const next = new Set<number>();
    for (const at of reached) {
      const part = parts[at];
      if (part === undefined) continue;
      if (part.kind === 'any' || (part.kind === 'segment' && char !== '/')) next.add(at);
      else if ((part.kind === 'char' && part.char === char) || (part.kind === 'one' && char !== '/')) next.add(at + 1);
    }
    if (next.size === 0) return false;
    reached = closure(parts, next);
  }
  return reached.has(parts.length);
}

/** A star may also stand for nothing. */
function closure(parts: readonly Token[], places: Set<number>): Set<number> {
  for (const at of places) {
    const kind = parts[at]?.kind;
    if (kind === 'any' || kind === 'segment') places.add(at + 1);
  }
  return places;
}

function field(call: UsedCall, name: string): string {
  const value = isRecord(call.input) ? call.input[name] : undefined;
  return typeof value === 'string' ? value : '';
}

function stringsAt(value: unknown, name: string): string[] {
  const list = isRecord(value) ? value[name] : undefined;
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandFamily, CommandWords, NestedRun } from '../../core/ports.ts';
import { names, type Operand, readOptions } from '../arguments.ts';
import { touch, touchAll } from '../file-effects.ts';

const execs = new Set(['-exec', '-execdir', '-ok', '-okdir']);
const narrowing =
  /^-(?:name|iname|path|ipath|wholename|regex|iregex|size|mtime|mmin|atime|amin|ctime|cmin|newer\w*|user|group|perm|inum|samefile|lname|uid|gid|links|nouser|nogroup|maxdepth)$/;

/** These pick nothing that holds anything. */
const picksEmpty = (args: readonly (string | null)[]): boolean => args.includes('-empty');

/** Paths to look under: all words before the first test. */
function roots(args: readonly (string | null)[]): readonly Operand[] {
  const out: Operand[] = [];
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? null;
    if (text !== null && /^-(?:[HLPE]|O\d|D)$/.test(text)) continue;
    if (text !== null && (text.startsWith('-') || text === '(' || text === '!')) break;
    out.push({ text, arg: i });
  }
  return out.length === 0 ? [{ text: '.', arg: -1 }] : out;
}

/** What the matches are called: the root with the name that is asked for. */
function matches(words: CommandWords): readonly Operand[] {
  const at = words.args.findIndex((arg) => arg === '-name' || arg === '-iname');
  const name = at < 0 ? null : words.args[at + 1];
  return roots(words.args).map(({ text, arg }) => ({
    text: text === null ? null : name ? `${text.replace(/\/$/, '')}/${name}` : text,
    arg,
  }));
}

/** Tests and actions that take the next word: a `-delete` there is a name. */
const takesValue =
  /^-(?:name|iname|path|ipath|wholename|iwholename|regex|iregex|regextype|lname|ilname|type|xtype|size|mtime|mmin|atime|amin|ctime|cmin|newer\w*|anewer|cnewer|user|group|uid|gid|perm|inum|links|samefile|maxdepth|mindepth|fstype|used|printf|context|files0-from)$/;

/** The words that are find's own: what stands in an `-exec … ;` or is a test's value is not. */
function ownTests(args: readonly (string | null)[]): readonly (string | null)[] {
  const out: (string | null)[] = [];
  for (let i = 0; i < args.length; i++) {
    if (execs.has(args[i] ?? '')) while (i < args.length && args[i] !== ';' && args[i] !== '+') i++;
    else {
      out.push(args[i] ?? null);
      if (takesValue.test(args[i] ?? '')) i++;
    }
  }
  return out;
}

function findEffects(words: CommandWords): readonly CommandEffect[] {
  const { args, place } = words;
  const out: CommandEffect[] = [...touchAll('read', roots(args), place, { kind: 'directory', flags: ['recursive'] })];
  if (ownTests(args).includes('-delete')) {
    const tests = ownTests(args);
    const narrowed = picksEmpty(tests) || tests.some((arg) => narrowing.test(arg ?? ''));
    const flags: Flag[] = picksEmpty(tests)
      ? ['bulk']
      : narrowed
        ? ['recursive', 'bulk']
        : ['recursive', 'bulk', 'forced'];
    const found = matches(words);
    const empties = foundBy(words).map((text, i) => ({ text, arg: found[i]?.arg ?? 0 }));
    for (const operand of picksEmpty(tests) ? empties : found)
      out.push(...touch('delete', operand, place, { kind: narrowed ? 'file' : 'directory', flags }));
  }
  args.forEach((arg, i) => {
    if (arg === '-files0-from') out.push(...touch('read', { text: args[i + 1] ?? null, arg: i + 1 }, place));
    if (arg !== null && /^-f(?:print0?|printf|ls)$/.test(arg))
      out.push(...touch('write', { text: args[i + 1] ?? null, arg: i + 1 }, place));
  });
  return out;
}

/** What the matches are called, for a command that gets them: `src/**` when a test picks some that have no name here. */
function foundBy(words: CommandWords): readonly (string | null)[] {
  const { args } = words;
  const tests = ownTests(args);
  const named = tests.some((arg) => arg === '-name' || arg === '-iname');
  const picks = tests.some((arg) => narrowing.test(arg ?? '') && !/^-(?:maxdepth|user|group|uid|gid)$/.test(arg ?? ''));
  return matches(words).map(({ text }) =>
    text === null || named || !(picks || picksEmpty(tests)) ? text : `${text.replace(/\/$/, '')}/**`,
  );
}

/** The same, as they are printed: `find . -name '*.ts'` names such files at every depth. */
function findPrints(words: CommandWords): readonly string[] | null {
  const { args } = words;
  if (picksEmpty(args) || args.some((arg) => execs.has(arg ?? '') || arg === '-delete')) return null;
  const name = args.some((arg) => arg === '-name' || arg === '-iname');
  const flat = /^[01]$/.test(args[args.indexOf('-maxdepth') + 1] ?? '');
  return foundBy(words).flatMap((text) => {
    if (text === null) return [];
    if (flat) return [name ? text : `${text.replace(/\/(?:\*\*)?$/, '')}/*`];
    const cut = text.lastIndexOf('/');
    if (name && cut > 0) return [`${text.slice(0, cut)}/**${text.slice(cut)}`];
    return [text.endsWith('**') ? text : `${text.replace(/\/$/, '')}/**/*`];
  });
}

/** Matches lie at every depth, unless only the first is looked at; a command that is not told to go through with it may ask. */
function everywhere(args: readonly (string | null)[], from: number, to: number): readonly Flag[] {
  const depth = args[args.indexOf('-maxdepth') + 1];
  const shallow = depth === '1' || depth === '0' || picksEmpty(args);
  const unasked = args.slice(from, to).some((arg) => /^-[a-zA-Z]*f|^--force$/.test(arg ?? ''));
  const picks = ownTests(args).some((arg) => narrowing.test(arg ?? ''));
  return shallow || !unasked || !picks ? ['bulk'] : ['recursive', 'bulk'];
}

function findRuns(words: CommandWords): readonly NestedRun[] {
  const { args } = words;
  const out: NestedRun[] = [];
  const found = foundBy(words)[0] ?? null;
  for (let i = 0; i < args.length; i++) {
    if (!execs.has(args[i] ?? '')) continue;
    let to = i + 1;
    while (to < args.length && args[to] !== ';' && !(args[to] === '+' && args[to - 1] === '{}')) to++;
    if (to > i + 1)
      out.push({ kind: 'words', from: i + 1, to, replace: ['{}', found], flags: everywhere(args, i + 1, to) });
    i = to;
  }
  return out;
}

function fdRuns({ args }: CommandWords): readonly NestedRun[] {
  const at = args.findIndex((arg) => /^(?:-x|-X|--exec|--exec-batch)$/.test(arg ?? ''));
  if (at < 0 || at + 1 >= args.length) return [];
  const filled = args.slice(at + 1).some((arg) => arg?.includes('{'));
  return [{ kind: 'words', from: at + 1, flags: ['bulk'], replace: ['{}', '*'], ...(!filled && { append: ['*'] }) }];
}

function fdEffects(words: CommandWords): readonly CommandEffect[] {
  const options = readOptions(
    words.args,
    names(
      '-e --extension -t --type -d --max-depth -E --exclude -x -X --exec --exec-batch -S --size --changed-within --changed-before -j -c --base-directory',
    ),
  );
  const folders = options.operands.slice(1);
  return folders.length === 0
    ? touch('read', { text: '.', arg: -1 }, words.place, { kind: 'directory', flags: ['recursive'] })
    : touchAll('read', folders, words.place, { kind: 'directory', flags: ['recursive'] });
}

export const find: CommandFamily = {
  id: 'find',
  programs: ['find', 'gfind', 'fd', 'fdfind', 'locate', 'mdfind', 'plocate'],
  prints: (words) => (/^g?find$/.test(words.program) ? findPrints(words) : null),
  effects: (words) => {
    if (words.program.endsWith('find') && words.program !== 'fdfind' && words.program !== 'mdfind')
      return findEffects(words);
    if (words.program === 'fd' || words.program === 'fdfind') return fdEffects(words);
    return [{ verb: 'read', resource: { kind: 'directory', name: '/' }, zone: 'system', flags: ['recursive'] }];
  },
  runs: (words) =>
    words.program.startsWith('fd') ? fdRuns(words) : words.program.endsWith('find') ? findRuns(words) : [],
  examples: [
    ['find . -name "*.ts"', 'read directory repository'],
    ['find . -name "*.tmp" -delete', 'read directory repository', 'delete file repository'],
    ['find / -name id_rsa', 'read directory system'],
    ['find . -name -delete -print', 'read directory repository'],
    ['find src -type f -exec rm {} \\;', 'read directory repository', 'delete file repository'],
    ["find . -exec sh -c 'cat ~/.netrc' \\;", 'read directory repository', 'read file credential-store'],
    ['fd -e log -x rm', 'read directory repository', 'delete file repository'],
  ],
};

import { unknownPart } from '../arguments.ts';
import { absolute } from '../zones.ts';
import type { Arg, Context, Stream } from './model.ts';
import { commandsIn } from './orders.ts';
import { runStream } from './run-stream.ts';
import { addEffect, runText } from './run-text.ts';
import { placeOf } from './scope.ts';

const maxKept = 65_536;

/** Text that this call writes to a file, remembered for the command that uses the file. */
export function keepWritten(path: string, out: Stream, appended: boolean, ctx: Context): void {
  if (path === '' || path.startsWith('/dev/')) return;
  const before = appended ? ctx.trace.written.get(path) : undefined;
  const text = appended && before === undefined && !ctx.trace.written.has(path) ? null : joined(before, out.text);
  if (text !== null && text.length > maxKept) return;
  ctx.trace.written.set(path, {
    text: text ?? out.text,
    remote: out.remote || (before?.remote ?? false),
    decoded: out.decoded || (before?.decoded ?? false),
    ...(out.origin && before === undefined && { origin: out.origin }),
  });
}

function joined(before: Stream | undefined, text: string | null): string | null {
  if (before === undefined) return text;
  return before.text === null || text === null ? null : before.text + text;
}

/** What this call itself put into a file; undefined when it did not. */
export function writtenTo(path: string, ctx: Context): Stream | undefined {
  if (ctx.trace.written.size === 0) return undefined;
  const known = ctx.trace.written.get(absolute(path, placeOf(ctx)));
  return known?.text == null ? undefined : known;
}

const languages: readonly (readonly [RegExp, string])[] = [
  [/\bpython[\d.]*/, 'python'],
  [/\bperl/, 'perl'],
  [/\bruby/, 'ruby'],
  [/\b(?:node|deno|bun)\b/, 'node'],
  [/\bphp/, 'php'],
  [/\blua/, 'lua'],
];

/** A file that this call wrote is started: what it says is what runs. True when its text was known. */
export function runWritten(
  path: string,
  at: Arg,
  positional: readonly Arg[],
  ctx: Context,
  language?: string,
): boolean {
  const stream = writtenTo(path, ctx);
  if (stream === undefined || ctx.depth > 24) return false;
  const first = /^#!([^\n]*)/.exec(stream.text ?? '')?.[1] ?? '';
  const spoken = language ?? languages.find(([pattern]) => pattern.test(first))?.[1] ?? 'shell';
  const scope = { ...ctx.scope, positional };
  runStream(spoken, at, stream, { ...ctx, scope, depth: ctx.depth + 1 });
  return true;
}

/** Files that a program takes its orders from without being told, with the language they speak. */
const implicit: Readonly<Record<string, readonly (readonly [file: string, language: string])[]>> = {
  npm: [['package.json', 'scripts']],
  pnpm: [['package.json', 'scripts']],
  yarn: [['package.json', 'scripts']],
  bun: [['package.json', 'scripts']],
  composer: [['composer.json', 'scripts']],
  make: [
    ['Makefile', 'make'],
    ['makefile', 'make'],
    ['GNUmakefile', 'make'],
  ],
  bundle: [['Gemfile', 'ruby']],
  rake: [
    ['Rakefile', 'ruby'],
    ['rakefile', 'ruby'],
  ],
  pip: [['setup.py', 'python']],
  pip3: [['setup.py', 'python']],
  easy_install: [['setup.py', 'python']],
  pytest: [['conftest.py', 'python']],
  just: [['justfile', 'make']],
};

/** A program that reads a file this call wrote, named or by habit (`package.json`): commands in it are run by that program. */
export function obeyWritten(program: string, args: readonly Arg[], reads: readonly Arg[], ctx: Context): void {
  if (ctx.trace.written.size === 0 || ctx.depth > 24) return;
  const inner = { ...ctx, depth: ctx.depth + 1, escaped: true };
  const [name = { text: null, start: 0, end: 0, verbatim: -1 }] = args;
  for (const [file, language] of implicit[program] ?? []) {
    const stream = writtenTo(file, ctx);
    if (stream?.text != null) obey(stream.text, language, args, { ...name, verbatim: -1 }, inner);
  }
  if (implicit[program] === undefined || program === 'make')
    for (const arg of reads) {
      const path = arg.text?.replace(/^-{0,2}[\w-]*=/, '') ?? '';
      const stream = writtenTo(path, ctx);
      if (stream?.text != null) obey(stream.text, program === 'make' ? 'make' : 'settings', args, arg, inner);
    }
  // Its settings by their name: `~/.xrc` for `x`, `~/.config/x/…`.
  if (program.length >= 3)
    for (const [path, stream] of ctx.trace.written)
      if (stream.text !== null && ownSettings(path, program)) obey(stream.text, 'settings', args, name, inner);
}

function ownSettings(path: string, program: string): boolean {
  return path.includes(`/.${program}`) || path.includes(`/.config/${program}/`) || path.endsWith(`/${program}rc`);
}

function obey(text: string, language: string, args: readonly Arg[], at: Arg, ctx: Context): void {
  const said: Arg = { text: null, start: at.start, end: at.end, verbatim: -1 };
  if (language === 'scripts')
    for (const script of scriptsOf(text, args)) runText({ ...said, text: script }, ctx, undefined);
  else if (language === 'make') for (const line of recipesOf(text)) runText({ ...said, text: line }, ctx, undefined);
  else if (language === 'settings') settings(text, said, ctx);
  else runStream(language, said, { text, remote: false, decoded: false }, ctx);
}

/** Scripts of a package file that this run would start: those it names, and the ones an install starts. */
function scriptsOf(text: string, args: readonly Arg[]): readonly string[] {
  const named = new Set(args.map((arg) => arg.text ?? ''));
  const found: string[] = [];
  const body = /"scripts"\s*:\s*\{([^}]*)\}/.exec(text)?.[1] ?? '';
  for (const match of body.matchAll(/"([^"]+)"\s*:\s*"((?:[^"\\]|\\.)*)"/g)) {
    const name = (match[1] ?? '').replace(/^(?:pre|post)(?=[a-z])/, '');
    if (named.has(match[1] ?? '') || named.has(name) || /^(?:install|prepare|prepublish|update)/.test(name))
      found.push((match[2] ?? '').replace(/\\(["\\/])/g, '$1'));
  }
  return found.slice(0, 16);
}

/** Command lines of a make file, as the shell gets them, and its `$(shell …)`. */
function recipesOf(text: string): readonly string[] {
  const lines = text
    .split('\n')
    .flatMap((line) => (/^\t| {4}\S|^[\w.-]+:[^=].*;/.test(line) ? [line.replace(/^[\w.-]+:[^;]*;/, '')] : []));
  return [...lines.map((line) => line.replace(/^[\s@+-]+/, '').replaceAll('$$', '$')), ...commandsIn(text)].slice(
    0,
    64,
  );
}

/** A settings file of a program nobody reads in full: a shell named in it will be started. */
function settings(text: string, at: Arg, ctx: Context): void {
  if (/^#!/.test(text)) {
    runStream('shell', at, { text, remote: false, decoded: false }, ctx);
    return;
  }
  const shell = /(?:^|[\s"'=:,(!|^])(?:exec\s+)?((?:\/usr)?\/bin\/(?:ba|da|z|k|c|tc)?sh(?:,[^\n]*|\b[^"'\n]*))/m.exec(
    text,
  )?.[1];
  for (const command of [...commandsIn(text), ...(shell === undefined ? [] : [shell.replaceAll(',', ' ')])])
    runText({ ...at, text: command.replaceAll(unknownPart, '') }, ctx, undefined);
  if (shell !== undefined) return;
  // `exec /path` in a file handed to a program.
  const started = /^(?:[ \t]*(?:exec|command)\s+)(\/\S+.*)$/m.exec(text)?.[1];
  if (started) runText({ ...at, text: started }, ctx, undefined);
  else if (/^\/\S+$/.test(text.trim()))
    addEffect(
      { verb: 'execute', resource: { kind: 'file', name: text.trim() }, zone: 'unknown', flags: [] },
      'sh',
      [at],
      ctx,
    );
}

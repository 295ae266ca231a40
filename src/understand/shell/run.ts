import type { Flag } from '../../core/effect.ts';
import type { CommandEffect, CommandWords, NestedRun } from '../../core/ports.ts';
import { isDynamic, unknownPart } from '../arguments.ts';
import { readCode } from '../code.ts';
import { generalEffects } from '../general.ts';
import { absolute } from '../zones.ts';
import { builtins } from './builtins.ts';
import { settingsBefore } from './environment.ts';
import { escapes, loader } from './escapes.ts';
import { globbedProgram } from './globbed.ts';
import { interpret, isInterpreter } from './interpreters.ts';
import type { Arg, Context, Stream } from './model.ts';
import { silent, unknownStream } from './model.ts';
import { outputOf } from './output.ts';
import { pathEffects, takesScripts } from './paths.ts';
import { addEffect, joinArgs, runFile, runText, wholeOf } from './run-text.ts';
import { cloned, placeOf } from './scope.ts';
import { obeyWritten, runWritten, writtenTo } from './written.ts';

/** One simple command, its words known as far as they can be: run what it means. */
export function runCommand(given: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const args = few(given, ctx);
  const [name, ...rest] = args;
  // A wrapper's words are looked at again by what it wraps.
  if (name === undefined || !ctx.trace.spend(1 + (args.length >> 4))) return unknownStream;
  if (name.text !== null && /\s/.test(name.text) && name.verbatim >= 0 && !name.text.includes('/'))
    return unknownStream;
  if (name.text?.includes('/') && /[*?[]/.test(name.text) && ctx.trace.spend(32)) {
    const out = runGlobbed(name, rest, ctx, stdin);
    if (out) return out;
  }
  // `A-B=2 cmd`: no assignment to the shell, but meant as one.
  if (rest.length > 0 && /^[\w-]*=[^/]*$/.test(name.text ?? '')) return ctx.engine.command(rest, ctx, stdin);
  const program = programName(name.text);
  if (program === null || /^!(?:!|-?\d|\w)/.test(program)) return runUnknown(name, rest, ctx, stdin);
  const alias = ctx.scope.vars.get(aliasOf(program));
  if (alias?.text) return callAlias(program, alias.text, name, rest, ctx, stdin);
  secretVariables(program, rest, ctx);
  const fn = ctx.scope.functions.get(program);
  if (fn) return callFunction(program, rest, ctx, stdin);
  const builtin = builtins.get(program);
  if (builtin) return builtin(args, ctx, stdin);
  ctx.trace.programs.push(program);
  if (isInterpreter(program)) return interpret(program, args, ctx, stdin);
  // `git-clean -fd`: each of git's own commands is a program as well.
  if (/^git-[a-z]/.test(program) && !ctx.engine.families.has(program))
    return runProgram('git', [name, { ...name, text: program.slice(4), verbatim: -1 }, ...rest], ctx, stdin);
  return runProgram(program, args, ctx, stdin);
}

/** More words than this are not looked at one by one: the first and the last are, and the rest is said to be unread. */
const maxWords = 1_024;

function few(args: readonly Arg[], ctx: Context): readonly Arg[] {
  if (args.length <= maxWords) return args;
  ctx.trace.opaque.add('more words than are read');
  return [...args.slice(0, maxWords / 2), ...args.slice(-maxWords / 2)];
}

/** `/usr/bin/Git.exe` → `Git`; null when it cannot be told. */
function programName(text: string | null): string | null {
  if (text === null || text === '') return null;
  const base = text.slice(text.lastIndexOf('/') + 1);
  if (base === '' || base.includes(unknownPart)) return null;
  return base.replace(/\.(?:exe|cmd|bat|jar)$/i, '');
}

function runUnknown(name: Arg, rest: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  if (name.text === '') return silent;
  ctx.trace.opaque.add('dynamic command name');
  const flags: Flag[] = ['dynamic', 'opaque'];
  if (name.remote) flags.push('remote-code');
  if (name.decoded) flags.push('hidden');
  ctx.trace.add({ verb: 'execute', resource: { kind: 'process', name: '' }, zone: 'unknown', flags }, '', name, ctx);
  // `$SUDO rm -rf x`, `"$PREFIX" sh -c …`: what follows is often a command of its own.
  const next = rest[0]?.text ?? null;
  if (next !== null && (ctx.engine.families.has(next) || isInterpreter(next)))
    return ctx.engine.command(rest, ctx, stdin);
  return unknownStream;
}

function runProgram(program: string, args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const [name, ...rest] = args as readonly [Arg, ...Arg[]];
  const texts = rest.map((arg) => arg.text);
  const family = ctx.engine.families.get(program) ?? ctx.engine.families.get(program.toLowerCase());
  const known = family?.programs.includes(program) ? program : program.toLowerCase();
  const words: CommandWords = {
    program: known,
    args: texts,
    place: placeOf(ctx),
    ...(stdin && { stdin: stdin.text === unknownPart ? null : stdin.text }),
    ...(stdin?.paths && { named: stdin.paths }),
  };
  const path = name.text ?? '';
  const byPath =
    path.includes('/') && !family && !/^(?:\/usr)?(?:\/local)?\/s?bin\//.test(path) && !loader.test(program);
  if (path.includes('/') && !family) runFile(path, name, rest, ctx);
  if (path.includes('/')) runWritten(path, name, rest, ctx);
  const effects = family ? family.effects(words) : path.includes('/') ? [] : generalEffects(words);
  for (const effect of effects) addEffect(effect, known, args, ctx);
  const inner = passesOn.has(known) ? { ...ctx, scope: cloned(ctx.scope) } : ctx;
  if (inner !== ctx) settingsBefore(args, inner);
  const escaping = family?.id === 'wrappers' ? inner : { ...inner, escaped: true };
  const nested = family?.runs?.(words) ?? [];
  // What xargs starts gets the words of its input as arguments, and no input.
  const input = known === 'xargs' || known === 'parallel' ? undefined : stdin;
  let printed: Stream | undefined;
  for (const run of nested) printed = runNested(run, args, escaping, input);
  if (byPath) return runOutput(known, texts, effects, stdin, ctx);
  const isProgram = (text: string) => ctx.engine.families.has(text) || isInterpreter(text);
  // A family that has nothing to say of this call knows it no better than nobody does.
  const told = family !== undefined && (effects.length > 0 || nested.length > 0);
  const gotten = escapes(words, { told, nested: nested.length > 0 }, isProgram);
  for (const run of gotten) runNested(run, args, { ...escaping, helper: true }, stdin);
  // Of a wrapper, only what stands before the command it wraps is its own.
  const own = family?.id === 'wrappers' ? ownWords(words, nested) : words;
  if (nested.length === 0 || family?.id === 'wrappers' || takesScripts(known))
    for (const effect of pathEffects(own, effects, { told, scripts: nested.length + gotten.length > 0 }))
      addEffect(effect, known, args, ctx);
  obeyWritten(known, args, told ? [] : rest, ctx);
  // What a wrapper prints is what the command it wraps prints.
  if (printed && nested.length === 1 && family?.id === 'wrappers') return printed;
  return withPaths(runOutput(known, texts, effects, stdin, ctx), family?.prints?.(words) ?? null, words);
}

/** Filters that pass on the names they read, and those that pass on some of them. */
const sifts: ReadonlySet<string> = new Set('sort uniq tac shuf tr tee cat pv nl'.split(' '));
const picks: ReadonlySet<string> = new Set('grep egrep fgrep rg head tail comm awk gawk sed'.split(' '));

/** The paths that a listing prints go down the pipe with it. */
function withPaths(out: Stream, printed: readonly string[] | null, { program, named }: CommandWords): Stream {
  if (out.text !== null) return out;
  const some = picks.has(program) ? named?.map((path) => path.replace(/(^|\/)(?:\*\*\/)?\*$/, '$1**')) : undefined;
  const paths = printed ?? some ?? (sifts.has(program) ? named : undefined);
  return paths === undefined || paths.length === 0 ? out : { ...out, paths: paths.slice(0, 16) };
}

function ownWords(words: CommandWords, nested: readonly NestedRun[]): CommandWords {
  const inner = nested.find((run) => run.kind === 'words' || run.kind === 'shell-args');
  return inner && 'from' in inner ? { ...words, args: words.args.slice(0, inner.from) } : words;
}

/** Wrappers before whose command `NAME=value` words stand. */
const passesOn: ReadonlySet<string> = new Set(['env', 'sudo', 'doas', 'cross-env']);

function runOutput(
  known: string,
  texts: readonly (string | null)[],
  effects: readonly CommandEffect[],
  stdin: Stream | undefined,
  ctx: Context,
): Stream {
  if (!ctx.trace.spend((stdin?.text?.length ?? 0) >> 8)) return unknownStream;
  const receives = effects.some((effect) => effect.verb === 'receive' && effect.zone !== 'this-host');
  if (receives || stdin?.remote) rememberDownloads(effects, ctx);
  const out = outputOf(known, texts, stdin, receives, (file) => writtenTo(file, ctx));
  return known in nestedOutputs ? unknownOf(out) : out;
}

const nestedOutputs: Readonly<Record<string, true>> = { env: true, sudo: true, timeout: true };

function unknownOf(stream: Stream): Stream {
  return stream.remote || stream.decoded ? { ...stream, text: null } : unknownStream;
}

function rememberDownloads(effects: readonly CommandEffect[], ctx: Context): void {
  for (const { verb, resource } of effects) {
    if (verb === 'write' && resource.name !== '') ctx.trace.downloaded.set(resource.name, ctx.flow);
  }
}

const authHeader =
  /^["']?(?:proxy-)?(?:authorization|x-[\w-]*(?:key|token|auth)[\w-]*|private-token|job-token|api-key|cookie|dd-[\w-]*key)["']?\s*:/i;
const authOption =
  /^(?:-u|-a|-p|--user|--oauth2-bearer|--token|--password|--pass|--api-key|--auth|--access-token|--password-stdin|--build-arg|-e|--env)$/;

/** A variable that holds a secret, used as an argument: shown by `echo`, carried by others. Signing in with it is its use. */
function secretVariables(program: string, args: readonly Arg[], ctx: Context): void {
  args.forEach((arg, i) => {
    if (arg.secret === undefined || program === 'export' || program === '[' || program === 'test') return;
    if (authHeader.test(arg.text ?? '') || authOption.test(args[i - 1]?.text ?? '')) return;
    const shown = program === 'echo' || program === 'printf';
    const resource = { kind: shown ? ('secret' as const) : ('environment' as const), name: arg.secret };
    ctx.trace.add(
      { verb: 'read', resource, zone: shown ? 'credential-store' : 'this-host', flags: [] },
      program,
      arg,
      ctx,
    );
  });
}

/** Where an alias is kept among the variables. */
const aliasOf = (program: string) => `${unknownPart}alias ${program}`;

function callAlias(
  program: string,
  text: string,
  name: Arg,
  rest: readonly Arg[],
  ctx: Context,
  stdin: Stream | undefined,
): Stream {
  const vars = new Map(ctx.scope.vars);
  vars.delete(aliasOf(program));
  const scope = { ...ctx.scope, vars };
  const words = rest.map((arg) => (arg.text === null ? unknownPart : `'${arg.text.replaceAll("'", "'\\''")}'`));
  const at = { ...name, text: [text, ...words].join(' '), end: rest.at(-1)?.end ?? name.end, verbatim: -1 };
  const out = runText(at, { ...ctx, scope, depth: ctx.depth + 1 }, stdin);
  ctx.scope.cwd = scope.cwd;
  return out;
}

/** A program named by a pattern (`/bin/b?sh`): all that it could be are looked at, and the disguise is said. */
function runGlobbed(name: Arg, rest: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream | null {
  const known = [...ctx.engine.families.keys(), 'sh', 'bash', 'zsh', 'dash', 'python3', 'perl'];
  const could = globbedProgram(name.text ?? '', known);
  if (could === null) return null;
  ctx.trace.opaque.add('program named by a pattern');
  const resource = { kind: 'process' as const, name: '' };
  const flags: Flag[] = ['hidden', 'dynamic'];
  ctx.trace.add({ verb: 'execute', resource, zone: 'this-host', flags }, '', name, ctx);
  let out: Stream = unknownStream;
  for (const program of could)
    out = ctx.engine.command([{ ...name, text: program, verbatim: -1 }, ...rest], ctx, stdin);
  return out;
}

function callFunction(name: string, args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const fn = ctx.scope.functions.get(name);
  if (!fn) return unknownStream;
  const active = ctx.scope.vars.get(`${unknownPart}calls ${name}`);
  if (active || ctx.depth > 30) {
    const at = args[0] ?? { start: ctx.frame.start, end: ctx.frame.end };
    const forks: Flag[] = ctx.flags.includes('background') ? ['bulk', 'forced', 'irreversible'] : ['bulk'];
    const resource = { kind: 'process' as const, name: 'a function that calls itself' };
    ctx.trace.add({ verb: 'execute', resource, zone: 'this-host', flags: forks }, name, at, ctx);
    return unknownStream;
  }
  const vars = new Map(ctx.scope.vars).set(`${unknownPart}calls ${name}`, { text: '1' });
  const scope = { ...ctx.scope, vars, positional: args };
  const out = ctx.engine.body(fn.body, { ...ctx, scope, frame: fn.frame, depth: ctx.depth + 1 }, stdin);
  ctx.scope.cwd = scope.cwd;
  return out;
}

// ————— what a command runs in turn

function runNested(run: NestedRun, args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const scope = run.where || run.cwd !== undefined ? cloned(ctx.scope) : ctx.scope;
  if (run.cwd !== undefined) scope.cwd = run.cwd === null || isDynamic(run.cwd) ? '' : absolute(run.cwd, placeOf(ctx));
  const inner: Context = {
    ...ctx,
    scope,
    depth: ctx.depth + 1,
    flags: run.flags ? [...new Set([...ctx.flags, ...run.flags])] : ctx.flags,
    where: run.where ?? ctx.where,
  };
  if (inner.depth > 32) {
    ctx.trace.fail('nested too deep');
    return unknownStream;
  }
  if (run.kind === 'words') return runWords(run, args, inner, stdin);
  if (run.kind === 'shell-args') {
    const words = args.slice(run.from + 1, run.to === undefined ? undefined : run.to + 1);
    return words.length === 0 ? unknownStream : runText(joinArgs(words), inner, stdin);
  }
  const at = run.arg === undefined ? wholeOf(args) : (args[run.arg + 1] ?? wholeOf(args));
  const verbatim = at.text !== null && at.text === run.text ? at.verbatim : -1;
  if (run.kind === 'shell') return runText({ ...at, text: run.text, verbatim }, inner, stdin);
  readCode(run.language, run.text, { ...at, verbatim }, inner);
  return unknownStream;
}

function runWords(
  run: Extract<NestedRun, { kind: 'words' }>,
  args: readonly Arg[],
  ctx: Context,
  stdin: Stream | undefined,
): Stream {
  const end = wholeOf(args);
  const words: Arg[] = args
    .slice(run.from + 1, run.to === undefined ? undefined : run.to + 1)
    .map((arg) => replaced(arg, run.replace));
  const appended = run.append ?? [];
  // `… | xargs sh -c`: what the input says is code, the whole line of it.
  if (appended.length > 0 && words.at(-1)?.text === '-c' && isInterpreter(programName(words[0]?.text ?? null) ?? ''))
    words.push({ ...end, text: appended.includes(null) ? null : appended.join(' '), verbatim: -1 });
  else for (const text of appended) words.push({ ...end, text, verbatim: -1 });
  return words.length > 0 ? ctx.engine.command(words, ctx, stdin) : unknownStream;
}

function replaced(arg: Arg, replace: readonly [string, string | null] | undefined): Arg {
  if (replace === undefined || arg.text === null || !arg.text.includes(replace[0])) return arg;
  const text = arg.text.replaceAll(replace[0], replace[1] ?? unknownPart);
  return { ...arg, text: text === unknownPart ? null : text, verbatim: -1 };
}

import type { Flag } from '../../core/effect.ts';
import { unknownPart } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { absolute, locate } from '../zones.ts';
import type { Arg, Context, Stream } from './model.ts';
import { unknownStream } from './model.ts';
import { runLanguage, runStream } from './run-stream.ts';
import { addEffect, joinArgs, runFile, runText } from './run-text.ts';
import { placeOf } from './scope.ts';
import { runWritten } from './written.ts';

/** How a language takes its code. `code`: options whose value is code; `skip`: options with another value. */
interface Interpreter {
  readonly language: string;
  readonly code: ReadonlySet<string>;
  readonly skip: ReadonlySet<string>;
}

const set = (list: string) => new Set(list.split(' '));
const shell: Interpreter = { language: 'shell', code: set('-c'), skip: set('-o -O --rcfile --init-file +o +O') };
const python: Interpreter = { language: 'python', code: set('-c'), skip: set('-W -X --check-hash-based-pycs') };
const node: Interpreter = {
  language: 'node',
  code: set('-e --eval -p --print -pe'),
  skip: set('-r --require --import --loader --experimental-loader -C --conditions --env-file'),
};
const perl: Interpreter = { language: 'perl', code: set('-e -E'), skip: set('-I') };
const ruby: Interpreter = { language: 'ruby', code: set('-e'), skip: set('-r -I -C') };
const php: Interpreter = { language: 'php', code: set('-r -B -R -E'), skip: set('-d -c -S -t -z') };
const lua: Interpreter = { language: 'lua', code: set('-e'), skip: set('-l') };
const osascript: Interpreter = { language: 'osascript', code: set('-e'), skip: set('-l -s') };

/** Its options know no case and may be cut short. */
const powershell: Interpreter = {
  language: 'powershell',
  code: set('-c -C -Command -command -e -E -ec -enc -Enc -EncodedCommand -encodedcommand -encodedCommand'),
  skip: set(
    '-ExecutionPolicy -executionpolicy -ep -Ep -ex -exec -Exec -File -w -W -win -WindowStyle -windowstyle -Version -InputFormat -OutputFormat',
  ),
};

const interpreters: ReadonlyMap<string, Interpreter> = new Map([
  ...'sh bash zsh dash ksh ash fish mksh pdksh rbash csh tcsh posh yash elvish sash rc oksh loksh hush lksh nu xonsh'
    .split(' ')
    .map((name) => [name, shell] as const),
  ...'python python2 python3 pypy pypy3 ipython'.split(' ').map((name) => [name, python] as const),
  ...'node nodejs tsx ts-node'.split(' ').map((name) => [name, node] as const),
  ['perl', perl],
  ['ruby', ruby],
  ['jruby', ruby],
  ['irb', ruby],
  ['php', php],
  ['lua', lua],
  ['luajit', lua],
  ['osascript', osascript],
  ['Rscript', { language: 'r', code: set('-e'), skip: set('') }],
  ['julia', { language: 'julia', code: set('-e -E'), skip: set('') }],
  ...'pwsh powershell pwsh.exe powershell.exe'.split(' ').map((name) => [name, powershell] as const),
]);

function interpreterOf(program: string): Interpreter | undefined {
  return (
    interpreters.get(program) ??
    (/^(?:python|pypy)[23](?:\.\d+)?$/.test(program) ? python : undefined) ??
    (/^(?:perl|ruby|lua|php)\d/.test(program) ? interpreters.get(program.replace(/[\d.]+$/, '')) : undefined)
  );
}

/** True for shells and script languages. */
export function isInterpreter(program: string): boolean {
  return interpreterOf(program) !== undefined;
}

/** True for script languages, not for shells. */
export function isLanguage(program: string): boolean {
  const how = interpreterOf(program);
  return how !== undefined && how.language !== 'shell';
}

/** `bash -c …`, `python - < file`, `node x.js`: what is run, read as far as it can be. */
export function interpret(program: string, args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const how = interpreterOf(program);
  if (!how) return unknownStream;
  const inner = { ...ctx, depth: ctx.depth + 1 };
  let i = 1;
  let fromStdin = false;
  for (; i < args.length; i++) {
    const text = args[i]?.text ?? null;
    if (text === null || (!text.startsWith('-') && !text.startsWith('+')) || text === '-') break;
    if (text === '--') {
      i++;
      break;
    }
    if (how.code.has(text) || (isCluster(text, how) && !how.skip.has(text)))
      return runCode(how, args, i, text, inner, stdin);
    if (how.language === 'shell' && /^-[a-z]*s/.test(text)) fromStdin = true;
    if (how.language === 'python' && text.startsWith('-m')) return runModule(args, i, program, ctx);
    if (text === '-i' || text === '--version' || text === '-V' || text === '--help' || text === '-v') continue;
    if (how.skip.has(text)) i++;
  }
  const file = args[i];
  // What is no script's name is the command itself.
  if (file && how.language === 'powershell' && file.text !== '-' && !/\.ps[m1]?1?$/i.test(file.text ?? '.ps1')) {
    runLanguage('powershell', joinArgs(args.slice(i)), inner);
    return unknownStream;
  }
  if (file && !fromStdin && file.text !== '-') return runScript(how, program, file, args.slice(i + 1), inner, stdin);
  if (stdin)
    return runStream(how.language, args[0] as Arg, stdin, {
      ...inner,
      scope: { ...inner.scope, positional: args.slice(i) },
    });
  if (args.some((arg) => /^(?:--version|-V|-v|--help|-h)$/.test(arg.text ?? ''))) return unknownStream;
  // A shell that waits for orders: what it will run is not in the call.
  const flags: Flag[] =
    /^(?:power)?shell$/.test(how.language) && ctx.depth > 0 && !ctx.where ? ['opaque', 'dynamic'] : [];
  if (flags.length > 0 && ctx.escaped) flags.push('hidden');
  addEffect(
    { verb: 'execute', resource: { kind: 'process', name: program }, zone: 'this-host', flags },
    program,
    args,
    ctx,
  );
  return unknownStream;
}

/** `-lc`, `-euc`, `-ne`: the last letter takes the code. */
function isCluster(text: string, how: Interpreter): boolean {
  if (text[1] === '-' || text.length < 3) return false;
  if (how.language === 'shell') return /^-[a-zA-Z]*c[a-zA-Z]*$/.test(text);
  if (how.language === 'perl' || how.language === 'ruby')
    return /^-[a-zA-Z0-9]*[eE]$/.test(text) || /^-[lnpwsaiT0-9]*e./.test(text);
  if (how.language === 'python') return /^-[a-zA-Z]*c/.test(text);
  return false;
}

function runCode(
  how: Interpreter,
  args: readonly Arg[],
  i: number,
  option: string,
  ctx: Context,
  stdin: Stream | undefined,
): Stream {
  const glued = how.language !== 'shell' ? /^-[a-zA-Z0-9]*?[ceE](.+)$/.exec(how.code.has(option) ? '' : option) : null;
  const first = glued?.[1] !== undefined && args[i] ? { ...args[i], text: glued[1], verbatim: -1 } : args[i + 1];
  if (first === undefined) return unknownStream;
  const at = furtherLines(how, args, i + 2, option, first);
  if (how.language !== 'shell') {
    runLanguage(how.language, at, ctx);
    secretOperands(how.language, args, i + (glued ? 1 : 2), ctx);
    if (args.some((arg) => /^-[a-zA-Z0-9]*?i/.test(arg.text ?? '')))
      inPlace(how.language, args, i + (glued ? 1 : 2), ctx);
    return unknownStream;
  }
  const scope = {
    ...ctx.scope,
    vars: new Map(ctx.scope.vars),
    functions: new Map(ctx.scope.functions),
    positional: args.slice(i + 3),
  };
  const self = args[i + 2];
  if (self !== undefined) scope.vars.set('0', { text: self.text });
  return runText(at, { ...ctx, scope }, stdin);
}

/** `osascript -e a -e b`: each value is a line of one script. */
function furtherLines(how: Interpreter, args: readonly Arg[], from: number, option: string, first: Arg): Arg {
  if (!/^(?:osascript|perl|ruby)$/.test(how.language) || first.text === null) return first;
  const lines = [first.text];
  for (let i = from; i + 1 < args.length && args[i]?.text === option; i += 2)
    lines.push(args[i + 1]?.text ?? unknownPart);
  return lines.length === 1 ? first : { ...first, text: lines.join('\n'), verbatim: -1 };
}

/** `perl -pi -e … file`: each line is what the code makes of it. */
function inPlace(language: string, args: readonly Arg[], from: number, ctx: Context): void {
  if (language !== 'perl' && language !== 'ruby') return;
  for (const arg of args.slice(from))
    if (!arg.text?.startsWith('-'))
      for (const effect of touch('write', { text: arg.text, arg: 0 }, placeOf(ctx)))
        ctx.trace.add(effect, language, arg, ctx);
}

/** `perl -ne print file`: secrets among what the code is given. */
function secretOperands(language: string, args: readonly Arg[], from: number, ctx: Context): void {
  for (const arg of args.slice(from)) {
    if (arg.text === null || !arg.text.includes('/')) continue;
    const { zone, kind, name } = locate(arg.text, placeOf(ctx));
    if (zone === 'credential-store')
      ctx.trace.add({ verb: 'read', resource: { kind, name }, zone, flags: [] }, language, arg, ctx);
  }
}

function runModule(args: readonly Arg[], i: number, program: string, ctx: Context): Stream {
  const option = args[i]?.text ?? '';
  const module = option === '-m' ? args[i + 1] : { ...(args[i] as Arg), text: option.slice(2) };
  if (module?.text && ctx.engine.families.has(module.text))
    return ctx.engine.command([module, ...args.slice(i + 2)], ctx, undefined);
  addEffect(
    {
      verb: 'execute',
      resource: { kind: 'process', name: module?.text ?? '' },
      zone: 'this-host',
      flags: module?.text == null ? ['dynamic'] : [],
    },
    program,
    args,
    ctx,
  );
  return unknownStream;
}

function runScript(
  how: Interpreter,
  program: string,
  file: Arg,
  rest: readonly Arg[],
  ctx: Context,
  stdin: Stream | undefined,
): Stream {
  if (file.stream) return runStream(how.language, file, file.stream, ctx);
  if (file.text === '/dev/stdin' && stdin) return runStream(how.language, file, stdin, ctx);
  if (file.text !== null && /^https?:\/\//.test(file.text))
    return runStream(how.language, file, { text: null, remote: true, decoded: false }, ctx);
  if (file.text === null) {
    const flags: Flag[] = file.remote ? ['remote-code', 'opaque'] : ['dynamic'];
    addEffect({ verb: 'execute', resource: { kind: 'file', name: '' }, zone: 'unknown', flags }, program, [file], ctx);
    return unknownStream;
  }
  runFile(file.text, file, rest, ctx);
  runWritten(file.text, file, rest, ctx, how.language);
  knownScript(file, rest, ctx);
  const { kind, zone, name } = locate(file.text, placeOf(ctx));
  if (zone === 'credential-store' || kind === 'agent-config') {
    ctx.trace.add({ verb: 'read', resource: { kind, name }, zone, flags: [] }, program, file, ctx);
  }
  const remote = ctx.trace.downloaded.has(absolute(file.text, placeOf(ctx)));
  return remote ? { text: null, remote, decoded: false } : unknownStream;
}

/** A script known by its name (`manage.py`, `laZagne.py`) means what its family says. */
function knownScript(file: Arg, rest: readonly Arg[], ctx: Context): void {
  const name = file.text?.slice(file.text.lastIndexOf('/') + 1) ?? '';
  const family = ctx.engine.families.get(name);
  if (!family) return;
  const words = { program: name, args: rest.map((arg) => arg.text), place: placeOf(ctx) };
  for (const effect of family.effects(words)) addEffect(effect, name, [file, ...rest], ctx);
}

import type { Flag } from '../../core/effect.ts';
import { isDynamic, unknownPart } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { absolute } from '../zones.ts';
import { obeyVariable } from './environment.ts';
import type { Arg, Context, Stream } from './model.ts';
import { silent, unknownStream } from './model.ts';
import { outputOf } from './output.ts';
import { runStream } from './run-stream.ts';
import { addEffect, joinArgs, runFile, runText } from './run-text.ts';
import { placeOf } from './scope.ts';
import { separatorsOf } from './variables.ts';
import { runWritten } from './written.ts';

type Builtin = (args: readonly Arg[], ctx: Context, stdin: Stream | undefined) => Stream;

const nothing: Builtin = () => silent;

function changeDirectory(args: readonly Arg[], ctx: Context): Stream {
  const target = args.slice(1).find((arg) => !arg.text?.startsWith('-') || arg.text === '-');
  if (target === undefined) ctx.scope.cwd = ctx.trace.place.home;
  else if (target.text === '-' || isDynamic(target.text)) ctx.scope.cwd = knownEnd(target.text, ctx);
  else ctx.scope.cwd = absolute(target.text ?? '', placeOf(ctx));
  return silent;
}

/** `cd "$X/.ssh"`: the known end is kept, so that what is named there is still recognised. */
function knownEnd(text: string | null, ctx: Context): string {
  if (text === null || text === '-') return ctx.scope.cwd.includes(unknownPart) || text === '-' ? '' : unknownPart;
  return absolute(text, placeOf(ctx));
}

function declare(args: readonly Arg[], ctx: Context): Stream {
  if (args.length === 1 || args.slice(1).every((arg) => arg.text === '-p')) return listEnvironment(args, ctx);
  for (const arg of args.slice(1)) {
    const equals = arg.text?.indexOf('=') ?? -1;
    if (arg.text === null || equals <= 0) continue;
    const value = arg.text.slice(equals + 1);
    const text = value === unknownPart ? null : value;
    const name = arg.text.slice(0, equals);
    ctx.scope.vars.set(name, { text, remote: arg.remote, decoded: arg.decoded, flow: ctx.flow });
    obeyVariable(name, { ...arg, text, verbatim: -1 }, ctx);
    if (!/^(?:HISTFILE|HISTSIZE|PROMPT_COMMAND)=/.test(arg.text)) continue;
    const resource = { kind: 'environment' as const, name: arg.text.slice(0, equals) };
    const flags: Flag[] = arg.text.startsWith('HIST') ? ['hidden'] : [];
    ctx.trace.add({ verb: 'configure', resource, zone: 'this-host', flags }, 'export', arg, ctx);
  }
  return silent;
}

function listEnvironment(args: readonly Arg[], ctx: Context): Stream {
  addEffect(
    { verb: 'read', resource: { kind: 'environment', name: '' }, zone: 'this-host', flags: ['bulk'] },
    args[0]?.text ?? 'set',
    args,
    ctx,
  );
  return unknownStream;
}

function setOptions(args: readonly Arg[], ctx: Context): Stream {
  if (args.length === 1) return listEnvironment(args, ctx);
  const dashes = args.findIndex((arg) => arg.text === '--');
  if (dashes > 0) ctx.scope.positional = args.slice(dashes + 1);
  if (args[1]?.text === '+o' && args[2]?.text === 'history') {
    ctx.trace.add(
      { verb: 'configure', resource: { kind: 'environment', name: 'history' }, zone: 'this-host', flags: ['hidden'] },
      'set',
      args[2],
      ctx,
    );
  }
  return silent;
}

function evaluate(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  ctx.trace.programs.push('eval');
  if (args.length < 2) return silent;
  return runText(joinArgs(args.slice(1)), { ...ctx, depth: ctx.depth + 1 }, stdin);
}

function sourceFile(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const file = args[1];
  ctx.trace.programs.push('source');
  if (file === undefined) return silent;
  if (file.stream) return runStream('sh', file, file.stream, ctx);
  if (file.text === '/dev/stdin' && stdin) return runStream('sh', file, stdin, ctx);
  if (file.text === null) return runText(file, ctx, stdin);
  runFile(file.text, file, [], ctx);
  runWritten(file.text, file, args.slice(2), ctx, 'shell');
  for (const effect of touch('read', { text: file.text, arg: 0 }, placeOf(ctx))) addEffect(effect, 'source', args, ctx);
  return unknownStream;
}

/** Names to look up. A whole command line with its options is none: whoever writes it means it to run. */
const onlyAsks = (words: readonly Arg[]): boolean => {
  const [name, ...rest] = words.filter(({ text }) => text !== '--' && !/^-[pvV]+$/.test(text ?? ''));
  return name === undefined || rest.every(({ text }) => text !== null && !text.startsWith('-'));
};

/** `command -v x` asks; `command x` runs. */
function passOn(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  let i = 1;
  for (; i < args.length && args[i]?.text?.startsWith('-'); i++) {
    const text = args[i]?.text ?? '';
    if (args[0]?.text === 'command' && /^-[a-z]*[vV]/.test(text) && onlyAsks(args.slice(i + 1)))
      return { ...silent, text: `${args[i + 1]?.text ?? ''}\n` };
    if (text === '-a' && args[0]?.text === 'exec') i++;
    if (text === '--') {
      i++;
      break;
    }
  }
  const rest = args.slice(i);
  return rest.length === 0 ? silent : ctx.engine.command(rest, ctx, stdin);
}

function trap(args: readonly Arg[], ctx: Context): Stream {
  const body = args.slice(1).find((arg) => !/^-[lp]?$|^--$/.test(arg.text ?? ''));
  if (body?.text && args.length > 2) runText(body, { ...ctx, depth: ctx.depth + 1 }, undefined);
  return silent;
}

function readInto(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const names = args.slice(1).flatMap(({ text }) => (text !== null && /^[A-Za-z_]\w*$/.test(text) ? [text] : []));
  const line = stdin?.text?.trim() || null;
  const [path, more] = stdin?.paths ?? [];
  const [only] = names;
  if (line === null && path !== undefined && more === undefined && only !== undefined && names.length === 1) {
    ctx.scope.vars.set(only, { text: path, flow: ctx.flow });
    return silent;
  }
  const marks = { remote: stdin?.remote, decoded: stdin?.decoded, flow: ctx.flow };
  if (args.some((arg) => /^-[a-z]*[at]$/.test(arg.text ?? '')) || /^(?:mapfile|readarray)$/.test(args[0]?.text ?? '')) {
    const items = line?.split(/\s+/) ?? [null];
    for (const name of names) ctx.scope.vars.set(name, { text: line, items, ...marks });
    return silent;
  }
  const separators = separatorsOf(ctx);
  const words = line?.split('\n')[0]?.split(separators) ?? [];
  names.forEach((name, i) => {
    const rest = i === names.length - 1 ? words.slice(i).join(' ') : words[i];
    ctx.scope.vars.set(name, { text: line === null ? null : names.length === 1 ? line : (rest ?? ''), ...marks });
  });
  return silent;
}

/** Letters written as numbers: nobody reads `\\x72\\x6d` as what it is. */
const spelledOut = /(?:\\x[0-9a-f]{2}){3}|(?:\\0?[0-7]{3}){3}/i;

function print(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  ctx.trace.programs.push(args[0]?.text ?? 'echo');
  const out = outputOf(
    args[0]?.text ?? 'echo',
    args.slice(1).map((arg) => arg.text ?? unknownPart),
    stdin,
    false,
  );
  const remote = args.some((arg) => arg.remote);
  const decoded = args.some((arg) => arg.decoded || spelledOut.test(arg.text ?? ''));
  if (args[0]?.text === 'printf' && args[1]?.text === '-v' && args[2]?.text) {
    const text = outputOf(
      'printf',
      args.slice(3).map((arg) => arg.text ?? unknownPart),
      stdin,
      false,
    ).text;
    ctx.scope.vars.set(args[2].text, { text, remote, decoded, flow: ctx.flow });
    return silent;
  }
  return remote || decoded ? { text: out.text, remote, decoded } : out;
}

function history(args: readonly Arg[], ctx: Context): Stream {
  const clears = args.some((arg) => /^-[a-z]*[cdw]/.test(arg.text ?? ''));
  const resource = { kind: 'file' as const, name: 'shell history' };
  addEffect(
    { verb: clears ? 'delete' : 'read', resource, zone: 'home', flags: clears ? ['hidden'] : [] },
    'history',
    args,
    ctx,
  );
  return unknownStream;
}

function killProcess(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream {
  const family = ctx.engine.families.get('kill');
  ctx.trace.programs.push('kill');
  const words = {
    program: 'kill',
    args: args.slice(1).map((arg) => arg.text),
    place: placeOf(ctx),
    ...(stdin && { stdin: stdin.text }),
  };
  for (const effect of family?.effects(words) ?? []) addEffect(effect, 'kill', args, ctx);
  return silent;
}

/** `alias x='rm -rf /'`: kept for when `x` is called. */
function alias(args: readonly Arg[], ctx: Context): Stream {
  for (const arg of args.slice(1)) {
    const equals = arg.text?.indexOf('=') ?? -1;
    if (arg.text === null || equals <= 0) continue;
    const text = arg.text.slice(equals + 1);
    ctx.scope.vars.set(`${unknownPart}alias ${arg.text.slice(0, equals)}`, { text });
  }
  return silent;
}

/** What the shell does itself. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ['cd', changeDirectory],
  ['pushd', changeDirectory],
  [
    'popd',
    (_args, ctx) => {
      ctx.scope.cwd = '';
      return silent;
    },
  ],
  ['export', declare],
  ['declare', declare],
  ['typeset', declare],
  ['local', declare],
  ['readonly', declare],
  ['set', setOptions],
  ['eval', evaluate],
  ['source', sourceFile],
  ['.', sourceFile],
  ['command', passOn],
  ['builtin', passOn],
  ['exec', passOn],
  ['trap', trap],
  ['read', readInto],
  ['echo', print],
  ['printf', print],
  ['history', history],
  ['kill', killProcess],
  ['pwd', (_args, ctx) => (ctx.scope.cwd === '' ? unknownStream : { ...silent, text: `${ctx.scope.cwd}\n` })],
  ['fc', nothing],
  ['true', nothing],
  ['false', nothing],
  [':', nothing],
  ['test', nothing],
  ['[', nothing],
  ['[[', nothing],
  ['exit', nothing],
  ['return', nothing],
  ['break', nothing],
  ['continue', nothing],
  ['wait', nothing],
  ['jobs', nothing],
  ['fg', nothing],
  ['bg', nothing],
  ['shift', nothing],
  ['unset', nothing],
  ['alias', alias],
  ['unalias', nothing],
  ['type', nothing],
  ['hash', nothing],
  ['shopt', nothing],
  ['getopts', nothing],
  ['let', nothing],
  ['times', nothing],
  ['dirs', nothing],
  ['disown', nothing],
  ['umask', nothing],
  ['ulimit', nothing],
  ['mapfile', readInto],
  ['readarray', readInto],
  ['bind', nothing],
  ['complete', nothing],
  ['compgen', nothing],
  ['enable', nothing],
  ['help', nothing],
  ['logout', nothing],
  ['setopt', nothing],
  ['sleep', nothing],
  ['clear', nothing],
  ['suspend', nothing],
  ['caller', nothing],
]);

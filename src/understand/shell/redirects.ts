import type { DoubleQuotedChild, DoubleQuotedPart, HereDoc, Redirect, Redirection, WordPart } from 'unbash';
import { unknownPart } from '../arguments.ts';
import { touch } from '../file-effects.ts';
import { absolute, isNullDevice } from '../zones.ts';
import { expandWord, stretch } from './expand.ts';
import type { Arg, Context, Stream } from './model.ts';
import { silent, unknownStream } from './model.ts';
import { placeOf } from './scope.ts';
import { keepWritten, writtenTo } from './written.ts';

/** What the redirections of one command lead to. */
export interface Opened {
  readonly stdin: Stream | undefined;
  /** File that takes the output; null when the output goes on down the pipe. */
  readonly file: string | null;
  /** `>>`: what stood in the file stays. */
  readonly appended?: boolean;
}

/** Files, heredocs and sockets that the redirections open; reading and writing them are effects. */
export function redirected(redirects: readonly Redirection[], ctx: Context, piped: Stream | undefined): Opened {
  let stdin: Stream | undefined;
  let file: string | null = null;
  let appended = false;
  for (const redirect of redirects) {
    if (!ctx.trace.spend(3)) break;
    if (redirect.type === 'HereDoc') stdin = heredoc(redirect, ctx);
    else if (redirect.type === 'HereString') {
      if (redirect.target) stdin = fed(expandWord(redirect.target, ctx), '\n');
    } else {
      const opened = redirectFile(redirect, ctx);
      if (opened?.stdin) stdin = opened.stdin;
      if (opened?.file != null) file = opened.file;
      if (opened?.appended) appended = true;
    }
  }
  return { stdin: stdin ?? piped, file, appended };
}

function heredoc({ body, operator }: HereDoc, ctx: Context): Stream {
  const { start, end } = stretch(body, ctx.frame);
  const { parts, text } = body;
  const verbatim = ctx.frame.offset >= 0 && operator === '<<' ? start : -1;
  if (parts === undefined) return { ...silent, text, origin: { start, end, verbatim } };
  const inner: DoubleQuotedPart = {
    type: 'DoubleQuoted',
    pos: body.pos,
    end: body.end,
    text,
    parts: parts.filter(isQuotedPart),
  };
  const stream = fed(
    expandWord({ type: 'Word', text, value: text, pos: body.pos, end: body.end, parts: [inner] }, ctx),
    '',
  );
  return { ...stream, origin: { start, end, verbatim: stream.text === text ? verbatim : -1 } };
}

function isQuotedPart(part: WordPart): part is DoubleQuotedChild {
  return /^(?:Literal|SimpleExpansion|ParameterExpansion|CommandExpansion|ArithmeticExpansion)$/.test(part.type);
}

function fed(args: readonly Arg[], end: string): Stream {
  const text = args.map((arg) => arg.text ?? unknownPart).join(' ');
  return {
    text: text === unknownPart ? null : `${text}${end}`,
    remote: args.some((arg) => arg.remote),
    decoded: args.some((arg) => arg.decoded),
  };
}

const socket: Stream = { text: null, remote: true, decoded: false };
const descriptor = (number: number | string) => `${unknownPart}descriptor ${number}`;

function redirectFile(redirect: Redirect, ctx: Context): Opened | null {
  if (redirect.target === undefined) return null;
  const [target] = expandWord(redirect.target, ctx);
  if (target === undefined) return null;
  const copies = redirect.operator === '>&' || redirect.operator === '<&';
  if (copies && /^\d+-?$|^-$/.test(target.text ?? '')) {
    // `sh <&3` after `exec 3<>/dev/tcp/…`: its input comes from there.
    const from = ctx.scope.vars.get(descriptor(Number.parseInt(target.text ?? '', 10)));
    return from?.remote ? { stdin: socket, file: null } : null;
  }
  const reads = redirect.operator === '<' || redirect.operator === '<&' || redirect.operator === '<>';
  if (target.stream) return { stdin: reads ? target.stream : undefined, file: null };
  const place = placeOf(ctx);
  const verbs =
    redirect.operator === '<>' ? (['read', 'write'] as const) : reads ? (['read'] as const) : (['write'] as const);
  const effects = verbs.flatMap((verb) => touch(verb, { text: target.text, arg: 0 }, place, truncates(redirect)));
  for (const effect of effects) ctx.trace.add(effect, 'sh', target, ctx);
  const number = redirect.descriptor?.type === 'FileDescriptor' ? redirect.descriptor.value : reads ? 0 : 1;
  if (effects.some((effect) => effect.resource.kind === 'host' && effect.zone !== 'this-host')) {
    ctx.scope.vars.set(descriptor(number), { text: null, remote: true });
    return { stdin: socket, file: null };
  }
  if (reads && target.text === '/dev/tty') return null;
  if (reads)
    return { stdin: (target.text === null ? undefined : writtenTo(target.text, ctx)) ?? unknownStream, file: null };
  if (number !== 1) return null;
  const path = target.text === null ? '' : absolute(target.text, place);
  return { stdin: undefined, file: path, appended: /^&?>>/.test(redirect.operator) };
}

function truncates(redirect: Redirect): { flags?: readonly 'forced'[] } {
  return redirect.operator === '>|' ? { flags: ['forced'] } : {};
}

/** Where a file took the output, nothing goes on down the pipe; remember what came from another host. */
export function landed(out: Stream, opened: Opened, ctx: Context): Stream {
  if (opened.file === null) return out;
  keepWritten(opened.file, out, opened.appended ?? false, ctx);
  if (out.remote && opened.file !== '' && !isNullDevice(opened.file)) ctx.trace.downloaded.set(opened.file, ctx.flow);
  return opened.file.startsWith('/dev/std') || opened.file === '/dev/tty' ? out : silent;
}

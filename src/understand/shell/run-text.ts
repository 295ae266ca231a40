import type { Flag } from '../../core/effect.ts';
import type { CommandEffect } from '../../core/ports.ts';
import { unknownPart } from '../arguments.ts';
import { generalEffects } from '../general.ts';
import { absolute, locate } from '../zones.ts';
import type { Arg, Context, Stream } from './model.ts';
import { unknownStream } from './model.ts';
import { placeOf } from './scope.ts';

/** Run a program by its path: a script of the project, a download, a tool. */
export function runFile(path: string, at: Arg, rest: readonly Arg[], ctx: Context): void {
  const place = placeOf(ctx);
  const located = locate(path, place);
  const flow = ctx.trace.downloaded.get(absolute(path, place));
  const flags: Flag[] = [];
  if (located.dynamic) flags.push('dynamic');
  if (flow !== undefined) {
    flags.push('remote-code');
    ctx.trace.join(flow, ctx.flow);
  }
  // A helper that lies where anyone can write is not one the program came with.
  if (ctx.helper && (located.zone === 'temp' || located.zone === 'unknown')) flags.push('hidden');
  const resource = { kind: located.kind, name: located.name };
  const by = path.slice(path.lastIndexOf('/') + 1).replaceAll(unknownPart, '…');
  ctx.trace.add({ verb: 'execute', resource, zone: located.zone, flags }, by, at, ctx);
  // A secret run as a program is read by it, and shown in what it complains of.
  if (located.zone === 'credential-store')
    ctx.trace.add({ verb: 'read', resource, zone: located.zone, flags: [] }, by, at, ctx);
  const words = { program: by, args: rest.map((arg) => arg.text), place };
  for (const effect of generalEffects(words).slice(1)) addEffect(effect, by, [at, ...rest], ctx);
}

/** An effect of a command, its span the word it was read from. */
export function addEffect(effect: CommandEffect, by: string, args: readonly Arg[], ctx: Context): void {
  const word = effect.arg === undefined ? undefined : args[effect.arg + 1];
  const at = word ?? { start: args[0]?.start ?? 0, end: args.at(-1)?.end ?? 0 };
  ctx.trace.add(effect, by, at.end < at.start ? { start: at.start, end: at.start } : at, ctx);
}

/** The stretch of a whole command, its text unknown. */
export function wholeOf(args: readonly Arg[]): Arg {
  return { text: null, start: args[0]?.start ?? 0, end: args.at(-1)?.end ?? 0, verbatim: -1 };
}

/** Several words as one text, blanks between. */
export function joinArgs(args: readonly Arg[]): Arg {
  const [only] = args;
  if (args.length === 1 && only) return only;
  const text = args.map((arg) => arg.text ?? unknownPart).join(' ');
  return { ...wholeOf(args), text, remote: args.some((arg) => arg.remote), decoded: args.some((arg) => arg.decoded) };
}

/** Text that a shell runs; what cannot be read is an effect of its own. */
export function runText(at: Arg, ctx: Context, stdin: Stream | undefined): Stream {
  const text = at.text;
  const flags: readonly Flag[] = at.decoded ? [...ctx.flags, 'hidden'] : ctx.flags;
  const known = text !== null && text.replaceAll(unknownPart, '').trim() !== '';
  if (at.remote || !known) {
    const marks: Flag[] = ['opaque', at.remote ? 'remote-code' : 'dynamic'];
    if (at.decoded) marks.push('hidden');
    ctx.trace.opaque.add(at.remote ? 'code from another host' : 'code known only when it runs');
    ctx.trace.add(
      { verb: 'execute', resource: { kind: 'process', name: 'sh' }, zone: 'this-host', flags: marks },
      'sh',
      at,
      ctx,
    );
  }
  if (text === null || !known) return unknownStream;
  return ctx.engine.text(text, at, { ...ctx, flags }, stdin);
}

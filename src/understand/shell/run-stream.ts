import type { Flag } from '../../core/effect.ts';
import { readCode } from '../code.ts';
import type { Arg, Context, Stream } from './model.ts';
import { unknownStream } from './model.ts';
import { runText } from './run-text.ts';

/** Code that arrives on standard input or through `<(…)`. */
export function runStream(language: string, at: Arg, stream: Stream, ctx: Context): Stream {
  const from = stream.origin ?? { start: at.start, end: at.end, verbatim: -1 };
  const code: Arg = { ...from, text: stream.text, remote: stream.remote, decoded: stream.decoded };
  if (language === 'shell' || language === 'sh') return runText(code, ctx, undefined);
  runLanguage(language, code, ctx);
  return unknownStream;
}

/** Code of a script language, from the call or from elsewhere. */
export function runLanguage(language: string, at: Arg, ctx: Context): void {
  if (at.remote) {
    ctx.trace.opaque.add('code from another host');
    const flags: Flag[] = ['opaque', 'remote-code'];
    ctx.trace.add(
      { verb: 'execute', resource: { kind: 'process', name: language }, zone: 'this-host', flags },
      language,
      at,
      ctx,
    );
  }
  if (!at.remote || at.text !== null)
    readCode(language, at.text, at, at.decoded ? { ...ctx, flags: [...ctx.flags, 'hidden'] } : ctx);
}

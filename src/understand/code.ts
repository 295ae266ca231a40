import type { Arg, Context } from './shell/model.ts';

/** Code of a script language: what it obviously does; the rest stays opaque. */
export function readCode(language: string, text: string | null, at: Arg, ctx: Context): void {
  const flags = text === null ? (['opaque', 'dynamic'] as const) : (['opaque'] as const);
  ctx.trace.opaque.add(`${language} code`);
  ctx.trace.add(
    { verb: 'execute', resource: { kind: 'process', name: language }, zone: 'this-host', flags },
    language,
    at,
    ctx,
  );
}

import type { Context, Scope } from './model.ts';

/** A copy for a subshell: what it changes stays inside. */
export function cloned(scope: Scope): Scope {
  return { ...scope, vars: new Map(scope.vars), functions: new Map(scope.functions) };
}

/** The ground the next command stands on. */
export function placeOf(ctx: Context): { cwd: string; home: string; root: string } {
  const { place } = ctx.trace;
  return { cwd: ctx.scope.cwd, home: place.home, root: place.root ?? place.cwd };
}

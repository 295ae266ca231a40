import type { Place } from '../../core/event.ts';
import type { Context, Scope } from './model.ts';

/** A copy for a subshell: what it changes stays inside. */
export function cloned(scope: Scope): Scope {
  return { ...scope, vars: new Map(scope.vars), functions: new Map(scope.functions) };
}

/** The ground the next command stands on. */
export function placeOf(ctx: Context): Place & { readonly root: string } {
  const { place } = ctx.trace;
  return { ...place, cwd: ctx.scope.cwd, root: place.root ?? place.cwd };
}

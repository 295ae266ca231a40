/** A value or a reason. Expected failures (bad input, policy says no) travel as values; only a broken world throws. */
export type Result<T, E = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** Why something expected did not work. `code` is stable and kebab-case; `detail` is one sentence for a person. */
export interface Problem {
  readonly code: string;
  readonly detail: string;
}

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const fail = (code: string, detail: string): { readonly ok: false; readonly error: Problem } => ({
  ok: false,
  error: { code, detail },
});

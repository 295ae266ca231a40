/** One question to a worker; `id` comes back in its reply. */
export interface Request {
  readonly id: number;
  readonly ask: string;
  readonly about: unknown;
}

/** What a thread says of a failure; becomes an Error with a cause on the other side. */
export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly cause?: string;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly failure: Failure };

/** What both workers are started with. */
export interface WorkerStart {
  readonly path: string;
  readonly signingKeyPem: string;
  readonly keyid: string;
  /** The last receipt the store answered with, number 0 for none: a database that does not hold it is not ours. */
  readonly acknowledged: { readonly seq: number; readonly leaf: string };
}

export function failureOf(error: unknown, message?: string, code?: string): Failure {
  const own = error instanceof Error ? error.message : String(error);
  const ownCode = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const known = code ?? ownCode;
  return {
    message: message ?? own,
    ...(known === undefined ? {} : { code: known }),
    ...(message === undefined ? {} : { cause: own }),
  };
}

export function errorOf(failure: Failure): Error {
  const error = new Error(failure.message, failure.cause === undefined ? {} : { cause: new Error(failure.cause) });
  return failure.code === undefined ? error : Object.assign(error, { code: failure.code });
}

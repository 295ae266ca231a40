/** The world a command may touch, handed in so that tests can drive it. */
export interface Io {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Exit status: 0 fine, 1 found something, 2 used wrongly, 3 could not. */
export type ExitStatus = 0 | 1 | 2 | 3;

/** One command of `warder`. `run` gets the words after the name; it throws UsageError for a mistake of the user. */
export interface Command {
  readonly name: string;
  /** One line for `warder help`. */
  readonly summary: string;
  /** Shown by `warder <name> --help`. */
  readonly usage: string;
  run(args: readonly string[], io: Io): Promise<ExitStatus>;
}

/** The user's mistake: printed as one sentence with what to do next, exit status 2, never a stack trace. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

import type { AnswerListener } from '../core/dialect.ts';
import { allTokens, noTokens, type Tokens } from '../core/usage.ts';
import type { Passed } from './gateway-exchange.ts';

/** What an answer took, once it is over. */
export interface Taken {
  readonly passed: Passed;
  readonly tokens: Tokens;
  /** Reckoned from its length: its provider did not tell, or it broke off. */
  readonly estimated: boolean;
}

/** Counts one answer: it is over when the client has it and its copy was read. */
export interface Meter {
  readonly used: NonNullable<AnswerListener['used']>;
  /** The answer was read to its end, or never will be. */
  read(): void;
  over(passed: Passed): void;
}

/** A copy that is still being decoded when the client has everything gets this long. */
const readWithinMs = 1000;

/** `tell` gets what the answer took, once. `requestBytes`: for what no provider told. */
export function openMeter(requestBytes: number, streaming: () => boolean, tell: (taken: Taken) => void): Meter {
  let tokens: Tokens | null = null;
  let passed: Passed | null = null;
  let wasRead = false;
  let told = false;
  const finish = () => {
    if (told || !passed) return;
    told = true;
    tell({ passed, ...takenOf(passed, tokens, requestBytes, streaming()) });
  };
  return {
    used(all) {
      tokens = all;
    },
    read() {
      wasRead = true;
      finish();
    },
    over(how) {
      passed = how;
      if (wasRead || !how.whole || how.status >= 400) finish();
      else setTimeout(finish, readWithinMs).unref();
    },
  };
}

/** Bytes of a token in a prompt, and in an answer: a streamed token comes in an event of its own. */
export const bytesPerToken = { prompt: 4, whole: 4, streamed: 200 } as const;

function takenOf(
  { status, bytes, whole }: Passed,
  told: Tokens | null,
  requestBytes: number,
  streaming: boolean,
): Pick<Taken, 'tokens' | 'estimated'> {
  // A provider charges nothing for an error; what never answered is no answer.
  if (status < 200 || status >= 300 || bytes === 0) return { tokens: told ?? noTokens, estimated: false };
  if (told && whole && allTokens(told) > 0) return { tokens: told, estimated: false };
  const output = Math.ceil(bytes / (streaming ? bytesPerToken.streamed : bytesPerToken.whole));
  if (told && allTokens(told) > 0) {
    // Sums come at the end of a stream: one that broke off has told too little.
    return { tokens: { ...told, output: Math.max(told.output, output) }, estimated: output > told.output };
  }
  return { tokens: { ...noTokens, input: Math.ceil(requestBytes / bytesPerToken.prompt), output }, estimated: true };
}

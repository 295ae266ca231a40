import type { IncomingMessage } from 'node:http';
import type { AccessGuard, Admission } from '../core/access.ts';
import type { Dialect } from '../core/dialect.ts';
import type { Identity } from '../core/event.ts';
import type { AnswerUsage } from '../core/usage.ts';
import { bytesPerToken, type Meter, openMeter, type Taken } from './gateway-usage.ts';

/** What access rules look at in a request. */
export interface Entering {
  readonly req: IncomingMessage;
  readonly identity: Identity;
  readonly provider: string;
  readonly dialect: Dialect;
  /** Without query. */
  readonly path: string;
  /** Length of the body. */
  readonly bytes: number;
  /** Null: too long for its copy to be read. */
  text(): string | null;
  /** The agent by its client's own word; `''` when it says nothing. */
  agent(): string;
}

/** Methods that ask for no model's answer. */
const askNothing = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

/** Whether a request may go to its provider. Of a request nothing is read before there are rules. */
export function admit(guard: AccessGuard | undefined, entering: Entering): Admission {
  if (!guard?.active()) return { ok: true, settle: () => {} };
  const { identity, provider, bytes } = entering;
  const model = modelOf(entering);
  const promptTokens = model === '' ? 0 : Math.ceil(bytes / bytesPerToken.prompt);
  return guard.admit({ identity, provider, agent: agentOf(identity, entering.agent()), model, promptTokens });
}

/** Who a token was made for is more than what a client says of itself. */
export const agentOf = (identity: Identity, said: string): string => identity.agent ?? (said || 'unknown');

/** The model asked for; `''` for a request that asks for no model's answer; null when nobody can tell. */
function modelOf({ req, dialect, path, text }: Entering): string | null {
  if (askNothing.has(req.method ?? '')) return '';
  const inPath = dialect.model(path, '');
  if (inPath) return inPath;
  const body = text();
  // A request for an answer that names no model gets one that nobody here knows of.
  return (body === null ? null : dialect.model(path, body)) || null;
}

/** Counts one answer and gives back what was reserved for it. */
export function meterOf(
  guard: AccessGuard | undefined,
  settle: () => void,
  requestBytes: number,
  streaming: () => boolean,
  about: () => Omit<AnswerUsage, 'status' | 'firstByteMs' | 'totalMs' | 'tokens' | 'estimated'>,
): Meter {
  return openMeter(requestBytes, streaming, ({ passed, tokens, estimated }: Taken) => {
    const { status, firstByteMs, totalMs } = passed;
    guard?.used({ ...about(), status, firstByteMs, totalMs, tokens, estimated });
    settle();
  });
}

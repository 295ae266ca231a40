import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AccessGuard } from '../core/access.ts';
import type { Dialect } from '../core/dialect.ts';
import type { Identity } from '../core/event.ts';
import type { Provider } from '../core/provider.ts';
import type { Result } from '../core/result.ts';
import type { Mode } from '../core/verdict.ts';
import type { JudgeDeps } from './gateway-judge.ts';
import type { OwedLimits, OwedResults } from './gateway-owed.ts';
import type { Upstream } from './upstream.ts';

/** Bounds of the gateway. */
export interface GatewayLimits extends OwedLimits {
  /** Longest request body, bytes: 64 MiB. */
  readonly requestBytes: number;
  /** Longest request whose copy is read, bytes: 32 MiB. */
  readonly parseBytes: number;
  /** Longest whole answer that is held or copied, and longest compressed stream once decoded, bytes: 64 MiB. */
  readonly answerBytes: number;
  /** Decoded bytes for each compressed one: 100. */
  readonly decodeRatio: number;
  /** A verdict later than this is a refusal, milliseconds: 10,000. */
  readonly judgeMs: number;
  /** A sign of life for a client whose call waits for a person, milliseconds: 10,000. */
  readonly keepAliveMs: number;
}

export const defaultLimits: GatewayLimits = {
  requestBytes: 64 * 1024 * 1024,
  parseBytes: 32 * 1024 * 1024,
  answerBytes: 64 * 1024 * 1024,
  decodeRatio: 100,
  judgeMs: 10_000,
  keepAliveMs: 10_000,
  owedResults: 10_000,
  owedBytes: 16 * 1024 * 1024,
};

/** Everything the gateway needs of the world; it opens no port and touches no disk. */
export interface GatewayDeps extends Omit<JudgeDeps, 'judgeMs' | 'trouble'> {
  readonly provider: Provider;
  /** Who stands behind a request; the problem's `detail` is what the client is told. */
  identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>>;
  readonly upstream: Upstream;
  mode(): Mode;
  /** Who may use what, and what it took; absent: everybody may, and nobody counts. */
  readonly guard?: AccessGuard;
  /** The agent that sent a request, by its headers; `''` when they do not tell. */
  agentOf?(headers: IncomingMessage['headers']): string;
  readonly limits?: Partial<GatewayLimits>;
  /** Trouble a person must see: code and one sentence, without content. */
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

/** The gateway at work. */
export interface Gateway extends GatewayDeps {
  readonly bounds: GatewayLimits;
  readonly owed: OwedResults;
}

/** One client request with what was found out about it. */
export interface Asked {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Path and query as the provider gets them. */
  readonly target: string;
  readonly identity: Identity;
  /** The wire format of the path. */
  readonly dialect: Dialect;
  /** True when the answer can hold tool calls. */
  readonly withCalls: boolean;
}

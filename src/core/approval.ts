import type { AgentEvent } from './event.ts';
import type { Decided } from './ports.ts';

type Asked = Extract<AgentEvent, { kind: 'call-asked' | 'call-before' }>;

/** How a call that waited for a person came to its end. `expired`: nobody decided in time, and the fallback did. */
type ApprovalEnd = 'approved' | 'denied' | 'expired' | 'cancelled';

/** What became of a call that waited. */
export interface Settled {
  readonly how: ApprovalEnd;
  /** Who decided; `''` when nobody did. */
  readonly by: string;
  readonly note: string;
  readonly allowed: boolean;
}

/** A call that waits for a person. What it is about is in its record. */
export interface PendingApproval {
  readonly id: string;
  /** Id of the call's record. */
  readonly call: string;
  readonly at: string;
  /** When the fallback decides, ISO 8601 UTC. */
  readonly until: string;
  readonly fallback: 'deny' | 'allow';
  readonly person: string;
  readonly agent: string;
  readonly session: string;
  readonly tool: string;
  readonly why: string;
}

/** Where the gateway lets a call wait; absent: nobody can be asked from there. */
export interface WaitingRoom {
  /** Seconds a call may wait; 0: none does. */
  readonly seconds: number;
  /** Resolves once somebody decided, or nobody can any more. Never rejects. Leaving cancels it. */
  wait(asked: Asked, decided: Decided, left: AbortSignal): Promise<Settled>;
}

import type { AccessGuard } from '../core/access.ts';
import type { ApertureReading } from '../core/aperture.ts';
import type { WaitingRoom } from '../core/approval.ts';
import type { EventHead, ToolCall } from '../core/event.ts';
import type { Decided, Pipeline } from '../core/ports.ts';
import type { CallRecord, Mode } from '../core/verdict.ts';
import { Lately } from './lately.ts';

/** How the guardrail is set; the defaults are in `config.ts`. */
export interface ApertureSettings {
  /** What is answered while enforcing when Warder itself cannot judge; while observing always `open`. */
  readonly failMode: 'open' | 'closed';
  /** Milliseconds from a request's arrival to its answer, whatever happened; below the hook's own timeout. */
  readonly answerWithinMs: number;
  /** Tools that policy forbids: taken out of the request, or the request refused. */
  readonly forbiddenTools: 'strip' | 'refuse';
  /** Secrets in what the person newly wrote. */
  readonly maskPrompts: boolean;
  /** A result of a call that needs a person's approval, where no hook could ask one. */
  readonly unapproved: 'block' | 'allow';
  /** A result of a call that was never seen, neither in an answer nor in the conversation. */
  readonly unseen: 'block' | 'allow';
}

export interface GuardrailDeps {
  readonly reading: ApertureReading;
  readonly pipeline: Pipeline & {
    recorded(
      of: { readonly agent: string; readonly session: string },
      toolUseId: string,
    ): Promise<CallRecord | undefined>;
    hooksSeen(session: string): boolean;
    /** A receipt about what was done to a request. */
    system(note: string): Promise<void>;
  };
  readonly settings: ApertureSettings;
  /** A call in the agent's own words → in ours. */
  toolCall(agent: string, tool: string, input: unknown, toolUseId: string): ToolCall;
  /** Why policy forbids a tool whatever is asked of it; null when it does not. */
  forbidsTool(
    who: { readonly person: string; readonly agent: string },
    call: ToolCall,
  ): { readonly rules: readonly string[]; readonly why: string } | null;
  mask(text: string): { readonly text: string; readonly hits: readonly unknown[] };
  readonly masked: MaskedTexts;
  /** Who may use which models, and budgets; absent: everybody everything. */
  readonly guard?: AccessGuard;
  /** Where a person can approve a call whose result waits to go on; absent: nowhere. */
  readonly waitingRoom?: WaitingRoom;
  mode(): Mode;
  now(): string;
  /** A request of this session was blocked, for the first time for this reason. `why` is masked. */
  onBlocked(head: Pick<EventHead, 'session' | 'agent' | 'identity'>, why: string): void;
}

/** Texts that left masked: they leave masked again each time their conversation is sent. Kept as keyed hashes. */
export interface MaskedTexts {
  /** None yet: nothing need be looked for. */
  isEmpty(): boolean;
  has(text: string): boolean;
  add(text: string): void;
}

export type Guardrail =
  | { readonly action: 'allow' }
  | { readonly action: 'block'; readonly status: number; readonly message: string }
  | { readonly action: 'modify'; readonly request: string };

/** The guardrail's own failure: the fail mode answers. */
export class CannotJudge extends Error {
  override readonly name = 'CannotJudge';
}

/** What is remembered between requests. */
export interface GuardrailMemory {
  /** Calls whose result had a request blocked: no later request of the session may carry it either. */
  readonly barred: Lately<string>;
  /** Ids made up for calls that came without one: session and `callKey` digest → id. */
  readonly madeUp: Lately<string>;
  /** Calls as a conversation told them, by what they asked: an answer that comes later may tell another. */
  readonly fromHistory: Lately<string>;
  /** Calls that were judged from an answer or from a conversation. */
  readonly judged: Lately<Promise<Decided>>;
  readonly approvals: Lately<'waiting' | 'allowed'>;
  readonly told: Lately<true>;
  readonly forbidden: Lately<ReadonlyMap<string, string>>;
}

export const guardrailMemory = (): GuardrailMemory => ({
  barred: new Lately(10_000),
  madeUp: new Lately(10_000),
  fromHistory: new Lately(10_000),
  judged: new Lately(2000),
  approvals: new Lately(10_000),
  told: new Lately(10_000),
  forbidden: new Lately(200),
});

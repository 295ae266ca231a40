import type { Meaning } from '../core/effect.ts';
import type { SessionMemory } from '../core/verdict.ts';

/** A call that is going to run. */
export interface RunningCall {
  readonly callId: string;
  readonly tool: string;
  readonly meaning: Meaning;
  /** ISO 8601 UTC; absent: unknown. */
  readonly at?: string;
}

/** What a session knows after a call about its own doings: repeats, tools and zones used, changes made. Pure and bounded. */
export function rememberCall(memory: SessionMemory, _call: RunningCall): SessionMemory {
  return memory;
}

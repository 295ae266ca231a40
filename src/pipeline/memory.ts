import type { Meaning } from '../core/effect.ts';
import type { Action } from '../core/event.ts';
import type { SessionMemory } from '../core/verdict.ts';
import { remember, type Seen } from '../score/memory.ts';
import { type RunningCall, rememberCall } from '../score/pace.ts';
import { type HeardText, rememberText, trustOf } from '../score/provenance.ts';

/** How a session's memory grows; pure functions of `score`. */
export interface Remembering {
  remember(memory: SessionMemory, callId: string, meaning: Meaning, action: Action, outcome?: Seen): SessionMemory;
  rememberCall(memory: SessionMemory, call: RunningCall): SessionMemory;
  rememberText(memory: SessionMemory, heard: HeardText): SessionMemory;
  trustOf(action: Action, meaning: Meaning, memory: SessionMemory): 'trusted' | 'untrusted';
}

/** The functions of `score`, as the server, the scan and `warder judge` use them alike. */
export const remembering: Remembering = { remember, rememberCall, rememberText, trustOf };

/** After a call that may run. */
export function memoryOfCall(
  stages: Remembering,
  memory: SessionMemory,
  call: RunningCall,
  action: Action,
): SessionMemory {
  const marked = stages.remember(memory, call.callId, call.meaning, action);
  return stages.rememberCall(marked, call);
}

/** After what came of a call. `text`: what came back, masked. */
export function memoryOfOutcome(
  stages: Remembering,
  memory: SessionMemory,
  { callId, meaning, action }: { readonly callId: string; readonly meaning: Meaning; readonly action: Action },
  seen: Seen,
  text: string,
): SessionMemory {
  const marked = stages.remember(memory, callId, meaning, action, seen);
  if (seen.status === 'refused') return marked;
  return stages.rememberText(marked, { from: stages.trustOf(action, meaning, marked), text });
}

/**
 * Whether a change is worth a write: what was read and heard is, the mere pace of calls is not, for it changes with every
 * call and is soon made anew after a restart.
 */
export const worthKeeping = (before: SessionMemory, after: SessionMemory): boolean =>
  before.untrusted !== after.untrusted ||
  before.sensitive !== after.sensitive ||
  before.downloaded !== after.downloaded ||
  before.prepared !== after.prepared ||
  before.texts !== after.texts;

import type { Meaning } from '../core/effect.ts';
import type { Action } from '../core/event.ts';
import type { SessionMemory } from '../core/verdict.ts';

/** A text that reached the session, and who can have written it. Secrets in it are masked by the caller. */
export interface HeardText {
  readonly from: 'person' | 'trusted' | 'untrusted';
  readonly text: string;
}

/**
 * What a session knows after a text: a prompt of the person, or the result of a call. Only fingerprints stay. Pure and
 * bounded; the same object when nothing changed.
 */
export function rememberText(memory: SessionMemory, _heard: HeardText): SessionMemory {
  return memory;
}

/** Whether what a call brought back can have been written by others: pages, mails, issues, MCP results, downloads. */
export function trustOf(_action: Action, _meaning: Meaning, _memory: SessionMemory): 'trusted' | 'untrusted' {
  return 'untrusted';
}

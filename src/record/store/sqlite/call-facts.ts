import type { StoredEvent } from '../../../core/store.ts';
import { severityOf } from '../../../core/verdict.ts';
import type { SessionRow } from './encode.ts';

/** What the sums are made of: the part of a call that some list or total counts by. */
export interface CallFacts {
  readonly at: string;
  readonly session: string;
  readonly agent: string;
  readonly person: string;
  readonly device: string;
  readonly cwd: string;
  readonly tool: string;
  readonly score: number;
  readonly severity: string;
  readonly decision: string;
  readonly effective: string;
  /** Number of the list of groups of its person, 0 for none. */
  readonly memberOf: number;
  /** Who told of it: bits of core/coverage.ts. */
  readonly via: number;
}

/** The band it is counted in. */
export function bandOf(call: CallFacts): 'low' | 'review' | 'alert' | 'critical' {
  const { severity } = call;
  return severity === 'low' || severity === 'review' || severity === 'alert' || severity === 'critical'
    ? severity
    : severityOf(call.score);
}

/** A call may come before the session it belongs to was touched: then the call is what is known of it. */
export function sessionOf(call: CallFacts): SessionRow {
  const { session: id, agent, person, device, cwd, at } = call;
  return { id, agent, agentVersion: '', person, device, cwd, at, memory: null, ended: null };
}

/** What an event tells of the session it belongs to. */
export function eventSession({ session: id, agent, at }: StoredEvent): SessionRow {
  return { id, agent, agentVersion: '', person: '', device: '', cwd: '', at, memory: null, ended: null };
}

/** Whether both count the same everywhere. */
export function sameSums(a: CallFacts, b: CallFacts): boolean {
  return (
    a.via === b.via &&
    a.memberOf === b.memberOf &&
    a.score === b.score &&
    a.severity === b.severity &&
    a.decision === b.decision &&
    a.effective === b.effective &&
    a.at === b.at &&
    a.session === b.session &&
    a.agent === b.agent &&
    a.device === b.device &&
    a.person === b.person &&
    a.tool === b.tool
  );
}

/** First prompt as one line of at most 200 characters. */
export function titleOf(prompt: string): string {
  return Array.from(prompt.replace(/\s+/g, ' ').trim()).slice(0, 200).join('');
}

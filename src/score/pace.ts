import type { Effect, Meaning } from '../core/effect.ts';
import type { DetectorInput } from '../core/ports.ts';
import type { PaceMemory, SessionMemory } from '../core/verdict.ts';
import { fingerprint } from './text-marks.ts';

/** A call that is going to run. */
export interface RunningCall {
  readonly callId: string;
  readonly tool: string;
  readonly meaning: Meaning;
  /** ISO 8601 UTC; absent: unknown. */
  readonly at?: string;
}

const kept = { calls: 24, used: 64, changes: 40 };

const nothingDone: PaceMemory = { calls: [], used: [], changes: [] };

/** A call and its mark in one short string: two dozen of them are copied at every call of a session. */
const markWidth = 6;
const isOf = (entry: string, callId: string): boolean =>
  entry.length === markWidth + 1 + callId.length && entry.endsWith(callId);

/**
 * What a session knows after a call about its own doings: repeats, tools and zones used, changes made. Pure and
 * bounded; the same object when the call is known already (asked at the gateway, then again at the hook).
 */
export function rememberCall(memory: SessionMemory, { callId, tool, meaning, at }: RunningCall): SessionMemory {
  const before = memory.pace ?? nothingDone;
  if (before.calls.some((entry) => isOf(entry, callId))) return memory;
  const when = at === undefined ? Number.NaN : Date.parse(at);
  const fresh = [...new Set([tool, ...meaning.effects.map(habit)])].filter((each) => !before.used.includes(each));
  const pace: PaceMemory = {
    calls: [...before.calls.slice(-kept.calls + 1), `${callMark(tool, meaning)} ${callId}`],
    used: fresh.length === 0 ? before.used : [...before.used, ...fresh].slice(-kept.used),
    changes:
      Number.isNaN(when) || !meaning.effects.some(changesSomething)
        ? before.changes
        : [...before.changes, when].slice(-kept.changes),
  };
  return { ...memory, pace };
}

/** Verb and zone: what a session does where. */
export const habit = ({ verb, zone }: Effect): string => `${verb} ${zone}`;

/** Tool and masked input in one mark: the same call again has the same. */
export function callMark(tool: string, { masked }: Pick<Meaning, 'masked'>): string {
  const known = typeof masked === 'object' && masked !== null ? marked.get(masked) : undefined;
  if (known?.tool === tool) return known.mark;
  const mark = fingerprint(`${tool} ${JSON.stringify(masked) ?? ''}`.slice(0, 4_096));
  if (typeof masked === 'object' && masked !== null) marked.set(masked, { tool, mark });
  return mark;
}

/** Marks of inputs: one call is asked for its own several times. */
const marked = new WeakMap<object, { readonly tool: string; readonly mark: string }>();

/** Deletes, sends, or widens what someone may do. */
export const changesSomething = ({ verb, flags, zone }: Effect): boolean =>
  !flags.includes('dry-run') &&
  (verb === 'delete' || verb === 'grant' || (verb === 'send' && zone !== 'this-host' && zone !== 'repository'));

/** How often this very call ran among the last ones of the session. */
export function repeats({ session, tool, meaning, callId }: DetectorInput): number {
  const mark = callMark(tool, meaning);
  return (session.pace?.calls ?? []).filter((entry) => entry.startsWith(mark) && !isOf(entry, callId)).length;
}

const minuteMs = 60_000;

/** Changes of the session in the minute before this call; 0 when times are not known. */
export function changesInMinute({ session, at }: DetectorInput): number {
  const now = at === undefined ? Number.NaN : Date.parse(at);
  return (session.pace?.changes ?? []).filter((each) => each <= now && now - each < minuteMs).length;
}

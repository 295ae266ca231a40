import type { Meaning } from '../core/effect.ts';
import type { Place, ToolCall } from '../core/event.ts';
import { emptyMemory, type Mode, type Score, type SessionMemory } from '../core/verdict.ts';
import type { Decider, Ruling } from '../decide/decide.ts';
import { bind } from '../decide/modes.ts';
import type { Judging } from '../judging.ts';
import { memoryOfCall, remembering } from '../pipeline/memory.ts';

/** understand, score and decide, for commands that need no server. */
export interface Stages extends Judging {
  readonly decider: Decider;
}

/** Who asks, where nobody is told. */
const person = 'local';

/** What one session carries from call to call. `known`: MCP servers used so far; null: nothing is known, so none is new. */
export interface Running {
  memory: SessionMemory;
  readonly known: Set<string> | null;
  calls: number;
}

export const freshSession = (known: ReadonlySet<string> | null): Running => ({
  memory: emptyMemory,
  known: known && new Set(known),
  calls: 0,
});

export interface JudgedCall {
  readonly meaning: Meaning;
  readonly score: Score;
  readonly ruling: Ruling;
}

/** Judges one call of a session and lets the session remember it. `at`: ISO 8601 UTC, when known. */
export function judgeCall(
  stages: Stages,
  call: ToolCall,
  world: { readonly place: Place; readonly agent: string; readonly mode: Mode; readonly at?: string | undefined },
  session: Running,
): JudgedCall {
  session.calls += 1;
  // A letter first: keys that look like numbers would not stay in the order they were added.
  const callId = `c${session.calls}`;
  const { place, agent, mode, at } = world;
  const meaning = stages.understand(call, place);
  const { action, tool } = call;
  const scored = stages.score({
    action,
    tool,
    meaning,
    place,
    session: session.memory,
    callId,
    knownMcpServers: session.known,
    ...(at === undefined ? {} : { at }),
  });
  // A call of no known time is judged as of today: what has run out then counts again.
  const now = at === undefined || Number.isNaN(Date.parse(at)) ? new Date().toISOString() : at;
  const score = stages.settle(scored, { person, agent, action, meaning }, now);
  const ruling = stages.decider.decide({
    person,
    agent,
    tool,
    action,
    meaning,
    score,
    session: session.memory,
    callId,
    mode,
  });
  // What is denied does not run, so it leaves no trace in the session.
  if (bind(ruling, mode).effective !== 'deny') {
    const running = { callId, tool, meaning, ...(at === undefined ? {} : { at }) };
    session.memory = memoryOfCall(stages, session.memory, running, action);
  }
  if (action.kind === 'mcp') session.known?.add(action.server);
  return { meaning, score, ruling };
}

/** A text reached the session: the person's words, or content that others wrote. */
export function hear(session: Running, from: 'person' | 'trusted' | 'untrusted', text: string): void {
  session.memory = remembering.rememberText(session.memory, { from, text });
}

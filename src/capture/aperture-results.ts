import type { RequestParts } from '../core/aperture.ts';
import type { WaitingRoom } from '../core/approval.ts';
import { callKey } from '../core/dialect.ts';
import type { ToolCall } from '../core/event.ts';
import { holdsMoreThan, mostValues } from '../core/nesting.ts';
import type { Decided } from '../core/ports.ts';
import type { CallRecord } from '../core/verdict.ts';
import { CannotJudge, type GuardrailDeps, type GuardrailMemory } from './aperture-deps.ts';
import { type Exchange, sha256 } from './aperture-exchange.ts';
import { sentence, shown } from './aperture-told.ts';

/** What came of the results in a request, as far as they had to be judged. */
export interface Joined {
  /** Why the request may not go on; null when it may. */
  readonly block: string | null;
  /** Calls that no answer had told of, so that they were judged from the conversation. */
  readonly fromHistory: number;
  readonly results: number;
}

interface Standing {
  readonly id: string;
  readonly tool: string;
  readonly why: string | null;
  readonly fromHistory: boolean;
}

/** Agents say in a line that a call did not run; what goes on after such words is a result that begins with them. */
const longestRefusal = 1000;

/** Judges the calls of the newest turn that nobody told of, joins their results, and says which of them may not go on. */
export async function joinResults(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  { head, facts }: Exchange,
  parts: RequestParts,
): Promise<Joined> {
  const results = facts?.results ?? [];
  const standings = await Promise.all(
    results.map(async ({ toolUseId, outcome }): Promise<Standing> => {
      const standing = await standingOf(deps, memory, head, toolUseId, parts);
      // Recorded beside the answer: what came of a call is no part of what it waits for.
      void deps.pipeline.note({ ...head, at: deps.now(), kind: 'call-result', toolUseId: standing.id, outcome });
      const didNotRun = outcome.status === 'refused' && outcome.text.length <= longestRefusal;
      return didNotRun ? { ...standing, why: null } : standing;
    }),
  );
  const refused = standings.filter(({ why }) => why !== null);
  for (const { id, why } of deps.mode() === 'enforce' ? standings : []) {
    if (why === null) memory.barred.forget(`${head.session}\0${id}`);
    else memory.barred.keep(`${head.session}\0${id}`, why);
  }
  const block = refused[0]?.why ?? barredBefore(memory, head.session, parts);
  return { block, fromHistory: standings.filter(({ fromHistory }) => fromHistory).length, results: results.length };
}

/** A session that was blocked for a result stays so while it carries that result, wherever in the conversation it stands by now. */
function barredBefore(memory: GuardrailMemory, session: string, parts: RequestParts): string | null {
  for (const id of [...parts.results, ...parts.calls.keys()]) {
    const why = memory.barred.get(`${session}\0${id}`);
    if (why !== undefined) return why;
  }
  return null;
}

async function standingOf(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  head: Exchange['head'],
  toolUseId: string,
  parts: RequestParts,
): Promise<Standing> {
  const asked = parts.calls.get(toolUseId);
  const madeUp = asked && memory.madeUp.get(keyOfCall(head.session, asked.tool, asked.input));
  const recorded =
    (await deps.pipeline.recorded(head, toolUseId)) ?? (madeUp && (await deps.pipeline.recorded(head, madeUp)));
  if (recorded) {
    const { tool } = recorded;
    const id = recorded.toolUseId === madeUp ? madeUp : toolUseId;
    const call = deps.toolCall(head.agent, tool, asked?.input ?? recorded.input, id);
    const its = decidedBefore(recorded);
    return { id, tool, fromHistory: false, why: whyNot(deps, memory, head, call, its) };
  }
  if (!asked) {
    const why = deps.settings.unseen === 'block' ? unseenText(toolUseId) : null;
    return { id: toolUseId, tool: '', fromHistory: false, why };
  }
  // Its answer was never told of here, or has still to arrive: the conversation says what was asked.
  const call = deps.toolCall(head.agent, asked.tool, asked.input, toolUseId);
  memory.fromHistory.keep(nameOfCall(head, toolUseId), keyOfCall(head.session, asked.tool, asked.input));
  const decided = await judgedOnce(deps, memory, head, call);
  if (decided.verdict.degraded !== undefined) throw new CannotJudge(decided.verdict.why);
  return { id: toolUseId, tool: asked.tool, fromHistory: true, why: whyNot(deps, memory, head, call, decided) };
}

/** Judges a call that the agent has already. An answer and the request after it may tell of the same call at the same moment. */
export function judgedOnce(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  head: Exchange['head'],
  call: ToolCall,
): Promise<Decided> {
  const name = nameOfCall(head, call.toolUseId);
  const known = call.toolUseId === '' ? undefined : memory.judged.get(name);
  if (known) return known;
  const judging = deps.pipeline.decide({ ...head, at: deps.now(), kind: 'call-asked', late: true, call });
  memory.judged.keep(name, judging);
  const forget = () => memory.judged.forget(name);
  judging.then(({ verdict }) => (verdict.degraded === undefined ? undefined : forget()), forget);
  return judging;
}

export const nameOfCall = ({ agent, session }: Exchange['head'], id: string): string => `${agent}\0${session}\0${id}`;

/** A name for a call by what it asks, for those that came without an id. */
export function keyOfCall(session: string, tool: string, input: unknown): string {
  return `${session}\0${sha256(holdsMoreThan(input, mostValues) ? `${tool}\0` : callKey(tool, input))}`;
}

/** The hook on the device saw more than anybody else; else the latest word counts. */
function decidedBefore(record: CallRecord): Decided {
  const { phases, decision, enforced, effective, why, rules, score, severity, findings, id } = record;
  const atHook = phases.findLast(({ phase, verdict }) => phase === 'before' && verdict !== undefined);
  const verdict = atHook?.verdict ?? { decision, enforced, effective, rules, why };
  return { verdict, score: { score, severity, findings }, call: id, receipt: null };
}

function whyNot(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  head: Exchange['head'],
  call: ToolCall,
  decided: Decided,
): string | null {
  const { decision, why, rules } = decided.verdict;
  const by = rules.length === 0 ? '' : ` Decided by ${rules.join(', ')}.`;
  const about = `${shown(call.tool)}. ${sentence(why)}${by}`;
  if (decision === 'deny')
    return `[Warder] This request carries the result of a call that was never allowed: ${about} The call itself could not be stopped on this path. Go back to before it, or begin a new session.`;
  if (decision === 'allow' || deps.settings.unapproved === 'allow' || deps.pipeline.hooksSeen(head.session))
    return null;
  const room = deps.waitingRoom;
  if (deps.mode() !== 'enforce' || !room || room.seconds === 0)
    return `[Warder] This request carries the result of a call that nobody has approved: ${about} Go back to before it, ask the person, or begin a new session.`;
  if (approvedIn(deps, room, memory, head, call, decided)) return null;
  return `[Warder] This request carries the result of a call that waits for a person's approval: ${about} It can be approved in Warder's console within ${room.seconds} s; then try again.`;
}

/** True once a person approved it. The first request that needs it begins the wait and is not held up by it. */
function approvedIn(
  deps: GuardrailDeps,
  room: WaitingRoom,
  memory: GuardrailMemory,
  head: Exchange['head'],
  call: ToolCall,
  decided: Decided,
): boolean {
  const name = nameOfCall(head, call.toolUseId);
  const known = memory.approvals.get(name);
  if (known === 'allowed') return true;
  if (known === 'waiting') return false;
  memory.approvals.keep(name, 'waiting');
  const asked = { ...head, at: deps.now(), kind: 'call-asked', late: true, call } as const;
  void room.wait(asked, decided, new AbortController().signal).then(({ allowed }) => {
    if (allowed) memory.approvals.keep(name, 'allowed');
    else memory.approvals.forget(name);
  });
  return false;
}

const unseenText = (id: string): string =>
  `[Warder] This request carries a result (${shown(id)}) of a call that Warder never saw, so nobody allowed it. Begin a new session.`;

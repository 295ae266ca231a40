import type { AccessGuard } from '../core/access.ts';
import type { ApertureReading, JsonEdit, RequestParts } from '../core/aperture.ts';
import type { WaitingRoom } from '../core/approval.ts';
import { callKey } from '../core/dialect.ts';
import type { AgentEvent, EventHead, ToolCall } from '../core/event.ts';
import { holdsMoreThan, mostValues } from '../core/nesting.ts';
import type { Decided, Pipeline } from '../core/ports.ts';
import type { CallRecord, Mode } from '../core/verdict.ts';
import { type Exchange, modelOf, providerOf, sha256 } from './aperture-exchange.ts';
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
  /** Calls that were judged from an answer or from a conversation. */
  readonly judged: Lately<Promise<Decided>>;
  readonly approvals: Lately<'waiting' | 'allowed'>;
  readonly told: Lately<true>;
  readonly forbidden: Lately<ReadonlyMap<string, string>>;
}

export const guardrailMemory = (): GuardrailMemory => ({
  barred: new Lately(10_000),
  madeUp: new Lately(10_000),
  judged: new Lately(2000),
  approvals: new Lately(10_000),
  told: new Lately(10_000),
  forbidden: new Lately(200),
});

/** What came of the results in a request, as far as they had to be judged. */
export interface Joined {
  /** Why the request may not go on; null when it may. */
  readonly block: string | null;
  /** Calls that no answer had told of, so that they were judged from the conversation. */
  readonly fromHistory: number;
  readonly results: number;
}

/** Judges one request before it is sent on. Throws `CannotJudge` when it cannot be judged, for reasons of Warder's own or of the request's. */
export async function judgeRequest(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  exchange: Exchange,
): Promise<{ readonly verdict: Guardrail; readonly joined: Joined }> {
  const { call, dialect, parts, problem } = exchange;
  const enforced = deps.mode() === 'enforce';
  const free: Joined = { block: null, fromHistory: 0, results: 0 };
  if (problem !== '' || !dialect || !parts) {
    const { url } = call.metadata;
    const nothingToJudge = call.request === '' ? !dialect : !dialect && deps.reading.quiet(url);
    if (nothingToJudge) return { verdict: { action: 'allow' }, joined: free };
    throw new CannotJudge(problem || 'the request itself was not sent: the hook has to ask for request_body');
  }
  const refusal = refusedBy(deps.guard, exchange);
  if (refusal) return { verdict: refusal, joined: free };
  const ambiguity = enforced ? dialect.ambiguity(call.request) : null;
  if (ambiguity) {
    const message = `[Warder] The request ${ambiguity}; two readers could see different requests.`;
    return { verdict: await blocked(deps, memory, exchange, message, 400), joined: free };
  }
  const joined = await joinResults(deps, memory, exchange, parts);
  if (joined.block !== null) return { verdict: await blocked(deps, memory, exchange, joined.block, 403), joined };
  return { verdict: await changed(deps, memory, exchange, parts), joined };
}

/** Access rules have a mode of their own, and write down themselves what they refuse. */
function refusedBy(guard: AccessGuard | undefined, exchange: Exchange): Guardrail | null {
  if (!guard?.active()) return null;
  const { identity, agent } = exchange.head;
  const model = modelOf(exchange) || null;
  const admission = guard.admit({ identity, agent, provider: providerOf(exchange), model });
  // Nobody says when an answer through Aperture is over, so nothing is kept for it meanwhile.
  if (admission.ok) admission.settle();
  return admission.ok ? null : { action: 'block', status: admission.status, message: `[Warder] ${admission.message}` };
}

// ————— results of calls that were never allowed

interface Standing {
  readonly id: string;
  readonly tool: string;
  readonly why: string | null;
  readonly fromHistory: boolean;
}

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
      return outcome.status === 'refused' ? { ...standing, why: null } : standing;
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
  const name = `${head.agent}\0${head.session}\0${call.toolUseId}`;
  const known = call.toolUseId === '' ? undefined : memory.judged.get(name);
  if (known) return known;
  const judging = deps.pipeline.decide({ ...head, at: deps.now(), kind: 'call-asked', late: true, call });
  memory.judged.keep(name, judging);
  const forget = () => memory.judged.forget(name);
  judging.then(({ verdict }) => (verdict.degraded === undefined ? undefined : forget()), forget);
  return judging;
}

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
  const name = `${head.agent}\0${head.session}\0${call.toolUseId}`;
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
const shown = (text: string): string => text.replace(/[^\x21-\x7e]/g, '?').slice(0, 100) || '(without a name)';
const sentence = (why: string): string => (/[.!?]$/.test(why) ? why : `${why}.`);

// ————— what is changed in a request

async function changed(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  exchange: Exchange,
  parts: RequestParts,
): Promise<Guardrail> {
  const forbidden = forbiddenIn(deps, memory, exchange, parts);
  const gone = new Set(forbidden.keys());
  const without = gone.size === 0 ? [] : deps.reading.withoutTools(parts, gone);
  if (gone.size > 0 && (without === null || deps.settings.forbiddenTools === 'refuse')) {
    const names = [...gone].slice(0, 10).map(shown).join(', ');
    const message = `[Warder] This request offers the model tools that policy forbids: ${names}. ${[...forbidden.values()][0] ?? ''} Take them out of the agent's settings.`;
    return blocked(deps, memory, exchange, message, 403);
  }
  const masks = masksFor(deps, parts);
  const edits: readonly JsonEdit[] = [...(without ?? []), ...masks.edits];
  if (edits.length === 0) return { action: 'allow' };
  const observed = deps.mode() === 'observe';
  const names = [...gone].slice(0, 20).map(shown).join(', ');
  const secrets = `${masks.hits} ${masks.hits === 1 ? 'secret' : 'secrets'} in what the person wrote`;
  const what = [
    ...(gone.size > 0 ? [`${observed ? 'taken' : 'took'} out tools that policy forbids: ${names}`] : []),
    ...(masks.fresh.length > 0 ? [`masked ${secrets}`] : []),
  ].join('; ');
  const { requestId } = exchange.call.metadata;
  if (observed) {
    if (what !== '') await tell(deps, memory, exchange.head, `would have ${what}`, requestId);
    return { action: 'allow' };
  }
  const request = deps.reading.edited(exchange.call.request, edits);
  if (request === null) throw new CannotJudge('the request could not be changed');
  if (what !== '') await tell(deps, memory, exchange.head, what, requestId);
  for (const text of masks.fresh) deps.masked.add(text);
  return { action: 'modify', request };
}

const mostTools = 5000;

/** Names of tools that policy forbids, each with why. The same list is judged once. */
function forbiddenIn(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  { head, facts }: Exchange,
  { tools }: RequestParts,
): ReadonlyMap<string, string> {
  const { person } = head.identity;
  const list = `${deps.mode()}\0${person}\0${head.agent}\0${facts?.toolsDigest ?? ''}\0${tools.length}`;
  const known = memory.forbidden.get(list);
  if (known) return known;
  const found = new Map<string, string>();
  for (const { name } of tools.slice(0, mostTools)) {
    const ruling = deps.forbidsTool(
      { person, agent: head.agent },
      deps.toolCall(head.agent, name.normalize('NFKC'), anyInput, ''),
    );
    if (ruling) found.set(name, `${sentence(ruling.why)} Decided by ${ruling.rules.join(', ')}.`);
  }
  memory.forbidden.keep(list, found);
  return found;
}

/** Members that tools take, so that what kind of tool it is can be told without a call of it. */
const anyInput = {
  command: 'true',
  path: 'x',
  file_path: 'x',
  notebook_path: 'x',
  content: '',
  old_string: '',
  new_string: '',
  new_source: '',
  pattern: 'x',
  url: 'https://host.example/',
  query: 'x',
  prompt: 'x',
  description: 'x',
};

/**
 * Secrets in the newest words of the person. In the conversation so far only what left masked once is masked again: to
 * the very bytes that the provider has in its cache.
 */
function masksFor(
  deps: GuardrailDeps,
  { said }: RequestParts,
): { readonly edits: readonly JsonEdit[]; readonly fresh: readonly string[]; readonly hits: number } {
  const fresh: string[] = [];
  const edits: JsonEdit[] = [];
  let hits = 0;
  if (!deps.settings.maskPrompts) return { edits, fresh, hits };
  const nothingBefore = deps.masked.isEmpty();
  for (const { text, at, newest } of said) {
    if (!newest && (nothingBefore || !deps.masked.has(text))) continue;
    const masked = deps.mask(text);
    if (masked.hits.length === 0) continue;
    edits.push({ at, to: JSON.stringify(masked.text) });
    if (!newest || deps.masked.has(text)) continue;
    fresh.push(text);
    hits += masked.hits.length;
  }
  return { edits, fresh, hits };
}

// ————— what is told

async function blocked(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  { head, call }: Exchange,
  message: string,
  status: number,
): Promise<Guardrail> {
  const { requestId } = call.metadata;
  if (deps.mode() === 'observe') {
    await tell(deps, memory, head, `would have blocked a request: ${message}`, requestId);
    return { action: 'allow' };
  }
  await tell(deps, memory, head, `blocked a request: ${message}`, requestId);
  return { action: 'block', status, message };
}

/** Once for each session and text: a line in the session and a receipt, durable before the answer leaves. */
async function tell(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  head: Omit<EventHead, 'at'>,
  text: string,
  requestId: string,
): Promise<void> {
  const name = `${head.session}\0${sha256(text)}`;
  if (memory.told.get(name)) return;
  const event: AgentEvent = { ...head, at: deps.now(), kind: 'notice', what: 'Aperture guardrail', text };
  void deps.pipeline.note(event);
  const masked = deps.mask(text).text;
  await deps.pipeline.system(
    `aperture: ${masked} (request ${shown(requestId)}, session ${shown(deps.mask(head.session).text)})`,
  );
  memory.told.keep(name, true);
}

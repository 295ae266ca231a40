import type { Cost, HookCall, Quota } from '../core/aperture.ts';
import { type AnswerListener, type AskedCall, type CallAnswer, callKey, numberedId } from '../core/dialect.ts';
import type { AgentEvent, EventHead } from '../core/event.ts';
import { deepestNesting, nestedDeeperThan } from '../core/nesting.ts';
import type { Tokens } from '../core/usage.ts';
import type { GuardrailDeps, GuardrailMemory } from './aperture-deps.ts';
import { type Exchange, modelOf, providerOf, sha256 } from './aperture-exchange.ts';
import { joinResults, judgedOnce, keyOfCall, nameOfCall } from './aperture-results.ts';

/** What of an exchange is recorded already: both hooks, and both of Aperture's events, may tell of the same one. */
export interface Recorded {
  request: boolean;
  answer: boolean;
  cost: boolean;
  usage: boolean;
}

/** Four times what is stored: masking comes before the cut, so that no half of a secret is left at it. */
const rawLimit = 65_536;
const release: CallAnswer = { release: true };

/** Calls found in the answer, with and without it. */
export interface AnswerCount {
  readonly calls: number;
  /** Anything at all of the answer was sent. */
  readonly answered: boolean;
}

/** Records one exchange that is over. What was recorded of it before is not recorded again. */
export async function recordExchange(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  exchange: Exchange,
  recorded: Recorded,
): Promise<AnswerCount> {
  const { call } = exchange;
  if (exchange.quiet) {
    countUsage(deps, exchange, recorded, null);
    return { calls: 0, answered: false };
  }
  if (!recorded.request && (call.request !== '' || call.userMessage !== '')) {
    recorded.request = true;
    await recordRequest(deps, memory, exchange);
  }
  if (!recorded.cost && (call.metadata.cost || call.metadata.quotas || call.metadata.grants)) {
    recorded.cost = true;
    await recordFacts(deps, memory, exchange);
  }
  const answered = call.response !== '' || call.rawResponses !== '' || call.toolCalls !== null;
  if (!answered) countUsage(deps, exchange, recorded, null);
  if (recorded.answer || !answered) return { calls: 0, answered };
  recorded.answer = true;
  const calls = await recordAnswer(deps, memory, exchange, recorded);
  return { calls: calls.length, answered };
}

/** Notes what a request tells beside its results: declared tools and what the person wrote. */
export function noteRequest(deps: GuardrailDeps, { head, facts, call, problem, quiet }: Exchange): void {
  if (quiet) return;
  const at = deps.now();
  if (problem !== '') {
    const raw = call.request.slice(0, rawLimit);
    void deps.pipeline.note({ ...head, at, kind: 'unparsed', why: `through Aperture: ${problem}`, raw });
  }
  const { tools = [], toolsDigest: digest, toolsLeft: left } = facts ?? {};
  if (tools.length > 0) void deps.pipeline.note({ ...head, at, kind: 'tools-declared', tools, digest, left });
  // Aperture's own extract may be stale when the newest turn holds results only, so the request itself comes first.
  const prompt = facts ? facts.prompt : call.userMessage;
  if (prompt !== '') void deps.pipeline.note({ ...head, at, kind: 'prompt', text: prompt });
}

async function recordRequest(deps: GuardrailDeps, memory: GuardrailMemory, exchange: Exchange): Promise<void> {
  noteRequest(deps, exchange);
  if (exchange.parts) await joinResults(deps, memory, exchange, exchange.parts);
}

// ————— the answer

async function recordAnswer(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  exchange: Exchange,
  recorded: Recorded,
): Promise<readonly AskedCall[]> {
  const { call, dialect, head } = exchange;
  const heard = listenFor(deps, exchange);
  const texts = { whole: call.response, pieces: call.rawResponses };
  const read = dialect ? await deps.reading.answer(dialect, texts, heard.listener) : false;
  if (!dialect && (texts.whole !== '' || texts.pieces !== ''))
    heard.listener.unreadable('an answer of no format that is known here', texts.whole || texts.pieces);
  countUsage(deps, exchange, recorded, heard.tokens());
  const found = [...heard.calls, ...madeUpFor(exchange, heard.calls, heard.ran, memory)];
  for (const asked of found) {
    // What could not be recorded is taken when it comes again.
    if (!(await judgeLate(deps, memory, head, asked))) recorded.answer = false;
  }
  if (read && exchange.facts?.aside !== true && heard.said.length > 0 && !deps.pipeline.hooksSeen(head.session))
    void deps.pipeline.note({
      ...head,
      at: deps.now(),
      kind: 'answer',
      text: heard.said.join('\n').slice(0, rawLimit),
    });
  return found;
}

function listenFor(deps: GuardrailDeps, { head, facts }: Exchange) {
  const calls: AskedCall[] = [];
  const said: string[] = [];
  const ran: string[] = [];
  const here = new Map<string, number>();
  let tokens: Tokens | null = null;
  const note = (event: Told): void => void deps.pipeline.note({ ...head, at: deps.now(), ...event });
  const listener: AnswerListener = {
    asked(call) {
      calls.push(numbered(call, here, facts?.callsSoFar));
      return Promise.resolve(release);
    },
    said: (text) => said.push(text),
    used(all) {
      tokens = all;
    },
    ranAtProvider(tool, id, input) {
      ran.push(tool);
      note({ kind: 'notice', what: 'ran at the provider', text: `${tool} (${id}) ${input.slice(0, rawLimit)}` });
    },
    cutOff(call) {
      const raw = typeof call.input === 'string' ? call.input : JSON.stringify(call.input);
      const why = `tool call cut off before it was complete: ${call.tool} (${call.toolUseId})`;
      note({ kind: 'unparsed', why, raw: raw.slice(0, rawLimit) });
    },
    unreadable: (why, raw) => note({ kind: 'unparsed', why: `through Aperture: ${why}`, raw: raw.slice(0, rawLimit) }),
  };
  return { calls, said, ran, listener, tokens: () => tokens };
}

type Told =
  Extract<AgentEvent, { kind: 'notice' | 'unparsed' }> extends infer E
    ? E extends EventHead
      ? Omit<E, keyof EventHead>
      : never
    : never;

/** A call of a format without ids gets the one that its result will be known by. */
function numbered(
  call: AskedCall,
  here: Map<string, number>,
  before: ReadonlyMap<string, number> | undefined,
): AskedCall {
  if (call.toolUseId !== '') return call;
  const key = sha256(callKey(call.tool, call.input));
  const met = here.get(key) ?? 0;
  here.set(key, met + 1);
  return { ...call, toolUseId: numberedId(key, met + (before?.get(key) ?? 0)) };
}

/** Calls that only Aperture's own list tells of. It has no ids, so each gets one that says it was made up. */
function madeUpFor(
  { call, head }: Exchange,
  found: readonly AskedCall[],
  ran: readonly string[],
  memory: GuardrailMemory,
): readonly AskedCall[] {
  const known = [...found.map(({ tool }) => tool), ...ran];
  return (call.toolCalls ?? []).flatMap(({ name, params }, index): AskedCall[] => {
    const tool = name.normalize('NFKC');
    const met = known.indexOf(tool);
    if (met !== -1) {
      known.splice(met, 1);
      return [];
    }
    const input = inputOf(params);
    const toolUseId = `made-up_${sha256(JSON.stringify([call.metadata.requestId || call.request, index, tool])).slice(0, 24)}`;
    memory.madeUp.keep(keyOfCall(head.session, tool, input), toolUseId);
    return [{ toolUseId, tool, input, problem: null }];
  });
}

function inputOf(params: unknown): unknown {
  if (typeof params !== 'string') return params ?? {};
  try {
    const value: unknown = JSON.parse(params === '' ? '{}' : params);
    return nestedDeeperThan(value, deepestNesting) ? params : value;
  } catch (error) {
    if (error instanceof SyntaxError) return params;
    throw error;
  }
}

/** The agent has the call already: what policy says of it is recorded and binds the next request only. False when it could not be. */
async function judgeLate(
  deps: GuardrailDeps,
  memory: GuardrailMemory,
  head: Exchange['head'],
  asked: AskedCall,
): Promise<boolean> {
  const { toolUseId, tool, input, problem } = asked;
  const notice = (what: string, text: string) =>
    void deps.pipeline.note({ ...head, at: deps.now(), kind: 'notice', what, text });
  // The next request may have come first, and told of the call itself: by the word of the agent, not of the model.
  const before = toolUseId === '' ? undefined : await deps.pipeline.recorded(head, toolUseId);
  const name = nameOfCall(head, toolUseId);
  const told = memory.fromHistory.get(name);
  const another = told !== undefined && told !== keyOfCall(head.session, tool, input);
  if (!another && before?.phases.some(({ phase }) => phase === 'asked')) return true;
  if (another) {
    memory.fromHistory.forget(name);
    memory.judged.forget(name);
    notice(
      'another call than the agent told',
      `${tool} (${toolUseId}): the answer asked for something else than the conversation said`,
    );
  }
  const call = deps.toolCall(head.agent, tool, input, toolUseId);
  const flags = problem === null ? {} : { flags: [...(call.flags ?? []), 'hidden' as const] };
  const { verdict } = await judgedOnce(deps, memory, head, { ...call, ...flags });
  if (problem !== null) notice('unreadable tool call', `${tool || 'a tool call'}: ${problem}`);
  if (toolUseId.startsWith('made-up_'))
    notice('tool call without an id', `${tool}: Aperture told of it without the answer, so ${toolUseId} was made up`);
  return verdict.degraded === undefined;
}

// ————— cost, quotas and grants

/** Counts what an answer took, once: as its provider told, else as Aperture did. */
function countUsage({ guard, now }: GuardrailDeps, exchange: Exchange, recorded: Recorded, told: Tokens | null): void {
  const { cost } = exchange.call.metadata;
  const tokens = told ?? (cost && tokensOf(cost.usage));
  if (!guard || !tokens || recorded.usage) return;
  recorded.usage = true;
  const { identity, agent, session } = exchange.head;
  const [provider, model] = [providerOf(exchange), modelOf(exchange)];
  const about = { at: now(), identity, agent, session, provider, model, status: 200, firstByteMs: null, totalMs: 0 };
  guard.used({ ...about, tokens, estimated: told === null });
}

function tokensOf(usage: Cost['usage']): Tokens {
  const count = (name: string): number => {
    const given = usage[name] ?? 0;
    return Number.isSafeInteger(given) && given > 0 ? given : 0;
  };
  return {
    input: count('input_tokens'),
    output: count('output_tokens'),
    cacheRead: count('cached_tokens'),
    cacheWrite5m: count('cache_creation_5m_input_tokens') || count('cache_creation_input_tokens'),
    cacheWrite1h: count('cache_creation_1h_input_tokens'),
    reasoning: count('reasoning_tokens'),
    images: count('image_input_tokens'),
  };
}

async function recordFacts(deps: GuardrailDeps, memory: GuardrailMemory, { call, head }: Exchange): Promise<void> {
  const { cost, quotas, grants } = call.metadata;
  const note = (what: string, text: string) =>
    deps.pipeline.note({ ...head, at: deps.now(), kind: 'notice', what, text: text.slice(0, rawLimit) });
  if (cost || quotas) await note('usage', usageText(call, cost, quotas));
  const granted = grants && Object.keys(grants).length > 0 ? JSON.stringify(grants) : '';
  const name = `grants\0${head.session}\0${sha256(granted)}`;
  if (granted === '' || memory.told.get(name)) return;
  memory.told.keep(name, true);
  await note('grants', granted);
}

function usageText({ metadata }: HookCall, cost: Cost | null, quotas: Readonly<Record<string, Quota>> | null): string {
  const tokens = Object.entries(cost?.usage ?? {}).map(([kind, count]) => `${count} ${kind.replaceAll('_', ' ')}`);
  const left = Object.entries(quotas ?? {}).map(
    ([name, { current, capacity, rate }]) => `${name}: ${dollars(current)} of ${dollars(capacity)} left (${rate})`,
  );
  const spent = cost ? [`$${cost.dollars.toFixed(6)} ${cost.basis || `${metadata.provider}/${metadata.model}`}`] : [];
  return [...spent, ...tokens, ...left].join(', ');
}

const dollars = (nano: number): string => `$${(nano / 1e9).toFixed(2)}`;

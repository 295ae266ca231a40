import os from 'node:os';
import { answerHook } from './capture/hook-intake.ts';
import type { AgentAdapter, HookReply } from './core/agent.ts';
import type { PolicyBundle } from './core/device.ts';
import type { AgentEvent, Identity, OwnAnswer, Place, ToolCall } from './core/event.ts';
import type { Pipeline } from './core/ports.ts';
import { fail, ok, type Problem, type Result } from './core/result.ts';
import { emptyMemory, type Mode, type SessionMemory } from './core/verdict.ts';
import { createDecide, type Decider } from './decide/decide.ts';
import { bind } from './decide/modes.ts';
import type { Asked, OfflineJudge } from './device/relay.ts';
import { rulesFrom } from './home-rules.ts';
import { type Judging, openJudging } from './judging.ts';
import { callIdOf, type Judged, judge, type Stages, saidSafely } from './pipeline/judge.ts';
import { memoryOfCall, memoryOfOutcome } from './pipeline/memory.ts';
import { personalIn } from './pipeline/personal.ts';
import { agents } from './plugs.ts';
import { reconcile } from './score/reconcile.ts';
import { scoreOf } from './score/score.ts';

/** From here on a call waits for the server, although the policy lets it go: an alert nobody would see in time. */
const alertScore = 70;
const mostSessions = 300;

export interface DeviceJudge extends OfflineJudge {
  /** What it judges by from now on; a problem: by nothing. */
  use(bundle: Result<PolicyBundle>): void;
  mode(): Mode;
  /** `''`: it has no policy it may judge by now. */
  digest(): string;
}

/** What judges, opened from one bundle. */
interface Engine {
  readonly bundle: PolicyBundle;
  readonly decider: Decider;
  readonly judging: Judging;
  readonly stages: Stages;
}

/**
 * Judges hooks on this machine as the server would, by the policy it signed. Low-risk calls go on; what the policy
 * forbids or asks about, and what scores 70 and more, is refused in enforce mode. Without a policy that is good, enforce
 * refuses every call; so does observe, unless there never was one (`missing`).
 */
export function createDeviceJudge(from: {
  /** The Warder home, whose files are guardrails. */
  readonly home: string;
  readonly identity: Identity;
  /** Told at the enrolment: binds until there is a policy. */
  readonly mode: Mode;
  readonly adapters?: readonly AgentAdapter[];
  nowMs(): number;
  onTrouble(code: string, detail: string): void;
}): DeviceJudge {
  const adapters = new Map((from.adapters ?? agents).map((agent) => [agent.id, agent]));
  let engine: Result<Engine> = fail('missing', 'This device never got a policy from its server.');

  const current = (): Result<Engine> => {
    if (!engine.ok || from.nowMs() < Date.parse(engine.value.bundle.expiresAt)) return engine;
    return fail('bundle-expired', `The policy this device has was good until ${engine.value.bundle.expiresAt}.`);
  };
  const mode = (): Mode => {
    const now = current();
    if (now.ok) return now.value.bundle.mode;
    return now.error.code === 'missing' ? from.mode : 'enforce';
  };
  const world: World = { home: from.home, memories: createMemories() };
  const read = ({ agent, body, at, event }: Asked): AgentEvent | null => {
    const adapter = adapters.get(agent);
    const json = jsonIn(body);
    const head = { at, identity: from.identity, ...(event === undefined ? {} : { event }) };
    const parsed = json === undefined ? undefined : adapter?.parseHook(json, head);
    return parsed?.ok ? parsed.value : null;
  };

  const heard = (event: AgentEvent): void => {
    const now = current();
    if (now.ok) note(now.value, world, event);
  };
  const decideAlone = (event: Parameters<Pipeline['decide']>[0]): OwnAnswer => {
    const now = current();
    // An agent's hook stands before its call; nothing else is decided here.
    if (event.kind !== 'call-before') throw new Error(`A hook cannot be a ${event.kind}.`);
    return now.ok ? decide(now.value, world, event) : withoutPolicy(now.error, mode());
  };
  const undecided = (asked: Asked, why: string): HookReply => {
    const adapter = adapters.get(asked.agent);
    if (adapter === undefined) return { status: 404, body: '{}' };
    const name =
      adapter.hookName?.(jsonIn(asked.body)) ?? nameIn(asked.body) ?? asked.event ?? adapter.callHook ?? 'PreToolUse';
    return mode() === 'enforce' ? adapter.refuse(name, why) : adapter.letGo(why);
  };

  return {
    mode,
    digest: () => {
      const now = current();
      return now.ok ? now.value.bundle.digest : '';
    },
    use(bundle) {
      engine = bundle.ok ? openEngine(bundle.value) : bundle;
      if (!engine.ok && engine.error.code !== 'missing') from.onTrouble(engine.error.code, engine.error.detail);
    },
    laneOf(asked) {
      return `${asked.agent}\0${read(asked)?.session ?? ''}`;
    },
    async answer(asked) {
      const adapter = adapters.get(asked.agent);
      if (adapter === undefined) return { reply: { status: 404, body: '{}' } };
      let answered: OwnAnswer | undefined;
      const pipeline: Pick<Pipeline, 'decide' | 'note'> = {
        async decide(event) {
          answered = decideAlone(event);
          return { verdict: answered, score: { score: 0, severity: 'low', findings: [] }, call: '', receipt: null };
        },
        note: async (event) => heard(event),
      };
      const { agent: _, body, ...rest } = asked;
      const hook = { adapter, identity: from.identity, ...rest };
      const reply = await answerHook({ pipeline, mode, onTrouble: from.onTrouble }, hook, body);
      return answered === undefined ? { reply } : { reply, answered };
    },
    heard(asked) {
      const event = read(asked);
      if (event !== null) heard(event);
    },
    undecided,
  };
}

type CallBefore = Extract<AgentEvent, { readonly kind: 'call-before' }>;

/** What every call is judged in the light of. */
interface World {
  readonly home: string;
  readonly memories: Memories;
}

/** What sessions did, those of longest ago forgotten. */
interface Memories {
  of(event: AgentEvent): SessionMemory;
  keep(event: AgentEvent, memory: SessionMemory): void;
}

function createMemories(): Memories {
  const known = new Map<string, SessionMemory>();
  const keyOf = ({ agent, session }: AgentEvent): string => `${agent}\0${session}`;
  return {
    of: (event) => known.get(keyOf(event)) ?? emptyMemory,
    keep(event, memory) {
      known.delete(keyOf(event));
      known.set(keyOf(event), memory);
      for (const oldest of known.keys()) if (known.size > mostSessions) known.delete(oldest);
    },
  };
}

const placeOf = ({ home }: World, { cwd = '' }: AgentEvent): Place => ({ cwd, home: os.homedir(), warderHome: home });

/** What a session is to remember of an event that was answered for. */
function note({ judging }: Engine, world: World, event: AgentEvent): void {
  const { memories } = world;
  const memory = memories.of(event);
  if (event.kind === 'prompt')
    memories.keep(event, judging.rememberText(memory, { from: 'person', text: judging.mask(event.text).text }));
  if (event.kind !== 'call-after' && event.kind !== 'call-before') return;
  const { action, tool } = event.call;
  const meaning = judging.understand(event.call, placeOf(world, event));
  const callId = idOf(event);
  if (event.kind === 'call-before') {
    memories.keep(event, memoryOfCall(judging, memory, { callId, tool, meaning, at: event.at }, action));
    return;
  }
  const { text, hits } = judging.mask(event.outcome.text);
  const seen = { status: event.outcome.status, secrets: hits.length, personal: personalIn(event.outcome.text) };
  memories.keep(event, memoryOfOutcome(judging, memory, { callId, meaning, action }, seen, text));
}

function decide({ stages, judging, bundle }: Engine, world: World, event: CallBefore): OwnAnswer {
  const memory = world.memories.of(event);
  const callId = idOf(event);
  const context = { callId, place: placeOf(world, event), memory, knownMcpServers: null, mode: bundle.mode };
  const judged = saidSafely(judge(stages, event, context), (text) => judging.mask(text).text);
  const answered = aloneWith(judged);
  if (answered.effective === 'allow') {
    const call = { callId, tool: event.call.tool, meaning: judged.meaning, at: event.at };
    world.memories.keep(event, memoryOfCall(judging, memory, call, event.call.action));
  }
  return answered;
}

function openEngine(bundle: PolicyBundle): Result<Engine> {
  let judging: Judging;
  try {
    judging = openJudging(rulesFrom(bundle.rules));
  } catch (cause) {
    return fail('bundle-unusable', `The rules of the policy are of another version of Warder: ${String(cause)}`);
  }
  const decider = createDecide({ schema: bundle.schema, policies: bundle.policies, digest: bundle.digest });
  if (!decider.ok) return fail('bundle-unusable', decider.error.detail);
  const stages: Stages = { ...judging, combine: scoreOf, decider: () => decider.value, bind, reconcile };
  return ok({ bundle, decider: decider.value, judging, stages });
}

/** What holds of a judged call while nobody can be asked and no alert arrives. */
function aloneWith({ verdict, score }: Judged): OwnAnswer {
  const degraded = 'server-unreachable';
  const { decision, enforced, rules } = verdict;
  if (!enforced) return { ...verdict, degraded };
  if (decision === 'deny') return { ...verdict, effective: 'deny', degraded };
  const alone = 'Warder’s server cannot be reached from this machine, so';
  if (decision === 'ask')
    return {
      decision,
      enforced,
      effective: 'deny',
      rules,
      why: `${verdict.why} ${alone} nobody can be asked.`,
      degraded,
    };
  if (score.score < alertScore) return { ...verdict, degraded };
  const why =
    `Denied: ${alone} calls of such risk wait until it can (score ${score.score}). ${score.findings[0]?.why ?? ''}`.trim();
  return { decision: 'deny', enforced, effective: 'deny', rules: ['warder-alone'], why, degraded };
}

/** Refused, except where there never was a policy and the server only observes. */
function withoutPolicy({ detail }: Problem, mode: Mode): OwnAnswer {
  const enforced = mode === 'enforce';
  const why = `Denied: Warder’s server cannot be reached from this machine, and there is no policy to judge by. ${detail}`;
  const effective = enforced ? 'deny' : 'allow';
  return {
    decision: 'deny',
    enforced,
    effective,
    rules: ['warder-policy-unavailable'],
    why,
    degraded: 'policy-unavailable',
  };
}

const idOf = (event: AgentEvent & { readonly call: ToolCall }): string =>
  callIdOf(event, event.call.toolUseId || `${event.call.tool} ${event.at}`);

function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Bad JSON is an answer here; who records it says so.
    return undefined;
  }
}

const nameIn = (body: string): string | undefined => /"hook_event_name"\s*:\s*"([A-Za-z]{1,64})"/.exec(body)?.[1];

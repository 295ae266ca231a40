import os from 'node:os';
import { answerHook } from './capture/hook-intake.ts';
import type { PolicyBundle } from './core/device.ts';
import type { AgentEvent, Identity, OwnAnswer, Place, ToolCall } from './core/event.ts';
import type { AgentAdapter, Decided, HookReply } from './core/ports.ts';
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
  const memories = new Map<string, SessionMemory>();
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
  const placeOf = (event: AgentEvent): Place => ({ cwd: event.cwd ?? '', home: os.homedir(), warderHome: from.home });
  const sessionOf = ({ agent, session }: AgentEvent): string => `${agent}\0${session}`;
  const remember = (event: AgentEvent, memory: SessionMemory): void => {
    const key = sessionOf(event);
    memories.delete(key);
    memories.set(key, memory);
    for (const oldest of memories.keys()) if (memories.size > mostSessions) memories.delete(oldest);
  };
  const read = ({ agent, body, at, event }: Asked): AgentEvent | null => {
    const adapter = adapters.get(agent);
    const json = jsonIn(body);
    const head = { at, identity: from.identity, ...(event === undefined ? {} : { event }) };
    const parsed = json === undefined ? undefined : adapter?.parseHook(json, head);
    return parsed?.ok ? parsed.value : null;
  };

  /** What a session is to remember of an event that was answered for. */
  function note(event: AgentEvent): void {
    const now = current();
    if (!now.ok) return;
    const { judging } = now.value;
    const memory = memories.get(sessionOf(event)) ?? emptyMemory;
    if (event.kind === 'prompt')
      remember(event, judging.rememberText(memory, { from: 'person', text: judging.mask(event.text).text }));
    if (event.kind !== 'call-after' && event.kind !== 'call-before') return;
    const { action } = event.call;
    const meaning = judging.understand(event.call, placeOf(event));
    const callId = idOf(event);
    if (event.kind === 'call-before') {
      const call = { callId, tool: event.call.tool, meaning, at: event.at };
      remember(event, memoryOfCall(judging, memory, call, action));
      return;
    }
    const { text, hits } = judging.mask(event.outcome.text);
    const seen = { status: event.outcome.status, secrets: hits.length, personal: personalIn(event.outcome.text) };
    remember(event, memoryOfOutcome(judging, memory, { callId, meaning, action }, seen, text));
  }

  function decide(event: Extract<AgentEvent, { readonly kind: 'call-before' }>): {
    judged: Judged | null;
    answered: OwnAnswer;
  } {
    const now = current();
    if (!now.ok) return { judged: null, answered: withoutPolicy(now.error, mode()) };
    const { stages, judging, bundle } = now.value;
    const memory = memories.get(sessionOf(event)) ?? emptyMemory;
    const callId = idOf(event);
    const context = { callId, place: placeOf(event), memory, knownMcpServers: null, mode: bundle.mode };
    const judged = saidSafely(judge(stages, event, context), (text) => judging.mask(text).text);
    const answered = aloneWith(judged);
    if (answered.effective === 'allow') {
      const call = { callId, tool: event.call.tool, meaning: judged.meaning, at: event.at };
      remember(event, memoryOfCall(judging, memory, call, event.call.action));
    }
    return { judged, answered };
  }

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
      const pipeline = {
        async decide(event: Parameters<typeof decide>[0]): Promise<Decided> {
          const { judged, answered: own } = decide(event);
          answered = own;
          return {
            verdict: own,
            score: judged?.score ?? { score: 0, severity: 'low', findings: [] },
            call: '',
            receipt: null,
          };
        },
        note: async (event: AgentEvent) => note(event),
      };
      const { agent: _, body, ...rest } = asked;
      const reply = await answerHook(
        {
          // An agent's hook is before its call; nothing else is decided here.
          pipeline: {
            ...pipeline,
            decide: (event) => (event.kind === 'call-before' ? pipeline.decide(event) : never(event)),
          },
          mode,
          onTrouble: from.onTrouble,
        },
        { adapter, identity: from.identity, ...rest },
        body,
      );
      return answered === undefined ? { reply } : { reply, answered };
    },
    heard(asked) {
      const event = read(asked);
      if (event !== null) note(event);
    },
    undecided,
  };
}

const never = (event: AgentEvent): never => {
  throw new Error(`A hook cannot be a ${event.kind}.`);
};

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

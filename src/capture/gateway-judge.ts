import { createHash } from 'node:crypto';
import type { Settled, WaitingRoom } from '../core/approval.ts';
import { type AnswerListener, type AskedCall, type CallAnswer, callKey, numberedId } from '../core/dialect.ts';
import type { AgentEvent, EventHead, ToolCall } from '../core/event.ts';
import type { Decided, Pipeline } from '../core/ports.ts';
import type { Verdict } from '../core/verdict.ts';

/** What the listener needs of the gateway. */
export interface JudgeDeps {
  readonly pipeline: Pipeline;
  /** A call in the agent's own words → in ours. */
  call(agent: string, tool: string, input: unknown, toolUseId: string): ToolCall;
  /** True when a hook of this session was seen. */
  hooksSeen(session: string): boolean;
  /** True when that hook can put a call to a person; absent: every agent's can. */
  asksAtHook?(session: string, agent: string): boolean;
  now(): string;
  readonly judgeMs: number;
  /** Where a call waits for a person when no hook can ask one; absent: nowhere. */
  readonly waitingRoom?: WaitingRoom;
  trouble(code: string, detail: string, cause: unknown): void;
}

/** Hears one answer: judges its calls, notes the rest. `done` notes what the model said. */
export interface AnswerJudge extends AnswerListener {
  done(): void;
  /** The reader of the copy broke down; says so once. */
  lost(cause: unknown): void;
}

/** Four times what is stored: the pipeline masks first and cuts then, so that no half of a secret is left at the cut. */
const rawLimit = 65_536;
const go: CallAnswer = { release: true };

/** What is known of the request once its copy was read. */
export interface AnswerContext {
  head(): Omit<EventHead, 'at'>;
  callsSoFar(): ReadonlyMap<string, number> | undefined;
  /** True for a request beside the conversation: what is said in it is no answer to the person. */
  aside?(): boolean;
  /** A call begins (1) or stops (-1) to wait for a person. */
  waits?(change: 1 | -1): void;
  /** Aborted when the client is gone. */
  readonly left?: AbortSignal;
}

/** A listener for one answer. */
export function answerJudge(deps: JudgeDeps, context: AnswerContext): AnswerJudge {
  const { head, callsSoFar, aside } = context;
  const said: string[] = [];
  const named = withIds(callsSoFar);
  const note = (event: Noted): void => {
    void deps.pipeline.note({ ...head(), at: deps.now(), ...event });
  };
  return {
    asked: (call) =>
      judged(deps, context, named(call), note).catch((cause: unknown) => {
        deps.trouble('judge-failed', 'a tool call of an answer could not be judged', cause);
        return no(call.tool, 'Warder could not judge it (an internal error).');
      }),
    said(text) {
      said.push(text);
    },
    ranAtProvider(tool, id, input) {
      note({ kind: 'notice', what: 'ran at the provider', text: `${tool} (${id}) ${input.slice(0, rawLimit)}` });
    },
    cutOff(call) {
      const raw = typeof call.input === 'string' ? call.input : JSON.stringify(call.input);
      note({
        kind: 'unparsed',
        why: `tool call cut off before it was complete: ${call.tool} (${call.toolUseId})`,
        raw: raw.slice(0, rawLimit),
      });
    },
    unreadable(why, raw) {
      note({ kind: 'unparsed', why, raw: raw.slice(0, rawLimit) });
    },
    lost(cause) {
      deps.trouble('copy-failed', "an answer's copy could not be read", cause);
      note({ kind: 'unparsed', why: 'the copy of an answer could not be read (an internal error)', raw: '' });
    },
    done() {
      // The agent's own hook reports the answer where there is one.
      if (said.length > 0 && aside?.() !== true && !deps.hooksSeen(head().session))
        note({ kind: 'answer', text: said.join('\n').slice(0, rawLimit) });
    },
  };
}

/** Gives calls that came without an id one that their result will be known by. */
function withIds(callsSoFar: AnswerContext['callsSoFar']): (call: AskedCall) => AskedCall {
  const here = new Map<string, number>();
  return (call) => {
    if (call.toolUseId !== '') return call;
    const key = createHash('sha256').update(callKey(call.tool, call.input)).digest('hex');
    const before = here.get(key) ?? 0;
    here.set(key, before + 1);
    return { ...call, toolUseId: numberedId(key, before + (callsSoFar()?.get(key) ?? 0)) };
  };
}

async function judged(
  deps: JudgeDeps,
  context: AnswerContext,
  asked: AskedCall,
  note: (event: Noted) => void,
): Promise<CallAnswer> {
  const head = context.head();
  const call = toolCallOf(deps, head.agent, asked);
  const event = { ...head, at: deps.now(), kind: 'call-asked', call } as const;
  const verdict = await within(deps.judgeMs, deps.pipeline.decide(event));
  if (!verdict) return no(asked.tool, `Warder had no verdict within ${deps.judgeMs} ms.`);
  if (asked.problem) {
    note({ kind: 'notice', what: 'unreadable tool call', text: `${asked.tool || 'a tool call'}: ${asked.problem}` });
    return no(asked.tool, `${asked.problem}, so nobody can be sure what would run.`);
  }
  const { effective, degraded } = verdict.verdict;
  const { waitingRoom } = deps;
  const asksThere = (deps.asksAtHook ?? deps.hooksSeen)(head.session, head.agent);
  // Where a hook is at work the agent itself asks, and the call goes on to it.
  if (effective === 'ask' && waitingRoom && waitingRoom.seconds > 0 && !degraded && !asksThere)
    return waited(waitingRoom, context, event, verdict);
  return answerTo(verdict.verdict, asked.tool, asksThere);
}

/** The answer to a call that waits for a person's word. */
async function waited(
  room: WaitingRoom,
  { waits, left }: AnswerContext,
  event: Extract<AgentEvent, { kind: 'call-asked' }>,
  decided: Decided,
): Promise<CallAnswer> {
  waits?.(1);
  try {
    const settled = await room.wait(event, decided, left ?? new AbortController().signal);
    if (settled.allowed) return go;
    return { release: false, text: notApprovedText(event.call.tool, settled, decided.verdict) };
  } finally {
    waits?.(-1);
  }
}

const no = (tool: string, why: string): CallAnswer => ({ release: false, text: refusalText(tool, why, []) });

type Noted =
  Extract<AgentEvent, { kind: 'notice' | 'unparsed' | 'answer' }> extends infer E
    ? E extends EventHead
      ? Omit<E, keyof EventHead>
      : never
    : never;

function toolCallOf(deps: JudgeDeps, agent: string, asked: AskedCall): ToolCall {
  if (asked.problem === null) return deps.call(agent, asked.tool, asked.input, asked.toolUseId);
  if (typeof asked.input === 'object' && asked.input !== null && !Array.isArray(asked.input)) {
    const call = deps.call(agent, asked.tool, asked.input, asked.toolUseId);
    return { ...call, flags: [...(call.flags ?? []), 'hidden'] };
  }
  const { toolUseId, tool, input, problem } = asked;
  return { toolUseId, tool, input, action: { kind: 'unknown', why: problem }, fields: {}, flags: ['opaque'] };
}

function answerTo(verdict: Verdict, tool: string, asksThere: boolean): CallAnswer {
  switch (verdict.effective) {
    case 'allow':
      return go;
    case 'ask':
      return asksThere ? go : { release: false, text: approvalText(tool, verdict.why, verdict.rules) };
    case 'deny':
      return { release: false, text: refusalText(tool, verdict.why, verdict.rules) };
    default:
      return verdict.effective satisfies never;
  }
}

/** What the model reads instead of a call that was refused. */
function refusalText(tool: string, why: string, rules: readonly string[]): string {
  return `[Warder] The tool call ${shownTool(tool)} was refused and did not run. Why: ${sentence(why)}${ruleWords(rules)} Do not look for another way to the same effect. Take a safer step, go on without it, or ask the person you work for.`;
}

function approvalText(tool: string, why: string, rules: readonly string[]): string {
  return `[Warder] The tool call ${shownTool(tool)} needs a person's approval and did not run. Why: ${sentence(why)}${ruleWords(rules)} Nobody can be asked from here: tell the person what you want to run and why, or go on without it.`;
}

function notApprovedText(tool: string, { how, by, note }: Settled, { why, rules }: Verdict): string {
  const who = { approved: '', denied: `${by || 'Warder'} said no`, expired: 'nobody answered in time', cancelled: '' }[
    how
  ];
  const said = how === 'denied' && note !== '' ? ` (${note})` : '';
  return `[Warder] The tool call ${shownTool(tool)} needed a person's approval and did not run: ${who || 'the wait was cancelled'}${said}. Why it was asked: ${sentence(why)}${ruleWords(rules)} Do not look for another way to the same effect. Tell the person what you want to run and why, or go on without it.`;
}

const shownTool = (tool: string): string => tool.replace(/[^\x21-\x7e]/g, '?').slice(0, 100) || '(without a name)';
const sentence = (why: string): string => (/[.!?]$/.test(why) ? why : `${why}.`);
const ruleWords = (rules: readonly string[]): string =>
  rules.length === 0 ? '' : ` Decided by ${rules.length === 1 ? 'rule' : 'rules'} ${rules.join(', ')}.`;

/** The value, or null when it is not there in time; a deadline never becomes a silent allow. */
function within<T>(ms: number, value: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    value.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

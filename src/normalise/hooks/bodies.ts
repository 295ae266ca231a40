import { z } from 'zod';
import type { AgentEvent, EventHead, Identity, Outcome, ToolCall } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { filled } from '../filled.ts';

/** Longest outcome, answer or notice kept, in UTF-16 code units. */
const textLimit = 65_536;

/** A hook's body: members as the agent named them. */
export type HookBody = Readonly<Record<string, unknown>>;
/** An event without its head. */
type Told = AgentEvent extends infer E ? (E extends EventHead ? Omit<E, keyof EventHead> : never) : never;
/** What one kind of body says. A reason where it is junk; never throws. */
export type EventReader = (body: HookBody) => Result<Told>;

/** How an agent tells its events, for agents whose bodies have the members that Claude Code's have. */
interface HookForm {
  readonly agent: string;
  readonly title: string;
  /** Events with a meaning of their own; any other becomes a notice that carries its name and its members. */
  readonly events: ReadonlyMap<string, EventReader>;
  /** Members of every body, left out where the rest is kept as text. */
  readonly everywhere: ReadonlySet<string>;
}

const lax = z.string().catch('');
const maybe = z.string().optional().catch(undefined);
const baseSchema = z.looseObject({ hook_event_name: filled, session_id: lax, cwd: maybe, agent_id: maybe });

/** Reads bodies of one form: `hook_event_name`, `session_id`, `cwd`, and `agent_id` inside a sub-agent. */
export function bodyReader(
  form: HookForm,
): (body: unknown, head: { at: string; identity: Identity }) => Result<AgentEvent> {
  return (body, head) => {
    const parsed = baseSchema.safeParse(body);
    if (!parsed.success)
      return fail('not-a-hook', `The body is not a ${form.title} hook input: hook_event_name is missing.`);
    const base = parsed.data;
    const read = form.events.get(base.hook_event_name);
    const told = read ? read(base) : notice(base.hook_event_name.slice(0, 80), restText(base, form.everywhere));
    if (!told.ok) return told;
    return ok({
      at: head.at,
      source: 'hook',
      agent: form.agent,
      session: base.session_id,
      ...(base.agent_id ? { subagent: base.agent_id } : {}),
      identity: head.identity,
      ...(base.cwd === undefined ? {} : { cwd: base.cwd }),
      ...told.value,
    });
  };
}

export const cut = (text: string): string => (text.length > textLimit ? text.slice(0, textLimit) : text);
export const str = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A value as text: a string as it is, anything else as JSON. */
export const jsonText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

/** The body without what every body has, as text. */
const restText = (body: HookBody, everywhere: ReadonlySet<string>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(body).filter(([name]) => !everywhere.has(name))));

export const notice = (what: string, text: string): Result<Told> => ok({ kind: 'notice', what, text: cut(text) });

/** A notice that carries one member's text. */
export const noticeOf =
  (what: string, member: string): EventReader =>
  (body) =>
    notice(what, str(body[member]));

/** The person's words. */
export const promptIn =
  (member: string): EventReader =>
  (body) => {
    const text = body[member];
    return typeof text === 'string'
      ? ok({ kind: 'prompt', text })
      : fail('bad-prompt', 'The hook body holds no prompt.');
  };

/** The agent's last words of a turn. */
export const answerIn =
  (member: string): EventReader =>
  (body) =>
    ok({ kind: 'answer', text: cut(str(body[member])) });

export const sessionStart: EventReader = (body) => ok({ kind: 'session-start', how: str(body.source) });
export const sessionEnd: EventReader = (body) => ok({ kind: 'session-end', how: str(body.reason) });
export const subagentStart: EventReader = (body) => ok({ kind: 'subagent-start', subagentType: str(body.agent_type) });
export const subagentEnd: EventReader = (body) => ok({ kind: 'subagent-end', subagentType: str(body.agent_type) });

const toolSchema = z.looseObject({ tool_name: filled, tool_input: z.unknown().optional() });

/** The call in a body: `tool_name`, `tool_input`, and its id as `idOf` finds it; a reason when no tool is named. */
export const callIn =
  (
    call: (tool: string, input: unknown, toolUseId: string) => ToolCall,
    idOf: (body: HookBody) => string = (body) => str(body.tool_use_id),
  ) =>
  (body: HookBody): Result<ToolCall> => {
    const parsed = toolSchema.safeParse(body);
    if (!parsed.success) return fail('bad-tool-call', 'The hook body names no tool.');
    return ok(call(parsed.data.tool_name, parsed.data.tool_input, idOf(body)));
  };

export type CallReader = ReturnType<typeof callIn>;

export const callEvent =
  (kind: 'call-before' | 'permission-asked', callOf: CallReader): EventReader =>
  (body) => {
    const call = callOf(body);
    return call.ok ? ok({ kind, call: call.value }) : call;
  };

export const callAfter =
  (callOf: CallReader, outcome: (body: HookBody) => Outcome): EventReader =>
  (body) => {
    const call = callOf(body);
    return call.ok ? ok({ kind: 'call-after', call: call.value, outcome: outcome(body) }) : call;
  };

/** Names of the tools of a batch of calls. */
export const toolBatch: EventReader = (body) => {
  const calls = Array.isArray(body.tool_calls) ? body.tool_calls : [];
  return notice('tool-batch', calls.map((call) => toolSchema.safeParse(call).data?.tool_name ?? '?').join(', '));
};

const durationSchema = z.looseObject({ duration_ms: z.number().nonnegative().optional().catch(undefined) });

/** What came of a call, its text cut at 64 KiB. `duration_ms` is read where the body has it. */
export function outcomeOf(body: HookBody, status: Outcome['status'], text: string): Outcome {
  const durationMs = durationSchema.parse(body).duration_ms;
  return { status, text: cut(text), ...(durationMs === undefined ? {} : { durationMs }) };
}

const failureSchema = z.looseObject({ error: lax, is_interrupt: z.boolean().catch(false) });

/** A call that failed: `error`, and `is_interrupt` where a person stopped it. */
export function outcomeFailed(body: HookBody): Outcome {
  const failure = failureSchema.parse(body);
  return outcomeOf(body, failure.is_interrupt ? 'interrupted' : 'error', failure.error);
}

/** A call that was refused: `reason`. */
export const outcomeRefused = (body: HookBody): Outcome => outcomeOf(body, 'refused', str(body.reason));

const blockSchema = z.looseObject({ text: z.string() });

/** The text of content blocks, one to a line; a block without text as JSON. */
export const blocksText = (blocks: readonly unknown[]): string =>
  blocks.map((block) => blockSchema.safeParse(block).data?.text ?? jsonText(block)).join('\n');

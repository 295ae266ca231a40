import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Identity } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import { filled } from '../filled.ts';
import { cut } from '../hooks/bodies.ts';
import { passedFor, reasonFor, refusalFor } from '../hooks/reason.ts';
import { recordOf } from '../strict-json.ts';
import { actionSchema, declaredCall, genericCall } from './generic.call.ts';

const agent = 'generic';

const text = z.string();
const short = (given: string): boolean => given.length <= 100;
const callSchema = z.looseObject({
  id: text.optional(),
  tool: filled,
  input: z.unknown().optional(),
  action: actionSchema.optional(),
});
const outcomeSchema = z.looseObject({
  status: z.enum(['ok', 'error', 'refused', 'interrupted']).default('ok'),
  text: text.default(''),
  duration_ms: z.number().nonnegative().optional(),
});

/** Members that every event has. */
const headShape = {
  v: z.literal(1),
  session: text.optional(),
  agent: text.refine(short).optional(),
  agent_version: text.refine(short).optional(),
  subagent: text.optional(),
  cwd: text.optional(),
};

/** One event of an agent or a script that Warder does not know. docs/generic-agent.md says what each member means. */
const bodySchema = z.discriminatedUnion('event', [
  z.looseObject({ ...headShape, event: z.literal('call-before'), call: callSchema }),
  z.looseObject({ ...headShape, event: z.literal('call-after'), call: callSchema, outcome: outcomeSchema }),
  z.looseObject({ ...headShape, event: z.literal('permission-asked'), call: callSchema }),
  z.looseObject({ ...headShape, event: z.literal('prompt'), text }),
  z.looseObject({ ...headShape, event: z.literal('answer'), text }),
  z.looseObject({ ...headShape, event: z.literal('session-start'), how: text.default('') }),
  z.looseObject({ ...headShape, event: z.literal('session-end'), how: text.default('') }),
  z.looseObject({ ...headShape, event: z.literal('subagent-start'), what: text.default('') }),
  z.looseObject({ ...headShape, event: z.literal('subagent-end'), what: text.default('') }),
  z.looseObject({ ...headShape, event: z.literal('config-change'), what: text, path: text.optional() }),
  z.looseObject({ ...headShape, event: z.literal('notice'), what: text, text: text.default('') }),
]);
type Body = z.infer<typeof bodySchema>;

const callOf = ({ call: { tool, input, id = '', action } }: { readonly call: z.infer<typeof callSchema> }) =>
  action === undefined ? genericCall(tool, input, id) : declaredCall(tool, input, id, action);

function parseHook(body: unknown, head: { at: string; identity: Identity }): Result<AgentEvent> {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the body';
    return fail(
      'not-an-event',
      `${where} is not what docs/generic-agent.md asks for: ${issue?.message ?? 'unreadable'}.`,
    );
  }
  const { data } = parsed;
  const version = [data.agent, data.agent_version].filter((part) => part !== undefined && part !== '').join(' ');
  return ok({
    at: head.at,
    source: 'hook',
    agent,
    ...(version === '' ? {} : { agentVersion: version }),
    session: data.session ?? '',
    ...(data.subagent === undefined ? {} : { subagent: data.subagent }),
    identity: head.identity,
    ...(data.cwd === undefined ? {} : { cwd: data.cwd }),
    ...told(data),
  });
}

function told(body: Body) {
  switch (body.event) {
    case 'call-before':
    case 'permission-asked':
      return { kind: body.event, call: callOf(body) } as const;
    case 'call-after': {
      const { status, text: said, duration_ms } = body.outcome;
      const durationMs = duration_ms === undefined ? {} : { durationMs: duration_ms };
      return { kind: body.event, call: callOf(body), outcome: { status, text: cut(said), ...durationMs } } as const;
    }
    case 'prompt':
    case 'answer':
      return { kind: body.event, text: body.event === 'answer' ? cut(body.text) : body.text } as const;
    case 'session-start':
    case 'session-end':
      return { kind: body.event, how: body.how } as const;
    case 'subagent-start':
    case 'subagent-end':
      return { kind: body.event, subagentType: body.what } as const;
    case 'config-change':
      return { kind: body.event, what: body.what, ...(body.path === undefined ? {} : { path: body.path }) } as const;
    case 'notice':
      return { kind: body.event, what: body.what.slice(0, 80), text: cut(body.text) } as const;
    default:
      return body satisfies never;
  }
}

/** Whoever looks at the status alone, and whoever reads the decision alone, both stop. */
const no = (decision: 'deny' | 'ask', reason: string): HookReply => ({
  status: 200,
  body: JSON.stringify({ v: 1, decision, reason }),
  exit: 2,
});
const yes = (reason?: string): HookReply => ({
  status: 200,
  body: JSON.stringify({ v: 1, decision: 'allow', ...(reason === undefined ? {} : { reason }) }),
});

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow')
    return verdict?.degraded === undefined ? yes() : letGo(`${verdict.degraded}.`);
  const binds = event.kind === 'call-before' || event.kind === 'permission-asked' || event.kind === 'prompt';
  return binds ? no(verdict.effective, reasonFor(verdict)) : yes();
}

const letGo = (why: string): HookReply => yes(passedFor(why));

/** Events that only tell. */
const onlyTold = new Set(
  bodySchema.options
    .map((option) => option.shape.event.value)
    .filter((event) => !/^(?:call-before|permission-asked)$/.test(event)),
);

/**
 * Any agent or script that speaks this form: the body says what happens, the answer whether it may. A reply that is not
 * read, or not understood, is no leave: go on only with status 0 and `decision: "allow"`.
 */
export const generic: AgentAdapter = {
  id: agent,
  title: 'Any other agent',
  parseHook,
  reply,
  refuse: (event, why) =>
    [...onlyTold].some((one) => one === event) ? yes(`Warder: ${why}`) : no('deny', refusalFor(why)),
  letGo,
  call: genericCall,
  hookName(body) {
    const event = recordOf(body)?.event;
    return typeof event === 'string' ? event : undefined;
  },
  callHook: 'call-before',
  capability: {
    proof: 'real client',
    version: 'form 1',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents', 'questions'],
    stops: ['calls', 'prompts'],
    ask: 'the person is asked',
    whenGone: { calls: 'blocked', because: 'warder hook refuses what it could not have judged' },
    gateway: 'environment',
    blind: ['what the agent does not report'],
  },
};

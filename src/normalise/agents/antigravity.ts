import { z } from 'zod';
import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Identity, Outcome } from '../../core/event.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { Verdict } from '../../core/verdict.ts';
import { filled } from '../filled.ts';
import { cut, str } from '../hooks/bodies.ts';
import { passedFor, reasonFor, refusalFor } from '../hooks/reason.ts';
import { recordOf } from '../strict-json.ts';
import { antigravityCall } from './antigravity.call.ts';
import { antigravitySetup } from './antigravity.setup.ts';

const agent = 'antigravity';

const maybe = z.string().optional().catch(undefined);
const baseSchema = z.looseObject({
  conversationId: maybe,
  conversation_id: maybe,
  workspacePaths: z.array(z.string()).catch([]),
});
const callSchema = z.looseObject({
  toolCall: z.looseObject({ name: filled, args: z.unknown().optional() }),
});

const everywhere = new Set([
  'conversationId',
  'conversation_id',
  'workspacePaths',
  'transcriptPath',
  'artifactDirectoryPath',
  'modelName',
]);

/** Bodies name no event, so it is told by what only one of them holds. */
function hookName(body: unknown): string | undefined {
  const given = recordOf(body);
  if (!given) return undefined;
  if (given.toolCall !== undefined) return 'PreToolUse';
  if (given.stepIdx !== undefined) return 'PostToolUse';
  if (given.terminationReason !== undefined || given.executionNum !== undefined) return 'Stop';
  return given.invocationNum === undefined ? undefined : 'PreInvocation';
}

const known: ReadonlyMap<string, string> = new Map(
  ['PreToolUse', 'PostToolUse', 'PreInvocation', 'PostInvocation', 'Stop', 'SessionStart'].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

function parseHook(body: unknown, head: { at: string; identity: Identity; event?: string }): Result<AgentEvent> {
  const given = recordOf(body);
  // The client writes its events in any case.
  const name = known.get((head.event ?? '').toLowerCase()) ?? hookName(body);
  const base = baseSchema.safeParse(body);
  if (!given || !base.success || name === undefined)
    return fail('not-a-hook', 'The body is not an Antigravity hook input: nothing in it tells the event.');
  const { conversationId, conversation_id, workspacePaths } = base.data;
  const told = {
    at: head.at,
    source: 'hook',
    agent,
    session: conversationId ?? conversation_id ?? '',
    identity: head.identity,
    ...(workspacePaths[0] === undefined ? {} : { cwd: workspacePaths[0] }),
  } as const;
  const rest = () =>
    cut(JSON.stringify(Object.fromEntries(Object.entries(given).filter(([key]) => !everywhere.has(key)))));
  switch (name) {
    case 'PreToolUse':
    case 'PostToolUse': {
      const parsed = callSchema.safeParse(body);
      if (!parsed.success)
        return name === 'PreToolUse' ? noTool : ok({ ...told, kind: 'notice', what: name, text: rest() });
      const { name: tool, args } = parsed.data.toolCall;
      const call = antigravityCall(tool, args, '');
      if (name === 'PreToolUse') return ok({ ...told, kind: 'call-before', call });
      return ok({ ...told, kind: 'call-after', call, outcome: outcomeOf(given) });
    }
    case 'SessionStart':
      return ok({ ...told, kind: 'session-start', how: str(given.source) });
    default:
      return ok({ ...told, kind: 'notice', what: name, text: rest() });
  }
}

const noTool = fail('bad-tool-call', 'The hook body names no tool.');

function outcomeOf(body: Readonly<Record<string, unknown>>): Outcome {
  const error = str(body.error);
  return { status: error === '' ? 'ok' : 'error', text: cut(error) };
}

type Says = 'allow' | 'deny' | 'force_ask';
const says = (decision: Says, reason?: string): HookReply => ({
  status: 200,
  body: JSON.stringify({ decision, ...(reason === undefined ? {} : { reason }) }),
});
const nothing: HookReply = { status: 200, body: '{}' };

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (event.kind !== 'call-before') return nothing;
  if (verdict === null || verdict.effective === 'allow')
    return verdict?.degraded === undefined ? says('allow') : letGo(`${verdict.degraded}.`);
  return says(verdict.effective === 'deny' ? 'deny' : 'force_ask', reasonFor(verdict));
}

/** Its own question to the person comes all the same. */
const letGo = (why: string): HookReply => says('allow', passedFor(why));

/**
 * Antigravity (IDE and `agy`), by what others published: every answer before a call is a decision, and a missing one
 * stops the call. `allow` leaves its own questions in force; `force_ask` asks even where the person switched them off.
 */
export const antigravity: AgentAdapter = {
  id: agent,
  title: 'Antigravity',
  parseHook,
  reply,
  refuse(event, why) {
    const name = known.get(event.toLowerCase());
    return name === undefined || name === 'PreToolUse' ? says('deny', refusalFor(why)) : nothing;
  },
  letGo,
  call: antigravityCall,
  hookName,
  capability: {
    proof: 'documentation',
    version: 'agy 1.1',
    hooks: 'command',
    sees: ['sessions', 'calls'],
    stops: ['calls'],
    ask: 'the person is asked',
    whenGone: { calls: 'blocked', because: 'an answer without a decision stops the call' },
    gateway: 'no',
    blind: [
      'prompts and answers',
      'what came of a call',
      'its model traffic goes to Google alone',
      'everything, when any entry of its hooks.json is wrong',
    ],
  },
  setup: antigravitySetup,
};

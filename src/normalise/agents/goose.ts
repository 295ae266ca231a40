import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  answerIn,
  bodyReader,
  callAfter,
  callEvent,
  callIn,
  type EventReader,
  type HookBody,
  jsonText,
  outcomeOf,
  promptIn,
  sessionEnd,
  sessionStart,
} from '../hooks/bodies.ts';
import { reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { refused } from '../hooks/replies.ts';
import { recordOf } from '../strict-json.ts';
import { gooseCall } from './goose.call.ts';
import { gooseSetup } from './goose.setup.ts';

const agent = 'goose';
const callOf = callIn(gooseCall);

/** What came back stands under one of these names; which, its documentation does not say. */
function outcome(status: 'ok' | 'error'): (body: HookBody) => ReturnType<typeof outcomeOf> {
  return (body) => {
    const told = body.tool_response ?? body.tool_result ?? body.tool_output ?? body.error;
    return outcomeOf(body, status, jsonText(told));
  };
}

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['PostToolUse', callAfter(callOf, outcome('ok'))],
  ['PostToolUseFailure', callAfter(callOf, outcome('error'))],
  ['PreToolUse', callEvent('call-before', callOf)],
  ['SessionEnd', sessionEnd],
  ['SessionStart', sessionStart],
  ['Stop', answerIn('message')],
  ['UserPromptSubmit', promptIn('message')],
]);

const everywhere = new Set(['event', 'hook_event_name', 'session_id', 'working_dir', 'cwd', 'matcher_context']);
const read = bodyReader({ agent, title: 'Goose', events, everywhere });

function hookName(body: unknown): string | undefined {
  const name = recordOf(body)?.event;
  return typeof name === 'string' ? name : undefined;
}

/** The body with its members as others name them. */
function plain(body: unknown, asked: string | undefined): unknown {
  const given = recordOf(body);
  const name = hookName(body) ?? asked;
  if (!given || name === undefined) return undefined;
  const { tool_call_id, working_dir } = given;
  const cwd = typeof working_dir === 'string' ? { cwd: working_dir } : {};
  return { ...given, ...cwd, hook_event_name: name, tool_use_id: tool_call_id };
}

/** Status 0 and no word: the agent's own rules decide. */
const quiet: HookReply = { status: 200, body: '', exit: 0 };

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow' || event.kind !== 'call-before') return quiet;
  return refused(reasonUnasked(verdict));
}

/** After `Stop` a refusal would send the agent on; the others cannot be stopped. */
const onlyTold = new Set(
  'AfterFileEdit AfterShellExecution BeforeReadFile BeforeShellExecution PostToolUse PostToolUseFailure PreToolUseResult SessionEnd SessionStart Stop UserPromptSubmit'.split(
    ' ',
  ),
);

/**
 * Goose, by its documentation (hooks of the Open Plugins form): status 2 with text on stderr stops a call, and with
 * `on_failure: block` so does every failure. Its hooks cannot ask, so what asks is denied.
 */
export const goose: AgentAdapter = {
  id: agent,
  title: 'Goose',
  parseHook: (body, head) => read(plain(body, head.event), head),
  reply,
  refuse: (event, why) => (onlyTold.has(event) ? quiet : refused(refusalFor(why))),
  letGo: () => quiet,
  call: gooseCall,
  hookName,
  capability: {
    proof: 'documentation',
    version: 'of May 2026',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers'],
    stops: ['calls'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because: 'the hook asks for it (on_failure: block), and its command line does the same',
    },
    gateway: 'environment',
    blind: ['sessions of a person who disabled the plugin'],
  },
  setup: gooseSetup,
};

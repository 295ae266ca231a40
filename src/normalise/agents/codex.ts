import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, ToolCall } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  answerIn,
  blocksText,
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
  subagentEnd,
  subagentStart,
} from '../hooks/bodies.ts';
import { commandWords } from '../hooks/own-rule.ts';
import { reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { goesOn, letGo, noOpinion, refused, told } from '../hooks/replies.ts';
import { recordOf } from '../strict-json.ts';
import { codexCall } from './codex.call.ts';
import { codexSetup } from './codex.setup.ts';

const agent = 'codex';

/** Members of every body, left out where the rest is kept as text. */
const everywhere = new Set([
  'hook_event_name',
  'session_id',
  'turn_id',
  'transcript_path',
  'cwd',
  'model',
  'permission_mode',
  'agent_id',
  'agent_type',
]);

/** What the model saw: text as it is, or the content of an MCP result. */
function responseText(response: unknown): string {
  const content = recordOf(response)?.content;
  return Array.isArray(content) ? blocksText(content) : jsonText(response);
}

/** A patch tells how it ended, a command does not: its failure reaches no hook. */
function outcomeAfter(body: HookBody): ReturnType<typeof outcomeOf> {
  const text = responseText(body.tool_response);
  const failed = recordOf(body.tool_response)?.isError === true || /^Exit code: [1-9]/u.test(text);
  return outcomeOf(body, failed ? 'error' : 'ok', text);
}

const callOf = callIn(codexCall);

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['PermissionRequest', callEvent('permission-asked', callOf)],
  ['PostToolUse', callAfter(callOf, outcomeAfter)],
  ['PreToolUse', callEvent('call-before', callOf)],
  ['SessionEnd', sessionEnd],
  ['SessionStart', sessionStart],
  ['Stop', answerIn('last_assistant_message')],
  ['SubagentStart', subagentStart],
  ['SubagentStop', subagentEnd],
  ['UserPromptSubmit', promptIn('prompt')],
]);

/** Events that a refusal blocks; after `Stop` the same answer would send the agent on instead. */
const blockable = new Set(['PreToolUse', 'PermissionRequest', 'UserPromptSubmit']);

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  if (event.kind === 'call-before') return refused(reasonUnasked(verdict));
  // An ask is what the client is doing already.
  if (event.kind === 'permission-asked' || event.kind === 'prompt')
    return verdict.effective === 'deny' ? refused(reasonUnasked(verdict)) : noOpinion;
  return noOpinion;
}

/** `prefix_rule` knows commands by their first words; MCP tools and files it does not know. */
function ownRule({ action }: ToolCall): string | null {
  const words = action.kind === 'shell' ? commandWords(action.command) : null;
  return words && `pattern=${JSON.stringify(words)}`;
}

/**
 * Codex CLI, as recorded on 0.169.0. A refusal is text on stderr and status 2: its JSON answers are read strictly, and
 * one member it does not know lets the tool run. `ask` does too, so what asks is denied.
 */
export const codex: AgentAdapter = {
  id: agent,
  title: 'Codex',
  parseHook: bodyReader({ agent, title: 'Codex', events, everywhere }),
  reply,
  refuse: (event, why) => (blockable.has(event) ? refused(refusalFor(why)) : told(`Warder: ${why}`)),
  letGo,
  call: codexCall,
  capability: {
    proof: 'real client',
    version: '0.169.0',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents', 'questions'],
    stops: ['calls', 'prompts'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the command line of the hook turns a client that is gone or fails into a refusal; a hook that Codex does not trust, or that takes longer than 30 s, lets the call run',
    },
    gateway: 'settings',
    blind: [
      'text typed into a running program (write_stdin)',
      'how a command ended',
      'a patch applied inside a shell command, after it ran',
    ],
  },
  setup: codexSetup,
  ownRule,
};

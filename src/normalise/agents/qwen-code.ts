import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Outcome, ToolCall } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
  blocksText,
  bodyReader,
  callIn,
  type EventReader,
  type HookBody,
  jsonText,
  outcomeOf,
  str,
} from '../hooks/bodies.ts';
import { claudeEvents, permission, refusedPermission } from '../hooks/claude-form.ts';
import { commandWords } from '../hooks/own-rule.ts';
import { reasonFor, refusalFor } from '../hooks/reason.ts';
import { goesOn, letGo, noOpinion, refused, told } from '../hooks/replies.ts';
import { recordOf } from '../strict-json.ts';
import { qwenCall } from './qwen-code.call.ts';
import { qwenSetup } from './qwen-code.setup.ts';

const agent = 'qwen-code';

/** Members of every body, left out where the rest is kept as text. */
const everywhere = new Set([
  'hook_event_name',
  'session_id',
  'transcript_path',
  'cwd',
  'timestamp',
  'permission_mode',
  'prompt_id',
  'agent_id',
  'agent_type',
]);

/** The model's own id of a call stands beside one that the client makes for its hooks; the first is the one others see. */
const idOf = (body: HookBody): string => str(body.tool_call_id) || str(body.tool_use_id);
const callOf = callIn(qwenCall, idOf);

function outcomeAfter(body: HookBody): Outcome {
  const { llmContent, error } = recordOf(body.tool_response) ?? {};
  const text = Array.isArray(llmContent) ? blocksText(llmContent) : jsonText(llmContent ?? body.tool_response);
  return outcomeOf(body, recordOf(error) === null ? 'ok' : 'error', text);
}

const events: ReadonlyMap<string, EventReader> = new Map(claudeEvents(callOf, outcomeAfter));

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  const [reason, denied] = [reasonFor(verdict), verdict.effective === 'deny'];
  if (event.kind === 'call-before') return denied ? refused(reason) : permission('ask', reason);
  // An ask is what the client is doing already. Of this event only its JSON is read; status 2 would leave the question to the person.
  if (event.kind === 'permission-asked') return denied ? refusedPermission(reason) : noOpinion;
  if (event.kind === 'prompt') return denied ? refused(reason) : noOpinion;
  return noOpinion;
}

function refuse(event: string, why: string): HookReply {
  if (event === 'PermissionRequest') return refusedPermission(refusalFor(why));
  return event === 'PreToolUse' || event === 'UserPromptSubmit' ? refused(refusalFor(why)) : told(`Warder: ${why}`);
}

/** Rules like those of Claude Code: `Bash(git push)`, `mcp__server__tool`. */
function ownRule({ tool, action }: ToolCall): string | null {
  if (action.kind === 'mcp') return tool;
  const words = action.kind === 'shell' ? commandWords(action.command) : null;
  return words && `Bash(${words.join(' ')})`;
}

/**
 * Qwen Code, as recorded on 0.24.4. A refusal is text on stderr and status 2; a question is put to the person, and
 * refused where there is none.
 */
export const qwenCode: AgentAdapter = {
  id: agent,
  title: 'Qwen Code',
  parseHook: bodyReader({ agent, title: 'Qwen Code', events, everywhere }),
  reply,
  refuse,
  letGo,
  call: qwenCall,
  capability: {
    proof: 'real client',
    version: '0.24.4',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'sub-agents', 'questions'],
    stops: ['calls', 'prompts'],
    ask: 'the person is asked',
    whenGone: {
      calls: 'blocked',
      because:
        'the command line of the hook turns a client that is gone or fails into a refusal; a hook that takes longer than 30 s, --bare and --safe-mode let the call run',
    },
    gateway: 'settings',
    blind: [],
  },
  setup: qwenSetup,
  ownRule,
};

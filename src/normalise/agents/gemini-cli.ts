import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, Outcome, ToolCall } from '../../core/event.ts';
import { ok, type Result } from '../../core/result.ts';
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
  noticeOf,
  outcomeOf,
  promptIn,
  sessionEnd,
  sessionStart,
} from '../hooks/bodies.ts';
import { commandWords } from '../hooks/own-rule.ts';
import { reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { goesOn, letGo, noOpinion, refused, told } from '../hooks/replies.ts';
import { recordOf } from '../strict-json.ts';
import { geminiCall, geminiMcpCall } from './gemini-cli.call.ts';
import { geminiSetup } from './gemini-cli.setup.ts';

const agent = 'gemini-cli';

/** Members of every body, left out where the rest is kept as text. */
const everywhere = new Set(['hook_event_name', 'session_id', 'transcript_path', 'cwd', 'timestamp']);

const plainCall = callIn(geminiCall);

/** Its hooks carry no id of a call. */
function callOf(body: HookBody): Result<ToolCall> {
  const call = plainCall(body);
  if (!call.ok) return call;
  return ok(geminiMcpCall(call.value.tool, call.value.input, body.mcp_context) ?? call.value);
}

/** The client wraps what others wrote, so that its model does not take it for orders. */
const wrapped = /^<untrusted_context>\n([\s\S]*)\n<\/untrusted_context>$/u;

function contentText(content: unknown): string {
  const text = Array.isArray(content) ? blocksText(content) : jsonText(content);
  return wrapped.exec(text)?.[1] ?? text;
}

/** What the model saw, and whether the tool or the command failed: a shell's status stands behind its output. */
function outcomeAfter(body: HookBody): Outcome {
  const { llmContent, error } = recordOf(body.tool_response) ?? {};
  const text = contentText(llmContent);
  const failed = recordOf(error) !== null || /\nExit Code: [1-9]\d*(?:\n[^\n]*){0,3}$/u.test(text);
  return outcomeOf(body, failed ? 'error' : 'ok', text);
}

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['AfterAgent', answerIn('prompt_response')],
  ['AfterTool', callAfter(callOf, outcomeAfter)],
  ['BeforeAgent', promptIn('prompt')],
  ['BeforeTool', callEvent('call-before', callOf)],
  ['Notification', noticeOf('notification', 'message')],
  ['SessionEnd', sessionEnd],
  ['SessionStart', sessionStart],
]);

/** Events that a refusal stops; after an answer or a result it would send the agent on, or hide the result. */
const blockable = new Set(['BeforeTool', 'BeforeAgent']);

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  if (event.kind === 'call-before') return refused(reasonUnasked(verdict));
  if (event.kind === 'prompt' && verdict.effective === 'deny') return refused(reasonUnasked(verdict));
  return noOpinion;
}

/** Conditions of a rule of its policy engine; the decision is the reader's to add. */
function ownRule({ tool, action }: ToolCall): string | null {
  if (action.kind === 'mcp')
    return `mcpName = ${JSON.stringify(action.server)}\ntoolName = ${JSON.stringify(action.tool)}`;
  const words = action.kind === 'shell' ? commandWords(action.command) : null;
  return words && `toolName = ${JSON.stringify(tool)}\ncommandPrefix = ${JSON.stringify(words.join(' '))}`;
}

/**
 * Gemini CLI, as recorded on 0.61.0. A refusal is text on stderr and status 2. Its `ask` waits for ever where nobody is
 * there to answer, so what asks is denied.
 */
export const geminiCli: AgentAdapter = {
  id: agent,
  title: 'Gemini CLI',
  parseHook: bodyReader({ agent, title: 'Gemini CLI', events, everywhere }),
  reply,
  refuse: (event, why) => (blockable.has(event) ? refused(refusalFor(why)) : told(`Warder: ${why}`)),
  letGo,
  call: geminiCall,
  callHook: 'BeforeTool',
  capability: {
    proof: 'real client',
    version: '0.61.0',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers', 'questions'],
    stops: ['calls', 'prompts'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the command line of the hook turns a client that is gone or fails into a refusal; a hook that takes longer than 30 s lets the call run',
    },
    gateway: 'environment',
    blind: ['ids of calls: a call and its result are joined by what they say'],
  },
  setup: geminiSetup,
  ownRule,
};

import type { AgentAdapter, HookReply } from '../../core/agent.ts';
import type { AgentEvent, ToolCall } from '../../core/event.ts';
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
  sessionStart,
} from '../hooks/bodies.ts';
import { commandWords } from '../hooks/own-rule.ts';
import { reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { refused } from '../hooks/replies.ts';
import { recordOf } from '../strict-json.ts';
import { kiroCall } from './kiro.call.ts';
import { kiroSetup } from './kiro.setup.ts';

const agent = 'kiro';

/** Events of CLI 2 (and of its recordings) → those of CLI 3 and IDE 1. */
const newNames: ReadonlyMap<string, string> = new Map([
  ['agentSpawn', 'SessionStart'],
  ['userPromptSubmit', 'UserPromptSubmit'],
  ['preToolUse', 'PreToolUse'],
  ['postToolUse', 'PostToolUse'],
  ['stop', 'Stop'],
]);

const callOf = callIn(kiroCall);

/** `{success, result: [text …]}`, or whatever a tool gave. */
function outcomeAfter(body: HookBody): ReturnType<typeof outcomeOf> {
  const response = recordOf(body.tool_response);
  const result = response?.result ?? response?.items ?? body.tool_response;
  const text = Array.isArray(result) ? result.map(jsonText).join('\n') : jsonText(result);
  return outcomeOf(body, response?.success === false ? 'error' : 'ok', text);
}

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['PreToolUse', callEvent('call-before', callOf)],
  ['PostToolUse', callAfter(callOf, outcomeAfter)],
  ['SessionStart', sessionStart],
  ['Stop', answerIn('assistant_response')],
  ['UserPromptSubmit', promptIn('prompt')],
]);

const everywhere = new Set(['hook_event_name', 'session_id', 'cwd']);
const read = bodyReader({ agent, title: 'Kiro', events, everywhere });

/** The event by its newer name; undefined where the body names none. */
function hookName(body: unknown): string | undefined {
  const name = recordOf(body)?.hook_event_name;
  return typeof name === 'string' ? (newNames.get(name) ?? name) : undefined;
}

/** Nothing on stdout: with a prompt, or at the start of a session, that would become part of the conversation. */
const quiet: HookReply = { status: 200, body: '', exit: 0 };

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return quiet;
  if (event.kind === 'call-before') return refused(reasonUnasked(verdict));
  return event.kind === 'prompt' && verdict.effective === 'deny' ? refused(reasonUnasked(verdict)) : quiet;
}

/** Events that are told and cannot be stopped. */
const onlyTold = new Set(
  'Manual PostFileCreate PostFileDelete PostFileSave PostTaskExec PostToolUse SessionStart Stop UserPromptSubmit'.split(
    ' ',
  ),
);

/** A rule of its permission language: `shell` by the command's first words, `mcp` by server and tool. */
function ownRule({ action }: ToolCall): string | null {
  const rule = (capability: string, match: string) =>
    `{ capability: ${capability}, effect: deny, match: [${JSON.stringify(match)}] }`;
  switch (action.kind) {
    case 'shell': {
      const words = commandWords(action.command);
      return words && rule('shell', words.join(' '));
    }
    case 'mcp':
      return rule('mcp', `${action.server}/${action.tool}`);
    case 'file-read':
      return rule('fs_read', action.path);
    case 'file-write':
    case 'file-edit':
      return rule('fs_write', action.path);
    default:
      return null;
  }
}

/**
 * Kiro, IDE and CLI, by its documentation (kiro.dev/docs/cli/hooks, …/v3/hooks): status 2 with text on stderr stops a
 * call or a prompt, every other failure lets it go on. Its hooks cannot ask, so what asks is denied.
 */
export const kiro: AgentAdapter = {
  id: agent,
  title: 'Kiro',
  parseHook(body, head) {
    const name = hookName(body) ?? head.event;
    const given = recordOf(body);
    return read(given && name !== undefined ? { ...given, hook_event_name: newNames.get(name) ?? name } : body, head);
  },
  reply,
  refuse: (event, why) => (onlyTold.has(newNames.get(event) ?? event) ? quiet : refused(refusalFor(why))),
  letGo: () => quiet,
  call: kiroCall,
  hookName,
  capability: {
    proof: 'documentation',
    version: 'CLI 3.1, IDE 1.4',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'answers'],
    stops: ['calls', 'prompts'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the command line of the hook turns a client that is gone or fails into status 2; what becomes of a hook that runs past its time limit is not documented',
    },
    gateway: 'no',
    blind: ['its model traffic goes to AWS alone', 'Kiro CLI 2, unless the hooks stand in its agent files'],
  },
  setup: kiroSetup,
  ownRule,
};

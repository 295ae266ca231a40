import type { AgentAdapter, AgentSetup, HookConnection, HookReply, Surroundings } from '../../core/agent.ts';
import type { AgentEvent, Outcome, ToolCall } from '../../core/event.ts';
import type { Verdict } from '../../core/verdict.ts';
import {
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
  subagentEnd,
} from '../hooks/bodies.ts';
import { callsClient, type OnFailure, windowsCommand } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { reasonUnasked, refusalFor } from '../hooks/reason.ts';
import { goesOn, letGo, noOpinion, refused, told } from '../hooks/replies.ts';
import { hooksFile } from '../hooks/settings-json.ts';
import { jsoncValue } from '../jsonc-text.ts';
import { recordOf } from '../strict-json.ts';
import { droidCall } from './droid.call.ts';

const agent = 'droid';
const title = 'Droid';

/** A command that failed fires no hook, so what comes after a call is a success unless it says otherwise. */
function outcome(body: HookBody): Outcome {
  const text = jsonText(body.tool_response);
  const exit = /\[Process exited with code (-?\d+)\]\s*$/.exec(text)?.[1];
  return outcomeOf(body, exit !== undefined && exit !== '0' ? 'error' : 'ok', text);
}

const callOf = callIn(droidCall);

const events: ReadonlyMap<string, EventReader> = new Map<string, EventReader>([
  ['Notification', noticeOf('notification', 'message')],
  ['PostToolUse', callAfter(callOf, outcome)],
  ['PreToolUse', callEvent('call-before', callOf)],
  ['SessionEnd', sessionEnd],
  ['SessionStart', sessionStart],
  ['Stop', noticeOf('stop', 'message_id')],
  ['SubagentStop', subagentEnd],
  ['UserPromptSubmit', promptIn('prompt')],
]);

const everywhere = new Set(['hook_event_name', 'session_id', 'transcript_path', 'cwd', 'permission_mode']);

function reply(event: AgentEvent, verdict: Verdict | null): HookReply {
  if (verdict === null || verdict.effective === 'allow') return goesOn(verdict);
  // An answer that asks runs the tool.
  return event.kind === 'call-before' ? refused(reasonUnasked(verdict)) : noOpinion;
}

/** Hooks that come after the fact have nothing to refuse. */
const late = new Set([...events.keys(), 'PreCompact'].filter((name) => name !== 'PreToolUse'));

const refuse = (hookEventName: string, why: string): HookReply =>
  late.has(hookEventName) ? told(`Warder: ${why}`) : refused(refusalFor(why));

const wanted: readonly (readonly [event: string, onFailure: OnFailure])[] = [
  ['PreToolUse', 'block'],
  ['PostToolUse', 'pass'],
  ['UserPromptSubmit', 'pass'],
  ['SessionStart', 'pass'],
  ['SessionEnd', 'pass'],
  ['Stop', 'pass'],
  ['SubagentStop', 'pass'],
  ['Notification', 'pass'],
  ['PreCompact', 'pass'],
];
const timeout = 10;

const isOurs = (hook: unknown): boolean => callsClient(recordOf(hook)?.command, agent);

/** The matcher knows only the client's own tool names, so it names none of them. */
function hooks(
  { platform }: Surroundings,
  { client }: HookConnection,
): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  return new Map(
    wanted.map(([event, onFailure]) => {
      const call = { client, agent, event, onFailure };
      const command = platform === 'win32' ? windowsCommand(call) : guardedCommand(call);
      const matcher = event.endsWith('ToolUse') ? { matcher: '*' } : {};
      return [event, { ...matcher, hooks: [{ type: 'command', command, timeout }] }];
    }),
  );
}

const folder = ({ platform, home }: Surroundings): string => inFolder(platform, home, '.factory');

function managedFolder({ platform, env }: Surroundings): string {
  if (platform === 'darwin') return '/Library/Application Support/Factory';
  return platform === 'win32' ? `${env.ProgramFiles || 'C:\\Program Files'}\\Factory` : '/etc/factory';
}

const setup: AgentSetup = {
  program: 'droid',
  npm: 'droid',
  folders: (at) => [folder(at)],
  files: (at, to) => [
    hooksFile({ path: inFolder(at.platform, folder(at), 'settings.json'), title, wanted: hooks(at, to), isOurs }),
  ],
  managedFiles: (at, to) => [
    hooksFile({
      path: inFolder(at.platform, managedFolder(at), 'settings.json'),
      title,
      wanted: hooks(at, to),
      isOurs,
      pinned: [{ path: ['allowManagedHooksOnly'], value: true }],
      mode: 0o644,
    }),
  ],
  weaknesses(at, read) {
    const text = read(inFolder(at.platform, managedFolder(at), 'settings.json'));
    const only = text === null ? false : settingsIn(text)?.allowManagedHooksOnly === true;
    const mine = settingsIn(read(inFolder(at.platform, folder(at), 'settings.json')) ?? '');
    const found = [];
    if (only && !text?.includes('warder-hook'))
      found.push({
        what: 'the administrator’s file runs its own hooks only, and Warder’s are not among them',
        mend: 'Put them there: warder install droid --managed',
      });
    if (mine?.hooksDisabled === true)
      found.push({
        what: 'hooksDisabled is true (0.215.0 runs hooks all the same, other versions may not)',
        mend: 'Remove it from ~/.factory/settings.json.',
      });
    return found;
  },
  limits: [
    'A question of Warder’s is a refusal here: Droid runs a tool whose hook asks.',
    'A command that fails, and a tool that Droid does not know, tell no result; prompts are not told by droid exec.',
    'A hook that runs longer than 10 seconds lets the tool run: Droid decides so. The device client answers in 5.',
    'Droid sends whole messages to Factory’s servers even with a model of one’s own.',
  ],
};

function settingsIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return recordOf(jsoncValue(text));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What `commandBlocklist` and `commandAllowlist` hold: a command as it is written. */
const ownRule = ({ action }: ToolCall): string | null =>
  action.kind === 'shell' && action.command.length <= 200 && !/[\r\n]/.test(action.command) ? action.command : null;

/**
 * Factory's Droid, as recorded on 0.215.0. Whatever goes wrong with a hook, the tool runs, except for status 2: so every
 * refusal has that form, and the hook's command turns every failure into it.
 */
export const droid: AgentAdapter = {
  id: agent,
  title,
  parseHook: bodyReader({ agent, title, events, everywhere }),
  reply,
  refuse,
  letGo,
  call: droidCall,
  capability: {
    proof: 'real client',
    version: '0.215.0',
    hooks: 'command',
    sees: ['sessions', 'prompts', 'calls', 'results', 'sub-agents'],
    stops: ['calls'],
    ask: 'denied',
    whenGone: {
      calls: 'blocked',
      because:
        'the hook’s command ends with status 2 whenever it has no answer; Droid itself would run the tool, as it does past the time-out',
    },
    gateway: 'settings',
    blind: ['results of commands that failed', 'what the agent answers', 'messages that Droid sends to Factory'],
  },
  setup,
  ownRule,
};

import type { HookReply } from '../../core/agent.ts';
import type { Outcome } from '../../core/event.ts';
import {
  answerIn,
  type CallReader,
  callAfter,
  callEvent,
  type EventReader,
  type HookBody,
  noticeOf,
  outcomeFailed,
  outcomeRefused,
  promptIn,
  sessionEnd,
  sessionStart,
  subagentEnd,
  subagentStart,
  toolBatch,
} from './bodies.ts';

/** The events of Claude Code that others have word for word; what came of a call they tell each in their own way. */
export const claudeEvents = (
  callOf: CallReader,
  outcomeAfter: (body: HookBody) => Outcome,
): readonly (readonly [event: string, read: EventReader])[] => [
  ['InstructionsLoaded', noticeOf('instructions-loaded', 'file_path')],
  ['MessageDisplay', noticeOf('message-display', 'delta')],
  ['Notification', noticeOf('notification', 'message')],
  ['PermissionDenied', callAfter(callOf, outcomeRefused)],
  ['PermissionRequest', callEvent('permission-asked', callOf)],
  ['PostToolBatch', toolBatch],
  ['PostToolUse', callAfter(callOf, outcomeAfter)],
  ['PostToolUseFailure', callAfter(callOf, outcomeFailed)],
  ['PreToolUse', callEvent('call-before', callOf)],
  ['SessionEnd', sessionEnd],
  ['SessionStart', sessionStart],
  ['Stop', answerIn('last_assistant_message')],
  ['SubagentStart', subagentStart],
  ['SubagentStop', subagentEnd],
  ['UserPromptSubmit', promptIn('prompt')],
];

const json = (value: unknown): HookReply => ({ status: 200, body: JSON.stringify(value) });

/** What becomes of a call that is about to run. */
export const permission = (decision: 'deny' | 'ask', reason: string): HookReply =>
  json({
    hookSpecificOutput: {
      hookEventName: 'PreToolUse',
      permissionDecision: decision,
      permissionDecisionReason: reason,
    },
  });

/** No, in place of the person who is being asked. */
export const refusedPermission = (message: string): HookReply =>
  json({ hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny', message } } });

import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ReplaySession, ReplayStep } from '../src/cli/replay-session.ts';

const hookSchema = z.looseObject({
  hook_event_name: z.string(),
  cwd: z.string(),
  tool_name: z.string().optional(),
  tool_use_id: z.string().optional(),
  agent_id: z.string().optional(),
});
type Hook = z.infer<typeof hookSchema>;

/** Events around the calls, in the order of a session's life. */
const before = ['SessionStart', 'InstructionsLoaded', 'UserPromptSubmit', 'MessageDisplay'];
const after = ['SubagentStop', 'PostToolBatch', 'Stop', 'SessionEnd'];
const ofACall = ['PreToolUse', 'PermissionRequest', 'PostToolUse', 'PostToolUseFailure'];

/** The hook payloads recorded from the real client, put into one session: the main agent's calls, then its sub-agent's. */
export function recordedSession(folder: string): ReplaySession {
  const hooks = fs
    .readdirSync(folder)
    .filter((file) => file.endsWith('.json') && !file.startsWith('http-'))
    .map((file) => hookSchema.parse(JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))));
  const named = (name: string) => hooks.filter((hook) => hook.hook_event_name === name);
  const calls = hooks.filter((hook) => ofACall.includes(hook.hook_event_name));
  const main = calls.filter((hook) => hook.agent_id === undefined);
  const sub = calls.filter((hook) => hook.agent_id !== undefined);
  const ordered = [
    ...before.flatMap(named),
    ...inOrder(main),
    ...named('SubagentStart'),
    ...inOrder(sub),
    ...after.flatMap(named),
  ];
  const steps = ordered.map((hook): ReplayStep => ({ afterMs: 400, hook }));
  return { name: 'recorded', about: 'Recorded hook payloads.', cwd: ordered[0]?.cwd ?? '/home/dev', steps };
}

/** Call by call: asked, permission, result. A permission request carries no id and goes with its tool's call. */
function inOrder(hooks: readonly Hook[]): Hook[] {
  const asked = hooks
    .filter((hook) => hook.hook_event_name === 'PreToolUse')
    .sort((a, b) => (a.tool_use_id ?? '').localeCompare(b.tool_use_id ?? ''));
  return asked.flatMap((call) => [
    call,
    ...hooks.filter(
      (hook) =>
        hook.hook_event_name === 'PermissionRequest' &&
        JSON.stringify(hook.tool_input) === JSON.stringify(call.tool_input),
    ),
    ...hooks.filter((hook) => hook.hook_event_name.startsWith('PostToolUse') && hook.tool_use_id === call.tool_use_id),
  ]);
}

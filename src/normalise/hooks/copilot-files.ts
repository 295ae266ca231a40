import { z } from 'zod';
import type { HookConnection, SetupFile, Surroundings } from '../../core/agent.ts';
import { ok } from '../../core/result.ts';
import { type ClientCall, type OnFailure, powershellCommand, shellCommand } from './device-command.ts';
import { guardedCommand } from './guarded-command.ts';
import { inFolder } from './places.ts';
import { ownFile } from './plain-files.ts';

/** Hooks asked for. In PascalCase a body says which hook it is of; in camelCase it does not. */
const events: readonly (readonly [event: string, onFailure: OnFailure])[] = [
  ['PreToolUse', 'block'],
  ['PostToolUse', 'pass'],
  ['PostToolUseFailure', 'pass'],
  ['UserPromptSubmit', 'pass'],
  ['SessionStart', 'pass'],
  ['SessionEnd', 'pass'],
  ['Stop', 'pass'],
  ['SubagentStart', 'pass'],
  ['SubagentStop', 'pass'],
  ['PreCompact', 'pass'],
  ['Notification', 'pass'],
  ['ErrorOccurred', 'pass'],
];

/** The device client ends after 5 s; a hook that runs longer lets the tool run. */
const timeoutSec = 10;
const runs = 'copilot-cli';

/**
 * The client's refusal as a decision: of a status Copilot tells the model its number and no word more. Only letters that
 * JSON takes as they are get into it, and only where the client printed nothing else; anything but that is a status 2.
 * No single quotes in here: it stands within them.
 */
const refusal = [
  '{ said=$("$0" "$@" 2>&1 1>&3 3>&-); } 3>&1',
  'failed=$?',
  '[ $failed -eq 0 ] && exit 0',
  'lost="Blocked: the Warder client did not run. Run: warder doctor"',
  'case $failed in 2) ;; 126|127) said=$lost ;; *) echo "$lost" >&2; exit 2 ;; esac',
  'case $said in ""|*[!A-Za-z0-9\\ .,:\\;\\(\\)/_-]*) said=$lost ;; esac',
  'd="\\"permissionDecision\\":\\"deny\\",\\"permissionDecisionReason\\":\\"$said\\""',
  'printf "{%s,\\"hookSpecificOutput\\":{\\"hookEventName\\":\\"PreToolUse\\",%s}}\\n" "$d" "$d"',
].join('; ');

const posixCommand = (call: ClientCall): string =>
  call.onFailure === 'block' ? `/bin/sh -c '${refusal}' ${shellCommand(call)}` : guardedCommand(call);

function hooksFor(client: string): Readonly<Record<string, unknown>> {
  const entry = ([event, onFailure]: (typeof events)[number]) => {
    const call = { client, agent: runs, event, onFailure };
    const command = { type: 'command', bash: posixCommand(call), powershell: powershellCommand(call), timeoutSec };
    return [event, [command]];
  };
  return Object.fromEntries(events.map(entry));
}

const text = (to: HookConnection, more: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ version: 1, ...more, hooks: hooksFor(to.client) }, null, 2)}\n`;

const sharedSchema = z.looseObject({ warder: z.array(z.string()) });

/** Agents that a hook file of ours serves. */
function servedBy(held: string): readonly string[] {
  try {
    return sharedSchema.safeParse(JSON.parse(held)).data?.warder ?? [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Copilot's own folder of one person. */
export const copilotFolder = ({ env, home, platform }: Surroundings): string =>
  env.COPILOT_HOME || inFolder(platform, home, '.copilot');

/**
 * The hook file that Copilot CLI and VS Code both read. It is one for both, since each of them runs every file in that
 * folder; it notes whom it serves, and goes with the last of them.
 */
export function copilotUserFile(at: Surroundings, folder: string, to: HookConnection, agent: string): SetupFile {
  const wanted = (agents: readonly string[]) => text(to, { warder: [...new Set(agents)].sort() });
  return {
    path: inFolder(at.platform, folder, 'hooks', 'warder.json'),
    own: true,
    with(before) {
      const after = wanted([...(before === null ? [] : servedBy(before)), agent]);
      const change = before === null ? 'written' : 'written again, as it should be';
      return ok({ text: after, changes: before === after ? [] : [change] });
    },
    without(held) {
      const left = servedBy(held).filter((one) => one !== agent);
      return ok({ text: left.length === 0 ? null : wanted(left), changes: ['removed'] });
    },
  };
}

/** The administrator's hook file: one that does not parse would be dropped without a word, and the tools run. */
export function copilotPolicyFile({ platform }: Surroundings, to: HookConnection): SetupFile {
  const folder = platform === 'win32' ? 'C:\\ProgramData\\GitHub\\Copilot\\policy.d' : '/etc/github-copilot/policy.d';
  return ownFile(inFolder(platform, folder, '50-warder.json'), text(to, {}), 0o644);
}

import type { AgentSetup, HookConnection, Surroundings, Weakness } from '../../core/agent.ts';
import { callsClient, type OnFailure, powershellCommand } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { type HookSettings, hooksFile, jsonOr, memberAt } from '../hooks/settings-json.ts';
import { recordOf } from '../strict-json.ts';

const agent = 'qwen-code';
/** The client answers within 5 s; past its own limit Qwen Code runs the tool. */
const milliseconds = 30_000;

const events: readonly { readonly name: string; readonly matcher?: '*'; readonly otherwise: 'block' | 'pass' }[] = [
  { name: 'PreToolUse', matcher: '*', otherwise: 'block' },
  { name: 'PermissionRequest', matcher: '*', otherwise: 'pass' },
  { name: 'PermissionDenied', matcher: '*', otherwise: 'pass' },
  { name: 'PostToolUse', matcher: '*', otherwise: 'pass' },
  { name: 'PostToolUseFailure', matcher: '*', otherwise: 'pass' },
  { name: 'UserPromptSubmit', otherwise: 'pass' },
  { name: 'Stop', otherwise: 'pass' },
  { name: 'SubagentStart', otherwise: 'pass' },
  { name: 'SubagentStop', otherwise: 'pass' },
  { name: 'SessionStart', otherwise: 'pass' },
  { name: 'SessionEnd', otherwise: 'pass' },
  { name: 'InstructionsLoaded', otherwise: 'pass' },
];

/** On Windows its hooks run in PowerShell. */
function command(at: Surroundings, to: HookConnection, event: string, onFailure: OnFailure): string {
  const call = { client: to.client, agent, event, onFailure };
  return at.platform === 'win32' ? powershellCommand(call) : guardedCommand(call);
}

const settings = (at: Surroundings, path: string, to: HookConnection): HookSettings => ({
  path,
  title: 'Qwen Code',
  wanted: new Map(
    events.map(({ name, matcher, otherwise }) => [
      name,
      {
        ...(matcher === undefined ? {} : { matcher }),
        hooks: [
          {
            type: 'command',
            name: `warder ${name}`,
            command: command(at, to, name, otherwise),
            timeout: milliseconds,
          },
        ],
      },
    ]),
  ),
  isOurs: (hook) => callsClient(recordOf(hook)?.command, agent),
});

const userFile = ({ env, home, platform }: Surroundings): string =>
  env.QWEN_HOME
    ? inFolder(platform, env.QWEN_HOME, 'settings.json')
    : inFolder(platform, home, '.qwen', 'settings.json');

const systemFile = ({ env, platform }: Surroundings): string =>
  platform === 'win32'
    ? `${env.ProgramData || 'C:\\ProgramData'}\\qwen-code\\settings.json`
    : platform === 'darwin'
      ? '/Library/Application Support/QwenCode/settings.json'
      : '/etc/qwen-code/settings.json';

/** Variables that start it without hooks, or with other settings of the system. */
const bypasses = ['QWEN_CODE_SIMPLE', 'QWEN_CODE_SAFE_MODE', 'QWEN_CODE_SYSTEM_SETTINGS_PATH'];

function weaknesses(at: Surroundings, read: (path: string) => string | null): readonly Weakness[] {
  const off = [userFile(at), systemFile(at)].filter((path) => {
    const text = read(path);
    return text !== null && memberAt(jsonOr(text), ['disableAllHooks']) === true;
  });
  return [
    ...off.map((path) => ({
      what: `disableAllHooks is true in ${path}: Qwen Code runs no hook at all.`,
      mend: 'Remove it there.',
    })),
    ...bypasses
      .filter((name) => at.env[name])
      .map((name) => ({ what: `${name} is set: Qwen Code starts without these hooks.`, mend: `unset ${name}` })),
  ];
}

/** Hooks of a person in `~/.qwen/settings.json`; of an administrator in the system's file, which a person can switch off. */
export const qwenSetup: AgentSetup = {
  program: 'qwen',
  npm: '@qwen-code/qwen-code',
  files: (at, to) => [hooksFile(settings(at, userFile(at), to))],
  managedFiles: (at, to) => [hooksFile({ ...settings(at, systemFile(at), to), mode: 0o644 })],
  weaknesses,
  limits: [
    'disableAllHooks in any settings, qwen --bare, --safe-mode and QWEN_CODE_SYSTEM_SETTINGS_PATH switch hooks off, an administrator’s too: send its model traffic through the gateway as well.',
    'A changed input (rewrite) is ignored in yolo mode, so Warder changes none.',
  ],
};

import type { AgentSetup, HookConnection, SetupFile, Surroundings, Weakness } from '../../core/agent.ts';
import { callsClient, type OnFailure, powershellCommand } from '../hooks/device-command.ts';
import { guardedCommand } from '../hooks/guarded-command.ts';
import { inFolder } from '../hooks/places.ts';
import { ownFile } from '../hooks/plain-files.ts';
import { type HookSettings, hooksFile, jsonOr, memberAt, oursByEvent } from '../hooks/settings-json.ts';
import { recordOf } from '../strict-json.ts';

const agent = 'gemini-cli';
/** The client answers within 5 s; past its own limit Gemini CLI runs the tool. */
const milliseconds = 30_000;

const events: readonly { readonly name: string; readonly matcher?: '*'; readonly otherwise: 'block' | 'pass' }[] = [
  { name: 'BeforeTool', matcher: '*', otherwise: 'block' },
  { name: 'AfterTool', matcher: '*', otherwise: 'pass' },
  { name: 'BeforeAgent', otherwise: 'pass' },
  { name: 'AfterAgent', otherwise: 'pass' },
  { name: 'SessionStart', otherwise: 'pass' },
  { name: 'SessionEnd', otherwise: 'pass' },
  { name: 'Notification', otherwise: 'pass' },
];

/** On Windows its hooks run in PowerShell. */
function command(at: Surroundings, to: HookConnection, event: string, onFailure: OnFailure): string {
  const call = { client: to.client, agent, event, onFailure };
  return at.platform === 'win32' ? powershellCommand(call) : guardedCommand(call);
}

/** Hooks without a name of their own: a name could be listed in hooksConfig.disabled once for all. */
const wanted = (at: Surroundings, to: HookConnection): HookSettings['wanted'] =>
  new Map(
    events.map(({ name, matcher, otherwise }) => [
      name,
      {
        ...(matcher === undefined ? {} : { matcher }),
        hooks: [
          {
            type: 'command',
            command: command(at, to, name, otherwise),
            timeout: milliseconds,
          },
        ],
      },
    ]),
  );

const isOurs = (hook: unknown): boolean => callsClient(recordOf(hook)?.command, agent);
const userFile = ({ env, home, platform }: Surroundings): string =>
  inFolder(platform, env.GEMINI_CLI_HOME || home, '.gemini', 'settings.json');

const settings = (at: Surroundings, to: HookConnection): HookSettings => ({
  path: userFile(at),
  title: 'Gemini CLI',
  wanted: wanted(at, to),
  isOurs,
});

const systemFolder = ({ env, platform }: Surroundings): string =>
  platform === 'win32'
    ? `${env.ProgramData || 'C:\\ProgramData'}\\gemini-cli`
    : platform === 'darwin'
      ? '/Library/Application Support/GeminiCli'
      : '/etc/gemini-cli';

const inside = (at: Surroundings, ...names: readonly string[]): string =>
  inFolder(at.platform, systemFolder(at), ...names);

/** Files that hold the guardrails themselves, as they are named in the JSON of a call's arguments. */
const guarded = String.raw`(\.gemini/(settings\.json|policies)|gemini-cli/(settings\.json|system-defaults\.json|policies)|GeminiCli/(settings\.json|policies)|\.warder(/|\b)|warder-hook)`;

/**
 * The second layer: rules of the client's own engine, which stand with every flag and beside hooks that were switched
 * off. They know words, not meanings, so they hold only what must never be changed by an agent.
 */
const policy = `# Warder: what no agent may change, whatever became of its hooks. Written by warder install gemini-cli --managed.

[[rule]]
toolName = ["write_file", "replace"]
argsPattern = '"file_path":"[^"]*${guarded}'
decision = "deny"
priority = 990
denyMessage = "Denied by Warder: this file holds the guardrails of this machine."

[[rule]]
toolName = "run_shell_command"
argsPattern = '"command":"[^"]*(\\b(rm|mv|cp|ln|tee|sed|dd|install|truncate|chmod|chown)\\b|>)[^"]*${guarded}'
decision = "deny"
priority = 990
denyMessage = "Denied by Warder: this command would change the guardrails of this machine."

[[rule]]
toolName = "run_shell_command"
argsPattern = 'GEMINI_CLI_SYSTEM_(SETTINGS|DEFAULTS)_PATH'
decision = "deny"
priority = 990
denyMessage = "Denied by Warder: this would start Gemini CLI without the settings of this machine."
`;

function managedFiles(at: Surroundings, to: HookConnection): readonly SetupFile[] {
  return [
    hooksFile({
      ...settings(at, to),
      path: inside(at, 'settings.json'),
      mode: 0o644,
      // Without it a user's own false switches the hooks of the system off.
      pinned: [{ path: ['hooksConfig', 'enabled'], value: true }],
    }),
    ownFile(inside(at, 'policies', 'warder.toml'), policy, 0o644),
  ];
}

function weaknesses(at: Surroundings, read: (path: string) => string | null): readonly Weakness[] {
  const files = [userFile(at), inside(at, 'settings.json')];
  const found: Weakness[] = files.flatMap((path) => {
    const text = read(path);
    if (text === null) return [];
    const values = jsonOr(text);
    const ours = new Set(
      oursByEvent({ path, title: '', wanted: new Map(), isOurs }, text).map(({ value }) => recordOf(value)?.command),
    );
    const disabled = memberAt(values, ['hooksConfig', 'disabled']);
    return [
      ...(memberAt(values, ['hooksConfig', 'enabled']) === false
        ? [{ what: `hooksConfig.enabled is false in ${path}: Gemini CLI runs no hook.`, mend: 'Remove it there.' }]
        : []),
      ...(Array.isArray(disabled) && disabled.some((name) => ours.has(name) || isOurs({ command: name }))
        ? [{ what: `hooksConfig.disabled in ${path} lists hooks of Warder.`, mend: 'Take them out there.' }]
        : []),
    ];
  });
  const moved = ['GEMINI_CLI_SYSTEM_SETTINGS_PATH', 'GEMINI_CLI_SYSTEM_DEFAULTS_PATH'].filter((name) => at.env[name]);
  for (const name of moved)
    found.push({
      what: `${name} is set: the administrator’s settings are read from elsewhere.`,
      mend: `unset ${name}`,
    });
  return found;
}

/** Hooks of a person in `~/.gemini/settings.json`; of an administrator in the system's, with rules of its policy engine. */
export const geminiSetup: AgentSetup = {
  program: 'gemini',
  npm: '@google/gemini-cli',
  files: (at, to) => [hooksFile(settings(at, to))],
  managedFiles,
  weaknesses,
  limits: [
    'hooksConfig of a trusted project’s .gemini/settings.json can switch hooks off, and a hook by its command line; the administrator’s policies stand all the same.',
    'A question (ask) is answered with a refusal: without a person its own would wait for ever.',
    'Its hooks carry no id of a call: a call and its result are joined by what they say.',
  ],
};

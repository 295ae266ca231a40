import type { AgentId } from '../core/event.ts';
import type { RiskFlag } from '../core/inventory.ts';
import {
  approves,
  at,
  bypass,
  claudeStyle,
  editorStyle,
  geminiStyle,
  isObject,
  list,
  type Mode,
  type Value,
  weakened,
  wholeShell,
} from './setting-modes.ts';

const codex: readonly Mode[] = [
  bypass(
    85,
    (value) =>
      settingsOfCodex(value).some(
        (each) => each.sandbox_mode === 'danger-full-access' && each.approval_policy === 'never',
      ),
    'Runs everything without sandbox and without asking.',
    'Use sandbox_mode = "workspace-write" and approval_policy = "on-request"; requirements.toml can allow only these.',
  ),
  bypass(
    65,
    (value) =>
      settingsOfCodex(value).some(
        (each) => each.sandbox_mode === 'danger-full-access' && each.approval_policy !== 'never',
      ),
    'Runs without its sandbox (danger-full-access).',
    'Use sandbox_mode = "workspace-write"; requirements.toml can allow only that.',
  ),
  approves(
    40,
    (value) =>
      settingsOfCodex(value).some(
        (each) => each.sandbox_mode !== 'danger-full-access' && each.approval_policy === 'never',
      ),
    'Never asks a person (approval_policy never).',
    'Use approval_policy = "on-request".',
  ),
  weakened(
    60,
    (value) => at(value, 'features', 'hooks') === false,
    'Its hooks are switched off (features.hooks).',
    'Take the setting out; requirements.toml can pin hooks = true.',
  ),
];

/** The settings for all, and each profile over them. */
function settingsOfCodex(value: unknown): readonly Value[] {
  if (!isObject(value)) return [];
  const profiles = isObject(value.profiles) ? Object.values(value.profiles).filter(isObject) : [];
  return [value, ...profiles.map((profile) => ({ ...value, ...profile }))];
}

const allows = (value: unknown): boolean => value === 'allow' || (isObject(value) && value['*'] === 'allow');

const modes: Readonly<Record<AgentId, readonly Mode[]>> = {
  'claude-code': claudeStyle,
  codex,
  'gemini-cli': geminiStyle,
  'qwen-code': geminiStyle,
  'vscode-copilot': editorStyle,
  windsurf: editorStyle,
  antigravity: editorStyle,
  cursor: [
    ...editorStyle,
    approves(
      55,
      (value) => list(at(value, 'permissions', 'allow')).some((rule) => wholeShell.test(rule)),
      'Runs every shell command without asking (permissions.allow).',
      'Name the commands: Shell(git).',
    ),
    bypass(
      70,
      (value) => at(value, 'approvalMode') === 'unrestricted',
      'Runs every tool without asking (approvalMode unrestricted).',
      'Set approvalMode to allowlist.',
    ),
  ],
  'copilot-cli': [
    weakened(
      60,
      (value) => at(value, 'disableAllHooks') === true,
      'Its hooks are switched off (disableAllHooks).',
      'Take the setting out, then: warder doctor',
    ),
  ],
  opencode: [
    bypass(
      70,
      (value) => allows(at(value, 'permission')),
      'Runs every tool without asking (permission allow).',
      'Set "permission": {"*": "ask"} and allow what only reads.',
    ),
    approves(
      55,
      (value) => !allows(at(value, 'permission')) && allows(at(value, 'permission', 'bash')),
      'Runs every shell command without asking.',
      'Name the commands: "bash": {"*": "ask", "git status*": "allow"}.',
    ),
  ],
  droid: [
    approves(
      50,
      (value) =>
        /^auto-high$/.test(
          String(
            at(value, 'autonomyMode') ??
              at(value, 'sessionDefaultSettings', 'autonomyMode') ??
              at(value, 'autonomyLevel') ??
              '',
          ),
        ),
      'Runs everything without asking (autonomy high).',
      'Choose a lower autonomy; managed settings can set maxAutonomyLevel.',
    ),
    weakened(
      60,
      (value) => at(value, 'hooksDisabled') === true,
      'Its hooks are switched off (hooksDisabled).',
      'Take the setting out, then: warder doctor',
    ),
  ],
  openclaw: [
    bypass(
      75,
      (value) => at(value, 'tools', 'exec', 'security') === 'full' && at(value, 'tools', 'exec', 'ask') === 'off',
      'Runs every command without asking (tools.exec).',
      'Set tools.exec.security to allowlist and ask to on-miss.',
    ),
  ],
  kiro: [
    ...editorStyle,
    approves(
      60,
      (value) => list(at(value, 'allowedTools')).some((tool) => wholeShell.test(tool)),
      'An agent of it runs every command without asking (allowedTools).',
      'Name tools that only read, and commands in toolsSettings.',
    ),
  ],
  'amazon-q': [
    approves(
      60,
      (value) => list(at(value, 'allowedTools')).some((tool) => wholeShell.test(tool)),
      'An agent of it runs every command without asking (allowedTools).',
      'Name tools that only read, and commands in toolsSettings.',
    ),
  ],
  goose: [
    approves(
      50,
      (value) => at(value, 'GOOSE_MODE') === 'auto',
      'Runs every tool without asking (GOOSE_MODE auto).',
      'Set GOOSE_MODE to smart_approve or approve.',
    ),
  ],
  amp: [
    bypass(
      70,
      (value) => at(value, 'amp.dangerouslyAllowAll') === true,
      'Runs every tool without asking (amp.dangerouslyAllowAll).',
      'Take the setting out.',
    ),
  ],
  zed: [
    bypass(
      60,
      (value) =>
        at(value, 'agent', 'always_allow_tool_actions') === true ||
        at(value, 'agent', 'tool_permissions', 'default') === 'allow',
      'Runs every tool without asking.',
      'Set agent.always_allow_tool_actions to false.',
    ),
  ],
  aider: [
    bypass(
      60,
      (value) => at(value, 'yes-always') === true,
      'Says yes to every question (yes-always).',
      'Take the setting out.',
    ),
  ],
};

/** What in an agent's configuration lets it act without a person, or without its hooks. `file` says where it stands. */
export function looseSettings(agent: AgentId, value: unknown, file: string): RiskFlag[] {
  return (modes[agent] ?? [])
    .filter(({ holds }) => holds(value))
    .map(({ risk, weight, what, mend }) => ({ risk, weight, what, mend, where: file }));
}

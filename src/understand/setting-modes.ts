import type { RiskId } from '../core/inventory.ts';

export type Value = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Value =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member by its path; a name with dots in it may stand as one word, as editors write them. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  if (isObject(value) && path.length > 1 && Object.hasOwn(value, path.join('.'))) return value[path.join('.')];
  return path.reduce<unknown>((here, name) => (isObject(here) ? here[name] : undefined), value);
}

/** The texts of a list. */
export const list = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

/** One setting that weakens an agent: when it holds, what it means, what to do. */
export interface Mode {
  readonly risk: RiskId;
  readonly weight: number;
  readonly holds: (value: unknown) => boolean;
  readonly what: string;
  readonly mend: string;
}

/** Nobody is asked at all. */
export const bypass = (weight: number, holds: Mode['holds'], what: string, mend: string): Mode => ({
  risk: 'bypass-permissions',
  weight,
  holds,
  what,
  mend,
});
/** Some of it is done without asking. */
export const approves = (weight: number, holds: Mode['holds'], what: string, mend: string): Mode => ({
  risk: 'auto-approve',
  weight,
  holds,
  what,
  mend,
});
/** Warder's hooks do not fire. */
export const weakened = (weight: number, holds: Mode['holds'], what: string, mend: string): Mode => ({
  risk: 'hooks-weakened',
  weight,
  holds,
  what,
  mend,
});

/** Names that agents have for every shell command. */
export const wholeShell =
  /^(?:\*|Bash(?:\(\*\))?|Shell(?:\(\*+\))?|run_shell_command|execute_bash|shell|Execute|bash)$/;

/** As Claude Code is told. */
export const claudeStyle: readonly Mode[] = [
  bypass(
    80,
    (value) => at(value, 'permissions', 'defaultMode') === 'bypassPermissions',
    'Runs every tool without asking (defaultMode bypassPermissions).',
    'Take permissions.defaultMode out; managed settings can forbid it with disableBypassPermissionsMode.',
  ),
  bypass(
    35,
    (value) =>
      at(value, 'bypassPermissionsModeAccepted') === true || at(value, 'skipDangerousModePermissionPrompt') === true,
    'The mode without questions was accepted for good on this machine.',
    'Set the member to false; managed settings can forbid the mode with disableBypassPermissionsMode.',
  ),
  approves(
    45,
    (value) => at(value, 'enableAllProjectMcpServers') === true,
    'Starts every MCP server that a repository brings along.',
    'Set enableAllProjectMcpServers to false and name servers in enabledMcpjsonServers.',
  ),
  approves(
    55,
    (value) => list(at(value, 'permissions', 'allow')).some((rule) => wholeShell.test(rule)),
    'Runs every shell command without asking (permissions.allow).',
    'Name the commands: Bash(npm test), Bash(git status).',
  ),
  weakened(
    70,
    (value) => at(value, 'disableAllHooks') === true,
    'Its hooks are switched off (disableAllHooks).',
    'Take disableAllHooks out, then: warder doctor',
  ),
];

/** As Gemini CLI is told, and Qwen Code, which came of it. */
export const geminiStyle: readonly Mode[] = [
  bypass(
    80,
    (value) => at(value, 'general', 'defaultApprovalMode') === 'yolo' || at(value, 'tools', 'approvalMode') === 'yolo',
    'Runs every tool without asking (yolo).',
    'Set the approval mode back to default; security.disableYoloMode in the system settings forbids it.',
  ),
  approves(
    40,
    (value) => at(value, 'tools', 'autoAccept') === true || at(value, 'autoAccept') === true,
    'Runs tools it takes for safe without asking (autoAccept).',
    'Set autoAccept to false.',
  ),
  approves(
    55,
    (value) =>
      [...list(at(value, 'tools', 'allowed')), ...list(at(value, 'permissions', 'allow'))].some((tool) =>
        wholeShell.test(tool),
      ),
    'Runs every shell command without asking.',
    'Name the commands: run_shell_command(git status).',
  ),
  weakened(
    60,
    (value) => at(value, 'hooksConfig', 'enabled') === false || at(value, 'disableAllHooks') === true,
    'Its hooks are switched off.',
    'Take the setting out, then: warder doctor',
  ),
];

/** As editors of VS Code’s kin are told. */
export const editorStyle: readonly Mode[] = [
  bypass(
    75,
    (value) =>
      at(value, 'chat', 'tools', 'global', 'autoApprove') === true ||
      at(value, 'chat', 'tools', 'autoApprove') === true,
    'Runs every tool of the chat without asking (chat.tools.global.autoApprove).',
    'Set it to false; the policy ChatToolsAutoApprove forbids it.',
  ),
  approves(
    60,
    (value) => {
      const rules = at(value, 'chat', 'tools', 'terminal', 'autoApprove');
      return (
        isObject(rules) &&
        Object.entries(rules).some(
          ([pattern, allow]) => /^(?:\*|\/\^?\.\*\$?\/[a-z]*)$/.test(pattern) && allow !== false && allow !== null,
        )
      );
    },
    'Runs every terminal command of the chat without asking.',
    'Name the commands in chat.tools.terminal.autoApprove.',
  ),
  bypass(
    60,
    (value) =>
      at(value, 'claudeCode', 'allowDangerouslySkipPermissions') === true ||
      at(value, 'claudeCode', 'initialPermissionMode') === 'bypassPermissions',
    'Claude Code in this editor may run every tool without asking.',
    'Take claudeCode.allowDangerouslySkipPermissions out.',
  ),
  approves(
    60,
    (value) => list(at(value, 'kiroAgent', 'trustedCommands')).includes('*'),
    'Kiro runs every command without asking.',
    'Name the commands in kiroAgent.trustedCommands.',
  ),
  approves(
    60,
    (value) => list(at(value, 'roo-cline', 'allowedCommands')).includes('*'),
    'Roo Code runs every command without asking.',
    'Name the commands in roo-cline.allowedCommands.',
  ),
  approves(
    60,
    (value) =>
      at(value, 'windsurf', 'autoExecutionPolicy') === 'turbo' ||
      at(value, 'windsurf', 'cascadeCommandsAutoExecution') === 'turbo',
    'Windsurf runs every command without asking (turbo).',
    'Choose another mode for commands.',
  ),
];

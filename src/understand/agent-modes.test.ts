import { describe, expect, it } from 'vitest';
import { looseAliases, looseEnvironment, looseProcess } from './agent-launch.ts';
import { looseSettings } from './agent-modes.ts';

const flags = (agent: string, value: unknown) =>
  looseSettings(agent, value, 'f').map(({ risk, weight }) => `${risk} ${weight}`);

describe('settings that let an agent act without a person', () => {
  it.for<readonly [string, unknown, ...string[]]>([
    ['claude-code', { permissions: { defaultMode: 'bypassPermissions' } }, 'bypass-permissions 80'],
    ['claude-code', { bypassPermissionsModeAccepted: true }, 'bypass-permissions 35'],
    ['claude-code', { enableAllProjectMcpServers: true }, 'auto-approve 45'],
    ['claude-code', { permissions: { allow: ['Read', 'Bash'] } }, 'auto-approve 55'],
    ['claude-code', { disableAllHooks: true }, 'hooks-weakened 70'],
    ['codex', { sandbox_mode: 'danger-full-access', approval_policy: 'never' }, 'bypass-permissions 85'],
    ['codex', { sandbox_mode: 'danger-full-access' }, 'bypass-permissions 65'],
    ['codex', { approval_policy: 'never', sandbox_mode: 'workspace-write' }, 'auto-approve 40'],
    [
      'codex',
      {
        approval_policy: 'on-request',
        profiles: { fast: { approval_policy: 'never', sandbox_mode: 'danger-full-access' } },
      },
      'bypass-permissions 85',
    ],
    ['codex', { features: { hooks: false } }, 'hooks-weakened 60'],
    ['gemini-cli', { general: { defaultApprovalMode: 'yolo' } }, 'bypass-permissions 80'],
    ['gemini-cli', { hooksConfig: { enabled: false } }, 'hooks-weakened 60'],
    ['qwen-code', { tools: { approvalMode: 'yolo' } }, 'bypass-permissions 80'],
    ['vscode-copilot', { 'chat.tools.global.autoApprove': true }, 'bypass-permissions 75'],
    ['vscode-copilot', { 'chat.tools.terminal.autoApprove': { '/.*/': true } }, 'auto-approve 60'],
    ['vscode-copilot', { 'claudeCode.allowDangerouslySkipPermissions': true }, 'bypass-permissions 60'],
    ['cursor', { permissions: { allow: ['Shell(**)'] } }, 'auto-approve 55'],
    ['opencode', { permission: 'allow' }, 'bypass-permissions 70'],
    ['opencode', { permission: { bash: { '*': 'allow' } } }, 'auto-approve 55'],
    ['droid', { autonomyMode: 'auto-high', hooksDisabled: true }, 'auto-approve 50', 'hooks-weakened 60'],
    ['openclaw', { tools: { exec: { security: 'full', ask: 'off' } } }, 'bypass-permissions 75'],
    ['kiro', { allowedTools: ['*'] }, 'auto-approve 60'],
    ['goose', { GOOSE_MODE: 'auto' }, 'auto-approve 50'],
    ['amp', { 'amp.dangerouslyAllowAll': true }, 'bypass-permissions 70'],
    ['zed', { agent: { always_allow_tool_actions: true } }, 'bypass-permissions 60'],
    ['aider', { 'yes-always': true }, 'bypass-permissions 60'],
  ])('%s: %o', ([agent, value, ...expected]) => {
    expect(flags(agent, value)).toEqual(expected);
  });

  it.each<readonly [string, unknown]>([
    ['claude-code', { permissions: { defaultMode: 'plan', allow: ['Bash(npm test)', 'Read'] } }],
    ['codex', { sandbox_mode: 'workspace-write', approval_policy: 'on-request' }],
    ['gemini-cli', { tools: { allowed: ['run_shell_command(git status)'] } }],
    ['vscode-copilot', { 'chat.tools.terminal.autoApprove': { '/^git status$/': true, '/.*/': false } }],
    ['opencode', { permission: { '*': 'ask', bash: { '*': 'ask', 'git status*': 'allow' } } }],
    ['openclaw', { tools: { exec: { security: 'full', ask: 'always' } } }],
    ['goose', { GOOSE_MODE: 'approve' }],
    ['nobody', { permissions: { defaultMode: 'bypassPermissions' } }],
  ])('%s: %o is nothing to look at', (agent, value) => {
    expect(flags(agent, value)).toEqual([]);
  });

  it('never throws, whatever a file holds', () => {
    const agents = [
      'claude-code',
      'codex',
      'gemini-cli',
      'qwen-code',
      'vscode-copilot',
      'cursor',
      'opencode',
      'droid',
      'openclaw',
      'kiro',
      'goose',
      'amp',
      'zed',
      'aider',
      'copilot-cli',
      'windsurf',
      'amazon-q',
    ];
    const junk = [
      null,
      1,
      'x',
      [],
      { permissions: [] },
      { permissions: { allow: 5 } },
      { profiles: { a: 1 } },
      { permission: [] },
      { chat: { tools: null } },
      { tools: { exec: 'x' } },
      { agent: null },
    ];
    for (const agent of agents) for (const value of junk) expect(flags(agent, value)).toEqual([]);
  });
});

describe('starting an agent without its questions', () => {
  it.each([
    ['claude-code', 'claude --dangerously-skip-permissions -p x', 80],
    ['claude-code', 'claude --permission-mode bypassPermissions', 80],
    ['codex', 'codex exec --dangerously-bypass-approvals-and-sandbox', 85],
    ['codex', 'codex -s danger-full-access', 70],
    ['gemini-cli', 'gemini --approval-mode yolo', 80],
    ['qwen-code', 'qwen --yolo', 80],
    ['copilot-cli', 'copilot -p x --allow-all-tools', 75],
    ['droid', 'droid exec --skip-permissions-unsafe', 80],
    ['kiro', 'kiro-cli chat --trust-all-tools', 75],
    ['amp', 'amp --dangerously-allow-all', 75],
  ] as const)('%s: %s', (agent, command, weight) => {
    expect(looseProcess(agent, command)).toMatchObject({ risk: 'skip-permissions-runtime', weight });
  });

  it.each([
    ['claude-code', 'claude -p "what does --yolo do"'],
    ['codex', 'codex exec --sandbox workspace-write'],
    ['pi', 'pi --net x'],
    ['droid', 'droid exec --auto low'],
  ] as const)('%s: %s is nothing to look at', (agent, command) => {
    expect(looseProcess(agent, command)).toBeNull();
  });

  it('is found in aliases and variables, not in comments', () => {
    const programs = new Map([['claude', 'claude-code']]);
    const text =
      "export A=1\nalias yolo='claude --dangerously-skip-permissions'\n# alias c='claude --dangerously-skip-permissions'\nalias c=claude\n";
    expect(looseAliases(text, programs, '~/.zshrc').map(({ agent, flag }) => `${agent} ${flag.where}`)).toEqual([
      'claude-code ~/.zshrc:2',
    ]);
    expect(
      looseEnvironment({
        OPENCODE_PERMISSION: '{"bash":"allow"}',
        GOOSE_MODE: 'approve',
        COPILOT_ALLOW_ALL: 'true',
      }).map(({ agent, flag }) => `${agent} ${flag.where}`),
    ).toEqual(['opencode OPENCODE_PERMISSION', 'copilot-cli COPILOT_ALLOW_ALL']);
  });
});

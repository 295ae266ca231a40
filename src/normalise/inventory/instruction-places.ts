import type { AgentId } from '../../core/event.ts';

/** Files that an agent reads as orders of its person: agent, path. */
type Place = readonly [agent: AgentId, path: string];

const personal: readonly Place[] = [
  ['claude-code', '.claude/CLAUDE.md'],
  ['claude-code', '.claude/agents/*.md'],
  ['claude-code', '.claude/commands/*.md'],
  ['claude-code', '.claude/skills/*/SKILL.md'],
  ['codex', '.codex/AGENTS.md'],
  ['codex', '.codex/prompts/*.md'],
  ['gemini-cli', '.gemini/GEMINI.md'],
  ['qwen-code', '.qwen/QWEN.md'],
  ['opencode', '.config/opencode/AGENTS.md'],
  ['droid', '.factory/AGENTS.md'],
  ['goose', '.config/goose/.goosehints'],
  ['windsurf', '.codeium/windsurf/memories/global_rules.md'],
  ['copilot-cli', '.copilot/copilot-instructions.md'],
  ['pi', '.pi/agent/AGENTS.md'],
  ['openclaw', '.openclaw/workspace/*.md'],
  ['kiro', '.kiro/steering/*.md'],
];

const inProject: readonly Place[] = [
  ['claude-code', 'CLAUDE.md'],
  ['claude-code', 'CLAUDE.local.md'],
  ['claude-code', '.claude/CLAUDE.md'],
  ['claude-code', '.claude/agents/*.md'],
  ['claude-code', '.claude/commands/*.md'],
  ['claude-code', '.claude/skills/*/SKILL.md'],
  ['codex', 'AGENTS.md'],
  ['gemini-cli', 'GEMINI.md'],
  ['qwen-code', 'QWEN.md'],
  ['cursor', '.cursorrules'],
  ['cursor', '.cursor/rules/*.mdc'],
  ['windsurf', '.windsurfrules'],
  ['windsurf', '.windsurf/rules/*.md'],
  ['cline', '.clinerules'],
  ['cline', '.clinerules/*.md'],
  ['roo-code', '.roo/rules/*.md'],
  ['vscode-copilot', '.github/copilot-instructions.md'],
  ['vscode-copilot', '.github/instructions/*.md'],
  ['goose', '.goosehints'],
  ['junie', '.junie/guidelines.md'],
  ['kiro', '.kiro/steering/*.md'],
];

/** Instructions of a person, and of each project. */
export const instructionPlaces = (home: string, projects: readonly string[]): { agent: AgentId; path: string }[] => [
  ...personal.map(([agent, path]) => ({ agent, path: `${home}/${path}` })),
  ...projects.flatMap((project) => inProject.map(([agent, path]) => ({ agent, path: `${project}/${path}` }))),
];

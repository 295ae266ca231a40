import type { AgentId } from '../core/event.ts';
import type { RiskFlag } from '../core/inventory.ts';

/** Words of a command line that switch questions, sandbox or hooks off. Source: each agent's `--help`. */
const looseWords: readonly (readonly [pattern: RegExp, agents: readonly AgentId[], weight: number])[] = [
  [/--(?:allow-)?dangerously-skip-permissions\b/, ['claude-code', 'opencode', 'droid'], 80],
  [/--permission-mode[ =]bypassPermissions\b/, ['claude-code'], 80],
  [/--dangerously-bypass-approvals-and-sandbox\b/, ['codex'], 85],
  [/(?:--sandbox|-s)[ =]danger-full-access\b|sandbox_mode=["']?danger-full-access\b/, ['codex'], 70],
  [/--dangerously-bypass-hook-trust\b|--disable[ =]hooks\b|features\.hooks=false\b/, ['codex'], 60],
  [/--(?:full-auto)\b/, ['codex', 'aider'], 40],
  [/--yolo\b/, ['gemini-cli', 'qwen-code', 'codex', 'copilot-cli', 'crush', 'cursor', 'kimi-cli', 'cline'], 80],
  [/--approval-mode[ =]yolo\b/, ['gemini-cli', 'qwen-code'], 80],
  [/--allow-all(?:-tools)?\b/, ['copilot-cli'], 75],
  [/--skip-permissions-unsafe\b/, ['droid'], 80],
  [/--auto[ =]high\b/, ['droid'], 50],
  [/--trust-all-tools\b/, ['kiro', 'amazon-q'], 75],
  [/--dangerously-allow-all\b/, ['amp'], 75],
  [/--yes-always\b/, ['aider'], 60],
  [/(?:^|\s)--force\b/, ['cursor'], 55],
  [/--bare\b|--safe-mode\b|disableAllHooks/, ['claude-code', 'qwen-code'], 60],
  [/--pure\b/, ['opencode'], 50],
  [/(?:^|\s)(?:-ne|--no-extensions)\b/, ['pi'], 50],
];

/** What switches off an agent's questions on its command line; null: nothing does. */
function looseWordOf(agent: AgentId, command: string): { readonly word: string; readonly weight: number } | null {
  let worst: { word: string; weight: number } | null = null;
  for (const [pattern, agents, weight] of looseWords) {
    const word = agents.includes(agent) ? pattern.exec(command)?.[0].trim() : undefined;
    if (word !== undefined && weight > (worst?.weight ?? 0)) worst = { word, weight };
  }
  return worst;
}

/** A process of an agent that was started without its questions. */
export function looseProcess(agent: AgentId, command: string): RiskFlag | null {
  const found = looseWordOf(agent, command);
  if (found === null) return null;
  return {
    risk: 'skip-permissions-runtime',
    weight: found.weight,
    what: `Runs now with ${found.word}: nobody is asked.`,
    mend: 'Ask whoever started it; end it where it is not meant to be. Managed settings can forbid the flag.',
    where: 'process',
  };
}

/** Lines of a shell's start-up file (or a script) that start an agent without its questions. */
export function looseAliases(
  text: string,
  programs: ReadonlyMap<string, AgentId>,
  file: string,
): { readonly agent: AgentId; readonly flag: RiskFlag }[] {
  return text
    .slice(0, 524_288)
    .split('\n')
    .flatMap((line, index) => {
      if (line.length > 2_000 || /^\s*#/.test(line)) return [];
      for (const word of line.match(/[A-Za-z][\w-]*/g) ?? []) {
        const agent = programs.get(word.toLowerCase());
        const found = agent === undefined ? null : looseWordOf(agent, line);
        if (agent === undefined || found === null) continue;
        const flag: RiskFlag = {
          risk: 'bypass-permissions',
          weight: found.weight,
          what: `A shell starts it with ${found.word}.`,
          mend: 'Take the flag out of the line.',
          where: `${file}:${index + 1}`,
        };
        return [{ agent, flag }];
      }
      return [];
    });
}

/** Variables that do the same. */
const looseVariables: readonly (readonly [name: string, value: RegExp, agent: AgentId, what: string])[] = [
  ['OPENCODE_PERMISSION', /"allow"/, 'opencode', 'allows tools without asking, whatever its settings say'],
  ['OPENCODE_PURE', /^1|true$/, 'opencode', 'starts it without plugins, so without Warder’s'],
  ['GOOSE_MODE', /^auto$/, 'goose', 'runs every tool without asking'],
  ['COPILOT_ALLOW_ALL', /^true|1$/, 'copilot-cli', 'runs every tool without asking'],
  ['AIDER_YES_ALWAYS', /^true|1$/, 'aider', 'says yes to every question'],
  ['CLAUDE_CODE_SIMPLE', /^1|true$/, 'claude-code', 'starts it without hooks'],
];

/** What the environment of this shell does to the agents started in it. */
export function looseEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): { readonly agent: AgentId; readonly flag: RiskFlag }[] {
  return looseVariables.flatMap(([name, value, agent, does]) => {
    if (!value.test(env[name] ?? '')) return [];
    const what = `The variable ${name} ${does}.`;
    return [
      {
        agent,
        flag: {
          risk: 'bypass-permissions' as const,
          weight: 60,
          what,
          mend: `Take ${name} out of the environment.`,
          where: name,
        },
      },
    ];
  });
}

import type { AgentId } from './event.ts';

// What keeps agents in check on a machine: the files that hold it, and the ways to start an agent without it. Both are
// told by name alone; what a change in such a file says is read elsewhere.

const under = (...parts: readonly string[]): RegExp => new RegExp(parts.join('|'));

/** Warder's own home, policies, programs and plugins. */
export const warderFile =
  /(?:^|\/)\.?warder(?:\/|$)|\/etc\/warder|\/warder-hook(?:$|\.)|\/(?:\d+-)?warder\.(?:json|js|mjs|toml|ts)$/;

/** Settings that nobody but the administrator changes. */
export const managedFile = under(
  'managed-settings',
  'managed-mcp\\.json',
  '^/etc/(?:claude-code|codex|gemini-cli|qwen-code|factory|cursor|windsurf|opencode|github-copilot|kiro|goose)(?:/|$)',
  '^/etc/vscode/policy\\.json$',
  '^/Library/Application Support/(?:ClaudeCode|GeminiCli|QwenCode|Factory|opencode|GitHubCopilot|Cursor|Windsurf)(?:/|$)',
  '^/Library/Managed Preferences(?:/|$)',
);

/** Files of a person or a project that hold an agent's hooks, plugins and permission rules. */
export const hooksFile = under(
  '\\.claude/(?:settings[^/]*\\.json$|hooks(?:/|$))',
  '\\.claude\\.json$',
  '\\.codex/(?:config\\.toml|hooks\\.json|rules)',
  '\\.cursor/(?:hooks|permissions|cli|cli-config)\\.json$',
  '\\.cursor/hooks(?:/|$)',
  '\\.gemini/(?:settings\\.json|policies|hooks|config/hooks\\.json)',
  '\\.qwen/(?:settings\\.json|hooks)',
  '\\.copilot/(?:hooks|settings\\.json|config\\.json)',
  '\\.github/hooks(?:/|$)',
  '\\.factory/(?:settings[^/]*\\.json|hooks)',
  '\\.cline/hooks(?:/|$)',
  '\\.clinerules/hooks(?:/|$)',
  '\\.kiro/(?:hooks|agents)(?:/|$)',
  '\\.codeium/windsurf/hooks\\.json',
  '\\.windsurf/hooks\\.json',
  '\\.openclaw/(?:openclaw\\.json|extensions|plugins|warder)',
  '\\.config/opencode/(?:opencode\\.jsonc?|plugins?(?:/|$))',
  '\\.opencode/(?:opencode\\.jsonc?|plugins?(?:/|$))',
  '(?:^|/)opencode\\.jsonc?$',
  '\\.pi/(?:agent/)?(?:settings\\.json|extensions)',
  '\\.config/goose/(?:config|permission)\\.yaml',
  '\\.agents/(?:hooks|plugins)(?:/|$|\\.json)',
  '\\.config/(?:amp|zed)/settings\\.json',
  '(?:Code|Code - Insiders|VSCodium|Cursor|Windsurf|Kiro|Antigravity)/User/settings\\.json$',
  'goose/config/config\\.yaml$',
  '\\.(?:aws/)?amazonq/agents(?:/|$)',
  '\\.aider\\.conf\\.yml$',
);

/** Files in which agents are told of MCP servers. */
export const serversFile = under(
  '(?:^|/)\\.?mcp\\.json$',
  '(?:^|/)(?:mcp-config|mcp_config|mcp_settings|cline_mcp_settings|claude_desktop_config|gemini-extension|qwen-extension)\\.json$',
  '(?:^|/)\\.?crush\\.json$',
  '\\.config/kilo/kilo\\.json$',
  '\\.continue/config\\.yaml$',
  'Claude Extensions/[^/]+/manifest\\.json$',
);

/** Folders of agents: without them, no hook, plugin or rule of a person's is left. */
export const agentHome =
  /(?:^|\/)(?:\.(?:claude|codex|cursor|gemini|qwen|copilot|factory|cline|kiro|windsurf|openclaw|opencode|pi|pi\/agent|agents|codeium|codeium\/windsurf)|\.config\/(?:opencode|goose|amp))$/;

/** Ways to start an agent so that its hooks do not run: words of its command line, and variables of its environment. */
interface UnguardedStart {
  readonly agent: AgentId;
  readonly programs: readonly string[];
  /** Each as a word of its own, or with `=value`. */
  readonly words: readonly string[];
  /** `NAME` (any value) or `NAME=value`. */
  readonly variables: readonly string[];
}

/** Source: the agents' own help and documentation, and recordings of them started so. */
const unguardedStarts: readonly UnguardedStart[] = [
  {
    agent: 'claude-code',
    programs: ['claude', 'claude-code'],
    words: ['--bare', '--safe-mode', '--restricted', '--setting-sources', 'disableAllHooks'],
    variables: ['CLAUDE_CODE_SIMPLE=1', 'CLAUDE_CODE_SIMPLE=true', 'CLAUDE_CONFIG_DIR'],
  },
  {
    agent: 'codex',
    programs: ['codex'],
    words: [
      '--disable hooks',
      '--disable=hooks',
      'features.hooks=false',
      '--ignore-user-config',
      '--dangerously-bypass-hook-trust',
    ],
    variables: ['CODEX_HOME'],
  },
  {
    agent: 'gemini-cli',
    programs: ['gemini', 'gemini-cli'],
    words: [],
    variables: ['GEMINI_CLI_HOME', 'GEMINI_CLI_SYSTEM_SETTINGS_PATH', 'GEMINI_CLI_SYSTEM_DEFAULTS_PATH'],
  },
  {
    agent: 'qwen-code',
    programs: ['qwen', 'qwen-code'],
    words: ['--bare', '--safe-mode'],
    variables: ['QWEN_HOME', 'QWEN_CODE_SYSTEM_SETTINGS_PATH', 'QWEN_CODE_SYSTEM_DEFAULTS_PATH'],
  },
  { agent: 'copilot-cli', programs: ['copilot'], words: [], variables: ['COPILOT_HOME'] },
  {
    agent: 'opencode',
    programs: ['opencode', 'opencode-ai'],
    words: ['--pure'],
    variables: [
      'OPENCODE_PURE',
      'OPENCODE_PERMISSION',
      'OPENCODE_CONFIG',
      'OPENCODE_CONFIG_DIR',
      'OPENCODE_CONFIG_CONTENT',
      'OPENCODE_DISABLE_DEFAULT_PLUGINS',
    ],
  },
  { agent: 'pi', programs: ['pi'], words: ['--no-extensions', '-ne'], variables: ['PI_CODING_AGENT_DIR'] },
  {
    agent: 'openclaw',
    programs: ['openclaw'],
    words: [],
    variables: ['OPENCLAW_HOME', 'OPENCLAW_STATE_DIR', 'OPENCLAW_CONFIG_PATH'],
  },
  { agent: 'cline', programs: ['cline'], words: [], variables: ['CLINE_DIR'] },
];

/** Where every agent looks for a person's files. */
const everywhere = ['HOME', 'XDG_CONFIG_HOME', 'USERPROFILE'];

/** Programs that are such agents. */
export const agentPrograms: readonly string[] = unguardedStarts.flatMap(({ programs }) => programs);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[ =]+');

/** As a whole word of the command line. */
const wordsOf = ({ words }: UnguardedStart): string =>
  words.length === 0 ? '(?!)' : `(?:${words.map(escaped).join('|')})(?=[\\s=;|&)"']|$)`;

/** A value of nothing is none; quotes may stand around it. */
const variablesOf = (names: readonly string[]): string =>
  `\\b(?:${names
    .map((name) => (name.includes('=') ? `${escaped(name)}(?![\\w])` : `${escaped(name)}=["']?[^\\s"';|&]`))
    .join('|')})`;

/**
 * A command line in a shell that starts an agent without its hooks: the word or the variable, and where it stands; null
 * when there is none. `bash -c '…'`, `env NAME=value` and assignments on a line before are told as well.
 */
export function unguardedCommand(
  command: string,
): { readonly agent: AgentId; readonly index: number; readonly text: string } | null {
  for (const { agent, programs, words, variables } of patterns) {
    const started = programs.exec(command);
    if (started === null) continue;
    const found = words.exec(command) ?? variables.exec(command);
    if (found !== null) return { agent, index: found.index, text: found[0] };
  }
  return null;
}

const patterns = unguardedStarts.map((start) => {
  const names = start.programs.join('|');
  return {
    agent: start.agent,
    programs: new RegExp(`(?:^|[\\s;|&(\`"'/])(?:${names})(?=\\s|$|["'])`),
    words: new RegExp(
      `\\b(?:${names})\\b(?:[^|;&\\n"']|"[^"\\n]{0,400}"|'[^'\\n]{0,400}'){0,400}?\\s${wordsOf(start)}`,
    ),
    variables: new RegExp(variablesOf([...start.variables, ...everywhere])),
    /** Of this agent alone: in a start-up file HOME and its like are everybody's. */
    own: new RegExp(start.variables.length === 0 ? '(?!)' : variablesOf(start.variables)),
    /** A script hands its words on: `exec /opt/x/cli.js --bare "$@"`. */
    bare: new RegExp(`(?:^|\\s)${wordsOf(start)}(?=.*["']?\\$(?:@|\\*))`),
  };
});

/**
 * Why a process of an agent runs without its hooks; null when nothing says so. `usual`: what each variable is where the
 * hooks were connected (absent there: not set).
 */
export function unguardedProcess(
  agent: AgentId,
  command: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  usual: Readonly<Record<string, string | undefined>> = {},
): string | null {
  const start = unguardedStarts.find((one) => one.agent === agent);
  if (start === undefined) return null;
  const line = ` ${command.join(' ')}`;
  const word = new RegExp(`[\\s"'{](${wordsOf(start)})`).exec(line)?.[1];
  if (word !== undefined) return word;
  for (const variable of [...start.variables, ...everywhere]) {
    const [name = '', value] = variable.split('=');
    const now = env[name];
    if (!now || now === usual[name]) continue;
    if (value === undefined ? !(everywhere.includes(name) && usual[name] === undefined) : now === value)
      return `${name} set`;
  }
  return null;
}

/**
 * What in a shell's start-up file, or in a script of an agent's name, starts it without its hooks; null when nothing does.
 * Comments are left out.
 */
export function unguardedText(agent: AgentId, text: string): string | null {
  const pattern = patterns.find((one) => one.agent === agent);
  if (pattern === undefined) return null;
  for (const line of text.split('\n')) {
    if (line.length > 2_000 || /^\s*#/.test(line)) continue;
    const word = pattern.words.exec(line)?.[0].split(/\s/).at(-1) ?? pattern.bare.exec(line)?.[0].trim();
    const variable = pattern.own.exec(line)?.[0];
    if (word !== undefined || variable !== undefined) return word ?? `${variable?.split('=')[0]} set`;
  }
  return null;
}

/** Programs of agents and of Warder, where a person's own come first on the PATH. */
export const shadowingFile = new RegExp(
  `/(?:\\.?[\\w-]*bin|shims)/(?:${[...agentPrograms, 'cursor-agent', 'droid', 'goose', 'warder'].join('|')})$`,
);

/** What a person's shells read at their start. */
export const startUpFile =
  /\/\.(?:bashrc|bash_profile|bash_aliases|bash_login|profile|zshrc|zshenv|zprofile|zlogin|envrc)$|\/fish\/(?:config\.fish|conf\.d\/|functions\/)|^\/etc\/(?:profile|bash\.bashrc|environment|zsh)/;

/** The same for any agent. */
export function anyUnguardedText(text: string): { readonly agent: AgentId; readonly word: string } | null {
  for (const { agent } of patterns) {
    const word = unguardedText(agent, text);
    if (word !== null) return { agent, word };
  }
  return null;
}

import type { Surroundings } from '../../core/agent.ts';
import type { AgentId } from '../../core/event.ts';
import type { ConfiguredServer, McpEntry } from '../../core/inventory.ts';
import { entriesOf, entryOf, isObject } from './server-entry.ts';

/** A file in which an agent is told what it may do and which servers it uses. */
export interface ConfigPlace {
  readonly agent: AgentId;
  readonly scope: ConfiguredServer['scope'];
  /** Absolute; a folder `*` stands for any one, `**` for up to six of them. */
  readonly path: string;
  readonly form: 'json' | 'toml' | 'yaml';
  /** `''`: for everything of the person. */
  readonly project: string;
  /** The servers in it; absent: it names none. */
  servers?(value: unknown): readonly McpEntry[];
}

type Servers = (value: unknown, where: Pick<McpEntry, 'agent' | 'scope' | 'project'>) => readonly McpEntry[];

/** A row of the tables: agent, path, where its servers stand. */
type Row = readonly [agent: AgentId, path: string, servers: Servers | null, form?: ConfigPlace['form']];

const under =
  (...names: readonly string[]): Servers =>
  (value, where) =>
    entriesOf(
      names.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value),
      where,
    );

const mcpServers = under('mcpServers');

/** Plugins give their servers with and without a name around them. */
const plugin: Servers = (value, where) =>
  isObject(value) && isObject(value.mcpServers) ? mcpServers(value, where) : entriesOf(value, where);

const vscode: Servers = (value, where) => [
  ...under('servers')(value, where),
  ...under('mcp', 'servers')(value, where),
  ...under('mcp.servers')(value, where),
];

/** Claude Code keeps a person's servers for one project beside those for all of them. */
const claudeJson: Servers = (value, where) => [
  ...mcpServers(value, where),
  ...Object.entries(isObject(value) && isObject(value.projects) ? value.projects : {}).flatMap(([project, settings]) =>
    mcpServers(settings, { ...where, scope: 'local', project }),
  ),
];

/** An extension of Claude Desktop is a server of its own. */
const desktopExtension: Servers = (value, where) => {
  if (!isObject(value) || !isObject(value.server) || typeof value.name !== 'string') return [];
  return entryOf(value.name, value.server.mcp_config, { ...where, scope: 'plugin' });
};

/** Continue lists its servers; each has its name inside. */
const listed: Servers = (value, where) => {
  const list = isObject(value) && Array.isArray(value.mcpServers) ? value.mcpServers : [];
  return list.flatMap((each: unknown) =>
    isObject(each) && typeof each.name === 'string' ? entryOf(each.name, each, where) : [],
  );
};

/** Names an agent was told to leave out. */
const without =
  (servers: Servers, ...names: readonly string[]): Servers =>
  (value, where) => {
    const left = names.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), value);
    const gone = new Set(Array.isArray(left) ? left : []);
    return servers(value, where).map((entry) => (gone.has(entry.name) ? { ...entry, enabled: false } : entry));
  };

const gemini = without(mcpServers, 'mcp', 'excluded');

/** Below a person's home. Source: the agents' own documentation, and snyk/agent-scan's list of well-known clients. */
const personal: readonly Row[] = [
  ['claude-code', '.claude.json', claudeJson],
  ['claude-code', '.claude/settings.json', null],
  ['claude-code', '.claude/plugins/cache/**/.mcp.json', plugin],
  ['codex', '.codex/config.toml', under('mcp_servers'), 'toml'],
  ['gemini-cli', '.gemini/settings.json', gemini],
  ['gemini-cli', '.gemini/extensions/*/gemini-extension.json', mcpServers],
  ['qwen-code', '.qwen/settings.json', gemini],
  ['qwen-code', '.qwen/extensions/*/qwen-extension.json', mcpServers],
  ['copilot-cli', '.copilot/mcp-config.json', mcpServers],
  ['copilot-cli', '.copilot/settings.json', null],
  ['copilot-cli', '.copilot/config.json', null],
  ['cursor', '.cursor/mcp.json', mcpServers],
  ['cursor', '.cursor/cli-config.json', null],
  ['windsurf', '.codeium/windsurf/mcp_config.json', mcpServers],
  ['opencode', '.config/opencode/opencode.json', under('mcp')],
  ['opencode', '.config/opencode/opencode.jsonc', under('mcp')],
  ['cline', '.cline/data/settings/cline_mcp_settings.json', mcpServers],
  ['droid', '.factory/mcp.json', mcpServers],
  ['droid', '.factory/settings.json', null],
  ['pi', '.pi/agent/settings.json', null],
  ['openclaw', '.openclaw/openclaw.json', under('mcp', 'servers')],
  ['kiro', '.kiro/settings/mcp.json', mcpServers],
  ['kiro', '.kiro/agents/*.json', mcpServers],
  ['amazon-q', '.aws/amazonq/mcp.json', mcpServers],
  ['amazon-q', '.aws/amazonq/agents/*.json', mcpServers],
  ['goose', '.config/goose/config.yaml', under('extensions'), 'yaml'],
  ['antigravity', '.gemini/antigravity/mcp_config.json', mcpServers],
  ['antigravity', '.gemini/config/mcp_config.json', mcpServers],
  ['antigravity', '.gemini/antigravity-cli/mcp_config.json', mcpServers],
  ['amp', '.config/amp/settings.json', under('amp.mcpServers')],
  ['vscode-copilot', '.vscode/mcp.json', vscode],
  ['zed', '.config/zed/settings.json', under('context_servers')],
  ['crush', '.config/crush/crush.json', under('mcp')],
  ['continue-cli', '.continue/config.yaml', listed, 'yaml'],
  ['lm-studio', '.lmstudio/mcp.json', mcpServers],
  ['junie', '.junie/mcp/mcp.json', mcpServers],
  ['kilo-code', '.config/kilo/kilo.json', under('mcp')],
  ['aider', '.aider.conf.yml', null, 'yaml'],
];

/** Below the folder in which this platform keeps the data of applications. */
const applications: readonly Row[] = [
  ['claude-desktop', 'Claude/claude_desktop_config.json', mcpServers],
  ['claude-desktop', 'Claude/Claude Extensions/*/manifest.json', desktopExtension],
  ['goose', 'Block/goose/config/config.yaml', under('extensions'), 'yaml'],
  ['trae', 'Trae/User/mcp.json', mcpServers],
];

/** Below the `User` folder of VS Code and its kin; the first is whose settings they are. */
const editors: readonly (readonly [agent: AgentId, folder: string])[] = [
  ['vscode-copilot', 'Code'],
  ['vscode-copilot', 'Code - Insiders'],
  ['vscode-copilot', 'VSCodium'],
  ['cursor', 'Cursor'],
  ['windsurf', 'Windsurf'],
  ['kiro', 'Kiro'],
  ['antigravity', 'Antigravity'],
];
const inEditor: readonly Row[] = [
  ['', 'mcp.json', vscode],
  ['', 'settings.json', vscode],
  ['cline', 'globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json', mcpServers],
  ['roo-code', 'globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json', mcpServers],
  ['kilo-code', 'globalStorage/kilocode.kilo-code/settings/mcp_settings.json', mcpServers],
];

/** Below a project's folder. */
const inProject: readonly Row[] = [
  ['claude-code', '.mcp.json', mcpServers],
  ['claude-code', '.claude/settings.json', null],
  ['claude-code', '.claude/settings.local.json', null],
  ['codex', '.codex/config.toml', under('mcp_servers'), 'toml'],
  ['gemini-cli', '.gemini/settings.json', gemini],
  ['qwen-code', '.qwen/settings.json', gemini],
  ['cursor', '.cursor/mcp.json', mcpServers],
  ['cursor', '.cursor/cli.json', null],
  ['vscode-copilot', '.vscode/mcp.json', vscode],
  ['vscode-copilot', '.vscode/settings.json', vscode],
  ['opencode', 'opencode.json', under('mcp')],
  ['opencode', 'opencode.jsonc', under('mcp')],
  ['droid', '.factory/mcp.json', mcpServers],
  ['droid', '.factory/settings.json', null],
  ['kiro', '.kiro/settings/mcp.json', mcpServers],
  ['amazon-q', '.amazonq/mcp.json', mcpServers],
  ['antigravity', '.agents/mcp_config.json', mcpServers],
  ['roo-code', '.roo/mcp.json', mcpServers],
  ['kilo-code', '.kilocode/mcp.json', mcpServers],
  ['crush', 'crush.json', under('mcp')],
  ['crush', '.crush.json', under('mcp')],
  ['junie', '.junie/mcp/mcp.json', mcpServers],
  ['zed', '.zed/settings.json', under('context_servers')],
];

/** What the administrator of the machine set. */
const managed: Readonly<Record<Surroundings['platform'], readonly Row[]>> = {
  linux: [
    ['claude-code', '/etc/claude-code/managed-mcp.json', mcpServers],
    ['claude-code', '/etc/claude-code/managed-settings.json', null],
    ['codex', '/etc/codex/config.toml', under('mcp_servers'), 'toml'],
    ['gemini-cli', '/etc/gemini-cli/settings.json', gemini],
    ['qwen-code', '/etc/qwen-code/settings.json', gemini],
    ['opencode', '/etc/opencode/opencode.json', under('mcp')],
    ['droid', '/etc/factory/settings.json', null],
  ],
  darwin: [
    ['claude-code', '/Library/Application Support/ClaudeCode/managed-mcp.json', mcpServers],
    ['claude-code', '/Library/Application Support/ClaudeCode/managed-settings.json', null],
    ['codex', '/etc/codex/config.toml', under('mcp_servers'), 'toml'],
    ['gemini-cli', '/Library/Application Support/GeminiCli/settings.json', gemini],
    ['qwen-code', '/Library/Application Support/QwenCode/settings.json', gemini],
    ['opencode', '/Library/Application Support/opencode/opencode.json', under('mcp')],
    ['droid', '/Library/Application Support/Factory/settings.json', null],
  ],
  win32: [
    ['claude-code', 'C:/Program Files/ClaudeCode/managed-mcp.json', mcpServers],
    ['claude-code', 'C:/Program Files/ClaudeCode/managed-settings.json', null],
    ['gemini-cli', 'C:/ProgramData/gemini-cli/settings.json', gemini],
    ['qwen-code', 'C:/ProgramData/qwen-code/settings.json', gemini],
    ['opencode', 'C:/ProgramData/opencode/opencode.json', under('mcp')],
    ['droid', 'C:/Program Files/Factory/settings.json', null],
  ],
};

const place = (
  [agent, path, servers, form = 'json']: Row,
  base: string,
  scope: ConfigPlace['scope'],
  project: string,
): ConfigPlace => {
  const where = { agent, scope: /\/plugins\/|\/extensions\//.test(path) ? ('plugin' as const) : scope, project };
  const common = { ...where, path: base === '' ? path : `${base}/${path}`, form };
  return servers === null ? common : { ...common, servers: (value) => servers(value, where) };
};

/** Folders that agents may be told to keep their files in instead. */
const moved: readonly (readonly [variable: string, folder: string])[] = [
  ['CLAUDE_CONFIG_DIR', '.claude'],
  ['CODEX_HOME', '.codex'],
  ['QWEN_HOME', '.qwen'],
  ['COPILOT_HOME', '.copilot'],
  ['PI_CODING_AGENT_DIR', '.pi/agent'],
  ['OPENCODE_CONFIG_DIR', '.config/opencode'],
];

/** Every configuration of a person and of the machine. */
export function personalConfigs({ env, home, platform }: Surroundings): ConfigPlace[] {
  const data = dataFolder({ env, home, platform });
  const rows = personal.flatMap((row) => {
    const [agent, path, servers, form] = row;
    const own = moved.flatMap(([variable, folder]): Row[] => {
      const elsewhere = env[variable];
      if (!elsewhere || !path.startsWith(`${folder}/`)) return [];
      return [[agent, elsewhere + path.slice(folder.length), servers, form]];
    });
    return [place(row, home, 'user', ''), ...own.map((each) => place(each, '', 'user', ''))];
  });
  return [
    ...rows,
    ...(env.CLAUDE_CONFIG_DIR
      ? [place(['claude-code', '.claude.json', claudeJson], env.CLAUDE_CONFIG_DIR, 'user', '')]
      : []),
    ...applications.map((row) => place(row, data, 'user', '')),
    ...editors.flatMap(([editor, folder]) =>
      inEditor.map(([agent, path, servers, form]) =>
        place([agent || editor, path, servers, form], `${data}/${folder}/User`, 'user', ''),
      ),
    ),
    ...managed[platform].map((row) => place(row, '', 'managed', '')),
  ];
}

/** Every configuration that a project brings along. */
export const projectConfigs = (project: string): ConfigPlace[] =>
  inProject.map((row) => place(row, project, 'project', project));

/** Where applications keep what is a person's. */
export function dataFolder({ env, home, platform }: Surroundings): string {
  if (platform === 'darwin') return `${home}/Library/Application Support`;
  if (platform === 'win32') return `${home}/AppData/Roaming`;
  return env.XDG_CONFIG_HOME || `${home}/.config`;
}

/** Projects that configurations know of, absolute paths. */
export function projectsIn(agent: AgentId, value: unknown): string[] {
  if (!isObject(value) || !isObject(value.projects)) return [];
  if (!['claude-code', 'codex', 'gemini-cli'].includes(agent)) return [];
  return Object.keys(value.projects).filter((path) => /^(?:\/|[A-Za-z]:[\\/])/.test(path));
}

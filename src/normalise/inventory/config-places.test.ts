import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import type { Surroundings } from '../../core/agent.ts';
import { personalConfigs, projectConfigs, projectsIn } from './config-places.ts';
import { looseJson } from './loose-json.ts';
import { plainYaml } from './plain-yaml.ts';

const at: Surroundings = { env: {}, home: '/home/ann', platform: 'linux' };

/** Where, what stands there, and what is read: `name transport what trust… off`. Made for these tests, in each agent's documented form. */
const cases: readonly (readonly [agent: string, path: string, text: string, ...servers: string[]])[] = [
  [
    'claude-code',
    '.claude.json',
    '{"mcpServers":{"a":{"command":"npx","args":["-y","x"]},"b":{"type":"http","url":"https://h/mcp","headers":{"A":"v"}}},"projects":{"/p":{"mcpServers":{"c":{"type":"sse","url":"https://h/sse"}}}}}',
    'a stdio npx -y x',
    'b http https://h/mcp',
    'c sse https://h/sse @local',
  ],
  [
    'claude-code',
    '.claude/plugins/cache/**/.mcp.json',
    '{"p":{"command":"node","args":["s.js"]}}',
    'p stdio node s.js @plugin',
  ],
  [
    'codex',
    '.codex/config.toml',
    '[mcp_servers.a]\ncommand = "uvx"\nargs = ["x"]\nenabled = false\n[mcp_servers.b]\nurl = "https://h"\nbearer_token_env_var = "T"\ndefault_tools_approval_mode = "approve"',
    'a stdio uvx x off',
    'b http https://h default_tools_approval_mode = approve',
  ],
  [
    'gemini-cli',
    '.gemini/settings.json',
    '{"mcpServers":{"a":{"command":"x","trust":true},"b":{"httpUrl":"https://h"}},"mcp":{"excluded":["b"]}}',
    'a stdio x trust',
    'b http https://h off',
  ],
  ['qwen-code', '.qwen/settings.json', '{"mcpServers":{"a":{"url":"https://h/sse"}}}', 'a sse https://h/sse'],
  [
    'copilot-cli',
    '.copilot/mcp-config.json',
    '{"mcpServers":{"a":{"type":"local","command":"x","tools":["*"]}}}',
    'a stdio x',
  ],
  ['cursor', '.cursor/mcp.json', '{"mcpServers":{"a":{"command":"x"}}}', 'a stdio x'],
  [
    'windsurf',
    '.codeium/windsurf/mcp_config.json',
    '{"mcpServers":{"a":{"serverUrl":"https://h","disabled":true}}}',
    'a http https://h off',
  ],
  [
    'opencode',
    '.config/opencode/opencode.json',
    '{"mcp":{"a":{"type":"local","command":["node","x.mjs"],"environment":{"E":"1"}},"b":{"type":"remote","url":"https://h","enabled":false}}}',
    'a stdio node x.mjs',
    'b http https://h off',
  ],
  [
    'cline',
    '.cline/data/settings/cline_mcp_settings.json',
    '{"mcpServers":{"a":{"command":"x","autoApprove":["read"]},"b":{"type":"streamableHttp","url":"https://h","autoApprove":["*"]}}}',
    'a stdio x autoApprove: read',
    'b http https://h autoApprove: every tool',
  ],
  [
    'roo-code',
    '.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json',
    '{"mcpServers":{"a":{"command":"x","alwaysAllow":["t"]}}}',
    'a stdio x alwaysAllow: t',
  ],
  [
    'droid',
    '.factory/mcp.json',
    '{"mcpServers":{"a":{"type":"stdio","command":"x","disabled":true}}}',
    'a stdio x off',
  ],
  ['openclaw', '.openclaw/openclaw.json', "{mcp: {servers: {a: {command: 'x', args: ['1',]}}}}", 'a stdio x 1'],
  [
    'kiro',
    '.kiro/settings/mcp.json',
    '{"mcpServers":{"a":{"command":"x","autoApprove":true}}}',
    'a stdio x autoApprove: every tool',
  ],
  ['amazon-q', '.aws/amazonq/mcp.json', '{"mcpServers":{"a":{"command":"x"}}}', 'a stdio x'],
  [
    'goose',
    '.config/goose/config.yaml',
    'extensions:\n  a:\n    type: stdio\n    cmd: uvx\n    args: [x]\n    env_keys: [K]\n  b:\n    type: builtin\n    enabled: false\n  c:\n    type: streamable_http\n    uri: https://h\n',
    'a stdio uvx x',
    'b built-in off',
    'c http https://h',
  ],
  [
    'antigravity',
    '.gemini/antigravity/mcp_config.json',
    '{"mcpServers":{"a":{"serverUrl":"https://h"}}}',
    'a http https://h',
  ],
  ['amp', '.config/amp/settings.json', '{"amp.mcpServers":{"a":{"command":"x"}}}', 'a stdio x'],
  [
    'vscode-copilot',
    '.config/Code/User/mcp.json',
    '{"servers":{"a":{"type":"stdio","command":"x","env":{"K":"%K%"}}},"inputs":[]}',
    'a stdio x',
  ],
  [
    'vscode-copilot',
    '.config/Code/User/settings.json',
    '{"mcp":{"servers":{"a":{"command":"x"}}}, // c\n}',
    'a stdio x',
  ],
  ['claude-desktop', '.config/Claude/claude_desktop_config.json', '{"mcpServers":{"a":{"command":"x"}}}', 'a stdio x'],
  [
    'claude-desktop',
    '.config/Claude/Claude Extensions/*/manifest.json',
    '{"name":"ext","server":{"type":"node","mcp_config":{"command":"node","args":["i.js"]}}}',
    'ext stdio node i.js @plugin',
  ],
  [
    'zed',
    '.config/zed/settings.json',
    '{"context_servers":{"a":{"command":{"path":"x","args":["1"]}}}}',
    'a stdio x 1',
  ],
  ['crush', '.config/crush/crush.json', '{"mcp":{"a":{"type":"stdio","command":"x"}}}', 'a stdio x'],
  [
    'continue-cli',
    '.continue/config.yaml',
    'mcpServers:\n  - name: a\n    command: x\n    args:\n      - "1"\n',
    'a stdio x 1',
  ],
  [
    'lm-studio',
    '.lmstudio/mcp.json',
    '{"mcpServers":{"a":{"url":"http://127.0.0.1:1/mcp"}}}',
    'a http http://127.0.0.1:1/mcp',
  ],
];

const parsed = (form: string, text: string): unknown => {
  if (form === 'toml') return parse(text);
  const read = form === 'yaml' ? plainYaml(text) : looseJson(text);
  if (!read.ok) throw new Error(read.error.detail);
  return read.value;
};

describe('MCP servers of each agent’s configuration', () => {
  const places = personalConfigs(at);

  it.each(cases)('%s: %s', (agent, path, text, ...servers) => {
    const place = places.find((each) => each.path === `/home/ann/${path}` && each.agent === agent);
    expect(place).toBeDefined();
    const read = place?.servers?.(parsed(place.form, text)) ?? [];
    expect(
      read.map(({ name, transport, argv, url, trust, enabled, scope }) =>
        [
          name,
          transport,
          ...argv,
          ...(url === '' ? [] : [url]),
          ...trust,
          ...(scope === 'user' ? [] : [`@${scope}`]),
          ...(enabled ? [] : ['off']),
        ].join(' '),
      ),
    ).toEqual(servers);
    expect(read.every((entry) => entry.agent === agent)).toBe(true);
  });

  it('names variables and headers that are given by reference', () => {
    const codex = places.find(({ agent, path }) => agent === 'codex' && path.endsWith('/.codex/config.toml'));
    const [server] =
      codex?.servers?.({
        mcp_servers: {
          a: {
            url: 'https://h',
            bearer_token_env_var: 'T',
            env_http_headers: { 'X-A': 'V' },
            env_vars: ['E', { name: 'F' }],
          },
        },
      }) ?? [];
    expect(Object.keys(server?.variables ?? {}).sort()).toEqual(['E', 'F', 'T']);
    expect(Object.keys(server?.headers ?? {})).toEqual(['X-A']);
  });

  it('follows folders that were moved, and reads what a project brings along', () => {
    const moved = personalConfigs({ ...at, env: { CODEX_HOME: '/elsewhere', CLAUDE_CONFIG_DIR: '/c' } }).map(
      ({ path }) => path,
    );
    expect(moved).toEqual(expect.arrayContaining(['/elsewhere/config.toml', '/c/settings.json', '/c/.claude.json']));
    const project = projectConfigs('/src/app');
    expect(project.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['/src/app/.mcp.json', '/src/app/.cursor/mcp.json', '/src/app/.vscode/mcp.json']),
    );
    expect(project.every(({ scope, project: of }) => scope === 'project' && of === '/src/app')).toBe(true);
    expect(projectsIn('claude-code', { projects: { '/a': {}, relative: {} } })).toEqual(['/a']);
    expect(projectsIn('droid', { projects: { '/a': {} } })).toEqual([]);
  });

  it('gives nothing for what is no server, and never throws', () => {
    const junk: readonly unknown[] = [
      null,
      1,
      'x',
      [],
      { mcpServers: null },
      { mcpServers: [] },
      { mcpServers: { a: null, b: 1, c: {}, d: { command: 5 }, e: { args: ['x'] } } },
      { projects: { '/p': null } },
      { server: {}, name: 1 },
    ];
    for (const place of [...places, ...projectConfigs('/p')])
      for (const value of junk) expect(place.servers?.(value) ?? []).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enrol } from '../src/cli/device-enrol.ts';
import { readIdentity } from '../src/cli/device-home.ts';
import { readConfig } from '../src/config.ts';
import type { DeviceInventory } from '../src/core/inventory.ts';
import type { InventorySums, ListedAgent, ListedDevice, ListedServer } from '../src/core/inventory-lists.ts';
import type { Alert } from '../src/core/verdict.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { freePort } from './harness/devices.ts';
import { deviceReport, foundAgent } from './harness/inventory.ts';
import { inventoryCommand } from './harness/inventory-cli.ts';
import { warder } from './harness/warder.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-inventory-'));
/** Built here, so that nothing that looks like a key stands in this file. */
const key = `ghp_${'aB3dE6gH9'.repeat(4)}`;
afterAll(() => fs.rmSync(place, { recursive: true, force: true }));

/** Files below a folder; a text that begins with `#!` may be run, a folder ends with a slash. */
function plant(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) {
    const at = path.join(folder, file);
    fs.mkdirSync(file.endsWith('/') ? at : path.dirname(at), { recursive: true });
    if (!file.endsWith('/')) fs.writeFileSync(at, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  return folder;
}

/** Names, modes, times of change and contents of everything below a folder. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const { mode, mtimeMs, size } = fs.statSync(path.join(folder, name));
    hash.update(`${name} ${mode} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

const marker = path.join(place, 'somebody-ran-it');
const program = `#!/bin/sh\ntouch ${marker}\n`;

/** One person's machine, with agents of every kind on it. */
const machine = () =>
  plant(path.join(place, 'machine'), {
    'usr/local/bin/codex': program,
    'usr/local/bin/goose': program,
    'usr/local/lib/node_modules/@anthropic-ai/claude-code/package.json':
      '{"name":"@anthropic-ai/claude-code","version":"2.1.330"}',
    'home/ann/.local/share/uv/tools/aider-chat/lib/python3.12/site-packages/aider_chat-0.86.1.dist-info/': '',
    'home/ann/.vscode/extensions/github.copilot-chat-0.31.0/package.json': '{}',
    'home/ann/.config/google-chrome/Default/Extensions/fcoeoabgfenejglbffodgkkbkcdhcgfn/1.0.41_0/manifest.json': '{}',
    'home/ann/.local/share/JetBrains/IntelliJIdea2026.1/ml-llm/': '',
    'usr/share/applications/cursor.desktop': '[Desktop Entry]\nName=Cursor\nExec=cursor\n',
    'home/ann/.claude.json': JSON.stringify({
      mcpServers: { files: { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/'] } },
      projects: { '/home/ann/shop': { mcpServers: { local: { command: 'node', args: ['x.js'] } } } },
    }),
    'home/ann/.claude/settings.json': '{"permissions":{"defaultMode":"bypassPermissions"}}',
    'home/ann/.codex/config.toml': `[mcp_servers.gh]\nurl = "https://api.example/mcp"\nhttp_headers = { Authorization = "Bearer ${key}" }\n`,
    'home/ann/.cursor/mcp.json': '{"mcpServers": {"broken": \n',
    'home/ann/.config/goose/config.yaml': 'GOOSE_MODE: auto\nextensions:\n  dev:\n    type: builtin\n',
    'home/ann/shop/.mcp.json': '{"mcpServers":{"shop":{"type":"http","url":"http://shop.example/mcp"}}}',
    'home/ann/shop/CLAUDE.md': `# Shop\nBuild it.${'\u{e0041}\u{e0042}\u{e0043}\u{e0044}'}\n`,
    'home/ann/.zshrc': "alias c='claude --dangerously-skip-permissions'\n",
    'proc/42/cmdline':
      'node\0/usr/local/lib/node_modules/@anthropic-ai/claude-code/cli.js\0--dangerously-skip-permissions\0-p\0my private question\0',
    'proc/42/comm': 'node\n',
    'proc/43/cmdline': 'vim\0claude.md\0',
    'home/ben/.qwen/settings.json': '{"mcpServers":{"q":{"command":"uvx","args":["q==1.0.0"]}}}',
  });

const look = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const run = await inventoryCommand(['--json', '--home', path.join(place, 'no-server'), ...args], env);
  return { ...run, report: JSON.parse(run.stdout) as DeviceInventory };
};

describe('a look at a machine', () => {
  test('finds agents of every kind, their servers and what is risky, runs nothing and changes nothing', async () => {
    const root = machine();
    const before = fingerprint(root);
    const ran = await warder(
      ['inventory', '--json', '--home', path.join(place, 'no-server'), '--root', root, '--name', 'Anns-Laptop.local'],
      {},
    );
    const [{ exit, stdout }, report] = [ran, JSON.parse(ran.stdout) as DeviceInventory];
    expect(exit).toBe(1);
    expect(fingerprint(root)).toBe(before);
    expect(fs.existsSync(marker)).toBe(false);
    expect(report).toMatchObject({
      v: 1,
      source: 'warder',
      device: 'anns-laptop',
      name: 'Anns-Laptop.local',
      platform: 'linux',
    });
    const agents = new Map(report.agents.map((agent) => [agent.agent, agent]));
    expect([...agents.keys()]).toEqual([
      'aider',
      'claude-code',
      'claude-web',
      'codex',
      'cursor',
      'goose',
      'jetbrains-ai',
      'qwen-code',
      'vscode-copilot',
    ]);
    expect(agents.get('claude-code')).toMatchObject({ versions: ['2.1.330'], running: 1, hooks: 'missing' });
    expect(agents.get('aider')).toMatchObject({ versions: ['0.86.1'] });
    expect(agents.get('vscode-copilot')?.evidence).toContainEqual({
      by: 'extension',
      where: '/home/ann/.vscode/extensions/github.copilot-chat-0.31.0',
      version: '0.31.0',
    });
    expect(agents.get('claude-web')).toMatchObject({ versions: ['1.0.41'] });
    expect(report.servers.map(({ name, scope }) => `${name} ${scope}`).sort()).toEqual([
      'dev user',
      'files user',
      'gh user',
      'local local',
      'q user',
      'shop project',
    ]);
    const risks = [...report.agents, ...report.servers].flatMap(({ flags }) =>
      flags.map(({ risk, where }) => `${risk} ${where}`),
    );
    expect(risks).toEqual(
      expect.arrayContaining([
        'bypass-permissions /home/ann/.claude/settings.json',
        'bypass-permissions /home/ann/.zshrc:1',
        'skip-permissions-runtime process 42',
        'hidden-unicode /home/ann/shop/CLAUDE.md:2',
        'auto-approve /home/ann/.config/goose/config.yaml',
        'broad-filesystem /home/ann/.claude.json',
        'plaintext-secret /home/ann/.codex/config.toml',
        'plain-http /home/ann/shop/.mcp.json',
      ]),
    );
    // What cannot be read is told; what somebody asked an agent is nobody's business.
    expect(report.unread).toEqual([
      { file: '/home/ann/.cursor/mcp.json', why: expect.stringMatching(/^It is not JSON: .* in line \d\.$/) },
    ]);
    for (const private_ of [key, 'my private question']) expect(stdout).not.toContain(private_);
  });

  test('reads a disk of macOS by its own rules', async () => {
    const root = plant(path.join(place, 'mac'), {
      'Applications/Cursor.app/Contents/Info.plist':
        '<plist><dict><key>CFBundleIdentifier</key>\n<string>com.todesktop.230313mzl4w4u92</string><key>CFBundleShortVersionString</key><string>1.9.2</string></dict></plist>',
      'Applications/Notes.app/Contents/Info.plist':
        '<plist><dict><key>CFBundleIdentifier</key><string>com.apple.Notes</string></dict></plist>',
      'Users/ann/Library/Application Support/Claude/claude_desktop_config.json': '{"mcpServers":{"n":{"command":"x"}}}',
      'opt/homebrew/Caskroom/claude-code/2.1.300/': '',
      'Library/Application Support/ClaudeCode/managed-mcp.json':
        '{"mcpServers":{"m":{"type":"http","url":"https://m.example"}}}',
    });
    const { report } = await look(['--root', root]);
    expect(report.platform).toBe('darwin');
    expect(report.agents.map(({ agent, versions }) => `${agent} ${versions.join()}`)).toEqual([
      'claude-code 2.1.300',
      'claude-desktop ',
      'cursor 1.9.2',
    ]);
    expect(report.servers.map(({ name, agent, scope }) => `${name} ${agent} ${scope}`).sort()).toEqual([
      'm claude-code managed',
      'n claude-desktop user',
    ]);
  });

  test('of an empty home finds nothing, and says so with its exit status', async () => {
    const home = plant(path.join(place, 'nobody'), { 'bin/': '' });
    const { exit, report } = await look(['--user-home', home], { HOME: home, PATH: path.join(home, 'bin') });
    expect(report.agents.filter(({ evidence }) => evidence.some(({ where }) => where.startsWith(home)))).toEqual([]);
    expect([0, 1]).toContain(exit);
    const text = await inventoryCommand(['--home', home, '--user-home', home], { HOME: home });
    expect(text.stdout).toMatch(/: \d+ agents?, 0 MCP servers\.\n/);
  });

  test('knows its own hooks, and hooks that are switched off', async () => {
    const hook = { type: 'http', url: 'http://127.0.0.1:7717/hooks/claude-code#if-this-blocks-you-run:warder-doctor' };
    const files = (more: object) => ({
      '.claude/settings.json': JSON.stringify({ hooks: { PreToolUse: [{ hooks: [hook] }] }, ...more }),
    });
    const home = plant(
      path.join(place, 'hooked'),
      files({ env: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:7717/anthropic' } }),
    );
    const one = await look(['--user-home', home]);
    expect(one.report.agents.find(({ agent }) => agent === 'claude-code')).toMatchObject({
      hooks: 'installed',
      gateway: true,
      flags: [],
    });
    plant(home, files({ disableAllHooks: true }));
    const two = await look(['--user-home', home]);
    expect(two.report.agents.find(({ agent }) => agent === 'claude-code')?.flags).toMatchObject([
      { risk: 'hooks-weakened', weight: 70 },
    ]);
  });

  test('is used wrongly in one sentence', async () => {
    for (const [args, said] of [
      [['nonsense'], 'say nothing to look at this machine'],
      [['--root', '/nowhere'], 'there is no folder "/nowhere"'],
      [['allow'], 'name one agent'],
      [['allow', 'Not An Id'], 'is no id of an agent'],
      [['import', '--from', 'nobody', 'x'], '--from takes one of'],
      [['import', '--from', 'osquery'], 'give one FILE or more'],
      [['import', '--from', 'osquery', '--api'], 'has no interface'],
      [['import', '--from', 'jamf', '/nowhere'], 'there is no file'],
      [['--send', '--url', 'http://127.0.0.1:9'], '--url and --token go together'],
    ] as const) {
      const { exit, stderr } = await inventoryCommand([...args, '--home', path.join(place, 'no-server')], {});
      expect([exit, stderr]).toEqual([2, expect.stringContaining(said)]);
      expect(stderr).not.toMatch(/\n {4}at /);
    }
    const without = await inventoryCommand(['allow', 'codex', '--home', path.join(place, 'no-server')], {});
    expect([without.exit, without.stderr]).toEqual([3, expect.stringContaining('Start one: warder serve')]);
  });
});

describe('what the server keeps of it', () => {
  const home = path.join(place, 'server');
  let server: RunningServer;
  const log: string[] = [];
  const get = async <T>(at: string): Promise<T> => {
    const answer = await fetch(`${server.url}/api/v1/${at}`, { headers: { authorization: `Bearer ${server.token}` } });
    if (!answer.ok) throw new Error(`${at}: ${answer.status} ${await answer.text()}`);
    return answer.json() as Promise<T>;
  };
  const post = (at: string, body: unknown, token = server.token) =>
    fetch(`${server.url}${at}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const alerts = async () => (await get<{ items: Alert[] }>('alerts?limit=500')).items;

  beforeAll(async () => {
    server = await startServer({
      ...readConfig(home, { port: '0', mode: 'observe' }),
      env: {},
      log: (line) => log.push(line),
    });
  });
  afterAll(() => server.close());

  test('a report that is sent again changes nothing and alerts nobody twice', async () => {
    const root = machine();
    const send = () => inventoryCommand(['--send', '--root', root, '--name', 'anns', '--home', home], {});
    expect((await send()).stderr).toContain('Sent to the server of this home.');
    const [first, told] = [await get<InventorySums>('inventory'), await alerts()];
    expect(first).toMatchObject({ devices: 1, uncovered: 0, servers: 6, disallowed: 0 });
    expect(first.risks).toMatchObject({ 'bypass-permissions': 1, 'plaintext-secret': 1 });
    // The first report of all is no news, but what is unguarded is.
    expect(told.map(({ detector }) => detector)).not.toContain('new-mcp-server');
    expect(told.map(({ detector }) => detector)).toEqual(
      expect.arrayContaining(['agent-unguarded', 'mcp-server-risk', 'prompt-injection']),
    );
    await send();
    expect(await get('inventory')).toEqual(first);
    expect((await alerts()).map(({ id, count }) => [id, count])).toEqual(told.map(({ id }) => [id, 1]));
    const { items } = await get<{ items: ListedServer[] }>('inventory/servers?risk=plaintext-secret');
    expect(items).toMatchObject([{ name: 'gh', runs: 'api.example', devices: 1 }]);
    expect(JSON.stringify(await get('inventory/server?name=gh&runs=api.example'))).not.toContain(key);
  });

  test('a new server, and one that runs something else, are alerts; a known one on another device is none', async () => {
    const root = machine();
    const write = (servers: object) =>
      plant(root, { 'home/ann/.claude.json': JSON.stringify({ mcpServers: servers }) });
    const files = { command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem@1.0.0', '/srv'] };
    write({ files, added: { command: 'npx', args: ['-y', 'added-mcp@1.0.0'] } });
    await inventoryCommand(['--send', '--root', root, '--name', 'anns', '--home', home], {});
    const titles = async () =>
      (await alerts()).filter(({ detector }) => detector === 'new-mcp-server').map(({ title }) => title);
    expect(await titles()).toEqual(['New MCP server added (npm:added-mcp) in Claude Code on anns.']);
    write({ files, added: { command: 'npx', args: ['-y', 'evil-mcp@1.0.0'] } });
    await inventoryCommand(['--send', '--root', root, '--name', 'anns', '--home', home], {});
    expect(await titles()).toContain(
      'MCP server added of Claude Code on anns now runs npm:evil-mcp, before npm:added-mcp.',
    );
    await inventoryCommand(['--send', '--root', root, '--name', 'bens', '--home', home], {});
    expect(await titles()).toHaveLength(2);
  });

  test('an enrolled device sends its own report, and cannot speak for another', async () => {
    const answer = await post('/api/v1/devices/invites', { person: 'ada', device: 'adas-mac' });
    const { code } = (await answer.json()) as { code: string };
    const deviceHome = path.join(place, 'device');
    await enrol(deviceHome, { code, url: server.url, name: 'whatever', port: String(await freePort()) });
    expect((await get<{ items: ListedDevice[] }>('inventory/devices?text=adas')).items).toMatchObject([
      { cover: 'enrolled' },
    ]);
    const identity = readIdentity(deviceHome);
    const token = identity.ok ? identity.value.token : '';
    const report = deviceReport({
      device: 'someone-else',
      name: 'Someone-Else',
      person: 'eve',
      source: 'intune',
      agents: [foundAgent('codex')],
    });
    expect((await post('/device/inventory', report, token)).status).toBe(200);
    const { items } = await get<{ items: ListedDevice[] }>('inventory/devices?text=adas');
    expect(items).toMatchObject([{ device: 'adas-mac', cover: 'reports', people: ['ada'], sources: ['warder'] }]);
    expect((await get<{ items: ListedDevice[] }>('inventory/devices?text=someone')).items).toEqual([]);
    expect((await post('/device/inventory', report, server.token)).status).toBe(401);
    const bad = await post('/device/inventory', { ...report, agents: 'none' }, token);
    expect([bad.status, await bad.text()]).toEqual([400, expect.stringContaining('This is no inventory: agents')]);
  });

  test('what somebody sends is masked, bounded and well formed before it rests', async () => {
    const long = 'x'.repeat(5_000);
    const report = deviceReport({
      name: 'masked',
      agents: [
        foundAgent('codex', { evidence: [{ by: 'process', where: `codex ${key} \ud800 ${long}`, version: long }] }),
      ],
      unread: [{ file: long, why: key }],
    });
    const answer = await post('/api/v1/inventory', { items: [report, { name: 'bad', v: 2 }, 'junk'] });
    expect(await answer.json()).toMatchObject({
      stored: 1,
      refused: [{ device: 'bad' }, { device: '' }],
      uncovered: [],
    });
    const text = JSON.stringify(await get('inventory/devices/masked'));
    expect(text).not.toContain(key);
    expect(text.length).toBeLessThan(6_000);
    for (const body of [{}, { items: 5 }, { items: Array.from({ length: 501 }, () => report) }])
      expect((await post('/api/v1/inventory', body)).status).toBe(400);
  });

  test('a decision is made from the command line, with a receipt; a disallowed agent that works is told of once', async () => {
    const run = await inventoryCommand(['disallow', 'claude-code', '--note', 'use codex', '--home', home], {});
    expect([run.exit, run.stdout]).toEqual([0, expect.stringContaining('claude-code is disallowed now')]);
    const receipts = await get<{ items: { body: string }[] }>('receipts?limit=500');
    expect(receipts.items.some(({ body }) => body.includes('agent claude-code: unreviewed → disallowed by '))).toBe(
      true,
    );
    const found = (await alerts()).filter(
      ({ detector, agent }) => detector === 'unsanctioned-agent' && agent === 'claude-code',
    );
    expect(found.map(({ title }) => title).sort()).toEqual([
      'Claude Code is not allowed here, and is on anns.',
      'Claude Code is not allowed here, and is on bens.',
    ]);

    const token = JSON.parse(
      (await warder(['tokens', 'add', '--person', 'cem', '--device', 'cems', '--home', home, '--json'], {})).stdout,
    ).token as string;
    for (const n of [1, 2, 3]) {
      const call = {
        session_id: 's1',
        cwd: '/home/cem/x',
        hook_event_name: 'PreToolUse',
        tool_name: 'Bash',
        tool_input: { command: `echo ${n}` },
        tool_use_id: `toolu_${n}`,
      };
      expect((await post('/hooks/claude-code', call, token)).status).toBe(200);
    }
    const working = (await alerts()).filter(({ key: of }) => of === 'claude-code|cem|unsanctioned-agent|cems');
    expect(working).toMatchObject([
      { count: 3, title: 'Claude Code is not allowed here, and works on cems.', session: 's1' },
    ]);
    const { items } = await get<{ items: ListedDevice[] }>('inventory/devices?agent=claude-code&cover=seen');
    expect(items).toMatchObject([
      {
        device: 'cems',
        people: ['cem'],
        agents: [{ agent: 'claude-code', standing: 'disallowed', configured: false, viaHook: 3, viaGateway: 0 }],
      },
    ]);
    const [agent] = (await get<{ items: ListedAgent[] }>('inventory/agents?standing=disallowed')).items;
    expect(agent).toMatchObject({
      agent: 'claude-code',
      note: 'use codex',
      seen: { calls: 3, viaHook: 3, devices: 1 },
      people: expect.arrayContaining(['cem']),
    });

    expect((await inventoryCommand(['review', 'claude-code', '--home', home], {})).exit).toBe(0);
    const unknown = await inventoryCommand(['allow', 'no-such-agent', '--home', home], {});
    expect([unknown.exit, unknown.stderr]).toEqual([
      3,
      expect.stringContaining('it is not in the catalogue, and was never seen'),
    ]);
    const listed = await inventoryCommand(['agents', '--home', home], {});
    expect(listed.stdout).toMatch(/claude-code +unreviewed +2 +0 +3 /);
    expect(log.join('\n')).not.toContain('Error');
  });

  test('a device that is no more is forgotten, with a receipt, and comes back when it is told of again', async () => {
    const report = deviceReport({ name: 'Old-Mac.local', agents: [foundAgent('codex')] });
    await post('/api/v1/inventory', { items: [report] });
    const forget = () => inventoryCommand(['forget', 'old-mac', '--home', home]);
    expect(await forget()).toMatchObject({
      exit: 0,
      stdout: 'old-mac is forgotten until somebody tells of it again.\n',
    });
    expect((await get<{ items: ListedDevice[] }>('inventory/devices?text=old-mac')).items).toEqual([]);
    const { items } = await get<{ items: { body: string }[] }>('receipts?limit=500');
    expect(items.some(({ body }) => body.includes('device old-mac: forgotten by '))).toBe(true);
    expect(await forget()).toMatchObject({ exit: 3, stderr: expect.stringContaining('Nobody reported a device') });
    await post('/api/v1/inventory', { items: [report] });
    expect((await get<{ items: ListedDevice[] }>('inventory/devices?text=old-mac')).items).toHaveLength(1);
  });

  test('the whole catalogue can be listed, and lists are narrowed and paged', async () => {
    const whole = await get<{ items: ListedAgent[]; total: number }>('inventory/agents?whole=1&limit=500');
    expect(whole.total).toBeGreaterThan(60);
    const first = await get<{ items: ListedAgent[]; next: string }>('inventory/agents?whole=1&limit=10');
    const second = await get<{ items: ListedAgent[] }>(`inventory/agents?whole=1&limit=10&cursor=${first.next}`);
    expect([...first.items, ...second.items].map(({ agent }) => agent)).toEqual(
      whole.items.slice(0, 20).map(({ agent }) => agent),
    );
    for (const bad of [
      'inventory/agents?standing=maybe',
      'inventory/agents?cursor=x',
      'inventory/devices?nonsense=1',
      'inventory/servers?risk=none',
      'inventory/devices/nobody-knows',
    ])
      await expect(get(bad)).rejects.toThrow(/ 40[04] /);
  });
});

import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import type { DeviceInventory } from '../src/core/inventory.ts';
import type { ListedDevice } from '../src/core/inventory-lists.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { inventoryCommand } from './harness/inventory-cli.ts';

const place = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-import-'));
const none = path.join(place, 'no-server');
afterAll(() => fs.rmSync(place, { recursive: true, force: true }));

let files = 0;
const file = (text: string): string => {
  const at = path.join(place, `export-${files++}`);
  fs.writeFileSync(at, text);
  return at;
};
const lines = (...rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

/** What a source gives, as it would be sent: `device person platform: agent version risk; …`. Fixtures are made here, in each vendor's documented form. */
async function read(
  from: string,
  text: string,
): Promise<{
  exit: number;
  stderr: string;
  devices: string[];
  counts: { rows: number; damaged: number; without: number };
}> {
  const run = await inventoryCommand(['import', '--from', from, file(text), '--dry-run', '--json', '--home', none], {});
  const { reports, rows, damaged, without } = JSON.parse(run.stdout) as {
    reports: DeviceInventory[];
    rows: number;
    damaged: number;
    without: number;
  };
  const devices = reports.map(({ device, person, platform, agents, servers }) =>
    [
      `${device} ${person} ${platform}:`,
      [
        ...agents.map(({ agent, versions, flags }) => [agent, ...versions, ...flags.map(({ risk }) => risk)].join(' ')),
        ...servers.map(({ name, agent }) => `${name} of ${agent}`),
      ].join('; '),
    ]
      .join(' ')
      .trim(),
  );
  return { exit: run.exit, stderr: run.stderr, devices, counts: { rows, damaged, without } };
}

describe('exports of other systems', () => {
  test('osquery: snapshots replace, differences add up, tables are told apart by their columns', async () => {
    const host = {
      hostIdentifier: '4C4C-UUID',
      decorations: { hostname: 'anns-mac.corp.example', username: 'ann' },
      unixTime: 1790000000,
    };
    const row = (name: string, columns: object, action = 'added') => ({ ...host, name, columns, action });
    const { exit, devices } = await read(
      'osquery',
      lines(
        row('apps', {
          name: 'Cursor.app',
          bundle_identifier: 'com.todesktop.230313mzl4w4u92',
          bundle_short_version: '1.9.2',
          path: '/Applications/Cursor.app',
        }),
        row('processes', {
          pid: '7',
          name: 'node',
          path: '/usr/bin/node',
          cmdline: 'node /usr/lib/node_modules/@openai/codex/bin/codex.js --dangerously-bypass-approvals-and-sandbox',
        }),
        row('vscode', {
          name: 'saoudrizwan.claude-dev',
          uuid: 'x',
          version: '3.1.0',
          publisher: 'saoudrizwan',
          path: '/Users/ann/.vscode/extensions/x',
        }),
        row('chrome', {
          identifier: 'fcoeoabgfenejglbffodgkkbkcdhcgfn',
          name: 'Claude',
          version: '1.0',
          profile: 'Default',
        }),
        row('files', { path: '/Users/ann/.gemini/settings.json' }),
        row('npm', {
          name: '@qwen-code/qwen-code',
          version: '0.24.4',
          path: '/usr/lib/node_modules/@qwen-code/qwen-code',
        }),
        row('programs', { name: 'Ollama', version: '0.9', publisher: 'Ollama' }),
        row('programs', { name: 'Ollama', version: '0.9', publisher: 'Ollama' }, 'removed'),
        row('sockets', { pid: '9', path: '/x/agent', cmdline: '', remote_hostname: 'chatgpt.com' }),
        {
          ...host,
          name: 'snap',
          action: 'snapshot',
          snapshot: [{ name: 'goose', cmdline: '/opt/goosed agent', pid: '1', path: '/opt/goosed' }],
        },
        {
          ...host,
          name: 'snap',
          action: 'snapshot',
          snapshot: [{ name: 'vim', cmdline: 'vim', pid: '2', path: '/usr/bin/vim' }],
        },
        { hostIdentifier: 'build-1', name: 'apps', action: 'snapshot', snapshot: [] },
        { name: 'apps', columns: { name: 'Cursor.app' }, action: 'added' },
      ),
    );
    expect(devices).toEqual([
      'anns-mac ann : chatgpt-web; claude-web 1.0; cline 3.1.0; codex skip-permissions-runtime; cursor 1.9.2; gemini-cli; qwen-code 0.24.4',
      'build-1  :',
    ]);
    expect(exit).toBe(0);
  });

  test('osquery: the extension table of AI tools, MCP servers included', async () => {
    const tool = (columns: object) => ({
      hostIdentifier: 'laptop',
      name: 'ai_tools',
      action: 'added',
      columns: { confidence: '0.9', risk_flags: '', version: '', ...columns },
    });
    const { devices } = await read(
      'osquery',
      lines(
        tool({ type: 'agents', name: 'codex', path: '/usr/local/bin/codex' }),
        tool({ type: 'ide_plugins', name: 'github.copilot', path: '/home/a/.vscode/extensions/github.copilot-1.2.3' }),
        tool({
          type: 'mcp_server',
          name: 'notes',
          host_app: 'Claude Desktop',
          command: 'npx',
          args: '-y notes-mcp',
          risk_flags: 'unpinned_dependency',
        }),
      ),
    );
    expect(devices).toEqual(['laptop  : codex; vscode-copilot; notes of claude-desktop']);
  });

  test('CrowdStrike: applications of Discover, and events', async () => {
    const host = { hostname: 'DESK-1', platform_name: 'Windows', aid: 'a'.repeat(32) };
    const discover = {
      resources: [
        {
          name: 'Cursor (User)',
          vendor: 'Anysphere',
          version: '1.9',
          last_used_user_name: 'ben',
          last_updated_timestamp: '2026-11-20T10:00:00Z',
          host,
        },
        { name: 'Slack', version: '4', host },
      ],
      meta: {},
    };
    expect((await read('crowdstrike', JSON.stringify(discover))).devices).toEqual(['desk-1 ben win32: cursor 1.9']);
    const events = lines(
      {
        event_simpleName: 'ProcessRollup2',
        ComputerName: 'DESK-2',
        ImageFileName:
          '\\Device\\HarddiskVolume3\\Users\\b\\AppData\\Roaming\\npm\\node_modules\\@anthropic-ai\\claude-code\\claude.exe',
        CommandLine: 'claude.exe --dangerously-skip-permissions',
        timestamp: '1790000000000',
      },
      { event_simpleName: 'DnsRequest', ComputerName: 'DESK-2', DomainName: 'claude.ai' },
      {
        event_simpleName: 'ProcessRollup2',
        ComputerName: 'DESK-2',
        ImageFileName: 'C:\\Windows\\explorer.exe',
        CommandLine: 'explorer.exe',
      },
    );
    expect((await read('crowdstrike', events)).devices).toEqual([
      'desk-2  : claude-code skip-permissions-runtime; claude-web',
    ]);
  });

  test('SentinelOne: installed applications, agents, and events of the data lake', async () => {
    const apps = {
      data: [
        { agentComputerName: 'MAC-1', agentOsType: 'macos', name: 'Windsurf.app', version: '1.4', publisher: 'x' },
        { agentComputerName: 'MAC-1', agentOsType: 'macos', name: 'Safari', version: '1' },
      ],
      pagination: { nextCursor: null },
    };
    expect((await read('sentinelone', JSON.stringify(apps))).devices).toEqual(['mac-1  darwin: windsurf 1.4']);
    const events = lines(
      {
        timestamp: 1790000000000,
        endpoint: { name: 'LIN-1' },
        os: { name: 'Linux' },
        src: {
          process: {
            name: 'codex',
            cmdline: 'codex exec --sandbox danger-full-access',
            user: 'cem',
            image: { path: '/usr/bin/codex' },
          },
        },
      },
      { endpoint: { name: 'LIN-1' }, event: { dns: { request: 'api2.cursor.sh' } } },
    );
    expect((await read('sentinelone', events)).devices).toEqual([
      'lin-1 cem linux: codex skip-permissions-runtime; cursor',
    ]);
  });

  test('Jamf: computers with their applications, and a search as CSV', async () => {
    const computers = {
      totalCount: 1,
      results: [
        {
          id: '1',
          udid: 'u',
          general: { name: 'Ann’s MacBook', platform: 'Mac', lastContactTime: '2026-11-20T10:00:00Z' },
          applications: [
            {
              name: 'Claude.app',
              path: '/Applications/Claude.app',
              version: '1.2',
              bundleId: 'com.anthropic.claudefordesktop',
            },
            { name: 'Mail.app', bundleId: 'com.apple.mail', version: '16' },
          ],
          userAndLocation: { username: 'ann', email: 'ann@x.example' },
        },
      ],
    };
    expect((await read('jamf', JSON.stringify(computers))).devices).toEqual([
      'ann’s macbook ann@x.example darwin: claude-desktop 1.2',
    ]);
    const csv = 'Computer Name,Username,Application Title,Application Version\r\n"Ben""s, Mac",ben,Cursor.app,1.9\r\n';
    expect((await read('jamf', csv)).devices).toEqual(['ben"s, mac ben : cursor 1.9']);
  });

  test('Intune: the report of discovered apps, and apps with their devices', async () => {
    const csv =
      '\uFEFFApplicationName;ApplicationVersion;DeviceName;Platform;UserName;EmailAddress\nWindsurf (User);1.4;DESK-3;Windows;Ben;ben@x.example\nWord;16;DESK-3;Windows;Ben;ben@x.example\nWord;16;DESK-4;Windows;;\n';
    expect((await read('intune', csv)).devices).toEqual(['desk-3 ben@x.example win32: windsurf 1.4', 'desk-4  win32:']);
    const apps = {
      value: [
        {
          id: '1',
          displayName: 'Cursor',
          version: '1.9',
          managedDevices: [{ deviceName: 'DESK-5', operatingSystem: 'Windows', userPrincipalName: 'cem@x.example' }],
        },
      ],
    };
    expect((await read('intune', JSON.stringify(apps))).devices).toEqual(['desk-5 cem@x.example win32: cursor 1.9']);
  });

  test('generic: any columns that say what they are', async () => {
    expect(
      (
        await read(
          'generic',
          lines(
            { hostname: 'h1', user: 'u', os: 'Ubuntu 24.04', process: 'claude', cmdline: 'claude -p x' },
            { host: 'h1', path: '/home/u/.codex/config.toml' },
            { device: 'h2', domain: 'https://gemini.google.com/app' },
          ),
        )
      ).devices,
    ).toEqual(['h1 u linux: claude-code; codex', 'h2  : gemini-web']);
    expect((await read('generic', 'device\textension\tversion\nh3\tGitHub.copilot-chat\t0.31\n')).devices).toEqual([
      'h3  : vscode-copilot 0.31',
    ]);
  });

  test('what is damaged is told and counted, and the rest is not lost', async () => {
    const damaged = await read('generic', 'device,application\nh1,Cursor\nh2\nh3,Windsurf,extra\n,Cursor\n');
    expect(damaged).toMatchObject({ exit: 3, devices: ['h1  : cursor'], counts: { rows: 2, damaged: 2, without: 1 } });
    expect(damaged.stderr).toMatch(/:3 \(it has 1 fields, the head 2\)\n.*:4 \(it has 3 fields, the head 2\)/);
    const half = await read(
      'osquery',
      `${JSON.stringify({ hostIdentifier: 'h1', name: 'x', columns: { path: '/home/a/.codex/x' } })}\n{"hostIdent`,
    );
    expect(half).toMatchObject({ exit: 3, devices: ['h1  : codex'], counts: { damaged: 1 } });
    for (const [text, said] of [
      ['', 'The file is empty.'],
      ['hello', 'It is neither JSON, nor JSON Lines, nor CSV with a head.'],
      ['{"a":', 'It is neither JSON, nor JSON Lines, nor CSV.'],
      ['[{"a":1}]', 'no row names a device (1 read)'],
    ] as const) {
      const run = await inventoryCommand(['import', '--from', 'generic', file(text), '--home', none], {});
      expect([run.exit, run.stderr]).toEqual([3, expect.stringContaining(said)]);
    }
  });
});

/** A vendor's interface as its documentation says, on loopback. Each refuses what has no credential. */
function scripted(
  answers: Readonly<Record<string, (url: URL, body: string) => unknown>>,
  credential: (req: http.IncomingMessage) => boolean,
) {
  const asked: string[] = [];
  let busy = 1;
  const server = http.createServer((req, res) => {
    let body = '';
    req.on('data', (chunk) => (body += chunk));
    req.on('end', () => {
      const url = new URL(req.url ?? '', 'http://x');
      asked.push(`${req.method} ${url.pathname}${url.search}`);
      const answer = answers[url.pathname];
      const isToken = url.pathname.includes('token');
      if (!isToken && busy-- > 0) return res.writeHead(429, { 'retry-after': '0' }).end();
      if (answer === undefined || (!isToken && !credential(req)))
        return res.writeHead(answer === undefined ? 404 : 401).end('{}');
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer(url, body)));
    });
  });
  return new Promise<{ url: string; asked: string[]; close(): Promise<void> }>((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve({
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        asked,
        close: () => new Promise((done) => server.close(() => done())),
      }),
    ),
  );
}
const bearer = (req: http.IncomingMessage) => req.headers.authorization === 'Bearer given-token';
const token = () => ({ access_token: 'given-token', expires_in: 1799 });

describe('the vendors’ own interfaces', () => {
  async function pull(from: string, env: Readonly<Record<string, string>>) {
    const run = await inventoryCommand(['import', '--from', from, '--api', '--dry-run', '--json', '--home', none], env);
    const reports = run.stdout === '' ? [] : (JSON.parse(run.stdout) as { reports: DeviceInventory[] }).reports;
    return {
      ...run,
      devices: reports.map(({ device, person, agents }) =>
        `${device} ${person}: ${agents.map(({ agent, versions }) => `${agent} ${versions}`).join('; ')}`.trim(),
      ),
    };
  }

  test('CrowdStrike: a token, applications by name with their hosts, every device; page after page', async () => {
    const app = (hostname: string) => ({
      name: 'Cursor',
      version: '1.9',
      host: { hostname, platform_name: 'Windows' },
    });
    const vendor = await scripted(
      {
        '/oauth2/token': token,
        '/discover/combined/applications/v1': (url) =>
          url.searchParams.get('filter')?.includes("'Cursor'")
            ? url.searchParams.get('after') === null
              ? { resources: [app('D1')], meta: { pagination: { after: 'n2' } } }
              : { resources: [app('D2')], meta: { pagination: {} } }
            : { resources: [], meta: {} },
        '/devices/combined/devices/v1': (url) =>
          url.searchParams.get('offset') === null
            ? {
                resources: [{ hostname: 'D1', platform_name: 'Windows', last_login_user: 'ann' }],
                meta: { pagination: { next: 'o2' } },
              }
            : { resources: [{ hostname: 'D3', platform_name: 'Mac' }], meta: { pagination: { next: '' } } },
      },
      bearer,
    );
    const { devices, exit } = await pull('crowdstrike', {
      FALCON_CLIENT_ID: 'id',
      FALCON_CLIENT_SECRET: 'hush',
      FALCON_BASE_URL: vendor.url,
    });
    expect([exit, devices.sort()]).toEqual([0, ['d1 ann: cursor 1.9', 'd2 : cursor 1.9', 'd3 :']]);
    expect(vendor.asked.join('\n')).toContain('facet=host_info&facet=install_usage');
    expect(vendor.asked.every((line) => !line.includes('hush'))).toBe(true);
    await vendor.close();
  });

  test('SentinelOne: agents and installed applications by cursor', async () => {
    const vendor = await scripted(
      {
        '/web/api/v2.1/agents': () => ({
          data: [{ computerName: 'M1', osType: 'macos', lastLoggedInUserName: 'ann' }],
          pagination: { nextCursor: null },
        }),
        '/web/api/v2.1/installed-applications': (url) =>
          url.searchParams.get('cursor') === null
            ? { data: [{ agentComputerName: 'M1', name: 'Claude', version: '1.2' }], pagination: { nextCursor: 'c2' } }
            : { data: [{ agentComputerName: 'M2', name: 'Pages', version: '1' }], pagination: {} },
      },
      (req) => req.headers.authorization === 'ApiToken s1-token',
    );
    const env = { SENTINELONE_URL: vendor.url, SENTINELONE_TOKEN: 's1-token' };
    expect((await pull('sentinelone', env)).devices).toEqual(['m1 ann: claude-desktop 1.2']);
    const wrong = await pull('sentinelone', { ...env, SENTINELONE_TOKEN: 'wrong-token' });
    expect([wrong.exit, wrong.stderr]).toEqual([
      3,
      expect.stringContaining('refuses these credentials, or they may not read this (status 401)'),
    ]);
    expect(wrong.stderr).not.toContain('wrong-token');
    await vendor.close();
  });

  test('Jamf: computers by page', async () => {
    const computer = (n: number) => ({
      id: String(n),
      general: { name: `Mac-${n}`, platform: 'Mac' },
      applications: n === 0 ? [{ name: 'Cursor.app', bundleId: 'com.todesktop.230313mzl4w4u92', version: '1.9' }] : [],
      userAndLocation: {},
    });
    const vendor = await scripted(
      {
        '/api/oauth/token': token,
        '/api/v1/computers-inventory': (url) => {
          const page = Number(url.searchParams.get('page'));
          return {
            totalCount: 101,
            results: page === 0 ? Array.from({ length: 100 }, (_, n) => computer(n)) : [computer(100)],
          };
        },
      },
      bearer,
    );
    const { devices } = await pull('jamf', { JAMF_URL: vendor.url, JAMF_CLIENT_ID: 'id', JAMF_CLIENT_SECRET: 'hush' });
    expect([devices.length, devices[0]]).toEqual([101, 'mac-0 : cursor 1.9']);
    await vendor.close();
  });

  test('Intune: apps that are agents, with the devices of each; a next page elsewhere is not followed', async () => {
    const device = (id: string) => ({
      id,
      deviceName: `DESK-${id}`,
      operatingSystem: 'Windows',
      userPrincipalName: `${id}@x.example`,
    });
    const vendor = await scripted(
      {
        '/tenant-1/oauth2/v2.0/token': (_url, body) =>
          new URLSearchParams(body).get('grant_type') === 'client_credentials' ? token() : {},
        '/v1.0/deviceManagement/managedDevices': () => ({
          value: [device('1'), device('2')],
          '@odata.nextLink': 'http://elsewhere.example/v1.0/next',
        }),
        '/v1.0/deviceManagement/detectedApps': () => ({
          value: [
            { id: 'a', displayName: 'Windsurf (User)', version: '1.4' },
            { id: 'b', displayName: 'Word' },
          ],
        }),
        '/v1.0/deviceManagement/detectedApps/a/managedDevices': () => ({ value: [{ id: '2', deviceName: 'DESK-2' }] }),
      },
      bearer,
    );
    const env = {
      INTUNE_TENANT_ID: 'tenant-1',
      INTUNE_CLIENT_ID: 'id',
      INTUNE_CLIENT_SECRET: 'hush',
      INTUNE_LOGIN_URL: vendor.url,
      INTUNE_GRAPH_URL: vendor.url,
    };
    expect((await pull('intune', env)).devices).toEqual(['desk-1 1@x.example:', 'desk-2 2@x.example: windsurf 1.4']);
    expect(vendor.asked.some((line) => line.includes('/detectedApps/b/'))).toBe(false);
    await vendor.close();
  });

  test('says what is missing, unreachable or in the clear, without a credential in it', async () => {
    for (const [from, env, said] of [
      ['jamf', { JAMF_URL: 'https://x.example' }, 'Set JAMF_CLIENT_ID, JAMF_CLIENT_SECRET'],
      [
        'jamf',
        { JAMF_URL: 'http://jamf.example', JAMF_CLIENT_ID: 'a', JAMF_CLIENT_SECRET: 'hush' },
        'without encryption',
      ],
      ['sentinelone', { SENTINELONE_URL: 'nonsense', SENTINELONE_TOKEN: 'hush' }, 'is no address'],
      [
        'sentinelone',
        { SENTINELONE_URL: 'http://127.0.0.1:9', SENTINELONE_TOKEN: 'hush' },
        '127.0.0.1:9 does not answer',
      ],
    ] as const) {
      const { exit, stderr } = await pull(from, env);
      expect([exit, stderr]).toEqual([3, expect.stringContaining(said)]);
      expect(stderr).not.toContain('hush');
    }
  });
});

describe('an import beside what Warder knows', () => {
  const home = path.join(place, 'server');
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer({ ...readConfig(home, { port: '0', mode: 'observe' }), env: {}, log: () => {} });
  });
  afterAll(() => server.close());
  const bring = (text: string) => inventoryCommand(['import', '--from', 'intune', file(text), '--home', home], {});
  const devices = async () => {
    const answer = await fetch(`${server.url}/api/v1/inventory/devices`, {
      headers: { authorization: `Bearer ${server.token}` },
    });
    return ((await answer.json()) as { items: ListedDevice[] }).items.map(
      ({ device, cover, agents, sources }) => `${device} ${cover} ${sources} ${agents.map(({ agent }) => agent)}`,
    );
  };

  test('tells unsanctioned agents and devices without Warder, and is the same when it comes again', async () => {
    await inventoryCommand(['disallow', 'windsurf', '--home', home], {});
    await inventoryCommand(
      ['--send', '--root', fs.mkdtempSync(path.join(place, 'r-')), '--name', 'DESK-1', '--home', home],
      {},
    );
    const csv =
      'ApplicationName,DeviceName,Platform\nWindsurf,DESK-1,Windows\nCursor,desk-2.corp.example,Windows\nWord,DESK-3,Windows\n';
    const run = await bring(csv);
    expect(run.exit).toBe(1);
    expect(run.stdout).toContain('■ Windsurf is disallowed, and is on 1 of these devices.');
    expect(run.stdout).toContain('○ Not reviewed: Cursor.');
    expect(run.stdout).toContain('■ 2 of 3 devices without Warder: desk-2, desk-3');
    const known = await devices();
    expect(known.sort()).toEqual([
      'desk-1 reports intune,warder windsurf',
      'desk-2 none intune cursor',
      'desk-3 none intune ',
    ]);
    expect((await bring(csv)).stdout).toBe(run.stdout);
    expect((await devices()).sort()).toEqual(known);
    await bring('ApplicationName,DeviceName,Platform\nWord,DESK-1,Windows\n');
    expect((await devices()).sort()[0]).toBe('desk-1 reports intune,warder ');
  });
});

import { createHash } from 'node:crypto';
import type { AgentSetup, HookConnection, Surroundings } from '../core/agent.ts';
import { managedSettings } from '../normalise/agents/claude-code.install.ts';
import { agents } from '../plugs.ts';
import type { Covered, DeployOptions, Manager, Platform } from './deploy-kinds.ts';
import { deployPage } from './deploy-page.ts';
import { type ForcedDomain, mobileconfig, registryFile } from './deploy-plist.ts';
import {
  auditScript,
  clientFolder,
  installPowerShell,
  installScript,
  type ScriptFacts,
  uninstallPowerShell,
  uninstallScript,
} from './deploy-scripts.ts';

/** Platforms a management tool looks after. */
const platformsOf: Readonly<Record<Manager, readonly Platform[]>> = {
  jamf: ['darwin'],
  kandji: ['darwin'],
  intune: ['win32', 'darwin'],
  generic: ['linux', 'darwin', 'win32'],
};
const folderOf: Readonly<Record<Platform, string>> = { linux: 'linux', darwin: 'macos', win32: 'windows' };

/** One file that is written for the management tool. */
interface Output {
  /** Relative, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

export interface DeployPlan {
  readonly outputs: readonly Output[];
  readonly covered: readonly Covered[];
  /** Agents that have no file of an administrator's: each person's own settings are the only place. */
  readonly personal: readonly { readonly agent: string; readonly title: string }[];
}

/** A file on the machine. */
interface Placed {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
}

interface Managed {
  readonly agent: string;
  readonly title: string;
  readonly files: readonly Placed[];
  /** macOS: the preference domain instead of the files. */
  readonly domain?: ForcedDomain;
  /** Windows: registry values instead of the files. */
  readonly registry?: readonly [key: string, values: Readonly<Record<string, string>>];
  readonly limits: readonly string[];
}

/** Everything a management tool pushes, and a page that says what to do with it. Pure. */
export function planDeploy(options: DeployOptions): DeployPlan {
  const outputs: Output[] = [];
  const covered: Covered[] = [];
  for (const platform of platformsOf[options.manager]) {
    const managed = agents
      .filter(({ id }) => options.only?.includes(id) ?? true)
      .flatMap((agent) => managedOf(agent.id, agent.title, agent.setup, platform, options.url) ?? []);
    outputs.push(...platformOutputs(options, platform, managed));
    covered.push(...managed.map((each) => coveredBy(each, platform)));
  }
  const personal = agents
    .filter(({ id, setup }) => setup !== undefined && (options.only?.includes(id) ?? true))
    .filter(({ id }) => !covered.some(({ agent }) => agent === id))
    .map(({ id: agent, title }) => ({ agent, title }));
  const page = deployPage(options, covered, personal);
  const withPage = [...outputs, { path: 'README.md', text: page, mode: 0o644 }];
  return { outputs: [...withPage, manifest(options, withPage)], covered, personal };
}

/** Agents whose managed files the real client obeys on Linux: test/deploy-linux.test.ts. */
const triedOnLinux = new Set(['claude-code', 'codex', 'copilot-cli', 'droid', 'gemini-cli', 'opencode', 'qwen-code']);

function coveredBy({ agent, title, files, domain, registry, limits }: Managed, platform: Platform): Covered {
  const places =
    domain !== undefined ? [domain.domain] : registry !== undefined ? [registry[0]] : files.map(({ path }) => path);
  const proof = platform === 'linux' && triedOnLinux.has(agent) ? 'tried' : 'documented';
  return { agent, title, platform, places, proof, limits };
}

const clientOf = (platform: Platform): string =>
  platform === 'win32' ? `${clientFolder.win32}\\warder-hook.cmd` : `${clientFolder[platform]}/warder-hook`;

function managedOf(
  agent: string,
  title: string,
  setup: AgentSetup | undefined,
  platform: Platform,
  url: string,
): Managed | null {
  const to: HookConnection = { client: clientOf(platform), url, token: '' };
  if (agent === 'claude-code') return claudeCode(title, platform, to);
  const at: Surroundings = { env: {}, home: platform === 'win32' ? 'C:\\Users\\Default' : '/root', platform };
  const wanted = setup?.managedFiles?.(at, to) ?? [];
  if (setup === undefined || wanted.length === 0) return null;
  const files = wanted.flatMap(({ path, mode, with: put }): Placed[] => {
    const made = put(null);
    if (!made.ok) throw new Error(`the managed file ${path} of ${title} cannot be made: ${made.error.detail}`);
    return made.value.text === null ? [] : [{ path, text: made.value.text, mode: mode ?? 0o644 }];
  });
  const domain = platform === 'darwin' ? codexDomain(agent, title, files) : null;
  return { agent, title, files: domain ? [] : files, ...(domain ? { domain } : {}), limits: setup.limits };
}

/** Claude Code takes its settings from a preference domain on macOS and from one registry value on Windows. Source: its examples/mdm. */
function claudeCode(title: string, platform: Platform, to: HookConnection): Managed {
  const text = managedSettings({
    url: to.url,
    token: '',
    via: 'command',
    deviceClient: to.client,
    gateway: 'no',
    knowsOnFailure: true,
  });
  const base = { agent: 'claude-code', title, limits: [] };
  if (platform === 'darwin')
    return { ...base, files: [], domain: { domain: 'com.anthropic.claudecode', title, settings: JSON.parse(text) } };
  if (platform === 'win32')
    return {
      ...base,
      files: [],
      registry: ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\ClaudeCode', { Settings: JSON.stringify(JSON.parse(text)) }],
    };
  return { ...base, files: [{ path: '/etc/claude-code/managed-settings.d/50-warder.json', text, mode: 0o644 }] };
}

/** Codex reads its requirements from a preference on macOS, in base64. Source: its documentation of managed configuration. */
function codexDomain(agent: string, title: string, files: readonly Placed[]): ForcedDomain | null {
  const [file] = files;
  if (agent !== 'codex' || file === undefined) return null;
  const settings = { requirements_toml_base64: Buffer.from(file.text).toString('base64') };
  return { domain: 'com.openai.codex', title, settings };
}

function platformOutputs(options: DeployOptions, platform: Platform, managed: readonly Managed[]): Output[] {
  const folder = folderOf[platform];
  const files = oncePerPath([...clientFiles(options, platform), ...managed.flatMap((each) => each.files)]);
  const facts: ScriptFacts = { url: options.url, files };
  const digests = new Map(files.map(({ path, text }) => [path, sha256(text)]));
  const rooted = files.map(({ path, text, mode }) => ({ path: `${folder}/root/${rootPath(path)}`, text, mode }));
  if (platform === 'win32') {
    const registry = Object.fromEntries(managed.flatMap((each) => (each.registry ? [each.registry] : [])));
    return [
      ...rooted,
      { path: `${folder}/warder.reg`, text: registryFile(registry), mode: 0o644 },
      { path: `${folder}/install.ps1`, text: installPowerShell(facts), mode: 0o644 },
      { path: `${folder}/uninstall.ps1`, text: uninstallPowerShell(facts, Object.keys(registry)), mode: 0o644 },
    ];
  }
  const domains = managed.flatMap(({ domain }) => domain ?? []);
  const profile = domains.length === 0 ? [] : [mobileconfig('Warder', domains)];
  return [
    ...rooted,
    ...profile.map((text) => ({ path: `${folder}/warder.mobileconfig`, text, mode: 0o644 })),
    { path: `${folder}/install.sh`, text: installScript(facts), mode: 0o755 },
    { path: `${folder}/uninstall.sh`, text: uninstallScript(facts), mode: 0o755 },
    { path: `${folder}/audit.sh`, text: auditScript(facts, digests), mode: 0o755 },
  ];
}

/** Two agents of one vendor read the same file. */
function oncePerPath(files: readonly Placed[]): readonly Placed[] {
  const byPath = new Map<string, Placed>();
  for (const file of files) {
    const before = byPath.get(file.path);
    if (before !== undefined && before.text !== file.text)
      throw new Error(`two agents want different texts in ${file.path}`);
    byPath.set(file.path, file);
  }
  return [...byPath.values()];
}

/** `C:\ProgramData\x` → `C/ProgramData/x`; `/etc/x` → `etc/x`. */
const rootPath = (path: string): string =>
  path
    .replace(/^([A-Za-z]):/, '$1')
    .replaceAll('\\', '/')
    .replace(/^\//, '');

/** The device client. On Windows a batch file that hands over to the installed Warder. */
function clientFiles({ client, plugins }: DeployOptions, platform: Platform): readonly Placed[] {
  const folder = clientFolder[platform];
  if (platform === 'win32') {
    const text =
      '@echo off\r\nset "WARDER_HOME=%ProgramFiles%\\Warder"\r\ncall warder hook %1 %2 --on-failure %3\r\nexit /b %ERRORLEVEL%\r\n';
    return [{ path: `${folder}\\warder-hook.cmd`, text, mode: 0o644 }];
  }
  return [
    { path: `${folder}/warder-hook`, text: client, mode: 0o755 },
    ...[...plugins].map(([name, text]) => ({ path: `${folder}/plugins/${name}`, text, mode: 0o644 })),
  ];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

function manifest({ manager, url }: DeployOptions, outputs: readonly Output[]): Output {
  const files = outputs.map(({ path, text, mode }) => ({ path, mode: mode.toString(8), sha256: sha256(text) }));
  return { path: 'manifest.json', text: `${JSON.stringify({ manager, url, files }, null, 2)}\n`, mode: 0o644 };
}

import type { AgentId } from '../core/event.ts';
import type { AgentEvidence, KnownAgent, Trace } from '../core/inventory.ts';
import { desktopAgents } from './agent-catalogue.desktop.ts';
import { browserAgents, extensionAgents } from './agent-catalogue.elsewhere.ts';
import { terminalAgents } from './agent-catalogue.terminal.ts';

/** Every agent that is known by name, in a fixed order. */
export const agentCatalogue: readonly KnownAgent[] = [
  ...terminalAgents,
  ...desktopAgents,
  ...extensionAgents,
  ...browserAgents,
];

const byId = new Map(agentCatalogue.map((agent) => [agent.id, agent]));

/** Undefined: no such agent is known. */
export const knownAgent = (id: AgentId): KnownAgent | undefined => byId.get(id);

/** How a trace is told as evidence: a file lies in the agent's own folder. */
export const evidenceOf = (trace: Trace): AgentEvidence['by'] => (trace.kind === 'file' ? 'folder' : trace.kind);

const index = (names: (agent: KnownAgent) => readonly string[] | undefined): ReadonlyMap<string, AgentId> =>
  new Map(
    agentCatalogue.flatMap((agent) => (names(agent) ?? []).map((name) => [name.toLowerCase(), agent.id] as const)),
  );

const programs = index(({ programs: some }) => some);
const processes = index(({ programs: some = [], processes: more = [] }) => [...some, ...more]);
const packages = {
  npm: index(({ npm }) => npm),
  pypi: index(({ pypi }) => pypi),
  brew: index(({ brew }) => brew),
};
const bundles = index(({ bundles: some }) => some);
const apps = index(({ apps: some }) => some);
const extensions = index(({ extensions: some }) => some);
const plugins = index(({ plugins: some }) => some);
const browserExtensions = index(({ browserExtensions: some }) => some);
const hosts = index(({ hosts: some }) => some);
/** Longest first, so that the folder inside another agent's folder is found first. */
const folders = [
  ...index(({ folders: some, paths = [] }) => [...(some ?? []), ...paths.map((at) => at.replace(/^~\//, ''))]),
].sort(([a], [b]) => b.length - a.length);

/** Whose trace it is; undefined: nobody's that is known. Names that other software shares are no sign alone. */
export function recognise(trace: Trace): AgentId | undefined {
  switch (trace.kind) {
    case 'program':
      return programs.get(bareName(trace.name));
    case 'process':
      return ofProcess(trace);
    case 'package':
      return packages[trace.registry].get(trace.name.toLowerCase());
    case 'application':
      return (
        bundles.get(trace.bundle.toLowerCase()) ?? (trace.bundle === '' ? apps.get(appName(trace.name)) : undefined)
      );
    case 'extension':
      return extensions.get(trace.id.toLowerCase());
    case 'plugin':
      return plugins.get(trace.id.toLowerCase());
    case 'browser-extension':
      return browserExtensions.get(trace.id.toLowerCase());
    case 'host':
      return hosts.get(trace.host.toLowerCase());
    case 'file':
      return ofFile(trace.path);
    default:
      return trace satisfies never;
  }
}

const bareName = (name: string): string =>
  (name.split(/[\\/]/).at(-1) ?? '').toLowerCase().replace(/\.(?:exe|cmd|ps1|bat|appimage)$/, '');

/** `Cursor (User) 1.2.3`, `Windsurf.app` → the name alone. */
const appName = (name: string): string =>
  name
    .trim()
    .replace(/\.app$/i, '')
    .replace(/\s+v?\d+(?:\.\d+)+\S*$/, '')
    .replace(/\s+\((?:user|machine|x64|arm64|x86|64-bit)\)$/i, '')
    .toLowerCase();

/** Programs that run others: what they run says whose process it is. */
const runtimes = /^(?:node|nodejs|bun|deno|python[\d.]*|electron|sh|bash|zsh|dash|npx|npm|uv|uvx|env)$/;

function ofProcess({ name, path, command }: Extract<Trace, { readonly kind: 'process' }>): AgentId | undefined {
  const words = command.split(/\s+/).filter((word) => word !== '');
  const first = path === '' ? (words[0] ?? '') : path;
  const inApp = /\/([^/]+)\.app\/Contents\//.exec(first)?.[1];
  if (inApp !== undefined) return apps.get(inApp.toLowerCase());
  // What a runtime runs is its first operand; what that is given in turn says nothing of it.
  const script = runtimes.test(bareName(first || name))
    ? words.slice(1).find((word) => !word.startsWith('-'))
    : undefined;
  const own = [first, ...(script === undefined ? [] : [script])];
  for (const at of own) {
    const found = inPackage(at) ?? inVersions(at);
    if (found !== undefined) return found;
  }
  for (const at of [...own, ...(script === undefined ? [name] : [])]) {
    const found = processes.get(bareName(at));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `…/node_modules/@openai/codex/bin/codex.js`, `…/site-packages/aider/…`. */
function inPackage(path: string): AgentId | undefined {
  const npm = /(?:^|[\\/])node_modules[\\/]((?:@[\w.-]+[\\/])?[\w.-]+)(?=[\\/]|$)/.exec(path)?.[1];
  if (npm !== undefined) return packages.npm.get(npm.replace('\\', '/').toLowerCase());
  const tool = /[\\/](?:pipx[\\/]venvs|uv[\\/]tools)[\\/]([\w.-]+)[\\/]/.exec(path)?.[1];
  return tool === undefined ? undefined : packages.pypi.get(tool.toLowerCase());
}

/** Claude Code's own installer keeps each version as one file named by it. */
const inVersions = (path: string): AgentId | undefined =>
  /[\\/]\.local[\\/]share[\\/]claude[\\/]versions[\\/]/.test(path) ? 'claude-code' : undefined;

const homeOf = /^(?:\/home\/[^/]+|\/Users\/[^/]+|\/root|[A-Za-z]:[\\/]Users[\\/][^\\/]+)[\\/](.+)$/;

function ofFile(path: string): AgentId | undefined {
  const extension = /[\\/]extensions[\\/]([\w-]+\.[\w-]+?)-\d[^\\/]*(?:[\\/]|$)/.exec(path)?.[1];
  if (extension !== undefined) return extensions.get(extension.toLowerCase());
  const packaged = inPackage(path);
  if (packaged !== undefined) return packaged;
  const app = /(?:^|\/)([^/]+)\.app(?:\/|$)/.exec(path)?.[1];
  if (app !== undefined) return apps.get(app.toLowerCase());
  const below = (homeOf.exec(path)?.[1] ?? '').replaceAll('\\', '/').toLowerCase();
  if (below === '') return undefined;
  return folders.find(([folder]) => below === folder || below.startsWith(`${folder}/`))?.[1];
}

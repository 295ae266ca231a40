import os from 'node:os';
import { type Disk, openDisk } from '../capture/machine-disk.ts';
import { runningProcesses } from '../capture/machine-processes.ts';
import type { HookConnection, Surroundings } from '../core/agent.ts';
import type { AgentId } from '../core/event.ts';
import {
  type AgentEvidence,
  type ConfiguredServer,
  type DeviceInventory,
  deviceKey,
  type FoundAgent,
  type RiskFlag,
} from '../core/inventory.ts';
import { looseProcess } from '../understand/agent-launch.ts';
import { knownServer } from './agent-files.ts';
import { deviceClientPath } from './claude-client.ts';
import { isRouted } from './doctor-route.ts';
import { readConfigs } from './inventory-configs.ts';
import { findOnDisk, findRunning, type Sign } from './inventory-find.ts';
import { connectedBy } from './inventory-hooks.ts';
import { routeAgent } from './route-agents.ts';

/** What is looked at. */
export interface InventoryScope {
  readonly env: Surroundings['env'];
  /** Warder's own home: which server the hooks should lead to. */
  readonly warderHome: string;
  /** Homes of the people whose agents are looked for. Default: that of `env`. */
  readonly homes?: readonly string[];
  /** The machine's disk lies below this folder. Default: this machine. */
  readonly root?: string;
  /** Projects to read beyond those that configurations name. */
  readonly projects?: readonly string[];
  /** Name of the machine. Default: its host name. */
  readonly name?: string;
  readonly person?: string;
}

/** Looks at this machine and changes nothing: agents, their configurations, MCP servers, processes. Never throws for a file that cannot be read; `unread` tells. */
export function takeInventory(scope: InventoryScope): DeviceInventory {
  const { env, root = '' } = scope;
  const disk = openDisk(root);
  const elsewhere = root !== '' && root !== '/';
  const platform = elsewhere ? platformOf(disk) : here;
  const homes = scope.homes ?? [env.HOME || os.homedir()];
  // Another machine's people did not set this process's variables.
  const places = homes.map((home): Surroundings => ({ env: elsewhere ? {} : env, home, platform }));
  const to = elsewhere ? null : connectionOf(scope.warderHome);
  const configs = places.map((at) => readConfigs(disk, at, scope.projects ?? []));
  const running = findRunning(elsewhere && disk.names('/proc').length === 0 ? [] : runningProcesses(disk, platform));
  const signs = [...places.flatMap((at) => findOnDisk(disk, at)), ...running];
  const files = configs.flatMap((each) => each.files);
  const servers = unlike(configs.flatMap((each) => each.servers));
  const flags = [
    ...files.flatMap(({ agent, flags: some }) => some.map((flag) => ({ agent, flag }))),
    ...running.flatMap(({ agent, command, where }) => {
      const flag = looseProcess(agent, command);
      return flag === null ? [] : [{ agent, flag: { ...flag, where } }];
    }),
  ];
  const ids = new Set([
    ...signs.map(({ agent }) => agent),
    ...files.map(({ agent }) => agent),
    ...servers.map(({ agent }) => agent),
  ]);
  const agents = [...ids].sort().map((agent) => {
    const configured = files
      .filter((each) => each.agent === agent)
      .map(({ file }): Sign => ({ agent, by: 'folder', where: file, version: '' }));
    const own = signs.filter((each) => each.agent === agent);
    return foundAgent(
      agent,
      own.length > 0 ? own : configured,
      flags.filter((each) => each.agent === agent).map(({ flag }) => flag),
      disk,
      places,
      to,
      scope,
    );
  });
  const name = scope.name ?? os.hostname();
  return {
    v: 1,
    source: 'warder',
    device: deviceKey(name),
    name,
    person: scope.person ?? (homes.length === 1 ? personOf(env, elsewhere, homes[0] ?? '') : ''),
    platform,
    at: new Date().toISOString(),
    agents,
    servers,
    unread: disk.unread(),
  };
}

const here = process.platform === 'win32' || process.platform === 'darwin' ? process.platform : 'linux';

/** What a disk was written by, as its folders show. */
function platformOf(disk: Disk): Surroundings['platform'] {
  if (disk.kind('/Windows') === 'folder') return 'win32';
  return disk.kind('/Applications') === 'folder' || disk.kind('/Library') === 'folder' ? 'darwin' : 'linux';
}

const personOf = (env: Surroundings['env'], elsewhere: boolean, home: string): string =>
  elsewhere ? (home.split('/').at(-1) ?? '') : env.USER || env.USERNAME || os.userInfo().username;

/** Where hooks of this machine should lead; null when nobody knows. A damaged note is doctor's business. */
function connectionOf(warderHome: string): HookConnection | null {
  try {
    const server = knownServer(warderHome);
    if (server === null) return null;
    return { client: deviceClientPath(warderHome), url: new URL(server.url).origin, token: server.token };
  } catch {
    // Without it the hooks are found all the same; only whether they lead to the right server is not told.
    return null;
  }
}

function foundAgent(
  agent: AgentId,
  signs: readonly Sign[],
  flags: readonly RiskFlag[],
  disk: Disk,
  places: readonly Surroundings[],
  to: HookConnection | null,
  scope: InventoryScope,
): FoundAgent {
  const [first] = places;
  const connected = first === undefined ? null : connectedBy(agent, disk, first, to);
  const evidence = signs.map(({ by, where, version }): AgentEvidence => ({ by, where, version }));
  return {
    agent,
    versions: [...new Set(evidence.map(({ version }) => version).filter((version) => version !== ''))].sort(
      newestFirst,
    ),
    evidence: evidence.toSorted((a, b) => order.indexOf(a.by) - order.indexOf(b.by)).slice(0, mostEvidence),
    running: signs.filter(({ by }) => by === 'process').length,
    hooks: connected?.hooks ?? 'unknown',
    gateway: connected?.gateway === true || isGatewayed(agent, scope),
    flags: [...flags, ...(connected?.flags ?? [])].toSorted((a, b) => b.weight - a.weight).slice(0, mostFlags),
  };
}

const order: readonly AgentEvidence['by'][] = [
  'process',
  'program',
  'application',
  'package',
  'extension',
  'plugin',
  'browser-extension',
  'host',
  'folder',
];
const mostEvidence = 50;
const mostFlags = 100;

const newestFirst = (a: string, b: string): number => b.localeCompare(a, 'en', { numeric: true });

/** Only for this machine's own person: where model traffic is sent stands in files and variables alike. */
function isGatewayed(agent: AgentId, { warderHome, env, root = '', homes }: InventoryScope): boolean {
  const route = routeAgent(agent);
  if (route === null || root !== '' || homes !== undefined) return false;
  try {
    return isRouted(route, warderHome, env);
  } catch {
    // A file that is no text sends nothing anywhere; it stands under what could not be read.
    return false;
  }
}

const unlike = (servers: readonly ConfiguredServer[]): readonly ConfiguredServer[] => [
  ...new Map(servers.map((each) => [[each.agent, each.file, each.project, each.name].join('\0'), each])).values(),
];

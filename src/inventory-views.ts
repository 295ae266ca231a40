import type { AgentStandings } from './capture/agent-standings.ts';
import type { AgentId } from './core/event.ts';
import { deviceKey, type RiskId } from './core/inventory.ts';
import type {
  AgentOnDevice,
  AgentSighting,
  AgentStanding,
  DeviceCover,
  DeviceDetail,
  InventoryAgents,
  InventoryDevices,
  InventorySums,
  ListedAgent,
  ListedDevice,
  ListedServer,
  SeenAgent,
  ServerPlace,
} from './core/inventory-lists.ts';
import type { Store } from './core/store.ts';
import { agentCatalogue, knownAgent } from './understand/agent-catalogue.ts';

/** The inventory as people look at it. Rejects when the store cannot be read. */
export interface InventoryViews {
  /** Every agent that was found or seen, and every one that somebody decided on; `whole`: the rest of the catalogue too. */
  agents(whole?: boolean): Promise<readonly ListedAgent[]>;
  devices(): Promise<readonly ListedDevice[]>;
  servers(): Promise<readonly ListedServer[]>;
  /** Where a server of that name which runs that is configured. */
  server(name: string, runs: string): Promise<readonly ServerPlace[]>;
  /** Null: nobody told of it, and nothing came from it. */
  device(name: string): Promise<DeviceDetail | null>;
  sums(): Promise<InventorySums>;
  /** Devices that Warder watches, one way or another. */
  covered(): Promise<ReadonlySet<string>>;
  /** Where an agent is, or was at work in the last thirty days. */
  placesOf(
    agent: AgentId,
  ): Promise<readonly { readonly device: string; readonly name: string; readonly person: string }[]>;
}

interface ViewDeps {
  readonly store: Store;
  readonly standings: AgentStandings;
  readonly enrolled?: (() => Promise<readonly string[]>) | undefined;
  now(): string;
}

const lately = 30 * 86_400_000;

export function createInventoryViews(deps: ViewDeps): InventoryViews {
  const { store, standings, now } = deps;
  const devices = () => listDevices(deps);
  return {
    async agents(whole = false) {
      const [found, seen, said] = await Promise.all([store.inventoryAgents(), store.sightings(), standings.all()]);
      const ids = new Set([
        ...found.map(({ agent }) => agent),
        ...seen.map(({ agent }) => agent),
        ...said.keys(),
        ...(whole ? agentCatalogue.map(({ id }) => id) : []),
      ]);
      ids.delete('');
      return [...ids].map((agent) => listedAgent(agent, found, seen, said)).sort(byWorth);
    },
    devices,
    async servers() {
      const [configured, called] = await Promise.all([store.inventoryServers(), store.mcpServers()]);
      const calls = new Map(called.items.map((each) => [each.name, each]));
      return configured
        .map((server): ListedServer => {
          const seen = calls.get(server.name);
          return { ...server, calls: seen?.calls ?? 0, lastAt: latest(server.lastAt, seen?.lastAt ?? '') };
        })
        .sort((a, b) => b.risk - a.risk || b.devices - a.devices || (a.name < b.name ? -1 : 1));
    },
    server: (name, runs) => store.inventoryServer(name, runs),
    async device(name) {
      const key = deviceKey(name);
      const [all, reports, seen] = await Promise.all([devices(), store.inventoryOf(key), store.sightings()]);
      const device = all.find((each) => each.device === key);
      return device === undefined
        ? null
        : { device, reports, sightings: seen.filter((each) => deviceKey(each.device) === key) };
    },
    async sums() {
      const [agents, all, servers] = await Promise.all([this.agents(), devices(), store.inventoryServers()]);
      const present = agents.filter(({ devices: count, seen }) => count > 0 || seen.calls > 0 || seen.devices > 0);
      const risks: Partial<Record<RiskId, number>> = {};
      for (const { flags } of all) for (const flag of flags) risks[flag] = (risks[flag] ?? 0) + 1;
      return {
        agents: present.length,
        disallowed: present.filter(({ standing }) => standing === 'disallowed').length,
        unreviewed: present.filter(({ standing }) => standing === 'unreviewed').length,
        devices: all.length,
        uncovered: all.filter(({ cover }) => cover === 'none').length,
        servers: servers.length,
        risks,
      };
    },
    async covered() {
      return new Set((await devices()).filter(({ cover }) => cover !== 'none').map(({ device }) => device));
    },
    async placesOf(agent) {
      const since = new Date(Date.parse(now()) - lately).toISOString();
      const listed = (await devices()).filter(({ agents }) =>
        agents.some((each) => each.agent === agent && each.configured),
      );
      const seen = (await store.sightings()).filter((each) => each.agent === agent && each.lastAt >= since);
      const places = [
        ...listed.map(({ device, name, people }) => ({ device, name, person: people[0] ?? '' })),
        ...seen.map(({ device, person }) => ({ device: deviceKey(device), name: device, person })),
      ];
      return [...new Map(places.map((place) => [`${place.device}\0${place.person}`, place])).values()];
    },
  };
}

const latest = (a: string, b: string): string => (a > b ? a : b);
const earliest = (a: string, b: string): string => (a === '' || (b !== '' && b < a) ? b : a);

function listedAgent(
  agent: AgentId,
  found: InventoryAgents,
  sightings: readonly AgentSighting[],
  said: ReadonlyMap<AgentId, AgentStanding>,
): ListedAgent {
  const known = knownAgent(agent);
  const one = found.find((each) => each.agent === agent);
  const own = sightings.filter((each) => each.agent === agent);
  const { standing = 'unreviewed', note = '', by = '', at: decidedAt = '' } = said.get(agent) ?? {};
  const seen = seenOf(own);
  const firstSeen = own.reduce((first, { firstAt }) => earliest(first, firstAt), '');
  const people = new Set([...(one?.people ?? []), ...own.map(({ person }) => person)]);
  return {
    agent,
    title: known?.title ?? agent,
    vendor: known?.vendor ?? '',
    forms: known?.forms ?? [],
    known: known !== undefined,
    standing,
    note,
    by,
    decidedAt,
    devices: one?.devices ?? 0,
    versions: (one?.versions ?? []).toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true })),
    sources: one?.sources ?? [],
    running: one?.running ?? 0,
    gateway: one?.gateway ?? 0,
    looked: one?.looked ?? 0,
    hooks: one?.hooks ?? 0,
    risk: one?.risk ?? 0,
    flags: one?.flags ?? [],
    people: [...people].filter((person) => person !== '').sort(),
    seen,
    firstAt: earliest(one?.firstAt ?? '', firstSeen),
    lastAt: latest(one?.lastAt ?? '', seen.lastAt),
  };
}

const seenOf = (own: readonly AgentSighting[]): SeenAgent => ({
  calls: own.reduce((sum, { calls }) => sum + calls, 0),
  viaHook: own.reduce((sum, { viaHook }) => sum + viaHook, 0),
  viaGateway: own.reduce((sum, { viaGateway }) => sum + viaGateway, 0),
  devices: new Set(own.map(({ device }) => deviceKey(device))).size,
  lastAt: own.reduce((last, { lastAt }) => latest(last, lastAt), ''),
});

const rank = { disallowed: 0, unreviewed: 1, allowed: 2 } as const;

/** What needs a decision or a look first, then what is on most devices. */
const byWorth = (a: ListedAgent, b: ListedAgent): number =>
  Number(b.devices + b.seen.devices > 0) - Number(a.devices + a.seen.devices > 0) ||
  rank[a.standing] - rank[b.standing] ||
  b.risk - a.risk ||
  b.devices - a.devices ||
  (a.title < b.title ? -1 : 1);

async function listDevices({ store, standings, enrolled }: ViewDeps): Promise<readonly ListedDevice[]> {
  const [reported, seen, names] = await Promise.all([store.inventoryDevices(), store.sightings(), enrolled?.() ?? []]);
  const calls = Map.groupBy(
    seen.filter(({ device }) => device !== ''),
    ({ device }) => deviceKey(device),
  );
  const may = new Map(names.map((name) => [deviceKey(name), name]));
  const known = new Set(reported.map(({ device }) => device));
  const others = [...new Set([...calls.keys(), ...may.keys()])]
    .filter((device) => !known.has(device))
    .map((device) => unreported(device, calls.get(device)?.[0]?.device ?? may.get(device) ?? device));
  return [...reported, ...others]
    .map((device) => listedDevice(device, calls.get(device.device) ?? [], may.has(device.device), standings))
    .sort((a, b) => rankOf(b.cover) - rankOf(a.cover) || b.risk - a.risk || (a.name < b.name ? -1 : 1));
}

const unreported = (device: string, name: string): InventoryDevices[number] => ({
  device,
  name,
  people: [],
  platform: '',
  sources: [],
  agents: [],
  hooked: [],
  servers: 0,
  risk: 0,
  flags: [],
  firstAt: '',
  lastAt: '',
});

/** What nobody watches comes first. */
const rankOf = (cover: DeviceCover): number => ({ none: 3, enrolled: 2, seen: 1, reports: 0 })[cover];

function listedDevice(
  { agents, hooked, ...device }: InventoryDevices[number],
  seen: readonly AgentSighting[],
  enrolled: boolean,
  standings: AgentStandings,
): ListedDevice {
  const ids = [...new Set([...agents, ...seen.map(({ agent }) => agent)])].filter((agent) => agent !== '').sort();
  const people = new Set([...device.people, ...seen.map(({ person }) => person)]);
  return {
    ...device,
    people: [...people].filter((person) => person !== '').sort(),
    firstAt: seen.reduce((first, { firstAt }) => earliest(first, firstAt), device.firstAt),
    lastAt: seen.reduce((last, { lastAt }) => latest(last, lastAt), device.lastAt),
    cover: device.sources.includes('warder') ? 'reports' : seen.length > 0 ? 'seen' : enrolled ? 'enrolled' : 'none',
    agents: ids.map((agent): AgentOnDevice => {
      const own = seenOf(seen.filter((each) => each.agent === agent));
      return {
        agent,
        title: knownAgent(agent)?.title ?? agent,
        standing: standings.now(agent),
        configured: agents.includes(agent),
        hooked: hooked.includes(agent),
        viaHook: own.viaHook,
        viaGateway: own.viaGateway,
      };
    }),
  };
}

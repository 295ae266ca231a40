import type {
  AgentSighting,
  ConfiguredServer,
  DeviceInventory,
  FoundAgent,
  HookState,
  InventoryAgents,
  InventoryDevices,
  InventoryServers,
  InventorySource,
  RiskFlag,
  RiskId,
  ServerPlace,
  StoredInventory,
} from '../../../core/inventory.ts';
import type { Database, Row } from './database.ts';
import { integer, json, text } from './row.ts';

/** A report as it travels to the writer: `body` is its JSON, made on the caller's thread. */
export interface InventoryRows
  extends Pick<DeviceInventory, 'device' | 'source' | 'name' | 'person' | 'platform' | 'at'> {
  readonly body: string;
  readonly agents: readonly (readonly [agent: string, ...values: (string | number)[]])[];
  readonly servers: readonly (readonly [agent: string, ...values: (string | number)[]])[];
}

export function inventoryRows(report: DeviceInventory): InventoryRows {
  const { device, source, name, person, platform, at, agents, servers } = report;
  const body = JSON.stringify(report);
  return {
    device,
    source,
    name,
    person,
    platform,
    at,
    body,
    agents: agents.map(agentRow),
    servers: servers.map(serverRow),
  };
}

const agentRow = ({ agent, versions, running, hooks, gateway, flags }: FoundAgent) =>
  [agent, JSON.stringify(versions), running, hooks, Number(gateway), worstOf(flags), idsOf(flags)] as const;

const serverRow = (server: ConfiguredServer) => {
  const { agent, file, project, name, scope, transport, trust, enabled, flags } = server;
  const version = server.package?.version ?? '';
  const pinned = Number(server.package?.pinned ?? true);
  const about = [
    runsOf(server),
    version,
    pinned,
    Number(trust.length > 0),
    Number(enabled),
    worstOf(flags),
    idsOf(flags),
  ];
  return [agent, file, project, name, scope, transport, ...about] as const;
};

/** What a server is, whatever it is called: its package, its host, or its program. */
const runsOf = ({ package: of, host, command }: ConfiguredServer): string =>
  of !== null ? `${of.registry}:${of.name}` : host !== '' ? host : (command.split(' ')[0] ?? '');

const worstOf = (flags: readonly RiskFlag[]): number => Math.max(0, ...flags.map(({ weight }) => weight));
/** Ids of the flags that are worth a look. */
const idsOf = (flags: readonly RiskFlag[]): string =>
  [...new Set(flags.filter(({ weight }) => weight >= 40).map(({ risk }) => risk))].join(' ');

/** Puts a report in the place of what the same source said of the device before. One that is older changes nothing. */
export function putInventory(db: Database, rows: InventoryRows): void {
  const { device, source, name, person, platform, at, body } = rows;
  const whole = db.run(upsertReport, device, source, name, person, platform, at, at, body);
  if (whole === 0) return;
  // What is not named again is gone; what is keeps its first sighting.
  for (const table of ['inventory_agents', 'inventory_servers'])
    db.run(`UPDATE ${table} SET last_at = '' WHERE device = ? AND source = ?`, device, source);
  for (const row of rows.agents) db.run(upsertAgent, device, source, at, at, ...row);
  for (const row of rows.servers) db.run(upsertServer, device, source, at, at, ...row);
  for (const table of ['inventory_agents', 'inventory_servers'])
    db.run(`DELETE FROM ${table} WHERE device = ? AND source = ? AND last_at = ''`, device, source);
}

/** Takes out what every source said of a device. */
export function forgetDevice(db: Database, device: string): void {
  for (const table of ['inventory', 'inventory_agents', 'inventory_servers'])
    db.run(`DELETE FROM ${table} WHERE device = ?`, device);
}

const upsertReport = `INSERT INTO inventory VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
  name = excluded.name, person = coalesce(nullif(excluded.person, ''), person), platform = excluded.platform,
  last_at = excluded.last_at, body = excluded.body WHERE excluded.last_at >= last_at`;
const upsertAgent = `INSERT INTO inventory_agents
  (device, source, first_at, last_at, agent, versions, running, hooks, gateway, risk, flags)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at, versions = excluded.versions,
  running = excluded.running, hooks = excluded.hooks, gateway = excluded.gateway, risk = excluded.risk, flags = excluded.flags`;
const upsertServer = `INSERT INTO inventory_servers
  (device, source, first_at, last_at, agent, file, project, name, scope, transport, runs, version, pinned, trusted, enabled, risk, flags)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET last_at = excluded.last_at,
  scope = excluded.scope, transport = excluded.transport, runs = excluded.runs, version = excluded.version,
  pinned = excluded.pinned, trusted = excluded.trusted, enabled = excluded.enabled, risk = excluded.risk, flags = excluded.flags`;

/** What every source last said of one device. */
export function inventoryOf(db: Database, device: string): StoredInventory[] {
  return db.all('SELECT * FROM inventory WHERE device = ? ORDER BY source', device).map((row) => ({
    ...json<DeviceInventory>(row.body),
    person: text(row.person),
    firstAt: text(row.first_at),
    lastAt: text(row.last_at),
  }));
}

/** Whether any report names an agent, or a server that runs that; `report`: whether there is any. */
export function inventoryKnows(
  db: Database,
  [what, name, runs]: readonly ['agent' | 'server' | 'report', string, string],
): boolean {
  if (what === 'report') return db.get('SELECT 1 AS n FROM inventory LIMIT 1') !== undefined;
  if (what === 'agent')
    return db.get('SELECT 1 AS n FROM inventory_agents WHERE agent = ? LIMIT 1', name) !== undefined;
  return db.get('SELECT 1 AS n FROM inventory_servers WHERE name = ? AND runs = ? LIMIT 1', name, runs) !== undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** Every agent that some report names, in one pass over small rows. */
export function inventoryAgents(db: Database): InventoryAgents {
  const people = peopleByDevice(db);
  const found = new Map<string, Mutable<InventoryAgents[number]> & { readonly on: Map<string, HookState> }>();
  for (const row of db.each('SELECT * FROM inventory_agents ORDER BY agent, device, source')) {
    const agent = text(row.agent);
    const device = text(row.device);
    let one = found.get(agent);
    if (one === undefined) {
      one = {
        agent,
        devices: 0,
        people: [],
        versions: [],
        sources: [],
        running: 0,
        gateway: 0,
        looked: 0,
        hooks: 0,
        risk: 0,
        flags: [],
        firstAt: '',
        lastAt: '',
        on: new Map(),
      };
      found.set(agent, one);
    }
    one.running += integer(row.running) > 0 ? 1 : 0;
    one.gateway += integer(row.gateway);
    const before = one.on.get(device);
    const hooks = text<HookState>(row.hooks);
    if (before === undefined || before === 'unknown' || hooks === 'installed') one.on.set(device, hooks);
    addAll(one.people, people.get(device) ?? []);
    addAll(one.versions, json<string[]>(row.versions));
    addAll(one.sources, [text<InventorySource>(row.source)]);
    widen(one, row);
  }
  return [...found.values()].map(({ on, ...one }) => ({
    ...one,
    devices: on.size,
    looked: [...on.values()].filter((state) => state !== 'unknown').length,
    hooks: [...on.values()].filter((state) => state === 'installed').length,
  }));
}

/** Every server of some configuration, told apart by its name and by what it runs. */
export function inventoryServers(db: Database): InventoryServers {
  const people = peopleByDevice(db);
  const found = new Map<string, Mutable<InventoryServers[number]> & { readonly on: Set<string> }>();
  for (const row of db.each('SELECT * FROM inventory_servers ORDER BY name, runs, device, agent')) {
    const [name, runs, device] = [text(row.name), text(row.runs), text(row.device)];
    const key = `${name}\0${runs}`;
    let one = found.get(key);
    if (one === undefined) {
      one = {
        name,
        runs,
        devices: 0,
        people: [],
        agents: [],
        versions: [],
        scopes: [],
        transports: [],
        pinned: true,
        trusted: 0,
        enabled: 0,
        risk: 0,
        flags: [],
        firstAt: '',
        lastAt: '',
        on: new Set(),
      };
      found.set(key, one);
    }
    one.on.add(device);
    one.pinned &&= integer(row.pinned) === 1;
    one.trusted += integer(row.trusted);
    one.enabled += integer(row.enabled);
    addAll(one.people, people.get(device) ?? []);
    addAll(one.agents, [text(row.agent)]);
    addAll(one.scopes, [text<ConfiguredServer['scope']>(row.scope)]);
    addAll(one.transports, [text<ConfiguredServer['transport']>(row.transport)]);
    if (text(row.version) !== '') addAll(one.versions, [text(row.version)]);
    widen(one, row);
  }
  return [...found.values()].map(({ on, ...one }) => ({ ...one, devices: on.size }));
}

const mostPlaces = 100;

/** Where one server is configured, with what each configuration says of it. */
export function inventoryServer(db: Database, [name, runs]: readonly [name: string, runs: string]): ServerPlace[] {
  const rows = db.all(
    `SELECT DISTINCT i.body FROM inventory_servers s JOIN inventory i ON i.device = s.device AND i.source = s.source
     WHERE s.name = ? AND s.runs = ? ORDER BY s.device, s.source LIMIT ${mostPlaces}`,
    name,
    runs,
  );
  return rows
    .flatMap((row) => {
      const { device, name: called, person, source, servers } = json<DeviceInventory>(row.body);
      const own = servers.filter((server) => server.name === name && runsOf(server) === runs);
      return own.map((server): ServerPlace => ({ device, name: called, person, source, server }));
    })
    .slice(0, mostPlaces);
}

/** Every device that some source told of. */
export function inventoryDevices(db: Database): InventoryDevices {
  const found = new Map<string, Mutable<InventoryDevices[number]>>();
  const select =
    'SELECT device, source, name, person, platform, first_at, last_at FROM inventory ORDER BY device, source';
  for (const row of db.each(select)) {
    const device = text(row.device);
    let one = found.get(device);
    if (one === undefined) {
      one = {
        device,
        name: text(row.name),
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
      };
      found.set(device, one);
    }
    if (text(row.person) !== '') addAll(one.people, [text(row.person)]);
    one.platform ||= text(row.platform);
    addAll(one.sources, [text<InventorySource>(row.source)]);
    spread(one, row);
  }
  for (const row of db.each('SELECT device, agent, hooks, risk, flags FROM inventory_agents ORDER BY agent')) {
    const one = found.get(text(row.device));
    if (one === undefined) continue;
    addAll(one.agents, [text(row.agent)]);
    if (row.hooks === 'installed') addAll(one.hooked, [text(row.agent)]);
    worsen(one, row);
  }
  for (const row of db.each('SELECT device, risk, flags FROM inventory_servers')) {
    const one = found.get(text(row.device));
    if (one === undefined) continue;
    one.servers += 1;
    worsen(one, row);
  }
  return [...found.values()];
}

const mostSightings = 20_000;

/** Who was seen calling from where, the latest first. */
export function sightings(db: Database): AgentSighting[] {
  return db.all(`SELECT * FROM sightings ORDER BY last_at DESC LIMIT ${mostSightings}`).map((row) => ({
    agent: text(row.agent),
    device: text(row.device),
    person: text(row.person),
    firstAt: text(row.first_at),
    lastAt: text(row.last_at),
    calls: integer(row.calls),
    viaHook: integer(row.via_hook),
    viaGateway: integer(row.via_gateway),
  }));
}

function peopleByDevice(db: Database): Map<string, string[]> {
  const people = new Map<string, string[]>();
  for (const row of db.each(`SELECT DISTINCT device, person FROM inventory WHERE person <> ''`)) {
    const device = text(row.device);
    people.set(device, [...(people.get(device) ?? []), text(row.person)]);
  }
  return people;
}

const mostListed = 1000;

function addAll<T>(list: T[], some: readonly T[]): void {
  for (const each of some) if (list.length < mostListed && !list.includes(each)) list.push(each);
}

type Times = { firstAt: string; lastAt: string };
type Risks = { risk: number; flags: RiskId[] };

function spread(one: Times, row: Row): void {
  const [first, last] = [text(row.first_at), text(row.last_at)];
  if (one.firstAt === '' || first < one.firstAt) one.firstAt = first;
  if (last > one.lastAt) one.lastAt = last;
}

function worsen(one: Risks, row: Row): void {
  one.risk = Math.max(one.risk, integer(row.risk));
  addAll(
    one.flags,
    text(row.flags)
      .split(' ')
      .filter((flag): flag is RiskId => flag !== ''),
  );
}

function widen(one: Times & Risks, row: Row): void {
  spread(one, row);
  worsen(one, row);
}

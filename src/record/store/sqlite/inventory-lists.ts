import {
  type ConfiguredServer,
  type DeviceInventory,
  type HookState,
  type InventorySource,
  type RiskId,
  runsOf,
} from '../../../core/inventory.ts';
import type {
  AgentSighting,
  InventoryAgents,
  InventoryDevices,
  InventoryServers,
  ServerPlace,
} from '../../../core/inventory-lists.ts';
import type { Database, Row } from './database.ts';
import { integer, json, text } from './row.ts';

// What runs where, for the console: one pass over small rows, on the reader's thread.

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

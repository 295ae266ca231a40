import {
  type ConfiguredServer,
  type DeviceInventory,
  type FoundAgent,
  type RiskFlag,
  runsOf,
  type StoredInventory,
} from '../../../core/inventory.ts';
import type { Database } from './database.ts';
import { json, text } from './row.ts';

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

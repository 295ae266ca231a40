import { type AgentStandings, openAgentStandings } from './capture/agent-standings.ts';
import { readReport } from './capture/inventory-report.ts';
import type { AgentId, Identity } from './core/event.ts';
import { type DeviceInventory, deviceKey, runsOf, type Standing } from './core/inventory.ts';
import type { ImportedReports } from './core/inventory-lists.ts';
import { fail, ok, type Problem, type Result } from './core/result.ts';
import type { Store } from './core/store.ts';
import type { Alert, AlertDraft, CallRecord } from './core/verdict.ts';
import { createInventoryViews, type InventoryViews } from './inventory-views.ts';
import { alertForCaller, alertsForDisallowed, alertsForInventory, serverKey } from './tell/inventory-alerts.ts';
import { knownAgent } from './understand/agent-catalogue.ts';

export interface InventoryDoors extends InventoryViews {
  /** A device's report of itself: whose it is its token says. */
  take(body: unknown, from: Identity): Promise<Result<null>>;
  /** Reports that a person brought, of any device and source. */
  bring(body: unknown): Promise<Result<ImportedReports>>;
  /** Says what the organisation thinks of an agent, with a receipt; an alert for each place where a disallowed one is. */
  stand(agent: AgentId, standing: Standing, note: string, by: Identity): Promise<Result<null>>;
  /** Takes a device out that is no more, with a receipt. Error: nobody reported it. */
  forget(device: string, by: Identity): Promise<Result<null>>;
  /** What a call of a disallowed agent gives reason to tell. */
  alertsForCaller(call: CallRecord): readonly AlertDraft[];
}

export interface InventoryWorld {
  readonly store: Store;
  /** Any JSON with every secret in it masked. */
  maskDeep(value: unknown): unknown;
  /** Writes a receipt about Warder itself. */
  system(note: string): Promise<void>;
  publish(alert: Alert): void;
  /** Host names of devices that enrolled; absent: none do. */
  enrolled?(): Promise<readonly string[]>;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}

const mostReports = 500;
const mostAlerts = 200;

/** What runs where: reports come in, are compared with what was known, kept, told of, and shown. */
export async function openInventory(world: InventoryWorld): Promise<InventoryDoors> {
  const { store, now, onTrouble } = world;
  const standings = await openAgentStandings({ settings: store, onTrouble });
  const inTurn = turns();
  const keep = (report: DeviceInventory) => inTurn(report.device, () => keepReport(world, standings, report));
  const views = createInventoryViews({ store, standings, enrolled: world.enrolled, now });
  return {
    ...views,
    async take(body, from) {
      const read = readReport(world.maskDeep(body));
      if (!read.ok) return read;
      const name = from.device === '' ? read.value.name : from.device;
      await keep({ ...read.value, source: 'warder', name, device: deviceKey(name), person: from.person, at: now() });
      return ok(null);
    },
    async bring(body) {
      const items = itemsOf(body);
      if (!items.ok) return items;
      const reports: DeviceInventory[] = [];
      const refused: { device: string; why: string }[] = [];
      for (const item of items.value) {
        const read = readReport(world.maskDeep(item));
        if (!read.ok) refused.push({ device: nameOf(item), why: read.error.detail });
        else {
          const at = read.value.at > now() ? now() : new Date(read.value.at).toISOString();
          reports.push({ ...read.value, at });
        }
      }
      for (const report of reports) await keep(report);
      return ok({ ...(await summary(views, standings, reports)), stored: reports.length, refused });
    },
    async stand(agent, standing, note, by) {
      const known = await knows(world, agent);
      if (!known) return fail('unknown-agent', unknownAgent(agent));
      const before = standings.now(agent);
      // The receipt comes first: a change that cannot be recorded is not made.
      await world.system(`agent ${agent}: ${before} → ${standing} by ${by.person}`);
      await standings.set({ agent, standing, note: String(world.maskDeep(note)), by: by.person, at: now() });
      if (standing === 'disallowed' && before !== 'disallowed') await tellWhere(world, views, agent);
      return ok(null);
    },
    async forget(name, by) {
      const device = deviceKey(name);
      if ((await store.inventoryOf(device)).length === 0)
        return fail('no-such-device', 'Nobody reported a device of this name.');
      await world.system(`device ${device}: forgotten by ${by.person}`);
      await inTurn(device, () => store.commit({ forgetDevice: device }));
      return ok(null);
    },
    alertsForCaller: (call) => alertForCaller(call, standings.now(call.agent), titleOf(call.agent)),
  };
}

const titleOf = (agent: AgentId): string => knownAgent(agent)?.title ?? agent;

const unknownAgent = (agent: AgentId): string =>
  `Nobody knows an agent ${JSON.stringify(agent)}: it is not in the catalogue, and was never seen. See: warder inventory catalogue`;

/** In the catalogue, reported, or seen at work. */
async function knows({ store }: InventoryWorld, agent: AgentId): Promise<boolean> {
  if (knownAgent(agent) !== undefined || (await store.inventoryKnows('agent', agent))) return true;
  return (await store.agents()).items.some((each) => each.agent === agent);
}

/** Work on one thing after another, on different things at once. */
function turns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const last = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const next = (last.get(key) ?? Promise.resolve()).then(work, work);
    last.set(key, next);
    const done = () => {
      if (last.get(key) === next) last.delete(key);
    };
    next.then(done, done);
    return next;
  };
}

/** One commit: the report, and the alerts of what is new in it. Rejects when it could not be recorded. */
async function keepReport(world: InventoryWorld, standings: AgentStandings, report: DeviceInventory): Promise<void> {
  const { store } = world;
  const before = await store.inventoryOf(report.device);
  const hadAgents = new Set(before.flatMap(({ agents }) => agents.map(({ agent }) => agent)));
  const hadServers = new Set(before.flatMap(({ servers }) => servers.map(serverKey)));
  // Where nobody told of anything before, everything is new and nothing is news.
  const first = before.length === 0 && !(await store.inventoryKnows('report', ''));
  const newAgents = new Set<AgentId>();
  const newServers = new Set<string>();
  if (!first) {
    for (const { agent } of report.agents)
      if (!hadAgents.has(agent) && !(await store.inventoryKnows('agent', agent))) newAgents.add(agent);
    const strange = report.servers.filter((server) => !hadServers.has(serverKey(server)));
    const seen =
      strange.length === 0 ? new Set<string>() : new Set((await store.mcpServers()).items.map(({ name }) => name));
    for (const server of strange)
      if (!seen.has(server.name) && !(await store.inventoryKnows('server', server.name, runsOf(server))))
        newServers.add(serverKey(server));
  }
  const alerts = alertsForInventory({ report, before, newAgents, newServers, standingOf: standings.now, titleOf });
  const committed = await store.commit({ inventory: report, alerts: alerts.slice(0, mostAlerts) });
  for (const alert of committed.alerts) world.publish(alert);
}

/** One alert for each device that has it, or from which it called lately. */
async function tellWhere(world: InventoryWorld, views: InventoryViews, agent: AgentId): Promise<void> {
  const places = (await views.placesOf(agent)).slice(0, mostAlerts);
  if (places.length === 0) return;
  const committed = await world.store.commit({ alerts: alertsForDisallowed(agent, titleOf(agent), places) });
  for (const alert of committed.alerts) world.publish(alert);
}

function itemsOf(body: unknown): Result<readonly unknown[], Problem> {
  const items = typeof body === 'object' && body !== null && 'items' in body ? body.items : null;
  if (!Array.isArray(items)) return fail('bad-request', 'Send {"items": […]} with a report for each device.');
  if (items.length > mostReports) return fail('too-many', `Send at most ${mostReports} reports at once.`);
  return ok(items);
}

const nameOf = (item: unknown): string =>
  typeof item === 'object' && item !== null && 'name' in item && typeof item.name === 'string'
    ? item.name.slice(0, 200)
    : '';

async function summary(
  views: InventoryViews,
  standings: AgentStandings,
  reports: readonly DeviceInventory[],
): Promise<Omit<ImportedReports, 'stored' | 'refused'>> {
  const on = new Map<AgentId, Set<string>>();
  for (const { device, agents } of reports)
    for (const { agent } of agents) on.set(agent, (on.get(agent) ?? new Set()).add(device));
  const counted = (standing: Standing) =>
    [...on]
      .filter(([agent]) => standings.now(agent) === standing)
      .map(([agent, devices]) => ({ agent, devices: devices.size }));
  const devices = new Set(reports.map(({ device }) => device));
  const covered = await views.covered();
  return {
    devices: devices.size,
    uncovered: [...devices].filter((device) => !covered.has(device)).sort(),
    disallowed: counted('disallowed'),
    unreviewed: counted('unreviewed'),
  };
}

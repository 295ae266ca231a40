import type { AgentId } from '../core/event.ts';
import {
  type AgentEvidence,
  type ConfiguredServer,
  type DeviceInventory,
  deviceKey,
  type ForeignRow,
  type FoundAgent,
  type InventorySource,
  type RiskFlag,
} from '../core/inventory.ts';
import { evidenceOf, knownAgent, recognise } from './agent-catalogue.ts';
import { looseProcess } from './agent-launch.ts';
import { maskText } from './secrets.ts';
import { configuredServer } from './server-risk.ts';

const mostEvidence = 50;

type Seen = Pick<ForeignRow, 'found' | 'servers'>;

interface Gathered {
  readonly name: string;
  person: string;
  platform: string;
  at: string;
  /** What each query found last; rows without one stand together. */
  readonly queries: Map<string, Map<string, Seen>>;
}

/** Rows of a source → a report for each device they name, those without any agent too. `now` stands where a row has no time. */
export function foreignReports(source: InventorySource, rows: readonly ForeignRow[], now: string): DeviceInventory[] {
  const devices = new Map<string, Gathered>();
  for (const row of rows) {
    const key = deviceKey(row.device);
    if (key === '') continue;
    const device = devices.get(key) ?? { name: row.device, person: '', platform: '', at: '', queries: new Map() };
    devices.set(key, device);
    gather(device, row);
  }
  return [...devices].map(([device, gathered]) => reportOf(source, device, gathered, now));
}

function gather(device: Gathered, row: ForeignRow): void {
  device.person ||= row.person;
  device.platform ||= row.platform;
  if (row.at > device.at) device.at = row.at;
  const name = row.query ?? '';
  const found = row.whole ? new Map<string, Seen>() : (device.queries.get(name) ?? new Map<string, Seen>());
  device.queries.set(name, found);
  const key = JSON.stringify([row.found, row.servers ?? []]);
  if (row.gone) found.delete(key);
  else found.set(key, row);
}

function reportOf(
  source: InventorySource,
  device: string,
  { name, person, platform, at, queries }: Gathered,
  now: string,
): DeviceInventory {
  const agents = new Map<AgentId, { evidence: AgentEvidence[]; running: number; flags: RiskFlag[] }>();
  const servers: ConfiguredServer[] = [];
  for (const seen of [...queries.values()].flatMap((each) => [...each.values()])) {
    for (const { trace, where, version } of seen.found) {
      const agent = recognise(trace);
      if (agent === undefined) continue;
      const one = agents.get(agent) ?? { evidence: [], running: 0, flags: [] };
      agents.set(agent, one);
      one.evidence.push({
        by: evidenceOf(trace),
        where: maskText(where.slice(0, 1000).toWellFormed()).text,
        version: version.slice(0, 100),
      });
      if (trace.kind !== 'process') continue;
      one.running += 1;
      const flag = looseProcess(agent, trace.command);
      if (flag !== null && !one.flags.some(({ what }) => what === flag.what)) one.flags.push(flag);
    }
    for (const entry of seen.servers ?? [])
      servers.push(configuredServer({ ...entry, agent: agentNamed(entry.agent) }, '', ''));
  }
  return {
    v: 1,
    source,
    device,
    name: name.slice(0, 200),
    person: person.slice(0, 200),
    platform,
    at: at === '' || at > now ? now : at,
    agents: [...agents].sort(([a], [b]) => (a < b ? -1 : 1)).map(([agent, one]) => foundAgent(agent, one)),
    servers,
    unread: [],
  };
}

function foundAgent(
  agent: AgentId,
  { evidence, running, flags }: { evidence: readonly AgentEvidence[]; running: number; flags: readonly RiskFlag[] },
): FoundAgent {
  const unlike = [...new Map(evidence.map((each) => [`${each.by}\0${each.where}`, each])).values()];
  const versions = [...new Set(unlike.map(({ version }) => version).filter((version) => version !== ''))];
  return { agent, versions, evidence: unlike.slice(0, mostEvidence), running, hooks: 'unknown', gateway: false, flags };
}

/** A client as another tool calls it: `Claude Desktop`, `cursor` → our id. */
function agentNamed(name: string): AgentId {
  const id = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  return knownAgent(id)?.id ?? recognise({ kind: 'application', name, bundle: '' }) ?? 'generic';
}

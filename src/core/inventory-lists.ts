import type { AgentId } from './event.ts';
import type { AgentForm, ConfiguredServer, InventorySource, RiskId, Standing, StoredInventory } from './inventory.ts';

// The inventory as it is listed and shown: reports, decisions and traffic put together.

/** Agents as reports name them: on how many devices, and on how many of these with hooks as they should be. */
export type InventoryAgents = readonly {
  readonly agent: AgentId;
  readonly devices: number;
  readonly people: readonly string[];
  readonly versions: readonly string[];
  readonly sources: readonly InventorySource[];
  /** Devices on which it ran when somebody looked. */
  readonly running: number;
  readonly gateway: number;
  /** Devices on which somebody could tell how its hooks are, and those on which they are as they should be. */
  readonly looked: number;
  readonly hooks: number;
  /** Weight of the gravest flag; 0: none. */
  readonly risk: number;
  readonly flags: readonly RiskId[];
  readonly firstAt: string;
  readonly lastAt: string;
}[];

/** Servers as configurations name them, told apart by name and by what they run. */
export type InventoryServers = readonly {
  readonly name: string;
  /** `npm:@scope/name`, a host, or a program. */
  readonly runs: string;
  readonly devices: number;
  readonly people: readonly string[];
  readonly agents: readonly AgentId[];
  readonly versions: readonly string[];
  readonly scopes: readonly ConfiguredServer['scope'][];
  readonly transports: readonly ConfiguredServer['transport'][];
  readonly pinned: boolean;
  /** Configurations in which it acts without a person, and those in which it is switched on. */
  readonly trusted: number;
  readonly enabled: number;
  readonly risk: number;
  readonly flags: readonly RiskId[];
  readonly firstAt: string;
  readonly lastAt: string;
}[];

export type InventoryDevices = readonly {
  readonly device: string;
  readonly name: string;
  readonly people: readonly string[];
  readonly platform: string;
  readonly sources: readonly InventorySource[];
  readonly agents: readonly AgentId[];
  /** Those whose hooks are as they should be. */
  readonly hooked: readonly AgentId[];
  readonly servers: number;
  readonly risk: number;
  readonly flags: readonly RiskId[];
  readonly firstAt: string;
  readonly lastAt: string;
}[];

/** Calls of one agent, on one device, of one person. */
export interface AgentSighting {
  readonly agent: AgentId;
  readonly device: string;
  readonly person: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly calls: number;
  readonly viaHook: number;
  readonly viaGateway: number;
}

/** What the organisation said of an agent, who and when. `by` and `at` are `''` where nobody did. */
export interface AgentStanding {
  readonly agent: AgentId;
  readonly standing: Standing;
  readonly note: string;
  readonly by: string;
  readonly at: string;
}

/** What was seen of an agent itself: through hooks, gateway or transcripts. */
export interface SeenAgent {
  readonly calls: number;
  readonly viaHook: number;
  readonly viaGateway: number;
  readonly devices: number;
  /** `''`: never. */
  readonly lastAt: string;
}

/** An agent as the console shows it: catalogue, reports and traffic together. */
export interface ListedAgent
  extends Omit<InventoryAgents[number], 'firstAt' | 'lastAt'>,
    Omit<AgentStanding, 'agent' | 'at'> {
  readonly title: string;
  readonly vendor: string;
  readonly forms: readonly AgentForm[];
  /** The catalogue has it. */
  readonly known: boolean;
  /** When somebody decided. */
  readonly decidedAt: string;
  readonly seen: SeenAgent;
  /** First and last time that anything told of it. */
  readonly firstAt: string;
  readonly lastAt: string;
}

/** `reports`: Warder looked at it; `seen`: calls came from it; `enrolled`: it may; `none`: only others know of it. */
export type DeviceCover = 'reports' | 'seen' | 'enrolled' | 'none';

/** One agent on one device, by each way in which it can be known. */
export interface AgentOnDevice {
  readonly agent: AgentId;
  readonly title: string;
  readonly standing: Standing;
  readonly configured: boolean;
  readonly hooked: boolean;
  readonly viaHook: number;
  readonly viaGateway: number;
}

export interface ListedDevice extends Omit<InventoryDevices[number], 'agents' | 'hooked'> {
  readonly cover: DeviceCover;
  readonly agents: readonly AgentOnDevice[];
}

export interface ListedServer extends Omit<InventoryServers[number], 'lastAt'> {
  /** Calls of its tools that were seen, by its name. */
  readonly calls: number;
  readonly lastAt: string;
}

/** Sums over everything, whatever is filtered. */
export interface InventorySums {
  readonly agents: number;
  readonly disallowed: number;
  readonly unreviewed: number;
  readonly devices: number;
  readonly uncovered: number;
  readonly servers: number;
  /** Devices on which a flag of at least 40 was found, by flag. */
  readonly risks: Readonly<Partial<Record<RiskId, number>>>;
}

/** One place in which a server is configured. */
export interface ServerPlace {
  readonly device: string;
  /** The device as its source wrote it. */
  readonly name: string;
  readonly person: string;
  readonly source: InventorySource;
  readonly server: ConfiguredServer;
}

/** One device with everything that is known of it. */
export interface DeviceDetail {
  readonly device: ListedDevice;
  readonly reports: readonly StoredInventory[];
  readonly sightings: readonly AgentSighting[];
}

/** What became of reports that somebody brought. */
export interface ImportedReports {
  readonly stored: number;
  readonly refused: readonly { readonly device: string; readonly why: string }[];
  readonly devices: number;
  /** Devices of this import that no Warder watches. */
  readonly uncovered: readonly string[];
  /** Agents of this import that are disallowed, and on how many of its devices. */
  readonly disallowed: readonly { readonly agent: AgentId; readonly devices: number }[];
  readonly unreviewed: readonly { readonly agent: AgentId; readonly devices: number }[];
}

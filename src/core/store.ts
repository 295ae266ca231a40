import type { CoverageRow } from './coverage.ts';
import type { AgentEvent, AgentId, DeclaredTool } from './event.ts';
import type { DeviceInventory, StoredInventory } from './inventory.ts';
import type {
  AgentSighting,
  InventoryAgents,
  InventoryDevices,
  InventoryServers,
  ServerPlace,
} from './inventory-lists.ts';
import type { McpServerRecord, McpToolRecord, ToolVersionDraft } from './mcp-record.ts';
import type { UsageGroup, UsageKey, UsageRow } from './usage.ts';
import type {
  Alert,
  AlertDraft,
  AlertState,
  CallRecord,
  Decision,
  PhaseRecord,
  Receipt,
  ReceiptBody,
  SessionMemory,
  Severity,
} from './verdict.ts';

/** Everything one commit makes durable, in one transaction. Content in it is masked already. */
export interface Commit {
  /** Create or merge: the call with its phases so far (the whole record, last writer wins on scalar fields). */
  readonly call?: CallRecord;
  /** The phase this commit adds; gets the receipt's number. */
  readonly phase?: PhaseRecord;
  readonly session?: SessionTouch;
  /** One line of the session's timeline that is not a call: prompt, answer, notice, unparsed … */
  readonly event?: StoredEvent;
  readonly receipt?: ReceiptDraft;
  readonly alerts?: readonly AlertDraft[];
  readonly tools?: readonly DeclaredTool[];
  /** Id of what a device delivered; a commit with one that was committed before is refused, code `repeated-delivery`. */
  readonly delivery?: string;
  /** What was said of tools for the first time, masked and bounded. */
  readonly toolVersions?: readonly ToolVersionDraft[];
  /** What one source says of one device now; takes the place of what it said before. */
  readonly inventory?: DeviceInventory;
  /** Everything that was reported of this device goes; its calls stay. */
  readonly forgetDevice?: string;
}

export type ReceiptDraft = Omit<ReceiptBody, 'v' | 'seq' | 'ts' | 'prev' | 'keyid'>;

export interface SessionTouch {
  readonly id: string;
  readonly agent: AgentId;
  readonly agentVersion?: string;
  readonly person: string;
  /** Groups that an identity provider told of this person; absent: none. */
  readonly groups?: readonly string[];
  readonly device: string;
  readonly at: string;
  readonly cwd?: string;
  /** Present when it changed. */
  readonly memory?: SessionMemory;
  readonly ended?: string;
}

export interface StoredEvent {
  readonly at: string;
  readonly session: string;
  readonly agent: AgentId;
  readonly kind: AgentEvent['kind'];
  readonly source: AgentEvent['source'];
  readonly subagent?: string;
  /** Masked, at most 16 KiB. */
  readonly text: string;
}

/** What a commit gives back once it is durable (fsynced). */
export interface Committed {
  readonly receipt: Receipt | null;
  /** Alerts raised or counted up by this commit, as they stand now. */
  readonly alerts: readonly Alert[];
}

export interface SessionRecord {
  readonly id: string;
  readonly agent: AgentId;
  readonly agentVersion: string;
  readonly person: string;
  readonly device: string;
  readonly cwd: string;
  readonly startedAt: string;
  readonly lastAt: string;
  readonly endedAt: string | null;
  readonly calls: number;
  readonly denied: number;
  readonly maxScore: number;
  readonly severity: Severity;
  /** First prompt, masked, cut at 200 characters. */
  readonly title: string;
}

export interface AgentRecord {
  readonly agent: AgentId;
  readonly versions: readonly string[];
  readonly people: readonly string[];
  readonly firstAt: string;
  readonly lastAt: string;
  readonly sessions: number;
  readonly calls: number;
  /** Calls seen by hook / by gateway, for coverage. */
  readonly viaHook: number;
  readonly viaGateway: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque cursor of the next page; null at the end. */
  readonly next: string | null;
}

export interface CallQuery {
  readonly session?: string;
  readonly agent?: string;
  readonly person?: string;
  readonly tool?: string;
  readonly severity?: Severity;
  readonly minScore?: number;
  /** What the policy said. */
  readonly decision?: Decision;
  /** What became of it: differs from `decision` while observing. */
  readonly effective?: Decision;
  /** Substring or words searched in the masked input. */
  readonly text?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Overview {
  readonly since: string;
  readonly calls: number;
  readonly sessions: number;
  readonly people: number;
  readonly denied: number;
  readonly wouldDeny: number;
  readonly openAlerts: number;
  readonly bySeverity: Readonly<Record<Severity, number>>;
  readonly byHour: readonly { readonly hour: string; readonly calls: number; readonly alerts: number }[];
  readonly topTools: readonly { readonly tool: string; readonly calls: number; readonly maxScore: number }[];
  readonly unparsedEvents: number;
}

/**
 * Ids of deliveries and marks of imports serve only to record nothing twice, and are of no use once nothing can come twice.
 * `deliveries`: recorded before `before` (ISO 8601 UTC), except those of `held`, each a person and a device as
 * `person/device`, and those of transcripts. `import-marks`: set before it.
 */
export interface PruneQuery {
  readonly what: 'deliveries' | 'import-marks';
  readonly before: string;
  readonly held: readonly string[];
  /** Where the last batch ended; null: at the beginning. */
  readonly after: string | null;
  /** How many are looked at. */
  readonly most: number;
}

/** One batch. `next` is null when there is no other. */
export interface Pruned {
  readonly removed: number;
  readonly next: string | null;
}

/** The one place that remembers. Every write resolves only when it would survive a power cut; rejects when it would not. */
export interface Store {
  commit(commit: Commit): Promise<Committed>;
  /** True when a commit with this delivery's id is durable. */
  delivered(id: string): Promise<boolean>;
  call(id: string): Promise<CallRecord | null>;
  calls(query: CallQuery): Promise<Page<CallRecord>>;
  session(id: string): Promise<SessionRecord | null>;
  sessionMemory(id: string): Promise<SessionMemory | null>;
  sessions(query: {
    agent?: string;
    person?: string;
    device?: string;
    minScore?: number;
    limit?: number;
    cursor?: string;
  }): Promise<Page<SessionRecord>>;
  events(query: {
    session: string;
    limit?: number;
    cursor?: string;
  }): Promise<Page<StoredEvent & { readonly seq: number }>>;
  /** `device`: of its sessions, and of what was altered on it. */
  alerts(query: {
    state?: AlertState;
    severity?: Severity;
    device?: string;
    limit?: number;
    cursor?: string;
  }): Promise<Page<Alert>>;
  triage(id: number, change: { state: AlertState; note: string; by: string; at: string }): Promise<Alert | null>;
  receipts(query: { from?: number; call?: string; limit?: number; cursor?: string }): Promise<Page<Receipt>>;
  mcpServers(): Promise<Page<McpServerRecord>>;
  mcpTool(server: string, tool: string): Promise<McpToolRecord | null>;
  agents(): Promise<Page<AgentRecord>>;
  /** What every source last said of one device; read where it is written, so that a commit before it is seen. */
  inventoryOf(device: string): Promise<readonly StoredInventory[]>;
  /** True when some report names the agent, or a server of that name which runs that; `report`: when there is any. */
  inventoryKnows(what: 'agent' | 'server' | 'report', name: string, runs?: string): Promise<boolean>;
  inventoryAgents(): Promise<InventoryAgents>;
  inventoryServers(): Promise<InventoryServers>;
  inventoryDevices(): Promise<InventoryDevices>;
  /** Where a server of that name which runs that is configured; at most a hundred places. */
  inventoryServer(name: string, runs: string): Promise<readonly ServerPlace[]>;
  /** Calls by agent, device and person, the latest first; at most 20,000. */
  sightings(): Promise<readonly AgentSighting[]>;
  overview(since: string): Promise<Overview>;
  /** Adds each row to what is stored under its day, person, team, agent, provider and model. */
  addUsage(rows: readonly UsageRow[]): Promise<void>;
  /** Every row from a day (`2026-01-31`) on. */
  usageRows(day: string): Promise<readonly UsageRow[]>;
  /** Sums from a day on, the dearest first; by day the newest first. At most a thousand. */
  usageBy(day: string, by: keyof UsageKey): Promise<readonly UsageGroup[]>;
  /** Who told of calls from `day` (UTC, YYYY-MM-DD) on, added up; `day` of each row is the one asked for. */
  coverage(day: string): Promise<readonly CoverageRow[]>;
  /** Small durable settings of the server: tokens (hashed), provider keys (encrypted), mode. */
  setting(name: string): Promise<string | null>;
  setSetting(name: string, value: string | null): Promise<void>;
  /** Sets it only if it still is `from` (null: not there). False, and nothing changed, when another was faster. */
  changeSetting(name: string, from: string | null, to: string | null): Promise<boolean>;
  /** Names of all settings there are. */
  settingNames(): Promise<readonly string[]>;
  /** Removes one batch of what nobody needs any more. */
  prune(query: PruneQuery): Promise<Pruned>;
  /** Signed tree head: size and head hash now. */
  checkpoint(): Promise<Checkpoint>;
  close(): Promise<void>;
}

/** Proof of how far the log had come. `sig` = Ed25519 over the RFC 8785 form of the other members, base64. */
export interface Checkpoint {
  readonly v: 1;
  readonly size: number;
  readonly head: string;
  readonly ts: string;
  readonly keyid: string;
  readonly sig: string;
}

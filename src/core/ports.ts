import type { CoverageRow } from './coverage.ts';
import type { Effect, Flag, Meaning, Zone } from './effect.ts';
import type { Action, AgentEvent, AgentId, DeclaredTool, Outcome, Place, ToolFact, ToolHints } from './event.ts';
import type { DeviceInventory, StoredInventory } from './inventory.ts';
import type {
  AgentSighting,
  InventoryAgents,
  InventoryDevices,
  InventoryServers,
  ServerPlace,
} from './inventory-lists.ts';
import type { UsageGroup, UsageKey, UsageRow } from './usage.ts';
import type {
  Alert,
  AlertDraft,
  AlertState,
  CallRecord,
  Confidence,
  Decision,
  Finding,
  PhaseRecord,
  Receipt,
  ReceiptBody,
  Score,
  SessionMemory,
  Severity,
  Verdict,
} from './verdict.ts';

// ————— score

/** A Bash command, or any call. `session` is what was known before it. */
export type Example =
  | string
  | {
      readonly tool: string;
      readonly input: unknown;
      readonly cwd?: string;
      readonly session?: Partial<SessionMemory>;
      readonly standing?: ToolStanding;
    };

/** What is known of the MCP tool that a call names, beyond the call. */
export interface ToolStanding {
  /** `never`: the session's requests were read, and no server ever declared the tool. */
  readonly declared: 'yes' | 'never' | 'unknown';
  /** What is odd in what its server says of it. */
  readonly facts: readonly ToolFact[];
}

export interface DetectorInput {
  readonly action: Action;
  readonly tool: string;
  readonly meaning: Meaning;
  readonly place: Place;
  readonly session: SessionMemory;
  /** Id of this call, so that a call is not judged by its own marks in `session`. */
  readonly callId: string;
  /** MCP servers seen before this call; null when nothing is known yet (a first import): nothing is then new. */
  readonly knownMcpServers: ReadonlySet<string> | null;
  /** ISO 8601 UTC; absent: the pace of calls is not judged. */
  readonly at?: string;
  /** For a call of an MCP tool; absent where nobody reads what servers declare. */
  readonly standing?: ToolStanding;
}

/** One risk. `hits` must all raise it, `misses` never; `runbook` says what to do about it. */
export interface Detector {
  readonly id: string;
  readonly title: string;
  readonly runbook: string;
  /** Absent: `stable`. */
  readonly confidence?: Confidence;
  /** By design never enough for the review queue: its hits raise a finding, its misses none. */
  readonly weak?: boolean;
  detect(input: DetectorInput): readonly Finding[];
  readonly hits: readonly Example[];
  readonly misses: readonly Example[];
}

// ————— understand

/** One simple command with its words resolved as far as is honest. */
export interface CommandWords {
  /** Program without path: `git`. */
  readonly program: string;
  /** Arguments after the program; null = known only when it runs. */
  readonly args: readonly (string | null)[];
  readonly place: Place;
  /** What is fed to it, when it can be told: text of a heredoc or a pipe; null = known only when it runs; absent = nothing is fed. */
  readonly stdin?: string | null;
  /** Paths that what is fed to it names, where its text cannot be told: `src/**` out of `find src`. */
  readonly named?: readonly string[];
}

/** An effect as a family states it. `arg` = index of the argument it was read from; absent: the whole command. */
export type CommandEffect = Omit<Effect, 'by' | 'span' | 'flow'> & { readonly arg?: number };

/** Something a command runs in turn: `sudo rm x`, `sh -c '…'`, `find -exec …`, `ssh host …`. */
export type NestedRun = {
  /** Added to every effect of what runs. */
  readonly flags?: readonly Flag[];
  /** It runs there, not here: a container or another host. */
  readonly where?: { readonly name: string; readonly zone: Zone };
  /** Working directory, where it differs; as written. */
  readonly cwd?: string | null;
} & (
  | {
      readonly kind: 'words';
      /** The arguments from here (to there, exclusive) are the command. */
      readonly from: number;
      readonly to?: number;
      /** Arguments added at the end; null = known only when it runs. */
      readonly append?: readonly (string | null)[];
      /** What stands in for a placeholder such as `{}`; null = known only when it runs. */
      readonly replace?: readonly [placeholder: string, by: string | null];
    }
  /** These arguments, joined by blanks, are text for a shell. */
  | { readonly kind: 'shell-args'; readonly from: number; readonly to?: number }
  | { readonly kind: 'shell'; readonly text: string | null; readonly arg?: number }
  | { readonly kind: 'code'; readonly language: string; readonly text: string | null; readonly arg?: number }
);

/** What the programs of one family mean. Pure. Unknown arguments give an effect with flag `dynamic`, never nothing. */
export interface CommandFamily {
  readonly id: string;
  readonly programs: readonly string[];
  effects(words: CommandWords): readonly CommandEffect[];
  /** What it runs in turn; absent or empty: nothing. */
  runs?(words: CommandWords): readonly NestedRun[];
  /** What the paths that it prints are called, in patterns; absent or null: it prints none. */
  prints?(words: CommandWords): readonly string[] | null;
  /** `[command, 'verb kind zone']` pairs; run as tests. */
  readonly examples: readonly (readonly [command: string, ...effects: string[]])[];
}

// ————— record

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

/** What a server says of one of its tools, from when it first said so; a description that changes is another version. */
export interface ToolVersion {
  readonly digest: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly agents: readonly AgentId[];
  /** Sessions that declared it, counted; the first and the last by id. */
  readonly sessions: number;
  readonly firstSession: string;
  readonly lastSession: string;
  /** Masked, at most 16 KiB. */
  readonly description: string;
  /** JSON text, masked, at most 32 KiB; `''` when none was given. */
  readonly schema: string;
  readonly annotations: ToolHints;
  readonly findings: readonly ToolFact[];
}

export interface ToolVersionDraft
  extends Pick<ToolVersion, 'digest' | 'description' | 'schema' | 'annotations' | 'findings'> {
  readonly server: string;
  readonly tool: string;
  /** Names of its parameters. */
  readonly parameters: readonly string[];
}

/** One MCP tool with everything its server said of it, newest first; at most 20 versions: the first and the latest ones. */
export interface McpToolRecord {
  readonly server: string;
  readonly name: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly calls: number;
  readonly versions: readonly ToolVersion[];
}

export type ReceiptDraft = Omit<ReceiptBody, 'v' | 'seq' | 'ts' | 'prev' | 'keyid'>;

export interface SessionTouch {
  readonly id: string;
  readonly agent: AgentId;
  readonly agentVersion?: string;
  readonly person: string;
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

export interface McpServerRecord {
  readonly name: string;
  readonly agents: readonly AgentId[];
  readonly firstAt: string;
  readonly lastAt: string;
  readonly calls: number;
  readonly tools: readonly {
    readonly name: string;
    readonly calls: number;
    readonly firstAt: string;
    readonly lastAt: string;
    /** Of what was declared last; null: it was only called. */
    readonly digest: string | null;
    /** Beginning of its description, masked, at most 300 characters. */
    readonly description: string;
    readonly parameters: readonly string[];
    readonly annotations: ToolHints;
    readonly findings: readonly ToolFact[];
    /** When the description became what it is now; null: it never changed. */
    readonly changedAt: string | null;
  }[];
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
    minScore?: number;
    limit?: number;
    cursor?: string;
  }): Promise<Page<SessionRecord>>;
  events(query: {
    session: string;
    limit?: number;
    cursor?: string;
  }): Promise<Page<StoredEvent & { readonly seq: number }>>;
  alerts(query: { state?: AlertState; severity?: Severity; limit?: number; cursor?: string }): Promise<Page<Alert>>;
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

// ————— pipeline, as capture sees it

/** A verdict that is durable, with what it was based on. */
export interface Decided {
  readonly verdict: Verdict;
  readonly score: Score;
  readonly call: string;
  /** Null only with `verdict.degraded`. */
  readonly receipt: Receipt | null;
  /** This very call was put to a person already, by the agent's own hook. */
  readonly personAsked?: true;
}

export interface Pipeline {
  /** Judge one call that is about to happen. Never rejects: when Warder itself fails, the fail mode answers and says so in `verdict.degraded`. */
  decide(event: Extract<AgentEvent, { kind: 'call-asked' | 'call-before' }>): Promise<Decided>;
  /** Record what needs no verdict. Never rejects; what could not be stored is counted and shown in health. */
  note(event: AgentEvent): Promise<void>;
}

/** What a dialect learnt from a request's copy. */
export interface RequestFacts {
  readonly model: string;
  /** The agent that sent it, by its own word; absent when it did not say. */
  readonly agent?: AgentId;
  /** Id of the sub-agent inside the session, if any. */
  readonly subagent?: string;
  /** Id of the session; `''` when the request names none. */
  readonly session: string;
  /** Digest of what the conversation begins with, hex, when the request names no session. */
  readonly conversation?: string;
  readonly agentVersion: string;
  /** Absolute folder the agent says it works in; absent when it does not say. */
  readonly cwd?: string;
  /** A request of the agent's own beside the conversation: a title, a choice of model, a summary. */
  readonly aside?: boolean;
  readonly streaming: boolean;
  /** In formats whose calls have no id: how often a call was asked for so far, by the SHA-256 of its `callKey`. */
  readonly callsSoFar?: ReadonlyMap<string, number>;
  readonly results: readonly { readonly toolUseId: string; readonly outcome: Outcome }[];
  readonly tools: readonly DeclaredTool[];
  /** SHA-256 of the list of tools as it came, hex. */
  readonly toolsDigest?: string;
  /** Tools of a list so long that they were not looked at. */
  readonly toolsLeft?: number;
  /** Newest prompt text of the person, `''` when the last message is only results. */
  readonly prompt: string;
}

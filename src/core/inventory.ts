import type { AgentId } from './event.ts';

// What runs where: agents found on devices, and the MCP servers that their configurations name.

/** Who told of a device. `warder`: its own look at that machine. */
export const inventorySources = [
  'warder',
  'osquery',
  'crowdstrike',
  'sentinelone',
  'jamf',
  'intune',
  'generic',
] as const;
export type InventorySource = (typeof inventorySources)[number];

/** Where a person meets an agent. */
export type AgentForm = 'terminal' | 'desktop' | 'browser' | 'ide-extension';

/** What the organisation says of an agent; `unreviewed` until somebody did. */
export const standings = ['allowed', 'disallowed', 'unreviewed'] as const;
export type Standing = (typeof standings)[number];

/** An agent the catalogue knows, with everything it is recognised by. Names are compared without case. */
export interface KnownAgent {
  readonly id: AgentId;
  readonly title: string;
  readonly vendor: string;
  readonly forms: readonly AgentForm[];
  /** Names of its programs on the PATH, without `.exe`. */
  readonly programs?: readonly string[];
  /** Names of its processes, beyond its programs. */
  readonly processes?: readonly string[];
  /** Packages by registry. */
  readonly npm?: readonly string[];
  readonly pypi?: readonly string[];
  readonly brew?: readonly string[];
  /** macOS bundle ids. */
  readonly bundles?: readonly string[];
  /** Names of its application as a person and a software list see it. */
  readonly apps?: readonly string[];
  /** Where it is installed, `~` for a person's home. */
  readonly paths?: readonly string[];
  /** Folders it keeps its configuration in, below a person's home. */
  readonly folders?: readonly string[];
  /** `publisher.name` of extensions for VS Code and its kin. */
  readonly extensions?: readonly string[];
  /** Plugins of JetBrains' IDEs, by folder or id. */
  readonly plugins?: readonly string[];
  /** Ids of browser extensions. */
  readonly browserExtensions?: readonly string[];
  /** How it begins its `user-agent`. */
  readonly userAgents?: readonly string[];
  /** Hosts it talks to that nothing else of its vendor's shares. */
  readonly hosts?: readonly string[];
}

/** How an agent was recognised, and where. */
export interface AgentEvidence {
  readonly by:
    | 'program'
    | 'package'
    | 'application'
    | 'extension'
    | 'plugin'
    | 'browser-extension'
    | 'folder'
    | 'process'
    | 'host';
  /** Path, name or command; masked. */
  readonly where: string;
  /** `''` where it cannot be told without running it. */
  readonly version: string;
}

/** Ids after osquery's `ai_tools` table, and ours beside them. */
export const riskIds = [
  'remote-fetch-exec',
  'unpinned-dependency',
  'mcp-shell-exec',
  'plaintext-secret',
  'broad-filesystem',
  'auto-approve',
  'bypass-permissions',
  'skip-permissions-runtime',
  'hidden-unicode',
  'injection-markers',
  'plain-http',
  'world-writable',
  'hooks-weakened',
] as const;
export type RiskId = (typeof riskIds)[number];

/** Something about an agent or a server that a person should look at. */
export interface RiskFlag {
  readonly risk: RiskId;
  /** 0–100: how grave it is alone. */
  readonly weight: number;
  /** One sentence: what is so. Never holds a secret. */
  readonly what: string;
  /** One sentence: what to do. */
  readonly mend: string;
  /** File, process or variable it was read from. */
  readonly where: string;
}

/** `installed`: as it should be; `altered`: there, not as it should be; `unknown`: nobody can tell here. */
export type HookState = 'installed' | 'altered' | 'missing' | 'unknown';

export interface FoundAgent {
  readonly agent: AgentId;
  /** Different versions that were told, newest first. */
  readonly versions: readonly string[];
  readonly evidence: readonly AgentEvidence[];
  /** Processes of it at that moment. */
  readonly running: number;
  readonly hooks: HookState;
  /** Its configuration sends model traffic to a gateway of Warder's. */
  readonly gateway: boolean;
  readonly flags: readonly RiskFlag[];
}

/** What a package runner fetches and runs. */
export interface ServerPackage {
  /** `npm`, `pypi`, `oci`, `go`, `jsr`, `git`, `url`. */
  readonly registry: string;
  readonly name: string;
  /** `''`: none is said. */
  readonly version: string;
  /** The same bytes every time: an exact version, a commit or a digest. */
  readonly pinned: boolean;
}

/** An MCP server as an agent's configuration names it. Values of variables and headers are nowhere in it. */
export interface ConfiguredServer {
  readonly agent: AgentId;
  readonly name: string;
  readonly scope: 'user' | 'project' | 'local' | 'managed' | 'plugin';
  /** The file it stands in. */
  readonly file: string;
  /** Folder of the project, where it is for one. */
  readonly project: string;
  readonly transport: 'stdio' | 'http' | 'sse' | 'ws' | 'built-in' | 'unknown';
  /** Program and arguments as they are run, masked; `''` for one that is reached by address. */
  readonly command: string;
  readonly package: ServerPackage | null;
  /** Host and port of its address, without path or user; `''` where it has none. */
  readonly host: string;
  /** Names of variables it is given. */
  readonly variables: readonly string[];
  /** Names of headers that go with each request. */
  readonly headers: readonly string[];
  /** What lets it act without a person: `trust`, `autoApprove: read_file, …`. */
  readonly trust: readonly string[];
  readonly enabled: boolean;
  readonly flags: readonly RiskFlag[];
}

/** Something that was found somewhere, before anybody knows whose it is. */
export type Trace =
  /** A file on the PATH, by its name. */
  | { readonly kind: 'program'; readonly name: string }
  /** `path` and `command` may be `''`. */
  | { readonly kind: 'process'; readonly name: string; readonly path: string; readonly command: string }
  | { readonly kind: 'package'; readonly registry: 'npm' | 'pypi' | 'brew'; readonly name: string }
  /** An application as a software list or its bundle names it; `bundle` may be `''`. */
  | { readonly kind: 'application'; readonly name: string; readonly bundle: string }
  | { readonly kind: 'extension'; readonly id: string }
  | { readonly kind: 'plugin'; readonly id: string }
  | { readonly kind: 'browser-extension'; readonly id: string }
  | { readonly kind: 'host'; readonly host: string }
  /** A path of any file, absolute. */
  | { readonly kind: 'file'; readonly path: string };

/** One row of another system's list: what was found on which device. `''`: not told. */
export interface ForeignRow {
  readonly device: string;
  readonly person: string;
  readonly platform: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly found: readonly { readonly trace: Trace; readonly where: string; readonly version: string }[];
  /** Servers that a configuration names, where the source reads such. */
  readonly servers?: readonly McpEntry[];
  /** The rows of one query, where a source tells only what changed of them. */
  readonly query?: string;
  /** What was found is not there any more. */
  readonly gone?: boolean;
  /** Everything that this query found before is replaced. */
  readonly whole?: boolean;
}

/** A server as it stands in a configuration, values and all: never stored or shown, only read. */
export interface McpEntry {
  readonly agent: AgentId;
  readonly name: string;
  readonly scope: ConfiguredServer['scope'];
  readonly project: string;
  readonly transport: ConfiguredServer['transport'];
  /** Program and arguments; empty for one that is reached by address. */
  readonly argv: readonly string[];
  readonly url: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly trust: readonly string[];
  readonly enabled: boolean;
}

/** Something that was to be read and could not be. */
export interface Unread {
  readonly file: string;
  readonly why: string;
}

/** What one source says of one device, whole. */
export interface DeviceInventory {
  readonly v: 1;
  readonly source: InventorySource;
  /** Host name in lower case, without its domain; what sources are joined by. */
  readonly device: string;
  /** As the source wrote it. */
  readonly name: string;
  /** `''` where nobody knows. */
  readonly person: string;
  /** `linux`, `darwin`, `win32` …; `''` unknown. */
  readonly platform: string;
  /** When the source looked, ISO 8601 UTC. */
  readonly at: string;
  readonly agents: readonly FoundAgent[];
  readonly servers: readonly ConfiguredServer[];
  readonly unread: readonly Unread[];
}

/** A report as it is kept: when the device was first told of by this source, and when last. */
export interface StoredInventory extends DeviceInventory {
  readonly firstAt: string;
  readonly lastAt: string;
}

/** Host names as sources write them → what they are joined by: `Anns-MacBook.local` and `anns-macbook` are one. */
export const deviceKey = (name: string): string =>
  (/^\d+(?:\.\d+){3}$|:/.test(name.trim()) ? name.trim() : (name.trim().split('.')[0] ?? '')).toLowerCase();

/** What a server is, whatever it is called: its package without version, its host, or its program. */
export const runsOf = ({
  package: of,
  host,
  command,
}: Pick<ConfiguredServer, 'package' | 'host' | 'command'>): string =>
  of !== null ? `${of.registry}:${of.name}` : host !== '' ? host : (command.split(' ')[0] ?? '');

import type { Flag } from './effect.ts';

/** `claude-code`, `cursor` … the id of an adapter in `normalise/agents/`. */
export type AgentId = string;

/** Who stands behind a request, and how we know. `person` and `device` are names, never tokens. */
export interface Identity {
  readonly person: string;
  readonly device: string;
  readonly via: 'token' | 'oidc' | 'tailscale' | 'loopback' | 'local' | 'aperture';
  /** Groups that the identity provider told; absent: none. */
  readonly groups?: readonly string[];
  /** The agent that the token was made for; absent: any. */
  readonly agent?: AgentId;
  /** Label of the token; absent: none. */
  readonly label?: string;
}

/** Where an event was captured. */
export type Source = 'gateway' | 'hook' | 'mcp' | 'aperture' | 'transcript' | 'telemetry' | 'judge' | 'demo';

/** What every event carries. `at` is ISO 8601 UTC with milliseconds. */
export interface EventHead {
  readonly at: string;
  readonly source: Source;
  readonly agent: AgentId;
  readonly agentVersion?: string;
  /** The agent's own session id; `''` when it gave none. */
  readonly session: string;
  /** Id of the sub-agent inside the session, if any. */
  readonly subagent?: string;
  readonly identity: Identity;
  readonly cwd?: string;
  /** Id that a device gave it, the same however often it is sent: a repeat is not recorded again. */
  readonly delivery?: string;
}

/** What a device answered by itself, while it could not reach the server; a Verdict of that moment. */
export interface OwnAnswer {
  readonly decision: 'allow' | 'ask' | 'deny';
  readonly enforced: boolean;
  readonly effective: 'allow' | 'ask' | 'deny';
  readonly rules: readonly string[];
  readonly why: string;
  readonly degraded: string;
}

/** A tool call in our words. Pure data; strings are as the agent sent them. */
export type Action =
  /** `cwd`: the folder it asks to run in, as written; absent: the agent's own. */
  | { readonly kind: 'shell'; readonly command: string; readonly cwd?: string }
  | { readonly kind: 'file-read'; readonly path: string }
  | { readonly kind: 'file-write'; readonly path: string; readonly content: string }
  | { readonly kind: 'file-edit'; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: 'file-search'; readonly path: string; readonly pattern: string }
  | { readonly kind: 'web-fetch'; readonly url: string; readonly method: string; readonly body?: string }
  | { readonly kind: 'web-search'; readonly query: string }
  | { readonly kind: 'mcp'; readonly server: string; readonly tool: string }
  | { readonly kind: 'agent'; readonly prompt: string; readonly subagentType?: string }
  | { readonly kind: 'text'; readonly text: string; readonly role: 'prompt' | 'content' }
  | { readonly kind: 'harmless'; readonly what: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** A tool call as asked: by the model (gateway) or by the agent (hook). `input` is the agent's own JSON, unmasked: never store it. */
export interface ToolCall {
  /** The provider's or agent's id of the call (`toolu_…`); `''` when it gave none. */
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: unknown;
  readonly action: Action;
  /** Input field of each string in `action`, so that spans point into the input: `{ command: 'command' }`. */
  readonly fields: Readonly<Record<string, string>>;
  readonly flags?: readonly Flag[];
  /** The agent's id of this call, as its MCP client told the server; absent: it told none. */
  readonly agentCallId?: string;
  /** What a server says of a request of its own; absent for every other call. */
  readonly about?: ToolAbout;
}

export type AgentEvent = EventHead &
  (
    | { readonly kind: 'session-start'; readonly how: string }
    | { readonly kind: 'session-end'; readonly how: string }
    | { readonly kind: 'prompt'; readonly text: string }
    | { readonly kind: 'answer'; readonly text: string }
    /** The model asked for it (gateway, before the agent saw it). `late`: the agent has it already, so that a verdict stops nothing. */
    | { readonly kind: 'call-asked'; readonly call: ToolCall; readonly late?: true }
    /** The agent is about to run it (hook). */
    | { readonly kind: 'call-before'; readonly call: ToolCall; readonly answered?: OwnAnswer }
    /** The agent ran it (hook). */
    | { readonly kind: 'call-after'; readonly call: ToolCall; readonly outcome: Outcome }
    /** Its result came back in the next request (gateway). */
    | { readonly kind: 'call-result'; readonly toolUseId: string; readonly outcome: Outcome }
    | { readonly kind: 'permission-asked'; readonly call: ToolCall }
    | { readonly kind: 'subagent-start'; readonly subagentType: string }
    | { readonly kind: 'subagent-end'; readonly subagentType: string }
    /** `finding`: it weakens what is seen or stopped of the agent; absent: nobody has to be alerted. */
    | {
        readonly kind: 'config-change';
        readonly what: string;
        readonly path?: string;
        readonly finding?: { readonly detector: string; readonly weight: number };
      }
    | { readonly kind: 'notice'; readonly what: string; readonly text: string }
    /** MCP servers and tools the agent declared. */
    | {
        readonly kind: 'tools-declared';
        readonly tools: readonly DeclaredTool[];
        /** SHA-256 of the whole list as it came, hex: the same list again costs nothing. */
        readonly digest?: string;
        /** Tools of a list so long that they were not looked at. */
        readonly left?: number;
      }
    /** Could not be parsed; kept as it came, masked, with the reason. */
    | { readonly kind: 'unparsed'; readonly why: string; readonly raw: string }
  );

export interface Outcome {
  readonly status: 'ok' | 'error' | 'refused' | 'interrupted';
  /** What came back, as text, unmasked: never store it as it is. Cut at 64 KiB by the capturer. */
  readonly text: string;
  readonly durationMs?: number;
}

export interface DeclaredTool {
  readonly name: string;
  /** MCP server the tool belongs to; absent for the agent's built-in tools. */
  readonly server?: string;
  /** SHA-256 of the canonical description and schema, hex. */
  readonly digest?: string;
  /** What the server says of it; absent where nobody said anything, or there was too much to keep. */
  readonly about?: ToolAbout;
}

/** What a server says of a tool of its own; none of it is trusted. Source: MCP 2025-06-18, `tools/list`. */
export interface ToolAbout {
  readonly description?: string;
  /** JSON schema of its input. */
  readonly schema?: unknown;
  readonly annotations?: ToolHints;
  /** What was too long or too deep to be kept whole, as a phrase; absent: nothing. */
  readonly cut?: string;
}

/** Claims of a server about a tool of its own. */
export interface ToolHints {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly openWorldHint?: boolean;
}

/** Something odd about a tool, read from what its server says of it. */
export interface ToolFact {
  readonly what:
    | 'hidden-text' // characters nobody sees, comments, text out of view
    | 'order' // speaks to the agent past the person, or of other tools
    | 'asks-for-secrets' // wants keys, files with keys, or the conversation as an argument
    | 'look-alike' // its name, or its server's, imitates a known one
    | 'contradiction' // its hints or description say less than its name
    | 'encoded' // carries a long encoded stretch
    | 'long'; // longer than any description needs to be
  /** 0–100: how telling it is alone. */
  readonly weight: number;
  /** One sentence for a person. */
  readonly why: string;
  /** JSON-pointer-like path into the tool: `description`, `schema/properties/path/description`, `name`. */
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

/** The ground a call stands on; everything `understand` may know of the world. */
export interface Place {
  /** Absolute working directory; `''` unknown. */
  readonly cwd: string;
  /** Absolute home directory of the person; `''` unknown (then `~` stays symbolic). */
  readonly home: string;
  /** Where the call began, when `cwd` has moved within it (`cd x && …`); the repository is there. */
  readonly root?: string;
  /** Absolute path of Warder's own home, where it is not `~/.warder`: what lies there is a guardrail. */
  readonly warderHome?: string;
}

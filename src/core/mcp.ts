import type { DeclaredTool, Outcome, ToolAbout } from './event.ts';
import type { Decision, Mode } from './verdict.ts';

/** A request between an MCP client and its server that needs a verdict before it goes on. Plain JSON. */
export interface McpAsked {
  /** `tools/call`, `resources/read`, `prompts/get`, or the server's own `sampling/createMessage`, `elicitation/create`. */
  readonly method: string;
  /** Ours: the protocol's ids begin anew with each connection. */
  readonly toolUseId: string;
  /** NFKC form of the tool's name; the method where there is no tool. */
  readonly tool: string;
  readonly input: unknown;
  /** Why two readers could see different calls here; null for a plain one. */
  readonly problem: string | null;
  /** The agent's own id of the call, where its client tells it; `''` for none. */
  readonly agentCallId: string;
  /** What a server says of its own request. */
  readonly about?: ToolAbout;
}

/** What passed and needs no verdict. Plain JSON. */
export type McpNote =
  | { readonly kind: 'result'; readonly toolUseId: string; readonly outcome: Outcome }
  | { readonly kind: 'tools'; readonly tools: readonly DeclaredTool[]; readonly digest: string; readonly left: number }
  | { readonly kind: 'notice'; readonly what: string; readonly text: string }
  | { readonly kind: 'unparsed'; readonly why: string; readonly raw: string };

/** A verdict as the connection needs it. */
export interface McpVerdict {
  readonly effective: Decision;
  readonly why: string;
  readonly rules: readonly string[];
  /** For `ask`: how long a person may be asked through the client, milliseconds; 0: not at all. */
  readonly askMs: number;
}

/** Who judges and records one connection. Nothing here rejects. */
export interface McpJudge {
  mode(): Mode;
  decide(asked: McpAsked): Promise<McpVerdict>;
  note(note: McpNote): void;
  /** Those of a server's tools that are forbidden by name and left out of its list. */
  hidden(tools: readonly string[]): Promise<readonly string[]>;
}

/** The client's word about itself, from `initialize`. */
export interface McpClientInfo {
  readonly name: string;
  readonly version: string;
}

/** What becomes of a message. */
export interface McpPassage {
  /** What goes on to the other side; null: nothing does. */
  readonly forward: string | null;
  /** Messages for the side it came from. */
  readonly back: readonly string[];
  /** What follows once a person has answered; later messages do not wait for it. */
  readonly later?: Promise<McpPassage>;
}

/** One connection between a client and a server, read in both directions. */
export interface McpTalk {
  /** A message as it stood on the wire, without its framing. */
  fromClient(text: string): McpPassage | Promise<McpPassage>;
  fromServer(text: string): McpPassage | Promise<McpPassage>;
  client(): McpClientInfo;
  /** Version of the protocol, for connections that began before they were seen here. */
  assume(version: string): void;
}

/** What a talk needs of the world. */
export interface McpTalkDeps {
  /** The server by the agent's name for it. */
  readonly server: string;
  readonly judge: McpJudge;
  freshId(): string;
  /** Hex. */
  sha256(text: string): string;
  /** Milliseconds of a clock that never goes back. */
  nowMs(): number;
  after(ms: number): Promise<void>;
}

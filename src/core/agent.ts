import type { AgentEvent, AgentId, Identity, ToolCall } from './event.ts';
import type { Result } from './result.ts';
import type { Verdict } from './verdict.ts';

// What an adapter of normalise/agents/ is: how an agent is read, answered and connected.

/** What the agent's process gets back from a hook. */
export interface HookReply {
  /** Status of the HTTP answer. */
  readonly status: number;
  /** Body of the HTTP answer; what a command hook writes to stdout, or to stderr where `exit` is not 0. */
  readonly body: string;
  /** Exit status of a command hook; absent: 0. Over HTTP it travels as the header `x-warder-exit`. */
  readonly exit?: number;
}

export interface AgentAdapter {
  readonly id: AgentId;
  readonly title: string;
  /**
   * Hook body → event. Junk is a reason, never a throw. `at`, `identity` and `source` are the capturer's; `event` is the
   * name that the device client was called with, for agents whose bodies do not say which hook they are of.
   */
  parseHook(body: unknown, head: { at: string; identity: Identity; event?: string }): Result<AgentEvent>;
  /** The answer this agent honours for a verdict on `event`; null verdict = nothing to decide. */
  reply(event: AgentEvent, verdict: Verdict | null): HookReply;
  /** Blocking answer when Warder itself cannot decide. `hookEventName` as `hookName` gives it. */
  refuse(hookEventName: string, why: string): HookReply;
  /** Answer that blocks nothing and says `why` it was not fully checked: for observe mode, when Warder itself cannot decide. */
  letGo(why: string): HookReply;
  /** Tool name and input in the agent's own words → a call in ours. */
  call(tool: string, input: unknown, toolUseId: string): ToolCall;
  /** The agent's name of the hook event a body is of, even where the rest is junk; absent: its member `hook_event_name`. */
  hookName?(body: unknown): string | undefined;
  /** The agent's name of the hook before a tool call; absent: `PreToolUse`. `refuse` blocks for it. */
  readonly callHook?: string;
  /** Absent only for an agent that is seen and not controlled. */
  readonly capability?: AgentCapability;
  readonly setup?: AgentSetup;
  /** The narrowest rule in the agent's own permission language that speaks of this call; null: it has none for it. */
  ownRule?(call: ToolCall): string | null;
}

/** What can be seen and stopped of an agent; the table in docs/agents.md is made of it. */
interface AgentCapability {
  /** How far the adapter was tried: with the real client, with recordings of it, or by its documentation alone. */
  readonly proof: 'real client' | 'recordings' | 'documentation';
  /** Version of the client its forms were taken from. */
  readonly version: string;
  readonly hooks: 'http' | 'command' | 'plugin';
  readonly sees: readonly ('sessions' | 'prompts' | 'calls' | 'results' | 'answers' | 'sub-agents' | 'questions')[];
  readonly stops: readonly ('calls' | 'prompts')[];
  /** What becomes of a verdict that asks. */
  readonly ask: 'the person is asked' | 'denied' | 'held, then denied';
  /** What happens to a call when Warder, the device client or its answer is gone, and why. */
  readonly whenGone: { readonly calls: 'blocked' | 'run'; readonly because: string };
  /** How its model traffic is sent through the gateway. */
  readonly gateway: 'settings' | 'environment' | 'no';
  /** Channels that no hook of it shows, one phrase each. */
  readonly blind: readonly string[];
}

/** Where an agent's files are looked for. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The person's home, absolute. */
  readonly home: string;
  readonly platform: 'linux' | 'darwin' | 'win32';
}

/** How an agent reaches Warder. */
export interface HookConnection {
  /** Absolute path of the device client: `<client> <agent> <event> [block|pass]`, the hook's body on stdin. */
  readonly client: string;
  /** `http://127.0.0.1:7717`, for agents with http hooks and for plugins inside an agent. */
  readonly url: string;
  readonly token: string;
}

/** A text with what changed in it, one phrase each for a person; no change: it is as it should be. */
export interface EditedText {
  /** Null: the file goes. */
  readonly text: string | null;
  readonly changes: readonly string[];
}

/** One file that connects an agent. What a person wrote in it stays, byte for byte where that can be. */
export interface SetupFile {
  /** Absolute. */
  readonly path: string;
  /** Mode of a new file; absent: 0o600. */
  readonly mode?: number;
  /** With Warder's part, given what it holds (null: no file); a problem where that cannot be understood: it is left alone. */
  with(before: string | null): Result<EditedText>;
  /** Without Warder's part. */
  without(text: string): Result<EditedText>;
  /** True when the whole file is ours, so that anything else in it is an alteration. */
  readonly own?: boolean;
}

/** Something in an agent's configuration that weakens its hooks. `mend`: what to type or change. */
export interface Weakness {
  readonly what: string;
  readonly mend: string;
}

/** How an agent is connected through its hooks. Pure: whoever calls reads and writes. */
export interface AgentSetup {
  /** Looked for on the PATH. */
  readonly program: string;
  /** npm package that brings it, where there is one. */
  readonly npm?: string;
  /** Folders of its own in a home, any of which shows that it is used there; absent: told by the paths of `files`. */
  folders?(at: Surroundings): readonly string[];
  /** Files of one person. `read` gives a file's text; null: there is none. */
  files(at: Surroundings, to: HookConnection, read: (path: string) => string | null): readonly SetupFile[];
  /** Files of the administrator, which a developer cannot switch off; absent: the agent has none. */
  managedFiles?(at: Surroundings, to: HookConnection): readonly SetupFile[];
  /** What in its configuration or in `at.env` keeps the hooks from firing. */
  weaknesses?(at: Surroundings, read: (path: string) => string | null): readonly Weakness[];
  /** What the hooks do not reach; told at install. */
  readonly limits: readonly string[];
}

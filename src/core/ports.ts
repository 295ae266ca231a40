import type { Effect, Flag, Meaning, Zone } from './effect.ts';
import type { Action, AgentEvent, AgentId, DeclaredTool, Outcome, Place, ToolFact } from './event.ts';
import type { Confidence, Finding, Receipt, Score, SessionMemory, Verdict } from './verdict.ts';

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

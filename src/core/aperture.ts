import type { AnswerListener, Dialect } from './dialect.ts';
import type { Result } from './result.ts';

/** What Aperture posts to a hook, whatever of it was asked for. Source: aperture-recipes, protocol reference. */
export interface HookCall {
  readonly metadata: HookMetadata;
  /** `''` when it was not sent; so are the next three. */
  readonly userMessage: string;
  /** The provider's own request as JSON text, byte for byte. */
  readonly request: string;
  readonly response: string;
  readonly rawResponses: string;
  /** Null when they were not sent. Aperture gives calls no ids. */
  readonly toolCalls: readonly { readonly name: string; readonly params: unknown }[] | null;
}

/** Every text may be `''`. */
export interface HookMetadata {
  /** A person, or the comma-joined tags of a node that is nobody's. */
  readonly loginName: string;
  readonly userAgent: string;
  /** A path or a whole address. */
  readonly url: string;
  readonly model: string;
  /** The operator's own name for it. */
  readonly provider: string;
  readonly tailnet: string;
  readonly node: string;
  readonly requestId: string;
  readonly sessionId: string;
  readonly grants: Readonly<Record<string, unknown>> | null;
  readonly cost: Cost | null;
  readonly quotas: Readonly<Record<string, Quota>> | null;
}

export interface Cost {
  readonly dollars: number;
  /** `provider/model`. */
  readonly basis: string;
  /** Tokens by kind, as Aperture names them: `input_tokens` … */
  readonly usage: Readonly<Record<string, number>>;
}

/** `current` and `capacity` are nanodollars. */
export interface Quota {
  readonly current: number;
  readonly capacity: number;
  readonly rate: string;
}

/** A place in a JSON value: member names and element numbers, from the outside in. */
export type JsonPath = readonly (string | number)[];

export interface JsonEdit {
  readonly at: JsonPath;
  /** The new JSON text there; null takes the member or element out. */
  readonly to: string | null;
}

/** What stands where in a request, so that parts of it can be changed and the rest left byte for byte. */
export interface RequestParts {
  readonly tools: readonly OfferedTool[];
  readonly lists: readonly ToolList[];
  /** Members that say how tools are used; without any tool they go too. */
  readonly choices: readonly JsonPath[];
  /** Tools that the request insists on by name. */
  readonly forced: readonly string[];
  /** The provider takes no conversation with calls in it and no tools. */
  readonly needsTools: boolean;
  readonly said: readonly SaidText[];
  /** The calls of the conversation so far, by the id that their records have. */
  readonly calls: ReadonlyMap<string, HistoryCall>;
  /** Ids of all results in the conversation, where the format has ids. */
  readonly results: ReadonlySet<string>;
  /** What the conversation begins with, up to the first answer. */
  readonly beginning: unknown;
}

/** A tool of a request and the place where it stands. */
export interface OfferedTool {
  /** As the agent calls it; `mcp__server__*` for a whole server that the provider connects to. */
  readonly name: string;
  readonly at: JsonPath;
}

/** A list of tools; with all `size` of them gone, `whole` goes. */
export interface ToolList {
  readonly at: JsonPath;
  readonly size: number;
  readonly whole: JsonPath;
}

/** A text of the person. */
export interface SaidText {
  readonly text: string;
  readonly at: JsonPath;
  /** It came after the last answer, so no provider has it in its cache. */
  readonly newest: boolean;
}

export interface HistoryCall {
  readonly tool: string;
  readonly input: unknown;
}

/** The foreign formats, as the capturing side needs them read. */
export interface ApertureReading {
  /** Errors: `not-json`, `not-a-hook`. */
  hookCall(body: string): Result<HookCall>;
  /** Null for text that is not JSON, or too much of it. */
  json(text: string): { readonly value: unknown } | null;
  /** The wire format of an exchange; null for none that is known. */
  format(url: string, request: unknown, answer: unknown): Dialect | null;
  /** True for an address whose answers hold no tool calls for anybody. */
  quiet(url: string): boolean;
  parts(dialect: Dialect, request: unknown, sha256: (text: string) => string): RequestParts | null;
  /** Reads an answer; false when none was sent. */
  answer(
    dialect: Dialect,
    texts: { readonly whole: string; readonly pieces: string },
    listener: AnswerListener,
  ): Promise<boolean>;
  /** Every byte outside the edits stays; null when a place is not there. */
  edited(text: string, edits: readonly JsonEdit[]): string | null;
  /** What takes tools out; null when the provider would not take what is left. */
  withoutTools(parts: RequestParts, names: ReadonlySet<string>): readonly JsonEdit[] | null;
}

import { canonicalJson } from './canonical.ts';
import type { RequestFacts } from './ports.ts';
import type { Result } from './result.ts';
import type { Tokens } from './usage.ts';

/** One server-sent event with the exact bytes it came as. Source: WHATWG HTML §9.2.6. */
export interface SseFrame {
  /** Every byte since the frame before, blank line included. */
  readonly raw: Uint8Array;
  /** The `event` field; `''` when there was none. */
  readonly event: string;
  /** `data` lines joined by line feeds; null for a frame without data (comments, retry). */
  readonly data: string | null;
  /** Set when readers in use would disagree about this frame; says why. */
  readonly odd?: string;
}

/** A tool call as it stood on the wire, before it is put into an agent's words. */
export interface AskedCall {
  /** The provider's id; `''` where the format has none. */
  readonly toolUseId: string;
  /** NFKC form of the name. */
  readonly tool: string;
  /** Parsed input; the raw text when it could not be parsed. */
  readonly input: unknown;
  /** Why two readers could see different calls here, or none at all; null for a plain call. */
  readonly problem: string | null;
}

/** What makes two calls without an id the same call: tool and input. */
export function callKey(tool: string, input: unknown): string {
  try {
    return `${tool}\0${canonicalJson(input)}`;
  } catch (error) {
    // Half a character has no canonical form.
    if (error instanceof TypeError) return `${tool}\0${JSON.stringify(input)}`;
    throw error;
  }
}

/** Id of a call whose format gives it none: the hex SHA-256 of its `callKey`, and how often it was asked for before. */
export const numberedId = (digest: string, before: number): string => `n${digest.slice(0, 20)}_${before}`;

/** What becomes of a call that is held: let go as it came, or replaced by `text`. */
export type CallAnswer = { readonly release: true } | { readonly release: false; readonly text: string };

/** The result of a refused call. A provider that keeps the call takes no request that goes on from it without one. */
export interface OwedResult {
  /** The id that the result names. */
  readonly callId: string;
  /** The result in the form of the format, as JSON text. */
  readonly json: string;
}

/** Where a provider keeps an answer, by the names that a later request goes on from; `''` for nowhere. */
export interface KeptPlace {
  readonly answer: string;
  readonly conversation: string;
}

/** Requests that go on from what the provider keeps. */
interface GoingOn {
  /** Where a request goes on from; null for one that brings its whole conversation. Read without parsing it. */
  from(body: string): KeptPlace | null;
  /** The request with the results that it does not bring itself, every other byte as it was; null when nothing can be put in. */
  withResults(body: string, owed: readonly OwedResult[]): string | null;
}

/** Who listens to an answer while it is read. */
export interface AnswerListener {
  /** A complete tool call. While calls are held its answer decides; otherwise nobody waits for it. Never rejects. */
  asked(call: AskedCall): Promise<CallAnswer>;
  /** A text block of the answer, at most about 16 KiB of it. */
  said(text: string): void;
  /** A tool that the provider runs itself; nothing here can stop it. */
  ranAtProvider(tool: string, id: string, input: string): void;
  /** A tool call whose end never came; it was not let through when calls are held. */
  cutOff(call: AskedCall): void;
  /** A part of the answer that cannot be read; `raw` is at most 16 KiB. */
  unreadable(why: string, raw: string): void;
  /** The answer's tokens as told so far; each time all of them. Absent: nobody counts. */
  used?(tokens: Tokens): void;
  /** Results owed to what the provider keeps; told before the refusals leave. `ended`: what the request brought is kept too. */
  kept?(place: KeptPlace, owed: readonly OwedResult[], ended: boolean): void;
}

/** Takes the frames of one answer in order. */
export interface FrameReader {
  frame(frame: SseFrame): void;
  /** The provider's bytes are over. Resolves once every frame that may leave has left. */
  end(): Promise<void>;
}

/** Where a holding reader puts what may leave. */
export interface FrameSink {
  write(bytes: Uint8Array | string): void;
  /** The answer cannot be read safely: `bytes` tells the client so, and nothing follows. */
  fail(bytes: Uint8Array | string): void;
}

export type ErrorKind =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'permission_error'
  | 'not_found_error'
  | 'request_too_large'
  | 'rate_limit_error'
  | 'api_error'
  | 'timeout_error';

/** One wire format of model providers. Pure: bytes have become text before they come here. */
export interface Dialect {
  readonly id: string;
  /** Can an answer to this request hold tool calls? `path` without query and without the gateway's prefix, in any spelling a provider might accept. */
  answersWithCalls(method: string, path: string): boolean;
  /** The model that a request asks for, read without parsing it; `''` when it names none, null when two readers could find different ones. */
  model(path: string, body: string): string | null;
  /** What a request says. `sha256` gives hex of a text. */
  request(
    body: string,
    headers: Readonly<Record<string, string | string[] | undefined>>,
    sha256: (text: string) => string,
  ): Result<RequestFacts>;
  /** Why two JSON readers could read this request differently; null when they could not. */
  ambiguity(body: string): string | null;
  /** Reads a copy of a stream; holds nothing. */
  watch(listener: AnswerListener): FrameReader;
  /** Reads a stream that leaves through `sink`, each tool call only after its answer. */
  hold(listener: AnswerListener, sink: FrameSink): FrameReader;
  /** Reads a copy of a whole answer. */
  watchMessage(body: string, listener: AnswerListener): void;
  /** The whole answer with refused calls replaced; the same text when all were let go. */
  holdMessage(body: string, listener: AnswerListener): Promise<Result<string>>;
  /** An error in this format, as a JSON body. */
  error(kind: ErrorKind, message: string): string;
  /** Absent: requests of this format always bring their whole conversation. */
  readonly goingOn?: GoingOn;
}

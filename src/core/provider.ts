import type { Dialect } from './dialect.ts';

/** A place where models are served: one address, one kind of key, and the wire formats it speaks. */
export interface Provider {
  /** Also the first part of the gateway's path: `openai`. */
  readonly id: string;
  readonly title: string;
  /** Its own address; `{region}` stands for what the configuration says. */
  readonly origin: string;
  /** Headers that carry its key, flat. */
  keyHeaders(key: string): readonly string[];
  /** Environment variables in which its key may stand where Warder runs; the first found counts. */
  readonly variables: readonly string[];
  /** What else opens it: a key pair of AWS that signs requests, a service account of Google Cloud that fetches tokens. */
  readonly cloud?: 'aws' | 'google';
  /** Query parameter in which its clients may send a key; absent: none. */
  readonly keyParameter?: string;
  /** True for a request whose answer can hold no tool call for the client. What is neither this nor of a wire format is closed while enforcing. `path` without query, in any spelling. */
  quiet(method: string, path: string): boolean;
  /** The wire formats of its paths; the first speaks for paths of none. */
  readonly dialects: readonly Dialect[];
}

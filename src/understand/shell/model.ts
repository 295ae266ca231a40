import type { CompoundCommand, CompoundList, ParsedScript, Redirected, Word } from 'unbash';
import type { Effect, Flag, SecretHit, Zone } from '../../core/effect.ts';
import type { Place } from '../../core/event.ts';
import type { CommandEffect, CommandFamily } from '../../core/ports.ts';

/** What flows from one command to the next. `text` null = known only when it runs. */
export interface Stream {
  readonly text: string | null;
  /** Some of it came from another host. */
  readonly remote: boolean;
  /** It came out of a decoder (base64, hex, rev …). */
  readonly decoded: boolean;
  /** The bytes, one per character, where the text is none (compressed). */
  readonly bytes?: string;
  /** Paths that it names, in patterns, where its text is not known. */
  readonly paths?: readonly string[];
  /** Where the text stands in the field, for evidence. */
  readonly origin?: { readonly start: number; readonly end: number; readonly verbatim: number };
}

export const silent: Stream = { text: '', remote: false, decoded: false };
export const unknownStream: Stream = { text: null, remote: false, decoded: false };

/** One word after expansion; `start`/`end` and `verbatim` count in the input field. */
export interface Arg {
  readonly text: string | null;
  readonly start: number;
  readonly end: number;
  /** Where `text` stands letter for letter in the field; −1 when it does not. */
  readonly verbatim: number;
  readonly remote?: boolean;
  readonly decoded?: boolean;
  /** A process substitution: what can be read from it. */
  readonly stream?: Stream;
  /** Name of a variable in it that holds a secret by its name. */
  readonly secret?: string;
}

/** How positions of a parsed text map into the input field: by offset, or all onto one stretch. */
export interface Frame {
  /** −1: the text does not stand in the field as it is. */
  readonly offset: number;
  readonly start: number;
  readonly end: number;
}

export interface Value {
  readonly text: string | null;
  /** The items of an array. */
  readonly items?: readonly (string | null)[];
  readonly flow?: number | undefined;
  readonly remote?: boolean | undefined;
  readonly decoded?: boolean | undefined;
}

export interface ShellFunction {
  readonly body: CompoundCommand | Redirected | CompoundList;
  readonly frame: Frame;
}

/** What changes from command to command: variables, functions, directory. Cloned for a subshell. */
export interface Scope {
  vars: Map<string, Value>;
  functions: Map<string, ShellFunction>;
  positional: readonly Arg[];
  cwd: string;
}

export interface Context {
  readonly trace: Trace;
  readonly engine: Engine;
  readonly scope: Scope;
  readonly frame: Frame;
  readonly flow: number;
  readonly flags: readonly Flag[];
  readonly where?: { readonly name: string; readonly zone: Zone } | undefined;
  readonly depth: number;
  /** Started by a program that is not there to start others: a shell gotten this way hides. */
  readonly escaped?: boolean;
  /** Started as the helper that an option names: a pager, a hook, a transport. */
  readonly helper?: boolean;
}

/** The parts of the walk that need each other. */
export interface Engine {
  readonly families: ReadonlyMap<string, CommandFamily>;
  script(script: ParsedScript, ctx: Context, stdin?: Stream): Stream;
  text(text: string, at: Arg, ctx: Context, stdin?: Stream): Stream;
  command(args: readonly Arg[], ctx: Context, stdin: Stream | undefined): Stream;
  body(body: ShellFunction['body'], ctx: Context, stdin: Stream | undefined): Stream;
  word(word: Word, ctx: Context): readonly Arg[];
}

/** All that the walk has found so far. */
export interface Trace {
  readonly place: Place;
  readonly programs: string[];
  readonly opaque: Set<string>;
  readonly secrets: SecretHit[];
  /** Files that came from another host within this call: path → flow. */
  readonly downloaded: Map<string, number>;
  /** Files that this call itself wrote, with their text where it is known. */
  readonly written: Map<string, Stream>;
  unparsed: boolean;
  add(effect: CommandEffect, by: string, at: { readonly start: number; readonly end: number }, ctx: Context): void;
  /** One more step of work; false when the call is larger than we look. */
  spend(steps?: number): boolean;
  newFlow(): number;
  join(a: number, b: number): void;
  fail(why: string): void;
  effects(): readonly Effect[];
}

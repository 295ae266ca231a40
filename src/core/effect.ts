/**
 * What a tool call would touch, in one vocabulary for shell, files, web and MCP tools; policy and least privilege use
 * the same words. An effect is verb × resource × zone, with flags. The number goes up when a word changes its meaning.
 */
export const effectVocabularyVersion = 1;

export const verbs = [
  'read', // look at content or metadata
  'write', // create or change content
  'delete', // remove content or a thing
  'execute', // run a program or code
  'send', // bytes leave for another host
  'receive', // bytes arrive from another host
  'grant', // widen what someone or something may do
  'configure', // change how something behaves
  'install', // add a package, extension or server
  'impersonate', // act as another user or role (sudo, su, assume-role)
  'unknown', // something happens that we could not name
] as const;
export type Verb = (typeof verbs)[number];

export const resourceKinds = [
  'file',
  'directory',
  'repository',
  'branch',
  'host',
  'database',
  'table',
  'cloud-resource',
  'secret',
  'package',
  'process',
  'container',
  'user',
  'service',
  'device', // a disk or other block or character device
  'environment', // environment variables
  'agent-config', // hooks, settings, MCP configuration, instruction files of a coding agent, Warder's own files
  'mcp-tool',
  'agent', // another agent or sub-agent
  'account', // money: a bank or payment account, a transfer, an order
  'unknown',
] as const;
export type ResourceKind = (typeof resourceKinds)[number];

export const zones = [
  'repository', // inside the call's working directory or its repository
  'workspace', // another project directory of the person
  'temp',
  'home', // the person's home, outside any of the above
  'credential-store', // ~/.ssh, ~/.aws, .env, keychains, /etc/shadow …
  'system', // /etc, /usr, /boot, devices, other users
  'this-host', // processes, services and loopback ports of this machine
  'other-host', // anything reached over a network
  'protected-branch', // main, master, release …
  'production', // named production by its own name
  'unknown',
] as const;
export type Zone = (typeof zones)[number];

export const flags = [
  'recursive',
  'forced',
  'irreversible', // no undo, no copy
  'privileged', // runs as root or with widened rights
  'hidden', // tries not to be seen or to be understood (encoded, look-alike, invisible)
  'remote-code', // code that came from another host is run
  'bulk', // many things at once: globs, --all, whole tables
  'opaque', // what runs cannot be read from the call
  'dynamic', // the resource's name is known only when it runs
  'dry-run', // only shows what it would do
  'background',
  'later-execution', // what is written, or names, runs later by itself: hooks, install scripts, CI, start-up files
  'weakens', // takes a check or a limit away: certificate checks, permission rules, rights for everyone
  'untrusted', // what comes back was written by others: issues, mails, chats, web pages
  'sensitive', // private or valuable to the person or the organisation: mails, files, money, personal records
] as const;
export type Flag = (typeof flags)[number];

/** A stretch of one input field, in UTF-16 code units, end exclusive. `field` is a JSON-pointer-like path: `command`, `edits/0/new_string`. */
export interface Span {
  readonly field: string;
  readonly start: number;
  readonly end: number;
}

export interface Resource {
  readonly kind: ResourceKind;
  /** Normalised: absolute path, host name, `server/tool` … Empty when unknown. Never a secret's value. */
  readonly name: string;
}

export interface Effect {
  readonly verb: Verb;
  readonly resource: Resource;
  readonly zone: Zone;
  readonly flags: readonly Flag[];
  /** The program or tool that does it: `git`, `curl`, `Write`. */
  readonly by: string;
  /** Where it was read in the input; absent when derived. */
  readonly span?: Span;
  /** Effects with the same number share one data flow (a pipeline, a substitution, an upload of a file): what one reads another may send. */
  readonly flow?: number;
}

/** A secret seen in an input or a result. The value itself never leaves the scanner. */
export interface SecretHit {
  /** Rule id: `aws-access-key`, `generic-password` … */
  readonly rule: string;
  /** `verified-format`: the shape alone proves it (vendor prefix, checksum); `likely`: context and entropy. */
  readonly confidence: 'verified-format' | 'likely';
  readonly span: Span;
}

/** Personal data seen in an input or a result; never the value itself. */
export interface PiiHit {
  readonly type:
    | 'email'
    | 'phone'
    | 'card'
    | 'national-id'
    | 'iban'
    | 'ip'
    | 'name'
    | 'birth-date'
    | 'passport'
    | 'wallet';
  readonly span: Span;
}

/** What was understood of one call. Unknown is a fact: `unparsed` and `opaque` are scored, never dropped. */
export interface Meaning {
  readonly effects: readonly Effect[];
  /** True when some part could not be parsed at all; `opaque` then says why. */
  readonly unparsed: boolean;
  /** One short reason for each part that was not understood: `dynamic command name`, `syntax error at 12` … */
  readonly opaque: readonly string[];
  /** Programs run, in order, without their path: `['sudo', 'rm']`. */
  readonly programs: readonly string[];
  readonly secrets: readonly SecretHit[];
  /** Absent where nobody looked for it. */
  readonly pii?: readonly PiiHit[];
  /** Files written whose commands, once they are run, do these; absent: none. */
  readonly prepares?: readonly { readonly path: string; readonly effects: readonly Effect[] }[];
  /** The input with every secret masked in place, length kept, so that spans stay true. Only this may be stored. */
  readonly masked: unknown;
}

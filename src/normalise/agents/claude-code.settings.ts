import { z } from 'zod';
import { fail, ok, type Result } from '../../core/result.ts';

/** First client that honours `onFailure`: an older one lets a tool run when its hook fails. Source: release 2.1.295. */
export const minimumVersion = '2.1.295';

/** How this device's Claude Code reaches Warder. */
export interface Connection {
  /** The server's origin: `http://127.0.0.1:7717`. */
  readonly url: string;
  readonly token: string;
  /** `http`: the client posts its hooks itself. `command`: through the device client, for clients without http hooks. */
  readonly via: 'http' | 'command';
  /** Absolute path of the installed device client; null leaves out the events that need it. */
  readonly deviceClient: string | null;
  /** Send the model's traffic through the gateway as well: with the Warder token alone, or beside the person's own login. */
  readonly gateway: 'no' | 'token' | 'own-login';
  /** The client knows `onFailure`; an older one may drop a whole file for a key it does not know. */
  readonly knowsOnFailure: boolean;
}

const seconds = 10;
/** SessionEnd is given 1.5 s by the client, and a person waits for it. */
const briefSeconds = 1;

/**
 * Events we ask for. Only the ones before a tool call fail closed: without Warder nothing runs, but the agent can still
 * talk and say so, and a session can start and end. `SessionStart` takes no http hook (client 2.1.330).
 */
const events: readonly {
  readonly name: string;
  readonly matcher?: '*';
  readonly blocks?: true;
  readonly command?: true;
  readonly timeout: number;
}[] = [
  { name: 'PreToolUse', matcher: '*', blocks: true, timeout: seconds },
  { name: 'PermissionRequest', matcher: '*', timeout: seconds },
  { name: 'PermissionDenied', matcher: '*', timeout: seconds },
  { name: 'PostToolUse', matcher: '*', timeout: seconds },
  { name: 'PostToolUseFailure', matcher: '*', timeout: seconds },
  { name: 'UserPromptSubmit', timeout: seconds },
  { name: 'Stop', timeout: seconds },
  { name: 'SubagentStart', timeout: seconds },
  { name: 'SubagentStop', timeout: seconds },
  { name: 'ConfigChange', timeout: seconds },
  { name: 'InstructionsLoaded', timeout: seconds },
  { name: 'Notification', timeout: seconds },
  { name: 'SessionStart', command: true, timeout: seconds },
  { name: 'SessionEnd', timeout: briefSeconds },
];

/** The client prints a failed hook's address to the person, so the address carries the way out. It is never sent. */
const hints = { block: '#if-this-blocks-you-run:warder-doctor', pass: '#warder' } as const;

/** Where hooks are sent, from the server's origin. */
export const hookUrl = (url: string): string => `${url.replace(/\/+$/, '')}/hooks/claude-code`;
/** What the client takes as its API, from the server's origin. */
export const gatewayUrl = (url: string): string => `${url.replace(/\/+$/, '')}/anthropic`;
/** Whether an address has the form of a Warder gateway. */
export const isGatewayUrl = (value: unknown): boolean =>
  typeof value === 'string' && /^https?:\/\/[^/]+\/anthropic\/?$/.test(value);

/** Allow-list entry that covers the hook address. */
export const hookPattern = (url: string): string => `${url.replace(/\/+$/, '')}/*`;

export type HookGroup = { readonly matcher?: string; readonly hooks: readonly Readonly<Record<string, unknown>>[] };

/** The hook groups of a connection, by event. */
export function wantedHooks(to: Connection): ReadonlyMap<string, HookGroup> {
  const groups = new Map<string, HookGroup>();
  for (const { name, matcher, blocks, command, timeout } of events) {
    const byCommand = to.via === 'command' || command === true;
    if (byCommand && to.deviceClient === null) continue;
    const onFailure = blocks && to.knowsOnFailure ? { onFailure: 'block' } : {};
    const hook = byCommand
      ? {
          type: 'command',
          command: `${shellWord(to.deviceClient ?? '')} claude-code ${name} ${blocks ? 'block' : 'pass'}`,
          timeout,
          ...onFailure,
        }
      : {
          type: 'http',
          url: hookUrl(to.url) + (blocks ? hints.block : hints.pass),
          headers: { Authorization: `Bearer ${to.token}` },
          timeout,
          ...onFailure,
        };
    groups.set(name, { ...(matcher === undefined ? {} : { matcher }), hooks: [hook] });
  }
  return groups;
}

const shellWord = (word: string): string => (/^[\w./@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

const list = z.array(z.unknown());
const settingsSchema = z.looseObject({
  hooks: z.record(z.string(), list).optional(),
  env: z.record(z.string(), z.unknown()).optional(),
  allowedHttpHookUrls: list.optional(),
});
export type Settings = z.infer<typeof settingsSchema>;
/** One matcher with its hooks. */
export const groupSchema = z.looseObject({ hooks: list });
export const httpSchema = z.looseObject({ type: z.literal('http'), url: z.string() });
const commandSchema = z.looseObject({ type: z.literal('command'), command: z.string() });

/** Settings text → value. Errors: `not-json`, `unexpected-settings`; both mean that Claude Code ignores the file too. */
export function readSettings(text: string): Result<Settings> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return fail(
      'not-json',
      `It is not JSON (${error instanceof Error ? error.message : String(error)}); Claude Code ignores it as it is.`,
    );
  }
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return fail(
    'unexpected-settings',
    `${issue?.path.join('.') || 'The file'} is not what Claude Code expects there; it ignores the file as it is.`,
  );
}

/** Whether a hook entry is Warder's: our path and our mark, or the device client's name. */
export function isOurs(hook: unknown): boolean {
  const http = httpSchema.safeParse(hook);
  if (http.success) return /^https?:\/\/[^/?#]+\/hooks\/claude-code(\/t\/[^/?#]*)?[^#]*#.*warder/.test(http.data.url);
  const command = commandSchema.safeParse(hook);
  return command.success && /(^|[\\/])warder-hook['"]?(\s|$)/.test(command.data.command);
}

/** How many hooks of a group are Warder's. */
export const oursIn = (group: unknown): number => groupSchema.safeParse(group).data?.hooks.filter(isOurs).length ?? 0;

/** Warder's entries in a settings value, by event. */
export function foundHooks(settings: Settings): ReadonlyMap<string, readonly unknown[]> {
  return new Map(
    Object.entries(settings.hooks ?? {})
      .map(([event, groups]) => [event, groups.filter((group) => oursIn(group) > 0)] as const)
      .filter(([, groups]) => groups.length > 0),
  );
}

/** Member order counts for nobody here, so values are compared as the client reads them. */
export function same(a: unknown, b: unknown): boolean {
  const sorted = (_: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(a, sorted) === JSON.stringify(b, sorted);
}

/** Whether a client of this version fails closed; null when the version cannot be read. `2.1.330 (Claude Code)` is one. */
export function failsClosed(version: string): boolean | null {
  const parts = /(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const least = minimumVersion.split('.').map(Number);
  const differing = parts.findIndex((part, at) => part !== least[at]);
  return differing < 0 || (parts[differing] ?? 0) > (least[differing] ?? 0);
}

import { ok, type Result } from '../../core/result.ts';
import { appendJson, removeJson, setJson } from '../json-text.ts';
import { type Edit, routeModel, routing, unrouteModel } from './claude-code.route.ts';
import {
  type Connection,
  foundHooks,
  groupSchema,
  type HookGroup,
  hookPattern,
  httpSchema,
  isGatewayUrl,
  isOurs,
  minimumVersion,
  oursIn,
  readSettings,
  type Settings,
  same,
  wantedHooks,
} from './claude-code.settings.ts';

export interface Plan {
  /** What the settings file is to hold. */
  readonly text: string;
  /** One sentence for each change, without any token; empty = nothing to do. */
  readonly changes: readonly string[];
  /** What a person should know, although it was not changed. */
  readonly warnings: readonly string[];
}

const isWhollyOurs = (group: unknown): boolean =>
  oursIn(group) > 0 && oursIn(group) === groupSchema.safeParse(group).data?.hooks.length;

/** Takes Warder's entries of one event out, but not the group at `keep`; a group or event that is then empty goes too. */
function withoutOurs(text: string, event: string, groups: readonly unknown[], keep = -1): string {
  if (keep < 0 && groups.length > 0 && groups.every(isWhollyOurs)) return removeJson(text, ['hooks', event]);
  let changed = text;
  for (const [index, group] of [...groups.entries()].reverse()) {
    if (index === keep) continue;
    if (isWhollyOurs(group)) {
      changed = removeJson(changed, ['hooks', event, index]);
      continue;
    }
    const hooks = groupSchema.safeParse(group).data?.hooks ?? [];
    for (const [at, hook] of [...hooks.entries()].reverse()) {
      if (isOurs(hook)) changed = removeJson(changed, ['hooks', event, index, 'hooks', at]);
    }
  }
  return changed;
}

/** Puts the one group that is wanted, in the place of ours if there is one. */
function withGroup(text: string, event: string, groups: readonly unknown[], group: HookGroup): string {
  const at = groups.findIndex(isWhollyOurs);
  if (at >= 0) return withoutOurs(setJson(text, ['hooks', event, at], group), event, groups, at);
  const cleared = withoutOurs(text, event, groups);
  return groups.length > 0 ? appendJson(cleared, ['hooks', event], group) : setJson(cleared, ['hooks', event], [group]);
}

/**
 * What installing changes in a settings file (`null` = there is none). Everything that is not Warder's stays byte for
 * byte; installing twice changes nothing.
 */
export function planInstall(text: string | null, to: Connection): Result<Plan> {
  const before = text === null || text.trim() === '' ? '{}\n' : text;
  const settings = readSettings(before);
  if (!settings.ok) return settings;
  const changes: string[] = [];
  let after = before;
  const wanted = wantedHooks(to);
  const found = foundHooks(settings.value);
  for (const event of new Set([...wanted.keys(), ...found.keys()])) {
    const [group, ours] = [wanted.get(event), found.get(event) ?? []];
    if (ours.length === 1 && same(ours[0], group)) continue;
    const groups = settings.value.hooks?.[event] ?? [];
    after = group ? withGroup(after, event, groups, group) : withoutOurs(after, event, groups);
    changes.push(`hooks.${event}: ${group ? (ours.length ? 'renewed' : 'added') : 'removed'}`);
  }
  for (const edit of [allowUrl, routeModel]) {
    const done = edit(after, settings.value, to);
    after = done.text;
    changes.push(...done.changes);
  }
  return ok({ text: after, changes, warnings: warningsOf(settings.value, to) });
}

/** A list of allowed hook addresses that does not name ours would stop every http hook. */
function allowUrl(text: string, settings: Settings, to: Connection): Edit {
  const allowed = settings.allowedHttpHookUrls;
  const pattern = hookPattern(to.url);
  if (allowed === undefined || to.via === 'command' || allowed.includes(pattern)) return { text, changes: [] };
  return {
    text: appendJson(text, ['allowedHttpHookUrls'], pattern),
    changes: [`allowedHttpHookUrls: ${pattern} added`],
  };
}

function warningsOf(settings: Settings, to: Connection): string[] {
  const warnings: string[] = [];
  if (settings.disableAllHooks === true)
    warnings.push('disableAllHooks is true in this file: Claude Code runs no hook at all. Remove it.');
  const { ANTHROPIC_BASE_URL: base } = settings.env ?? {};
  if (to.gateway !== 'no' && typeof base === 'string' && !isGatewayUrl(base)) {
    warnings.push(
      `Model traffic went to ${base}. To keep that behind Warder: warder serve --upstream anthropic=${base}`,
    );
  }
  if (to.gateway === 'token' && settings.apiKeyHelper !== undefined)
    warnings.push('apiKeyHelper is set; the Warder token is used instead of its key.');
  return warnings;
}

/**
 * What uninstalling changes in a file that was edited since: Warder's entries go, everything else stays. `original` is
 * the text from before the install, for the values that installing replaced.
 */
export function planUninstall(text: string, original: string | null): Result<Plan> {
  const settings = readSettings(text);
  if (!settings.ok) return settings;
  const old = original === null ? undefined : readSettings(original);
  const before: Settings = old?.ok ? old.value : {};
  const changes: string[] = [];
  let after = text;
  const urls = new Set<string>();
  for (const [event, groups] of foundHooks(settings.value)) {
    for (const group of groups) for (const url of urlsOf(group)) urls.add(url);
    after = withoutOurs(after, event, settings.value.hooks?.[event] ?? []);
    changes.push(`hooks.${event}: removed`);
  }
  const emptied = readSettings(after);
  if (
    changes.length > 0 &&
    emptied.ok &&
    Object.keys(emptied.value.hooks ?? {}).length === 0 &&
    before.hooks === undefined
  ) {
    after = removeJson(after, ['hooks']);
  }
  const unlisted = forgetUrls(after, settings.value, before, urls);
  const unrouted = unrouteModel(unlisted.text, settings.value, before);
  changes.push(...unlisted.changes, ...unrouted.changes);
  return ok({ text: unrouted.text, changes, warnings: [] });
}

function urlsOf(group: unknown): string[] {
  const hooks = groupSchema.safeParse(group).data?.hooks ?? [];
  return hooks.flatMap((hook) => httpSchema.safeParse(hook).data?.url ?? []).map((url) => `${new URL(url).origin}/*`);
}

function forgetUrls(text: string, settings: Settings, before: Settings, urls: ReadonlySet<string>): Edit {
  let after = text;
  const changes: string[] = [];
  for (const [index, pattern] of [...(settings.allowedHttpHookUrls ?? []).entries()].reverse()) {
    if (typeof pattern !== 'string' || !urls.has(pattern) || before.allowedHttpHookUrls?.includes(pattern)) continue;
    after = removeJson(after, ['allowedHttpHookUrls', index]);
    changes.push(`allowedHttpHookUrls: ${pattern} removed`);
  }
  return { text: after, changes };
}

/**
 * A managed settings file that a developer cannot switch off: only managed hooks run, older clients refuse to start.
 * With `gateway`, model traffic can go nowhere else.
 */
export function managedSettings(to: Connection): string {
  const http = to.via === 'http';
  const hooks = wantedHooks(http ? { ...to, deviceClient: null } : to);
  const route = { env: routing(to, {}), allowedProviders: ['customEndpoint'] };
  const settings = {
    requiredMinimumVersion: minimumVersion,
    allowManagedHooksOnly: true,
    ...(http ? { allowedHttpHookUrls: [hookPattern(to.url)] } : {}),
    hooks: Object.fromEntries([...hooks].map(([event, group]) => [event, [group]])),
    ...(to.gateway === 'no' ? {} : route),
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

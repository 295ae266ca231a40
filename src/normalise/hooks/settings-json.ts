import { z } from 'zod';
import type { EditedText, SetupFile } from '../../core/agent.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { appendJson, type JsonPath, removeJson, setJson } from '../json-text.ts';
import { editJsonc, jsoncValue } from '../jsonc-text.ts';

/** One entry in the list of an event: `{matcher?, hooks: […]}`, or the hook itself where the agent has no groups. */
type Group = Readonly<Record<string, unknown>>;

/** Hooks in a JSON settings file: an object at `hooks` whose members are events with lists of groups. */
export interface HookSettings {
  /** Absolute. */
  readonly path: string;
  readonly title: string;
  /** One group for each event. */
  readonly wanted: ReadonlyMap<string, Group>;
  isOurs(hook: unknown): boolean;
  /** Values that must stand in the file as well, for files that are an administrator's: `hooksConfig.enabled`. */
  readonly pinned?: readonly { readonly path: JsonPath; readonly value: string | number | boolean }[];
  readonly mode?: number;
}

const list = z.array(z.unknown());
const settingsSchema = z.looseObject({ hooks: z.record(z.string(), z.unknown()).optional() });
const groupSchema = z.looseObject({ hooks: list });

type Settings = z.infer<typeof settingsSchema>;

/** Events with a list of groups in a settings text; an error where the agent could not read it either. */
function settingsIn(text: string, title: string): Result<Settings> {
  try {
    const parsed = settingsSchema.safeParse(jsoncValue(text));
    if (parsed.success) return ok(parsed.data);
    return fail('unexpected-settings', `Its hooks are not what ${title} expects there, so the file is left as it is.`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fail('not-json', `It is not JSON (${why}), so the file is left as it is.`);
  }
}

/** What a settings text says; an empty object where it cannot be read: whoever edits it says so. */
export function jsonOr(text: string): unknown {
  try {
    return jsoncValue(text);
  } catch {
    // The agent cannot read it either.
    return {};
  }
}

const groupsOf = (settings: Settings, event: string): readonly unknown[] =>
  list.safeParse(settings.hooks?.[event]).data ?? [];

/** Hooks of a group; a group without a list of them is the hook itself. */
const hooksOf = (group: unknown): readonly unknown[] => groupSchema.safeParse(group).data?.hooks ?? [group];

/** Where ours stand in the list of an event: whole groups, and single hooks in a group that is not ours alone. */
function oursIn(file: HookSettings, groups: readonly unknown[]): JsonPath[] {
  return groups.flatMap((group, at): JsonPath[] => {
    const ours = hooksOf(group).map(file.isOurs);
    if (ours.every(Boolean) && ours.length > 0) return [[at]];
    return ours.flatMap((is, hook) => (is ? [[at, 'hooks', hook]] : []));
  });
}

/** Member order counts for no agent. */
export const sameJson = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, held: unknown) =>
    typeof held === 'object' && held !== null && !Array.isArray(held)
      ? Object.fromEntries(Object.entries(held).sort(([x], [y]) => (x < y ? -1 : 1)))
      : held,
  );

/** Takes ours out of one event, last first, but not what stands at `keep`. */
function withoutOurs(text: string, file: HookSettings, event: string, groups: readonly unknown[], keep = -1): string {
  const places = oursIn(file, groups).filter(([at]) => at !== keep);
  if (keep < 0 && groups.length > 0 && places.length === groups.length && places.every((place) => place.length === 1))
    return editJsonc(text, (plain) => removeJson(plain, ['hooks', event]));
  return places
    .reverse()
    .reduce((rest, place) => editJsonc(rest, (plain) => removeJson(plain, ['hooks', event, ...place])), text);
}

function withGroup(text: string, file: HookSettings, event: string, groups: readonly unknown[], group: Group): string {
  const at = oursIn(file, groups).find((place) => place.length === 1)?.[0];
  if (typeof at === 'number') {
    const put = editJsonc(text, (plain) => setJson(plain, ['hooks', event, at], group));
    return withoutOurs(put, file, event, groups, at);
  }
  const cleared = withoutOurs(text, file, event, groups);
  return editJsonc(cleared, (plain) =>
    groups.length > 0 ? appendJson(plain, ['hooks', event], group) : setJson(plain, ['hooks', event], [group]),
  );
}

function connected(file: HookSettings, before: string | null): Result<EditedText> {
  const settings = settingsIn(before ?? '', file.title);
  if (!settings.ok) return settings;
  let text = before ?? '{}\n';
  const changes: string[] = [];
  for (const event of new Set([...file.wanted.keys(), ...Object.keys(settings.value.hooks ?? {})])) {
    const [group, groups] = [file.wanted.get(event), groupsOf(settings.value, event)];
    if (group && settings.value.hooks?.[event] !== undefined && !list.safeParse(settings.value.hooks[event]).success)
      return fail('unexpected-settings', `hooks.${event} is not a list there, so the file is left as it is.`);
    const ours = oursIn(file, groups);
    const [first] = ours;
    if (ours.length === 0 && group === undefined) continue;
    if (group && ours.length === 1 && first?.length === 1 && sameJson(groups[Number(first[0])], group)) continue;
    text = group ? withGroup(text, file, event, groups, group) : withoutOurs(text, file, event, groups);
    changes.push(`hooks.${event}: ${group ? (ours.length ? 'renewed' : 'added') : 'removed'}`);
  }
  for (const { path, value } of file.pinned ?? []) {
    if (memberAt(settings.value, path) === value) continue;
    text = editJsonc(text, (plain) => setJson(plain, path, value));
    changes.push(`${path.join('.')} = ${value}`);
  }
  return ok({ text, changes });
}

function disconnected(file: HookSettings, before: string): Result<EditedText> {
  const settings = settingsIn(before, file.title);
  if (!settings.ok) return settings;
  let text = before;
  const changes: string[] = [];
  for (const event of Object.keys(settings.value.hooks ?? {})) {
    const groups = groupsOf(settings.value, event);
    if (oursIn(file, groups).length === 0) continue;
    text = withoutOurs(text, file, event, groups);
    changes.push(`hooks.${event}: removed`);
  }
  if (changes.length === 0) return ok({ text: before, changes });
  const left = settingsIn(text, file.title);
  if (left.ok && left.value.hooks && Object.keys(left.value.hooks).length === 0)
    text = editJsonc(text, (plain) => removeJson(plain, ['hooks']));
  for (const { path } of file.pinned ?? []) text = withoutPin(text, path);
  return ok({ text: /^\s*\{\s*\}\s*$/.test(text) ? null : text, changes });
}

/** Takes a pinned value out, and the objects around it that are empty then. */
function withoutPin(text: string, path: JsonPath): string {
  const rest = editJsonc(text, (plain) => removeJson(plain, path));
  const parent = path.slice(0, -1);
  const held = parent.length === 0 ? null : memberAt(jsoncValue(rest), parent);
  const empty = typeof held === 'object' && held !== null && Object.keys(held).length === 0;
  return empty ? withoutPin(rest, parent) : rest;
}

/** The value at a path; undefined when it is not there. */
export const memberAt = (value: unknown, path: JsonPath): unknown =>
  path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined),
    value,
  );

/** The set-up of such a file. Everything that is not Warder's stays byte for byte, comments too; twice changes nothing. */
export function hooksFile(file: HookSettings): SetupFile {
  return {
    path: file.path,
    ...(file.mode === undefined ? {} : { mode: file.mode }),
    with: (before) => guarded(() => connected(file, before)),
    without: (text) => guarded(() => disconnected(file, text)),
  };
}

/** A text that is written in a way that allows no such edit is a reason, not an accident. */
function guarded(edit: () => Result<EditedText>): Result<EditedText> {
  try {
    return edit();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail('cannot-edit', `It cannot be changed in place (${error.message}), so the file is left as it is.`);
  }
}

/** Where ours stand in a settings text, by event: the place of the group in its list and of the hook in the group. */
export function oursByEvent(
  file: HookSettings,
  text: string,
): readonly { readonly event: string; readonly group: number; readonly hook: number; readonly value: unknown }[] {
  const settings = settingsIn(text, file.title);
  if (!settings.ok) return [];
  return Object.keys(settings.value.hooks ?? {}).flatMap((event) =>
    groupsOf(settings.value, event).flatMap((group, at) =>
      hooksOf(group).flatMap((value, hook) => (file.isOurs(value) ? [{ event, group: at, hook, value }] : [])),
    ),
  );
}

import {
  type Flag,
  flags,
  type ResourceKind,
  resourceKinds,
  type Verb,
  verbs,
  type Zone,
  zones,
} from '../core/effect.ts';
import { fail, ok, type Result } from '../core/result.ts';

/** One thing a tool does, in the words of docs/effects.md. `kind` absent: the tool itself. */
interface OwnEffect {
  readonly verb: Verb;
  readonly kind?: ResourceKind;
  readonly zone?: Zone;
  readonly flags?: readonly Flag[];
}

/** What the user says of tools: the last entry that fits decides, member by member. `*` stands for any characters. */
export interface ToolOverride {
  readonly server?: string;
  readonly tool?: string;
  /** What it does, instead of what we think. The first one is what the tool itself counts as. */
  readonly effects?: readonly OwnEffect[];
  /** Whether what comes back was written by others; whether it is private. */
  readonly untrusted?: boolean;
  readonly sensitive?: boolean;
  readonly reason: string;
}

const members = ['server', 'tool', 'effects', 'untrusted', 'sensitive', 'reason'];
const mostEffects = 8;
const longestName = 500;

/** Foreign JSON → what the user says of tools. Errors: `tools-invalid`, one line for each mistake. */
export function readToolOverrides(value: unknown): Result<readonly ToolOverride[]> {
  if (!Array.isArray(value)) return fail('tools-invalid', 'tools: a list is expected, as in []');
  const mistakes: string[] = [];
  const read = value.map((each: unknown, i) => readOne(each, `tools[${i}]`, mistakes));
  return mistakes.length > 0 ? fail('tools-invalid', mistakes.join('\n')) : ok(read);
}

function readOne(value: unknown, at: string, mistakes: string[]): ToolOverride {
  const given = isObject(value) ? value : {};
  if (!isObject(value)) mistakes.push(`${at}: an object is expected`);
  unknownMembers(given, members, at, mistakes);
  const { effects, reason } = given;
  for (const name of ['server', 'tool'] as const) {
    const is = given[name];
    if (is !== undefined && (typeof is !== 'string' || is === '' || is.length > longestName))
      mistakes.push(`${at}.${name}: a name is expected, with * for any characters`);
  }
  if (given.server === undefined && given.tool === undefined)
    mistakes.push(`${at}: name a server, a tool or both, as in {"server": "billing", "tool": "settle_*"}`);
  for (const name of ['untrusted', 'sensitive'] as const)
    if (given[name] !== undefined && typeof given[name] !== 'boolean')
      mistakes.push(`${at}.${name}: true or false is expected`);
  if (effects === undefined && given.untrusted === undefined && given.sensitive === undefined)
    mistakes.push(`${at}.effects: is missing; write what the tool does, as in [{"verb": "read"}]`);
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 1000)
    mistakes.push(`${at}.reason: is missing; write why you know better`);
  return {
    ...namesOf(given),
    ...(effects === undefined ? {} : { effects: readEffects(effects, `${at}.effects`, mistakes) }),
    ...(typeof given.untrusted === 'boolean' ? { untrusted: given.untrusted } : {}),
    ...(typeof given.sensitive === 'boolean' ? { sensitive: given.sensitive } : {}),
    reason: typeof reason === 'string' ? reason : '',
  };
}

/** A tool may be named as the agent does: `mcp__billing__settle`. */
function namesOf({ server, tool }: Readonly<Record<string, unknown>>): Pick<ToolOverride, 'server' | 'tool'> {
  const whole = typeof tool === 'string' ? /^mcp__((?:(?!__).)+)__(.+)$/su.exec(tool) : null;
  if (whole?.[1] !== undefined && whole[2] !== undefined && server === undefined)
    return { server: whole[1], tool: whole[2] };
  return { ...(typeof server === 'string' ? { server } : {}), ...(typeof tool === 'string' ? { tool } : {}) };
}

function readEffects(value: unknown, at: string, mistakes: string[]): readonly OwnEffect[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > mostEffects) {
    mistakes.push(
      `${at}: a list of one to ${mostEffects} effects is expected, as in [{"verb": "send", "kind": "account"}]`,
    );
    return [];
  }
  return value.flatMap((each: unknown, i): OwnEffect[] => {
    const where = `${at}[${i}]`;
    if (!isObject(each)) {
      mistakes.push(`${where}: an object is expected, as in {"verb": "read"}`);
      return [];
    }
    unknownMembers(each, ['verb', 'kind', 'zone', 'flags'], where, mistakes);
    const verb = oneOf(verbs, each.verb, `${where}.verb`, mistakes);
    const kind = each.kind === undefined ? undefined : oneOf(resourceKinds, each.kind, `${where}.kind`, mistakes);
    const zone = each.zone === undefined ? undefined : oneOf(zones, each.zone, `${where}.zone`, mistakes);
    const marks = each.flags === undefined ? [] : each.flags;
    if (!Array.isArray(marks)) mistakes.push(`${where}.flags: a list is expected, as in ["irreversible"]`);
    const named = Array.isArray(marks)
      ? marks.flatMap((flag: unknown) => oneOf(flags, flag, `${where}.flags`, mistakes) ?? [])
      : [];
    if (verb === undefined) return [];
    return [
      {
        verb,
        ...(kind === undefined ? {} : { kind }),
        ...(zone === undefined ? {} : { zone }),
        ...(named.length === 0 ? {} : { flags: named }),
      },
    ];
  });
}

function oneOf<T extends string>(known: readonly T[], value: unknown, at: string, mistakes: string[]): T | undefined {
  const found = known.find((each) => each === value);
  if (found === undefined)
    mistakes.push(
      `${at}: ${value === undefined ? 'is missing' : `${JSON.stringify(value)} is unknown`}; known are ${known.join(', ')}`,
    );
  return found;
}

function unknownMembers(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  at: string,
  mistakes: string[],
): void {
  for (const name of Object.keys(given))
    if (!known.includes(name)) mistakes.push(`${at}.${name}: unknown; known are ${known.join(', ')}`);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

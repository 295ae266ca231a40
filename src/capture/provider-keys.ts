import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Provider } from '../core/provider.ts';
import { fail, type Result } from '../core/result.ts';
import { type Credential, credentialOf } from './credentials.ts';
import { fresh } from './fresh.ts';
import { changeShared, type SharedSettings } from './settings.ts';

/** A provider key as `warder keys list` shows it. */
export interface ProviderKeyRecord {
  readonly provider: string;
  /** Told apart by the operator: `default`, `team-a`. */
  readonly name: string;
  /** First 8 hex digits of the key's SHA-256. */
  readonly fingerprint: string;
  readonly kind: Credential['kind'];
  readonly addedAt: string;
  /** Used in this region only; null: everywhere. */
  readonly region: string | null;
  /** Lower ones are used first. */
  readonly priority: number;
  /** Share among keys of the same priority, 1–1000. */
  readonly weight: number;
}

/** A key that can be used. It leaves only through `keys`. */
export interface ProviderKey extends ProviderKeyRecord {
  readonly source: 'environment' | 'store';
  readonly credential: Credential;
}

/** What an operator says of a key when adding it. */
export type KeyPlace = Partial<Pick<ProviderKeyRecord, 'region' | 'priority' | 'weight'>>;

/** Provider keys, encrypted at rest. */
export interface ProviderKeys {
  /** The environment's key before the stored ones. Rejects when none that is kept can be opened. */
  keys(provider: string): readonly ProviderKey[] | Promise<readonly ProviderKey[]>;
  /** Keeps a key; one of the same name is replaced at once and keeps its place. Errors: `not-a-key`. */
  add(provider: string, name: string, key: string, at: string, place?: KeyPlace): Promise<Result<ProviderKeyRecord>>;
  list(): Promise<readonly ProviderKeyRecord[]>;
  /** False when there was none. */
  remove(provider: string, name: string): Promise<boolean>;
}

export type KeyedProvider = Pick<Provider, 'id' | 'variables' | 'cloud'>;

export interface ProviderKeyDeps {
  readonly settings: SharedSettings;
  readonly providers: readonly KeyedProvider[];
  seal(plaintext: string): string;
  unseal(sealed: string): Result<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  monotonicMs?(): number;
  /** A kept key that cannot be opened is left out and told here. */
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

const providerKeysSetting = 'provider-keys';
const entry = z.strictObject({
  name: z.string().default('default'),
  sealed: z.string(),
  fingerprint: z.string(),
  addedAt: z.string(),
  kind: z.enum(['key', 'aws', 'google']).default('key'),
  region: z.string().nullable().default(null),
  priority: z.number().default(0),
  weight: z.number().default(1),
});
type Entry = z.infer<typeof entry>;
/** One key without a list is how it was kept while there was only one. */
const stored = z.record(z.string(), z.union([z.array(entry), entry.transform((one): Entry[] => [one])]));
type Stored = z.infer<typeof stored>;

const fingerprintOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 8);

/** Keys kept in the store's settings; a change by another process is seen within a second, none is lost. Rejects when the store cannot be read. */
export function openProviderKeys(deps: ProviderKeyDeps): ProviderKeys {
  const parse = (text: string | null): Stored => stored.parse(JSON.parse(text ?? '{}'));
  const read = async () => parse(await deps.settings.setting(providerKeysSetting));
  const told = new Set<string>();
  // They are opened every second; the same trouble is told once.
  const tell = (problem: string) => {
    if (told.has(problem)) return;
    told.add(problem);
    deps.onTrouble?.('key-unusable', problem, null);
  };
  const opened = fresh(
    async () => openAll(deps, await read(), tell),
    1000,
    deps.monotonicMs ?? (() => performance.now()),
  );
  const change = <T>(next: (all: Stored) => { all: Stored; value: T }) =>
    changeShared(deps.settings, providerKeysSetting, (text) => {
      const { all, value } = next(parse(text));
      return { text: JSON.stringify(all), value };
    });
  const known = (all: Opened, provider: string): readonly ProviderKey[] => {
    const found = all.get(provider) ?? { keys: [], problem: null };
    if (found.keys.length === 0 && found.problem !== null) throw new Error(found.problem);
    return found.keys;
  };
  return {
    keys(provider) {
      const all = opened.get();
      return all instanceof Promise ? all.then((loaded) => known(loaded, provider)) : known(all, provider);
    },
    async add(provider, name, key, at, place = {}) {
      const text = key.trim();
      // The environment may hold a short word for a server of one's own; what is typed here is a key or a mistake.
      if (text.length < 8) return fail('not-a-key', 'this does not look like a key: it is shorter than 8 characters.');
      const credential = credentialOf(deps.providers.find(({ id }) => id === provider) ?? {}, text);
      if (!credential.ok) return credential;
      const made = { name, sealed: deps.seal(text), fingerprint: fingerprintOf(text), addedAt: at };
      const value = await change((all) => {
        const others = all[provider] ?? [];
        const before = others.find((each) => each.name === name);
        const { region = null, priority = 0, weight = 1 } = { ...before, ...place };
        const added: Entry = { ...made, kind: credential.value.kind, region, priority, weight };
        const list = before ? others.map((each) => (each === before ? added : each)) : [...others, added];
        return { all: { ...all, [provider]: list }, value: shown(provider, added) };
      });
      return { ok: true, value };
    },
    list: async () => Object.entries(await read()).flatMap(([id, list]) => list.map((each) => shown(id, each))),
    remove: (provider, name) =>
      change((all) => {
        const { [provider]: list = [], ...rest } = all;
        const left = list.filter((each) => each.name !== name);
        return { all: left.length === 0 ? rest : { ...rest, [provider]: left }, value: left.length < list.length };
      }),
  };
}

const shown = (provider: string, { sealed: _, ...rest }: Entry): ProviderKeyRecord => ({ provider, ...rest });

type Opened = ReadonlyMap<string, { readonly keys: readonly ProviderKey[]; readonly problem: string | null }>;

function openAll(deps: ProviderKeyDeps, stored: Stored, tell: (problem: string) => void): Opened {
  return new Map(
    deps.providers.map((provider) => {
      const own = keyOfEnvironment(provider, deps.env);
      const kept = (stored[provider.id] ?? []).map((each) => openOne(deps, provider, each));
      const all = own === null ? kept : [own, ...kept];
      const lost = all.filter((key) => typeof key === 'string');
      for (const problem of lost) tell(problem);
      const keys = all.filter((key) => typeof key !== 'string');
      return [provider.id, { keys, problem: lost[0] ?? null }] as const;
    }),
  );
}

/** The key, or why it cannot be used. */
function openOne({ unseal }: ProviderKeyDeps, provider: KeyedProvider, one: Entry): ProviderKey | string {
  const text = unseal(one.sealed);
  const credential = text.ok ? credentialOf(provider, text.value) : text;
  if (credential.ok) return { ...shown(provider.id, one), source: 'store', credential: credential.value };
  return `the stored key ${one.name} for ${provider.id} cannot be opened: ${credential.error.detail} Run: warder keys add ${provider.id}`;
}

/** The variable a provider's key stands in here, and its value. */
export function variableOf(
  { variables, cloud }: KeyedProvider,
  env: ProviderKeyDeps['env'],
): { readonly variable: string; readonly value: string } | null {
  for (const variable of variables) {
    const value = env[variable]?.trim();
    if (value) return { variable, value };
  }
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = env;
  if (cloud === 'aws' && id && secret)
    return { variable: 'AWS_ACCESS_KEY_ID', value: [id, secret, ...(session ? [session] : [])].join(':') };
  const file = env.GOOGLE_APPLICATION_CREDENTIALS;
  // A file that is gone is no key; what then stands there says so.
  if (cloud === 'google' && file)
    return { variable: 'GOOGLE_APPLICATION_CREDENTIALS', value: existsSync(file) ? readFileSync(file, 'utf8') : '' };
  return null;
}

/** The key, why it cannot be used, or null when there is none. */
function keyOfEnvironment(provider: KeyedProvider, env: ProviderKeyDeps['env']): ProviderKey | string | null {
  const found = variableOf(provider, env);
  if (!found) return null;
  const credential = credentialOf(provider, found.value);
  if (!credential.ok) return `what ${found.variable} holds cannot be used: ${credential.error.detail}`;
  return {
    provider: provider.id,
    name: found.variable,
    fingerprint: fingerprintOf(found.value),
    kind: credential.value.kind,
    addedAt: '',
    region: null,
    // Before every stored key.
    priority: -1,
    weight: 1,
    source: 'environment',
    credential: credential.value,
  };
}

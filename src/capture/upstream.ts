import { createHash } from 'node:crypto';
import { type Dispatcher, Pool } from 'undici';
import { z } from 'zod';
import type { Store } from '../core/ports.ts';
import type { Result } from '../core/result.ts';
import { fresh } from './fresh.ts';

/** Where providers are and what they want to see. */
export interface Upstream {
  origin(provider: string): URL;
  /** The provider's key; null when none is set. */
  apiKey(provider: string): string | null | Promise<string | null>;
  /** A client's own credentials go through when it sends some. */
  readonly passThroughClientAuth: boolean;
  pool(provider: string): Dispatcher;
}

export interface UpstreamOptions {
  /** Provider → base address. */
  readonly origins: Readonly<Record<string, string>>;
  readonly keys: Pick<ProviderKeys, 'key'>;
  readonly passThroughClientAuth: boolean;
  /** Milliseconds; defaults 10 s, 10 min, 5 min. */
  readonly timeouts?: { readonly connectMs?: number; readonly headersMs?: number; readonly bodyIdleMs?: number };
}

/** Opens the connection pools. Throws for a provider without address. `close` waits for what is under way; `destroy` does not. */
export function createUpstream(
  options: UpstreamOptions,
): Upstream & { close(): Promise<void>; destroy(): Promise<void> } {
  const { connectMs = 10_000, headersMs = 600_000, bodyIdleMs = 300_000 } = options.timeouts ?? {};
  const places = new Map(
    Object.entries(options.origins).map(([provider, address]) => {
      const url = new URL(address);
      const pool = new Pool(url.origin, {
        allowH2: false,
        connect: { timeout: connectMs, noDelay: true },
        headersTimeout: headersMs,
        bodyTimeout: bodyIdleMs,
        keepAliveTimeout: 30_000,
      });
      return [provider, { url, pool }] as const;
    }),
  );
  const placeOf = (provider: string) => {
    const place = places.get(provider);
    if (!place) throw new Error(`there is no address for the provider ${provider}`);
    return place;
  };
  return {
    origin: (provider) => placeOf(provider).url,
    pool: (provider) => placeOf(provider).pool,
    apiKey: (provider) => options.keys.key(provider),
    passThroughClientAuth: options.passThroughClientAuth,
    async close() {
      await Promise.all([...places.values()].map(({ pool }) => pool.close()));
    },
    async destroy() {
      await Promise.all([...places.values()].map(({ pool }) => pool.destroy()));
    },
  };
}

/** A provider key as `warder keys list` shows it. */
interface ProviderKeyRecord {
  readonly provider: string;
  /** First 8 hex digits of the key's SHA-256. */
  readonly fingerprint: string;
  readonly addedAt: string;
}

/** Provider keys, encrypted at rest. A key leaves only through `key`. */
export interface ProviderKeys {
  /** The environment's key first, then the stored one; null when there is none. */
  key(provider: string): string | null | Promise<string | null>;
  add(provider: string, key: string, at: string): Promise<ProviderKeyRecord>;
  list(): Promise<readonly ProviderKeyRecord[]>;
  /** False when there was none. */
  remove(provider: string): Promise<boolean>;
}

export interface ProviderKeyDeps {
  readonly settings: Pick<Store, 'setting' | 'setSetting'>;
  seal(plaintext: string): string;
  unseal(sealed: string): Result<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  monotonicMs?(): number;
}

const settingName = 'provider-keys';
const stored = z.record(
  z.string(),
  z.strictObject({ sealed: z.string(), fingerprint: z.string(), addedAt: z.string() }),
);

/** Environment variable that carries a provider's key. */
export const keyVariable = (provider: string): string => `${provider.toUpperCase().replaceAll('-', '_')}_API_KEY`;

/** Keys kept in the store's settings; a change by another process is seen within a second. Rejects when the store cannot be read. */
export function openProviderKeys(deps: ProviderKeyDeps): ProviderKeys {
  const read = async () => stored.parse(JSON.parse((await deps.settings.setting(settingName)) ?? '{}'));
  const write = (keys: z.infer<typeof stored>) => deps.settings.setSetting(settingName, JSON.stringify(keys));
  const opened = fresh(
    async () =>
      new Map(
        Object.entries(await read()).map(([provider, { sealed }]) => [provider, unsealed(deps, provider, sealed)]),
      ),
    1000,
    deps.monotonicMs ?? (() => performance.now()),
  );
  return {
    key(provider) {
      const own = deps.env[keyVariable(provider)]?.trim();
      if (own) return own;
      const keys = opened.get();
      return keys instanceof Promise ? keys.then((known) => known.get(provider) ?? null) : (keys.get(provider) ?? null);
    },
    async add(provider, key, at) {
      const fingerprint = createHash('sha256').update(key).digest('hex').slice(0, 8);
      await write({ ...(await read()), [provider]: { sealed: deps.seal(key), fingerprint, addedAt: at } });
      return { provider, fingerprint, addedAt: at };
    },
    async list() {
      return Object.entries(await read()).map(([provider, { fingerprint, addedAt }]) => ({
        provider,
        fingerprint,
        addedAt,
      }));
    },
    async remove(provider) {
      const { [provider]: gone, ...rest } = await read();
      if (gone) await write(rest);
      return gone !== undefined;
    },
  };
}

function unsealed(deps: ProviderKeyDeps, provider: string, sealed: string): string {
  const key = deps.unseal(sealed);
  if (key.ok) return key.value;
  throw new Error(
    `the stored key for ${provider} cannot be opened: ${key.error.detail} Run: warder keys add ${provider}`,
  );
}

import { Pool } from 'undici';
import type { UpstreamHealth } from '../core/console.ts';
import type { Provider } from '../core/provider.ts';
import { ok, type Result } from '../core/result.ts';
import { createGoogleTokens } from './google-token.ts';
import { Breaker } from './key-health.ts';
import type { ProviderKeys } from './provider-keys.ts';
import { type Open, type Place, placesOf, type Region, type Route, routeFor, routeOver, type Told } from './ways.ts';

/** Where providers are and what they want to see. */
export interface Upstream {
  /** A client's own credentials go through when it sends some. */
  readonly passThroughClientAuth: boolean;
  /** Errors: `no-provider-key` when none is set, `provider-keys-out` when the provider refuses all of them. */
  route(provider: Provider, own: boolean): Result<Route> | Promise<Result<Route>>;
  /** How keys and regions fare, without a secret. */
  health(): UpstreamHealth;
}

export interface UpstreamOptions extends Told {
  /** Provider → base address, or several in the order of preference. */
  readonly origins: Readonly<Record<string, string | readonly Region[]>>;
  readonly keys: Pick<ProviderKeys, 'keys'>;
  readonly passThroughClientAuth: boolean;
  /** Milliseconds; defaults 10 s, 10 min, 5 min. */
  readonly timeouts?: { readonly connectMs?: number; readonly headersMs?: number; readonly bodyIdleMs?: number };
}

/** Opens the connection pools. `close` waits for what is under way; `destroy` does not. */
export function createUpstream(
  options: UpstreamOptions,
): Upstream & { close(): Promise<void>; destroy(): Promise<void> } {
  const open: Open = {
    told: options,
    places: new Map(
      Object.entries(options.origins).map(([provider, at]) => [
        provider,
        (typeof at === 'string' ? [{ name: 'default', origin: at }] : at).map((region) => placeOf(region, options)),
      ]),
    ),
    health: new Map(),
    budget: new Map(),
    google: createGoogleTokens({ nowMs: Date.now }),
  };
  const pools = [...open.places.values()].flat().map(({ pool }) => pool);
  return {
    passThroughClientAuth: options.passThroughClientAuth,
    route(provider, own) {
      if (own)
        return ok(
          routeOver(
            open,
            provider,
            placesOf(open, provider).map((place) => ({ place, key: null })),
          ),
        );
      const keys = options.keys.keys(provider.id);
      return keys instanceof Promise
        ? keys.then((known) => routeFor(open, provider, known))
        : routeFor(open, provider, keys);
    },
    health: () => healthOf(open),
    async close() {
      await Promise.all(pools.map((pool) => pool.close()));
    },
    async destroy() {
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}

function placeOf(region: Region, { timeouts }: UpstreamOptions): Place {
  const { connectMs = 10_000, headersMs = 600_000, bodyIdleMs = 300_000 } = timeouts ?? {};
  const url = new URL(region.origin);
  const pool = new Pool(url.origin, {
    allowH2: false,
    connect: { timeout: connectMs, noDelay: true },
    headersTimeout: headersMs,
    bodyTimeout: bodyIdleMs,
    keepAliveTimeout: 30_000,
  });
  return { ...region, url, pool, breaker: new Breaker(1000, 60_000), failed: 0 };
}

function healthOf({ places, health }: Open): UpstreamHealth {
  const now = performance.now();
  const seconds = (ms: number) => Math.ceil(ms / 1000);
  return {
    keys: [...health.values()].map(({ key: { provider, name, fingerprint, source }, health: one }) => ({
      provider,
      name,
      fingerprint,
      source,
      state: one.state(now),
      waitSeconds: seconds(one.waitMs(now)),
      lastStatus: one.lastStatus,
      counts: one.counts,
    })),
    regions: [...places].flatMap(([provider, list]) =>
      list.map(({ name, url, breaker, failed }) => ({
        provider,
        name,
        host: url.host,
        state: breaker.state(now),
        waitSeconds: seconds(breaker.waitMs(now)),
        failed,
      })),
    ),
  };
}

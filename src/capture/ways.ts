import type { Dispatcher, Pool } from 'undici';
import type { Provider } from '../core/provider.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { GoogleTokens } from './google-token.ts';
import { type Breaker, KeyHealth, retryAfterOf } from './key-health.ts';
import type { ProviderKey } from './provider-keys.ts';
import { signV4 } from './sigv4.ts';

/** One address of a provider. */
export interface Region {
  readonly name: string;
  /** Base address. */
  readonly origin: string;
}

/** What a request is to carry besides the client's own headers. */
interface Opening {
  /** Headers with the key, flat; null: the client's own credentials go through. */
  readonly headers: readonly string[] | null;
  /** Signs the request as it will be sent: its headers with the signature. Absent: nothing to sign. */
  sign?(request: { method: string; path: string; headers: readonly string[]; body: Uint8Array }): readonly string[];
}

/** One way to send a request: an address and a key, with what is told of them afterwards. */
export interface Way {
  readonly base: URL;
  readonly pool: Dispatcher;
  readonly opening: Opening;
  /** An answer began; null headers: it broke before. Says whether another way might fare better. */
  answered(status: number, headers: Readonly<Record<string, string | string[] | undefined>>): 'fine' | 'key' | 'region';
  /** The connection failed. */
  failed(): void;
  /** The client left; nothing was learnt. */
  abandoned(): void;
}

/** The ways of one request, best first. */
export interface Route {
  /** The next one; null when there is none, or too much was repeated lately. The first is always there. */
  next(not?: 'key' | 'region'): Way | null | Promise<Way | null>;
}

/** Who is told of what a person should know. */
export interface Told {
  /** A key was taken out because its provider refuses it. */
  onKeyOut?(key: Pick<ProviderKey, 'provider' | 'name' | 'fingerprint'>, status: number): void;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

export interface Place extends Region {
  readonly url: URL;
  readonly pool: Pool;
  readonly breaker: Breaker;
  failed: number;
}

/** What the ways of all requests share. */
export interface Open {
  readonly told: Told;
  readonly places: ReadonlyMap<string, readonly Place[]>;
  readonly health: Map<string, { readonly key: ProviderKey; readonly health: KeyHealth }>;
  readonly budget: Map<string, number>;
  readonly google: GoogleTokens;
}

/** Failures in a row after which an address is left alone for a while. */
const failuresInRow = 5;
/** Repeats that may be saved up, and how many each request earns: at most one request in ten is sent twice for long. */
const mostRepeats = 10;
const repeatsEarned = 0.1;

export function placesOf({ places }: Open, { id }: Provider): readonly Place[] {
  const found = places.get(id);
  if (!found) throw new Error(`there is no address for the provider ${id}`);
  return found;
}

interface Candidate {
  readonly place: Place;
  /** Null: the client's own credentials. */
  readonly key: ProviderKey | null;
}

export function routeFor(open: Open, provider: Provider, keys: readonly ProviderKey[]): Result<Route> {
  const places = placesOf(open, provider);
  if (keys.length === 0) {
    const detail = `no key for ${provider.id}. Set ${provider.variables[0]} where Warder runs, or run: warder keys add ${provider.id}`;
    return fail('no-provider-key', detail);
  }
  const now = performance.now();
  const fit = places.flatMap((place) =>
    keys.filter(({ region }) => region === null || region === place.name).map((key) => ({ place, key })),
  );
  if (fit.length === 0) return fail('no-provider-key', `no key for ${provider.id} is for one of its regions.`);
  const usable = fit.filter(({ key }) => healthOfKey(open, key).state(now) !== 'out');
  if (usable.length > 0) return ok(routeOver(open, provider, fit.length === 1 ? usable : inOrder(open, usable, now)));
  const seconds = Math.ceil(Math.min(...fit.map(({ key }) => healthOfKey(open, key).waitMs(now))) / 1000);
  const detail = `${provider.title} refuses every key kept for it; the next try is in ${seconds} s. See: warder keys list. A new key is used at once: warder keys rotate ${provider.id}`;
  return fail('provider-keys-out', detail);
}

/** Well ones before resting ones, then regions and priorities as configured, then by chance in the share of the weights. */
function inOrder(
  open: Open,
  candidates: readonly (Candidate & { key: ProviderKey })[],
  now: number,
): readonly Candidate[] {
  const places = [...new Set(candidates.map(({ place }) => place))];
  const chance = new Map(candidates.map(({ key }) => [key, Math.random() ** (1 / key.weight)]));
  const rank = ({ place, key }: Candidate & { key: ProviderKey }) => [
    Number(place.breaker.state(now) === 'open'),
    Number(healthOfKey(open, key).state(now) === 'resting'),
    places.indexOf(place),
    key.priority,
    -(chance.get(key) ?? 0),
  ];
  return candidates
    .map((each) => ({ each, rank: rank(each) }))
    .sort((a, b) => {
      const at = a.rank.findIndex((value, i) => value !== b.rank[i]);
      return at === -1 ? 0 : (a.rank[at] ?? 0) - (b.rank[at] ?? 0);
    })
    .map(({ each }) => each);
}

function healthOfKey(open: Open, key: ProviderKey): KeyHealth {
  const name = `${key.provider}\0${key.name}\0${key.fingerprint}`;
  const known = open.health.get(name);
  if (known) return known.health;
  // What replaced a key of the same name begins anew.
  for (const [other, { key: before }] of open.health)
    if (before.provider === key.provider && before.name === key.name) open.health.delete(other);
  const health = new KeyHealth();
  open.health.set(name, { key, health });
  return health;
}

export function routeOver(open: Open, provider: Provider, candidates: readonly Candidate[]): Route {
  const left = [...candidates];
  let last: Candidate | null = null;
  open.budget.set(provider.id, Math.min((open.budget.get(provider.id) ?? mostRepeats) + repeatsEarned, mostRepeats));
  const take = (): Way | null | Promise<Way | null> => {
    const candidate = left.shift();
    if (!candidate) return null;
    last = candidate;
    const opening = openingOf(open, provider, candidate);
    if (!(opening instanceof Promise)) return wayOf(open, candidate, opening);
    return opening.then((found) => {
      if (found.ok) return wayOf(open, candidate, found.value);
      open.told.onTrouble?.(found.error.code, found.error.detail, null);
      if (candidate.key && healthOfKey(open, candidate.key).refuse(performance.now(), 401))
        open.told.onKeyOut?.(candidate.key, 401);
      return take();
    });
  };
  return {
    next(not) {
      if (last === null) return take();
      const from = last;
      left.splice(
        0,
        left.length,
        ...left.filter(({ place, key }) => (not === 'key' ? key !== from.key : place !== from.place)),
      );
      const budget = open.budget.get(provider.id) ?? 0;
      if (left.length === 0) return null;
      if (budget < 1) {
        open.told.onTrouble?.(
          'no-repeat',
          `too many requests to ${provider.id} were repeated lately; this one is not`,
          null,
        );
        return null;
      }
      open.budget.set(provider.id, budget - 1);
      return take();
    },
  };
}

/** What opens the door. The signing region of AWS stands in the host's name, else in the region's. */
function openingOf(open: Open, provider: Provider, { place, key }: Candidate): Opening | Promise<Result<Opening>> {
  if (key === null) return { headers: null };
  const { credential } = key;
  switch (credential.kind) {
    case 'key':
      return { headers: provider.keyHeaders(credential.key) };
    case 'aws': {
      const named = /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(place.url.hostname)?.[1];
      const region = named ?? (place.name === 'default' ? 'us-east-1' : place.name);
      const { host } = place.url;
      return {
        headers: [],
        sign: (request) => signV4({ ...request, host }, { region, service: 'bedrock', atMs: Date.now() }, credential),
      };
    }
    case 'google': {
      const token = open.google.token(credential);
      const opening = (found: Result<string>): Result<Opening> =>
        found.ok ? ok({ headers: provider.keyHeaders(found.value) }) : found;
      if (token instanceof Promise) return token.then(opening);
      return token.ok ? { headers: provider.keyHeaders(token.value) } : Promise.resolve(token);
    }
    default:
      return credential satisfies never;
  }
}

function wayOf(open: Open, { place, key }: Candidate, opening: Opening): Way {
  const { breaker } = place;
  const health = key && healthOfKey(open, key);
  const begun = performance.now();
  breaker.begin(begun);
  health?.begin(begun);
  const failPlace = () => {
    place.failed += 1;
    if (breaker.fail(performance.now(), failuresInRow))
      open.told.onTrouble?.('region-open', `${place.url.host} fails; it is left alone for a while`, null);
  };
  return {
    base: place.url,
    pool: place.pool,
    opening,
    answered(status, headers) {
      const now = performance.now();
      if (status >= 500) {
        health?.fail();
        failPlace();
        return 'region';
      }
      breaker.succeed();
      if (health && (status === 401 || status === 403)) {
        if (key?.credential.kind === 'google') open.google.forget(key.credential);
        if (key && health.refuse(now, status)) open.told.onKeyOut?.(key, status);
        return 'key';
      }
      if (status !== 429) health?.answer(now, status);
      else health?.limit(now, retryAfterOf(headers, Date.now()));
      return status === 429 && health ? 'key' : 'fine';
    },
    failed() {
      health?.fail();
      failPlace();
    },
    abandoned() {
      health?.abandon();
      breaker.abandon();
    },
  };
}

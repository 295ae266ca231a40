import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { Identity } from '../core/event.ts';
import type { Store } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { fresh } from './fresh.ts';

const prefix = 'wrd_';
const shape = /^wrd_[A-Za-z0-9_-]{43}$/;

/** A client token as it is kept: the token itself is nowhere. Times are ISO 8601 UTC. */
export interface TokenRecord {
  /** First 8 hex digits of the token's SHA-256. */
  readonly id: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly person: string;
  readonly device: string;
  readonly label: string;
  readonly createdAt: string;
  /** Null: never. */
  readonly expiresAt: string | null;
}

const howToGetOne = 'Run on the machine where Warder runs: warder tokens add';

/** A new token: `wrd_` and 32 random bytes in 43 URL-safe characters. */
export function newToken(): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** SHA-256 of a token, hex. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Whose token it is, at the time `now`. Errors: `no-token`, `unknown-token`, `expired-token`; none repeats the token. */
export function ownerOf(records: ReadonlyMap<string, TokenRecord>, token: string, now: string): Result<Identity> {
  if (token === '') return fail('no-token', `this request carries no Warder token. ${howToGetOne}`);
  if (!shape.test(token)) {
    return fail('unknown-token', `what was sent is not a Warder token (they begin with ${prefix}). ${howToGetOne}`);
  }
  const hash = hashOfToken(token);
  const record = records.get(hash);
  if (!record || !sameHash(record.hash, hash))
    return fail('unknown-token', `this token is not known here, or was revoked. ${howToGetOne}`);
  if (record.expiresAt !== null && record.expiresAt <= now)
    return fail('expired-token', `this token expired at ${record.expiresAt}. ${howToGetOne}`);
  const { person, device, label } = record;
  return ok({ person, device, via: 'token', ...(label === '' ? {} : { label }) });
}

function sameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The client tokens of a home. */
export interface Tokens {
  identifyByToken(token: string): Result<Identity> | Promise<Result<Identity>>;
  /** The token is given once, here. */
  add(token: {
    person: string;
    device: string;
    label?: string;
    expiresAt?: string | null;
  }): Promise<{ token: string; record: TokenRecord }>;
  list(): Promise<readonly TokenRecord[]>;
  /** False when no token has this id (or more than one begins with it). */
  revoke(id: string): Promise<boolean>;
}

export interface TokenDeps {
  readonly settings: Pick<Store, 'setting' | 'setSetting'>;
  now(): string;
  monotonicMs?(): number;
}

const settingName = 'client-tokens';
const stored = z.array(
  z.strictObject({
    id: z.string(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    person: z.string(),
    device: z.string(),
    label: z.string(),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
  }),
);

/** Tokens kept in the store's settings. Another process's change is seen within a second; an unknown token looks at once, at most every 250 ms. */
export function openTokens(deps: TokenDeps): Tokens {
  const read = async (): Promise<readonly TokenRecord[]> =>
    stored.parse(JSON.parse((await deps.settings.setting(settingName)) ?? '[]'));
  const write = (records: readonly TokenRecord[]) => deps.settings.setSetting(settingName, JSON.stringify(records));
  const known = fresh(
    async () => new Map((await read()).map((record) => [record.hash, record])),
    1000,
    deps.monotonicMs ?? (() => performance.now()),
  );
  const owner = (records: ReadonlyMap<string, TokenRecord>, token: string) => ownerOf(records, token, deps.now());
  return {
    identifyByToken(token) {
      const records = known.get();
      if (records instanceof Promise) return records.then((loaded) => owner(loaded, token));
      const found = owner(records, token);
      if (found.ok || !shape.test(token)) return found;
      const again = known.again(250);
      return again instanceof Promise ? again.then((loaded) => owner(loaded, token)) : found;
    },
    async add({ person, device, label = '', expiresAt = null }) {
      const token = newToken();
      const hash = hashOfToken(token);
      const record: TokenRecord = {
        id: hash.slice(0, 8),
        hash,
        person,
        device,
        label,
        createdAt: deps.now(),
        expiresAt,
      };
      await write([...(await read()), record]);
      return { token, record };
    },
    list: read,
    async revoke(id) {
      const records = await read();
      const gone = records.filter((record) => record.id === id);
      if (gone.length !== 1) return false;
      await write(records.filter((record) => record !== gone[0]));
      return true;
    },
  };
}

export interface IdentityDeps extends TokenDeps {
  /** A client's own credentials go through to the provider, so its token comes as `x-warder-token`, or not at all from this machine. */
  readonly passThroughClientAuth: boolean;
  /** Who calls from this machine without a token; null: nobody may. Used only with `passThroughClientAuth`. */
  readonly loopback: Identity | null;
}

/** The home's tokens, and who stands behind a gateway request: token in `x-warder-token`, or where each provider's clients send their key. */
export function createIdentity(
  deps: IdentityDeps,
): Tokens & { identify(req: IncomingMessage): Result<Identity> | Promise<Result<Identity>> } {
  const tokens = openTokens(deps);
  return {
    ...tokens,
    identify(req) {
      const token = tokenIn(req, deps.passThroughClientAuth);
      if (token !== '' || !deps.passThroughClientAuth) return tokens.identifyByToken(token);
      if (deps.loopback && comesFromHere(req)) return ok(deps.loopback);
      return fail('no-token', `this request carries no Warder token in x-warder-token. ${howToGetOne}`);
    },
  };
}

/** The token of a request; with `ownOnly` a provider credential is not taken for one. */
function tokenIn(req: IncomingMessage, ownOnly: boolean): string {
  const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const own = single(req.headers['x-warder-token']);
  if (own !== undefined) return own;
  const offered = [
    single(req.headers['x-api-key']),
    single(req.headers['x-goog-api-key']),
    single(req.headers['api-key']),
    bearer,
    /[?&]key=(wrd_[\w-]+)/.exec(req.url ?? '')?.[1],
  ].filter((value) => value !== undefined);
  return offered.find((value) => value.startsWith(prefix)) ?? (ownOnly ? '' : (offered[0] ?? ''));
}

const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** A process of this machine: not a browser page, not somebody a local proxy speaks for. */
function comesFromHere(req: IncomingMessage): boolean {
  const address = req.socket.remoteAddress ?? '';
  const local = address === '::1' || /^(::ffff:)?127\./.test(address);
  const relayed = Object.keys(req.headers).some(
    (name) =>
      name.startsWith('x-forwarded-') ||
      name.startsWith('tailscale-') ||
      name === 'forwarded' ||
      name === 'via' ||
      name === 'origin' ||
      name === 'sec-fetch-site',
  );
  // A page whose name was made to point here sends that name, and a GET of its own carries no origin.
  const named = /^(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?$/i.test(req.headers.host ?? '');
  return local && !relayed && named;
}

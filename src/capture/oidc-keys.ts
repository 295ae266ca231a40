import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';

/** One identity provider whose JWTs are accepted. */
export interface OidcIssuer {
  /** As it stands in `iss`, exactly. */
  readonly issuer: string;
  /** One of these must stand in `aud`. */
  readonly audience: readonly string[];
  /** Address of its keys; null: found at `<issuer>/.well-known/openid-configuration`. */
  readonly jwks: string | null;
  /** Signature algorithms; only asymmetric ones. */
  readonly algorithms: readonly string[];
  /** Claims that name the person; the first found counts. */
  readonly personClaims: readonly string[];
  /** Claim that names the device; null: none does. */
  readonly deviceClaim: string | null;
  readonly groupsClaim: string;
  /** 0–60. */
  readonly clockSkewSeconds: number;
  /** How long known keys go on while new ones cannot be fetched. */
  readonly keysLastSeconds: number;
}

export interface OidcDeps {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Of a clock that never goes back. */
  monotonicMs?(): number;
  onTrouble?(code: string, detail: string, cause: unknown): void;
}

/** The public keys of an identity provider. */
export interface Jwks {
  /** Errors: `jwt-keys`. `again`: a token names a key that was not among them. */
  keys(again: boolean): Promise<Result<JSONWebKeySet>>;
}

/** Keys are fetched again when they are older than this; and not more often than this when a token names an unknown one. */
const freshMs = 10 * 60_000;
const cooldownMs = 30_000;
const waitMs = 5000;
const mostBytes = 1024 * 1024;

const keySet = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });
const discovery = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });
/** Shared secrets have no place in a public list. */
const asymmetric = new Set(['RSA', 'EC', 'OKP']);

/** Keeps a provider's keys: fetched again every ten minutes, known ones go on while it is down, to the configured limit. */
export function createJwks(issuer: OidcIssuer, { monotonicMs, onTrouble }: OidcDeps): Jwks {
  const nowMs = monotonicMs ?? (() => performance.now());
  let known: { readonly set: JSONWebKeySet; readonly at: number } | null = null;
  let triedAt = Number.NEGATIVE_INFINITY;
  let trying: Promise<void> | null = null;
  const load = async () => {
    triedAt = nowMs();
    const set = await fetchKeys(issuer);
    if (set.ok) known = { set: set.value, at: nowMs() };
    else onTrouble?.(set.error.code, set.error.detail, null);
  };
  return {
    async keys(again) {
      const old = known === null || nowMs() - known.at > freshMs;
      if ((old || again) && nowMs() - triedAt > cooldownMs) {
        trying ??= load().finally(() => {
          trying = null;
        });
      }
      // Whoever comes while they are fetched waits for them too, unless what is known will do.
      if (trying && (old || again)) await trying;
      if (known && nowMs() - known.at <= issuer.keysLastSeconds * 1000) return ok(known.set);
      return fail('jwt-keys', `the keys of ${issuer.issuer} cannot be had now, so its tokens cannot be checked.`);
    },
  };
}

async function fetchKeys(issuer: OidcIssuer): Promise<Result<JSONWebKeySet>> {
  const failed = (why: string) => fail('jwt-keys', `the keys of ${issuer.issuer} cannot be fetched: ${why}`);
  let { jwks } = issuer;
  if (jwks === null) {
    const told = await fetchJson(`${issuer.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (!told.ok) return failed(told.error.detail);
    const read = discovery.safeParse(told.value);
    if (!read.success || read.data.issuer !== issuer.issuer) return failed('its configuration is of another issuer.');
    jwks = read.data.jwks_uri;
  }
  const got = await fetchJson(jwks);
  if (!got.ok) return failed(got.error.detail);
  const read = keySet.safeParse(got.value);
  if (!read.success) return failed('what came is no set of keys.');
  const keys = read.data.keys.filter(({ kty }) => asymmetric.has(kty));
  return keys.length > 0 ? ok({ keys }) : failed('the set is empty.');
}

async function fetchJson(address: string): Promise<Result<unknown>> {
  const url = new URL(address);
  if (!isSafe(url)) return fail('jwt-keys', 'its address is not https.');
  try {
    const response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(waitMs),
    });
    if (!response.ok) return fail('jwt-keys', `${url.host} answered ${response.status}.`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > mostBytes) return fail('jwt-keys', `the answer of ${url.host} is too long.`);
      chunks.push(chunk);
    }
    return ok(JSON.parse(Buffer.concat(chunks).toString('utf8')));
  } catch (cause) {
    return fail('jwt-keys', `${url.host} cannot be read (${cause instanceof Error ? cause.name : 'error'}).`);
  }
}

/** https, or this machine. */
export const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname));

import { createHash } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Identity } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { looksLikeJwt } from './jwt-shape.ts';
import { createJwks, type Jwks, type OidcDeps, type OidcIssuer } from './oidc-keys.ts';

export interface Oidc {
  /** Is this a JWT that says it comes from one of the configured providers? */
  isOurs(token: string): boolean;
  /** Errors: `jwt-refused`, `jwt-keys` (the provider's keys cannot be had). None repeats the token. */
  identify(token: string): Promise<Result<Identity>>;
}

const mostGroups = 500;
const mostKept = 10_000;
/** A verified token is believed again this long without another look at its signature. */
const keptMs = 60_000;

interface Known {
  readonly identity: Identity;
  readonly untilMs: number;
}

/** Accepts JWTs of the configured identity providers. Source: RFC 7519, RFC 8725, OpenID Connect Core 1.0. */
export function createOidc(issuers: readonly OidcIssuer[], deps: OidcDeps): Oidc {
  const doors = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, jwks: createJwks(issuer, deps) }]));
  const kept = new Map<string, Known>();
  return {
    isOurs: (token) => looksLikeJwt(token) && doors.has(issuerOf(token)),
    async identify(token) {
      const name = createHash('sha256').update(token).digest('hex');
      const known = kept.get(name);
      if (known && deps.nowMs() < known.untilMs) return ok(known.identity);
      const door = doors.get(issuerOf(token));
      if (!door) return fail('jwt-refused', 'this JWT is not from an identity provider that is known here.');
      const found = await verified(door.issuer, door.jwks, token, deps.nowMs());
      if (!found.ok) return found;
      const { identity, expMs } = found.value;
      if (kept.size >= mostKept) kept.clear();
      kept.set(name, { identity, untilMs: Math.min(expMs, deps.nowMs() + keptMs) });
      return ok(identity);
    },
  };
}

/** `iss` as the token says it, unverified; `''` when it cannot be read. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? '';
  } catch {
    // Not a JWT after all; nobody's.
    return '';
  }
}

interface Verified {
  readonly identity: Identity;
  readonly expMs: number;
}

async function verified(issuer: OidcIssuer, jwks: Jwks, token: string, nowMs: number): Promise<Result<Verified>> {
  for (const again of [false, true]) {
    const keys = await jwks.keys(again);
    if (!keys.ok) return keys;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(keys.value), {
        issuer: issuer.issuer,
        audience: [...issuer.audience],
        algorithms: [...issuer.algorithms],
        clockTolerance: issuer.clockSkewSeconds,
        currentDate: new Date(nowMs),
        requiredClaims: ['exp'],
      });
      if (!/^(?:jwt|at\+jwt|application\/at\+jwt)$/i.test(protectedHeader.typ ?? 'JWT'))
        return fail('jwt-refused', 'this JWT is of another kind than an ID token or an access token.');
      return identityOf(issuer, payload);
    } catch (error) {
      // A key that nobody knows yet: the provider may have changed its keys.
      if (!again && error instanceof errors.JWKSNoMatchingKey) continue;
      if (error instanceof errors.JOSEError) return fail('jwt-refused', `this JWT is refused: ${wordsFor(error)}.`);
      throw error;
    }
  }
  return fail('jwt-refused', 'this JWT is refused: no key fits it.');
}

/** jose's messages name claims and never their values. */
function wordsFor(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'it has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `its claim ${error.claim} does not hold`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not allowed';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature does not hold';
  if (error instanceof errors.JWKSNoMatchingKey) return 'no key of its provider fits it';
  return `it cannot be verified (${error.code})`;
}

function identityOf(issuer: OidcIssuer, payload: JWTPayload): Result<Verified> {
  const text = (claim: string): string => {
    const value = payload[claim];
    // An address that its provider has not checked names nobody.
    if (claim === 'email' && payload.email_verified === false) return '';
    return typeof value === 'string' && /^[^\p{C}]{1,320}$/u.test(value) ? value.trim() : '';
  };
  const person = issuer.personClaims.map(text).find((value) => value !== '') ?? '';
  if (person === '') return fail('jwt-refused', `this JWT names nobody (${issuer.personClaims.join(', ')}).`);
  const told = payload[issuer.groupsClaim];
  const groups = (Array.isArray(told) ? told : typeof told === 'string' ? [told] : [])
    .filter((group): group is string => typeof group === 'string' && /^[^\p{C}]{1,200}$/u.test(group))
    .slice(0, mostGroups);
  const device = issuer.deviceClaim === null ? '' : text(issuer.deviceClaim);
  const identity = { person, device, via: 'oidc', ...(groups.length > 0 ? { groups } : {}) } as const;
  return ok({ identity, expMs: (payload.exp ?? 0) * 1000 });
}

import { createHash, createSign } from 'node:crypto';
import { z } from 'zod';
import { fail, ok, type Result } from '../core/result.ts';
import type { GoogleCredential } from './credentials.ts';

export interface GoogleTokens {
  /** An access token for the account; `google-token` when none can be had. Neither repeats a secret. */
  token(credential: GoogleCredential): Result<string> | Promise<Result<string>>;
  /** Its token was refused: the next one is fetched. */
  forget(credential: GoogleCredential): void;
}

export interface GoogleTokenDeps {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Longest wait for Google, milliseconds: 10,000. */
  readonly timeoutMs?: number;
}

interface Minted {
  readonly result: Result<string>;
  /** Ask again after this moment. */
  readonly untilMs: number;
}

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const answer = z.looseObject({
  access_token: z.string().regex(/^[\x21-\x7e]{8,8192}$/),
  expires_in: z.number().min(1).max(86_400),
});
/** A token is renewed this long before it ends. */
const earlyMs = 5 * 60_000;
/** A refusal is believed this long, so that a burst of requests does not become a burst of questions. */
const failedForMs = 5000;

/** Trades a service account's key for access tokens, and keeps each until shortly before it ends. Source: RFC 7523. */
export function createGoogleTokens({ nowMs, timeoutMs = 10_000 }: GoogleTokenDeps): GoogleTokens {
  const kept = new Map<string, Minted>();
  const asking = new Map<string, Promise<Result<string>>>();
  const nameOf = ({ clientEmail, privateKey }: GoogleCredential) =>
    createHash('sha256').update(`${clientEmail}\0${privateKey}`).digest('hex');
  return {
    forget: (credential) => void kept.delete(nameOf(credential)),
    token(credential) {
      const name = nameOf(credential);
      const known = kept.get(name);
      if (known && nowMs() < known.untilMs) return known.result;
      const under = asking.get(name);
      if (under) return under;
      const work = mint(credential, nowMs, timeoutMs)
        .then((minted) => {
          // One entry for each account in use; a replaced key leaves its own behind.
          if (kept.size > 100) kept.clear();
          kept.set(name, minted);
          return minted.result;
        })
        .finally(() => asking.delete(name));
      asking.set(name, work);
      return work;
    },
  };
}

async function mint(credential: GoogleCredential, nowMs: () => number, timeoutMs: number): Promise<Minted> {
  const failed = (why: string): Minted => ({
    result: fail('google-token', `no access token for ${credential.clientEmail}: ${why}`),
    untilMs: nowMs() + failedForMs,
  });
  try {
    const response = await fetch(credential.tokenUri, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: assertion(credential, Math.floor(nowMs() / 1000)),
      }).toString(),
    });
    const read = answer.safeParse(response.ok ? await response.json() : null);
    if (!response.ok) return failed(`${new URL(credential.tokenUri).host} answered ${response.status}.`);
    if (!read.success) return failed('the answer holds no token.');
    const livesMs = read.data.expires_in * 1000;
    return { result: ok(read.data.access_token), untilMs: nowMs() + Math.max(livesMs - earlyMs, livesMs / 2) };
  } catch (cause) {
    // The message of a failed fetch names hosts and codes, never the body; a refusal is a value here.
    return failed(
      `${new URL(credential.tokenUri).host} cannot be asked (${cause instanceof Error ? cause.name : 'error'}).`,
    );
  }
}

/** A signed claim of the account, valid for an hour from `at` (seconds). */
function assertion({ clientEmail, privateKey, privateKeyId, tokenUri }: GoogleCredential, at: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = { alg: 'RS256', typ: 'JWT', ...(privateKeyId === '' ? {} : { kid: privateKeyId }) };
  const text = `${part(header)}.${part({ iss: clientEmail, scope, aud: tokenUri, iat: at, exp: at + 3600 })}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey).toString('base64url')}`;
}

import { createHash, randomBytes } from 'node:crypto';
import type { Identity } from '../../core/event.ts';

export interface LoginCodes {
  /** A new code, good once within ten minutes. Who opens it is `identity` (default: the owner). */
  issue(identity?: Identity): string;
  /** Whom the code stands for, once; null for a code that is unknown, used or expired. */
  redeem(code: string): Identity | null;
}

const validForMs = 10 * 60_000;
const mostOutstanding = 100;

/** One-time login codes of 32 random bytes, kept in memory and only as hashes. `now` in milliseconds. */
export function createLoginCodes(owner: Identity, now: () => number = Date.now): LoginCodes {
  const codes = new Map<string, { readonly expiry: number; readonly identity: Identity }>();
  const hash = (code: string): string => createHash('sha256').update(code).digest('hex');
  const makeRoom = (): void => {
    for (const [key, { expiry }] of codes) if (expiry <= now()) codes.delete(key);
    const oldest = codes.keys().next();
    if (codes.size >= mostOutstanding && !oldest.done) codes.delete(oldest.value);
  };
  return {
    issue(identity = owner) {
      makeRoom();
      const code = randomBytes(32).toString('base64url');
      codes.set(hash(code), { expiry: now() + validForMs, identity });
      return code;
    },
    redeem(code) {
      const key = hash(code);
      const found = codes.get(key);
      codes.delete(key);
      return found && found.expiry > now() ? found.identity : null;
    },
  };
}

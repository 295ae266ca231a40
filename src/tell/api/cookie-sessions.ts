import { createHash, randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { Identity } from '../../core/event.ts';
import type { Store } from '../../core/store.ts';

/** Signed-in browsers. The cookie's value exists only in the browser; here and in the store there is its hash. */
export interface CookieSessions {
  open(identity: Identity): Promise<string>;
  find(cookie: string): Promise<Identity | null>;
  close(cookie: string): Promise<void>;
}

export const sessionSeconds = 7 * 24 * 3600;
const mostSessions = 32;
const settingName = 'console-sessions';

const storedSessions = z
  .array(
    z.looseObject({
      hash: z.string(),
      expires: z.number(),
      identity: z.looseObject({
        person: z.string(),
        device: z.string(),
        via: z.enum(['token', 'oidc', 'tailscale', 'loopback', 'local', 'aperture']),
      }),
    }),
  )
  .catch([]);
type Stored = z.infer<typeof storedSessions>;

/** Kept in the store's settings, so that a restart of the server signs nobody out. */
export function createCookieSessions(store: Store, nowMs: () => number): CookieSessions {
  let known: Promise<Stored> | null = null;
  const load = (): Promise<Stored> => {
    known ??= store.setting(settingName).then(
      (text) => storedSessions.parse(parseJson(text)),
      (cause) => {
        known = null;
        throw new Error('the signed-in browsers could not be read', { cause });
      },
    );
    return known;
  };
  const save = async (change: (sessions: Stored) => Stored): Promise<void> => {
    const next = change((await load()).filter((session) => session.expires > nowMs()));
    known = Promise.resolve(next);
    await store.setSetting(settingName, JSON.stringify(next));
  };
  return {
    async open(identity) {
      const cookie = randomBytes(32).toString('base64url');
      const entry = { hash: hashOf(cookie), expires: nowMs() + sessionSeconds * 1000, identity: { ...identity } };
      await save((sessions) => [...sessions.slice(1 - mostSessions), entry]);
      return cookie;
    },
    async find(cookie) {
      const hash = hashOf(cookie);
      const found = (await load()).find((session) => session.hash === hash && session.expires > nowMs());
      if (!found) return null;
      const { person, device, via } = found.identity;
      return { person, device, via };
    },
    close: (cookie) => save((sessions) => sessions.filter((session) => session.hash !== hashOf(cookie))),
  };
}

const hashOf = (cookie: string): string => createHash('sha256').update(cookie).digest('hex');

function parseJson(text: string | null): unknown {
  if (text === null) return [];
  try {
    return JSON.parse(text);
  } catch {
    // A damaged setting means nobody is signed in, which a login link mends.
    return [];
  }
}

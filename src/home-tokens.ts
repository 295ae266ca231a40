import { timingSafeEqual } from 'node:crypto';
import { hashOfToken, type Tokens } from './capture/tokens.ts';
import type { Identity } from './core/event.ts';
import type { Store } from './core/store.ts';
import type { Home } from './record/home.ts';

/** The two tokens every home has. Both are clients; only the first may use the API, so an agent's settings never hold it. */
export interface HomeTokens {
  readonly apiToken: string;
  readonly clientToken: string;
  readonly owner: Identity;
  /** Who holds this token, if it may use the API. */
  apiOwner(token: string): Promise<Identity | null>;
}

/** Reads the home's tokens, or makes them at the first start; they are kept sealed so that a restart keeps agents connected. */
export async function openHomeTokens(from: {
  readonly store: Pick<Store, 'setting' | 'setSetting'>;
  readonly home: Pick<Home, 'seal' | 'unseal'>;
  readonly tokens: Tokens;
  readonly owner: Identity;
}): Promise<HomeTokens> {
  const apiToken = await kept(from, 'home-token-api', 'this home: API and client');
  const clientToken = await kept(from, 'home-token-client', 'agents on this machine');
  const expected = Buffer.from(hashOfToken(apiToken), 'hex');
  return {
    apiToken,
    clientToken,
    owner: from.owner,
    async apiOwner(token) {
      if (!timingSafeEqual(Buffer.from(hashOfToken(token), 'hex'), expected)) return null;
      const known = await from.tokens.identifyByToken(token);
      return known.ok ? known.value : null;
    },
  };
}

async function kept(
  { store, home, tokens, owner }: Parameters<typeof openHomeTokens>[0],
  name: string,
  label: string,
): Promise<string> {
  const sealed = await store.setting(name);
  const token = sealed === null ? null : home.unseal(sealed);
  // A token that was revoked stays revoked for those who hold it; the home gets a new one.
  if (token?.ok && (await tokens.identifyByToken(token.value)).ok) return token.value;
  const made = await tokens.add({ person: owner.person, device: owner.device, label });
  await store.setSetting(name, home.seal(made.token));
  return made.token;
}

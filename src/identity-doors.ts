import { createIdentity } from './capture/identity.ts';
import { createTailscale } from './capture/tailscale.ts';
import type { Config } from './config.ts';
import type { Identity } from './core/event.ts';
import type { Store } from './core/store.ts';
import { clientOf } from './normalise/clients.ts';
import { providers } from './plugs.ts';

/** What tells who calls, as the configuration says. What verifies JWTs costs 50 ms and 15 MiB, so it is loaded only when it is needed. */
export async function openIdentity(from: {
  readonly config: Pick<Config, 'identity' | 'passThroughClientAuth'>;
  readonly settings: Store;
  readonly owner: Identity;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): Promise<ReturnType<typeof createIdentity>> {
  const { config, settings, owner, now, onTrouble } = from;
  const { oidc, tailscale } = config.identity;
  const createOidc = oidc.length > 0 ? (await import('./capture/oidc.ts')).createOidc : null;
  return createIdentity({
    settings,
    now,
    passThroughClientAuth: config.passThroughClientAuth,
    loopback: config.passThroughClientAuth ? { ...owner, via: 'loopback' } : null,
    oidc: createOidc?.(oidc, { nowMs: Date.now, onTrouble }) ?? null,
    tailscale: tailscale && {
      daemon: tailscale.socket === false ? null : createTailscale({ socket: tailscale.socket, onTrouble }),
      serve: tailscale.serve,
      serveUser: tailscale.serveUser === false || process.platform !== 'linux' ? null : tailscale.serveUser,
    },
    keyParameters: new Map(providers.map(({ id, keyParameter }) => [id, keyParameter])),
    agentOf: (headers) => clientOf(headers).agent,
  });
}

import { createIdentity } from './capture/identity.ts';
import { createOidc } from './capture/oidc.ts';
import { createTailscale } from './capture/tailscale.ts';
import type { Config } from './config.ts';
import type { Identity } from './core/event.ts';
import type { Store } from './core/ports.ts';
import { clientOf } from './normalise/clients.ts';
import { providers } from './plugs.ts';

/** What tells who calls, as the configuration says. */
export function openIdentity(from: {
  readonly config: Pick<Config, 'identity' | 'passThroughClientAuth'>;
  readonly settings: Store;
  readonly owner: Identity;
  now(): string;
  onTrouble(code: string, detail: string, cause: unknown): void;
}): ReturnType<typeof createIdentity> {
  const { config, settings, owner, now, onTrouble } = from;
  const { oidc, tailscale } = config.identity;
  return createIdentity({
    settings,
    now,
    passThroughClientAuth: config.passThroughClientAuth,
    loopback: config.passThroughClientAuth ? { ...owner, via: 'loopback' } : null,
    oidc: oidc.length > 0 ? createOidc(oidc, { nowMs: Date.now, onTrouble }) : null,
    tailscale: tailscale && {
      daemon: tailscale.socket === false ? null : createTailscale({ socket: tailscale.socket, onTrouble }),
      serve: tailscale.serve,
      serveUser: tailscale.serveUser === false || process.platform !== 'linux' ? null : tailscale.serveUser,
    },
    keyParameters: new Map(providers.map(({ id, keyParameter }) => [id, keyParameter])),
    agentOf: (headers) => clientOf(headers).agent,
  });
}

import { isIP } from 'node:net';
import { z } from 'zod';
import { isSafe, type OidcIssuer } from './oidc-keys.ts';
import { isLoopback, plainAddress } from './peer.ts';

/** Signatures anybody can check with a public key; a shared secret (HS256) or none is never one of them. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'] as const;
const address = z
  .url({ protocol: /^https?$/ })
  .refine((url) => isSafe(new URL(url)), 'must begin with https:// (http:// only on this machine)');
const claim = z.string().min(1).max(200);
const audience = z.string().min(1).max(500);

const issuer = z
  .strictObject({
    issuer: address,
    audience: z.union([audience, z.array(audience).min(1)]),
    jwks: address.optional(),
    algorithms: z.array(z.enum(algorithms)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
    person: z.union([claim, z.array(claim).min(1)]).default(['email', 'preferred_username', 'sub']),
    device: claim.optional(),
    groups: claim.default('groups'),
    clockSkewSeconds: z.int().min(0).max(60).default(30),
    keysLastSeconds: z.int().min(600).max(604_800).default(86_400),
  })
  .transform(
    (one): OidcIssuer => ({
      issuer: one.issuer,
      audience: [one.audience].flat(),
      jwks: one.jwks ?? null,
      algorithms: one.algorithms,
      personClaims: [one.person].flat(),
      deviceClaim: one.device ?? null,
      groupsClaim: one.groups,
      clockSkewSeconds: one.clockSkewSeconds,
      keysLastSeconds: one.keysLastSeconds,
    }),
  );

const tailscale = z
  .strictObject({
    socket: z.union([z.string().min(1), z.literal(false)]).default('/var/run/tailscale/tailscaled.sock'),
    serve: z.boolean().default(false),
    serveUser: z.union([z.int().min(0), z.literal(false)]).default(0),
  })
  .refine(({ socket, serve }) => socket !== false || serve, 'tells nobody apart with neither socket nor serve');

/** `identity` in config.json: what tells who calls, besides this machine itself. */
export const identitySettings = z.strictObject({
  /** Warder tokens always count; `true` says that they are meant to be enough beyond this machine. */
  tokens: z.literal(true).optional(),
  oidc: z
    .preprocess(
      // One alone needs no list; made one first, so that a mistake within is named where it is.
      (value) => (value === undefined ? value : [value].flat()),
      z
        .array(issuer)
        .min(1)
        .refine((all) => new Set(all.map((one) => one.issuer)).size === all.length, 'names an issuer twice')
        .optional(),
    )
    .optional(),
  tailscale: tailscale.optional(),
});

export interface IdentitySettings {
  readonly tokens: boolean;
  readonly oidc: readonly OidcIssuer[];
  readonly tailscale: {
    readonly socket: string | false;
    readonly serve: boolean;
    /** Looked at on Linux only. */
    readonly serveUser: number | false;
  } | null;
}

export const identityOf = (read: z.infer<typeof identitySettings> | undefined): IdentitySettings => ({
  tokens: read?.tokens ?? false,
  oidc: read?.oidc ?? [],
  tailscale: read?.tailscale ?? null,
});

/** `listen` in config.json: an address of this machine. */
export const listenAddress = z
  .string()
  .refine((text) => text === 'localhost' || isIP(text) !== 0, 'must be an IP address of this machine, such as 0.0.0.0');

/** Why nothing may listen at this address; null when it may. */
export function refusesToListen(listen: string, { tokens, oidc, tailscale: tailnet }: IdentitySettings): string | null {
  if (listen === 'localhost' || isLoopback(plainAddress(listen))) return null;
  if (tokens || oidc.length > 0 || tailnet !== null) return null;
  return (
    `listen is ${listen}, which others can reach, and nothing but this machine itself is configured to tell who calls. ` +
    'Set identity.oidc or identity.tailscale, or say that Warder tokens are enough: "identity": { "tokens": true }.'
  );
}

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { AgentId, Identity } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { fresh } from './fresh.ts';
import { changeShared, type SharedSettings } from './settings.ts';

export const tokenPrefix = 'wrd_';
const shape = /^wrd_[A-Za-z0-9_-]{43}$/;

/** Doors a token may open. */
export const tokenRoutes = ['gateway', 'hooks', 'mcp', 'device', 'import', 'telemetry'] as const;
export type TokenRoute = (typeof tokenRoutes)[number];

/** What a token may be used for; an absent member: everything. */
export interface TokenScope {
  /** Agents by id; one that a client says it is, by its own word. */
  readonly agent?: AgentId;
  readonly providers?: readonly string[];
  readonly routes?: readonly TokenRoute[];
}

/** What it is used for now. */
export interface TokenUse {
  readonly route: TokenRoute;
  readonly provider?: string;
  /** Absent: the client does not say. */
  readonly agent?: AgentId;
}

/** A client token as it is kept: the token itself is nowhere. Times are ISO 8601 UTC. */
export interface TokenRecord extends TokenScope {
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

export const howToGetOne = 'Run on the machine where Warder runs: warder tokens add';

/** A new token: `wrd_` and 32 random bytes in 43 URL-safe characters. */
export function newToken(): string {
  return tokenPrefix + randomBytes(32).toString('base64url');
}

/** SHA-256 of a token, hex. */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Whose token it is, at the time `now`. Errors: `no-token`, `unknown-token`, `expired-token`, `token-scope`; none repeats the token. */
export function ownerOf(
  records: ReadonlyMap<string, TokenRecord>,
  token: string,
  now: string,
  use?: TokenUse,
): Result<Identity> {
  if (token === '') return fail('no-token', `this request carries no Warder token. ${howToGetOne}`);
  if (!shape.test(token)) {
    return fail(
      'unknown-token',
      `what was sent is not a Warder token (they begin with ${tokenPrefix}). ${howToGetOne}`,
    );
  }
  const hash = hashOfToken(token);
  const record = records.get(hash);
  if (!record || !sameHash(record.hash, hash))
    return fail('unknown-token', `this token is not known here, or was revoked. ${howToGetOne}`);
  if (record.expiresAt !== null && record.expiresAt <= now)
    return fail('expired-token', `this token expired at ${record.expiresAt}. ${howToGetOne}`);
  const outside = use && outsideScope(record, use);
  if (outside) return fail('token-scope', `this token (${record.id}) is not for ${outside}. ${howToGetOne}`);
  const { person, device, label, agent } = record;
  return ok({ person, device, via: 'token', ...(label === '' ? {} : { label }), ...(agent ? { agent } : {}) });
}

function outsideScope({ agent, providers, routes }: TokenScope, use: TokenUse): string | null {
  if (routes && !routes.includes(use.route)) return `/${use.route === 'gateway' ? (use.provider ?? '') : use.route}`;
  if (providers && use.provider !== undefined && !providers.includes(use.provider)) return use.provider;
  if (agent !== undefined && use.agent !== undefined && use.agent !== agent) return use.agent;
  return null;
}

function sameHash(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The client tokens of a home. */
export interface Tokens {
  /** `use` absent: whose it is, whatever it is for. */
  identifyByToken(token: string, use?: TokenUse): Result<Identity> | Promise<Result<Identity>>;
  /** The token is given once, here. */
  add(
    token: { person: string; device: string; label?: string; expiresAt?: string | null } & TokenScope,
  ): Promise<{ token: string; record: TokenRecord }>;
  list(): Promise<readonly TokenRecord[]>;
  /** False when no token has this id (or more than one begins with it). */
  revoke(id: string): Promise<boolean>;
}

export interface TokenDeps {
  readonly settings: SharedSettings;
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
    agent: z.string().optional(),
    providers: z.array(z.string()).optional(),
    routes: z.array(z.enum(tokenRoutes)).optional(),
  }),
);
const parse = (text: string | null): readonly TokenRecord[] =>
  stored.parse(JSON.parse(text ?? '[]')).map(({ agent, providers, routes, ...record }) => ({
    ...record,
    ...scopeOf({ ...(agent ? { agent } : {}), ...(providers ? { providers } : {}), ...(routes ? { routes } : {}) }),
  }));

const scopeOf = ({ agent, providers, routes }: TokenScope): TokenScope => ({
  ...(agent === undefined ? {} : { agent }),
  ...(providers === undefined ? {} : { providers }),
  ...(routes === undefined ? {} : { routes }),
});

/** Tokens kept in the store's settings; no change is lost. Another process's change is seen within a second; an unknown token looks at once, at most every 250 ms. */
export function openTokens(deps: TokenDeps): Tokens {
  const read = async () => parse(await deps.settings.setting(settingName));
  const known = fresh(
    async () => new Map((await read()).map((record) => [record.hash, record])),
    1000,
    deps.monotonicMs ?? (() => performance.now()),
  );
  return {
    identifyByToken(token, use) {
      const owner = (records: ReadonlyMap<string, TokenRecord>) => ownerOf(records, token, deps.now(), use);
      const records = known.get();
      if (records instanceof Promise) return records.then(owner);
      const found = owner(records);
      if (found.ok || found.error.code !== 'unknown-token' || !shape.test(token)) return found;
      return known.again(250).then(owner);
    },
    async add({ person, device, label = '', expiresAt = null, ...scope }) {
      const token = newToken();
      const hash = hashOfToken(token);
      const whose = { person, device, label, createdAt: deps.now(), expiresAt };
      const record: TokenRecord = { id: hash.slice(0, 8), hash, ...whose, ...scopeOf(scope) };
      await changeShared(deps.settings, settingName, (text) => ({
        text: JSON.stringify([...parse(text), record]),
        value: null,
      }));
      return { token, record };
    },
    list: read,
    revoke: (id) =>
      changeShared(deps.settings, settingName, (text) => {
        const records = parse(text);
        const gone = records.filter((record) => record.id === id);
        if (gone.length !== 1) return { text, value: false };
        return { text: JSON.stringify(records.filter((record) => record !== gone[0])), value: true };
      }),
  };
}

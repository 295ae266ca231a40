import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ApertureSettings } from './capture/aperture-deps.ts';
import {
  type IdentitySettings,
  identityOf,
  identitySettings,
  listenAddress,
  refusesToListen,
} from './capture/identity-settings.ts';
import { UsageError } from './cli/command.ts';
import { providers } from './normalise/providers.ts';

const origin = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => new URL(url).username === '' && new URL(url).password === '',
    'must not hold a user or password: keys are added with warder keys add',
  );

/** Headers with a secret are sealed in the store by `warder mcp add`, never written here. */
const mcpServer = z.strictObject({
  url: origin,
  headers: z
    .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/), z.string().regex(/^[\t\x20-\x7e]{0,4096}$/))
    .refine(
      (headers) => !Object.keys(headers).some((name) => /auth|token|key|secret|cookie|passw/i.test(name)),
      'must not hold a secret: such headers are added with warder mcp add',
    )
    .optional(),
});

const providerIds = providers.map(({ id }) => id);

/** `<home>/config.json`. Every member is optional; an unknown one is a mistake and is named. */
const fileSchema = z.strictObject({
  port: z.int().min(0).max(65_535).optional(),
  mode: z.enum(['observe', 'enforce']).optional(),
  /** Where each provider's traffic goes; for tests and self-hosted models. */
  upstream: z.record(z.enum(providerIds), origin.optional()).optional(),
  /** Several addresses of a provider, in the order of preference; `upstream` is then not used. */
  regions: z
    .record(
      z.enum(providerIds),
      z
        .array(z.strictObject({ name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), origin }))
        .min(1)
        .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names a region twice')
        .optional(),
    )
    .optional(),
  /** Address to listen at besides loopback. */
  listen: listenAddress.optional(),
  /** What tells who calls, besides this machine itself. */
  identity: identitySettings.optional(),
  /** Let a client's own subscription token (`Authorization: Bearer sk-ant-oat…`) through to the provider. */
  passThroughClientAuth: z.boolean().optional(),
  /** Mask personal data as well in what is stored and shown. */
  maskPersonalData: z.boolean().optional(),
  /** MCP servers behind `/mcp/<name>`. */
  mcp: z.record(z.string().regex(/^[A-Za-z0-9._-]{1,100}$/), mcpServer).optional(),
  /** What becomes of MCP calls that need a person, and of tools that are forbidden by name. */
  mcpRules: z
    .strictObject({
      ask: z.enum(['person', 'deny']).optional(),
      askSeconds: z.int().min(1).max(3600).optional(),
      hideForbidden: z.boolean().optional(),
    })
    .optional(),
  /** How requests through Tailscale Aperture are guarded; docs/aperture.md says what each choice means. */
  aperture: z
    .strictObject({
      failMode: z.enum(['open', 'closed']).optional(),
      answerWithinMs: z.int().min(50).max(60_000).optional(),
      forbiddenTools: z.enum(['strip', 'refuse']).optional(),
      maskPrompts: z.boolean().optional(),
      unapproved: z.enum(['block', 'allow']).optional(),
      unseen: z.enum(['block', 'allow']).optional(),
    })
    .optional(),
  /** How long a call that needs a person waits at the gateway, and what happens when nobody came. */
  approvals: z
    .strictObject({
      waitSeconds: z.int().min(0).max(3600).optional(),
      fallback: z.enum(['deny', 'allow']).optional(),
    })
    .optional(),
  /** How long an enrolled device may judge by the policy it fetched, while the server cannot be reached. */
  devices: z.strictObject({ offlineHours: z.int().min(1).max(2160).optional() }).optional(),
  /** How long is kept what serves only to record nothing twice, in days. */
  keep: z
    .strictObject({
      deliveryDays: z.int().min(1).max(3650).optional(),
      importMarkDays: z.int().min(1).max(3650).optional(),
    })
    .optional(),
  /** Folder with further `.cedar` policies; `<home>/policies` when absent. */
  policies: z.string().optional(),
});

type FileConfig = z.infer<typeof fileSchema>;

/** Everything `serve` needs to know, resolved. Times in milliseconds. */
export interface Config {
  readonly home: string;
  readonly port: number;
  readonly mode: 'observe' | 'enforce' | null;
  readonly upstream: Readonly<Record<string, string>>;
  readonly regions: Readonly<Record<string, readonly { readonly name: string; readonly origin: string }[]>>;
  readonly listen: string;
  readonly identity: IdentitySettings;
  readonly passThroughClientAuth: boolean;
  readonly maskPersonalData: boolean;
  /** Absent: nobody waits, and what needs a person is refused. */
  readonly approvals?: { readonly waitSeconds?: number | undefined; readonly fallback?: 'deny' | 'allow' | undefined };
  /** Absent: 72 hours. */
  readonly devices?: { readonly offlineHours?: number | undefined };
  /** Absent: 30 days for ids of deliveries, 180 for marks of imports. */
  readonly keep?: { readonly deliveryDays?: number | undefined; readonly importMarkDays?: number | undefined };
  readonly policies: string;
  readonly mcp: Readonly<Record<string, { readonly url: string; readonly headers: Readonly<Record<string, string>> }>>;
  readonly aperture: ApertureSettings;
  readonly mcpRules: { readonly askMs: number; readonly hideForbidden: boolean };
  /** Files with further rules for secrets, beside `<home>/secret-rules.toml`. */
  readonly secretRules: readonly string[];
}

const defaultPort = 7717;

const apertureDefaults: ApertureSettings = {
  failMode: 'closed',
  answerWithinMs: 1200,
  forbiddenTools: 'strip',
  maskPrompts: true,
  unapproved: 'block',
  unseen: 'block',
};

export { homeDir } from './home-dir.ts';

/** Flags over `<home>/config.json` over defaults. Throws UsageError that names the file and the member. */
export function readConfig(
  home: string,
  flags: {
    port?: string | undefined;
    mode?: string | undefined;
    upstream?: readonly string[] | undefined;
    'secret-rules'?: readonly string[] | undefined;
  },
): Config {
  const file = readFile(path.join(home, 'config.json'));
  const asked = upstreamsOf(flags.upstream ?? []);
  const identity = identityOf(file.identity);
  const listen = file.listen ?? '127.0.0.1';
  const refused = refusesToListen(listen, identity);
  if (refused) throw new UsageError(`${path.join(home, 'config.json')}: ${refused}`);
  return {
    home,
    port: flags.port === undefined ? (file.port ?? defaultPort) : portOf(flags.port),
    mode: flags.mode === undefined ? (file.mode ?? null) : modeOf(flags.mode),
    upstream: {
      ...Object.fromEntries(providers.map(({ id, origin: own }) => [id, file.upstream?.[id] ?? own])),
      ...asked,
    },
    regions: Object.fromEntries(
      Object.entries(file.regions ?? {}).flatMap(([id, all]) => (all && !(id in asked) ? [[id, all]] : [])),
    ),
    listen,
    identity,
    passThroughClientAuth: file.passThroughClientAuth ?? false,
    maskPersonalData: file.maskPersonalData ?? false,
    mcp: Object.fromEntries(
      Object.entries(file.mcp ?? {}).map(([name, { url, headers = {} }]) => [name, { url, headers }]),
    ),
    mcpRules: {
      askMs: file.mcpRules?.ask === 'deny' ? 0 : (file.mcpRules?.askSeconds ?? 120) * 1000,
      hideForbidden: file.mcpRules?.hideForbidden ?? false,
    },
    aperture: { ...apertureDefaults, ...file.aperture },
    ...(file.approvals ? { approvals: file.approvals } : {}),
    ...(file.devices ? { devices: file.devices } : {}),
    ...(file.keep ? { keep: file.keep } : {}),
    policies: path.resolve(home, file.policies ?? 'policies'),
    secretRules: flags['secret-rules'] ?? [],
  };
}

function readFile(file: string): FileConfig {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return {};
    throw new UsageError(
      `${file} cannot be read: ${String(error)}. Make it readable, or move it away to use the defaults.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${String(error)}. Correct it, or move it away to use the defaults.`);
  }
  const parsed = fileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new UsageError(`${file}: ${z.prettifyError(parsed.error)}`);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new UsageError(
      `--port takes a whole number from 0 to 65535 (0 = any free one), not ${JSON.stringify(text)}.`,
    );
  return port;
}

function modeOf(text: string): 'observe' | 'enforce' {
  if (text === 'observe' || text === 'enforce') return text;
  throw new UsageError(`--mode takes observe or enforce, not ${JSON.stringify(text)}.`);
}

function upstreamsOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, url] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
      if (!providerIds.includes(name) || !origin.safeParse(url).success) {
        throw new UsageError(
          `--upstream takes PROVIDER=URL (${providerIds.join(', ')}), for example --upstream anthropic=http://127.0.0.1:8080, not ${JSON.stringify(pair.replace(/\/\/[^@/]*@/, '//…@'))}.`,
        );
      }
      return [name, url];
    }),
  );
}

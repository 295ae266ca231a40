import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { UsageError } from './cli/command.ts';
import { providers } from './normalise/providers.ts';

const origin = z
  .url({ protocol: /^https?$/ })
  .refine(
    (url) => new URL(url).username === '' && new URL(url).password === '',
    'must not hold a user or password: keys are added with warder keys add',
  );

const providerIds = providers.map(({ id }) => id);

/** `<home>/config.json`. Every member is optional; an unknown one is a mistake and is named. */
const fileSchema = z.strictObject({
  port: z.int().min(0).max(65_535).optional(),
  mode: z.enum(['observe', 'enforce']).optional(),
  /** Where each provider's traffic goes; for tests and self-hosted models. */
  upstream: z.record(z.enum(providerIds), origin.optional()).optional(),
  /** Let a client's own subscription token (`Authorization: Bearer sk-ant-oat…`) through to the provider. */
  passThroughClientAuth: z.boolean().optional(),
  /** Mask personal data as well in what is stored and shown. */
  maskPersonalData: z.boolean().optional(),
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
  readonly passThroughClientAuth: boolean;
  readonly maskPersonalData: boolean;
  readonly policies: string;
  /** Files with further rules for secrets, beside `<home>/secret-rules.toml`. */
  readonly secretRules: readonly string[];
}

const defaultPort = 7717;

/** The folder of this Warder: `--home`, else WARDER_HOME (unless empty), else `~/.warder`. Throws UsageError for an empty or wrong `--home`. */
export function homeDir(flag: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (flag === '') throw new UsageError('--home takes a folder and was given nothing.');
  const home = path.resolve(flag ?? (env.WARDER_HOME || path.join(env.HOME || os.homedir(), '.warder')));
  if (fs.existsSync(home) && !fs.statSync(home).isDirectory())
    throw new UsageError(`The Warder home ${home} is not a folder. Choose another with --home.`);
  return home;
}

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
  return {
    home,
    port: flags.port === undefined ? (file.port ?? defaultPort) : portOf(flags.port),
    mode: flags.mode === undefined ? (file.mode ?? null) : modeOf(flags.mode),
    upstream: {
      ...Object.fromEntries(providers.map(({ id, origin: own }) => [id, file.upstream?.[id] ?? own])),
      ...upstreamsOf(flags.upstream ?? []),
    },
    passThroughClientAuth: file.passThroughClientAuth ?? false,
    maskPersonalData: file.maskPersonalData ?? false,
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

import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import {
  type KeyPlace,
  openProviderKeys,
  type ProviderKeyRecord,
  type ProviderKeys,
  variableOf,
} from '../capture/provider-keys.ts';
import { homeDir } from '../config.ts';
import type { KeyStatus, UpstreamHealth } from '../core/console.ts';
import { providers } from '../normalise/providers.ts';
import { knownServer } from './agent-files.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';
import { findKeys } from './keys-find.ts';
import { renewSealing, requireOpen } from './keys-sealing.ts';
import { readSecret } from './read-secret.ts';

const usage = `warder keys: the provider keys that the gateway adds to requests.

Usage: warder keys add PROVIDER [--name N] [--region R] [--priority N] [--weight N]
                                [--from-env NAME | --from-file FILE] [--home DIR] [--json]
       warder keys rotate PROVIDER [--name N] [--from-env NAME | --from-file FILE] [--home DIR] [--json]
       warder keys rotate --sealing-key [--home DIR] [--json]
       warder keys list [--home DIR] [--json]
       warder keys remove PROVIDER [--name N] [--home DIR] [--json]
       warder keys find [DIR…] [--json]

  add        reads the key from standard input (asked for and not shown on a terminal), from the
             environment variable NAME, or from FILE (the JSON of a service account, of aws sts)
  rotate     puts a new key in the place of the one of that name; with --sealing-key: makes a new
             key that encrypts the others, and encrypts them anew
  list       names, fingerprints, dates, and how they fare at the running server; never a key
  remove     forgets a key
  find       looks for provider keys that lie on this machine: agents' settings, .env files, shell
             start-up files and this environment, or everything in DIR. Read-only; shows fingerprints

  --name N      tells keys of one provider apart (default: default)
  --region R    use it only in this region of the configuration
  --priority N  lower ones are used first (default 0)     --weight N  share among equals (default 1)

Providers: ${providers.map(({ id }) => id).join(', ')}. A running server uses a change within a second.
A key in the server's own environment (ANTHROPIC_API_KEY) comes before stored ones.
Exit status: 0 fine, 1 find found keys, 2 used wrongly, 3 could not (also: there was no such key).
`;

const options = {
  home: { type: 'string' },
  json: { type: 'boolean' },
  name: { type: 'string' },
  region: { type: 'string' },
  priority: { type: 'string' },
  weight: { type: 'string' },
  'from-env': { type: 'string' },
  'from-file': { type: 'string' },
  'sealing-key': { type: 'boolean' },
} as const;

type Flags = {
  readonly [K in keyof typeof options]?: ((typeof options)[K]['type'] extends 'boolean' ? boolean : string) | undefined;
};

export const command: Command = {
  name: 'keys',
  summary: 'add, rotate, list and remove provider keys; find those left on this machine',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [what, provider, ...rest] = positionals;
    if (what === 'find') return findKeys(positionals.slice(1), values.json === true, io);
    if (rest.length > 0) throw new UsageError(`there is one word too many: ${JSON.stringify(rest[0])}.`);
    if (what === 'list' && provider === undefined) return withKeys(values, io, (keys) => list(keys, values, io));
    if (what === 'add') return add(known(provider), values, io);
    if (what === 'rotate' && values['sealing-key'] === true && provider === undefined)
      return renewSealing(homeDir(values.home, io.env), values.json === true, io);
    if (what === 'rotate') return rotate(known(provider), values, io);
    if (what === 'remove') return withKeys(values, io, (keys) => remove(keys, known(provider), values, io));
    throw new UsageError(
      'say one of: add PROVIDER, rotate PROVIDER, rotate --sealing-key, list, remove PROVIDER, find.',
    );
  },
};

function known(provider: string | undefined): string {
  const names = providers.map(({ id }) => id);
  if (provider !== undefined && names.includes(provider)) return provider;
  throw new UsageError(
    `${provider === undefined ? 'the provider is missing' : `there is no provider ${JSON.stringify(provider)}`}. Providers: ${names.join(', ')}.`,
  );
}

/** `sealing`: the work seals something, under the key that the rest is sealed under. */
function withKeys(
  values: Flags,
  io: Io,
  work: (keys: ProviderKeys) => Promise<ExitStatus>,
  sealing = false,
): Promise<ExitStatus> {
  return withHomeStore(
    homeDir(values.home, io.env),
    async (home, settings) => {
      const { seal, unseal } = home;
      if (sealing) await requireOpen(home, settings);
      return work(openProviderKeys({ settings, providers, seal, unseal, env: io.env }));
    },
    io.env,
  );
}

function nameOf({ name = 'default' }: Flags): string {
  if (/^[A-Za-z0-9._-]{1,64}$/.test(name)) return name;
  throw new UsageError('--name takes 1 to 64 letters, digits, dots, dashes and underscores.');
}

function placeOf({ region, priority, weight }: Flags): KeyPlace {
  const number = (flag: string, text: string, least: number): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= 1000) return value;
    throw new UsageError(`${flag} takes a whole number from ${least} to 1000, not ${JSON.stringify(text)}.`);
  };
  return {
    ...(region === undefined ? {} : { region }),
    ...(priority === undefined ? {} : { priority: number('--priority', priority, 0) }),
    ...(weight === undefined ? {} : { weight: number('--weight', weight, 1) }),
  };
}

async function add(provider: string, values: Flags, io: Io): Promise<ExitStatus> {
  const [name, place] = [nameOf(values), placeOf(values)];
  const key = await keyFrom(provider, values, io);
  return withKeys(values, io, (keys) => keep(keys, provider, name, key, place, values, io), true);
}

async function rotate(provider: string, values: Flags, io: Io): Promise<ExitStatus> {
  const name = nameOf(values);
  const key = await keyFrom(provider, values, io);
  const replace = async (keys: ProviderKeys): Promise<ExitStatus> => {
    const before = (await keys.list()).find((each) => each.provider === provider && each.name === name);
    if (before) return keep(keys, provider, name, key, {}, values, io);
    io.stderr.write(`warder keys: no key ${name} for ${provider} is kept. See: warder keys list\n`);
    return 3;
  };
  return withKeys(values, io, replace, true);
}

async function keep(
  keys: ProviderKeys,
  provider: string,
  name: string,
  key: string,
  place: KeyPlace,
  { json }: Flags,
  io: Io,
): Promise<ExitStatus> {
  const kept = await keys.add(provider, name, key, new Date().toISOString(), place);
  if (!kept.ok) throw new UsageError(kept.error.detail);
  const { fingerprint } = kept.value;
  const what = name === 'default' ? `The key for ${provider}` : `The key ${name} for ${provider}`;
  io.stdout.write(
    json ? `${JSON.stringify(kept.value)}\n` : `${what} is kept, encrypted (fingerprint ${fingerprint}).\n`,
  );
  return 0;
}

async function keyFrom(provider: string, values: Flags, io: Io): Promise<string> {
  const { 'from-env': variable, 'from-file': file } = values;
  if (variable !== undefined && file !== undefined) throw new UsageError('take --from-env or --from-file, not both.');
  if (file !== undefined) return fromFile(file);
  if (variable === undefined) return readSecret(io, `Key for ${provider} (not shown): `);
  const value = io.env[variable]?.trim();
  if (value) return value;
  throw new UsageError(`the environment variable ${variable} is not set.`);
}

function fromFile(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read.`, { cause });
  }
}

async function list(keys: ProviderKeys, values: Flags, io: Io): Promise<ExitStatus> {
  const items = await keys.list();
  const health = await healthAt(homeDir(values.home, io.env));
  const fromEnvironment = providers.filter((each) => variableOf(each, io.env) !== null).map(({ id }) => id);
  if (values.json) {
    io.stdout.write(`${JSON.stringify({ items, next: null, fromEnvironment, health })}\n`);
    return 0;
  }
  const statusOf = (record: Pick<ProviderKeyRecord, 'provider' | 'name' | 'fingerprint'>) =>
    health?.keys.find(
      (each) =>
        each.provider === record.provider && each.name === record.name && each.fingerprint === record.fingerprint,
    );
  for (const item of items) io.stdout.write(`${lineOf(item)}${fares(statusOf(item))}\n`);
  for (const each of health?.keys ?? [])
    if (each.source === 'environment')
      io.stdout.write(
        `${each.provider.padEnd(12)} ${each.name}  fingerprint ${each.fingerprint}  the server's environment${fares(each)}\n`,
      );
  for (const { provider, name, host, state, failed } of health?.regions ?? [])
    if (state !== 'closed' || failed > 0)
      io.stdout.write(
        `${provider.padEnd(12)} region ${name} (${host}): ${state === 'closed' ? 'well' : 'left alone'}, ${failed} failed\n`,
      );
  if (items.length === 0) io.stderr.write('No keys are kept. Add one: warder keys add anthropic\n');
  for (const id of fromEnvironment) {
    const provider = providers.find((each) => each.id === id);
    const variable = provider && variableOf(provider, io.env)?.variable;
    io.stderr.write(`${variable} is set here; where the server sees it too, it comes first.\n`);
  }
  return 0;
}

function lineOf({ provider, name, fingerprint, kind, addedAt, region, priority, weight }: ProviderKeyRecord): string {
  const extra = [
    kind === 'key' ? '' : kind,
    region === null ? '' : `region ${region}`,
    priority === 0 ? '' : `priority ${priority}`,
    weight === 1 ? '' : `weight ${weight}`,
  ].filter((each) => each !== '');
  const named = name === 'default' ? '' : `${name}  `;
  return `${provider.padEnd(12)} ${named}fingerprint ${fingerprint}  added ${addedAt}${extra.length > 0 ? `  ${extra.join(', ')}` : ''}`;
}

/** How a key fares at the running server, as the end of its line. */
function fares(status: KeyStatus | undefined): string {
  if (!status) return '';
  const { sent, answered, refused, limited, failed } = status.counts;
  const words = {
    ready: 'in use',
    resting: `rests ${status.waitSeconds} s`,
    out: `OUT (${status.lastStatus}), next try in ${status.waitSeconds} s`,
  };
  return `  ${words[status.state]}: ${sent} sent, ${answered} answered, ${refused} refused, ${limited} limited, ${failed} failed`;
}

const counts = z.looseObject({
  sent: z.number(),
  answered: z.number(),
  refused: z.number(),
  limited: z.number(),
  failed: z.number(),
});
const answer = z.looseObject({
  keys: z.array(
    z.looseObject({
      provider: z.string(),
      name: z.string(),
      fingerprint: z.string(),
      source: z.enum(['environment', 'store']),
      state: z.enum(['ready', 'resting', 'out']),
      waitSeconds: z.number(),
      lastStatus: z.number().nullable(),
      counts,
    }),
  ),
  regions: z.array(
    z.looseObject({
      provider: z.string(),
      name: z.string(),
      host: z.string(),
      state: z.enum(['closed', 'open', 'half-open']),
      waitSeconds: z.number(),
      failed: z.number(),
    }),
  ),
});

/** What the running server of a home says of its keys; null when none runs. */
async function healthAt(home: string): Promise<UpstreamHealth | null> {
  const server = knownServer(home);
  if (server === null) return null;
  const headers = { authorization: `Bearer ${server.apiToken}` };
  const response = await fetch(`${server.url}/api/v1/keys`, { headers, signal: AbortSignal.timeout(2000) }).catch(
    () => null,
  );
  const read = answer.safeParse(response?.ok ? await response.json() : null);
  return read.success ? read.data : null;
}

async function remove(keys: ProviderKeys, provider: string, values: Flags, io: Io): Promise<ExitStatus> {
  const name = nameOf(values);
  const removed = await keys.remove(provider, name);
  const what = name === 'default' ? `key for ${provider}` : `key ${name} for ${provider}`;
  if (values.json) io.stdout.write(`${JSON.stringify({ provider, name, removed })}\n`);
  else if (removed) io.stdout.write(`The ${what} is forgotten.\n`);
  if (!removed) io.stderr.write(`warder keys: no ${what} was kept.\n`);
  return removed ? 0 : 3;
}

import { parseArgs } from 'node:util';
import { keyVariable, openProviderKeys, type ProviderKeys } from '../capture/upstream.ts';
import { homeDir } from '../config.ts';
import { providers } from '../normalise/providers.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';
import { readSecret } from './read-secret.ts';

const usage = `warder keys: the provider keys that the gateway adds to requests.

Usage: warder keys add PROVIDER [--from-env NAME] [--home DIR] [--json]
       warder keys list [--home DIR] [--json]
       warder keys remove PROVIDER [--home DIR] [--json]

  add        reads the key from standard input (asked for and not shown on a terminal),
             or from the environment variable NAME
  list       names, fingerprints and dates; a key itself is never shown
  remove     forgets a key

Providers: ${providers.map(({ id }) => id).join(', ')}. Keys are encrypted with this home's key. A running server uses a change within a second.
A key in the server's own environment (ANTHROPIC_API_KEY) wins over a stored one.
Exit status: 0 fine, 2 used wrongly, 3 could not (also: there was no such key to remove).
`;

interface Flags {
  readonly home?: string | undefined;
  readonly json?: boolean | undefined;
  readonly 'from-env'?: string | undefined;
}

export const command: Command = {
  name: 'keys',
  summary: 'add, list and remove provider keys',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { home: { type: 'string' }, json: { type: 'boolean' }, 'from-env': { type: 'string' } },
    });
    const [what, provider, ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`there is one word too many: ${JSON.stringify(rest[0])}.`);
    if (what === 'list' && provider === undefined) return withKeys(values, io, (keys) => list(keys, values, io));
    if (what === 'add') return add(known(provider), values, io);
    if (what === 'remove') return withKeys(values, io, (keys) => remove(keys, known(provider), values, io));
    throw new UsageError('say one of: add PROVIDER, list, remove PROVIDER.');
  },
};

function known(provider: string | undefined): string {
  const names = providers.map(({ id }) => id);
  if (provider !== undefined && names.includes(provider)) return provider;
  throw new UsageError(
    `${provider === undefined ? 'the provider is missing' : `there is no provider ${JSON.stringify(provider)}`}. Providers: ${names.join(', ')}.`,
  );
}

function withKeys(values: Flags, io: Io, work: (keys: ProviderKeys) => Promise<ExitStatus>): Promise<ExitStatus> {
  return withHomeStore(homeDir(values.home, io.env), ({ seal, unseal }, settings) =>
    work(openProviderKeys({ settings, seal, unseal, env: io.env })),
  );
}

async function add(provider: string, values: Flags, io: Io): Promise<ExitStatus> {
  const key = checked(await keyFrom(provider, values['from-env'], io));
  return withKeys(values, io, async (keys) => {
    const record = await keys.add(provider, key, new Date().toISOString());
    io.stdout.write(
      values.json
        ? `${JSON.stringify(record)}\n`
        : `The key for ${provider} is kept, encrypted (fingerprint ${record.fingerprint}).\n`,
    );
    return 0;
  });
}

async function keyFrom(provider: string, variable: string | undefined, io: Io): Promise<string> {
  if (variable === undefined) return readSecret(io, `Key for ${provider} (not shown): `);
  const value = io.env[variable]?.trim();
  if (value) return value;
  throw new UsageError(`the environment variable ${variable} is not set.`);
}

function checked(key: string): string {
  if (key.startsWith('wrd_')) throw new UsageError("this is a Warder token, not a provider's key.");
  if (!/^[\x21-\x7e]{8,1024}$/.test(key))
    throw new UsageError('this does not look like a key: 8 to 1024 visible characters without blanks.');
  return key;
}

async function list(keys: ProviderKeys, values: Flags, io: Io): Promise<ExitStatus> {
  const items = await keys.list();
  const fromEnvironment = providers.map(({ id }) => id).filter((id) => io.env[keyVariable(id)]);
  if (values.json) {
    io.stdout.write(`${JSON.stringify({ items, next: null, fromEnvironment })}\n`);
    return 0;
  }
  for (const { provider, fingerprint, addedAt } of items)
    io.stdout.write(`${provider.padEnd(12)} fingerprint ${fingerprint}  added ${addedAt}\n`);
  if (items.length === 0) io.stderr.write('No keys are kept. Add one: warder keys add anthropic\n');
  for (const id of fromEnvironment)
    io.stderr.write(`${keyVariable(id)} is set here; where the server sees it too, it wins.\n`);
  return 0;
}

async function remove(keys: ProviderKeys, provider: string, values: Flags, io: Io): Promise<ExitStatus> {
  const removed = await keys.remove(provider);
  if (values.json) io.stdout.write(`${JSON.stringify({ provider, removed })}\n`);
  else if (removed) io.stdout.write(`The key for ${provider} is forgotten.\n`);
  if (!removed) io.stderr.write(`warder keys: no key for ${provider} was kept.\n`);
  return removed ? 0 : 3;
}

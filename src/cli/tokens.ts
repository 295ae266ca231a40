import os from 'node:os';
import { parseArgs } from 'node:util';
import {
  openTokens,
  type TokenRecord,
  type TokenRoute,
  type TokenScope,
  type Tokens,
  tokenRoutes,
} from '../capture/tokens.ts';
import { homeDir } from '../config.ts';
import { providers } from '../normalise/providers.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';

const usage = `warder tokens: who may talk to this Warder, and as whom.

Usage: warder tokens add [--person P] [--device D] [--label TEXT] [--expires 90d] [--agent A]
                         [--provider P…] [--route R…] [--home DIR] [--json]
       warder tokens list [--home DIR] [--json]
       warder tokens revoke ID [--home DIR] [--json]

  add        makes a token and prints it once; only its SHA-256 is kept
  --person   who uses it (default: your user name)      --device   on which machine (default: this one)
  --expires  12h, 90d, 8w (default: never)
  --agent    for this agent only (claude-code, codex, …); refused when a client says it is another
  --provider for models of this provider only; may be repeated
  --route    for this door only: ${tokenRoutes.join(', ')}; may be repeated

An agent sends the token where it would send its provider key (x-api-key or Authorization: Bearer).
A running server follows a change within a second.
Exit status: 0 fine, 2 used wrongly, 3 could not (also: no such token).
`;

export const command: Command = {
  name: 'tokens',
  summary: 'add, list and revoke client tokens',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        home: { type: 'string' },
        json: { type: 'boolean' },
        person: { type: 'string' },
        device: { type: 'string' },
        label: { type: 'string' },
        expires: { type: 'string' },
        agent: { type: 'string' },
        provider: { type: 'string', multiple: true },
        route: { type: 'string', multiple: true },
      },
    });
    const [what, id, ...rest] = positionals;
    const work = workFor(what, rest.length === 0 ? id : undefined, values, io);
    if (!work || rest.length > 0) throw new UsageError('say one of: add, list, revoke ID.');
    const now = () => new Date().toISOString();
    return withHomeStore(
      homeDir(values.home, io.env),
      (_home, settings) => work(openTokens({ settings, now })),
      io.env,
    );
  },
};

interface Flags {
  readonly json?: boolean | undefined;
  readonly person?: string | undefined;
  readonly device?: string | undefined;
  readonly label?: string | undefined;
  readonly expires?: string | undefined;
  readonly agent?: string | undefined;
  readonly provider?: readonly string[] | undefined;
  readonly route?: readonly string[] | undefined;
}

type Work = (tokens: Tokens) => Promise<ExitStatus>;

/** What to do, with every flag checked before anything is opened. */
function workFor(what: string | undefined, id: string | undefined, flags: Flags, io: Io): Work | null {
  if (what === 'add' && id === undefined) return add(flags, io);
  if (what === 'list' && id === undefined) return (tokens) => list(tokens, flags, io);
  if (what === 'revoke' && id !== undefined) return (tokens) => revoke(tokens, id, flags, io);
  return null;
}

function add(flags: Flags, io: Io): Work {
  const person = named('--person', flags.person ?? os.userInfo().username);
  const device = named('--device', flags.device ?? os.hostname());
  const label = flags.label === undefined ? '' : named('--label', flags.label);
  const expiresAt = flags.expires === undefined ? null : expiry(flags.expires, Date.now());
  const scope = scopeOf(flags);
  return async (tokens) => {
    const { token, record } = await tokens.add({ person, device, label, expiresAt, ...scope });
    if (flags.json) io.stdout.write(`${JSON.stringify({ token, ...shown(record) })}\n`);
    else {
      io.stdout.write(`${token}\n`);
      io.stderr.write(
        `Token ${record.id} for ${person} on ${device}${expiresAt ? `, until ${expiresAt}` : ''}. It is shown this once.\n`,
      );
    }
    return 0;
  };
}

function scopeOf({ agent, provider, route }: Flags): TokenScope {
  const ids = providers.map(({ id }) => id);
  const unknown = provider?.find((each) => !ids.includes(each));
  if (unknown !== undefined)
    throw new UsageError(`--provider takes one of ${ids.join(', ')}, not ${JSON.stringify(unknown)}.`);
  if (agent !== undefined && !/^[a-z0-9][a-z0-9-]{0,63}$/.test(agent))
    throw new UsageError(`--agent takes the id of an agent, such as claude-code, not ${JSON.stringify(agent)}.`);
  const routes = route?.map((each): TokenRoute => {
    const known = tokenRoutes.find((one) => one === each);
    if (known) return known;
    throw new UsageError(`--route takes one of ${tokenRoutes.join(', ')}, not ${JSON.stringify(each)}.`);
  });
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(provider === undefined ? {} : { providers: provider }),
    ...(routes === undefined ? {} : { routes }),
  };
}

function named(flag: string, value: string): string {
  if (/^[^\p{C}]{1,100}$/u.test(value) && value.trim() !== '') return value.trim();
  throw new UsageError(`${flag} takes 1 to 100 visible characters.`);
}

const unitMs = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `90d` → the moment, ISO 8601. Throws UsageError for anything else. */
function expiry(text: string, nowMs: number): string {
  const found = /^([1-9]\d{0,4})([hdw])$/.exec(text);
  const unit = found?.[2];
  if (!found || (unit !== 'h' && unit !== 'd' && unit !== 'w'))
    throw new UsageError(`--expires takes a number and h, d or w, such as 90d, not ${JSON.stringify(text)}.`);
  return new Date(nowMs + Number(found[1]) * unitMs[unit]).toISOString();
}

/** A record without its hash. */
const shown = ({ hash: _, ...rest }: TokenRecord): Omit<TokenRecord, 'hash'> => rest;

async function list(tokens: Tokens, flags: Flags, io: Io): Promise<ExitStatus> {
  const items = (await tokens.list()).map(shown);
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ items, next: null })}\n`);
    return 0;
  }
  for (const { id, person, device, label, createdAt, expiresAt, agent, providers: models, routes } of items) {
    const scope = [agent, ...(models ?? []), ...(routes ?? [])].filter((each) => each !== undefined);
    const only = scope.length > 0 ? `  only ${scope.join(', ')}` : '';
    io.stdout.write(
      `${id}  ${person} on ${device}  made ${createdAt}  ${expiresAt ? `until ${expiresAt}` : 'no end'}${only}${label ? `  ${label}` : ''}\n`,
    );
  }
  if (items.length === 0) io.stderr.write('There are no tokens. Make one: warder tokens add\n');
  return 0;
}

async function revoke(tokens: Tokens, id: string, flags: Flags, io: Io): Promise<ExitStatus> {
  const revoked = await tokens.revoke(id);
  if (flags.json) io.stdout.write(`${JSON.stringify({ id, revoked })}\n`);
  else if (revoked) io.stdout.write(`Token ${id} is revoked.\n`);
  if (!revoked) io.stderr.write(`warder tokens: there is no token ${JSON.stringify(id)}. See: warder tokens list\n`);
  return revoked ? 0 : 3;
}

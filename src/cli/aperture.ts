import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { openHookKeys } from '../capture/aperture-keys.ts';
import { homeDir, readConfig } from '../config.ts';
import { checkAperture } from './aperture-check.ts';
import { hookSetup } from './aperture-config.ts';
import type { Finding, WarderSide } from './aperture-finding.ts';
import { type SeenStatus, showStatus, statusOf } from './aperture-status.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { withHomeStore } from './home-store.ts';
import { plainJson } from './hujson.ts';

const usage = `warder aperture: Tailscale Aperture's hooks, in front of this Warder.

Usage: warder aperture config [--url URL] [--new-key] [--dst NODE] [--src NAME]… [--home DIR] [--json]
       warder aperture check FILE [POLICYFILE] [--home DIR] [--json]
       warder aperture status [--home DIR] [--json]
       warder aperture keys add [--label TEXT] [--home DIR] [--json]
       warder aperture keys list | revoke ID [--home DIR] [--json]

  config     prints what to paste into Aperture's configuration: two hooks and a grant. With --dst the grant is for
             the tailnet's policy file, where it needs to name Aperture's own node or tag
  check      says which part is missing or wrong in a configuration (comments and trailing commas are read), and in
             the policy file when one is given; then what the running server has seen
  status     what the running server has seen: the last request, the last event, from which tailnet
  keys       the keys that the hooks carry; one is printed once and kept as a hash. Its holder may say of every
             request whose it is
  --url      where Aperture reaches this Warder (default: https://WARDER.YOUR-TAILNET.ts.net, to be replaced)
  --new-key  makes a key and puts it where the word KEY stands else
  --src      for whom the grant holds (default: *)

Exit status: 0 fine, 1 something is missing, 2 used wrongly, 3 could not.
`;

export const command: Command = {
  name: 'aperture',
  summary: 'set up and check the hooks of Tailscale Aperture',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        home: { type: 'string' },
        json: { type: 'boolean' },
        url: { type: 'string' },
        'new-key': { type: 'boolean' },
        dst: { type: 'string' },
        src: { type: 'string', multiple: true },
        label: { type: 'string' },
      },
    });
    const [what, ...rest] = positionals;
    if ((what === undefined || what === 'config') && rest.length === 0) return config(values, io);
    if (what === 'check' && rest.length >= 1 && rest.length <= 2) return check(rest, values, io);
    if (what === 'status' && rest.length === 0) return status(values, io);
    if (what === 'keys') return keys(rest, values, io);
    throw new UsageError('say one of: config, check FILE [POLICYFILE], status, keys add, keys list, keys revoke ID.');
  },
};

interface Flags {
  readonly home?: string | undefined;
  readonly json?: boolean | undefined;
  readonly url?: string | undefined;
  readonly 'new-key'?: boolean | undefined;
  readonly dst?: string | undefined;
  readonly src?: readonly string[] | undefined;
  readonly label?: string | undefined;
}

/** How this Warder answers: as the running server says, else as the configuration does. */
async function warderSide(flags: Flags, io: Io): Promise<WarderSide & { readonly seen: SeenStatus | null }> {
  const home = homeDir(flags.home, io.env);
  const { aperture, mode } = readConfig(home, {});
  const seen = await statusOf(home);
  const failMode = seen?.fails ?? (mode === 'enforce' ? aperture.failMode : 'open');
  return { failMode, answerWithinMs: aperture.answerWithinMs, mode: seen?.mode ?? mode ?? 'observe', seen };
}

async function config(flags: Flags, io: Io): Promise<ExitStatus> {
  const url = flags.url ?? 'https://WARDER.YOUR-TAILNET.ts.net';
  if (!/^https?:\/\/[^\s/?#]+(?:\/[^\s?#]*)?$/i.test(url))
    throw new UsageError(`--url takes an address such as https://warder.example.ts.net, not ${JSON.stringify(url)}.`);
  const { mode, failMode, answerWithinMs } = await warderSide(flags, io);
  const setup = hookSetup({
    url: url.replace(/\/+$/, ''),
    key: flags['new-key'] ? await newKey(flags, io) : 'KEY',
    dst: flags.dst ?? null,
    src: flags.src ?? ['*'],
    failMode,
    answerWithinMs,
  });
  if (flags.json) {
    io.stdout.write(`${JSON.stringify(setup)}\n`);
    return 0;
  }
  io.stdout.write(`${JSON.stringify(setup.config, null, 2)}\n`);
  io.stderr.write('Above: merge it into the configuration of Aperture.\n');
  if (setup.policy !== null) {
    io.stdout.write(`${JSON.stringify(setup.policy, null, 2)}\n`);
    io.stderr.write("The second object: merge it into the tailnet's policy file.\n");
  }
  if (mode === 'observe')
    io.stderr.write('Warder only watches now, so the guardrail fails open. Print it again once it enforces.\n');
  if (!flags['new-key']) io.stderr.write('KEY is what this prints: warder aperture keys add\n');
  return 0;
}

const now = () => new Date().toISOString();

const newKey = (flags: Flags, io: Io): Promise<string> =>
  withHomeStore(homeDir(flags.home, io.env), async (_home, settings) => {
    const { key } = await openHookKeys({ settings, now }).add('Aperture');
    return key;
  });

async function check(files: readonly string[], flags: Flags, io: Io): Promise<ExitStatus> {
  const [own, policy] = files.map(readJson);
  const { seen, ...side } = await warderSide(flags, io);
  const findings = checkAperture(own, policy, side);
  const missing = findings.filter(({ ok }) => !ok).length;
  if (flags.json) {
    io.stdout.write(`${JSON.stringify({ ok: missing === 0, findings, seen })}\n`);
    return missing === 0 ? 0 : 1;
  }
  print(io, findings);
  const all = `${findings.length} checks`;
  io.stdout.write(missing === 0 ? '\nNothing is missing.\n' : `\n${missing} of ${all} found something missing.\n`);
  io.stdout.write(`\n${showStatus(seen)}`);
  return missing === 0 ? 0 : 1;
}

function readJson(file: string): unknown {
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`${file} cannot be read`, { cause });
  }
  try {
    return JSON.parse(plainJson(text));
  } catch (cause) {
    throw new Error(`${file} is neither JSON nor HuJSON`, { cause });
  }
}

function print(io: Io, findings: readonly Finding[]): void {
  const coloured = io.stdout.isTTY === true && !io.env.NO_COLOR;
  const paint = (code: number, text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  for (const { ok, what, mend } of findings)
    io.stdout.write(`${ok ? paint(34, '●') : paint(31, '■')} ${what}${mend === undefined ? '' : `\n    ${mend}`}\n`);
}

async function status(flags: Flags, io: Io): Promise<ExitStatus> {
  const seen = await statusOf(homeDir(flags.home, io.env));
  io.stdout.write(flags.json ? `${JSON.stringify(seen)}\n` : showStatus(seen));
  if (seen === null) return 3;
  return seen.trouble === '' ? 0 : 1;
}

async function keys([what, id, ...rest]: readonly string[], flags: Flags, io: Io): Promise<ExitStatus> {
  const known = (what === 'add' || what === 'list') && id === undefined;
  if (rest.length > 0 || !(known || (what === 'revoke' && id !== undefined)))
    throw new UsageError('say one of: keys add, keys list, keys revoke ID.');
  const label = flags.label ?? 'Aperture';
  if (!/^[^\p{C}]{1,100}$/u.test(label)) throw new UsageError('--label takes 1 to 100 visible characters.');
  return withHomeStore(homeDir(flags.home, io.env), async (_home, settings) => {
    const held = openHookKeys({ settings, now });
    if (what === 'add') {
      const { key, record } = await held.add(label);
      io.stdout.write(flags.json ? `${JSON.stringify({ key, id: record.id, label })}\n` : `${key}\n`);
      if (!flags.json) io.stderr.write(`Key ${record.id}. It is shown this once: "apikey" of both hooks.\n`);
      return 0;
    }
    if (what === 'list') {
      const items = (await held.list()).map(({ hash: _, ...shown }) => shown);
      if (flags.json) io.stdout.write(`${JSON.stringify({ items, next: null })}\n`);
      else for (const each of items) io.stdout.write(`${each.id}  ${each.label}  made ${each.createdAt}\n`);
      if (items.length === 0 && !flags.json) io.stderr.write('There are no keys. Make one: warder aperture keys add\n');
      return 0;
    }
    const revoked = await held.revoke(id ?? '');
    if (flags.json) io.stdout.write(`${JSON.stringify({ id, revoked })}\n`);
    else if (revoked) io.stdout.write(`Key ${id} is revoked.\n`);
    if (!revoked)
      io.stderr.write(`warder aperture: there is no key ${JSON.stringify(id)}. See: warder aperture keys list\n`);
    return revoked ? 0 : 3;
  });
}

import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Unit, unitFor } from '../device/units.ts';
import { homeDir } from '../home-dir.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { enrol, unenrol } from './device-enrol.ts';
import { devicePaths, readIdentity } from './device-home.ts';
import type { DeviceStatus } from './device-run.ts';

const usage = `warder device: the resident process of a machine whose server is elsewhere.

Usage: warder device enrol --code CODE --url URL [--name NAME] [--port N] [--home DIR] [--json]
       warder device run [--home DIR]
       warder device status [--home DIR] [--json]
       warder device install-unit [--system] [--dry-run] [--home DIR] [--json]
       warder device unenrol [--force] [--home DIR]
On the server:
       warder device invite [--person P] [--device D] [--expires 1h] [--home DIR] [--json]
       warder device list [--home DIR] [--json]
       warder device revoke ID [--home DIR] [--json]

  enrol          with a code that \`warder device invite\` made on the server; keeps who this machine is (0600)
  --port         on loopback, for agents with http hooks (default 7718)
  run            takes hooks on a Unix socket and that port, asks the server, judges by the policy it signed when it
                 cannot be reached, keeps what happened until it has arrived, and looks that agents stay connected
  status         asks the process that runs
  install-unit   a systemd or launchd unit that keeps it running; --system: for the machine, not for this person
  --dry-run      shows the unit, writes nothing
  unenrol        ends the enrolment, here and on the server; --force: whatever is lost by it
  --expires      how long a code is good: 30m, 1h, 7d (default 1h)

On a machine that runs the server itself none of this is needed.
Exit status: 0 fine, 1 it does not run or something is altered (status), 2 used wrongly, 3 could not.
`;

const options = {
  home: { type: 'string' },
  json: { type: 'boolean' },
  code: { type: 'string' },
  url: { type: 'string' },
  name: { type: 'string' },
  port: { type: 'string' },
  person: { type: 'string' },
  device: { type: 'string' },
  expires: { type: 'string' },
  system: { type: 'boolean' },
  force: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

type Flags = ReturnType<typeof parse>['values'];
const parse = (args: readonly string[]) => parseArgs({ args: [...args], options, allowPositionals: true });

/** Flags that each piece of work takes, besides --home. */
const takes: Readonly<Record<string, readonly string[]>> = {
  enrol: ['code', 'url', 'name', 'port', 'json'],
  run: [],
  status: ['json'],
  'install-unit': ['system', 'dry-run', 'json'],
  unenrol: ['force'],
  invite: ['person', 'device', 'expires', 'json'],
  list: ['json'],
  revoke: ['json'],
};

export const command: Command = {
  name: 'device',
  summary: 'connect this machine to a server elsewhere, and invite machines to this one',
  usage,
  async run(args, io) {
    const { values, positionals } = parse(args);
    const [what = '', id, ...more] = positionals;
    const known = takes[what];
    if (!Object.hasOwn(takes, what) || known === undefined)
      throw new UsageError(`say one of: ${Object.keys(takes).join(', ')}.`);
    if (more.length > 0 || (id !== undefined && what !== 'revoke')) throw new UsageError(`${what} takes no such word.`);
    const strange = Object.keys(values).find((flag) => flag !== 'home' && !known.includes(flag));
    if (strange !== undefined) throw new UsageError(`--${strange} is not for ${what}.`);
    const home = homeDir(values.home, io.env);
    if (what === 'invite' || what === 'list' || what === 'revoke')
      return (await import('./device-server.ts')).onServer(what, id, values, home, io);
    if (what === 'run') return (await import('./device-alone.ts')).runDevice(home, io);
    if (what === 'enrol') return enrolled(home, values, io);
    if (what === 'status') return status(home, values, io);
    if (what === 'unenrol') {
      const { name, url } = await unenrol(home, values.force === true, io);
      io.stdout.write(`${name} is no longer enrolled at ${url}.\n`);
      return 0;
    }
    return installUnit(home, values, io);
  },
};

async function enrolled(home: string, flags: Flags, io: Io): Promise<ExitStatus> {
  const { id, name, person, url, mode, keyid } = await enrol(home, flags);
  if (flags.json) io.stdout.write(`${JSON.stringify({ id, name, person, url, mode, keyid })}\n`);
  else
    io.stdout.write(
      `This machine is enrolled at ${url} as ${name} of ${person} (${id}).\nStart it: warder device install-unit, or: warder device run\nThen connect agents: warder install all\n`,
    );
  return 0;
}

/** What the running process says of itself; null: none answers. */
function ask(socket: string, port: number, token: string): Promise<DeviceStatus | null> {
  const way = process.platform === 'win32' ? { host: '127.0.0.1', port } : { socketPath: socket };
  return new Promise((resolve) => {
    const asking = http.get(
      { ...way, path: '/status', headers: { authorization: `Bearer ${token}` }, timeout: 3000 },
      (res) => {
        let text = '';
        res.on('data', (chunk) => (text += String(chunk)));
        // Our own process, over a socket that only its owner reaches.
        res.on('end', () => resolve(res.statusCode === 200 ? (JSON.parse(text) as DeviceStatus) : null));
      },
    );
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(null));
  });
}

async function status(home: string, { json }: Flags, io: Io): Promise<ExitStatus> {
  const identity = readIdentity(home);
  if (!identity.ok) throw new Error(identity.error.detail);
  const { port, hookToken, name, person, url } = identity.value;
  const found = await ask(devicePaths(home).socket, port, hookToken);
  if (json) io.stdout.write(`${JSON.stringify({ running: found !== null, ...(found ?? { name, person, url }) })}\n`);
  else if (found === null)
    io.stdout.write(
      `${name} of ${person} is enrolled at ${url}, but its process does not run. Start it: warder device run\n`,
    );
  else io.stdout.write(`${linesOf(found).join('\n')}\n`);
  return found === null || found.alterations.length > 0 ? 1 : 0;
}

function linesOf(now: DeviceStatus): string[] {
  return [
    `${now.name} of ${now.person} (${now.id}), enrolled at ${now.url}`,
    now.online
      ? `The server answers; last at ${now.lastContact}.`
      : `The server cannot be reached${now.lastContact ? `; last at ${now.lastContact}` : ''}.`,
    now.policy === ''
      ? 'There is no policy to judge by alone.'
      : `Alone it judges by policy ${now.policy.slice(0, 12)} in ${now.mode} mode.`,
    `${now.waiting} deliveries wait; ${now.lost} were lost.`,
    ...now.agents.map(
      ({ agent, ok }) => `${ok ? '●' : '■'} ${agent} ${ok ? 'is connected' : 'is not as it was connected'}`,
    ),
    ...now.alterations.map(({ agent, what, path: file }) => `    ${agent}: ${what} ${file}`),
  ];
}

function installUnit(home: string, flags: Flags, io: Io): ExitStatus {
  const { platform } = process;
  if (platform !== 'linux' && platform !== 'darwin')
    throw new Error(
      'Units are written for Linux and macOS. On Windows, start `warder device run` by the Task Scheduler.',
    );
  const { username, homedir } = os.userInfo();
  const scope = flags.system ? 'system' : 'user';
  const unit = unitFor({
    platform,
    scope,
    user: username,
    home: io.env.HOME || homedir,
    program: [program()],
    warderHome: home,
  });
  if (!flags['dry-run']) write(unit);
  if (flags.json) io.stdout.write(`${JSON.stringify({ ...unit, written: !flags['dry-run'] })}\n`);
  else if (flags['dry-run']) io.stdout.write(`# ${unit.path}\n${unit.text}`);
  else io.stdout.write(`Written: ${unit.path}\nStart it:\n${unit.start.map((line) => `  ${line}\n`).join('')}`);
  return 0;
}

function write({ path: file, mode, text }: Unit): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
}

/** The `warder` that is running, absolute: beside the sources in a checkout, beside the bundle in the package. */
function program(): string {
  const found = ['../../bin/warder', '../bin/warder']
    .map((at) => path.resolve(import.meta.dirname, at))
    .find((file) => fs.existsSync(file));
  if (found === undefined) throw new Error('bin/warder is missing from this installation. Install Warder again.');
  return found;
}

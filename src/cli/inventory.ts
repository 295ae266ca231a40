import fs from 'node:fs';
import path from 'node:path';
import { openDisk } from '../capture/machine-disk.ts';
import { homeDir } from '../config.ts';
import { inventorySources } from '../core/inventory.ts';
import { type Command, type ExitStatus, type Io, UsageError } from './command.ts';
import { type InventoryFlags, parseInventoryArgs } from './inventory-flags.ts';
import { importInventory } from './inventory-import.ts';
import { forgetDevice, sendInventory, setStanding, showServer } from './inventory-server.ts';
import { takeInventory } from './inventory-take.ts';
import { printInventory } from './inventory-text.ts';

const foreign = inventorySources.filter((source) => source !== 'warder').join('|');

const usage = `warder inventory: which agents are on this machine, which MCP servers they use, and what is risky about it.

Usage: warder inventory [--send] [--project DIR…] [--user-home DIR… | --all-users] [--root DIR] [--name NAME]
                        [--url URL --token TOKEN] [--home DIR] [--json]
       warder inventory agents|devices|servers|catalogue [--home DIR] [--json]
       warder inventory allow|disallow|review ID [--note TEXT] [--home DIR] [--json]
       warder inventory forget DEVICE [--home DIR] [--json]
       warder inventory import --from ${foreign} FILE… [--dry-run] [--home DIR] [--json]
       warder inventory import --from crowdstrike|sentinelone|jamf|intune --api [--dry-run] [--home DIR] [--json]

Without a word it looks at this machine: programs, packages, applications, editor and browser extensions,
configurations and processes. It only reads, starts nothing of what it finds, and needs no server.

  --send           sends what was found to the server of this home (or --url with a device token)
  --project DIR    reads the configuration of this project too; those that agents know are read anyway
  --user-home DIR  another person's home; may be repeated      --all-users  every home of this machine
  --root DIR       a disk that is mounted or unpacked below DIR
  --name NAME      what the machine is called (default: its host name)

  agents, devices, servers    what the server knows, from every source; catalogue: every agent known by name
  allow, disallow, review     what your organisation says of an agent; a disallowed one raises an alert
  forget           takes out what was reported of a device that is no more; its calls stay
  import           reads a software list or query result: osquery, CrowdStrike Falcon, SentinelOne, Jamf Pro,
                   Intune, or any CSV or JSON (docs/inventory.md). - reads standard input
  --api            asks the vendor itself; credentials come from the environment (docs/inventory.md)
  --dry-run        shows what would be sent, sends nothing

Exit status: 0 nothing to look at, 1 something to look at (risk of 40 and above, disallowed agents), 2 used wrongly, 3 could not.
`;

export const command: Command = {
  name: 'inventory',
  summary: 'agents and MCP servers on this machine and on all devices, and what is risky about them',
  usage,
  async run(args, io) {
    const { values, positionals } = parseInventoryArgs(args);
    const [what, ...rest] = positionals;
    const home = homeDir(values.home, io.env);
    if (what === undefined) return look(values, home, io);
    if (what === 'import') return importInventory(rest, values, home, io);
    if (what === 'allow' || what === 'disallow' || what === 'review') {
      const [id] = rest;
      if (id === undefined || rest.length > 1) throw new UsageError(`name one agent: warder inventory ${what} ID.`);
      return setStanding(what, id, values, home, io);
    }
    if (what === 'forget') {
      const [device] = rest;
      if (device === undefined || rest.length > 1)
        throw new UsageError('name one device: warder inventory forget DEVICE.');
      return forgetDevice(device, values, home, io);
    }
    if ((what === 'agents' || what === 'devices' || what === 'servers' || what === 'catalogue') && rest.length === 0)
      return showServer(what, values, home, io);
    throw new UsageError(
      'say nothing to look at this machine, or one of: agents, devices, servers, catalogue, allow ID, disallow ID, review ID, forget DEVICE, import.',
    );
  },
};

/** From here on a flag is worth a person's time. */
const worthALook = 40;

async function look(flags: InventoryFlags, home: string, io: Io): Promise<ExitStatus> {
  const { root } = flags;
  for (const folder of [...(root === undefined ? [] : [root]), ...(flags['user-home'] ?? []), ...(flags.project ?? [])])
    if (!fs.existsSync(folder)) throw new UsageError(`there is no folder ${JSON.stringify(folder)}.`);
  const homes =
    flags['all-users'] || (root !== undefined && !flags['user-home'])
      ? allHomes(root ?? '')
      : flags['user-home']?.map((each) => path.resolve(each));
  const report = takeInventory({
    env: io.env,
    warderHome: home,
    projects: [
      ...(root === undefined ? [process.cwd()] : []),
      ...(flags.project ?? []).map((each) => path.resolve(each)),
    ],
    ...(homes === undefined ? {} : { homes }),
    ...(root === undefined ? {} : { root: path.resolve(root) }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
  });
  if (flags.json) io.stdout.write(`${JSON.stringify(report)}\n`);
  else printInventory(report, io);
  if (flags.send) await sendInventory(report, flags, home, io);
  const worst = Math.max(
    0,
    ...[...report.agents, ...report.servers].flatMap(({ flags: some }) => some.map(({ weight }) => weight)),
  );
  return worst >= worthALook ? 1 : 0;
}

/** Every home of a machine, as its folders show. */
function allHomes(root: string): string[] {
  const disk = openDisk(root === '' ? '' : path.resolve(root));
  const windows = root === '' ? process.platform === 'win32' : disk.kind('/Windows') === 'folder';
  const folders = windows ? ['C:/Users'] : ['/home', '/Users'];
  const people = folders.flatMap((folder) => disk.names(folder).map((name) => `${folder}/${name}`));
  return [...people, '/root'].filter(
    (folder) => !/\/(?:Shared|Public|Default|lost\+found)$/.test(folder) && disk.kind(folder) === 'folder',
  );
}

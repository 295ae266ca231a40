import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { homeDir } from '../config.ts';
import { agents } from '../plugs.ts';
import { knownServer } from './agent-files.ts';
import { type Command, type Io, UsageError } from './command.ts';
import { type Manager, managers } from './deploy-kinds.ts';
import { type DeployPlan, planDeploy } from './deploy-plan.ts';

const usage = `warder deploy: write what a device management tool pushes to every machine.

Usage: warder deploy --mdm ${managers.join('|')} --out DIR [--url URL] [--agents ID,ID…]
                     [--dry-run] [--force] [--json] [--home DIR]

  --mdm TOOL      jamf and kandji: macOS; intune: Windows and macOS; generic: Linux, macOS, Windows
  --out DIR       where to write; a folder that is not empty is refused, unless it holds an earlier deployment
  --url URL       the address at which machines reach this server (default: the server of this home)
  --agents IDS    only these agents (default: all that have a file of the administrator's)
  --dry-run       show what would be written, write nothing
  --force         write into a folder that holds something else

Managed settings of each agent with its lock-down keys, the device client, scripts that enrol, check and take away
again, and a page that says what to do. There is no secret in it: each machine gets a token of its own by a code
(warder device invite).
Exit status: 0 done, 2 used wrongly, 3 could not.
`;

export const command: Command = {
  name: 'deploy',
  summary: 'write what a device management tool pushes to every machine',
  usage,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        mdm: { type: 'string' },
        out: { type: 'string' },
        url: { type: 'string' },
        agents: { type: 'string' },
        'dry-run': { type: 'boolean' },
        force: { type: 'boolean' },
        json: { type: 'boolean' },
        home: { type: 'string' },
      },
    });
    const manager = managerOf(values.mdm);
    if (values.out === undefined) throw new UsageError('Say where to write: --out DIR');
    const out = path.resolve(values.out);
    const url = urlOf(values.url ?? knownServer(homeDir(values.home, io.env))?.url);
    const plan = planDeploy({ manager, url, only: only(values.agents), ...deviceSources() });
    if (plan.covered.length === 0)
      throw new UsageError(
        'None of these agents has a file of an administrator’s there. Leave --agents out to see which do.',
      );
    const written = values['dry-run'] !== true;
    if (written) write(out, plan, values.force === true);
    tell(io, plan, { out, manager, url, written, json: values.json === true });
    return 0;
  },
};

function managerOf(given: string | undefined): Manager {
  const found = managers.find((each) => each === given);
  if (found) return found;
  throw new UsageError(
    given === undefined
      ? `Say which tool: --mdm ${managers.join('|')}`
      : `Warder writes for ${managers.join(', ')}, not for ${JSON.stringify(given)}. Use generic for any other.`,
  );
}

function urlOf(given: string | undefined): string {
  if (given === undefined)
    throw new UsageError('Say at which address machines reach the server: --url https://warder.example.com');
  const url = URL.canParse(given) ? new URL(given) : null;
  // It stands in scripts that run as root.
  if (url === null || !/^https?:$/.test(url.protocol) || !/^[\w.:/[\]-]+$/.test(given) || url.username !== '')
    throw new UsageError(`${JSON.stringify(given)} is no address. Use one such as https://warder.example.com`);
  return given.replace(/\/+$/, '');
}

function only(given: string | undefined): readonly string[] | null {
  if (given === undefined) return null;
  const ids = given.split(',').map((id) => id.trim());
  const known = agents.map(({ id }) => id);
  const foreign = ids.find((id) => !known.includes(id));
  if (foreign !== undefined)
    throw new UsageError(`Warder knows no agent ${JSON.stringify(foreign)}. Known: ${known.join(', ')}.`);
  return ids;
}

/** The device client and its plugins: beside the sources in a checkout, beside the bundle in the package. */
function deviceSources(): { client: string; plugins: ReadonlyMap<string, string> } {
  const found = ['../device/', './device/']
    .map((at) => fileURLToPath(new URL(at, import.meta.url)))
    .find((folder) => fs.existsSync(path.join(folder, 'warder-hook.sh')));
  if (found === undefined)
    throw new Error('The device client (warder-hook.sh) is missing from this installation. Install Warder again.');
  const folder = path.join(found, 'plugins');
  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => fs.statSync(path.join(folder, name)).isFile());
  return {
    client: fs.readFileSync(path.join(found, 'warder-hook.sh'), 'utf8'),
    plugins: new Map(files.map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')])),
  };
}

/** Everything anew: what an earlier deployment left and this one does not have would be pushed as well. */
function write(out: string, { outputs }: DeployPlan, force: boolean): void {
  const there = fs.existsSync(out) ? fs.readdirSync(out) : [];
  const earlier = there.includes('manifest.json');
  if (there.length > 0 && !earlier && !force)
    throw new UsageError(`${out} is not empty and holds no earlier deployment. Choose another folder, or use --force.`);
  if (earlier)
    for (const name of ['linux', 'macos', 'windows']) fs.rmSync(path.join(out, name), { recursive: true, force: true });
  for (const { path: name, text, mode } of outputs) {
    const file = path.join(out, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    fs.chmodSync(file, mode);
  }
}

function tell(
  io: Io,
  { outputs, covered, personal }: DeployPlan,
  told: { out: string; manager: Manager; url: string; written: boolean; json: boolean },
): void {
  const { out, manager, url, written, json } = told;
  if (json) {
    const files = outputs.map(({ path: name }) => name);
    io.stdout.write(`${JSON.stringify({ manager, url, out, written, files, covered, personal })}\n`);
    return;
  }
  io.stdout.write(`${written ? 'Written' : 'Would write'}: ${outputs.length} files to ${out}\n`);
  for (const { title, platform, places, proof } of covered) {
    const how = proof === 'tried' ? 'tried with the real client' : 'by its documentation';
    io.stdout.write(`  ${title} (${platform}, ${how}): ${places.join(', ')}\n`);
  }
  if (personal.length > 0)
    io.stdout.write(`No file of an administrator’s: ${personal.map(({ title }) => title).join(', ')}\n`);
  if (written) io.stdout.write(`Read ${path.join(out, 'README.md')} next. Codes for machines: warder device invite\n`);
}

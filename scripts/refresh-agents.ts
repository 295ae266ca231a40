import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';

// Pins the newest version of every agent and peer that tests and benches fetch from npm: npm run agents [-- --dry-run] [NAME…]

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '..');
/** As a Package of test/harness/fetch-agent.ts is written. */
const pin = /(name: '([^']+)',\s+version: ')([^']+)(',\s+integrity:\s+')([^']+)(')/g;

interface Newest {
  readonly version: string;
  readonly integrity: string;
}

async function newest(name: string): Promise<Newest> {
  const { stdout } = await run('npm', ['view', name, 'version', 'dist.integrity', '--json'], { timeout: 60_000 });
  const told = JSON.parse(stdout) as { version: string; 'dist.integrity': string };
  return { version: told.version, integrity: told['dist.integrity'] };
}

/** Why npm cannot install it with all it needs; null: it can. Nothing is downloaded but what packages say of themselves. */
async function missing(name: string, { version }: Newest): Promise<string | null> {
  const aside = fs.mkdtempSync(path.join(os.tmpdir(), 'warder-refresh-'));
  try {
    const flags = ['--dry-run', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries=1', '--loglevel=error'];
    await run('npm', ['install', '--prefix', aside, ...flags, `${name}@${version}`], { cwd: aside, timeout: 240_000 });
    return null;
  } catch (error) {
    const told = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    return /^npm error (?!code)\S+ (.+)$/m.exec(told)?.[1] ?? told.split('\n', 1)[0] ?? '';
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
}

const files = ['test', 'test/harness', 'bench'].flatMap((folder) =>
  fs
    .readdirSync(path.join(root, folder))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(root, folder, file)),
);

const { values, positionals } = parseArgs({ options: { 'dry-run': { type: 'boolean' } }, allowPositionals: true });
const found = files.flatMap((file) =>
  [...fs.readFileSync(file, 'utf8').matchAll(pin)].map(([, , name = '', version = '']) => ({ file, name, version })),
);
const wanted = found.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (wanted.length === 0)
  throw new Error(`No such package is pinned. Pinned: ${found.map(({ name }) => name).join(', ')}`);
let failed = 0;
for (const { file, name, version } of wanted) {
  try {
    const to = await newest(name);
    console.log(`${name}: ${version}${to.version === version ? ' is the newest' : ` → ${to.version}`}`);
    if (to.version === version) continue;
    const why = await missing(name, to);
    if (why !== null) console.log(`  stays at ${version}: ${to.version} cannot be installed (${why})`);
    if (values['dry-run'] || why !== null) continue;
    const text = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(
      file,
      text.replace(pin, (all, before: string, one: string, _v: string, between: string, _i: string, after: string) =>
        one === name ? `${before}${to.version}${between}${to.integrity}${after}` : all,
      ),
    );
  } catch (error) {
    failed += 1;
    console.error(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}
if (!values['dry-run'])
  console.log('Now: npm test -- real-. What changed in an agent belongs into its adapter and its page.');
process.exitCode = failed === 0 ? 0 : 3;

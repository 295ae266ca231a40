import { execFile } from 'node:child_process';
import fs from 'node:fs';
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
    if (values['dry-run'] || to.version === version) continue;
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

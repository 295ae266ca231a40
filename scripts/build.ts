// npm run build: what the published package runs. The console is built by scripts/setup.mjs; this bundles the command line
// and its worker threads for Node 24. Dependencies stay outside the bundle: npm installs them, pinned.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const out = path.join(root, 'dist');
/** Threads are files of their own; their names are what `sqlite.ts` and `scan` look for beside the bundle. */
const workers = {
  'sqlite-writer': 'src/record/store/sqlite/writer.ts',
  'sqlite-reader': 'src/record/store/sqlite/reader.ts',
  'scan-worker': 'src/cli/scan-worker.ts',
};

for (const file of fs.existsSync(out) ? fs.readdirSync(out) : [])
  if (file !== 'web') fs.rmSync(path.join(out, file), { recursive: true });
const options = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  packages: 'external',
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
} as const;
await build({ ...options, entryPoints: { cli: 'src/cli.ts', ...workers }, chunkNames: 'part-[hash]' });
// What is resident on every machine is a bundle of its own: src/device/imports.txt says what it brings.
await build({ ...options, entryPoints: { device: 'src/cli/device-bundle.ts' }, chunkNames: 'device-[hash]' });
for (const name of ['warder-hook.sh', 'plugins'])
  fs.cpSync(path.join(root, 'src/device', name), path.join(out, 'device', name), { recursive: true });
console.log(
  `built ${fs
    .readdirSync(out)
    .filter((file) => file.endsWith('.js'))
    .join(', ')}`,
);

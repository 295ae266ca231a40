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
await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli.ts', ...workers },
  outdir: out,
  bundle: true,
  splitting: true,
  chunkNames: 'part-[hash]',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  packages: 'external',
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
});
for (const name of ['warder-hook.sh', 'plugins'])
  fs.cpSync(path.join(root, 'src/device', name), path.join(out, 'device', name), { recursive: true });
console.log(
  `built ${fs
    .readdirSync(out)
    .filter((file) => file.endsWith('.js'))
    .join(', ')}`,
);

// npm run build: what the published package runs. The console is built by scripts/setup.mjs; this bundles the command line
// and its worker threads for Node 24. Dependencies stay outside the bundle: npm installs them, pinned.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');
const out = path.join(root, 'dist');
const workers = fs
  .globSync('src/**/*-{worker,writer,reader}.ts', { cwd: root })
  .filter((file) => !file.includes('.test.'));

for (const file of fs.existsSync(out) ? fs.readdirSync(out) : [])
  if (file !== 'web') fs.rmSync(path.join(out, file), { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: [
    { in: 'src/cli.ts', out: 'cli' },
    ...workers.map((file) => ({ in: file, out: path.basename(file, '.ts') })),
  ],
  outdir: out,
  bundle: true,
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  platform: 'node',
  target: 'node24',
  format: 'esm',
  packages: 'external',
  sourcemap: false,
  legalComments: 'none',
  logLevel: 'warning',
});
console.log(
  `built ${fs
    .readdirSync(out)
    .filter((file) => file.endsWith('.js'))
    .join(', ')}`,
);

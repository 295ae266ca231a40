// node scripts/device-imports.ts > src/device/imports.txt: what the resident process of a machine brings with it, so that
// something new in it is a change that somebody sees. A test compares.
import path from 'node:path';
import { build } from 'esbuild';

const root = path.resolve(import.meta.dirname, '..');

/** Modules of Node, packages, and folders of ours that are in the bundle of `warder device run`, one a line. */
export async function deviceImports(): Promise<string> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/device-alone.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const inputs = Object.entries(metafile.inputs);
  const foreign = inputs.flatMap(([, { imports }]) => imports.flatMap((one) => (one.external ? [one.path] : [])));
  const own = inputs.map(([file]) => `${path.dirname(file)}/`);
  return `${[...new Set([...own, ...foreign])].sort().join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) process.stdout.write(await deviceImports());

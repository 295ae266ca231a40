import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** The client the tests drive: the version that the recordings are of. */
export const claudeVersion = '2.1.330';

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Where the client is, or why it is not there. */
export type Claude = { readonly path: string } | { readonly missing: string };

/**
 * The real Claude Code client, fetched once into `.cache/agents/` (380 MB, no install scripts run: its native program
 * is a platform package). Never a dependency of the product.
 */
export async function ensureClaude(): Promise<Claude> {
  const folder = path.join(root, '.cache/agents', `claude-code-${claudeVersion}`);
  const found = programIn(folder);
  if (found !== null) return starts(found);
  const aside = `${folder}.${process.pid}.new`;
  try {
    fs.mkdirSync(aside, { recursive: true });
    const what = `@anthropic-ai/claude-code@${claudeVersion}`;
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    await run('npm', ['install', '--prefix', aside, ...flags, what], {
      cwd: aside,
      timeout: 240_000,
      maxBuffer: 1 << 24,
    });
    // Another process may have been faster; then its copy is the one.
    if (!fs.existsSync(folder)) fs.renameSync(aside, folder);
  } catch (error) {
    return { missing: `Claude Code ${claudeVersion} could not be fetched from npm: ${firstLine(error)}` };
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
  const fetched = programIn(folder);
  if (fetched !== null) return starts(fetched);
  return { missing: `Claude Code ${claudeVersion} has no program for ${process.platform} ${process.arch}.` };
}

/** The native program of this platform; with musl beside glibc, the one that npm found fitting. */
function programIn(folder: string): string | null {
  const scope = path.join(folder, 'node_modules/@anthropic-ai');
  const name = process.platform === 'win32' ? 'claude.exe' : 'claude';
  const platform = `claude-code-${process.platform}-${process.arch}`;
  const programs = [platform, `${platform}-musl`].map((pkg) => path.join(scope, pkg, name));
  return programs.find((program) => fs.existsSync(program)) ?? null;
}

async function starts(program: string): Promise<Claude> {
  try {
    const { stdout } = await run(program, ['--version'], { timeout: 20_000 });
    if (stdout.includes(claudeVersion)) return { path: program };
    return { missing: `${program} is not version ${claudeVersion} but ${stdout.trim()}.` };
  } catch (error) {
    return { missing: `${program} does not start: ${firstLine(error)}` };
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

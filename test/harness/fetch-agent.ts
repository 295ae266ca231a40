import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

/** An agent, or a peer that is measured beside us, as npm has it: the version that the recordings are of, and what its package must hash to. */
export interface Package {
  readonly title: string;
  readonly name: string;
  readonly version: string;
  /** Of the package's own tarball; the packages it pins by version are checked by npm against the registry. */
  readonly integrity: string;
  readonly program: string;
  /** Below `.cache`; `agents` by default. */
  readonly folder?: 'peers';
  /** Versions of packages it needs, where the newest that it asks for does not work. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** Its native program for a platform (`linux-x64`), below `node_modules`, where the one in `.bin` needs an install script; the first that is there counts. */
  native?(platform: string): readonly string[];
}

const claudeCode: Package = {
  title: 'Claude Code',
  name: '@anthropic-ai/claude-code',
  version: '2.1.330',
  integrity: 'sha512-KQMl6kixLMGHRCDUhkUPebuBhw13MpxlH3+17QzHQx40FNVd1z3uFKUSqQXB5zF9vLQGcpoC/8wWe5R35lsWvQ==',
  program: 'claude',
  // With musl beside glibc, the one that npm found fitting.
  native: (platform) => [platform, `${platform}-musl`].map((one) => `@anthropic-ai/claude-code-${one}/claude`),
};

const root = path.resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Where an agent is, or why it is not there. */
export type Fetched = { readonly path: string } | { readonly missing: string };

/** Fetches an agent once into `.cache/agents/`; no install script of it runs. Never a dependency of the product. */
export async function fetchAgent(agent: Package): Promise<Fetched> {
  const { title, name, version, overrides } = agent;
  const folder = path.join(root, '.cache', agent.folder ?? 'agents', `${name.replace(/^.*\//, '')}-${version}`);
  if (fs.existsSync(folder)) return checked(folder, agent);
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  // Two tests of one process may want the same agent at once: each fetches into a folder of its own.
  const aside = fs.mkdtempSync(`${folder}.new-`);
  try {
    if (overrides) fs.writeFileSync(path.join(aside, 'package.json'), JSON.stringify({ private: true, overrides }));
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    // Without a registry the answer is not worth minutes.
    flags.push('--fetch-retries=1', '--fetch-retry-mintimeout=1000');
    await run('npm', ['install', '--prefix', aside, ...flags, `${name}@${version}`], {
      cwd: aside,
      timeout: 240_000,
      maxBuffer: 1 << 24,
    });
    // Another process may have been faster; then its copy is the one.
    if (!fs.existsSync(folder)) fs.renameSync(aside, folder);
  } catch (error) {
    return { missing: `${title} ${version} could not be fetched from npm: ${firstLine(error)}` };
  } finally {
    fs.rmSync(aside, { recursive: true, force: true });
  }
  return checked(folder, agent);
}

function checked(folder: string, { title, name, version, integrity, program, native }: Package): Fetched {
  const modules = path.join(folder, 'node_modules');
  const lock: unknown = JSON.parse(fs.readFileSync(path.join(modules, '.package-lock.json'), 'utf8'));
  const { packages } = lock as { packages: Record<string, { version?: string; integrity?: string } | undefined> };
  const found = packages[`node_modules/${name}`];
  if (found?.version !== version || found.integrity !== integrity)
    return { missing: `${title} in ${folder} is not the package that was pinned. Remove that folder.` };
  const platform = `${process.platform}-${process.arch}`;
  const programs = native?.(platform) ?? [`.bin/${program}`];
  const bin = programs.map((file) => path.join(modules, file)).find((file) => fs.existsSync(file));
  return bin ? { path: bin } : { missing: `${title} ${version} has no program for ${platform}.` };
}

/** The real Claude Code client, once it has said its version. */
export async function ensureClaude(): Promise<Fetched> {
  const fetched = await fetchAgent(claudeCode);
  if ('missing' in fetched) return fetched;
  try {
    const { stdout } = await run(fetched.path, ['--version'], { timeout: 20_000 });
    if (stdout.includes(claudeCode.version)) return fetched;
    return { missing: `${fetched.path} is not version ${claudeCode.version} but ${stdout.trim()}.` };
  } catch (error) {
    return { missing: `${fetched.path} does not start: ${firstLine(error)}` };
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

/** The command line, on the Node that runs the tests; `bin/warder` adds only the choice of Node. */
const program = ['--disable-warning=ExperimentalWarning', path.resolve(import.meta.dirname, '../../src/cli.ts')];
const run = promisify(execFile);

export interface RunningWarder {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** JSON of an API address. */
  get(at: string): Promise<unknown>;
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>;
}

/** `warder serve` as a process of its own; resolves when it is ready. */
export async function startWarder(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningWarder> {
  const child = spawn(process.execPath, [...program, 'serve', '--home', home, '--port', '0', '--json', ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
      if (stdout.includes('\n')) resolve(stdout);
    });
    child.once('exit', (code) => reject(new Error(`warder serve ended with ${code}: ${stderr}`)));
  });
  const { url, token, pid } = JSON.parse(line) as { url: string; token: string; pid: number };
  return {
    url,
    token,
    pid,
    async get(at) {
      const response = await fetch(url + at, { headers: { authorization: `Bearer ${token}` } });
      if (!response.ok) throw new Error(`${at}: ${response.status} ${await response.text()}`);
      return response.json();
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** One `warder` command; gives stdout, and the exit status of a failing one. */
export async function warder(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ exit: number; stdout: string; stderr: string }> {
  try {
    const { stdout, stderr } = await run(process.execPath, [...program, ...args], {
      env: { PATH: process.env.PATH ?? '', ...env },
    });
    return { exit: 0, stdout, stderr };
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'stdout' in error && 'stderr' in error) {
      return { exit: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) };
    }
    throw error;
  }
}

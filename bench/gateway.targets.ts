import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Pool } from 'undici';
import { type Kind, type Spoken, spoken } from './gateway.dialects.ts';
import { portkeyHeaders, portkeyName, startPortkey } from './gateway.portkey.ts';

const script = path.join(import.meta.dirname, 'gateway.servers.ts');

/** A server that answers as a provider would. */
export interface Target {
  readonly name: string;
  /** Warder itself, in whichever form: what the goals are for. */
  readonly ours: boolean;
  readonly url: string;
  readonly child: ChildProcess;
  readonly pool: Pool;
  readonly formats: readonly Spoken[];
  pathOf(format: Spoken): string;
  headersOf(format: Spoken): Readonly<Record<string, string>>;
  usage(): Promise<Usage>;
}

interface Usage {
  /** NaN where nobody tells. */
  readonly cpuMicros: number;
  readonly rssBytes: number;
}

/** The memory settings of `warder serve`, as bin/warder has them. */
const asServed = {
  execArgv: ['--max-semi-space-size=8'],
  env: { ...process.env, MALLOC_ARENA_MAX: '1' },
};

export const poolOf = (url: string) => new Pool(url, { allowH2: false });

export async function started(role: string, upstream: string): Promise<Target> {
  const ours = role === 'observe' || role === 'enforce';
  const child = fork(script, [role, upstream], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    ...(ours ? asServed : { execArgv: [] }),
  });
  const { url } = await firstLine(child, role);
  const pool = poolOf(url);
  return {
    name: ours ? `Warder, ${role}` : `floor: node:http ${role}`,
    ours,
    url,
    child,
    pool,
    formats: spoken,
    pathOf: (format) => (role === 'upstream' ? format.path : `/${format.id}${format.path}`),
    headersOf: (format) => format.headers('x'),
    usage: async () => (await (await pool.request({ path: '/usage', method: 'GET' })).body.json()) as Usage,
  };
}

/** The product as it is installed: real policies, the store's threads, a durable receipt for each call. */
export async function startedWhole(upstream: string, home: string): Promise<Target> {
  const program = path.resolve(import.meta.dirname, '../bin/warder');
  const words = ['serve', '--json', '--port', '0', '--home', home, '--mode', 'enforce'];
  const upstreams = spoken.flatMap(({ id }) => ['--upstream', `${id}=${upstream}`]);
  const child = spawn(program, [...words, ...upstreams], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ANTHROPIC_API_KEY: 'bench', OPENAI_API_KEY: 'bench' },
  });
  const { url, token } = await firstLine(child, 'whole server');
  return {
    name: 'Warder, whole server, enforce',
    ours: true,
    url,
    child,
    pool: poolOf(url),
    formats: spoken,
    pathOf: (format) => `/${format.id}${format.path}`,
    headersOf: (format) => format.headers(token),
    usage: async () => usageOf(child),
  };
}

/** Portkey's gateway from npm, once it has answered; or why there is none. */
export async function startedPortkey(
  upstream: string,
  kinds: readonly Kind[],
): Promise<Target | { readonly missing: string }> {
  const found = await startPortkey();
  if ('missing' in found) return found;
  const { child, url } = found;
  const target: Target = {
    name: portkeyName,
    ours: false,
    url,
    child,
    pool: poolOf(url),
    formats: spoken.filter(({ id }) => id === 'openai'),
    pathOf: (format) => format.path,
    headersOf: (format) => ({ ...format.headers('x'), ...portkeyHeaders(upstream) }),
    usage: async () => usageOf(child),
  };
  try {
    for (const format of target.formats) for (const kind of kinds) await ask(target, format, kind);
    return target;
  } catch (error) {
    await ended(target);
    return { missing: `${portkeyName} does not answer: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function firstLine(child: ChildProcess, name: string): Promise<{ readonly url: string; readonly token: string }> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line) => resolve(JSON.parse(String(line)) as { url: string; token: string }));
    child.once('exit', (status) => reject(new Error(`the server ${name} ended with status ${status}`)));
  });
}

/** What the system says of a process that does not tell itself. Linux counts in 10 ms and in pages of 4 KiB. */
function usageOf({ pid }: ChildProcess): Usage {
  try {
    const fields = fs
      .readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return { cpuMicros: (Number(fields[11]) + Number(fields[12])) * 10_000, rssBytes: Number(fields[21]) * 4096 };
  } catch {
    const kib = Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }));
    return { cpuMicros: Number.NaN, rssBytes: kib * 1024 };
  }
}

/** Milliseconds to the end of the answer, or to the first byte of a stream's body. A stream that is cut is an error. */
export function ask(target: Target, format: Spoken, kind: Kind, pool = target.pool): Promise<number> {
  const from = performance.now();
  let first = 0;
  let last = '';
  return new Promise((resolve, reject) => {
    pool.dispatch(
      {
        path: target.pathOf(format),
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-bench': kind, ...target.headersOf(format) },
        body: format.body(kind),
      },
      {
        onRequestStart: () => {},
        onResponseStart(_controller, status) {
          if (status !== 200) reject(new Error(`status ${status}`));
        },
        onResponseData(_controller, chunk) {
          if (first === 0) first = performance.now() - from;
          last = chunk.subarray(-60).toString();
        },
        onResponseEnd() {
          if (kind !== 'json' && kind !== 'long' && !/message_stop|\[DONE\]/.test(last))
            reject(new Error('a stream without its end'));
          resolve(kind === 'stream' ? first : performance.now() - from);
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });
}

/** Ends a server and waits until it is gone. */
export async function ended({ child, pool }: Target): Promise<void> {
  child.removeAllListeners('exit');
  await pool.destroy();
  if (child.exitCode !== null) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill();
  });
}

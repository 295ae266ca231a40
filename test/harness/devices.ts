import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface Process {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  /** What it wrote on standard error so far. */
  said(): string;
}

/** `warder …` as a process of its own. */
export function warder(args: readonly string[]): Process & { text(): Promise<string> } {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', path.join(root, 'src/cli.ts'), ...args],
    {
      cwd: root,
      env: { ...process.env, WARDER_HOME: '', WARDER_URL: '', WARDER_TOKEN: '' },
    },
  );
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    child,
    ended,
    said: () => err,
    async text() {
      await ended;
      if (child.exitCode !== 0) throw new Error(`warder ${args.join(' ')} ended with ${child.exitCode}: ${err}`);
      return out;
    },
  };
}

export async function kill({ child, ended }: Process, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  child.kill(signal);
  await ended;
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A wire to 127.0.0.1:`to` that can be cut: nothing is lost on it, and nothing moves until it heals. */
export async function openWire(to: number): Promise<{ port: number; cut(): void; heal(): void; close(): void }> {
  const ends = new Set<net.Socket>();
  let whole = true;
  const server = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ port: to, host: '127.0.0.1', noDelay: true });
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end.pipe(other);
      if (!whole) end.unpipe(other).pause();
      end.on('error', () => other.destroy());
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
      others.set(end, other);
    }
  });
  const others = new WeakMap<net.Socket, net.Socket>();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      whole = false;
      for (const end of ends) {
        const other = others.get(end);
        if (other) end.unpipe(other).pause();
      }
    },
    heal() {
      whole = true;
      for (const end of ends) {
        const other = others.get(end);
        if (other) end.pipe(other);
      }
    },
    close() {
      server.close();
      for (const end of ends) end.destroy();
    },
  };
}

/** Waits until `there` says so, at most `withinMs`. */
export async function until(there: () => boolean | Promise<boolean>, withinMs: number, what: string): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await there())) {
    if (performance.now() > end) throw new Error(`${what} did not come in ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A server and an enrolled device, each in a home of its own; the wire between them is in this process, unless they are `directly` connected. */
export async function deviceWorld(mode: 'enforce' | 'observe', directly = false) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wd-'));
  const homes = { server: path.join(folder, 's'), device: path.join(folder, 'd') };
  const serverPort = await freePort();
  const wire = await openWire(serverPort);
  const url = `http://127.0.0.1:${directly ? serverPort : wire.port}`;
  const running = new Set<Process>();

  async function startServer(): Promise<Process> {
    const server = warder(['serve', '--home', homes.server, '--port', String(serverPort), '--mode', mode, '--json']);
    running.add(server);
    await until(() => answersAt({ port: serverPort }), 30_000, `the server (${server.said()})`);
    return server;
  }
  const socket = path.join(homes.device, 'device/device.sock');
  async function startDevice(): Promise<Process> {
    const device = warder(['device', 'run', '--home', homes.device]);
    running.add(device);
    await until(() => answersAt({ socketPath: socket }), 30_000, `the device (${device.said()})`);
    return device;
  }
  const close = async (): Promise<void> => {
    for (const each of running) if (each.child.exitCode === null && each.child.signalCode === null) await kill(each);
    wire.close();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  const opening = async () => {
    const server = await startServer();
    const code = (
      await warder(['device', 'invite', '--home', homes.server, '--person', 'ada', '--device', 'laptop']).text()
    ).trim();
    const port = await freePort();
    await warder([
      'device',
      'enrol',
      '--home',
      homes.device,
      '--code',
      code,
      '--url',
      url,
      '--port',
      String(port),
    ]).text();
    const identity = JSON.parse(fs.readFileSync(path.join(homes.device, 'device.json'), 'utf8')) as {
      token: string;
      hookToken: string;
    };
    return {
      homes,
      url,
      port,
      wire,
      socket,
      identity,
      server,
      serverPort,
      startServer,
      startDevice,
      status: () => deviceStatus(socket),
      close,
    };
  };
  // Whoever asked for it gets nothing to close when it cannot be opened.
  return opening().catch(async (error: unknown) => {
    await close();
    throw error;
  });
}

type Address = { readonly socketPath: string } | { readonly port: number };

export interface Said {
  readonly status: number;
  readonly exit: string | undefined;
  readonly body: string;
}

/** One request, without kept connections; rejects as node does. */
export function say(
  to: Address,
  asked: {
    readonly method?: string;
    readonly path: string;
    readonly body?: string;
    readonly headers?: Record<string, string>;
    readonly withinMs?: number;
  },
): Promise<Said> {
  return new Promise((resolve, reject) => {
    const { method = 'POST', path: at, body, headers = {}, withinMs = 5000 } = asked;
    const sending = http.request({ ...to, host: '127.0.0.1', method, path: at, headers, agent: false }, (res) => {
      let text = '';
      res.on('data', (chunk) => (text += String(chunk)));
      res.on('error', reject);
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, exit: res.headers['x-warder-exit']?.toString(), body: text }),
      );
    });
    sending.setTimeout(withinMs, () => sending.destroy(new Error('no answer in time')));
    sending.on('error', reject);
    sending.end(body);
  });
}

const answersAt = (to: Address): Promise<boolean> =>
  say(to, { method: 'GET', path: '/healthz', withinMs: 1000 }).then(
    ({ status }) => status === 200,
    () => false,
  );

async function deviceStatus(
  socketPath: string,
): Promise<{ waiting: number; lost: number; policy: string; online: boolean; mode: string }> {
  return JSON.parse((await say({ socketPath }, { method: 'GET', path: '/status' })).body);
}
